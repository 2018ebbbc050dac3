"""Rows outside the ledger, written in the transaction of a save."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from stampbook.storage.postgres.connections import translated
from stampbook.storage.store import GIVEN, Beside, BesideConflict

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

_PARAMETER: Final = re.compile(r"\$([0-9]+)")


async def save_beside(connection: "PoolConnectionProxy[Any]", beside: Beside) -> None:
    """The rows go to the server at once: as arrays, or as executions that each answer with the row
    that they touched."""
    sql, rows, types = beside
    if types:
        columns = list(zip(*rows, strict=True))
        answer = await translated(connection.execute(_at_once(sql, types), *columns))
        touched = int(answer.rpartition(" ")[2])
    else:
        touched = len(await translated(connection.fetchmany(f"{sql} RETURNING 1", rows)))
    if touched != len(rows):
        raise BesideConflict(f"{touched} of {len(rows)} rows were touched: {sql}")


@lru_cache(maxsize=64)
def _at_once(sql: str, types: tuple[str, ...]) -> str:
    """A statement of `Beside` for many rows: each parameter is the array of a column."""
    arrays = ", ".join(f"${at}::{each}[]" for at, each in enumerate(types, 1))
    names = ", ".join(f"p{at}" for at in range(1, len(types) + 1))
    each = _PARAMETER.sub(r"given.p\1", sql)
    return each.replace(GIVEN, f"FROM unnest({arrays}) AS given ({names})")
