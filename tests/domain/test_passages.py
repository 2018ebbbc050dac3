"""Merged accounts on the domain alone, after lives of many kinds: what passes over, late cancels,
and the undo (domain/decisions/merging.py). The engine's part is in tests/laws/test_merging.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Activate, Cancel, Command, Hold, Redeem, Settle
from stampbook.domain.deciding import decide
from stampbook.domain.decisions.forfeiting import forfeit
from stampbook.domain.decisions.merging import bring_back, hand_over, take_back
from stampbook.domain.decisions.passing import Passage, is_passing
from stampbook.domain.model import CREDITS, DEBITS, FOREVER, MAX_AMOUNT, Kind, Transaction
from stampbook.domain.policy import Policy, SpentAccrual
from stampbook.domain.refusals import Refusal
from tests.exploration.checking import check_all, check_rows
from tests.exploration.longwalks import Walk
from tests.exploration.steps import Played
from tests.laws.histories import DAY, PLAIN, START

BLOCKS = 5
LIVES = 5
"""Couples in each block."""

STEPS = 20


class Person(Walk):
    """The life of one account, of which nothing is reserved at the end."""

    def __init__(self, seed: int, number: int, policy: Policy | None = None) -> None:
        super().__init__(seed)
        self.policy = policy or self.policy._replace(cancel_window_s=None)
        self.changing = False
        self.played = Played(self.policy)
        self.played.book.number = number

    def live(self) -> Book:
        for _ in range(STEPS):
            self.advance()
        while keys := self.played.book.deadlines.keys:
            self.perform(Cancel(keys[0][1]))
        return self.played.book

    def perform(self, command: Command) -> None:
        assert isinstance(decide(self.played.book, command, self.played.now), Transaction)


def couple(seed: int) -> Passage:
    """Two people with accounts of one currency who turn out to be one."""
    first = Person(seed, 1)
    second = Person(1_000 + seed, 2, first.policy)
    source, receiver = first.live(), second.live()
    now = max(first.played.now, second.played.now)
    for book in (source, receiver):
        decide(book, Settle(), now)
    return Passage(source, receiver, now)


def copy(passage: Passage) -> Passage:
    return passage._replace(source=passage.source.copy(), receiver=passage.receiver.copy())


def figures(*books: Book) -> tuple[int, ...]:
    """Active, pending, held and total, of all accounts together."""
    return tuple(
        sum(each)
        for each in zip(*((b.active, b.split[1], b.held, b.total) for b in books), strict=True)
    )


def dated(*books: Book) -> dict[tuple[int, int], int]:
    """How many points are open with which dates; those that can be spent are active already."""
    found: dict[tuple[int, int], int] = {}
    for book in books:
        for lot in book.lots.values():
            for points, starts in ((lot.pending, lot.activates_at), (lot.available, 0)):
                if points:
                    key = starts, book.expires_at(lot)
                    found[key] = found.get(key, 0) + points
    return found


def is_empty(book: Book) -> bool:
    return not any((*book.split[1:4], book.owed, book.open_lots))


def checked(passage: Passage, since: tuple[int, int]) -> None:
    """Every law, on both accounts. `since`: how many rows had been checked."""
    for book, seq in zip((passage.source, passage.receiver), since, strict=True):
        check_rows(book, seq)
        check_all(book)


@pytest.fixture(scope="module", params=range(BLOCKS))
def couples(request: pytest.FixtureRequest) -> list[Passage]:
    return [couple(request.param * LIVES + n) for n in range(LIVES)]


@pytest.fixture
def each(couples: list[Passage]) -> Iterator[Passage]:
    """A copy of each couple."""
    return (copy(passage) for passage in couples)


def test_all_that_is_open_passes_over_with_its_dates(each: Iterator[Passage]) -> None:
    for passage in each:
        source, receiver, now, _ = passage
        before, since = figures(source, receiver), (source.seq, receiver.seq)
        dates, deficit = dated(source, receiver), source.owed + receiver.owed
        rows = hand_over(passage)
        assert is_empty(source)
        assert figures(receiver) == before
        if not deficit:
            assert dated(receiver) == dates
        assert all(is_passing(row) and row.recorded_at == now for row in rows)
        for book, seq in ((source, since[0]), (receiver, since[1])):
            assert [row.seq for row in rows if row.account == book.number] == [
                *range(seq + 1, book.seq + 1)
            ]
        checked(passage, since)


def test_the_undo_restores_both(each: Iterator[Passage]) -> None:
    restored = 0
    for passage in each:
        source, receiver, _, _ = passage
        before = figures(source), figures(receiver), dated(source), dated(receiver)
        paying = receiver.owed and source.split[2]
        paid = [
            {seq: sum(one.parts.values()) for seq, one in book.redemptions.items()}
            for book in (source, receiver)
        ]
        hand_over(passage)
        since = source.seq, receiver.seq
        undone = take_back(passage)
        # Points that came to pay a deficit are no longer there: the same as spent ones.
        assert isinstance(undone, Refusal) == bool(paying)
        if paying:
            continue
        assert isinstance(undone, list)
        assert not any(row.terms for row in undone), "dates come back only where they have changed"
        restored += 1
        assert before == (figures(source), figures(receiver), dated(source), dated(receiver))
        for book, was in zip((source, receiver), paid, strict=True):
            for seq, amount in was.items():
                assert sum(book.redemptions[seq].parts.values()) == amount
        checked(passage, since)
    assert restored


def test_what_comes_back_passes_over_again(each: Iterator[Passage]) -> None:
    for passage in each:
        source, receiver, _, _ = passage
        hand_over(passage)
        before, dates, since = figures(receiver), dated(receiver), (source.seq, receiver.seq)
        bring_back(passage, expired=set(source.lots), claims=True)
        assert figures(source, receiver) == before
        checked(passage, since)
        hand_over(passage)
        assert is_empty(source)
        assert (figures(receiver), dated(receiver)) == (before, dates)
        checked(passage, since)


def cancelled(passage: Passage, target: int, amount: int | None = None) -> bool:
    """A late cancel: judged on the old account, where all that is unspent comes back for it."""
    source = passage.source
    original = source.rows[source.rows[target].root]
    restores = source.rows[target].link % 2 == 1
    if original.kind in CREDITS or restores:
        lots = {terms.lot for terms in original.terms} if not restores else set()
        bring_back(passage, expired=lots, claims=original.kind in CREDITS and restores)
    decided = decide(source, Cancel(target, amount), passage.now)
    hand_over(passage)
    return isinstance(decided, Transaction)


def own(book: Book, kinds: frozenset[Kind]) -> list[int]:
    """What the account did before the merge and can be cancelled: not its temporary movements."""
    return [
        row.seq
        for row in book.rows.values()
        if row.kind in kinds and row.deadline_at == FOREVER and book.movement(row.seq).remaining
    ]


def test_a_late_cancel_does_what_it_would_have_done_before(each: Iterator[Passage]) -> None:
    done = 0
    for passage in each:
        source, _, now, _ = passage
        merged = copy(passage)
        hand_over(merged)
        for target in own(source, CREDITS | DEBITS):
            early, late = copy(passage), copy(merged)
            first = decide(early.source, Cancel(target), now)
            hand_over(early)
            since = late.source.seq, late.receiver.seq
            assert cancelled(late, target) == isinstance(first, Transaction)
            assert is_empty(late.source)
            checked(late, since)
            assert figures(late.receiver) == figures(early.receiver)
            if isinstance(first, Transaction):
                done += 1
                cancel = max(r.seq for r in late.source.rows.values() if r.target == target)
                cancelled(late, cancel)
                assert is_empty(late.source)
                checked(late, since)
    assert done > 5


def test_all_of_a_life_can_be_cancelled_late(each: Iterator[Passage]) -> None:
    """In the order in which it happened: debts pass over one after the other, and are repaid."""
    for passage in each:
        source = passage.source
        hand_over(passage)
        since = source.seq, passage.receiver.seq
        for target in own(source, CREDITS | DEBITS):
            cancelled(passage, target)
            assert is_empty(source)
        if source.policy.spent_accrual is SpentAccrual.DEBT:
            assert not own(source, CREDITS | DEBITS)
        checked(passage, since)


# -- small cases with their figures ------------------------------------------------------


def two(policy: Policy, here: Sequence[Command], there: Sequence[Command] = ()) -> Passage:
    """Two accounts that took these commands."""
    books = []
    for number, commands in enumerate((here, there), 1):
        played = Played(policy)
        played.book.number = number
        for command in commands:
            assert isinstance(decide(played.book, command, START), Transaction), command
        books.append(played.book)
    source, receiver = books
    return Passage(source, receiver, START)


def moved(passage: Passage) -> list[list[int]]:
    """What each row of the passage takes from the old account, lot by lot."""
    rows = [row for row in hand_over(passage) if row.account == 1]
    assert [row.amount for row in rows] == [sum(each.amount for each in r.postings) for r in rows]
    checked(passage, (0, 0))
    return [[posting.amount for posting in row.postings] for row in rows]


def test_available_lots_pass_over_together_and_each_pending_one_alone() -> None:
    """In the order of spending."""
    days = [START + n * DAY for n in range(10)]
    lots = (
        Accrue(1, expires_at=days[3]),
        Accrue(2, expires_at=days[2]),
        Accrue(4, activates_at=days[1], expires_at=days[4]),
        Accrue(8, activates_at=days[1], expires_at=days[5]),
        Accrue(16, expires_at=days[6]),
        Accrue(32, expires_at=days[7]),
        Accrue(64),
        Accrue(128, activates_at=days[2]),
    )
    assert moved(two(PLAIN, lots)) == [[2, 1], [4], [8], [16, 32, 64], [128]]


def test_no_row_of_a_passage_is_too_large() -> None:
    lots = (Accrue(MAX_AMOUNT - 2), Accrue(1), Accrue(1), Accrue(1), Accrue(MAX_AMOUNT))
    assert moved(two(PLAIN, lots)) == [[MAX_AMOUNT - 2, 1, 1], [1], [MAX_AMOUNT]]
    rich = PLAIN._replace(overdraft=3 * MAX_AMOUNT)
    passage = two(rich, [Redeem(MAX_AMOUNT), Redeem(MAX_AMOUNT), Redeem(5)])
    lent = [row.amount for row in hand_over(passage) if row.account == 2]
    assert lent == [MAX_AMOUNT, MAX_AMOUNT, 5]
    checked(passage, (0, 0))


def test_debts_that_passed_over_are_repaid_each_with_its_own() -> None:
    policy = PLAIN._replace(overdraft=100)
    passage = two(policy, [Accrue(5), Redeem(15)], [Accrue(3)])
    here, there, _, _ = passage
    hand_over(passage)
    assert here.redemptions[2].parts == {1: 5, 2: 10}
    assert cancelled(passage, 1)
    assert here.redemptions[2].parts == {2: 10, 3: 5}
    assert (there.active, there.owed) == (-12, 12)
    assert cancelled(passage, 2)
    assert is_empty(here)
    assert (there.active, there.owed) == (3, 0)
    checked(passage, (0, 0))


def test_a_claim_waits_where_its_points_will_come_back() -> None:
    policy = PLAIN._replace(spent_accrual=SpentAccrual.CLAMP)
    passage = two(policy, [Accrue(10), Accrue(5)])
    here, there, now, _ = passage
    hand_over(passage)
    assert isinstance(decide(there, Redeem(12), now), Transaction)
    assert cancelled(passage, 1)
    assert (here.lots[1].revoked, here.lots[1].claimed, here.lots[1].spent) == (10, 0, 0)
    assert (there.lots[1].spent, there.lots[1].claimed) == (10, 10)
    cancel = next(row for row in here.rows.values() if row.target == 1)
    assert cancel.shortfall == 10
    both = copy(passage)
    # The cancel is undone: nothing is claimed any more.
    assert cancelled(both, cancel.seq)
    assert (both.source.lots[1].spent, both.source.lots[1].claimed) == (10, 0)
    assert (both.receiver.lots[1].spent, both.receiver.lots[1].claimed) == (10, 0)
    checked(both, (0, 0))
    # The redemption is undone: what was claimed is revoked.
    spent = next(row.seq for row in there.rows.values() if row.kind is Kind.REDEEM)
    assert isinstance(decide(there, Cancel(spent), now), Transaction)
    assert there.active == 5
    assert there.lots[1].revoked == 10
    # And the cancel of the accrual after it: the points are there again.
    assert cancelled(passage, cancel.seq)
    assert (there.active, is_empty(here)) == (15, True)
    checked(passage, (0, 0))


def test_claims_stay_with_own_movements_before_they_pass_over() -> None:
    policy = PLAIN._replace(spent_accrual=SpentAccrual.CLAMP)
    passage = two(policy, [Accrue(10), Redeem(4)])
    here, there, now, _ = passage
    hand_over(passage)
    assert isinstance(decide(there, Redeem(6), now), Transaction)
    for amount, claims in ((3, (3, 0)), (2, (4, 1)), (5, (4, 6))):
        assert isinstance(decide(here, Cancel(1, amount), now), Transaction)
        hand_over(passage)
        assert (here.lots[1].claimed, there.lots[1].claimed) == claims
        checked(passage, (0, 0))


def test_points_that_were_activated_by_hand_come_back_with_their_new_dates() -> None:
    earned = Accrue(10, activates_at=START + DAY, expires_at=START + 3 * DAY)
    passage = two(PLAIN, [earned])
    here, there, now, _ = passage
    hand_over(passage)
    assert isinstance(decide(there, Activate(1), now), Transaction)
    assert isinstance(take_back(passage), list)
    assert (here.active, there.active) == (10, 0)
    assert (here.lots[1].activates_at, here.lots[1].expires_at) == (START, START + 3 * DAY)
    checked(passage, (0, 0))


def test_the_undo_is_refused_once_a_point_that_came_is_spent() -> None:
    for spent, refused in ((3, False), (4, True)):
        passage = two(PLAIN, [Accrue(10)], [Accrue(3, expires_at=START + DAY)])
        hand_over(passage)
        decide(passage.receiver, Redeem(spent), START)
        undone = take_back(passage)
        assert isinstance(undone, Refusal) == refused
        if not isinstance(undone, Refusal):
            assert passage.source.active == 10


def test_nothing_is_left_after_a_forfeit(each: Iterator[Passage]) -> None:
    for passage in each:
        book, now = passage.source, passage.now
        open_lots = [lot for _, lot in sorted(book.lots.items()) if lot.pending or lot.available]
        parts = [(lot.accrued_by, lot.pending + lot.available) for lot in open_lots]
        owed, since = book.owed, book.seq
        rows = forfeit(book, now)
        expired = [(r.target, r.amount) for r in rows if r.kind is Kind.EXPIRE]
        assert expired == parts
        assert all(row.root == row.target and row.recorded_at == now for row in rows if row.target)
        assert [row.amount for row in rows[len(parts) :]] == [owed] * bool(owed)
        assert is_empty(book)
        check_rows(book, since)
        check_all(book)


def test_what_is_reserved_is_not_forfeited() -> None:
    played = Played(PLAIN)
    for command in (Accrue(10), Hold(10), Accrue(5)):
        assert isinstance(decide(played.book, command, played.now), Transaction)
    (row,) = forfeit(played.book, played.now)
    assert (row.target, row.amount) == (3, 5)
    assert played.book.held == 10
