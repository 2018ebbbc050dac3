"""Events, as they are pulled and as webhooks get them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from msgspec import Struct, convert

T = TypeVar("T")
_Type: TypeAlias = type[T]


class Event(Struct, frozen=True, kw_only=True):
    """Something that has happened. `data` is what the type says; `sequence` is the number of the
    row in the account's journal, None where the event is none of a movement."""

    id: str
    type: str
    timestamp: datetime
    program_id: str | None = None
    member_id: str | None = None
    account_id: str | None = None
    sequence: int | None = None
    data: dict[str, Any]

    def read(self, name: str, kind: _Type[T]) -> T:
        """A part of the data as a model: `event.read("transaction", Transaction)`. Raises KeyError
        if the event has no such part, msgspec.ValidationError if it is none of these."""
        return convert(self.data[name], kind)


class EventPage(Struct, frozen=True, kw_only=True):
    """Events, the oldest first. Keep `next_cursor`, which is never None: it leads to what comes
    after them. `has_more`: some of that is there already."""

    data: list[Event]
    next_cursor: str
    has_more: bool
