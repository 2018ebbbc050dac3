"""Merged accounts whose members live on, on the domain alone: the receiver earns and spends, time
passes, and late cancels come, in any order (domain/decisions/merging.py)."""

from __future__ import annotations

import random

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Hold, Note, Redeem, Release, Settle
from stampbook.domain.deciding import decide
from stampbook.domain.decisions.merging import bring_back, hand_over, take_back
from stampbook.domain.decisions.passing import (
    Lacking,
    Passage,
    acts_first,
    is_of_one_unit,
    is_passing,
    leaves,
    passed,
)
from stampbook.domain.model import FOREVER, ORIGINALS, PENDING, Kind, Transaction, Who
from stampbook.domain.policy import SpentAccrual
from stampbook.domain.refusals import Refusal
from tests.domain.test_loading import give
from tests.domain.test_passages import cancelled, checked, copy, couple, figures, is_empty, two
from tests.exploration.checking import check_rows
from tests.laws.histories import DAY, PLAIN, START
from tests.ledgers.in_memory import reopened

CLAMP = PLAIN._replace(spent_accrual=SpentAccrual.CLAMP)
BLOCKS = 4
LIVES = 12
STEPS = 14


def targets(book: Book) -> list[int]:
    """What its member did and can be cancelled: not what a deadline may end."""
    return [
        row.seq
        for row in book.rows.values()
        if (row.kind in ORIGINALS or row.kind is Kind.CANCEL)
        and not is_passing(row)
        and book.rows[row.root].deadline_at == FOREVER
        and book.movement(row.seq).remaining
    ]


def claimed_too_little(passage: Passage) -> list[int]:
    """The lots of the old account with claims that could wait at the other end."""
    found = []
    for gone in passed(passage).gone:
        for lot, arrived in gone.parts:
            own = lot.held + lot.spent - gone.redemption.parts.get(lot.seq, 0)
            there = arrived.held + arrived.spent - arrived.claimed
            if lot.claimed > own and there > 0:
                found.append(lot.seq)
    return found


class Both:
    """Two accounts, of which one has taken over from the other."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.passage = couple(seed)
        hand_over(self.passage)

    def live(self, *, undone: bool = True) -> int:
        """Some steps; how many late cancels were done."""
        done, begun = 0, (self.passage.source.seq, self.passage.receiver.seq)
        for _ in range(STEPS):
            source, receiver, _, _ = self.passage
            since = source.seq, receiver.seq
            kind = self.dice.random()
            if kind < 0.35:
                done += self.cancel_late()
            elif kind < 0.5:
                self.wait()
            else:
                self.act(receiver)
            assert is_empty(source)
            assert not claimed_too_little(self.passage)
            for book, seq in zip((source, receiver), since, strict=True):
                check_rows(book, seq)
        checked(self.passage, begun)
        if undone:
            self.undo()
            checked(self.passage, begun)
        return done

    def undo(self) -> None:
        """Nothing has passed over any more, or the undo is refused."""
        before = figures(*self.passage[:2])
        kept = copy(self.passage)
        if isinstance(take_back(self.passage), Refusal):
            self.passage = kept
        else:
            assert passed(self.passage) == ([], [], [])
            # Points that paid a debt may be given back expired; nothing else is lost.
            assert all(
                now <= was for now, was in zip(figures(*self.passage[:2]), before, strict=True)
            )

    def cancel_late(self) -> bool:
        source, receiver, _, _ = self.passage
        known = targets(source)
        if not known:
            return False
        target = self.dice.choice(known)
        amount = source.movement(target).remaining
        part = self.dice.choice((None, 1, max(1, amount // 2)))
        before = figures(receiver)
        is_done = cancelled(self.passage, target, part)
        assert is_done or figures(receiver) == before
        return is_done

    def wait(self) -> None:
        source, receiver, now, _ = self.passage
        self.passage = self.passage._replace(now=now + self.dice.choice((1, DAY, 2 * DAY)))
        for book in (source, receiver):
            decide(book, Settle(), self.passage.now)

    def act(self, book: Book) -> None:
        decide(book, self.drawn(book), self.passage.now)

    def drawn(self, book: Book) -> Command:
        dice = self.dice
        known, active = targets(book), max(book.active, 1)
        amount = dice.choice((1, dice.randint(1, active), active))
        kind = dice.random()
        if kind < 0.45:
            return Redeem(amount)
        if kind < 0.6:
            return Hold(amount)
        if kind < 0.85 and known:
            return Cancel(dice.choice(known), dice.choice((None, 1)))
        held = [key[1] for key in book.deadlines.keys]
        return Release(dice.choice(held)) if kind < 0.95 and held else Accrue(amount)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_law_holds_whatever_happens_at_both_ends(block: int) -> None:
    assert sum(Both(seed).live() for seed in range(block * LIVES, (block + 1) * LIVES)) > LIVES


# -- small cases with their figures ------------------------------------------------------


def test_only_the_points_that_are_asked_for_come_back() -> None:
    soon = START + DAY
    lots = [Accrue(5, activates_at=soon), Accrue(7, activates_at=soon), Accrue(2)]
    passage = two(PLAIN, lots)
    hand_over(passage)
    rows = bring_back(passage, only={2: 3})
    assert [(row.account, row.amount) for row in rows] == [(1, 3), (2, 3)]
    assert [lot.pending for lot in passage.source.lots.values()] == [0, 3, 0]
    assert (passage.receiver.split[PENDING], passage.receiver.active) == (9, 2)
    checked(passage, (0, 0))


@pytest.mark.parametrize("days", [1, 2])
def test_what_a_claim_took_has_expired_when_the_claim_is_undone(days: int) -> None:
    """At the instant at which the points expire, or later; what still waits waits no longer."""
    passage = two(CLAMP, [Accrue(10, expires_at=START + DAY)])
    here, there, _, _ = passage
    hand_over(passage)
    spending = decide(there, Redeem(8), START)
    assert isinstance(spending, Transaction)
    assert cancelled(passage, 1)
    assert isinstance(decide(there, Cancel(spending.seq, 5), START), Transaction)
    lot = there.lots[1]
    assert (lot.claimed, lot.spent, lot.revoked) == (3, 3, 7)
    passage = passage._replace(now=START + days * DAY)
    cancel = next(row.seq for row in here.rows.values() if row.target == 1)
    assert cancelled(passage, cancel)
    assert (lot.claimed, lot.spent, lot.expired) == (0, 3, 5)
    assert (here.active, there.active) == (0, 0)
    checked(passage, (0, 0))


@pytest.mark.parametrize("command", [Redeem(1), Hold(1, timeout_s=10 * 86_400), None])
def test_a_spent_point_does_not_come_back_beside_others_that_have_expired(
    command: Command | None,
) -> None:
    """Some of them came back before, so they are expired at both ends."""
    soon, used = START + DAY, int(command is not None)
    passage = two(CLAMP, [Accrue(9, expires_at=soon), Accrue(35, expires_at=soon)])
    here, there, _, _ = passage
    hand_over(passage)
    if command is not None:
        assert isinstance(decide(there, command, START), Transaction)
    passage = later(passage, soon)
    assert bring_back(passage) == []
    assert cancelled(passage, 1, 2)
    assert (here.lots[1].expired, here.lots[1].spent) == (9 - used, used)
    assert isinstance(take_back(copy(passage)), Refusal) is bool(used)
    bring_back(passage, expired=set(here.lots))
    assert [(lot.expired, lot.spent) for lot in here.lots.values()] == [(9 - used, used), (35, 0)]
    assert [gone.redemption.parts for gone in passed(passage).gone] == [{1: 1}] * used
    checked(passage, (0, 0))


def later(passage: Passage, now: int) -> Passage:
    """Both books settled then."""
    for book in passage[:2]:
        decide(book, Settle(), now)
    return passage._replace(now=now)


def test_no_claim_waits_for_points_that_have_expired() -> None:
    """More is claimed than what is spent at the other end: the rest stays with the old account."""
    passage = two(CLAMP, [Accrue(20, expires_at=START + DAY), Redeem(4)])
    here, there, _, _ = passage
    hand_over(passage)
    spent = [decide(there, Redeem(amount), START) for amount in (11, 5)]
    assert isinstance(spent[1], Transaction)
    assert cancelled(passage, 1, 5)
    assert (here.lots[1].claimed, there.lots[1].claimed) == (4, 1)
    assert isinstance(decide(there, Cancel(spent[1].seq), START), Transaction)
    assert (there.lots[1].claimed, there.active) == (0, 4)
    passage = later(passage, START + DAY)
    assert there.lots[1].expired == 4
    for amount, claims in ((2, (4, 2)), (13, (8, 11))):
        assert cancelled(passage, 1, amount)
        assert (here.lots[1].claimed, there.lots[1].claimed) == claims
    assert there.lots[1].spent == 11
    checked(passage, (0, 0))


def test_the_undo_takes_claims_back_with_what_they_took() -> None:
    passage = two(CLAMP, [Accrue(10)])
    here, there, _, _ = passage
    hand_over(passage)
    spent = decide(there, Redeem(8), START)
    assert isinstance(spent, Transaction)
    assert cancelled(passage, 1)
    assert len(passed(passage).claims) == 1
    assert isinstance(take_back(copy(passage)), Refusal)
    assert isinstance(decide(there, Cancel(spent.seq), START), Transaction)
    assert isinstance(take_back(passage), list)
    assert passed(passage) == ([], [], [])
    assert (here.lots[1].revoked, here.lots[1].claimed) == (10, 0)
    assert (here.active, there.active) == (0, 0)
    checked(passage, (0, 0))


def test_what_an_undo_lacks_is_asked_for_before_anything_changes() -> None:
    """On books that know what is open, and the rows that passed; then it does the same."""
    asked = 0
    for seed in range(LIVES):
        both = Both(seed)
        both.live(undone=False)
        known = both.passage
        opened = known._replace(source=reopened(known.source), receiver=reopened(known.receiver))
        for book, whole in zip(opened[:2], known[:2], strict=True):
            rows = [row for row in whole.rows.values() if row.subject == known.subject]
            moved = [whole.movements[row.seq].copy() for row in rows if row.seq in whole.movements]
            book.take_found([], [], moved, rows)
        while True:
            trial = copy(opened)
            try:
                found = take_back(trial)
                break
            except Lacking as lacking:
                asked += 1
                whole = known.source if lacking.book is trial.source else known.receiver
                book = opened.source if lacking.book is trial.source else opened.receiver
                give(book, whole, lacking.lack)
        expected = take_back(known)
        assert isinstance(found, Refusal) == isinstance(expected, Refusal)
        assert figures(trial.source) == figures(known.source)
        assert figures(trial.receiver) == figures(known.receiver)
    assert asked > LIVES


def test_rows_of_a_merge_are_told_from_acts_with_a_subject() -> None:
    passage = two(PLAIN, [Accrue(5, note=Note(subject="visit:1")), Accrue(5)])
    hand_over(passage)
    rows = [row for book in passage[:2] for row in book.rows.values()]
    passing, acts = rows[2:], rows[:2]
    assert [is_passing(row) for row in rows] == [False, False, True, True]
    assert acts_first([*passing, *acts]) == rows
    assert [leaves(row, 1) for row in rows] == [False, False, True, True]
    assert not any(leaves(row, 2) for row in rows)
    row = passing[0]
    assert is_of_one_unit(row, acts[1])
    assert not is_of_one_unit(row, acts[1]._replace(recorded_at=START - 1))
    assert not is_of_one_unit(row, acts[1]._replace(who=Who(api_key_id=1)))
    assert not is_of_one_unit(acts[1], row)
