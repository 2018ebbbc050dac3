"""The state text: its format cannot change unseen, and it stays small (stampbook.domain.state)."""

from __future__ import annotations

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Commit, Hold, Redeem, Release
from stampbook.domain.deciding import decide
from stampbook.domain.model import FOREVER, Transaction
from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, Policy, Unit
from stampbook.domain.state import lot_of_text, lot_text, read_state, take_state, whole_state
from tests.ledgers.in_memory import contents, empty_book, open_contents, reopened
from tests.storage.building import DAY, NOW

POLICY = Policy(tenant=1, program=1, currency=1, version=1, overdraft=50)
SLIDING = POLICY._replace(expiry=ExpiryRule(ExpiryType.SLIDING, Period(30, Unit.DAY)))


def do(book: Book, *commands: Command, now: int = NOW) -> None:
    """Carry the commands out; none is refused."""
    for command in commands:
        made = decide(book, command, now)
        assert isinstance(made, Transaction), (command, made)


def debtor() -> Book:
    """An account with lots that wait, a deadline of an accrual and one of a hold, and a deficit."""
    book = empty_book(1, POLICY)
    do(book, Accrue(100, expires_at=NOW + 10 * DAY))
    do(book, *(Accrue(n, activates_at=NOW + DAY, expires_at=NOW + n * DAY) for n in range(2, 11)))
    do(book, Accrue(7, temporary=True, timeout_s=60))
    do(book, Hold(20, timeout_s=90), now=NOW + 5)
    do(book, Redeem(110), now=NOW + 6)
    return book


WAITING = (
    "[2,2,1700000000000000,86400000000,172800000000,0,0,2],"
    "[3,3,1700000000000000,86400000000,259200000000,0,0,3],"
    "[4,4,1700000000000000,86400000000,345600000000,0,0,4],"
    "[5,5,1700000000000000,86400000000,432000000000,0,0,5],"
    "[6,6,1700000000000000,86400000000,518400000000,0,0,6],"
    "[7,7,1700000000000000,86400000000,604800000000,0,0,7],"
    "[8,8,1700000000000000,86400000000,691200000000,0,0,8],"
    "[9,9,1700000000000000,86400000000,777600000000,0,0,9],"
    "[10,10,1700000000000000,86400000000,864000000000,0,0,10]"
)
LOCKED = "[11,11,1700000000000000,0,null,4,0,7]"
ARMED = "[11,7,1,0,1700000060000000,0,0,0,null,1],[12,20,1,0,1700000090000005,0,0,0,null,1]"


def test_a_whole_state_of_version_1() -> None:
    assert whole_state(debtor()) == (
        "[1,1,11,null,0,"
        f"[[1,1,1700000000000000,0,864000000000,0,0,0,20,80],{WAITING},{LOCKED}],"
        f"[],[{ARMED},[13,110,0,0,null,0,0,0,[[0,30],[1,80]],1]],[]]"
    )


def test_changed_states_of_version_1() -> None:
    """One that opens and one that closes lots and transactions; parts that came and went."""
    book = debtor()
    before = book.records[-1]
    assert before.state_seq == 12
    assert before.state == (
        "[1,0,11,null,0,[[1,1,1700000000000000,0,864000000000,0,0,0,20,80]],[],"
        "[[13,110,0,0,null,0,0,0,[[0,30],[1,80]],1]],[]]"
    )
    do(book, Commit(12, amount=15), now=NOW + 8)
    do(book, Accrue(40), now=NOW + 10)
    committed, paying = book.records[-2:]
    # Fields of redemption 13: what it lacks, what lot 1 pays; 0: it is not all of its parts.
    assert committed.state.endswith(",[13,110,0,0,null,0,0,0,[[0,25],[1,85]],1]],[]]")
    assert paying.state_seq == committed.state_seq == 14
    assert paying.state == (
        "[1,0,12,null,0,[[12,15,1700000000000010,0,null,0,15,0,0,25]],[],[],[13]]"
    )


def test_a_state_of_a_sliding_account() -> None:
    book = empty_book(1, SLIDING)
    do(book, Accrue(5))
    do(book, Accrue(6, activates_at=FOREVER, expires_at=NOW + DAY), now=NOW + DAY // 2)
    assert whole_state(book) == (
        "[1,1,2,1702635200000000,0,["
        "[1,1,1700000000000000,0,2635200000000,1,5],"
        "[2,2,1700043200000000,null,43200000000,0,0,6]],[],[],[]]"
    )


def test_a_lot_of_version_1() -> None:
    book = empty_book(1, POLICY._replace(overdraft=0))
    do(book, Accrue(100, expires_at=NOW + DAY), Redeem(60))
    do(book, Cancel(1, amount=90), now=NOW + 1)
    do(book, Accrue(80), now=NOW + 2)
    texts = [row.closed for record in book.records for row in record.lots if row.closed]
    assert texts == [
        "[1,1,1700000000000000,0,86400000000,0,0,0,0,10,0,90]",
    ]
    lot = lot_of_text("[3,4,1700000000000000,60,null,7,1,2,3,4,5,6,8,5]")
    assert (lot.seq, lot.accrued_by, lot.created_at) == (3, 4, NOW)
    assert (lot.activates_at, lot.expires_at) == (NOW + 60, FOREVER)
    assert (lot.sliding, lot.grace, lot.locked) == (True, True, True)
    assert lot.split == [-21, 2, 1, 3, 4, 5, 6]
    assert (lot.claimed, lot.reinstated) == (8, 5)
    assert lot_text(lot) == "[3,4,1700000000000000,60,null,7,1,2,3,4,5,6,8,5]"


def test_a_state_of_many_lots_has_a_line_for_each_thousand() -> None:
    book = empty_book(1, POLICY)
    do(book, *(Accrue(1) for _ in range(2_001)))
    lines = whole_state(book).split("\n")
    assert [line.count("1700000000000000") for line in lines] == [1_000, 1_000, 1]
    opened = Book(book.facts(), POLICY)
    take_state(opened, ["\n".join(lines)])
    assert contents(opened) == open_contents(book)


def test_a_change_of_many_lots_has_lines_too() -> None:
    book = empty_book(1, POLICY)
    do(book, *(Accrue(1) for _ in range(9_000)))
    while book.records[-1].state_seq == book.seq:
        do(book, Accrue(1))
    do(book, Hold(1_500))
    last = book.records[-1]
    assert last.state_seq < last.row.seq
    assert len(last.state.split("\n")) == 2
    opened = Book(book.facts(), POLICY)
    take_state(opened, [record.state for record in book.records[last.state_seq - 1 :]])
    assert contents(opened) == open_contents(book)


@pytest.mark.parametrize("version", [0, 2, 11])
def test_a_state_of_an_unknown_version(version: int) -> None:
    book = debtor()
    text = whole_state(book)
    opened = Book(book.facts(), POLICY)
    with pytest.raises(ValueError, match=f"a state of version {version}"):
        take_state(opened, [f"[{version},{text.removeprefix('[1,')}"])


BYTES = 640
"""Of state in a row, on average: 64 bytes of an eighth of a lot each, and what the row changes."""

ROWS = 4
"""That a load reads besides one for every eighth of what is open."""


@pytest.mark.parametrize("lots", [10, 1_000, 10_000])
def test_a_state_stays_small_however_much_is_open(lots: int) -> None:
    """Rows that each change little; with many lots open, and deadlines, and a long debt's parts."""
    book = empty_book(1, POLICY)
    do(book, *(Accrue(9, expires_at=NOW + (1 + n % 9) * DAY) for n in range(lots)))
    begun = len(book.records)
    for _ in range(max(200, lots // 4)):
        do(book, Redeem(9), Accrue(9), Hold(1, timeout_s=60))
        do(book, Release(book.seq))
    records = book.records[begun:]
    assert sum(len(record.state) for record in records) / len(records) < BYTES
    assert max(record.row.seq - record.state_seq + 1 for record in records) <= lots / 8 + ROWS


@pytest.mark.parametrize("parts", [10, 1_000])
def test_the_state_of_a_long_debt_stays_small(parts: int) -> None:
    """What a redemption lacks is paid by one small accrual after the other."""
    book = empty_book(1, POLICY._replace(overdraft=10 * parts))
    do(book, Redeem(10 * parts), *(Accrue(1) for _ in range(9 * parts)))
    assert len(book.redemptions[1].parts) == 9 * parts + 1
    records = book.records
    assert sum(len(record.state) for record in records) / len(records) < BYTES
    for record in records[-50:]:
        assert record.row.seq - record.state_seq + 1 <= 9 * parts / 8 + ROWS


def test_lots_are_made_when_they_are_asked_for() -> None:
    """To read a state, and to write it again, makes none; also where lots slide."""
    book = empty_book(1, SLIDING)
    do(book, *(Accrue(10) for _ in range(5)), Redeem(15))
    do(book, Accrue(10), now=NOW + DAY)
    texts = [record.state for record in book.records[book.records[-1].state_seq - 1 :]]
    state, opened = read_state(texts), reopened(book)
    assert lot_text(state.lots[4]) == lot_text(book.lots[4])
    assert state.expires_at(state.lots[4]) == book.expires_at(book.lots[4])
    assert state.lots.get(1) is None
    assert sorted(state.lots.made) == [4]
    assert whole_state(opened) == whole_state(book)
    assert opened.spendable.keys == book.spendable.keys
    assert not opened.lots.made
    book = empty_book(1, POLICY)
    do(book, *(Accrue(10) for _ in range(5)))
    opened = reopened(book)
    decide(opened, Redeem(15), NOW)
    assert sorted(opened.lots.made) == [1, 2]


MANY = 40
"""So many open lots that a row does not write the state whole."""


def test_a_part_that_is_gone_is_gone_from_the_state() -> None:
    """Of a debt whose points are cancelled, while the rest of it is owed."""
    book = empty_book(1, POLICY)
    do(book, *(Accrue(1, activates_at=FOREVER) for _ in range(MANY)), Accrue(5), Accrue(2))
    do(book, Redeem(9))
    book.state_seq = 0
    do(book, Accrue(1, activates_at=FOREVER), Cancel(MANY + 1))
    last = book.records[-1]
    assert last.state_seq < last.row.seq
    assert book.redemptions[MANY + 3].parts == {0: 7, MANY + 2: 2}
    assert contents(reopened(book)) == open_contents(book)


def test_lots_slide_when_a_state_is_read() -> None:
    """Those that live; not those that wait, nor those whose common expiry has passed."""
    book = empty_book(1, SLIDING)
    fixed = [Accrue(2, activates_at=NOW + 90 * DAY), Accrue(3, expires_at=NOW + 90 * DAY)]
    do(book, *fixed, *(Accrue(1) for _ in range(MANY)))
    for days in (1, 2, 40, 41, 42):
        while book.records[-1].state_seq < book.seq:
            do(book, Accrue(1), now=NOW + (days - 1) * DAY)
        do(book, *(Accrue(1) for _ in range(3)), now=NOW + days * DAY)
        assert contents(reopened(book)) == open_contents(book)
        assert len({lot.expires_at for lot in book.lots.values() if lot.available}) == 2
