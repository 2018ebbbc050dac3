"""What is wrong with a row, or with a file."""

from typing import NamedTuple

LONGEST_VALUE = 200
"""Characters of a value that a fault repeats."""


class Fault(NamedTuple):
    """Why a row is refused. `line` is the physical line, from 1, where the row begins."""

    line: int
    column: str | None
    code: str
    value: str | None
    message: str


class Wrong(Exception):
    """A value cannot be read; `code` and `message` become those of a Fault."""

    def __init__(self, code: str, message: str, *, column: str | None = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.column = column


class Unusable(Exception):
    """Nothing of the file can be read as it is declared."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def shortened(value: str | None) -> str | None:
    """The value as a fault repeats it."""
    if value is None or len(value) <= LONGEST_VALUE:
        return value
    return f"{value[:LONGEST_VALUE]}…"
