"""What an operation is: a dialect is a table of them.

Their handlers know no HTTP: they take the dialect's call and return a value, or raise one of the
dialect's refusals. Everything in between is in edge/serving.py, once for all dialects.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from stampbook.programs.roles import ROLE_OF_SCOPE, Role

MAX_BODY: Final = 1024 * 1024
"""Bytes of a request's body, unless the operation allows more."""

Handler = Callable[[Any], Awaitable[Any]]
"""The dialect's call → what it prints. Raises the dialect's refusals."""


class Aged(IntEnum):
    """Whether an answer may be some seconds old, as replicas give it."""

    NEVER = 0
    """It writes, others decide by it, or it is about this very moment."""
    ASKED = 1
    """If the caller says so."""
    USUALLY = 2
    """Also if the settings say so: it reads much, and is seldom about what was just written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One row of a dialect's table: the server, the OpenAPI page and the tests read it.

    `paths`: templates such as `/v1/accounts/{id}`; the first is the one to document, the others are
    spellings of it. `scope` is what a key must have; None where the handler decides. `role` is what
    a person must have where that does not follow from the scope (programs/roles.py); `public`
    operations need no right: anybody may ask, or whatever is checked is no person's.
    `body` and `answer` are the types of what is sent and answered, `query` names the parameters
    with a sentence each, `required` those that must be given. `location` is the template of the
    created thing's address. `sheet` makes a table of an answer, for callers who prefer one.
    `streams`: the handler reads the body while it comes (edge/uploads/streaming.py). `media_type`
    is that of an answer which is a file. `aged`: whether the answer may be old. `extra` is for what
    only one dialect knows.
    """

    name: str
    method: str
    paths: tuple[str, ...]
    handler: Handler
    scope: str | None = None
    role: Role | None = None
    public: bool = False
    summary: str = ""
    status: int = 200
    body: Any = None
    answer: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    max_body: int = MAX_BODY
    location: str | None = None
    tag: str = ""
    sheet: Callable[[Any], Iterable[Sequence[object]]] | None = None
    streams: bool = False
    media_type: str | None = None
    aged: Aged = Aged.NEVER
    extra: Any = None

    @property
    def path(self) -> str:
        """The path to document."""
        return self.paths[0]

    @property
    def writes(self) -> bool:
        """Whether the method says that something changes."""
        return self.method != "GET"

    @property
    def manages(self) -> bool:
        """Whether it changes what a manager answers for, such as a rule for all members."""
        right = self.right
        return self.writes and right is not None and right.covers(Role.MANAGER)

    @property
    def right(self) -> Role | None:
        """The least role that a person needs; None of what is public."""
        if self.public:
            return None
        if self.role is None and self.scope is not None:
            return ROLE_OF_SCOPE.get(self.scope, Role.ADMIN)
        return self.role or Role.ADMIN
