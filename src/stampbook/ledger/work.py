"""A submission on its way through the engine."""

import asyncio
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from msgspec.json import encode

from stampbook.domain.book import Book
from stampbook.domain.model import SEQUENCE_BITS, Kind, State, Transaction
from stampbook.ledger.outcomes import SLIDES, AccountView, Outcome
from stampbook.ledger.submission import VISIT_SUBJECT, Submission, Transfer, account_of, visit_of
from stampbook.storage.store import Key, KeyRow


class Stale(Exception):
    """The cached book may be out of date for an answer that writes nothing: read it again."""


class NotLookedUp(Exception):
    """An answer that writes nothing must know first whether the request is a repeat."""


class StaleVisit(Exception):
    """The visit was changed after the caller read it: read it again and submit anew."""

    def __init__(self, visit: int) -> None:
        super().__init__(visit)
        self.visit = visit


class Guilty(Exception):
    """Deciding this work raised what nobody expects: a bug, told by `__cause__`."""

    def __init__(self, work: "Work") -> None:
        super().__init__(work.item.account)
        self.work = work


class Fingerprinted:
    """Something asked for, and what tells it from everything else that is asked for."""

    __slots__ = ("_asked", "_content", "_fingerprint", "_key")

    def __init__(self, asked: Submission | Transfer) -> None:
        self._asked = asked
        self._fingerprint: bytes | None = None
        self._content: bytes | None = None
        self._key: Key | None = None

    def key(self) -> Key | None:
        """The idempotency key, if there is one."""
        if self._key is None and self._asked.key is not None:
            self._key = Key(self._asked.tenant, self._asked.key)
        return self._key

    def fingerprint(self) -> bytes:
        """16 bytes that tell whether two requests ask for the same: for keys."""
        if self._fingerprint is None:
            asked = self._asked
            if asked.identity is not None:
                self._fingerprint = _digest((account_of(asked), asked.identity))
            else:
                self._fingerprint = self.content()
        return self._fingerprint

    def content(self) -> bytes:
        """The same for external ids: of the movement alone, whatever request it is a part of."""
        if self._content is None:
            self._content = content_of(self._asked)
        return self._content


class Work(Fingerprinted):
    """One submission, the future that waits for its outcome, and what is known so far.

    `result` is the outcome once decided, `repeats` the earlier use of its key or external
    id when it turned out to be a repeat.
    """

    __slots__ = ("future", "item", "repeats", "result")

    def __init__(self, item: Submission, future: "asyncio.Future[Outcome]") -> None:
        self._asked = item
        self._fingerprint = None
        self._content = None
        self._key = None
        self.item = item
        self.future = future
        self.result: Outcome | None = None
        self.repeats: KeyRow | None = None

    def reset(self) -> None:
        """Forget what a failed round made of the work."""
        self.result = None
        self.repeats = None

    def answer(self, outcome: Outcome) -> None:
        """Let the caller have the outcome, if it still waits."""
        if not self.future.done():
            self.future.set_result(outcome)

    def fail(self, error: BaseException) -> None:
        """Let the caller have an error, if it still waits."""
        if not self.future.done():
            self.future.set_exception(error)


def content_of(item: Submission | Transfer) -> bytes:
    """What is asked for by itself: an external id means the same by whatever way it comes."""
    if isinstance(item, Transfer):
        return _digest((item.source, item.receiver, item.amount, item.note))
    commands = item.commands
    return _digest((item.account, [type(command).__name__ for command in commands], commands))


def _digest(content: Any) -> bytes:
    return blake2b(encode(content), digest_size=16).digest()


def expiries_of(book: Book, rows: Iterable[Transaction]) -> dict[int, int]:
    """When the lots that the book's rows touch expire: `Done.expiries`."""
    lots, account = book.lots, book.number
    expiries: dict[int, int] = {}
    for row in rows:
        for posting in row.postings:
            if posting.lot:
                lot = lots[posting.lot]
                number = account << SEQUENCE_BITS | posting.lot
                expiries[number] = SLIDES if lot.sliding else lot.expires_at
    return expiries


def visits_concerned(book: Book, rows: Iterable[Transaction]) -> set[int]:
    """The visits of which something else is left to pay after these rows of the book."""
    subjects = {book.rows[row.root].subject for row in rows if row.kind is Kind.CANCEL}
    paying = (each for each in subjects if each is not None and each.startswith(VISIT_SUBJECT))
    return {visit for each in paying if (visit := visit_of(each)) is not None}


def view_of(book: Book) -> AccountView:
    """What an answer tells of the account, as the book is now."""
    active, pending, held = book.active, book.split[State.PENDING], book.held
    return AccountView(
        book.number,
        book.tenant,
        book.program,
        book.currency,
        book.member,
        book.policy.scale,
        active,
        pending,
        held,
        active + pending + held,
        book.owed,
    )
