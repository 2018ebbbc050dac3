"""What a handler is given, and the shapes in which it may answer."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from stampbook.dialects.altegio.access import Visitor
from stampbook.dialects.altegio.texts import language
from stampbook.dialects.altegio.wire.fields import Fields, body
from stampbook.dialects.altegio.wire.query import Query
from stampbook.dialects.altegio.wire.values import id_in_path
from stampbook.edge import once
from stampbook.edge.context import Context
from stampbook.edge.requests import Request

NO_META: Final[list[Any]] = []


class Call(NamedTuple):
    """One request: who makes it, and what it asks for. Handlers leave `request` alone."""

    context: Context
    visitor: Visitor
    request: Request

    @property
    def now(self) -> int:
        return self.context.clock()

    @property
    def key(self) -> str | None:
        """The idempotency key, an extension of ours. Raises BadKey."""
        request = self.request
        return once.read_key(request) if once.HEADER in request.headers else None

    @property
    def address(self) -> str:
        """The address from which the request comes; of a proxy, if one is in front."""
        return self.request.address

    @property
    def language(self) -> str:
        return language_of(self.request)

    def text(self, name: str) -> str:
        """A part of the path."""
        return self.request.parameters[name]

    def id(self, name: str) -> int | None:
        """The id that a part of the path spells; None if it is none."""
        return id_in_path(self.request.parameters[name])

    def query(self) -> Query:
        """The query's parameters, to be read by name."""
        return Query(self.request.query)

    def values(self) -> dict[str, Any]:
        """The body's JSON object. Raises Fault (422)."""
        return body(self.request.body)

    def fields(self) -> Fields:
        """The body's fields, to be read by name. Raises Fault (422) unless it is an object."""
        return Fields(body(self.request.body))


class Answered(NamedTuple):
    """Data with something of its own in `meta`, or another status than the operation's."""

    data: Any
    meta: Any = NO_META
    status: int | None = None


class Page(NamedTuple):
    """A page of a list. `total`: the number of all matches."""

    rows: list[Any]
    total: int
    meta: Mapping[str, Any] = {}


def accept_of(request: Request) -> str:
    return request.header(b"accept") or ""


def language_of(request: Request) -> str:
    """The language that the headers ask for."""
    return language(accept_of(request), request.header(b"accept-language") or "")


def is_of_twin(call: Call) -> bool:
    """Whether the caller is written for the Russian twin."""
    return "vnd.yclients" in accept_of(call.request)
