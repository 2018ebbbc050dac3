"""How a save is written: by one statement where that can be, else by several in a transaction."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from stampbook.storage.postgres.besides import save_beside, with_besides
from stampbook.storage.postgres.faults import CONFLICTS
from stampbook.storage.statements import Statement
from stampbook.storage.store import Batch

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

Write = Callable[["PoolConnectionProxy[Any]", Batch, list[object]], Awaitable[None]]
"""Writes what a batch writes in its shard."""


async def at_once(
    connection: "PoolConnectionProxy[Any]",
    save: Statement,
    batches: Sequence[Batch],
    arguments: Sequence[list[object]],
) -> bool:
    """Whether the statement `save` has written everything. Otherwise nothing was written: it takes
    several statements, be it to find out whether a row outside the ledger is in the way."""
    batch, values = batches[0], arguments[0]
    if len(batches) > 1:
        return False
    if not batch.beside:
        await connection.execute(save.sql, *values)
        return True
    if not all(each.types for each in batch.beside):
        return False
    sql, values = with_besides(save, values, batch.beside)
    try:
        await connection.execute(sql, *values)
    except CONFLICTS:
        return False
    return True


async def in_order(
    connection: "PoolConnectionProxy[Any]",
    write: Write,
    batches: Sequence[Batch],
    arguments: Sequence[list[object]],
) -> None:
    """Write everything in one transaction: the batches first, then the rows outside the ledger."""
    async with connection.transaction():
        for batch, values in zip(batches, arguments, strict=True):
            await write(connection, batch, values)
        for batch in batches:
            for rows in batch.beside:
                await save_beside(connection, rows)
