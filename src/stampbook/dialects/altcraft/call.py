"""What a method is called with, and what it returns."""

from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple

from stampbook.dialects.altcraft.formats.fields import Fields
from stampbook.dialects.altcraft.formats.writing import Value
from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import Caller
from stampbook.edge.requests import Request


class Call(NamedTuple):
    """A request whose caller is known and may do what is asked.

    `now` is one instant for all, `form` the format to answer in.
    """

    context: Context
    caller: Caller
    fields: Fields
    key: str | None
    now: int
    form: str
    request: Request

    @property
    def origin(self) -> str:
        """The scheme, host and port by which the caller reaches this server."""
        return self.request.origin


class Visit(NamedTuple):
    """A request by a link, which is all that is needed to follow it."""

    context: Context
    link: str


class Success(NamedTuple):
    """What was done: `data`, if there is any, and what is beside it at the top level.

    It is kept with idempotency keys as a JSON array in this order.
    """

    data: Value | None = None
    beside: Mapping[str, Value] = {}
    has_data: bool = True


class File(NamedTuple):
    """A file that is sent as it is read."""

    parts: AsyncIterator[bytes]
