"""A server under load with one broken account: only that account fails, all others are served."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter

from stampbook.storage.opening import open_store
from tests.process.api import Api
from tests.process.conftest import Deployment
from tests.process.running import forked
from tests.tampering import edit_journal

CALLERS = 4
ROUNDS = 15
YEAR = 365 * 86_400_000_000


async def move_last_row_on(url: str, account: int, by: int) -> None:
    """Date the account's last row `by` microseconds later than it is.

    No history leads there, because that row would have settled what is due before it.
    """
    store = await open_store(url)
    try:
        later = "UPDATE transactions SET recorded_at = recorded_at + $1 WHERE account_id = $2"
        await edit_journal(store, later, by, account)
        # A server that has the account in memory reads it again.
        await store.execute(
            "UPDATE accounts SET version = version + 1 WHERE account_id = $1", account
        )
    finally:
        await store.close()


def test_a_broken_account_fails_alone(deployment: Deployment) -> None:
    with deployment.serve() as server:
        url = server.wait_until_ready()
        api = Api(url, deployment.secret)
        broken, *others = api.open_accounts(CALLERS + 1)
        api.move(broken, "accrue", "100", expires_at="2099-01-01T00:00:00Z")
        for other in others:
            api.move(other, "accrue", "1000")
        asyncio.run(move_last_row_on(deployment.url, int(broken.split("_")[-1]), 100 * YEAR))
        statuses: dict[str, Counter[int]] = {each: Counter() for each in (broken, *others)}

        def load(account: str) -> None:
            each = Api(url, deployment.secret)
            for _ in range(ROUNDS):
                body = {"type": "redeem", "amount": "1"}
                for asked in (account, broken):
                    answer = each.ask("POST", f"/v1/accounts/{asked}/transactions", body)
                    statuses[asked][answer.status] += 1

        threads = [threading.Thread(target=load, args=(other,)) for other in others]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses[broken] == {500: CALLERS * ROUNDS}
        assert all(statuses[other] == {201: ROUNDS} for other in others), statuses
        assert all(api.balance(other)["active"] == str(1000 - ROUNDS) for other in others)
        assert api.ask("GET", "/readyz").status == 200
        asyncio.run(move_last_row_on(deployment.url, int(broken.split("_")[-1]), -100 * YEAR))
        assert server.stop() == 0
    assert "BrokenInvariant" in server.errors
    # Followers of the journal may have seen the row as it was in between.
    assert forked("rebuild", "--database", deployment.url, cwd=deployment.folder).returncode == 0
    assert deployment.verify()["sound"] is True
