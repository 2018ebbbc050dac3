"""A retry is answered as the first time, also by a server that has never seen its key."""

from __future__ import annotations

from stampbook.domain.commands import Accrue, Cancel, Note, Redeem
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.store import Store
from tests.laws.histories import PLAIN, START, plan_of
from tests.ledgers.on_store import StoreLedger
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


async def test_a_key_that_was_answered_with_an_older_row_has_no_effect_of_its_own(
    store_address: str,
) -> None:
    """Neither when the server that gets it has never seen it, nor when it could be done now."""
    url, clock = store_address, Clock()
    async with opened(url, clock) as first, opened(url, clock) as second:
        (account,) = await accounts_with_points(first, 1)
        named = Accrue(10, note=Note(external_id="order-1"))
        accrued = await submit(first, account, named)
        assert isinstance(accrued, Done)
        repeated = accrued._replace(replayed=True, named=True)
        assert await submit(first, account, named, key="named") == repeated
        cancel = Cancel(accrued.transaction.seq)
        done = await submit(first, account, cancel)
        assert isinstance(done, Done)
        already = await submit(first, account, cancel, key="already")
        assert isinstance(already, Done)
        assert already.already
        await submit(first, account, Cancel(done.transaction.seq))

        for server in (first, second):  # which one remembers, and the other has to read
            again = await submit(server, account, named, key="named")
            assert isinstance(again, Done)
            assert (again.replayed, again.named) == (True, True)
        again = await submit(second, account, cancel, key="already")
        assert isinstance(again, Done)
        assert not again.named
        assert again.transactions == done.transactions
        other = await submit(second, account, Redeem(1), key="named")
        assert isinstance(other, Refusal)
        assert other.code is Code.IDEMPOTENCY_KEY_REUSED
        assert len(await second.store.journal(account, after=0, limit=100)) == 4


async def submit(
    ledger: Ledger, account: int, command: Accrue | Redeem | Cancel, *, key: str | None = None
) -> Done | Refusal:
    return await ledger.submit(
        Submission(tenant=TENANT, account=account, commands=(command,), key=key)
    )


async def test_a_retry_of_what_had_been_done_already_names_what_was_named_then(
    store: Store,
) -> None:
    """A transfer's cancel that came second was answered with its own leg, and is so again."""
    ledger = StoreLedger(store)
    await ledger.found(plan_of(PLAIN, PLAIN))
    ledger.set_clock(START)
    await ledger.submit("a", Accrue(10))
    moved = await ledger.transfer("a", "b", 7, note=Note())
    cancel = Cancel(moved.rows[0].seq)
    first = await ledger.submit("a", cancel, key="first")
    second = await ledger.submit("a", cancel, key="second")
    assert not first.already
    assert second.already
    assert await ledger.submit("a", cancel, key="first") == first._replace(replayed=True)
    assert await ledger.submit("a", cancel, key="second") == second._replace(replayed=True)
    await ledger.finish()
