"""Which guard a movement has, of the owners that the program knows, and which commands concern it
(ledger/guarding.py)."""

from __future__ import annotations

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Note, Redeem
from stampbook.domain.deciding import decide
from stampbook.domain.model import Transaction
from stampbook.ledger.guarding import (
    Guardians,
    guard_restored,
    guards_moved,
    restores_guarded,
)
from stampbook.loyalty.orders.guarding import OrderGuardian
from stampbook.loyalty.rewards.guarding import PurchaseGuardian
from stampbook.storage.store import Store
from stampbook.visits.movements.restoring import VisitGuardian
from tests.laws.histories import PLAIN, START
from tests.ledgers.in_memory import empty_book

ORDER, EARNED, PLAYED = Note(subject="order:1"), Note(subject="cashback:3"), Note(subject="event:4")


@pytest.fixture
def guardians(sqlite_store: Store) -> Guardians:
    return Guardians(
        VisitGuardian(sqlite_store), OrderGuardian(sqlite_store), PurchaseGuardian(sqlite_store)
    )


def cancelled_thrice() -> Book:
    """Rows 3 to 5: the cancel of a payment, the cancel of that, and the cancel of that."""
    book = empty_book(1, PLAIN)
    commands: tuple[Command, ...] = (
        Accrue(10),
        Redeem(4, note=ORDER),
        Cancel(2),
        Cancel(3),
        Cancel(4),
        Redeem(1),
        Cancel(6),
    )
    for command in commands:
        assert isinstance(decide(book, command, START), Transaction), command
    return book


def test_each_subject_has_the_guard_of_its_owner(guardians: Guardians) -> None:
    known = {
        "visit:2": ("visit:2", "visit:2"),
        "cashback:2": ("visit:2", None),
        "order:1": ("order:1", "order:1"),
        "event:4": ("event:4", None),
        "purchase:5": ("purchase:5", None),
        "a gift": (None, None),
        None: (None, None),
    }
    found = {each: (guardians.guard_of(each), guardians.guard_moved(each)) for each in known}
    assert found == known


async def test_what_nobody_owns_has_no_owner(guardians: Guardians) -> None:
    with pytest.raises(LookupError):
        await guardians.owner("a gift", tenant=1)
    owner = await guardians.owner("visit:2", tenant=1)
    assert owner.version == 0


def test_a_cancel_of_a_cancel_restores_what_is_guarded(guardians: Guardians) -> None:
    book = cancelled_thrice()
    commands: list[Command] = [*(Cancel(seq) for seq in range(9)), Redeem(1, note=ORDER)]
    restoring = [Cancel(3), Cancel(5)]
    for command in commands:
        is_guarded = command in restoring
        guard = "order:1" if is_guarded else None
        assert guard_restored(guardians, book, command) == guard, command
        assert restores_guarded(guardians, book, [Accrue(1), command]) is is_guarded, command
        assert guard_restored(None, book, command) is None
    assert restores_guarded(guardians, book, commands)
    assert not restores_guarded(None, book, commands)


def test_guards_move_with_cancels_alone(guardians: Guardians) -> None:
    book = cancelled_thrice()
    rows = [book.rows[seq] for seq in range(1, 8)]
    moved = [guards_moved(guardians, book, [row]) for row in rows]
    assert moved == [set(), set(), {"order:1"}, {"order:1"}, {"order:1"}, set(), set()]
    for note in (EARNED, PLAYED):
        earned = decide(book, Accrue(3, note=note), START)
        assert isinstance(earned, Transaction)
        rows.append(earned)
        cancel = decide(book, Cancel(earned.seq), START)
        assert isinstance(cancel, Transaction)
        rows.append(cancel)
    assert guards_moved(guardians, book, rows) == {"order:1"}
    assert guards_moved(guardians, book, rows[:2]) == set()
    assert guards_moved(None, book, rows) == set()
