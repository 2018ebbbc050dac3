"""Late cancels on merged accounts: which rows they write, in which order, and what a refusal leaves
(ledger/holding/forwarding.py)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Activate, Cancel, Command, Hold, Note, Redeem
from stampbook.domain.model import Kind, Transaction
from stampbook.domain.policy import SpentAccrual
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.holding.forwarding import NO_HOLD, OF_A_MERGE
from stampbook.ledger.joint import Acting, JointRefused, Planned
from stampbook.ledger.outcomes import Done
from stampbook.storage.store import Store
from tests.engine.parts.people import People
from tests.laws.histories import DAY, PLAIN


class Family(People):
    """People whose rows are told by the names of their accounts."""

    async def cancels(
        self, name: str, seq: int, amount: int | None = None, *, ends: int = 1
    ) -> list[str]:
        """The rows that a cancel writes: account, number, kind and amount. First the cancel itself,
        of one end or of two; then what passed on, first of the account that was asked, each in the
        order of the numbers."""
        rows = await self.done(name, Cancel(seq, amount))
        assert (rows[0].kind, rows[0].target) == (Kind.CANCEL, seq)
        others = [(row.account != self.accounts[name], row.seq) for row in rows[ends:]]
        assert others == sorted(others)
        return self.told(rows)

    def told(self, rows: Sequence[Transaction]) -> list[str]:
        return [f"{self.names[row.account]}{row.seq} {row.kind.wire} {row.amount}" for row in rows]

    async def refusal(self, name: str, command: Cancel) -> Refusal:
        outcome = await self.ask(name, command)
        assert isinstance(outcome, Refusal), outcome
        return outcome

    async def active(self) -> list[int]:
        return [(await self.balance(name)).active for name in self.accounts]

    async def pending(self) -> list[int]:
        return [(await self.balance(name)).pending for name in self.accounts]


@pytest.fixture
async def family(store: Store) -> AsyncIterator[Family]:
    family = Family(store)
    yield family
    await family.finish()


async def test_what_a_late_cancel_gives_back_passes_on(family: Family) -> None:
    """Over every account on the way; its own cancel takes it from where it arrived."""
    await family.begin("abc")
    await family.done("a", Accrue(10))
    await family.done("a", Redeem(4))
    await family.merge("a", "b")
    await family.merge("b", "c")
    assert await family.cancels("a", 2) == [
        "a4 cancel 4",
        "a5 transfer_out 4",
        "c2 transfer_in 4",
        "b3 transfer_in 4",
        "b4 transfer_out 4",
    ]
    assert await family.active() == [0, 0, 10]
    await family.cancels("a", 4, 1)
    assert await family.active() == [0, 0, 9]
    again = await family.ask("a", Cancel(2, 4))
    assert isinstance(again, Refusal)
    assert again.code is Code.EXCEEDS_ORIGINAL
    await family.cancels("a", 2)
    assert await family.active() == [0, 0, 10]
    done = await family.ask("a", Cancel(2))
    assert isinstance(done, Done)
    assert done.already


async def test_what_a_late_cancel_takes_comes_back_first(family: Family) -> None:
    """What the others have spent of it is owed."""
    await family.begin("abc", PLAIN._replace(spent_accrual=SpentAccrual.DEBT))
    await family.done("a", Accrue(10))
    await family.merge("a", "b")
    await family.done("b", Redeem(3))
    await family.merge("b", "c")
    await family.done("c", Accrue(5))
    await family.done("c", Redeem(1))
    await family.cancels("a", 1)
    assert await family.active() == [0, 0, 1]
    cancelled = [row.target for row in await family.journal("a") if row.kind is Kind.CANCEL]
    assert cancelled == [2, 1], "what passed over has come back, and then the accrual"


async def test_what_expired_elsewhere_absorbs_its_share(family: Family) -> None:
    """Of the cancelled accrual, wherever its points have expired; other points that expired stay
    where they are."""
    await family.begin("abc", PLAIN._replace(spent_accrual=SpentAccrual.DEBT))
    soon = family.now + DAY
    await family.done("a", Accrue(10, expires_at=soon))
    await family.done("a", Accrue(20, expires_at=soon))
    await family.done("a", Accrue(40))
    await family.merge("a", "b")
    await family.done("b", Redeem(4))
    await family.merge("b", "c")
    family.set_clock(soon)
    assert await family.active() == [0, 0, 40]
    await family.cancels("a", 1)
    assert await family.active() == [0, 0, 36], "four of it were spent"
    await family.cancels("a", 2)
    assert await family.active() == [0, 0, 36]


async def test_a_transfer_is_cancelled_where_its_ends_have_gone(family: Family) -> None:
    """One end was merged, then both, into one account that was merged again: each passage is made
    once, after those that lead to its beginning."""
    await family.begin("abcd")
    await family.done("a", Accrue(10))
    await family.transfer("a", "b", 6, note=Note())
    await family.merge("a", "c")
    assert await family.active() == [0, 6, 4, 0]
    assert (await family.cancels("b", 1, 1, ends=2))[:2] == ["b2 cancel 1", "a5 cancel 1"]
    assert await family.active() == [0, 5, 5, 0]
    assert await family.cancels("a", 2, 1, ends=2) == [
        "a7 cancel 1",
        "b3 cancel 1",
        "a8 transfer_out 1",
        "c4 transfer_in 1",
    ]
    assert await family.active() == [0, 4, 6, 0]
    await family.merge("b", "c")
    await family.merge("c", "d")
    for name, seq, amount in (("b", 1, 2), ("a", 2, None)):
        before = {each: len(await family.journal(each)) for each in family.accounts}
        await family.cancels(name, seq, amount, ends=2)
        after = {each: len(await family.journal(each)) for each in family.accounts}
        assert all(after[each] > before[each] for each in family.accounts if each != "d")
        assert await family.active() == [0, 0, 0, 10]


async def test_a_transfer_within_an_account_that_is_no_merged_one(family: Family) -> None:
    """Nothing passes on where nothing was merged."""
    await family.begin("ab")
    await family.done("a", Accrue(10))
    await family.transfer("a", "b", 6, note=Note())
    assert await family.cancels("b", 1, 1, ends=2) == ["b2 cancel 1", "a3 cancel 1"]
    assert await family.cancels("a", 2, ends=2) == ["a4 cancel 5", "b3 cancel 5"]
    assert await family.active() == [10, 0]


async def test_what_belongs_to_a_merge_or_was_reserved_stays(family: Family) -> None:
    await family.begin("ab", PLAIN._replace(spent_accrual=SpentAccrual.REFUSE))
    await family.done("a", Accrue(10))
    (held,) = await family.done("a", Hold(3))
    (cancel,) = await family.done("a", Cancel(held.seq))
    await family.merge("a", "b")
    refusals = [
        await family.refusal(name, Cancel(seq))
        for name, seq in (("a", cancel.seq), ("a", 4), ("b", 1))
    ]
    assert {each.code for each in refusals} == {Code.NOT_CANCELLABLE}
    assert [each.detail for each in refusals] == [NO_HOLD, OF_A_MERGE, OF_A_MERGE]


async def test_a_refused_cancel_leaves_all_accounts_as_they_were(family: Family) -> None:
    """A plan goes on after it: what had come back for the cancel is where it was."""
    numbers = await family.begin("abc", PLAIN._replace(spent_accrual=SpentAccrual.REFUSE))
    a, _, c = numbers
    await family.done("a", Accrue(10))
    await family.done("a", Redeem(2))
    await family.merge("a", "b")
    await family.merge("b", "c")
    await family.done("c", Redeem(3))

    def plan(acting: Acting) -> Planned:
        figures = []
        for _ in range(2):
            with pytest.raises(JointRefused) as refused:
                acting.do(a, Cancel(1))
            assert refused.value.refusal.code is Code.POINTS_ALREADY_SPENT
            figures.append([acting.book(each).active for each in numbers])
        rows = acting.do(c, Redeem(5))
        return Planned((figures, family.told(rows)))

    joined = await family.join(plan)
    assert joined.result == ([[0, 0, 5]] * 2, ["c3 redeem 5"])
    assert {account: len(rows) for account, rows in joined.rows.items()} == {c: 1}
    assert await family.active() == [0, 0, 0]
    assert [len(await family.journal(name)) for name in "abc"] == [3, 2, 3]


async def test_pending_points_are_cancelled_where_they_were_earned(family: Family) -> None:
    """Asked for where they have come to, over two merges: of two accruals only that one, and only
    as much of it."""
    await family.begin("abc")
    later = family.now + DAY
    await family.done("a", Accrue(10, activates_at=later))
    await family.done("a", Accrue(20, activates_at=later))
    await family.done("b", Accrue(5, activates_at=later))
    await family.merge("a", "b")
    await family.merge("b", "c")
    arrived = {row.amount: row.seq for row in await family.journal("c")}
    assert sorted(arrived) == [5, 10, 20]
    told = family.told(
        await family.done("c", Cancel(arrived[20], 8, only_pending=True, note=Note(reason="why")))
    )
    assert [each[0] for each in told] == ["c", "a", "b", "a", "b"], "whose was asked, comes first"
    assert await family.pending() == [0, 0, 27]
    assert [(row.kind.wire, row.target, row.amount) for row in await family.journal("a")][-1] == (
        ("cancel", 2, 8)
    )
    # What the caller said is kept where they asked, on both ends of the passage to there, and where
    # the points were earned.
    reasons = {name: [row.reason for row in await family.rows(name)] for name in "abc"}
    assert [reasons[name].count("why") for name in "abc"] == [1, 1, 1]
    await family.done("c", Cancel(arrived[20], only_pending=True))
    assert await family.pending() == [0, 0, 15]
    await family.done("c", Cancel(arrived[5], only_pending=True))
    assert await family.pending() == [0, 0, 10]
    assert (await family.journal("b"))[-1].kind is Kind.CANCEL
    await family.done("c", Activate(arrived[10]))
    refused = await family.refusal("c", Cancel(arrived[10], only_pending=True))
    assert refused.code is Code.NOT_CANCELLABLE
    assert await family.active() == [0, 0, 10]


async def test_a_plan_of_a_merged_account_is_decided_with_all_of_them(family: Family) -> None:
    """Its cancels pass on as others do; what passes nothing on is refused where it is asked."""
    await family.begin("ab")
    await family.done("a", Accrue(10))
    await family.done("a", Redeem(4, note=Note(subject="visit:1")))
    await family.merge("a", "b")

    def plan(book: Book, now: int) -> Sequence[Command]:
        return [Cancel(seq) for seq, row in book.rows.items() if row.subject == "visit:1"]

    told = family.told(
        await family.done("a", Accrue(1), planner=plan, subject="visit:1", identity="plan")
    )
    assert told == ["a4 cancel 4", "a5 transfer_out 4", "b2 transfer_in 4"]
    assert await family.active() == [0, 10]
    refused = await family.ask("a", Accrue(1))
    assert isinstance(refused, Refusal)
    assert refused.code is Code.ACCOUNT_CLOSED
