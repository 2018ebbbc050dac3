"""What was typed into a form, or follows the path in the address of a page."""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl

from stampbook.console.faults import Unreadable

MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 5_000


class Form:
    """Fields by name. Texts have no spaces around them; what was left empty is "" or None."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def text(self, name: str, default: str = "") -> str:
        """The last value of a field."""
        values = self._fields.get(name)
        return values[-1].strip() if values else default

    def maybe(self, name: str) -> str | None:
        """The value of a field; None if it was left empty."""
        return self.text(name) or None

    def exact(self, name: str) -> str:
        """The value with its spaces: of passwords."""
        values = self._fields.get(name)
        return values[-1] if values else ""

    def all(self, name: str) -> list[str]:
        """All values of a field that may repeat, without the empty ones."""
        return [each.strip() for each in self._fields.get(name, ()) if each.strip()]

    def every(self, name: str) -> list[str]:
        """All values of a field, the empty ones, too: of rows of fields."""
        return [each.strip() for each in self._fields.get(name, ())]

    def is_on(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.text(name) not in ("", "0", "false", "off")


def read_form(raw: bytes) -> Form:
    """The fields of a form or a query in UTF-8. Raises Unreadable."""
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise Unreadable from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value.replace("\0", "").replace("\r\n", "\n"))
    return Form(fields)


def next_path(given: str | None) -> str:
    """Where to go after signing in: only a path of the console, whatever the address said."""
    path = given or ""
    is_ours = path == "/console" or path.startswith(("/console/", "/console?"))
    return path if is_ours and path.isprintable() and "\\" not in path else "/console"
