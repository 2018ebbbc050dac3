"""What members are searched by, in the words of each database's index (`member_search`).

Both indexes have the same entries: the tenant and the program, the words of a name, and each four
digits of a phone number that follow one another.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

GRAM: Final = 4
"""Digits of an entry."""

DIGITS: Final = 19
"""How many digits of a phone number have entries."""

MAX_FOUND: Final = 1_000
"""How many members a search finds; which, if there are more, is not promised."""


class Sought(NamedTuple):
    """All of this must be so: the member is the tenant's, in one of the programs (None: in any),
    words of the name begin with each of the prefixes, and the phone number has the digits.

    Prefixes are letters and digits only, in small letters; there is at least one condition.
    """

    tenant: int
    programs: frozenset[int] | None
    prefixes: Sequence[str] = ()
    digits: str = ""

    @property
    def grams(self) -> list[str]:
        digits = self.digits[:DIGITS]
        return [digits[at : at + GRAM] for at in range(len(digits) - GRAM + 1)]

    def for_postgres(self) -> str:
        """The text of a `tsquery`."""
        places = [f"'@{self.tenant}'"]
        if self.programs is not None:
            places = [f"'#{each}'" for each in sorted(self.programs)]
        terms = [f"'{each}':*" for each in self.prefixes] + [f"'~{each}'" for each in self.grams]
        return " & ".join([f"({' | '.join(places)})", *terms])

    def for_sqlite(self) -> str:
        """The text of an FTS5 query."""
        places = [f"t{self.tenant}"]
        if self.programs is not None:
            places = [f"p{each}" for each in sorted(self.programs)]
        terms = [f'words : "{each}" *' for each in self.prefixes]
        terms += [f"digits : {each}" for each in self.grams]
        return " AND ".join([f"place : ({' OR '.join(places)})", *terms])
