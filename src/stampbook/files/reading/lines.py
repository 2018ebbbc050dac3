"""The physical lines of a file, with their places, so that an import can go on where it was."""

from collections import deque
from collections.abc import Iterator
from typing import IO, Final, NamedTuple

MAX_LINE: Final = 256 * 1024
"""Bytes of a line; a longer one is read to its end in pieces, and refused."""

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line without its end. `end` is the place in the file of the byte after it.

    `fault` says why `text` is not the line's: `encoding` or `too_long`.
    """

    number: int
    end: int
    text: str
    fault: str | None = None


class Lines:
    """Reads the lines of a binary file from its present place, which is `position`."""

    def __init__(
        self, file: IO[bytes], encoding: str, *, position: int = 0, number: int = 0
    ) -> None:
        self._file = file
        self._encoding = encoding
        self._position = position
        self._number = number
        self._back: deque[Line] = deque()

    def __iter__(self) -> Iterator[Line]:
        while (line := self.next()) is not None:
            yield line

    def next(self) -> Line | None:
        """The next line; None at the end of the file."""
        return self._back.popleft() if self._back else self._read()

    def put_back(self, lines: list[Line]) -> None:
        """Let these lines be read again, before all others."""
        self._back.extendleft(reversed(lines))

    def _read(self) -> Line | None:
        found = self._file.readline(MAX_LINE)
        if not found:
            return None
        size, too_long = len(found), False
        while len(found) == MAX_LINE and not found.endswith(b"\n"):
            more = self._file.readline(MAX_LINE)
            if not more:
                break
            found, too_long = more, True
            size += len(more)
        first = self._position == 0 and self._encoding == "utf-8"
        self._position += size
        self._number += 1
        if too_long:
            return Line(self._number, self._position, "", "too_long")
        if first:
            found = found.removeprefix(BYTE_ORDER_MARK)
        found = found.removesuffix(b"\n").removesuffix(b"\r")
        try:
            return Line(self._number, self._position, found.decode(self._encoding))
        except UnicodeDecodeError as error:
            text = found.decode("ascii", "replace")
            return Line(self._number, self._position, text, f"encoding:{error.start + 1}")
