"""The rows of `exports`, and the ends of files of imports and exports."""

from typing import Final, NamedTuple

from stampbook.files.importing.sent import among_programs
from stampbook.storage.store import Row, Transacting

KEPT_US: Final = 7 * 86_400 * 1_000_000
"""How long the file of an export can be downloaded."""

MAX_RUNNING: Final = 20
"""Exports of one tenant that run, or wait for their turn."""


MAX_WANTED: Final = 10_000
"""Files that are looked for in the folder at once."""


class Exporting(NamedTuple):
    """A row of `exports`. `since` and `until` bound what was recorded; `at` is the instant that the
    file shows; `progress` is in percent. `file` is there as long as it is kept."""

    export_id: int
    tenant_id: int
    program_id: int
    kind: str
    format: str
    since: int | None
    until: int | None
    status: str
    progress: int
    at: int | None
    bytes: int
    file: str | None
    file_until: int | None
    api_key_id: int | None
    user_id: int | None
    created_at: int
    finished_at: int | None

    def has_file(self, now: int) -> bool:
        """Whether the file can be downloaded."""
        is_kept = self.file_until is not None and self.file_until > now
        return self.status == "done" and self.file is not None and is_kept


_COLUMNS: Final = ", ".join(Exporting._fields)


def _exporting(row: Row) -> Exporting:
    return Exporting._make(row[name] for name in Exporting._fields)


async def create(
    writing: Transacting,
    *,
    tenant: int,
    program: int,
    kind: str,
    form: str,
    since: int | None,
    until: int | None,
    file: str,
    api_key_id: int | None,
    user_id: int | None,
    now: int,
) -> Exporting:
    """A new export. Writes."""
    row = await writing.fetch_one(
        f"""
        INSERT INTO exports (tenant_id, program_id, kind, format, since, until, status, file,
                             api_key_id, user_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'running', $7, $8, $9, $10)
        RETURNING {_COLUMNS}
        """,  # noqa: S608 - columns of our own
        tenant,
        program,
        kind,
        form,
        since,
        until,
        file,
        api_key_id,
        user_id,
        now,
    )
    assert row is not None
    return _exporting(row)


async def get(db: Transacting, number: int, *, tenant: int) -> Exporting | None:
    """The tenant's export of that number."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM exports WHERE export_id = $1 AND tenant_id = $2",  # noqa: S608 - ours
        number,
        tenant,
    )
    return None if row is None else _exporting(row)


async def page(
    db: Transacting,
    *,
    tenant: int,
    programs: frozenset[int] | None,
    program: int | None,
    before: int | None,
    limit: int,
) -> list[Exporting]:
    """The tenant's exports, newest first; with `programs` only those of these."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM exports
        WHERE tenant_id = $1 AND {among_programs(programs)}
          AND program_id = coalesce($2, program_id) AND export_id < coalesce($3, export_id + 1)
        ORDER BY export_id DESC LIMIT $4
        """,  # noqa: S608 - columns of our own, and numbers
        tenant,
        program,
        before,
        limit,
    )
    return [_exporting(row) for row in rows]


async def count_running(db: Transacting, tenant: int) -> int:
    """How many of the tenant's exports run, or wait for their turn."""
    row = await db.fetch_one(
        "SELECT count(*) AS running FROM exports WHERE tenant_id = $1 AND status = 'running'",
        tenant,
    )
    return 0 if row is None else int(row["running"])


async def running(db: Transacting) -> list[Exporting]:
    """The exports that are to be written, oldest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM exports"  # noqa: S608 - columns of our own
        " WHERE status = 'running' AND file IS NOT NULL ORDER BY export_id"
    )
    return [_exporting(row) for row in rows]


async def advance(db: Transacting, export: Exporting, *, progress: int, size: int) -> bool:
    """Note how far the export is; whether it is still wanted. Writes."""
    row = await db.fetch_one(
        """
        UPDATE exports SET progress = $3, bytes = $4
        WHERE export_id = $1 AND tenant_id = $2 AND status = 'running' RETURNING export_id
        """,
        export.export_id,
        export.tenant_id,
        progress,
        size,
    )
    return row is not None


async def end(
    writing: Transacting, export: Exporting, status: str, *, at: int, size: int, now: int
) -> Exporting | None:
    """The export has that status now; None if it is no longer wanted. Writes."""
    row = await writing.fetch_one(
        f"""
        UPDATE exports SET status = $3, progress = $4, at = $5, bytes = $6, finished_at = $7,
               file_until = $8
        WHERE export_id = $1 AND tenant_id = $2 AND status = 'running' RETURNING {_COLUMNS}
        """,  # noqa: S608 - columns of our own
        export.export_id,
        export.tenant_id,
        status,
        100 if status == "done" else 0,
        at,
        size,
        now,
        now + KEPT_US if status == "done" else now,
    )
    return None if row is None else _exporting(row)


# -- the ends of files ---------------------------------------------------------------------

TABLES: Final = {"imports": "import_id", "exports": "export_id"}
"""Tables whose rows name files, with their keys."""


async def forget(writing: Transacting, *, tenant: int, program: int, now: int) -> None:
    """Let all files go that may name a person of the program, but for those of imports that run:
    they go when these end. Exports that run fail. Writes."""
    await writing.execute(
        """
        UPDATE imports SET file_until = $3
        WHERE tenant_id = $1 AND program_id = $2 AND file IS NOT NULL AND status <> 'running'
        """,
        tenant,
        program,
        now,
    )
    await writing.execute(
        """
        UPDATE exports SET file_until = $3, finished_at = coalesce(finished_at, $3),
               status = CASE status WHEN 'running' THEN 'failed' ELSE status END
        WHERE tenant_id = $1 AND program_id = $2 AND file IS NOT NULL
        """,
        tenant,
        program,
        now,
    )


async def past(db: Transacting, table: str, *, now: int, limit: int) -> list[tuple[int, str]]:
    """Files that are no longer wanted, with the numbers of the rows in the table."""
    rows = await db.fetch(
        f"SELECT {TABLES[table]} AS number, file FROM {table}"  # noqa: S608 - names of our own
        " WHERE file IS NOT NULL AND status <> 'running' AND file_until <= $1"
        " ORDER BY file_until LIMIT $2",
        now,
        limit,
    )
    return [(row["number"], row["file"]) for row in rows]


async def drop(writing: Transacting, table: str, number: int, file: str) -> None:
    """The row names its file no longer: it was removed. Writes."""
    await writing.execute(
        f"UPDATE {table} SET file = NULL"  # noqa: S608 - names of our own
        f" WHERE {TABLES[table]} = $1 AND file = $2",
        number,
        file,
    )


async def wanted(db: Transacting, *, now: int) -> list[str]:
    """The files of all imports and exports that are under way, or that are kept until later; at
    most MAX_WANTED of each."""
    found: list[str] = []
    for table in TABLES:
        rows = await db.fetch(
            f"SELECT file FROM {table} WHERE file IS NOT NULL"  # noqa: S608 - names of our own
            f" AND (status = 'running' OR file_until > $1) LIMIT {MAX_WANTED}",
            now,
        )
        found.extend(row["file"] for row in rows)
    return found


async def is_named(db: Transacting, file: str) -> bool:
    """Whether a row names the file."""
    row = await db.fetch_one(
        "SELECT 1 AS found FROM imports WHERE file = $1"
        " UNION SELECT 1 AS found FROM exports WHERE file = $1",
        file,
    )
    return row is not None
