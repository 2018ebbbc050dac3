"""A request, the route that was found for it, and the dialect that serves the route.

They are in one file because each refers to the next, and a dialect to requests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import count
from secrets import token_hex
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import unquote

from msgspec import Struct, field

from stampbook.edge.answers import Answer, HeaderPair, Streamed
from stampbook.edge.bounds.reached import DIRECTLY, Reached
from stampbook.edge.context import Context
from stampbook.edge.operations import Operation
from stampbook.edge.pace.pace import Standing
from stampbook.edge.uploads.streaming import Source
from stampbook.watching.metrics import Slots

SINGLE: Final = frozenset(
    {
        b"authorization",
        b"content-type",
        b"idempotency-key",
        b"stampbook-actor",
        b"stampbook-expected-seq",
        b"stampbook-max-staleness",
        b"x-app-id",
        b"x-app-token",
        b"x-request-id",
    }
)
"""Headers that mean one thing. A request that sends one of them twice with different values is
refused: either value may be the one that was meant."""

_is_id = re.compile(rb"[A-Za-z0-9._-]{1,64}").fullmatch
_next_id: Final = map(f"req_{token_hex(6)}{{:x}}".format, count(1)).__next__
"""A name that no other request has, here or in another process. It is a function of C."""

NAME: Final = b"x-request-id"
OURS: Final = b"apr_"
"""How requests are called that were approved (programs/approvals.py). No caller can call one so."""


class Request(Struct, eq=False):
    """One request. `headers` are by lower-case name; those that may repeat are joined by commas.
    `client` is the address at the other end of the connection, which may be a proxy's.

    `raw_path` is the path as it came, without the query. `id` names the request in its answer and
    in the log: the name that its caller gave it (`take_name`), else one that no other request has.
    `found` are the routes of the path, `route` the one of the method, and `parameters`
    the variable parts of the path, decoded, by their names in the operation's path. `standing` is
    what a limited caller has left. `state` is for the dialect,
    from where it opens the call to where it words a refusal. `stream` is the body where the
    operation reads that while it comes; `body` is empty then. `is_old`: it is of HTTP/1.0. `held`
    are the bytes of a large body, for as long as the request lasts.
    """

    method: str
    raw_path: bytes
    query: bytes
    headers: dict[bytes, bytes]
    body: bytes = b""
    client: str = ""
    reached: Reached = DIRECTLY
    id: str = field(default_factory=_next_id)
    keep_alive: bool = True
    is_old: bool = False
    held: int = 0
    found: Found | None = None
    route: Route | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    standing: Standing | None = None
    state: Any = None
    stream: Source | None = None

    def take_name(self) -> None:
        """Be called by the caller's `X-Request-Id`, if that has 1 to 64 letters, digits, dots,
        underscores and hyphens: one name then leads through the logs of several systems."""
        brought = self.headers.get(NAME)
        if brought is not None and _is_id(brought) and not brought.startswith(OURS):
            self.id = brought.decode("ascii")

    @property
    def path(self) -> str:
        """The path, decoded. A slash that was written %2F looks like any other here."""
        return unquote(self.raw_path.decode("latin-1"))

    @property
    def origin(self) -> str:
        """The server's public address; unless it has one, the scheme, host and port by which the
        caller reaches it.

        A trusted proxy is believed when it names https.
        """
        reached, scheme = self.reached, "http"
        if reached.public_url:
            return reached.public_url
        if reached.proxies:
            scheme = reached.scheme_of(self.client, self.header(b"x-forwarded-proto"))
        return f"{scheme}://{self.header(b'host') or 'localhost'}"

    @property
    def address(self) -> str:
        """The address that the request comes from, whatever trusted proxies are between."""
        if not self.reached.proxies:
            return self.client
        return self.reached.client_of(self.client, self.header(b"x-forwarded-for"))

    def header(self, name: bytes) -> str | None:
        """The value of a header, byte for byte as latin-1; None if it was not sent."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def text(self, name: bytes) -> str | None:
        """The value of a header that people type into: UTF-8 if it is that, else latin-1."""
        value = self.headers.get(name)
        return None if value is None else text_of(value)


def text_of(value: bytes) -> str:
    """What people typed: UTF-8 if it is that, else latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


class Route(NamedTuple):
    """An operation, whose it is, how the path's variable parts are called, and where its requests
    are counted."""

    dialect: Dialect
    operation: Operation
    names: tuple[str, ...]
    slots: Slots


class Found(Struct):
    """The routes of a path by method, and the values of its variable parts in their order."""

    by_method: dict[str, Route]
    values: list[str]

    @property
    def methods(self) -> str:
        """All methods that the path serves, as the value of `Allow`."""
        served = {*self.by_method, "OPTIONS"}
        return ", ".join(sorted(served | {"HEAD"} if "GET" in served else served))


class Dialect(Protocol):
    """One wire protocol. `refusals` are the exceptions by which its handlers end a request;
    `forgives_slashes`: two slashes in a path are one.

    The order of the pipeline is: `open` (the caller, whether they may, what they sent), the
    operation's handler, `print`; or `refuse` where one of those raised a refusal. `fail` words what
    never reached a handler, or broke there.
    """

    @property
    def name(self) -> str: ...
    @property
    def operations(self) -> Sequence[Operation]: ...
    @property
    def refusals(self) -> tuple[type[Exception], ...]: ...
    @property
    def forgives_slashes(self) -> bool: ...

    def owns(self, path: str) -> bool:
        """Whether a failure on this path is worded in this dialect."""
        ...

    def is_spoken(self, request: Request) -> bool:
        """Whether the headers are those of this dialect's callers and of no other's."""
        ...

    async def open(self, context: Context, request: Request) -> Any:
        """The call that the handler takes. Raises refusals."""
        ...

    def print(self, call: Any, result: Any) -> Answer | Streamed:
        """What a handler returned, as an answer."""
        ...

    def refuse(self, request: Request, refusal: Exception) -> Answer:
        """A refusal as an answer."""
        ...

    def fail(self, request: Request, status: int, detail: str) -> Answer:
        """What went wrong outside of a handler, by its HTTP status."""
        ...

    async def postpone(
        self, context: Context, request: Request, refusal: Exception
    ) -> Answer | None:
        """Keep what a second person must approve for them; None if the dialect cannot."""
        ...

    def preflight(self, request: Request) -> Sequence[HeaderPair]:
        """Further headers of the answer to OPTIONS."""
        ...
