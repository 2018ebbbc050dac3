"""CSV as RFC 4180 has it: records that may go over several lines.

The module `csv` of the standard library takes a quote inside a cell for an ordinary character, and
swallows the rest of the file after a quote that nothing closes. Here both are faults of one row:
the row that begins at that line is refused, and reading goes on with the next line.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from stampbook.files.reading.lines import Line, Lines

MAX_RECORD_LINES: Final = 100
"""Lines of one record: beyond that, the quote that opens a cell is taken to be a mistake."""


class Record(NamedTuple):
    """The cells of one record, or why it has none: `fault` is a code and a message.

    `line` is where it begins, `last` the line where it ends, `end` the place of the byte after it.
    """

    line: int
    last: int
    end: int
    text: str
    cells: list[str]
    fault: tuple[str, str] | None = None


class BrokenQuote(ValueError):
    """A quote where RFC 4180 allows none."""


class StillOpen(Exception):
    """A quoted cell goes on in the next line."""


def split(text: str, delimiter: str) -> list[str]:
    """The cells of a record. Raises BrokenQuote or StillOpen."""
    if '"' not in text:
        return text.split(delimiter)
    cells, at, end = [], 0, len(text)
    while True:
        if text.startswith('"', at):
            stop = _closing(text, at + 1)
            cells.append(text[at + 1 : stop].replace('""', '"'))
            at = stop + 1
            if at < end and text[at] != delimiter:
                raise BrokenQuote
        else:
            stop = text.find(delimiter, at)
            stop = end if stop < 0 else stop
            cell = text[at:stop]
            if '"' in cell:
                raise BrokenQuote
            cells.append(cell)
            at = stop
        if at >= end:
            return cells
        at += 1


def _closing(text: str, at: int) -> int:
    """Where the quoted cell ends that begins there."""
    while True:
        found = text.find('"', at)
        if found < 0:
            raise StillOpen
        if not text.startswith('"', found + 1):
            return found
        at = found + 2


def records(lines: Lines, delimiter: str) -> Iterator[Record]:
    """The records of what is left of the lines; empty lines between them are none."""
    while (line := lines.next()) is not None:
        if line.fault is None and not line.text.strip():
            continue
        yield _record(lines, line, delimiter)


def _record(lines: Lines, line: Line, delimiter: str) -> Record:
    taken, text = [line], line.text
    while True:
        last = taken[-1]
        if last.fault is not None:
            lines.put_back(taken[1:])
            if len(taken) > 1:
                return _broken(line)
            return Record(line.number, line.number, line.end, line.text, [], worded(last.fault))
        try:
            cells = split(text, delimiter)
        except BrokenQuote:
            break
        except StillOpen:
            more = lines.next() if len(taken) < MAX_RECORD_LINES else None
            if more is None:
                break
            taken.append(more)
            text = f"{text}\n{more.text}"
        else:
            return Record(line.number, last.number, last.end, text, cells)
    lines.put_back(taken[1:])
    return _broken(line)


def _broken(line: Line) -> Record:
    fault = ("broken_quote", "a quote is not closed, or is inside a cell that is not quoted")
    return Record(line.number, line.number, line.end, line.text, [], fault)


def worded(fault: str) -> tuple[str, str]:
    """The code and the message of what is wrong with a line."""
    if fault == "too_long":
        return fault, "the line is too long"
    _, _, byte = fault.partition(":")
    return "encoding", f"byte {byte} of the line cannot be decoded; declare the file's encoding"
