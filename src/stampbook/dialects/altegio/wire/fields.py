"""What callers send: values, and fields of a body. Anything wrong becomes a Fault with status 422.

Numbers may arrive as 1, 1.0 or "1". Bodies may have any Content-Type or none, and a field any name
of its family.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from stampbook.dialects import amounts
from stampbook.dialects.altegio.faults import Fault, invalid
from stampbook.domain.model import MAX_AMOUNT
from stampbook.domain.policy import to_instant
from stampbook.edge.bodies import BYTE_ORDER_MARK, MAX_TEXT, Excess, excess_of

MAX_ID: Final = 2**53 - 1
"""Ids are numbers that JavaScript holds exactly."""

MAX_MOMENT: Final = 40
"""Characters of a date and time."""

MAX_DIGITS: Final = 28
"""Digits of a number: as many as are computed with exactly."""

_number = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{0,30})?")
_phone = re.compile(r"\+?[0-9]{5,20}(\.0+)?")
_date = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

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


class Fields(msgspec.Struct):
    """Reads the fields of an object and collects what is wrong with them.

    Every reader notes at most one error for its field and returns a harmless value then;
    `check` raises the Fault with all of them. `path` is put before the fields' names.
    """

    values: Mapping[str, Any]
    path: str = ""
    errors: list[tuple[str, str]] = []

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

    def some_ids(self, *names: str) -> tuple[int, ...]:
        """The ids of that many fields, of which one at least must be there; 0 for the others."""
        values = [self.values.get(name) for name in names]
        is_named = any(value is not None for value in values)
        found = []
        for name, value in zip(names, values, strict=True):
            number = 0 if value is None and is_named else to_id(value)
            if number is None:
                self.wrong(name, "required" if value is None else "id")
            found.append(number or 0)
        return tuple(found)

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


def fields_of(content: bytes) -> Fields:
    """The fields of a body, whatever its Content-Type says; empty: none. Raises Fault unless it is
    a JSON object."""
    content = content.removeprefix(BYTE_ORDER_MARK)
    if not content.strip():
        return Fields({})
    excess = excess_of(content)
    if excess is not None:
        raise invalid(("body", EXCESSES[excess]))
    try:
        value = _decoder.decode(content)
    except (msgspec.DecodeError, ValueError, ArithmeticError):
        raise invalid(("body", "json")) from None
    if not isinstance(value, dict):
        raise invalid(("body", "json_object"))
    return Fields(value if _ALIASES.isdisjoint(value) else canonical(value))


# -- values --------------------------------------------------------------------------------


def decimal(value: object) -> Decimal | None:
    """The number that a JSON value (or a numeric string) stands for, or None.

    None too for what arithmetic would round: more digits, or tinier, than any amount has.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and _number.fullmatch(value.strip()):
        value = Decimal(value.strip())
    if isinstance(value, int):
        value = Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite():
        return None
    digits = len(value.as_tuple().digits)
    return (
        value
        if digits <= MAX_DIGITS and (not value or abs(value.adjusted()) < MAX_DIGITS)
        else None
    )


def to_integer(value: object) -> int | None:
    """The whole number that a value stands for, or None."""
    if type(value) is int:  # by far most of them; the rest as decimals
        return value if abs(value) <= MAX_ID else None
    number = decimal(value)
    if number is None or abs(number) > MAX_ID or number != number.to_integral_value():
        return None
    return int(number)


def to_id(value: object) -> int | None:
    """The positive whole number that a value or a piece of a path stands for, or None."""
    number: int | None
    if type(value) is int:  # by far most of them are numbers, or digits
        number = value
    elif type(value) is str and value.isdigit() and value.isascii() and len(value) < MAX_DIGITS:
        number = int(value)
    else:
        number = to_integer(value)
    return number if number is not None and 0 < number <= MAX_ID else None


def to_hundredths(value: object, *, digits: int = 2) -> int | None:
    """An amount in hundredths; None if it has more than `digits` decimals or is too large.

    The noise of binary fractions is taken off (amounts.nearest).
    """
    if type(value) is int:  # by far most of them; the rest as decimals
        found = value * 100
    else:
        number = decimal(value)
        units = None if number is None else amounts.nearest(number, digits)
        if units is None:
            return None
        found = units * 10 ** (2 - digits)
    return found if abs(found) <= MAX_AMOUNT else None


def to_phone(value: object) -> str | None:
    """The digits of a phone number given as a text or a number (`79091552422.0` too)."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    text = re.sub(r"[\s()-]", "", str(value) if len(str(value)) <= MAX_TEXT else "")
    if isinstance(value, Decimal):
        whole = to_integer(value)
        text = "" if whole is None else str(whole)
    if not _phone.fullmatch(text):
        return None
    return text.removeprefix("+").split(".")[0]


def to_date(value: object) -> date | None:
    """A date as YYYY-MM-DD, or None."""
    if not isinstance(value, str) or not _date.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def to_moment(value: object, timezone: str) -> int | None:
    """The instant of an ISO 8601 text; without an offset in that time zone. Years 1 to 9998."""
    if not isinstance(value, str) or not 10 <= len(value) <= MAX_MOMENT:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(timezone))
        if not 1 < moment.year < 9_999:
            return None
        return to_instant(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def plain(value: Any) -> Any:
    """A JSON value for what is only stored and given back; numbers beyond any id become texts."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        whole = to_integer(value)
        number = decimal(value)
        if whole is not None or number is None:
            return str(value) if whole is None else whole
        return float(number) if abs(number) < MAX_ID else str(value)
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value
