"""What reading files of another vendor's system needs to know of the vendor."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from stampbook.files.reading.columns import Kind, Sheet
from stampbook.files.reading.faults import Wrong


class Translated(NamedTuple):
    """A vendor's row as a row of ours: its kind, and its cells by our columns.

    `card_id` is what the vendor calls the card, in rows that say whose it is by that alone.
    `expires` means that the amount expired with the vendor.
    """

    kind: Kind
    cells: Mapping[str, Any]
    card_id: str | None = None
    expires: bool = False


class Vendor(Protocol):
    """A vendor's files."""

    @property
    def sheets(self) -> Mapping[Kind, Sheet]:
        """The columns of the files by what rows of ours they become."""

    @property
    def columns(self) -> Mapping[Kind, Mapping[str, str]]:
        """The vendor's columns by those of ours that they become: faults name the vendor's."""

    def currency(self, cells: Mapping[str, Any]) -> str | None:
        """What the row calls its currency."""

    def row(self, kind: Kind, cells: Mapping[str, Any], currency: str) -> Translated | None:
        """The row of ours; None if it moves no points and says nothing of members. `currency` is
        one of ours. Raises Wrong, with a column of the vendor's."""


def only(text: object, known: Mapping[str, str], column: str) -> str:
    """What a word of the vendor's means. Raises Wrong."""
    found = known.get(str(text or ""))
    if found is None:
        raise Wrong("type", f"must be one of {', '.join(known)}", column=column)
    return found
