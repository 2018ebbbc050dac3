"""What a book says of itself, and what it forgets and takes in again (domain/book.py, windows.py,
recording.py): the clock's windows, figures, pruning, and what is stored beside a row."""

from __future__ import annotations

import pytest

from stampbook.domain.balance import balance_of
from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Hold, Redeem
from stampbook.domain.deciding import decide
from stampbook.domain.facts import Unloaded
from stampbook.domain.model import (
    AVAILABLE,
    FOREVER,
    MAX_ACCOUNT,
    MAX_AMOUNT,
    MAX_SEQUENCE,
    PENDING,
    AccountStatus,
    Kind,
    State,
    Status,
    Transaction,
    split_number,
    transaction_number,
)
from stampbook.domain.policy import Policy
from stampbook.domain.recording import LOTS_A_ROW, MOST_PARTS, is_whole
from stampbook.domain.windows import Window
from tests.exploration.longwalks import Walk
from tests.laws.histories import DAY, PLAIN, START
from tests.ledgers.in_memory import contents, empty_book, reopened

OWING = PLAIN._replace(overdraft=1_000)
LIVES = 10
STEPS = 30


def after(policy: Policy, *commands: Command) -> Book:
    book = empty_book(1, policy)
    for command in commands:
        assert isinstance(decide(book, command, START), Transaction)
    return book


def test_a_window_is_in_order_and_forgets_only_what_it_has() -> None:
    window = Window()
    assert [window.first] == [None]
    for key in ((3, 1), (1, 2), (2, 9), (1, 1)):
        window.add(key)
    assert window.keys == [(1, 1), (1, 2), (2, 9), (3, 1)]
    assert window.first == (1, 1)
    twin = window.copy()
    for unknown in ((0, 1), (1, 3), (2, 8), (9, 9)):
        window.discard(unknown)
    assert window.keys == twin.keys
    window.discard((1, 2))
    window.discard((3, 1))
    assert window.keys == [(1, 1), (2, 9)]
    assert len(twin.keys) == 4


def test_the_earliest_of_all_that_waits_for_the_clock_is_due_next() -> None:
    days = [START + n * DAY for n in range(6)]
    found = []
    for deadline, activation, expiry in ((1, 2, 3), (2, 1, 3), (3, 2, 1), (2, 2, 3), (2, 3, 2)):
        book = after(
            PLAIN,
            Accrue(5, expires_at=days[expiry]),
            Accrue(5, activates_at=days[activation]),
            Accrue(5, expires_at=days[5]),
            Hold(1, timeout_s=deadline * 86_400),
        )
        found.append((book.next_due_at - START) // DAY)
        assert book.sums().due_at == book.next_due_at
    assert found == [1, 1, 1, 2, 2]
    assert after(PLAIN, Accrue(5)).next_due_at == FOREVER
    assert after(PLAIN, Accrue(5, activates_at=days[2])).next_due_at == days[2]
    assert after(PLAIN, Accrue(5, expires_at=days[2])).next_due_at == days[2]
    assert after(OWING, Hold(5, timeout_s=86_400)).next_due_at == days[1]


def test_figures_count_what_is_reserved_and_owed() -> None:
    book = after(
        OWING, Accrue(10), Accrue(3, activates_at=START + DAY), Hold(4), Redeem(9), Hold(2)
    )
    assert (book.split[AVAILABLE], book.owed, book.owed_held) == (0, 5, 2)
    assert (book.active, book.split[PENDING], book.held, book.total) == (-5, 3, 6, 4)
    assert book.size == 2 + 3
    sums = book.sums()
    assert sums[:6] == (3, 0, 4, 6, 0, 0)
    assert (sums.owed, sums.owed_held) == (5, 2)
    again = Book(book.facts(), book.policy)
    assert again.split == book.split
    assert (again.owed, again.owed_held, again.restored) == (5, 2, 0)
    assert (again.seq, again.saved_seq, again.clock, again.head) == (5, 5, START, book.head)


def test_no_row_has_a_number_outside_the_journal() -> None:
    book = after(PLAIN, Accrue(10), Redeem(4))
    assert [book.row(seq) is not None for seq in (-1, 0, 1, 2, 3)] == [
        False,
        False,
        True,
        True,
        False,
    ]
    opened = reopened(book)
    assert [opened.lacks(seq) for seq in (-1, 0, 1, 2, 3)] == [False, False, True, True, False]
    assert [book.lacks(seq) for seq in (1, 2)] == [False, False]
    for seq in (1, 2):
        with pytest.raises(Unloaded):
            opened.row(seq)


def test_who_pays_for_what_is_asked_once_for_lots_that_pay() -> None:
    book = after(PLAIN, Accrue(10), Accrue(5), Accrue(4), Redeem(10), Hold(5))
    lots = [book.lots[seq].copy() for seq in (1, 2, 3)]
    opened = reopened(book)
    with pytest.raises(Unloaded) as lacking:
        opened.require_paid_by(lots)
    assert lacking.value.paid_by == {1, 2}
    opened.known_paid_by = {1}
    with pytest.raises(Unloaded) as lacking:
        opened.require_paid_by(lots)
    assert lacking.value.paid_by == {2}
    opened.known_paid_by = {1, 2}
    opened.require_paid_by(lots)
    assert [each.seq for each in book.redemptions_of(book.lots[2])] == [5]


def test_a_saved_book_forgets_what_can_be_loaded_again() -> None:
    """What stays is what is open, and as it was: it decides like one that was just opened."""
    for seed in range(LIVES):
        walk = Walk(seed)
        for _ in range(STEPS):
            walk.advance()
        book = walk.played.book
        whole = book.copy()
        with pytest.raises(AssertionError):
            book.prune()
        due_at = book.records[-1].sums.due_at
        book.saved()
        assert (book.saved_seq, book.saved_due_at, book.records) == (book.seq, due_at, [])
        book.complete = False
        book.prune()
        assert (len(book.rows), book.known_paid_by) == (0, set())
        assert contents(book) == contents(reopened(whole))
        book.saved()
        assert (book.saved_seq, book.saved_due_at) == (book.seq, due_at)


def test_what_is_found_does_not_replace_what_is_known() -> None:
    book = after(
        OWING,
        Accrue(5, activates_at=START + DAY),
        Accrue(7, activates_at=FOREVER),
        Accrue(9, temporary=True),
        Accrue(3, expires_at=START + 2 * DAY),
        Hold(4, timeout_s=60),
        Redeem(8),
    )
    opened = Book(book.facts(), book.policy)
    opened.lots_made = book.lots_made
    for _ in range(2):
        opened.take_found(
            [lot.copy() for lot in book.lots.values()],
            [each.copy() for each in book.redemptions.values()],
            [each.copy() for each in book.movements.values()],
            book.rows.values(),
        )
        for name in ("spendable", "waiting", "deadlines", "owing"):
            assert getattr(opened, name).keys == getattr(book, name).keys, name
        assert opened.open_lots == book.open_lots
        assert opened.owing_parts == book.owing_parts == 3
    known = opened.lots[1]
    opened.take_found([book.lots[1].copy()], [], [], [])
    assert opened.lots[1] is known


def test_a_state_is_written_whole_once_in_an_eighth_of_what_is_open() -> None:
    lots = [Accrue(1)] * (4 * LOTS_A_ROW)
    book = after(PLAIN, *lots)
    book.state_seq = book.seq
    assert [n for n in range(1, 9) if is_whole(book, book.seq + n)] == [4, 5, 6, 7, 8]
    assert is_whole(book, 1)
    decide(book, Hold(1, timeout_s=60), START)
    book.state_seq = book.seq
    assert [n for n in range(1, 7) if is_whole(book, book.seq + n)] == [5, 6]
    owing = after(OWING, Redeem(4 * LOTS_A_ROW + 1), *lots)
    owing.state_seq = owing.seq
    assert len(owing.open_lots) == 0
    assert [n for n in range(1, 7) if is_whole(owing, owing.seq + n)] == [5, 6]


@pytest.mark.parametrize("parts", [MOST_PARTS, MOST_PARTS + 1])
def test_a_standing_repeats_an_allocation_unless_it_is_long(parts: int) -> None:
    book = after(PLAIN, *[Accrue(2)] * (parts + 1), Redeem(2 * parts + 2), Cancel(parts + 2, 2))
    (standing,) = book.records[-1].standings
    assert (standing.target, standing.cancelled) == (parts + 2, 2)
    assert (standing.parts is None) is (parts > MOST_PARTS)
    assert all(each.parts is None for each in book.records[-2].standings)


def test_what_comes_next_is_all_of_one_instant_and_nothing_that_never_comes() -> None:
    days = [START + n * DAY for n in range(4)]
    balance = balance_of(
        after(
            PLAIN,
            *(Accrue(n, expires_at=days[at]) for n, at in ((1, 2), (2, 1), (4, 1), (8, 3))),
            *(Accrue(n, activates_at=days[at]) for n, at in ((1, 2), (2, 2), (4, 3))),
            Accrue(16),
            Accrue(32, activates_at=FOREVER),
        )
    )
    assert balance.next_expiration == (days[1], 6)
    assert balance.next_activation == (days[2], 3)
    never = balance_of(after(PLAIN, Accrue(16), Accrue(32, activates_at=FOREVER)))
    assert (never.active, never.pending) == (16, 32)
    assert (never.next_expiration, never.next_activation) == (None, None)


def test_numbers_that_databases_keep_do_not_change() -> None:
    assert (FOREVER, MAX_AMOUNT) == (9_223_372_036_854_775_807, 9_000_000_000_000_000)
    assert (MAX_SEQUENCE, MAX_ACCOUNT) == (8_388_607, 1_073_741_823)
    last = transaction_number(account=MAX_ACCOUNT, seq=MAX_SEQUENCE)
    assert last == 2**53 - 1, "exact in a JavaScript number"
    assert split_number(last) == (MAX_ACCOUNT, MAX_SEQUENCE)
    assert transaction_number(account=1, seq=1) == 8_388_609
    for kept, names in (
        (State, "outside pending available held spent expired revoked owed claimed reinstated"),
        (Status, "in_force temporary released"),
        (AccountStatus, "open member_inactive closed"),
    ):
        assert {each.name.lower(): each.value for each in kept} == {
            name: number for number, name in enumerate(names.split())
        }
    assert [kind.value for kind in Kind] == [*range(1, 14)]
    words = ["accrue", "commit", "expire", "adjust", "transfer_in"]
    assert [kind.wire for kind in Kind][::3] == words
