"""Forms with a file (multipart/form-data), read while they come: first the fields, then the file.

The name that the client's file has is not looked at: it says nothing that is needed.
"""

from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from stampbook.edge.uploads.streaming import Source

MAX_FILE: Final = 2 * 1024 * 1024 * 1024
"""Bytes of a file."""

MAX_BODY: Final = MAX_FILE + 1024 * 1024
"""The same with the form around it."""

MAX_FIELDS: Final = 64
"""Fields before the file."""

MAX_FIELD_BYTES: Final = 64 * 1024
"""Bytes of all fields."""

PIECE: Final = 64 * 1024
"""Bytes that are parsed at once: others have their turn in between."""


class BadForm(ValueError):
    """The form cannot be read; the message says why."""


def boundary_of(content_type: str | None) -> bytes | None:
    """The boundary of the parts, if the body is a form with files. Raises BadForm."""
    kind, options = parse_options_header(content_type)
    if kind.lower() != b"multipart/form-data":
        return None
    if not options.get(b"boundary"):
        raise BadForm("the form names no boundary")
    return options[b"boundary"]


class Parts:
    """The parts of a form. Read `fields` first; then this is the source of the file."""

    def __init__(self, source: Source, boundary: bytes) -> None:
        self._source = source
        self._unparsed = b""
        self._fields: dict[str, str] = {}
        self._size = 0
        self._file: list[bytes] = []
        self._is_file = self._was_file = self._has_ended = False
        self._name, self._value = "", b""
        self._header: tuple[bytes, bytes] = (b"", b"")
        self._disposition = b""
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._on_header_name,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers,
                    "on_part_data": self._on_data,
                    "on_part_end": self._on_end,
                    "on_end": self._on_last,
                },
            )
        except FormParserError as error:
            raise BadForm("the boundary of the form is too long") from error

    async def fields(self) -> dict[str, str]:
        """The fields before the file, or all if there is no file. Raises BadForm, BrokenOff."""
        while not self._was_file and await self._parse():
            pass
        return self._fields

    @property
    def has_file(self) -> bool:
        """Whether a file follows the fields."""
        return self._was_file

    async def read(self) -> bytes:
        """More of the file; b"" at its end, which is the end of the form, too. Raises BadForm,
        BrokenOff."""
        while not self._file and await self._parse():
            pass
        found = b"".join(self._file)
        self._file.clear()
        return found

    async def _parse(self) -> bool:
        """Parse a piece; whether there was one."""
        if not self._unparsed:
            self._unparsed = await self._source.read()
            if not self._unparsed:
                if not self._has_ended:
                    raise BadForm("the form is not whole")
                return False
        piece, self._unparsed = self._unparsed[:PIECE], self._unparsed[PIECE:]
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise BadForm("the form is not one of multipart/form-data") from error
        return True

    # -- the parser's callbacks ---------------------------------------------------------------

    def _begin(self) -> None:
        self._disposition = self._value = b""

    def _on_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0] + data[start:end], b"")

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0], self._header[1] + data[start:end])

    def _on_header_end(self) -> None:
        if self._header[0].lower() == b"content-disposition":
            self._disposition = self._header[1]
        self._header = (b"", b"")

    def _on_headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        if self._was_file:
            raise BadForm("the file must be the last part of the form")
        self._is_file = self._was_file = b"filename" in options
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if not self._is_file and (self._name in self._fields or len(self._fields) == MAX_FIELDS):
            raise BadForm("the form has a field twice, or too many")

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._file.append(data[start:end])
            return
        self._size += end - start
        if self._size > MAX_FIELD_BYTES:
            raise BadForm(f"the fields of the form have more than {MAX_FIELD_BYTES} bytes")
        self._value += data[start:end]

    def _on_end(self) -> None:
        if not self._is_file:
            self._fields[self._name] = self._value.decode("utf-8", "replace")
        self._is_file = False

    def _on_last(self) -> None:
        self._has_ended = True
