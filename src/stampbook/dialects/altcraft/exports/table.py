"""The rows of an export: the tasks, who works on them, and the parts that are written."""

from typing import NamedTuple

from stampbook.storage.store import Row, Store, Transacting, UniqueViolation

CLAIM_US = 60_000_000
"""How long a claim lasts without a new part. A part takes well under a second."""

KEPT_US = 7 * 86_400 * 1_000_000
"""How long a finished export can be fetched."""

MAX_PENDING = 20
"""Exports of one tenant that may be under way."""

PENDING, DONE, FAILED = "pending", "done", "failed"


class Export(NamedTuple):
    """A row of `altcraft_exports`. `position`: the last transaction number looked at."""

    export_id: int
    task: str
    download_key: str
    tenant_id: int
    api_key_id: int
    program_id: int
    currency_id: int
    date_from: int
    date_to: int
    status: str
    position: int
    parts: int
    lines: int
    created_at: int


class NewExport(NamedTuple):
    """What is asked for. `position`: the export begins after that transaction."""

    task: str
    download_key: str
    tenant_id: int
    api_key_id: int
    program_id: int
    currency_id: int
    date_from: int
    date_to: int
    position: int
    created_at: int


def _export(row: Row) -> Export:
    return Export._make(row[column] for column in Export._fields)


async def create(writing: Transacting, new: NewExport) -> None:
    """A new task. Writes."""
    await writing.execute(
        """
        INSERT INTO altcraft_exports (task, download_key, tenant_id, api_key_id, program_id,
            currency_id, date_from, date_to, position, created_at, status)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'pending')
        """,
        *new,
    )


async def count_pending(db: Transacting, tenant: int) -> int:
    """How many of the tenant's tasks are under way."""
    row = await db.fetch_one(
        "SELECT count(*) AS pending FROM altcraft_exports WHERE tenant_id = $1 AND status = $2",
        tenant,
        PENDING,
    )
    return 0 if row is None else int(row["pending"])


async def by_task(db: Transacting, task: str, *, tenant: int) -> Export | None:
    """The tenant's task of that name."""
    row = await db.fetch_one(
        """
        SELECT export_id, task, download_key, tenant_id, api_key_id, program_id, currency_id,
               date_from, date_to, status, position, parts, lines, created_at
        FROM altcraft_exports WHERE task = $1 AND tenant_id = $2
        """,
        task,
        tenant,
    )
    return None if row is None else _export(row)


async def by_download_key(db: Transacting, download_key: str, *, since: int) -> Export | None:
    """The finished task of that download key, if it is young enough and the API key that asked
    for it has not been revoked."""
    row = await db.fetch_one(
        """
        SELECT e.export_id, e.task, e.download_key, e.tenant_id, e.api_key_id, e.program_id,
               e.currency_id, e.date_from, e.date_to, e.status, e.position, e.parts, e.lines,
               e.created_at
        FROM altcraft_exports e JOIN api_keys k ON k.api_key_id = e.api_key_id
        WHERE e.download_key = $1 AND e.status = 'done' AND e.created_at >= $2
          AND k.revoked_at IS NULL
        """,
        download_key,
        since,
    )
    return None if row is None else _export(row)


async def claim(store: Store, task: str, *, now: int) -> Export | None:
    """Take the task, unless it is finished or another one is at work on it."""
    async with store.transaction() as writing:
        row = await writing.fetch_one(
            """
            UPDATE altcraft_exports SET claimed_until = $2
            WHERE task = $1 AND status = 'pending' AND claimed_until < $3
            RETURNING export_id, task, download_key, tenant_id, api_key_id, program_id,
                      currency_id, date_from, date_to, status, position, parts, lines, created_at
            """,
            task,
            now + CLAIM_US,
            now,
        )
    return None if row is None else _export(row)


async def add_part(
    store: Store, export: Export, content: str, *, lines: int, position: int, now: int
) -> Export | None:
    """Write the next part and how far it goes, in one commit; None if another one has."""
    try:
        async with store.transaction() as writing:
            await writing.execute(
                """
                INSERT INTO altcraft_export_parts (export_id, part, content) VALUES ($1, $2, $3)
                """,
                export.export_id,
                export.parts,
                content,
            )
            await writing.execute(
                """
                UPDATE altcraft_exports
                SET parts = parts + 1, lines = lines + $2, position = $3, claimed_until = $4
                WHERE export_id = $1
                """,
                export.export_id,
                lines,
                position,
                now + CLAIM_US,
            )
    except UniqueViolation:
        return None
    return export._replace(parts=export.parts + 1, lines=export.lines + lines, position=position)


async def finish(store: Store, export: Export, status: str) -> None:
    """The task is done, or has failed for good."""
    await store.execute(
        "UPDATE altcraft_exports SET status = $2, claimed_until = 0 WHERE export_id = $1",
        export.export_id,
        status,
    )


async def give_back(store: Store, export: Export) -> None:
    """Let the next one go on with the task at once."""
    await store.execute(
        "UPDATE altcraft_exports SET claimed_until = 0 WHERE export_id = $1", export.export_id
    )


async def part(store: Store, export: Export, number: int) -> str:
    """The text of one part."""
    row = await store.fetch_one(
        "SELECT content FROM altcraft_export_parts WHERE export_id = $1 AND part = $2",
        export.export_id,
        number,
    )
    return "" if row is None else str(row["content"])


async def remove_old(writing: Transacting, *, tenant: int, before: int) -> None:
    """Delete the tenant's exports that nobody can fetch any more. Writes."""
    await writing.execute(
        """
        DELETE FROM altcraft_export_parts WHERE export_id IN (
            SELECT export_id FROM altcraft_exports WHERE tenant_id = $1 AND created_at < $2)
        """,
        tenant,
        before,
    )
    await writing.execute(
        "DELETE FROM altcraft_exports WHERE tenant_id = $1 AND created_at < $2", tenant, before
    )
