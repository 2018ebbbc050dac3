"""What a currency's program says beside its policy, remembered with the version of the policy.

Every change of a program, of its hours or of its end, makes the version of its currencies grow in
the same transaction, and a save is guarded by that version. So what was read with one version is
true wherever that version is found to stand.
"""

from typing import Any, Final, NamedTuple

MAX_REMEMBERED: Final = 10_000
"""Currencies remembered at once; when there are more, all are asked for again."""


class Scheme(NamedTuple):
    """A currency in its program: the card definition's number on the wire, and the hours in which
    the program is open (None: always). True as long as the currency's version is `version`."""

    version: int
    definition: int
    validity_hours: dict[str, Any] | None


class Schemes:
    """The schemes by currency; see the module."""

    def __init__(self) -> None:
        self._by_currency: dict[int, Scheme] = {}

    def get(self, currency: int, *, version: int) -> Scheme | None:
        """The scheme as it is at that version of its currency."""
        found = self._by_currency.get(currency)
        return found if found is not None and found.version == version else None

    def learn(self, currency: int, scheme: Scheme) -> None:
        """Remember what one statement has read."""
        if len(self._by_currency) >= MAX_REMEMBERED:
            self._by_currency.clear()
        self._by_currency[currency] = scheme
