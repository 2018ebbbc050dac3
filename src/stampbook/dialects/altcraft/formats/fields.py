"""The fields of a request, whichever format it came in: read by the type that a field has.

A field that is absent, JSON's null or an empty XML element reads as None. Anything of another
type than asked for is a Fault (400) that names the field. Values of JSON stay as they were written
until a field's type is known: no float is made. How XML spells them is in xml_reading.py.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from decimal import Decimal

from msgspec import DecodeError, Raw, ValidationError
from msgspec.json import Decoder, decode
from msgspec.json import format as reformat

from stampbook.dialects import amounts, instants
from stampbook.dialects.altcraft.faults import incorrect
from stampbook.domain.model import FOREVER
from stampbook.edge.bodies import MAX_METADATA, excess_of

MAX_TEXT = 255
"""Characters of a text field: names, addresses, identifiers."""

MAX_INTEGER = 2**53 - 1

_objects = Decoder(dict[str, Raw])
_texts = Decoder(str)
_NUMBER = re.compile(rb"-?[0-9]+(\.[0-9]+)?")
_BROKEN = (DecodeError, UnicodeDecodeError)


class Fields(ABC):
    """One request's top level. Each format says how its values are spelled."""

    @abstractmethod
    def text(self, name: str) -> str | None:
        """A text, at most MAX_TEXT characters; may be empty."""

    @abstractmethod
    def integer(self, name: str) -> int | None:
        """An integer that a JavaScript number holds exactly."""

    @abstractmethod
    def flag(self, name: str) -> bool | None:
        """true or false."""

    @abstractmethod
    def decimal(self, name: str) -> str | None:
        """An amount as it is spelled, from a string or a number; not yet judged."""

    @abstractmethod
    def label(self, name: str) -> str | None:
        """A text, or an integer taken as text."""

    @abstractmethod
    def document(self, name: str) -> str | None:
        """An object, as compact JSON text."""

    def instant(self, name: str) -> int | None:
        """An RFC 3339 date, as microseconds UTC."""
        text = self.text(name)
        if not text:
            return None
        try:
            return instants.read(text)
        except instants.BadInstant as bad:
            raise incorrect(name, str(bad)) from None

    def end(self, name: str) -> int | None:
        """As `instant`, for when something ends; FOREVER for 9999-12-31, which means "never"."""
        text = self.text(name)
        return FOREVER if text and instants.is_never(text) else self.instant(name)

    def required_text(self, name: str) -> str:
        text = self.text(name)
        if not text:
            raise incorrect(name, "is required")
        return text

    def required_integer(self, name: str) -> int:
        number = self.integer(name)
        if number is None:
            raise incorrect(name, "is required")
        return number

    def required_instant(self, name: str) -> int:
        instant = self.instant(name)
        if instant is None:
            raise incorrect(name, "is required")
        return instant

    def required_end(self, name: str) -> int:
        instant = self.end(name)
        if instant is None:
            raise incorrect(name, "is required")
        return instant

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """A required text that is one of the choices."""
        text = self.required_text(name)
        if text not in choices:
            raise incorrect(name, f"must be one of {', '.join(choices)}")
        return text


def checked_text(name: str, text: str) -> str:
    """The text, unless it is too long or holds what a database cannot store."""
    if len(text) > MAX_TEXT:
        raise incorrect(name, f"must have at most {MAX_TEXT} characters")
    if "\0" in text:
        raise incorrect(name, "must not contain the character NUL")
    return text


def checked_document(name: str, text: bytes) -> str:
    """The JSON text, unless it is too long."""
    if len(text) > MAX_METADATA:
        raise incorrect(name, f"must have at most {MAX_METADATA} bytes")
    return text.decode()


def checked_integer(name: str, literal: str) -> int:
    """The integer of a plain literal."""
    digits = literal.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise incorrect(name, "must be an integer")
    if len(digits) > 16 or int(digits) > MAX_INTEGER:
        raise incorrect(name, "is out of range")
    return int(literal)


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
