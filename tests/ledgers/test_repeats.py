"""A retry is answered as the first time, also by a server that has never seen its key."""

from __future__ import annotations

from stampbook.domain.commands import Accrue, Note, Redeem
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from tests.worker.test_sweeping import TENANT, Clock, accounts_with_points, opened


async def test_a_retry_that_would_be_refused_now_is_no_new_request(store_address: str) -> None:
    """The answer was lost and the server died; another one gets the retry."""
    url, clock = store_address, Clock()
    async with opened(url, clock) as first, opened(url, clock) as second:
        (account,) = await accounts_with_points(first, 1)
        await submit(first, account, Accrue(10))
        keyed, named = Redeem(6), Redeem(4, note=Note(external_id="order-1"))
        by_key = await submit(first, account, keyed, key="a")
        by_name = await submit(first, account, named)
        assert isinstance(by_key, Done)
        assert isinstance(by_name, Done)

        again = await submit(second, account, keyed, key="a")
        assert isinstance(again, Done)
        assert again.replayed
        assert again.transactions == by_key.transactions
        again = await submit(second, account, named)
        assert isinstance(again, Done)
        assert again.transactions == by_name.transactions

        other = await submit(second, account, Redeem(7), key="a")
        assert isinstance(other, Refusal)
        assert other.code is Code.IDEMPOTENCY_KEY_REUSED
        fresh = await submit(second, account, keyed, key="b")
        assert isinstance(fresh, Refusal)
        assert fresh.code is Code.INSUFFICIENT_POINTS
        assert len(await second.store.journal(account, after=0, limit=100)) == 4


async def submit(
    ledger: Ledger, account: int, command: Accrue | Redeem, *, key: str | None = None
) -> Done | Refusal:
    return await ledger.submit(
        Submission(tenant=TENANT, account=account, commands=(command,), key=key)
    )
