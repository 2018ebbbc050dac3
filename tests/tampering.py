"""Changes that are possible only with the database's own tools."""

from __future__ import annotations

from stampbook.domain.hashing import GENESIS, row_hash, seal_of
from stampbook.domain.model import MAX_SEQUENCE
from stampbook.storage.sqlite.store import SqliteStore
from stampbook.storage.store import Store, Transacting
from stampbook.storage.tables import ROWS

EVERYWHERE = "SET LOCAL citus.propagate_set_commands TO 'local'"
"""What is set for a transaction holds on the nodes of a distributed database, too. To one server
this says nothing."""


async def edit_journal(store: Store, statement: str, *args: object) -> int:
    """Change rows of the journal, although it refuses changes, and return how many."""
    return await _edit(store, "transactions", statement, *args)


async def edit_audit(store: Store, statement: str, *args: object) -> int:
    """The same of the audit log."""
    return await _edit(store, "audit", statement, *args)


async def _edit(store: Store, table: str, statement: str, *args: object) -> int:
    async with store.transaction() as writing:
        if not isinstance(store, SqliteStore):
            await writing.execute(EVERYWHERE)
            await writing.execute("SET LOCAL session_replication_role = replica")
            return await writing.execute(statement, *args)
        names = [f"{table}_not_{what}" for what in ("edited", "deleted")]
        triggers = [await _trigger(writing, name) for name in names]
        for name in names:
            await writing.execute(f"DROP TRIGGER {name}")
        touched = await writing.execute(statement, *args)
        for trigger in triggers:
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


async def _trigger(reading: Transacting, name: str) -> str:
    row = await reading.fetch_one("SELECT sql FROM sqlite_master WHERE name = $1", name)
    assert row is not None
    return str(row["sql"])


async def rewrite_reason(store: Store, account: int, seq: int, reason: str) -> None:
    """Change a row's reason, and compute all hashes of the account from there on: afterwards
    nothing in the database shows it."""
    rows = await store.journal(account, after=0, limit=1_000)
    hashed = rows[seq - 2].hash if seq > 1 else GENESIS
    for row in rows[seq - 1 :]:
        seal = row.seal
        if row.seq == seq:
            seal = seal_of(reason, row.actor, row.metadata)
            assert seal is not None
            await edit_journal(
                store,
                "UPDATE transactions SET reason = $1, texts_digest = $2, salt = $3"
                " WHERE account_id = $4 AND seq = $5",
                reason,
                seal.digest,
                seal.salt,
                account,
                seq,
            )
        hashed = row_hash(hashed, row._replace(seal=seal))
        await edit_journal(
            store,
            "UPDATE transactions SET hash = $1 WHERE account_id = $2 AND seq = $3",
            hashed,
            account,
            row.seq,
        )
