"""Amounts: decimal strings in a currency's scale on the wire, integers of its smallest unit inside.

No float touches an amount. A string says what it means: more digits than the scale are refused. A
JSON number may carry the noise of the binary fractions that its sender added up; `nearest` takes
off that noise, and nothing else.
"""

import re
from decimal import Decimal
from typing import Annotated, Final

from msgspec import Meta

from stampbook.domain.model import MAX_AMOUNT
from stampbook.edge.bodies import MAX_NUMBER

SCHEMA: Final = Meta(extra_json_schema={"$ref": "#/components/schemas/Amount"})
"""What an amount is in the description of the native API: one schema by that name."""

Written = Annotated[str, SCHEMA]
"""An amount in an answer."""

NUMBER: Final = {"format": "decimal"}
"""What the description says of a text that is a decimal number but no amount of a currency."""

WrittenNumber = Annotated[str, Meta(extra_json_schema=NUMBER)]
"""A quantity, a rate or a sum of money in an answer."""

_PLAIN = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
MAX_SCALE = 6
"""Digits of the finest currency."""

UNITS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
"""Smallest units in one whole, by scale."""

_FORMATS = ("%d", "%d.%01d", "%d.%02d", "%d.%03d", "%d.%04d", "%d.%05d", "%d.%06d")
"""How whole and fraction are written, by scale."""


NOISE = tuple(
    min(Decimal("0.000001"), Decimal(1).scaleb(-scale - 3)) for scale in range(MAX_SCALE + 1)
)
"""How far a number may be from an amount of each scale and still mean it: 10^-6, and never more
than a thousandth of the smallest unit."""


class BadAmount(ValueError):
    """Not an amount of the scale; the message is a sentence for people."""


def read(value: str | int, scale: int) -> int:
    """The smallest units that `"399.50"` or the whole number 399 stand for; may be negative.

    Raises BadAmount for anything but plain ASCII decimals of at most `scale` digits and at most
    9 * 10^15 smallest units.
    """
    if isinstance(value, int):
        amount = value * UNITS[scale]
    else:
        found = _PLAIN.fullmatch(value) if len(value) <= MAX_NUMBER else None
        if found is None:
            raise BadAmount("must be a plain decimal number such as 12.50")
        sign, whole, fraction = found.groups("")
        if len(fraction) > scale:
            raise BadAmount(f"must have at most {scale} digits after the point")
        amount = int(sign + whole + fraction.ljust(scale, "0"))
    if not -MAX_AMOUNT <= amount <= MAX_AMOUNT:
        raise BadAmount("must be at most 9 * 10^15 smallest units")
    return amount


def nearest(value: Decimal, scale: int) -> int | None:
    """The smallest units that a number means: 0.30000000000000004 is 30 at scale 2.

    None if the number has a real digit beyond the scale, such as 0.305.
    """
    units = value.scaleb(scale).to_integral_value()
    return int(units) if abs(value - units.scaleb(-scale)) <= NOISE[scale] else None


def write(amount: int, scale: int) -> str:
    """`write(39950, 2)` is `399.50`."""
    if not scale:
        return str(amount)
    if amount < 0:
        return "-" + write(-amount, scale)
    return _FORMATS[scale] % divmod(amount, UNITS[scale])


NOTHING: Final = tuple(write(0, scale) for scale in range(MAX_SCALE + 1))
"""An amount of zero, by scale."""
