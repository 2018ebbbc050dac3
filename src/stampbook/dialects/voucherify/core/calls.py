"""A request to this dialect as values: who asks, when, and what with."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from stampbook.dialects.voucherify.core.lists.cursors import Cursors
from stampbook.dialects.voucherify.core.rows import cursor_secret
from stampbook.dialects.voucherify.core.totals import Totals
from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import Caller
from stampbook.edge.operations import Operation
from stampbook.edge.pace.quota import Quota, Standing
from stampbook.edge.requests import Request
from stampbook.storage.store import Store

KEPT: Final = "voucherify"

CALLS: Final = 3_600_000
"""Calls of an API key in WINDOW_S, a thousand a second on average: it stops a runaway loop and
disturbs nobody else."""

WINDOW_S: Final = 3_600

TOKENS: Final = 1_000
TOKENS_WINDOW_S: Final = 900
"""OAuth tokens that a key may make in the time that one of them lives: a client needs one."""


Hours = dict[str, Any] | None
"""The hours of the week in which a program is open; None: always."""


class Scheme(NamedTuple):
    """What a program says of a currency beside its policy. Every change of either makes the
    policy's version grow in the same transaction."""

    definition: int
    hours: Hours


MAX_SCHEMES: Final = 10_000
"""Schemes remembered at once; when there are more, all are read again."""


class Remembered:
    """What the dialect keeps between requests: the cursors' secret, the quotas, sums of journals,
    schemes by currency and version of its policy."""

    def __init__(self) -> None:
        self.quota = Quota(CALLS, window_s=WINDOW_S)
        self.tokens = Quota(TOKENS, window_s=TOKENS_WINDOW_S)
        self.schemes: dict[tuple[int, int], Scheme] = {}
        self.totals = Totals()
        self._cursors: Cursors | None = None

    async def cursors(self, store: Store) -> Cursors:
        """The cursors of the database, whichever server wrote them."""
        if self._cursors is None:
            self._cursors = Cursors(await cursor_secret(store))
        return self._cursors


class Reading(Protocol):
    """What it takes to print what is stored, whether or not somebody has asked for it."""

    @property
    def store(self) -> Store: ...
    @property
    def tenant(self) -> int: ...
    @property
    def remembered(self) -> Remembered: ...


class Call(NamedTuple):
    """A request whose caller is known and may do what it asks.

    `parameters` are the variable parts of the path by name, `pairs` are the query's. `standing` is
    what is left of the caller's quota (None where none is counted).
    """

    context: Context
    caller: Caller
    remembered: Remembered
    now: int
    operation: Operation
    request: Request
    parameters: Mapping[str, str]
    pairs: tuple[tuple[str, str], ...]
    body: bytes
    key: str | None
    standing: Standing | None

    @property
    def path(self) -> str:
        """The path, decoded."""
        return self.request.path

    @property
    def app_id(self) -> str | None:
        """How the application calls itself."""
        return self.request.header(b"x-app-id")

    @property
    def origin(self) -> str:
        """The scheme, host and port by which the caller reaches this server."""
        return self.request.origin

    @property
    def store(self) -> Store:
        return self.context.store

    @property
    def tenant(self) -> int:
        return self.caller.tenant

    async def cursors(self) -> Cursors:
        return await self.remembered.cursors(self.store)


class Download(NamedTuple):
    """What a handler returns for an answer that is not JSON: it is made while it is sent."""

    parts: AsyncIterator[bytes]
    media_type: bytes


class Simulation(NamedTuple):
    """What a handler returns for a dry run: nothing was accepted, so the status is 200."""

    body: dict[str, Any]


def remembered_of(context: Context) -> Remembered:
    """What the dialect keeps in the process."""
    found = context.kept.get(KEPT)
    if found is None:
        found = context.kept[KEPT] = Remembered()
    assert isinstance(found, Remembered)
    return found


def single(pairs: Sequence[tuple[str, str]], name: str) -> str | None:
    """A query parameter by its last value."""
    return next((value for key, value in reversed(pairs) if key == name), None)
