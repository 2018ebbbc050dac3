"""A file as rows: each is an item, or a fault."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import IO, Any, Final, NamedTuple

from msgspec import DecodeError
from msgspec.json import decode, encode

from stampbook.files.cells import text_of
from stampbook.files.reading.columns import METADATA, Kind, fault_of
from stampbook.files.reading.faults import Fault, Unusable, Wrong, shortened
from stampbook.files.reading.items import BLANKS, Item, Terms, read_item, translated
from stampbook.files.reading.lines import Lines
from stampbook.files.reading.options import DELIMITERS
from stampbook.files.reading.records import BrokenQuote, StillOpen, records, split, worded

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Place(NamedTuple):
    """How far a file has been read: the place of the next byte, and the number of lines before."""

    position: int = 0
    line: int = 0


class Row(NamedTuple):
    """One row of a file. `text` is the row as it is written, `after` the place behind it. A row
    with neither an item nor a fault has nothing to import. `cells` are its values by the columns
    of the file, which are called `names` where those are not ours."""

    line: int
    after: Place
    text: str
    item: Item | None
    fault: Fault | None
    cells: Mapping[str, Any] = NOTHING
    names: Mapping[str, str] = NOTHING

    def fault_of(self, wrong: Wrong) -> Fault:
        """What is wrong with a row that could be read: of a column of the file, with its value."""
        column = self.names.get(wrong.column or "", wrong.column)
        value = self.text if column is None else _written(self.cells.get(column))
        return Fault(self.line, column, wrong.code, shortened(value), wrong.message)


def _written(value: object) -> str | None:
    """The value of a cell as a fault repeats it."""
    return value if value is None or isinstance(value, str) else encode(value).decode()


class Layout(NamedTuple):
    """What the first line of a CSV file says, and where the rows begin."""

    delimiter: str
    columns: tuple[str, ...]
    begin: Place


def read_layout(file: IO[bytes], terms: Terms) -> Layout:
    """The columns of a CSV file, wherever it was read to before. Raises Unusable."""
    file.seek(0)
    lines = Lines(file, terms.options.encoding)
    for line in lines:
        if line.fault is not None:
            raise Unusable(Fault(line.number, None, *_apart(line.fault)))
        if line.text.strip():
            break
    else:
        raise Unusable(Fault(1, None, "empty", None, "the file is empty"))
    delimiter = terms.options.delimiter or _found_delimiter(line.number, line.text, terms)
    columns = _header(line.text, delimiter)
    if columns is None:
        message = "the first line has a quote that is not closed"
        raise Unusable(Fault(line.number, None, "broken_quote", shortened(line.text), message))
    wrong = fault_of(terms.sheet, terms.kind, columns, terms.options.ignore)
    if wrong is not None:
        column, code, message = wrong
        raise Unusable(Fault(line.number, column, code, shortened(line.text), message))
    return Layout(delimiter, columns, Place(line.end, line.number))


def _apart(fault: str) -> tuple[str, None, str]:
    code, message = worded(fault)
    return code, None, message


def _header(text: str, delimiter: str) -> tuple[str, ...] | None:
    try:
        return tuple(cell.strip(BLANKS) for cell in split(text, delimiter))
    except (BrokenQuote, StillOpen):
        return None


def _found_delimiter(number: int, text: str, terms: Terms) -> str:
    """The one that yields known columns. Raises Unusable if none does, or several do."""
    found = []
    for delimiter in DELIMITERS:
        columns = _header(text, delimiter) or ()
        known = [each for each in columns if terms.sheet.has(each)]
        if len(columns) > 1 and known:
            found.append(delimiter)
    if len(found) == 1:
        return found[0]
    only = _header(text, DELIMITERS[0])
    if not found and only is not None and len(only) == 1 and terms.sheet.has(only[0]):
        return DELIMITERS[0]
    message = "the first line does not tell the delimiter, or names no column; declare delimiter="
    raise Unusable(Fault(number, None, "delimiter", shortened(text), message))


def csv_rows(
    file: IO[bytes], layout: Layout, terms: Terms, start: Place | None = None
) -> Iterator[Row]:
    """The rows from that place on, by default all of them."""
    start = start or layout.begin
    file.seek(start.position)
    lines = Lines(file, terms.options.encoding, position=start.position, number=start.line)
    ignored = terms.options.ignore
    width = len(layout.columns)
    for record in records(lines, layout.delimiter):
        after = Place(record.end, record.last)
        fault = None
        if record.fault is not None:
            code, message = record.fault
            fault = Fault(record.line, None, code, shortened(record.text), message)
        elif len(record.cells) != width:
            message = f"has {len(record.cells)} cells; the first line has {width}"
            fault = Fault(record.line, None, "cells", shortened(record.text), message)
        if fault is not None:
            yield Row(record.line, after, record.text, None, fault)
            continue
        cells = {
            column: text_of(cell)
            for column, cell in zip(layout.columns, record.cells, strict=True)
            if column not in ignored
        }
        yield row_of(record.line, after, record.text, cells, terms)


def first_cells(file: IO[bytes], layout: Layout, terms: Terms) -> dict[str, str]:
    """The cells of the first row that has some."""
    file.seek(layout.begin.position)
    lines = Lines(
        file, terms.options.encoding, position=layout.begin.position, number=layout.begin.line
    )
    for record in records(lines, layout.delimiter):
        if record.fault is None and len(record.cells) == len(layout.columns):
            return dict(zip(layout.columns, map(text_of, record.cells), strict=True))
    return {}


def json_rows(file: IO[bytes], terms: Terms, start: Place | None = None) -> Iterator[Row]:
    """The rows of JSON Lines from that place on. `kind` may name the kind of a row."""
    start = start or Place()
    file.seek(start.position)
    lines = Lines(file, terms.options.encoding, position=start.position, number=start.line)
    for line in lines:
        if line.fault is None and not line.text.strip():
            continue
        after = Place(line.end, line.number)
        try:
            if line.fault is not None:
                raise Wrong(*worded(line.fault))
            cells, kind = _object(line.text, terms)
        except Wrong as wrong:
            value = shortened(line.text)
            fault = Fault(line.number, wrong.column, wrong.code, value, wrong.message)
            yield Row(line.number, after, line.text, None, fault)
            continue
        yield row_of(line.number, after, line.text, cells, terms._replace(kind=kind))


def _object(text: str, terms: Terms) -> tuple[dict[str, Any], Kind]:
    """The fields of a line, metadata apart, without those that are ignored. Raises Wrong."""
    try:
        found = decode(text)
    except (DecodeError, RecursionError):
        raise Wrong("json", "is not JSON") from None
    if not isinstance(found, dict):
        raise Wrong("json", "is not an object")
    word = found.pop("kind", terms.kind.value)
    if word not in list(Kind):
        raise Wrong("kind", f"must be one of {', '.join(Kind)}", column="kind")
    cells = {name: value for name, value in found.items() if name not in terms.options.ignore}
    metadata = cells.pop("metadata", None)
    if metadata is not None and not isinstance(metadata, dict):
        raise Wrong("metadata", "must be an object", column="metadata")
    for name, value in (metadata or {}).items():
        cells[f"{METADATA}{name}"] = value
    return cells, Kind(word)


def row_of(line: int, after: Place, text: str, cells: Mapping[str, Any], terms: Terms) -> Row:
    """The row that has these cells."""
    try:
        item = read_item(cells, terms) if terms.vendor is None else translated(cells, terms)
    except Wrong as wrong:
        value = _written(cells.get(wrong.column or ""))
        fault = Fault(line, wrong.column, wrong.code, shortened(value), wrong.message)
        return Row(line, after, text, None, fault)
    names = NOTHING if terms.vendor is None else terms.vendor.columns[terms.kind]
    return Row(line, after, text, item, None, cells, names)


def refused_columns(columns: Sequence[str]) -> list[str]:
    """The columns of the file of refused rows: what is wrong, and then the row."""
    return ["line", "column", "code", "message", *columns]
