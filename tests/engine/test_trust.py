"""What an answer may rest on: never on what only this process believes."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any, cast

import pytest

from stampbook.domain.commands import NO_NOTE, Accrue, Cancel, Note, Redeem
from stampbook.domain.refusals import Code
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.owners.letters import OwnerFailed
from stampbook.ledger.submission import Submission, Transfer
from stampbook.storage.store import Store, Unavailable
from tests.engine.test_at_once import Two, two
from tests.laws.histories import DAY, PLAIN, START
from tests.storage.building import NOW, make_accounts, make_currency

__all__ = ["two"]

PATIENCE_S = 60
"""Only a batch that is never decided takes so long."""


async def test_a_repeat_tells_the_figures_of_now(two: Two) -> None:
    """Another server spent, and the clock expired, what this one remembers."""
    await two.found(PLAIN)
    keyed = two.first.submission("a", Accrue(100, expires_at=START + DAY), key="K")
    first = await two.first.engine.submit(keyed)
    await two.second.submit("a", Redeem(40))
    again = await two.first.engine.submit(keyed)
    assert isinstance(first, Done)
    assert isinstance(again, Done)
    assert again.transactions == first.transactions
    assert again.account.active == 60
    two.at(START + DAY)
    again = await two.first.engine.submit(keyed)
    assert isinstance(again, Done)
    assert again.account.active == 0


async def test_refusals_of_one_batch_each_rest_on_the_policy_of_now(two: Two) -> None:
    """The policy is changed elsewhere; accounts of it are first asked for together."""
    await two.found(PLAIN)
    for name in "bcdefgh":
        two.first.accounts[name] = two.second.accounts[name] = await _sibling(two, "a", name)
    await two.second.submit("a", Redeem(1))
    await two.first.set_policy("currency-a", PLAIN._replace(overdraft=50))
    answers = await asyncio.gather(*(two.second.submit(name, Redeem(10)) for name in "bcdefgh"))
    assert [answer.refused for answer in answers] == [None] * 7


async def test_stale_accounts_of_one_batch_do_not_make_each_other_stale(two: Two) -> None:
    """Warm and cold accounts of one currency become certain after different numbers of loads."""
    await two.found(PLAIN)
    for name in "bcd":
        two.first.accounts[name] = two.second.accounts[name] = await _sibling(two, "a", name)
    spent = {}
    for name, ledger in zip("abcd", (two.first, two.second) * 2, strict=True):
        await ledger.submit(name, Accrue(100))
        spent[name] = (await ledger.submit(name, Redeem(10))).rows[0].seq
        await ledger.submit(name, Cancel(spent[name]))
    async with asyncio.timeout(PATIENCE_S):
        for order in itertools.permutations("abcd"):
            for ledger in (two.first, two.second):
                asked = [ledger.submit(name, Cancel(spent[name])) for name in order]
                answers = await asyncio.gather(*asked)
                assert [answer.already for answer in answers] == [True] * 4
            two.second.engine.forget([two.second.accounts[name] for name in order[:2]])


async def test_a_refused_transfer_rests_on_the_policy_of_now(two: Two) -> None:
    await two.found(PLAIN, PLAIN)
    receiver = await _sibling(two, "b", "c")
    two.first.accounts["c"] = two.second.accounts["c"] = receiver
    await two.first.submit("a", Accrue(100))
    await two.first.set_policy("currency-a", PLAIN._replace(accepts=False))
    refused = await two.second.transfer("a", "b", 10, note=NO_NOTE)
    assert refused.refused is Code.PROGRAM_INACTIVE
    two.second.engine.forget([two.second.accounts["a"], two.second.accounts["b"]])
    await two.second.settle("a")
    await two.first.set_policy("currency-a", PLAIN)
    answer = await two.second.transfer("a", "c", 10, note=NO_NOTE)
    assert answer.refused is None


async def _sibling(two: Two, of: str, name: str) -> int:
    """Another account of the same currency, as both engines will know it."""
    (account,) = await make_accounts(
        two.first.store, two.first.currencies[f"currency-{of}"].currency_id
    )
    two.first.names[account] = name
    return account


async def test_a_dry_run_knows_which_external_ids_are_taken(two: Two) -> None:
    await two.found(PLAIN)
    await two.first.submit("a", Accrue(100, note=Note(external_id="X")))
    other = Accrue(7, note=Note(external_id="X"))
    dry = await two.second.submit("a", other, dry_run=True)
    assert dry.refused is Code.EXTERNAL_ID_TAKEN
    assert (await two.second.submit("a", other)).refused is Code.EXTERNAL_ID_TAKEN


async def test_what_raises_in_the_middle_of_a_decision_leaves_nothing(two: Two) -> None:
    """A note that no caller should be able to send: it fails after points have moved."""
    await two.found(PLAIN)
    await two.first.submit("a", Accrue(100))
    with pytest.raises((TypeError, OwnerFailed)):
        await two.first.submit("a", Accrue(7, note=Note(reason=cast(Any, 5))))
    answer = await two.first.submit("a", Redeem(105))
    assert answer.refused is Code.INSUFFICIENT_POINTS
    answer = await two.first.submit("a", Accrue(1))
    assert answer.rows[0].after == 101


@pytest.mark.parametrize("steps", [*range(1, 40, 2)])
async def test_a_transfer_whose_caller_goes_away_has_both_legs_or_none(
    two: Two, steps: int
) -> None:
    await two.found(PLAIN, PLAIN)
    await two.first.submit("a", Accrue(100))
    await two.first.submit("b", Accrue(1))
    going = asyncio.ensure_future(two.first.transfer("a", "b", 10, note=NO_NOTE))
    for _ in range(steps):
        await asyncio.sleep(0.0005)
    going.cancel()
    await asyncio.gather(going, return_exceptions=True)
    after = await two.first.submit("a", Redeem(1))
    moved = 99 - after.rows[0].after
    assert moved in (0, 10)
    assert (await two.second.balance("b")).active == 1 + moved
    await two.first.submit("b", Accrue(1))
    assert (await two.second.balance("a")).active == 99 - moved
    assert (await two.second.balance("b")).active == 2 + moved


async def test_who_cannot_be_settled_is_told(store: Store) -> None:
    """A reader who asked for it must not take figures that are not there yet for settled."""
    accounts = await make_accounts(store, await make_currency(store), 4 * store.shards + 1)
    ledger = Ledger(store, clock=lambda: NOW, max_queue=2)
    await ledger.start()
    with pytest.raises(Unavailable):
        await ledger.settle(accounts)
    await ledger.settle(accounts[:2])
    await ledger.stop()


async def test_memory_is_bounded_by_what_is_refused_too(store: Store) -> None:
    """Refusals and transfers that are refused bring books as well; they go like the others."""
    accounts = await make_accounts(store, await make_currency(store), 40)
    ledger = Ledger(store, clock=lambda: NOW, max_books=2 * store.shards)
    await ledger.start()
    for account in accounts:
        await ledger.submit(Submission(1, account, (Redeem(1),)))
    await ledger.transfer(Transfer(1, accounts[0], accounts[1], 5))
    assert sum(len(cache) for cache in ledger._caches) <= 2 * store.shards
    await ledger.stop()
