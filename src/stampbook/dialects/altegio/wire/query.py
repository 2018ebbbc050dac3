"""What callers ask for in the address: pages, dates, lists, under any name of a family."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final
from urllib.parse import parse_qsl

from stampbook.dialects.altegio.faults import Fault
from stampbook.dialects.altegio.wire.fields import (
    FAMILIES,
    MAX_ITEMS,
    to_date,
    to_integer,
    to_moment,
)

PLACE: Final = re.compile(r"\[[0-9]*\]$")
"""How the name of a list ends. Many clients number the items: `types[0]=3&types[1]=5`."""


class Query:
    """Reads the query's parameters and collects what is wrong with them."""

    def __init__(self, query: bytes) -> None:
        self._given: dict[str, list[str]] = {}
        for name, value in parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True):
            self._given.setdefault(PLACE.sub("[]", name), []).append(value)
        self.errors: list[tuple[str, str]] = []

    def has(self, name: str) -> bool:
        """Whether the parameter was sent under this very name."""
        return name in self._given

    def all(self, name: str) -> Sequence[str]:
        """Every value that was sent under this very name."""
        return self._given.get(name, ())

    def check(self) -> None:
        """Raise what was noted, if anything was. Raises Fault (422)."""
        if self.errors:
            raise Fault(422, "error", self.errors)

    def text(self, name: str) -> str:
        """The value of the parameter, or of another name of its family; "" if absent."""
        for each in _aliases(name):
            values = self.all(each)
            if values and "\0" in values[-1]:
                self.errors.append((name, "text"))
            elif values:
                return values[-1]
        return ""

    def flag(self, name: str) -> bool:
        """`1` or `true`; false if absent."""
        text = self.text(name).lower()
        if text not in ("", "0", "1", "false", "true"):
            self.errors.append((name, "choice"))
        return text in ("1", "true")

    def integer(self, name: str, default: int, *, least: int = 0) -> int:
        """A whole number, at least `least`."""
        text = self.text(name)
        if not text:
            return default
        found = to_integer(text)
        if found is None or found < least:
            self.errors.append((name, "integer"))
            return default
        return found

    def date(self, name: str, *, required: bool = False) -> date | None:
        """A date as YYYY-MM-DD."""
        text = self.text(name)
        if not text:
            if required:
                self.errors.append((name, "required"))
            return None
        found = to_date(text)
        if found is None or not 1 < found.year < 9_000:
            self.errors.append((name, "date"))
            return None
        return found

    def instant(self, name: str, timezone: str) -> int | None:
        """A date or a date and time."""
        text = self.text(name)
        if not text:
            return None
        found = to_moment(text, timezone)
        if found is None:
            self.errors.append((name, "datetime"))
        return found

    def numbers(self, name: str) -> Sequence[int]:
        """A list, as `name[]=1&name[]=2`, `name[0]=1&name[1]=2`, `name=1,2`, or `name=1&name=2`."""
        given = [
            piece
            for each in _aliases(name)
            for value in (*self.all(each), *self.all(f"{each}[]"))
            for piece in value.split(",")
            if piece.strip()
        ]
        found = [to_integer(piece) for piece in given]
        if None in found or any(number < 0 for number in found if number is not None):
            self.errors.append((name, "integer"))
        if len(found) > MAX_ITEMS:
            self.errors.append((name, "too_many_items"))
        return [number for number in found if number is not None]


def _aliases(name: str) -> Sequence[str]:
    """All names of the thing, the one that wins first; plural names have plural aliases."""
    for names in FAMILIES:
        if name in names:
            return names
        plurals = tuple(f"{each}s" for each in names)
        if name in plurals:
            return plurals
    return (name,)
