"""What an operation is, and what the edge asks of a dialect.

A dialect is a table of operations. Their handlers know no HTTP: they take the dialect's call and
return a value, or raise one of the dialect's refusals. Everything in between is in
edge/serving.py, once for all dialects.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from stampbook.edge.answers import Answer, HeaderPair, Streamed
from stampbook.edge.context import Context
from stampbook.edge.requests import Request

MAX_BODY: Final = 1024 * 1024
"""Bytes of a request's body, unless the operation allows more."""

Handler = Callable[[Any], Awaitable[Any]]
"""The dialect's call → what it prints. Raises the dialect's refusals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One row of a dialect's table: the server, the OpenAPI page and the tests read it.

    `paths`: templates such as `/v1/accounts/{id}`; the first is the one to document, the others are
    spellings of it. `scope` is what a caller must have; None where the handler decides.
    `body` and `answer` are the types of what is sent and answered, `query` names the parameters
    with a sentence each, `required` those that must be given. `location` is the template of the
    created thing's address. `extra` is for what only one dialect knows.
    """

    name: str
    method: str
    paths: tuple[str, ...]
    handler: Handler
    scope: str | None = None
    summary: str = ""
    status: int = 200
    body: Any = None
    answer: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    max_body: int = MAX_BODY
    location: str | None = None
    tag: str = ""
    extra: Any = None

    @property
    def path(self) -> str:
        """The path to document."""
        return self.paths[0]

    @property
    def writes(self) -> bool:
        """Whether the method says that something changes."""
        return self.method != "GET"


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

    def preflight(self, request: Request) -> Sequence[HeaderPair]:
        """Further headers of the answer to OPTIONS."""
        ...
