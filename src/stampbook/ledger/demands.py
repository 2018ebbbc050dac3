"""From what a decision lacks to what the store is asked for."""

from collections.abc import Iterable
from typing import Final

from stampbook.domain.book import Book, Unloaded
from stampbook.domain.commands import Activate, Cancel, Command, Commit, Expire, Release
from stampbook.storage.store import Demand

ACTING: Final = (Commit, Release, Cancel, Activate, Expire)
"""The commands that act upon a transaction."""


def targets_of(commands: Iterable[Command]) -> list[int]:
    """The transactions that the commands act upon."""
    return [command.target for command in commands if isinstance(command, ACTING)]


def merged(lack: Unloaded | None, targets: Iterable[int]) -> Unloaded:
    """What was lacking already, and those transactions."""
    rows = frozenset(targets)
    return Unloaded(rows=rows | (lack.rows if lack else frozenset()))


def demand_for(account: int, book: Book | None, lack: Unloaded | None, *, opening: bool) -> Demand:
    """What to ask the store for, so that the decision can go on."""
    upto = 0 if book is None else book.saved_seq
    if lack is None:
        return Demand(account, opening=opening, upto=upto)
    return Demand(
        account,
        opening=opening,
        upto=upto,
        rows=lack.rows,
        lots=lack.lots,
        payers_of=lack.payers_of,
        payees=lack.payees,
        subjects=lack.subjects,
    )
