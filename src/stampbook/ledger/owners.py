"""Movements that belong to a visit: what paid for it, and what it earned. Their subject names it.

Whether such a movement may come back in force (the cancel of a cancel) depends on what has become
of the visit meanwhile. The ledger does not know bills: it asks, and its save is guarded by the
version of the visit that was asked.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from stampbook.domain.book import Book
from stampbook.domain.commands import Cancel, Command
from stampbook.domain.model import Kind, Transaction
from stampbook.ledger.submission import visit_of


class Change(NamedTuple):
    """By how much more of an original is in force; negative: by how much less.

    `amount` is in the smallest units of the account's currency, which has `scale` decimals.
    """

    original: Transaction
    amount: int
    scale: int


class Bill(Protocol):
    """A visit as it was read."""

    @property
    def version(self) -> int:
        """The visit's version."""

    def objection(self, restored: Change, earlier: Sequence[Change]) -> str | None:
        """Why the original cannot be in force again, as an English sentence; None: it can.

        `earlier` is what the same commit does before it to movements of the visit.
        """


class Bills(Protocol):
    """Where the ledger asks for visits."""

    async def bill(self, visit: int, *, tenant: int) -> Bill | None:
        """The tenant's visit as it is now."""


def restores_of_visit(book: Book, command: Command) -> bool:
    """Whether the command would put a movement of a visit back in force. Raises Unloaded."""
    if not isinstance(command, Cancel):
        return False
    row = book.row(command.target)
    if row is None or row.kind is not Kind.CANCEL or row.link % 2 == 0:
        return False
    original = book.row(row.root)
    return original is not None and visit_of(original.subject) is not None
