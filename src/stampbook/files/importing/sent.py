"""Imports whose files were sent to a server: what is done to them beside reading their rows."""

from typing import Final

from msgspec.json import encode

from stampbook.files.importing.progress import COLUMNS, REFUSE, Import, import_of
from stampbook.files.reading.faults import Fault
from stampbook.files.reading.reader import Layout
from stampbook.storage.store import Transacting

KEPT_US: Final = 7 * 86_400 * 1_000_000
"""How long a file is kept that may still be wanted: of a dry run, of an import that was stopped."""

MAX_RUNNING: Final = 20
"""Imports of one tenant that run, or wait for their turn."""


async def get(db: Transacting, number: int, *, tenant: int) -> Import | None:
    """The tenant's import of that number."""
    row = await db.fetch_one(
        f"SELECT {COLUMNS} FROM imports WHERE import_id = $1 AND tenant_id = $2",  # noqa: S608 - ours
        number,
        tenant,
    )
    return None if row is None else import_of(row)


async def page(
    db: Transacting,
    *,
    tenant: int,
    programs: frozenset[int] | None,
    program: int | None,
    status: str | None,
    before: int | None,
    limit: int,
) -> list[Import]:
    """The tenant's imports, newest first; with `programs` only those into these."""
    among = among_programs(programs)
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS} FROM imports
        WHERE tenant_id = $1 AND {among} AND program_id = coalesce($2, program_id)
          AND status = coalesce($3, status) AND import_id < coalesce($4, import_id + 1)
        ORDER BY import_id DESC LIMIT $5
        """,  # noqa: S608 - columns of our own, and numbers
        tenant,
        program,
        status,
        before,
        limit,
    )
    return [import_of(row) for row in rows]


def among_programs(programs: frozenset[int] | None) -> str:
    """The condition on rows that belong to one of the programs."""
    if programs is None:
        return "TRUE"
    return f"program_id IN ({', '.join(map(str, sorted(programs))) or 'NULL'})"


async def count_running(db: Transacting, tenant: int) -> int:
    """How many of the tenant's imports run, or wait for their turn."""
    row = await db.fetch_one(
        """
        SELECT count(*) AS running FROM imports
        WHERE tenant_id = $1 AND status = 'running' AND file IS NOT NULL
        """,
        tenant,
    )
    return 0 if row is None else int(row["running"])


async def running(db: Transacting) -> list[Import]:
    """The next import into each program, of those with files."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS} FROM imports i WHERE status = 'running' AND file IS NOT NULL
          AND NOT EXISTS (
            SELECT 1 FROM imports e WHERE e.program_id = i.program_id AND e.status = 'running'
              AND e.file IS NOT NULL AND e.import_id < i.import_id)
        ORDER BY import_id
        """  # noqa: S608 - columns of our own
    )
    return [import_of(row) for row in rows]


async def set_status(
    writing: Transacting, run: Import, status: str, *, until: int | None
) -> Import | None:
    """Stop the import, or let it go on; None if it is not as it was. Writes."""
    row = await writing.fetch_one(
        f"""
        UPDATE imports SET status = $4, file_until = $5
        WHERE import_id = $1 AND tenant_id = $2 AND status = $3 RETURNING {COLUMNS}
        """,  # noqa: S608 - columns of our own
        run.import_id,
        run.tenant_id,
        run.status,
        status,
        until,
    )
    return None if row is None else import_of(row)


async def take_file(writing: Transacting, run: Import) -> str | None:
    """The file of a dry run, which another import has from now on; None if it is gone. Writes."""
    row = await writing.fetch_one(
        """
        UPDATE imports SET file = NULL, file_until = NULL
        WHERE import_id = $1 AND tenant_id = $2 AND file = $3 RETURNING import_id
        """,
        run.import_id,
        run.tenant_id,
        run.file,
    )
    return None if row is None else run.file


async def set_layout(writing: Transacting, run: Import, layout: Layout | None) -> None:
    """Note what the first line of the file says. Writes."""
    if layout is not None:
        await writing.execute(
            "UPDATE imports SET layout = $3 WHERE import_id = $1 AND tenant_id = $2",
            run.import_id,
            run.tenant_id,
            encode([layout.delimiter, layout.columns]).decode(),
        )


async def digest_of(db: Transacting, run: Import) -> bytes:
    """Of the file, and of what was said about it."""
    row = await db.fetch_one(
        "SELECT digest FROM imports WHERE import_id = $1 AND tenant_id = $2",
        run.import_id,
        run.tenant_id,
    )
    assert row is not None
    return bytes(row["digest"])


async def gone_on(writing: Transacting, run: Import) -> Import | None:
    """The import goes on after an interruption; None if it was stopped. Writes."""
    row = await writing.fetch_one(
        f"""
        UPDATE imports SET resumed = resumed + 1
        WHERE import_id = $1 AND tenant_id = $2 AND status = 'running' RETURNING {COLUMNS}
        """,  # noqa: S608 - columns of our own
        run.import_id,
        run.tenant_id,
    )
    return None if row is None else import_of(row)


async def begin_anew(writing: Transacting, run: Import, *, judged: bool) -> Import | None:
    """Forget what was counted: it was only tried. None if it was stopped. Writes."""
    await writing.execute(
        """
        DELETE FROM import_refusals WHERE import_id IN (
            SELECT import_id FROM imports WHERE import_id = $1 AND tenant_id = $2)
        """,
        run.import_id,
        run.tenant_id,
    )
    row = await writing.fetch_one(
        f"""
        UPDATE imports SET position = 0, line = 0, rows_read = 0, created = 0, unchanged = 0,
               refused = 0, totals = '{{}}', judged = $3, named_upto = 0
        WHERE import_id = $1 AND tenant_id = $2 AND status = 'running' RETURNING {COLUMNS}
        """,  # noqa: S608 - columns of our own
        run.import_id,
        run.tenant_id,
        int(judged),
    )
    return None if row is None else import_of(row)


async def blame(writing: Transacting, run: Import, fault: Fault) -> None:
    """Why nothing of the file can be read. Writes."""
    await writing.execute(REFUSE, run.import_id, *_values(fault))


def _values(fault: Fault) -> tuple[object, ...]:
    return fault.line, fault.column, fault.code, fault.value, fault.message, ""
