"""JSON bodies. Values stay as they were written until a field's type is known: no float is made."""

import re
from decimal import Decimal

from msgspec import DecodeError, Raw, ValidationError
from msgspec.json import Decoder, decode
from msgspec.json import format as reformat

from stampbook.dialects import amounts
from stampbook.dialects.altcraft.faults import incorrect
from stampbook.dialects.altcraft.formats.fields import (
    Fields,
    checked_document,
    checked_integer,
    checked_text,
)
from stampbook.edge.bodies import excess_of

_objects = Decoder(dict[str, Raw])
_texts = Decoder(str)
_NUMBER = re.compile(rb"-?[0-9]+(\.[0-9]+)?")
_BROKEN = (DecodeError, UnicodeDecodeError)


class JsonFields(Fields):
    """The top level of a JSON object in UTF-8. Raises Fault (400)."""

    def __init__(self, body: bytes) -> None:
        excess = excess_of(body)
        if excess is not None:
            raise incorrect("body", excess.value)
        try:
            self._values = _objects.decode(body)
        except ValidationError:
            raise incorrect("body", "must be a JSON object") from None
        except _BROKEN:
            raise incorrect("body", "is not JSON in UTF-8") from None

    def _literal(self, name: str) -> bytes | None:
        value = self._values.get(name)
        literal = None if value is None else bytes(value).strip()
        return None if literal == b"null" else literal

    def text(self, name: str) -> str | None:
        literal = self._literal(name)
        if literal is None:
            return None
        if not literal.startswith(b'"'):
            raise incorrect(name, "must be a string")
        try:
            text = _texts.decode(literal)
        except _BROKEN:
            raise incorrect(name, "is not a string in UTF-8") from None
        return checked_text(name, text)

    def integer(self, name: str) -> int | None:
        literal = self._literal(name)
        return None if literal is None else checked_integer(name, literal.decode("latin-1"))

    def flag(self, name: str) -> bool | None:
        literal = self._literal(name)
        if literal not in (None, b"true", b"false"):
            raise incorrect(name, "must be true or false")
        return None if literal is None else literal == b"true"

    def decimal(self, name: str) -> str | None:
        literal = self._literal(name)
        if literal is None:
            return None
        if literal.startswith(b'"'):
            return self.text(name)
        if not _NUMBER.fullmatch(literal):
            raise incorrect(name, "must be a decimal string such as 100.50")
        return _without_noise(literal.decode())

    def label(self, name: str) -> str | None:
        literal = self._literal(name)
        if literal is None or literal.startswith(b'"'):
            return self.text(name)
        return str(checked_integer(name, literal.decode("latin-1")))

    def document(self, name: str) -> str | None:
        literal = self._literal(name)
        if literal is None:
            return None
        if not literal.startswith(b"{"):
            raise incorrect(name, "must be an object")
        try:
            decode(literal)
            return checked_document(name, reformat(literal, indent=-1))
        except (*_BROKEN, ValidationError):
            raise incorrect(name, "is not JSON in UTF-8") from None


def _without_noise(literal: str) -> str:
    """A number's literal without the noise of binary fractions: 0.30000000000000004 is 0.3."""
    _, _, fraction = literal.partition(".")
    if len(fraction) <= amounts.MAX_SCALE:
        return literal
    units = amounts.nearest(Decimal(literal), amounts.MAX_SCALE)
    if units is None:
        return literal
    return amounts.write(units, amounts.MAX_SCALE).rstrip("0").removesuffix(".")
