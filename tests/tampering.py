"""What only somebody with the database's own tools can do."""

from __future__ import annotations

from stampbook.storage.sqlite import SqliteStore
from stampbook.storage.store import Store, Transacting


async def edit_journal(store: Store, statement: str, *args: object) -> int:
    """Change rows of the journal, which refuses it; how many. It refuses it again afterwards."""
    async with store.transaction() as writing:
        if not isinstance(store, SqliteStore):
            await writing.execute(
                "ALTER TABLE transactions DISABLE TRIGGER transactions_append_only"
            )
            touched = await writing.execute(statement, *args)
            await writing.execute(
                "ALTER TABLE transactions ENABLE TRIGGER transactions_append_only"
            )
            return touched
        trigger = await _trigger(writing)
        await writing.execute("DROP TRIGGER transactions_not_edited")
        touched = await writing.execute(statement, *args)
        await writing.execute(trigger)
        return touched


async def _trigger(reading: Transacting) -> str:
    row = await reading.fetch_one(
        "SELECT sql FROM sqlite_master WHERE name = 'transactions_not_edited'"
    )
    assert row is not None
    return str(row["sql"])
