"""Answers as bytes: the same tree as JSON or as the vendor's XML."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from msgspec.json import encode

Value = str | int | bool | None | Mapping[str, "Value"] | Sequence["Value"]

JSON, XML = "json", "xml"

CONTENT_TYPES: Final = {
    JSON: (b"content-type", b"application/json; charset=utf-8"),
    XML: (b"content-type", b"application/xml; charset=utf-8"),
}

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(answer: Mapping[str, Value], form: str) -> bytes:
    """The envelope in the format: `json` or `xml`."""
    if form == XML:
        return f"<xml>{_children(answer)}</xml>".encode()
    return encode(answer)


def _children(value: Mapping[str, Value]) -> str:
    return "".join(_element(name, each) for name, each in value.items())


def _element(name: str, value: Value) -> str:
    """An array is its name repeated, without a wrapper; an empty one is nothing at all."""
    if isinstance(value, Mapping):
        inner = _children(value)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(_element(name, each) for each in value)
    elif value is None:
        inner = ""
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    else:
        inner = _text(str(value))
    return f"<{name}>{inner}</{name}>" if inner else f"<{name}/>"


def _text(text: str) -> str:
    """Escaped; characters that XML 1.0 cannot hold become U+FFFD."""
    plain = escape(_NOT_IN_XML.sub("\ufffd", text), quote=False)
    return plain.replace("\r", "&#13;")
