"""Rows outside the ledger, written in the transaction of a save."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from stampbook.storage.postgres.connections import translated
from stampbook.storage.statements import Statement
from stampbook.storage.store import GIVEN, Beside, BesideConflict
from stampbook.watching.statements import WATCH

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

_PARAMETER: Final = re.compile(r"\$([0-9]+)")

WRITTEN: Final = "/* beside */"
"""The place in the statement `save` for other statements."""

COUNTED: Final = "/* touched */"
"""And that for what they must have touched."""


async def save_beside(connection: "PoolConnectionProxy[Any]", beside: Beside) -> None:
    """The rows go to the server at once: as arrays, or as executions that each answer with the row
    that they touched."""
    sql, rows, types = beside
    if types:
        answer = await translated(connection.execute(_at_once(sql, types), *_columns(rows)))
        touched = int(answer.rpartition(" ")[2])
    else:
        touched = len(await translated(connection.fetchmany(f"{sql} RETURNING 1", rows)))
    if touched != len(rows):
        raise BesideConflict(f"{touched} of {len(rows)} rows were touched: {sql}")


def with_besides(
    save: Statement, arguments: Sequence[object], beside: Sequence[Beside]
) -> tuple[str, list[object]]:
    """The statement `save` with these rows in it, all of which have types, and its arguments.

    One statement needs no transaction around it: one round trip instead of four and more. It fails
    if one of the rows is not written, without saying which part has failed.
    """
    more = [column for each in beside for column in _columns(each.rows)]
    return _whole(save, tuple((each.sql, each.types) for each in beside)), [*arguments, *more]


def _columns(rows: Sequence[Sequence[object]]) -> list[tuple[object, ...]]:
    return list(zip(*rows, strict=True))


@lru_cache(maxsize=64)
def _whole(save: Statement, others: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    parts, counts, first = [""], [""], len(save.names) + 1
    for at, (sql, types) in enumerate(others):
        parts.append(f"beside_{at} AS ({_at_once(sql, types, first)} RETURNING 1)")
        rows = f"cardinality(${first}::{types[0]}[])"
        counts.append(f"(SELECT count(*) FROM beside_{at}) = {rows}")  # noqa: S608 - numbers
        first += len(types)
    whole = save.sql.replace(WRITTEN, ", ".join(parts)).replace(COUNTED, " AND ".join(counts))
    WATCH.know({whole: "save"}, ())
    return whole


@lru_cache(maxsize=64)
def _at_once(sql: str, types: tuple[str, ...], first: int = 1) -> str:
    """A statement of `Beside` for many rows: each parameter is the array of a column, the first one
    being `$first`."""
    arrays = ", ".join(f"${at}::{each}[]" for at, each in enumerate(types, first))
    names = ", ".join(f"p{at}" for at in range(1, len(types) + 1))
    each = _PARAMETER.sub(r"given.p\1", sql)
    return each.replace(GIVEN, f"FROM unnest({arrays}) AS given ({names})")
