"""Lists: `{data, next_cursor}`, the cursor being the id of the last entry."""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct


class Identified(Protocol):
    @property
    def id(self) -> str: ...


Entry = TypeVar("Entry", bound=Identified)
Item = TypeVar("Item")


class Page(Struct, Generic[Item], frozen=True):
    """`next_cursor` is null on the last page."""

    data: Sequence[Item]
    next_cursor: str | None


def page_of(entries: Sequence[Entry], limit: int) -> Page[Entry]:
    """A page of at most `limit`; `entries` has one more where there is a next page."""
    more = len(entries) > limit
    shown = entries[:limit]
    return Page(shown, shown[-1].id if more else None)
