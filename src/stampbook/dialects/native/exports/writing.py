"""Rows as text: CSV or JSON Lines."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from msgspec.json import encode

from stampbook.dialects.native.exports.holders import METADATA
from stampbook.dialects.native.exports.rows import Export, Row, columns, rows
from stampbook.files.cells import cell
from stampbook.files.kinds import Exported

PIECE: Final = 64 * 1024
"""Characters that are given out at once."""


async def written(export: Export, kind: Exported, form: str) -> AsyncIterator[str]:
    """The file, in pieces. Memory does not grow with it."""
    async with export.ledger.store.snapshot() as db:
        pieces: list[str] = []
        size = 0
        names = await columns(db, export, kind) if form == "csv" else ()
        if form == "csv":
            pieces.append(_line(names))
        async for row in rows(db, export, kind):
            text = _cells(row, names) if form == "csv" else _object(row)
            pieces.append(text)
            size += len(text)
            if size >= PIECE:
                yield "".join(pieces)
                pieces, size = [], 0
        yield "".join(pieces)


def _cells(row: Row, names: Sequence[str]) -> str:
    return _line([_cell(row.get(name)) for name in names])


def _cell(value: Any) -> str:
    if isinstance(value, bool | dict | list):
        return cell(encode(value).decode())
    return cell(value)


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _object(row: Row) -> str:
    """A line of JSON; metadata is an object, and what is not there is left out."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name.startswith(METADATA):
            found.setdefault("metadata", {})[name.removeprefix(METADATA)] = value
        elif value is not None:
            found[name] = value
    return encode(found).decode() + "\n"
