"""The file of refused rows: what is wrong with each, and the row as it was sent."""

import csv
from collections.abc import Sequence
from typing import IO, Final

from stampbook.files.cells import cell, text_of
from stampbook.files.importing.progress import Refused
from stampbook.files.reading.reader import Layout
from stampbook.files.reading.records import BrokenQuote, StillOpen, split

WHY: Final = ("line", "column", "code", "message")


class RefusedFile:
    """Writes CSV. The columns of the row follow, or, where it has none, `row` with its text."""

    def __init__(self, file: IO[str], layout: Layout | None) -> None:
        self._layout = layout
        self._writer = csv.writer(file, lineterminator="\n")
        columns: Sequence[str] = ("row",) if layout is None else layout.columns
        self._writer.writerow([*WHY, *columns])

    def write(self, refused: Refused) -> None:
        """Write one row."""
        fault = refused.fault
        why = [fault.line, cell(fault.column), fault.code, cell(fault.message)]
        self._writer.writerow([*why, *(cell(text_of(each)) for each in self._cells(refused))])

    def _cells(self, refused: Refused) -> list[str]:
        if self._layout is None:
            return [refused.content]
        try:
            return split(refused.content, self._layout.delimiter)
        except (BrokenQuote, StillOpen):
            return [refused.content]
