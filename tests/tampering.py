"""Changes that are possible only with the database's own tools."""

from __future__ import annotations

from stampbook.domain.model import MAX_SEQUENCE
from stampbook.storage.sqlite.store import SqliteStore
from stampbook.storage.store import Store, Transacting
from stampbook.storage.tables import ROWS


async def edit_journal(store: Store, statement: str, *args: object) -> int:
    """Change rows of the journal, although it refuses changes, and return how many."""
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


async def fill_journal(store: Store, account: int) -> None:
    """Make the account's last row the last one that a journal can have."""
    columns = [name for name in ROWS.columns if name not in ("seq", "state_seq")]
    position = (
        ("", "")
        if isinstance(store, SqliteStore)
        else (", position", ", nextval('journal_position')")
    )
    await store.execute(
        f"""
        INSERT INTO transactions (seq, state_seq, state, {", ".join(columns)}{position[0]})
        SELECT $1, $1, state, {", ".join(columns)}{position[1]} FROM transactions
        WHERE account_id = $2 ORDER BY seq DESC LIMIT 1
        """,
        MAX_SEQUENCE,
        account,
    )


async def _trigger(reading: Transacting) -> str:
    row = await reading.fetch_one(
        "SELECT sql FROM sqlite_master WHERE name = 'transactions_not_edited'"
    )
    assert row is not None
    return str(row["sql"])
