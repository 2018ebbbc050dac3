"""Where a request comes from: what the journal and the audit log keep of its caller.

The edge begins an origin for each request, and the dialect completes it once the caller is proven;
the worker and the command line have origins of their own. It is a context variable, so that every
write below knows it without an argument through all layers, and none can forget it. It is the only
one: logs, counts and traces know the same object by its first fields (watching/asking.py).
"""

from collections.abc import Callable, Sequence
from contextvars import Token
from functools import partial
from typing import Final, Protocol, cast

from msgspec import field

from stampbook.domain.book import Book
from stampbook.domain.model import Transaction, Who
from stampbook.domain.refusals import Code, Refusal
from stampbook.storage.store import Beside
from stampbook.watching import asking
from stampbook.watching.asking import AT_HAND, Asking

__all__ = ["NOWHERE", "WORKER", "Act", "Origin", "Overseeing", "Overseer", "begin", "current"]


Act = Sequence[tuple[Book, Sequence[Transaction]]]
"""The rows that one act of a person wrote, with the books that they were written to."""


class Overseeing(Protocol):
    """What a person may do in one request, as it was read for it."""

    def judge(self, acts: Sequence[Act]) -> Refusal | tuple[Beside, ...]:
        """Why the acts may not be; or what is to be written with them, which fails if other acts
        of the person were saved meanwhile. It is pure."""


class Overseer(Protocol):
    """Judges all that a person does: their limits, and what needs a second person."""

    async def prepare(self, now: int) -> Overseeing | None:
        """What is to be known for a request at the instant; None where nothing binds them."""


class Source(Protocol):
    """What a request came by."""

    @property
    def address(self) -> str:
        """The address of the caller."""


class Origin(Asking):
    """The caller of one request.

    `source` is what the request came by; `api_key_id` and `user_id` are the key and the person who
    are proven, `login` who used the command line; `overseer` judges what a person does.
    `needs_approval`: what was asked for was refused, or would be if it were no dry
    run, because a second person must agree: the number of the act's program.
    `expected` are the last rows of accounts that the caller has seen: the
    request may only be while they are the last.
    """

    source: Source | None = None
    api_key_id: int | None = None
    user_id: int | None = None
    login: str | None = None
    overseer: Overseer | None = None
    needs_approval: int | None = None
    expected: dict[int, int] = field(default_factory=dict)

    @property
    def address(self) -> str | None:
        """Where the request came from."""
        return None if self.source is None else self.source.address

    @property
    def who(self) -> Who:
        """What a row that is written now says of its caller."""
        return Who(self.api_key_id, self.user_id, self.dialect, self.request_id)

    def prove(self, user: int | None, overseer: Overseer | None = None) -> None:
        """The person is known now. Of a key, only the number is noted."""
        self.user_id = user
        self.overseer = overseer


NOWHERE: Final = Origin()
"""Of what nobody has asked for."""

WORKER: Final = Origin(asking.WORKER)

# Nothing but origins is begun.
current: Final = cast(Callable[[], Origin], partial(AT_HAND.get, NOWHERE))
"""The origin of what is done in this task."""

begin: Final = cast(Callable[[Origin], Token[Asking]], AT_HAND.set)
"""Take an origin for what follows in this task, until another one begins."""


def moved(origin: Origin, book: Book) -> Refusal | None:
    """Why the request may not be: the settled book has other rows than its caller has seen.

    It is asked in the step that decides, so nothing comes between the comparison and the write.
    """
    expected = origin.expected.get(book.number, book.seq)
    if expected == book.seq:
        return None
    detail = f"the account has moved: its last row is {book.seq}, not {expected}"
    return Refusal(Code.ACCOUNT_MOVED, detail, book.active)


def judged(
    origin: Origin, overseeing: Overseeing, acts: Sequence[Act], *, dry_run: bool
) -> Refusal | tuple[Beside, ...]:
    """What the overseeing says of the acts. A dry run of what needs a second person goes on."""
    verdict = overseeing.judge(acts)
    if isinstance(verdict, Refusal) and verdict.code is Code.APPROVAL_REQUIRED:
        origin.needs_approval = next(book.program for act in acts for book, _ in act)
        if dry_run:
            return ()
    return verdict
