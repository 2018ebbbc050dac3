"""Amounts as people and programs write them. What could mean two things is refused."""

import re
from typing import Final

from stampbook.domain.model import MAX_AMOUNT
from stampbook.files.reading.faults import Wrong

_PLAIN: Final = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
_COMMA: Final = re.compile(r"-?[0-9]+,[0-9]+")
_POINT: Final = re.compile(r"-?[0-9]+\.[0-9]+")
_EXPONENT: Final = re.compile(r"[-+]?[0-9.,]+[eE][-+]?[0-9]+")
_GROUPED: Final = re.compile(r"-?[0-9]{1,3}(?:([ \u00a0\u202f',.])[0-9]{3})+(?:[.,][0-9]+)?")
MAX_DIGITS: Final = 40


def read_amount(
    text: str, scale: int, *, decimal_comma: bool = False, grouping: str | None = None
) -> int:
    """The smallest units that the text stands for. Raises Wrong."""
    if len(text) > MAX_DIGITS:
        raise Wrong("number", "must be a plain decimal number")
    if any(char.isdigit() and not char.isascii() for char in text):
        raise Wrong("digits", "must be written with the digits 0 to 9")
    plain = text if grouping is None else _ungrouped(text, grouping)
    if decimal_comma:
        if "." in plain:
            raise Wrong("decimal_point", "has a point, but decimal=comma is declared")
        plain = plain.replace(",", ".") if plain.count(",") == 1 else plain
    found = _PLAIN.fullmatch(plain)
    if found is None:
        raise _wrong(text, plain)
    sign, whole, fraction = found.groups("")
    if len(fraction) > scale:
        raise Wrong("scale", f"has {len(fraction)} decimals; the currency has {scale}")
    amount = int(sign + whole + fraction.ljust(scale, "0"))
    if abs(amount) > MAX_AMOUNT:
        raise Wrong("too_large", "must be at most 9 * 10^15 smallest units")
    return amount


def _ungrouped(text: str, grouping: str) -> str:
    """The text without the declared character between groups of three digits. Raises Wrong."""
    if grouping not in text:
        return text
    mark = re.escape(grouping)
    if not re.fullmatch(rf"-?[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+(?:[.,][0-9]+)?", text):
        raise Wrong("grouping", "its groups do not have three digits each")
    return text.replace(grouping, "")


def _wrong(text: str, plain: str) -> Wrong:
    if _COMMA.fullmatch(plain):
        return Wrong("decimal_comma", "has a comma; declare decimal=comma")
    if _EXPONENT.fullmatch(text):
        return Wrong("exponent", "has an exponent; write it out")
    grouped = _GROUPED.fullmatch(text)
    if grouped is not None:
        if grouped[1] in ",.":
            return Wrong("grouping", "has separators between groups of digits; take them out")
        return Wrong("grouping", "has separators between groups of digits; declare grouping=")
    return Wrong("number", "must be a plain decimal number such as 12.50")
