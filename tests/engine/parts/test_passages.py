"""What passes over, comes back or ends in a plan (ledger/holding/joining.py)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from stampbook.domain.commands import Accrue, Cancel, Redeem
from stampbook.domain.model import MAX_ACCOUNT, Kind
from stampbook.ledger.joint import Acting, JointRefused, Planned
from stampbook.storage.store import Store
from tests.engine.parts.people import People
from tests.laws.histories import DAY, PLAIN


@pytest.fixture
async def people(store: Store) -> AsyncIterator[People]:
    people = People(store)
    await people.begin()
    yield people
    await people.finish()


async def test_what_passes_over_is_foreseen_for_an_account_that_would_be_opened(
    people: People,
) -> None:
    """What two accounts of one currency hand over comes together there; nothing is kept of it."""
    a, b = people.accounts.values()
    await people.done("a", Accrue(9))
    await people.done("b", Accrue(4, expires_at=people.now + DAY))

    def plan(acting: Acting) -> Planned:
        _, first = acting.hand_over(a, 0)
        rows, second = acting.hand_over(b, 0)
        return Planned((first, second, [(row.account, row.kind) for row in rows]))

    joined = await people.join(plan, dry_run=True)
    first, second, rows = joined.result
    assert (first.number, first.active, second.active) == (MAX_ACCOUNT, 9, 13)
    assert rows == [(b, Kind.TRANSFER_OUT), (MAX_ACCOUNT, Kind.TRANSFER_IN)]
    assert {account: len(rows) for account, rows in joined.rows.items()} == {a: 1, b: 1}
    with pytest.raises(AssertionError):
        await people.join(plan)
    # Each run of a plan begins with accounts that are not there.
    assert (await people.join(plan, dry_run=True)).result[1].active == 13


async def test_rows_of_what_passes_over_belong_to_their_accounts(people: People) -> None:
    a, b = people.accounts.values()

    def plan(acting: Acting) -> Planned:
        return Planned([row.account for row in acting.hand_over(a, b)[0]])

    joined = await people.join(plan, dry_run=True)
    assert (joined.result, dict(joined.rows)) == ([], {})
    await people.done("a", Accrue(9))
    joined = await people.join(plan, dry_run=True)
    assert joined.result == [a, b]
    assert {account: [row.seq for row in rows] for account, rows in joined.rows.items()} == {
        a: [2],
        b: [1],
    }


async def test_what_passed_over_comes_back_to_its_account(people: People) -> None:
    a, b = people.accounts.values()
    await people.done("a", Accrue(9))
    await people.merge("a", "b")
    await people.done("b", Redeem(2))

    def plan(acting: Acting) -> Planned:
        rows, view = acting.take_back(a, b)
        return Planned(([row.account for row in rows], view.number))

    with pytest.raises(JointRefused) as refused:
        await people.join(plan, dry_run=True)
    assert refused.value.account == b
    await people.done("b", Accrue(2))
    await people.done("b", Cancel(2))
    joined = await people.join(plan, dry_run=True)
    assert joined.result == ([a, b], b)
    assert {account: len(rows) for account, rows in joined.rows.items()} == {a: 1, b: 1}


async def test_a_debt_that_passed_over_comes_back(store: Store) -> None:
    """The undo asks who paid what was owed, which the ledger has forgotten."""
    people = People(store)
    a, b = await people.begin(policy=PLAIN._replace(overdraft=20))
    await people.done("a", Accrue(3))
    await people.done("a", Redeem(8))
    await people.done("b", Accrue(9))
    await people.merge("a", "b")
    assert [(await people.balance(name)).active for name in "ab"] == [0, 4]
    await people.done("b", Accrue(30))
    people.engine.forget([a, b])

    def plan(acting: Acting) -> Planned:
        acting.take_back(a, b)
        return Planned([acting.book(account).active for account in (a, b)])

    assert (await people.join(plan, dry_run=True)).result == [-5, 39]
    await people.finish()


async def test_what_is_forfeited_is_among_the_rows(people: People) -> None:
    a, b = people.accounts.values()
    await people.done("a", Accrue(9))

    def plan(acting: Acting) -> Planned:
        return Planned([len(acting.forfeit(account)) for account in (a, b)])

    joined = await people.join(plan)
    assert joined.result == [1, 0]
    assert {account: len(rows) for account, rows in joined.rows.items()} == {a: 1}
    assert (await people.balance("a")).active == 0


async def test_a_debt_is_paid_in_an_account_that_would_be_opened(store: Store) -> None:
    """Whichever of the two accounts comes first: nothing of it is in the store to be looked up."""
    people = People(store)
    a, b = await people.begin(policy=PLAIN._replace(overdraft=10))
    await people.done("a", Accrue(9))
    await people.done("b", Redeem(4))
    for first, second in ((a, b), (b, a)):

        def plan(acting: Acting, first: int = first, second: int = second) -> Planned:
            acting.hand_over(first, 0)
            return Planned(acting.hand_over(second, 0)[1])

        joined = await people.join(plan, dry_run=True)
        assert (joined.result.active, joined.result.deficit) == (5, 0)
    await people.finish()
