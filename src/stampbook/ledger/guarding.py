"""Movements that belong to something outside the ledger, which their subject names.

Whether such a movement may come back in force (by the cancel of a cancel) depends on the present
state of its owner. The ledger does not know owners: it asks its one `Guardian`, and the save is
guarded by the version of the owner on which the answer was based.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol

from stampbook.domain.book import Book
from stampbook.domain.commands import Cancel, Command
from stampbook.domain.model import Kind, Transaction
from stampbook.storage.store import Guard

CANCEL: Final = Kind.CANCEL


class Change(NamedTuple):
    """By how much more of an original is in force; negative: by how much less.

    `amount` is in the smallest units of the account's currency, which has `scale` decimals.
    """

    original: Transaction
    amount: int
    scale: int


class Owner(Protocol):
    """The owner of movements, as it was read."""

    @property
    def version(self) -> int:
        """The version of its guard."""

    @property
    def guards(self) -> Sequence[Guard]:
        """Further guards on which its answer rests, none with version 0. They move when the
        movement comes back."""

    def objection(self, restored: Change, earlier: Sequence[Change]) -> str | None:
        """Why the original cannot be in force again, as an English sentence; None: it can.

        `earlier` has the changes that the same commit makes before it under the same guard.
        """


class Guardian(Protocol):
    """Knows the owners of movements."""

    def guard_of(self, subject: str | None) -> str | None:
        """The guard of a movement of this subject; None: it belongs to nothing."""

    def guard_moved(self, subject: str | None) -> str | None:
        """The guard whose version grows when a movement of this subject is cancelled, or brought
        back; None: that changes nothing for others."""

    async def owner(self, guard: str, *, tenant: int) -> Owner:
        """The tenant's owner that the guard names, as it is now; a missing one objects."""


class Guardians:
    """Several guardians as one: a subject belongs to the first of them that knows its owner."""

    def __init__(self, *guardians: Guardian) -> None:
        self._guardians = guardians

    def guard_of(self, subject: str | None) -> str | None:
        """See Guardian."""
        for each in self._guardians:
            guard = each.guard_of(subject)
            if guard is not None:
                return guard
        return None

    def guard_moved(self, subject: str | None) -> str | None:
        """See Guardian."""
        for each in self._guardians:
            guard = each.guard_moved(subject)
            if guard is not None:
                return guard
        return None

    async def owner(self, guard: str, *, tenant: int) -> Owner:
        """See Guardian. A guard has the form of a subject that it guards."""
        for each in self._guardians:
            if each.guard_of(guard) is not None:
                return await each.owner(guard, tenant=tenant)
        raise LookupError(guard)


def guard_restored(guardian: Guardian | None, book: Book, command: Command) -> str | None:
    """The guard of the movement that the command would put back in force. Raises Unloaded."""
    if guardian is None or not isinstance(command, Cancel):
        return None
    row = book.row(command.target)
    if row is None or row.kind is not CANCEL or row.link % 2 == 0:
        return None
    original = book.row(row.root)
    return None if original is None else guardian.guard_of(original.subject)


def restores_guarded(guardian: Guardian | None, book: Book, commands: Iterable[Command]) -> bool:
    """Whether one of the commands would put a movement back in force that has a guard."""
    for command in commands:
        if isinstance(command, Cancel) and guard_restored(guardian, book, command):
            return True
    return False


def guards_moved(guardian: Guardian | None, book: Book, rows: Iterable[Transaction]) -> set[str]:
    """The guards whose versions these rows of the book increase."""
    moved: set[str] = set()
    if guardian is None:
        return moved
    for row in rows:
        if row.kind is CANCEL:
            guard = guardian.guard_moved(book.rows[row.root].subject)
            if guard is not None:
                moved.add(guard)
    return moved
