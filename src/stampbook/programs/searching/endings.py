"""Names that end in digits, such as order-1001, by those digits alone.

An index finds whole names only. So the ways in which a program writes its names are read from the
index, a few of them, and the names that the digits may mean are looked up one by one.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

FORMATS: Final = 5
"""Ways of writing names of one program that are tried."""

HEADS: Final = 20
"""How many longer numbers that end in the digits are tried, the highest first."""

DIGITS: Final = re.compile(r"[0-9]{3,12}")

_ENDING: Final = re.compile(r"(?P<head>.*?)(?P<number>[0-9]{1,15})", re.DOTALL)

Last = Callable[[str | None], Awaitable[str | None]]
"""The last name of an index below a text, or of all."""


class Format(NamedTuple):
    """How names begin, and the digits at the end of the last of them."""

    head: str
    number: str

    def names(self, digits: str) -> list[str]:
        """Names of this format that end in the digits, first that which is nothing but them."""
        found = [self.head + digits, self.head + digits.zfill(len(self.number))]
        above = self.number[: -len(digits)]
        if above:
            highest = int(above)
            for before in range(highest, max(0, highest - HEADS), -1):
                found.append(f"{self.head}{before:0{len(above)}}{digits}")
        return list(dict.fromkeys(found))


async def formats(last: Last) -> list[Format]:
    """The formats of an index's names, those that sort last first: each is found below the one
    before, so that every step is one look-up."""
    found: list[Format] = []
    below: str | None = None
    for _ in range(FORMATS):
        name = await last(below)
        if name is None:
            break
        ending = _ENDING.fullmatch(name)
        if ending is None:
            below = name
            continue
        found.append(Format(ending["head"], ending["number"]))
        if not ending["head"]:
            break
        below = ending["head"]
    return found
