"""Money of visits, in hundredths, and other decimal numbers."""

from typing import Annotated

from msgspec import Meta

from stampbook.dialects import amounts
from stampbook.dialects.native.problems import invalid_field
from stampbook.dialects.native.wire.values import Digits, read_amount
from stampbook.visits.model import SCALE, UNITS

HUNDRED_PERCENT = 10_000
Decimal = Annotated[
    Digits | int,
    Meta(description="A plain decimal number", examples=["12.5"], extra_json_schema=amounts.NUMBER),
]


def read_money(value: str | int, pointer: str, *, least: int = 0, scale: int = SCALE) -> int:
    """Hundredths of at least `least`, written with at most `scale` digits. Raises Failure (422)."""
    found = read_amount(value, scale, pointer) * UNITS[scale]
    if found < least:
        raise invalid_field(
            pointer, "must be greater than zero" if least else "must not be negative"
        )
    return found


def read_number(value: str | int, pointer: str, *, digits: int, least: int, most: int) -> int:
    """A number with at most `digits` after the point, as an integer. Raises Failure (422)."""
    try:
        found = amounts.read(value, digits)
    except amounts.BadAmount:
        raise invalid_field(pointer, f"must have at most {digits} digits after the point") from None
    if not least <= found <= most:
        raise invalid_field(pointer, "is too small or too large")
    return found


def write_money(hundredths: int) -> str:
    return amounts.write(hundredths, SCALE)
