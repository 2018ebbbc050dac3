"""Cells of CSV files, which people open with spreadsheets (docs/decisions/0069)."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet take a cell for a formula, or hides such a character behind a blank."""

_NEGATIVE = re.compile(r"-[0-9]+(\.[0-9]+)?")


def cell(value: object) -> str:
    """The value as a cell that no spreadsheet executes; None is empty.

    A text that begins as a formula does gets an apostrophe in front, and so does one that would
    otherwise look as if it had got it. Numbers stay numbers. `text_of` is the way back.
    """
    text = "" if value is None else str(value)
    if text.lstrip("'").startswith(FORMULA) and not _NEGATIVE.fullmatch(text):
        return f"'{text}"
    return text


def table(lines: Iterable[Sequence[object]]) -> str:
    """The lines as CSV; each ends with CRLF (RFC 4180)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for line in lines:
        writer.writerow([cell(each) for each in line])
    return text.getvalue()


def text_of(cell: str) -> str:
    """The text that the cell was made of."""
    if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA):
        return cell[1:]
    return cell
