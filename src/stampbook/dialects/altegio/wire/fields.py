"""What callers send as fields of a body or a query. Anything wrong becomes a Fault with status 422.

Bodies may have any Content-Type or none, and a field any name of its family.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from stampbook.dialects.altegio.faults import Fault, invalid
from stampbook.dialects.altegio.wire.values import (
    MAX_ID,
    to_hundredths,
    to_id,
    to_integer,
    to_moment,
    to_phone,
)
from stampbook.edge.bodies import BYTE_ORDER_MARK, MAX_TEXT, Excess, excess_of

MAX_ITEMS: Final = 200
"""Items of a list in a body: no bill is longer."""

FAMILIES: Final = (
    ("company_id", "salon_id", "location_id"),
    ("salon_group_id", "company_group_id", "chain_id"),
    ("staff_id", "master_id", "team_member_id"),
    ("record_id", "appointment_id"),
    ("good_id", "product_id"),
)
"""Names of one thing: the first is the one used here, and earlier ones win over later ones."""

AMOUNTS: Final = ("whole_amount", "amount_1", "amount")
DECIMALS: Final = ("integer", "decimals_1", "decimals")
"""What is expected of an amount with at most 0, 1 or 2 decimals: from 0 on; of either sign."""

EXCESSES: Final = {
    Excess.VALUES: "too_many_items",
    Excess.DEPTH: "too_deep",
    Excess.NUMBER: "long_number",
}
"""What is said of a body beyond the bounds of all bodies."""

_ALIASES: Final = frozenset(name for names in FAMILIES for name in names[1:])

_decoder = msgspec.json.Decoder(float_hook=Decimal)


def canonical(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields, each under the first name of its family."""
    found = dict(values)
    for names in FAMILIES:
        given = [found.pop(name) for name in names if name in found]
        if given:
            found[names[0]] = next((value for value in given if value is not None), None)
    return found


def body(content: bytes) -> dict[str, Any]:
    """The JSON object of a request, whatever its Content-Type says; empty: {}. Raises Fault."""
    content = content.removeprefix(BYTE_ORDER_MARK)
    if not content.strip():
        return {}
    excess = excess_of(content)
    if excess is not None:
        raise invalid(("body", EXCESSES[excess]))
    try:
        value = _decoder.decode(content)
    except (msgspec.DecodeError, ValueError, ArithmeticError):
        raise invalid(("body", "json")) from None
    if not isinstance(value, dict):
        raise invalid(("body", "json_object"))
    return value if _ALIASES.isdisjoint(value) else canonical(value)


class Fields:
    """Reads the fields of an object and collects what is wrong with them.

    Every reader notes at most one error for its field and returns a harmless value then;
    `check` raises the Fault with all of them. `path` is put before the fields' names.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        *,
        path: str = "",
        errors: list[tuple[str, str]] | None = None,
    ) -> None:
        self.values = values
        self.path = path
        self.errors: list[tuple[str, str]] = [] if errors is None else errors

    def check(self) -> None:
        """Raise what was noted, if anything was."""
        if self.errors:
            raise Fault(422, "error", self.errors)

    def wrong(self, name: str, text: str) -> None:
        """Note an error of a field; the first one of each field counts."""
        field = self.path + name
        if all(field != noted for noted, _ in self.errors):
            self.errors.append((field, text))

    def has(self, name: str) -> bool:
        return self.values.get(name) is not None

    def _given(self, name: str, *, required: bool) -> Any:
        value = self.values.get(name)
        if value is None and required:
            self.wrong(name, "required")
        return value

    def id(self, name: str) -> int:
        """A required id."""
        value = self.values.get(name)
        found = to_id(value)
        if found is None:
            self.wrong(name, "required" if value is None else "id")
        return found or 0

    def id_or_zero(self, name: str) -> int:
        """An optional id; 0 and an empty text stand for none."""
        value = self.values.get(name)
        if value in (None, "", 0):
            return 0
        found = to_integer(value)
        if found is None or found < 0:
            self.wrong(name, "id")
        return max(0, found or 0)

    def integer(
        self, name: str, default: int | None = None, *, least: int = -MAX_ID, most: int = MAX_ID
    ) -> int:
        """A whole number; required unless a default is given."""
        value = self._given(name, required=default is None)
        if value is None:
            return default or 0
        found = to_integer(value)
        if found is None or not least <= found <= most:
            self.wrong(name, "integer")
            return 0
        return found

    def amount(self, name: str, default: int | None = None, *, digits: int = 2) -> int:
        """An amount from 0 on, in hundredths; required unless a default is given.

        `digits`: how many decimals it may have.
        """
        value = self._given(name, required=default is None)
        if value is None:
            return default or 0
        found = to_hundredths(value, digits=digits)
        if found is None or found < 0:
            self.wrong(name, AMOUNTS[digits])
            return 0
        return found

    def signed_amount(self, name: str, *, digits: int = 2) -> int:
        """A required amount in hundredths, of either sign."""
        value = self._given(name, required=True)
        found = to_hundredths(value, digits=digits)
        if value is not None and found is None:
            self.wrong(name, DECIMALS[digits])
        return found or 0

    def text(self, name: str, default: str | None = None, *, longest: int = MAX_TEXT) -> str:
        """A text, numbers taken as such; required unless a default is given."""
        value = self._given(name, required=default is None)
        if value is None:
            return default or ""
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or "\0" in value:
            self.wrong(name, "text")
            return ""
        if len(value) > longest:
            self.wrong(name, "too_long")
            return ""
        return value

    def phone(self, name: str, *, required: bool = True) -> str:
        """A phone number's digits, sent as a text or a number; "" if absent."""
        value = self._given(name, required=required)
        if value in (None, ""):
            return ""
        digits = to_phone(value)
        if digits is None:
            self.wrong(name, "phone")
        return digits or ""

    def choice(self, name: str, allowed: Sequence[str], default: str | None = None) -> str:
        """One of the allowed words; required unless a default is given."""
        value = self._given(name, required=default is None)
        if value is None:
            return default or allowed[0]
        if value not in allowed:
            self.wrong(name, "choice")
            return allowed[0]
        return str(value)

    def instant(self, name: str, timezone: str, default: int | None = None) -> int:
        """An ISO 8601 date and time; without an offset it is the location's time."""
        value = self._given(name, required=default is None)
        if value is None:
            return default or 0
        found = to_moment(value, timezone)
        if found is None:
            self.wrong(name, "datetime")
        return found or 0

    def object(self, name: str) -> "Fields":
        """A nested object; an empty one if absent."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, dict):
            self.wrong(name, "object")
            value = None
        nested = canonical(value or {})
        return Fields(nested, path=f"{self.path}{name}.", errors=self.errors)

    def objects(self, name: str) -> Iterator["Fields"]:
        """The objects of a list; none if absent."""
        for place, value in enumerate(self.list(name)):
            path = f"{self.path}{name}.{place}."
            if isinstance(value, dict):
                yield Fields(canonical(value), path=path, errors=self.errors)
            else:
                self.wrong(f"{name}.{place}", "object")

    def ids(self, name: str) -> list[int]:
        """The ids of a list; none if absent."""
        found = [to_id(value) for value in self.list(name)]
        if None in found:
            self.wrong(name, "id")
        return [each for each in found if each is not None]

    def list(self, name: str) -> Sequence[Any]:
        """A list of anything; empty if absent."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(name, "list")
            return []
        if len(value) > MAX_ITEMS:
            self.wrong(name, "too_many_items")
            return []
        return value
