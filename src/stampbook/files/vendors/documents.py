"""Saved answers of an API: one JSON document after the other, each with its rows.

A document is a list of rows, one row, or an object with one of these as `data`. The whole file is
in memory.
"""

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final, NamedTuple

from stampbook.files.reading.faults import Fault, Unusable, Wrong, shortened
from stampbook.files.reading.items import Terms
from stampbook.files.reading.lines import BYTE_ORDER_MARK
from stampbook.files.reading.reader import Place, Row, row_of

MAX_BYTES: Final = 64 * 1024 * 1024
"""Of a file: several hundred thousand rows. More can be sent as several files."""

DATA: Final = "data"

_decoder: Final = json.JSONDecoder()
_BLANK: Final = " \t\r\n,"


class Found(NamedTuple):
    """A row: where its text begins and ends, what it says, and what its document says beside it."""

    begin: int
    end: int
    value: Any
    beside: Mapping[str, Any]


class Documents:
    """The rows of a file, in the order in which they are imported."""

    def __init__(self, file: IO[bytes], terms: Terms) -> None:
        self._text = _text(file, terms.options.encoding)
        self._size = file.seek(0, 2)
        self._terms = terms
        vendor = terms.vendor
        assert vendor is not None
        found = [(self._cells(each), each) for each in _rows(self._text)]
        order = getattr(vendor, "order", None)
        if order is not None:  # newest first is how answers come
            found.sort(key=lambda pair: order(terms.kind, pair[0] or {}))
        self._found = found
        cells = next((each for each, _ in found if each), {})
        self.terms = terms._replace(foreign=vendor.currency(cells))

    def _cells(self, found: Found) -> dict[str, Any] | None:
        if not isinstance(found.value, dict):
            return None
        named = {name: found.beside[name] for name in found.beside if name not in found.value}
        kept = {name: value for name, value in named.items() if not isinstance(value, dict | list)}
        cells = {**kept, **found.value}
        return {name: cells[name] for name in cells if name not in self._terms.options.ignore}

    def rows(self, start: Place) -> Iterator[Row]:
        """The rows from that place on."""
        count = len(self._found)
        lines = _Lines(self._text)
        for at, (cells, found) in enumerate(self._found):
            # A place in the file's order of rows, which need not be that of its bytes.
            after = Place(self._size * (at + 1) // count, at + 1)
            if at < start.line:
                continue
            line, text = lines.at(found.begin), self._text[found.begin : found.end]
            if cells is None:
                fault = Fault(line, None, "json", shortened(text), "is not an object")
                yield Row(line, after, text, None, fault)
            else:
                yield row_of(line, after, text, cells, self.terms)


class _Lines:
    """The number of the physical line of each place, from 1."""

    def __init__(self, text: str) -> None:
        self._ends = [at for at, char in enumerate(text) if char == "\n"]

    def at(self, place: int) -> int:
        from bisect import bisect_left

        return bisect_left(self._ends, place) + 1


def _text(file: IO[bytes], encoding: str) -> str:
    file.seek(0)
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        message = f"the file has more than {MAX_BYTES // 1024 // 1024} MiB; send it in parts"
        raise Unusable(Fault(0, None, "too_large", None, message))
    try:
        return content.removeprefix(BYTE_ORDER_MARK).decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = "a byte cannot be decoded; declare the file's encoding"
        raise Unusable(Fault(line, None, "encoding", None, message)) from None


def _rows(text: str) -> Iterator[Found]:
    """All rows, document by document. Raises Unusable."""
    at = 0
    try:
        while (at := _skipped(text, at)) < len(text):
            found, at = _document(text, at)
            yield from found
    except (ValueError, RecursionError) as error:
        place = getattr(error, "pos", at)
        line = text.count("\n", 0, place) + 1
        raise Unusable(Fault(line, None, "json", None, "this is not JSON")) from None


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def _document(text: str, at: int) -> tuple[list[Found], int]:
    """The rows of the document that begins there, and where it ends. Raises ValueError."""
    if text[at] == "[":
        return _array(text, at)
    begin = at
    whole, end = _decoder.raw_decode(text, at)
    if not isinstance(whole, dict) or DATA not in whole:
        return [Found(begin, end, whole, {})], end
    found = _array_of(text, begin)
    beside = {name: value for name, value in whole.items() if name != DATA}
    return [each._replace(beside=beside) for each in found], end


def _array_of(text: str, at: int) -> list[Found]:
    """The rows of the object's `data`."""
    at = _skipped(text, at + 1)
    while text[at] != "}":
        key, at = _decoder.raw_decode(text, at)
        at = _skipped(text, at)
        at = _skipped(text, at + 1)  # behind the colon
        if key == DATA:
            if text[at] == "[":
                return _array(text, at)[0]
            value, end = _decoder.raw_decode(text, at)
            return [] if value is None else [Found(at, end, value, {})]
        _, at = _decoder.raw_decode(text, at)
        at = _skipped(text, at)
    return []


def _array(text: str, at: int) -> tuple[list[Found], int]:
    found: list[Found] = []
    at = _skipped(text, at + 1)
    while at < len(text) and text[at] != "]":
        value, end = _decoder.raw_decode(text, at)
        found.append(Found(at, end, value, {}))
        at = _skipped(text, end)
    if at >= len(text):
        raise json.JSONDecodeError("the list does not end", text, at)
    return found, at + 1


def wanted(cells: Mapping[str, Any], name: str) -> str | None:
    """A number or a text of a row; numbers are texts as JSON has them. Raises Wrong."""
    value = cells.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | dict | list):
        raise Wrong("text", "must be a number or a text", column=name)
    return json.dumps(value)
