"""Answers as tables: CSV for those who ask for `Accept: text/csv`."""

from typing import Any, Final

from stampbook.edge.answers import Answer, HeaderPair
from stampbook.edge.operations import Operation
from stampbook.files.cells import table

VARIES: Final[HeaderPair] = (b"vary", b"accept")

CSV: Final = "text/csv"
OTHERS: Final = ("application/json", "application/*", "*/*")


def prefers_csv(accept: str) -> bool:
    """Whether an `Accept` header wants CSV more than JSON: of equals, the one that comes first."""
    best: dict[bool, tuple[float, int]] = {True: (0.0, 0), False: (0.0, 0)}
    for at, part in enumerate(accept.lower().split(",")):
        kind, *parameters = (each.strip() for each in part.split(";"))
        if kind == CSV or kind in OTHERS:
            weight = _weight(parameters), -at
            best[kind == CSV] = max(best[kind == CSV], weight)
    return best[True][0] > 0 and best[True] > best[False]


def _weight(parameters: list[str]) -> float:
    for each in parameters:
        name, _, value = each.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def csv_answer(operation: Operation, result: Any) -> Answer:
    """The answer as a table; its first line names the columns."""
    assert operation.sheet is not None
    name = operation.path.rpartition("/")[2]
    headers = (
        (b"content-type", b"text/csv; charset=utf-8; header=present"),
        (b"content-disposition", f'attachment; filename="{name}.csv"'.encode()),
        VARIES,
    )
    return Answer(operation.status, table(operation.sheet(result)).encode(), headers)
