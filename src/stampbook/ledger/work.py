"""A submission on its way through the engine."""

import asyncio
from collections.abc import Iterable
from itertools import islice
from typing import Final

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Command, Hold, Redeem, Settle
from stampbook.domain.facts import Unloaded
from stampbook.domain.invariants import BrokenInvariant
from stampbook.domain.model import SEQUENCE_BITS, Transaction
from stampbook.domain.policy import ExpiryType
from stampbook.domain.recording import is_whole
from stampbook.ledger.origin import Origin, Overseeing
from stampbook.ledger.outcomes import SLIDES, AccountView, Outcome, Seat, note
from stampbook.ledger.submission import Asked, Submission, Transfer, account_of
from stampbook.pacing import LARGE
from stampbook.storage import former_fingerprints as former
from stampbook.storage.fingerprints import canonical, fingerprint, named
from stampbook.storage.former_fingerprints import NotAskedThen
from stampbook.storage.store import Key, KeyRow

MANY: Final = 250
"""From this number of lots on, a command is decided on a thread: about two milliseconds of work."""


MAX_ASKED: Final = 3
"""How often a decision may lack the same fact: another server may move the account meanwhile."""


class Stale(Exception):
    """The cached book may be out of date for an answer that writes nothing: read it again."""


class NotLookedUp(Exception):
    """An answer that writes nothing must know first whether the request is a repeat."""


class Lacks:
    """What one decision has asked the store for so far."""

    __slots__ = ("_asked",)

    def __init__(self) -> None:
        self._asked: dict[tuple[object, ...], int] = {}

    def note(self, account: int, lack: Unloaded) -> None:
        """Raises BrokenInvariant for a fact that was asked for repeatedly: the journal lacks it."""
        asked = account, *lack.args
        times = self._asked[asked] = self._asked.get(asked, 0) + 1
        if times > MAX_ASKED:
            raise BrokenInvariant(f"the journal of account {account} lacks what it refers to")

    def forget(self) -> None:
        """Start over: everything is read again."""
        self._asked.clear()


class StaleGuard(Exception):
    """The owner that the guard names was changed after the caller read it: read it again, then
    submit anew."""

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self.subject = subject


class Guilty(Exception):
    """Deciding this work raised an unexpected exception, `error`: a bug."""

    def __init__(self, work: "Work", error: Exception) -> None:
        super().__init__(work.item.account)
        self.work = work
        self.error = error


class Fingerprinted:
    """A request, and the texts that distinguish it from all other requests."""

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
        """16 bytes, equal for two requests that ask for the same thing. For keys."""
        if self._fingerprint is None:
            asked = self._asked
            if asked.identity is not None:
                self._fingerprint = identity_of(asked)
            else:
                self._fingerprint = self.content()
        return self._fingerprint

    def content(self) -> bytes:
        """The same for external ids: of the movement alone, not of a request that contains it."""
        if self._content is None:
            self._content = content_of(self._asked)
        return self._content

    def is_of_key(self, kept: bytes) -> bool:
        """Whether the fingerprint that is kept with a key is that of the same request."""
        return kept == self.fingerprint() or kept == _former(self._asked)

    def is_of_external_id(self, kept: bytes) -> bool:
        """Whether the fingerprint that is kept with an external id is that of the same movement."""
        return kept == self.content() or kept == _former(self._asked._replace(identity=None))


class Work(Fingerprinted):
    """One submission, what waits for its outcome, and what is known so far.

    `origin` is who asks, `overseeing` what they may do (None: anything). `result` is the outcome
    once decided, `repeats` the earlier use of its key or external id when it turned out to be a
    repeat.
    """

    __slots__ = ("future", "item", "origin", "overseeing", "repeats", "result")

    def __init__(
        self,
        item: Submission,
        future: "asyncio.Future[Outcome] | Seat",
        origin: Origin,
        overseeing: Overseeing | None = None,
    ) -> None:
        self._asked = item
        self._fingerprint = None
        self._content = None
        self._key = None
        self.item = item
        self.future = future
        self.origin = origin
        self.overseeing = overseeing
        self.result: Outcome | None = None
        self.repeats: KeyRow | None = None

    @property
    def writes_beside(self) -> bool:
        """Whether rows outside the ledger may be written with it."""
        return self.item.beside is not None or self.overseeing is not None

    def reset(self) -> None:
        """Forget the result of a failed round."""
        self.result = None
        self.repeats = None

    def answer(self, outcome: Outcome) -> None:
        """Give the caller the outcome, if it still waits."""
        if not self.future.done():
            note(self.origin, outcome)
            self.future.set_result(outcome)

    def fail(self, error: BaseException) -> None:
        """Give the caller an error, if it still waits."""
        if not self.future.done():
            self.future.set_exception(error)


def content_of(item: Submission | Transfer) -> bytes:
    """The text of the movement alone: an external id means the same in every kind of request."""
    if isinstance(item, Transfer):
        amount, places = item.amount, (item.source, item.receiver)
        return fingerprint({"transfer": places, "amount": amount, "note": named(item.note)})
    commands = [(type(command).__name__, named(command)) for command in item.commands]
    return fingerprint({"account": item.account, "commands": commands})


def identity_of(item: Submission | Transfer) -> bytes:
    """The text of an item with an identity, whose commands are not known yet."""
    asked: object = item.identity
    if isinstance(asked, Asked):
        asked = (asked.what, canonical(asked.fields))
    return fingerprint({"account": account_of(item), "asked": asked})


def _former(item: Submission | Transfer) -> bytes | None:
    """The text that earlier releases took of it; None: they did not know such a request."""
    try:
        if item.identity is not None:
            asked = item.identity
            text = asked.former() if isinstance(asked, Asked) else asked
            return former.identity(account_of(item), text)
        if isinstance(item, Transfer):
            return former.transfer(item.source, item.receiver, item.amount, item.note)
        return former.content(item.account, item.commands)
    except NotAskedThen:
        return None


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


def takes_long(book: Book, item: Submission, now: int) -> bool:
    """Whether deciding the item may keep the event loop from others for too long.

    An ordinary command takes no longer when much is open. Work that goes through all that is open
    does: a copy, the whole state, events that are due, an expiry that slides. So does moving the
    points of many lots.
    """
    known = len(book.lots)
    if known <= LARGE and len(book.redemptions) <= LARGE:
        return False
    return (
        item.dry_run
        or item.planner is not None
        or len(item.commands) != 1
        or known - len(book.open_lots) > LARGE
        or len(book.redemptions) > LARGE
        or book.next_due_at <= now
        or book.policy.expiry.type is ExpiryType.SLIDING
        or is_whole(book, book.seq + 2)
        or _moves_many(book, item.commands[0])
    )


def _moves_many(book: Book, command: Command) -> bool:
    """Whether the command moves points of more than MANY lots."""
    if isinstance(command, Accrue | Settle):
        return False
    if isinstance(command, Redeem | Hold):
        left = command.amount
        for _, lot in islice(book.spendable.keys, MANY):
            left -= book.lots[lot].available
            if left <= 0:
                return False
        return len(book.spendable.keys) > MANY
    row = book.rows.get(command.target)
    redemption = book.redemptions.get(command.target if row is None else row.root)
    moved = 0 if row is None else max(len(row.postings), len(row.terms))
    return moved > MANY or (redemption is not None and len(redemption.parts) > MANY)


def view_of(book: Book) -> AccountView:
    """What an answer says of the account, as the book is now."""
    _, pending, available, held, *_ = book.split
    active, held = available - book.owed, held + book.owed_held
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
