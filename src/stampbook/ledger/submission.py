"""Requests to the ledger: commands for accounts, with the caller's bounds."""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.commands import Command, Note, Settle
from stampbook.domain.model import Transaction
from stampbook.domain.refusals import Refusal
from stampbook.storage.store import Beside, Guard

Planner = Callable[[Book, int], Sequence[Command] | Refusal]
"""A pure function (settled book, now) → the commands to carry out, decided in the engine.

It may look at the book's balances and, for those of the submission's `subject`, at
`book.rows` and `book.movements`; it must not change the book. It may raise StaleGuard: what it
relies on is not as the book says.
"""


ANY_TENANT: Final = 0
"""The tenant of the ledger's own requests. No caller has it: numbers of tenants begin at 1."""


class Asked(NamedTuple):
    """A request by the names of its fields: `fields` is a named tuple, a struct, or `given(…)`.

    `former` makes the text that earlier releases took instead (former_fingerprints.words).
    """

    what: str
    fields: Any
    former: Callable[[], str]


Identity = str | Asked
"""A text is enough where no field is optional: it names everything that is requested."""


class Submission(NamedTuple):
    """One request to the ledger about one account: all of its commands, or none.

    `tenant` and `program` (None: any) bind the caller: an account outside them does not
    exist for the caller. `key` is the idempotency key. `planner`, where given, makes the commands
    when the account's turn has come: `subject` then names the movements that it may see
    (all of the account's originals with that subject), and the fingerprint is taken of
    `identity`. `guard` is the version of something that was read before outside the ledger.
    `beside` makes, of the rows that the commands wrote, the rows outside the ledger that are
    written in the same commit. It is pure, and for `Ledger.submit` alone.
    """

    tenant: int
    account: int
    commands: tuple[Command, ...] = ()
    program: int | None = None
    key: str | None = None
    dry_run: bool = False
    planner: Planner | None = None
    subject: str | None = None
    identity: Identity | None = None
    guard: Guard | None = None
    beside: Callable[[Sequence[Transaction]], Sequence[Beside]] | None = None


class Transfer(NamedTuple):
    """Move points from one account to another of the same program.

    The fingerprint of `key` is taken of `identity`, where given: the whole request of which the
    transfer is a part.
    """

    tenant: int
    source: int
    receiver: int
    amount: int
    program: int | None = None
    key: str | None = None
    dry_run: bool = False
    note: Note = Note()
    identity: Identity | None = None


def account_of(item: Submission | Transfer) -> int:
    """The account to which the item is addressed; for a transfer, the source."""
    return item.source if isinstance(item, Transfer) else item.account


def external_ids_of(item: Submission | Transfer) -> list[str]:
    """The external ids that the item wants to take."""
    if isinstance(item, Transfer):
        external_id = item.note.external_id
        return [] if external_id is None else [external_id]
    return [
        external_id
        for command in item.commands
        if not isinstance(command, Settle) and (external_id := command.note.external_id) is not None
    ]
