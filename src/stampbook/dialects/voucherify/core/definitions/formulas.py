"""Exchange formulas: the points that pay for the smallest unit of money.

A decimal, or numbers and `ORDER_METADATA("key")` with + - * / and brackets. Exact.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final

DIGITS: Final = 15
"""Of a number on either side of its point: more than any amount has."""

MAX_DEPTH: Final = 30
"""Of brackets and signs within each other."""

_NUMBER: Final = re.compile(r"\d{1,15}(?:\.\d{1,15})?", re.ASCII)
_TOKEN: Final = re.compile(
    r"""\s*(?:(\d+(?:\.\d+)?)|ORDER_METADATA\(\s*"([^"\\]+)"\s*\)|([-+*/()]))\s*""", re.ASCII
)

Metadata = Mapping[str, Any]


class BadFormula(ValueError):
    """The text is no formula."""


class _Missing(Exception):
    """An order lacks what a formula needs of it."""


def check(text: str) -> None:
    """Raises BadFormula for a text that is no formula, or can give no more than 0."""
    ratio = decimal_of(text)
    if ratio is None:
        _Reader(text, None).read()
    elif ratio <= 0:
        raise BadFormula


def decimal_of(text: str) -> Fraction | None:
    """The ratio of a formula that is a decimal, such as `0.5` or `1e-3`."""
    try:
        decimal = Decimal(text)
    except InvalidOperation:
        return None
    exponent = decimal.as_tuple().exponent
    if not isinstance(exponent, int):
        return Fraction(0)
    if decimal.adjusted() > DIGITS or exponent < -DIGITS:
        return None
    return Fraction(decimal)


def ratio_of(text: str, metadata: Metadata) -> Fraction | None:
    """The ratio for an order with that metadata; None where it is not above 0, or none at all."""
    ratio = decimal_of(text)
    if ratio is None:
        try:
            ratio = _Reader(text, metadata).read()
        except (BadFormula, _Missing, ZeroDivisionError):
            return None
    return ratio if ratio > 0 else None


class _Reader:
    """Reads a formula from left to right. Without metadata only its form is of interest."""

    def __init__(self, text: str, metadata: Metadata | None) -> None:
        self.metadata = metadata
        self.tokens: list[tuple[str, str, str]] = []
        self.at = 0
        self.depth = 0
        end = 0
        while end < len(text):
            found = _TOKEN.match(text, end)
            if found is None:
                raise BadFormula
            self.tokens.append((found[1] or "", found[2] or "", found[3] or ""))
            end = found.end()

    def read(self) -> Fraction:
        """The value of the whole. Raises BadFormula, _Missing, ZeroDivisionError."""
        value = self._sum()
        if self.at < len(self.tokens):
            raise BadFormula
        return value

    def _sum(self) -> Fraction:
        value = self._product()
        while (sign := self._sign("+-")) is not None:
            other = self._product()
            value = value + other if sign == "+" else value - other
        return value

    def _product(self) -> Fraction:
        value = self._part()
        while (sign := self._sign("*/")) is not None:
            other = self._part()
            if sign == "*":
                value *= other
            elif other or self.metadata is not None:
                value /= other
        return value

    def _part(self) -> Fraction:
        if self.at >= len(self.tokens) or self.depth >= MAX_DEPTH:
            raise BadFormula
        number, key, sign = self.tokens[self.at]
        self.at += 1
        if number:
            if _NUMBER.fullmatch(number) is None:
                raise BadFormula
            return Fraction(number)
        if key:
            return self._noted(key)
        self.depth += 1
        if sign == "-":
            value = -self._part()
        elif sign == "(":
            value = self._sum()
            if self._sign(")") is None:
                raise BadFormula
        else:
            raise BadFormula
        self.depth -= 1
        return value

    def _sign(self, wanted: str) -> str | None:
        sign = self.tokens[self.at][2] if self.at < len(self.tokens) else ""
        if not sign or sign not in wanted:
            return None
        self.at += 1
        return sign

    def _noted(self, key: str) -> Fraction:
        """A number of the order's metadata, or a text that is one."""
        if self.metadata is None:
            return Fraction(1)
        text = str(self.metadata.get(key)).removeprefix("-")
        if _NUMBER.fullmatch(text) is None:
            raise _Missing
        return Fraction(str(self.metadata[key]))
