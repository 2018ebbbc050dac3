"""The bill of a completed visit as it is stored: as rules saw it, and what is left of it."""

from fractions import Fraction
from typing import Any, Final, NamedTuple

import msgspec

from stampbook.loyalty.model import OrderFacts


class Bill(NamedTuple):
    """The bill as rules judged it, and what is left of it now."""

    whole: OrderFacts
    rest: OrderFacts


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    raise NotImplementedError


def _fraction(kind: type, value: Any) -> Any:
    if kind is Fraction:
        return Fraction(value)
    raise NotImplementedError


_encode: Final = msgspec.json.Encoder(enc_hook=_plain).encode
_decode: Final = msgspec.json.Decoder(Bill, dec_hook=_fraction).decode


def write(bill: Bill | None) -> str | None:
    """The bill as it is stored."""
    return None if bill is None else _encode(bill).decode()


def read(text: str | None) -> Bill | None:
    """The bill that was stored."""
    return None if text is None else _decode(text)
