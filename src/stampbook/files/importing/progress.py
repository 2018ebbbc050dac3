"""How far an import has come: the row of `imports`, and what it says of the rows that were read."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec.json import decode, encode

from stampbook.files.reading.faults import Fault
from stampbook.files.reading.reader import Place
from stampbook.programs import auditing
from stampbook.storage.store import Beside, Row, Transacting


class Import(NamedTuple):
    """A row of `imports`. `declared` is what the sender said about the file; `totals` is what was
    created, in smallest units by the code of the currency.

    `file` is the name of a file that was sent to a server, as long as it is kept, and `file_until`
    when it goes; `layout` are the delimiter and the columns of one of CSV. `judged`: a strict
    import was tried wholly, and nothing was refused. `named_upto` is a place in the file:
    all rows before it have ids of their own.
    """

    import_id: int
    tenant_id: int
    program_id: int
    kind: str
    declared: Mapping[str, Any]
    status: str
    dry_run: bool
    bytes: int
    position: int
    line: int
    rows_read: int
    created: int
    unchanged: int
    refused: int
    totals: Mapping[str, int]
    resumed: int
    started_at: int
    finished_at: int | None
    file: str | None = None
    file_until: int | None = None
    layout: tuple[str, Sequence[str]] | None = None
    judged: bool = False
    api_key_id: int | None = None
    user_id: int | None = None
    named_upto: int = 0

    @property
    def place(self) -> Place:
        return Place(self.position, self.line)


class Refused(NamedTuple):
    """A row that was refused, as it was sent."""

    fault: Fault
    content: str


class Tally(NamedTuple):
    """What became of the rows of one unit. `totals` is by the code of the currency."""

    rows: int
    created: int
    unchanged: int
    refused: Sequence[Refused]
    totals: Mapping[str, int]


def added(running: Import, tally: Tally, after: Place, *, named: bool = False) -> Import:
    """The import after one more unit; `named`: its rows have ids of their own."""
    totals = dict(running.totals)
    for code, amount in tally.totals.items():
        totals[code] = totals.get(code, 0) + amount
    is_named = named and running.named_upto == running.position
    return running._replace(
        named_upto=after.position if is_named else running.named_upto,
        position=after.position,
        line=after.line,
        rows_read=running.rows_read + tally.rows,
        created=running.created + tally.created,
        unchanged=running.unchanged + tally.unchanged,
        refused=running.refused + len(tally.refused),
        totals=totals,
    )


ADVANCE: Final = """
    UPDATE imports SET position = $3, line = $4, rows_read = $5, created = $6, unchanged = $7,
           refused = $8, totals = $9, named_upto = $11
    WHERE import_id = $1 AND tenant_id = $10 AND position = $2 AND status = 'running'
"""
"""Nobody else has gone on with it, and nobody has stopped it."""

REFUSE: Final = """
    INSERT INTO import_refusals
        (import_id, line, column_name, code, value, message, content, number)
    VALUES ($1, $2, $3, $4, $5, $6, $7, (
        SELECT coalesce(max(number), 0) + 1 FROM import_refusals
        WHERE import_id = $1 AND line = $2))
"""


def steps(before: Import, after: Import, tally: Tally) -> tuple[Beside, ...]:
    """What is written with the rows of a unit."""
    number = before.import_id
    advance = (
        number, before.position, after.position, after.line, after.rows_read, after.created,
        after.unchanged, after.refused, encode(after.totals).decode(), before.tenant_id,
        after.named_upto,
    )  # fmt: skip
    refused = [
        (
            number,
            each.fault.line,
            each.fault.column,
            each.fault.code,
            each.fault.value,
            each.fault.message,
            each.content.replace("\0", "\N{REPLACEMENT CHARACTER}"),
        )
        for each in tally.refused
    ]
    found = [Beside(ADVANCE, [advance])]
    return (*found, Beside(REFUSE, refused)) if refused else tuple(found)


COLUMNS: Final = ", ".join(Import._fields)


def import_of(row: Row) -> Import:
    values = {name: row[name] for name in Import._fields}
    values["declared"], values["totals"] = decode(row["declared"]), decode(row["totals"])
    values["layout"] = None if row["layout"] is None else decode(row["layout"])
    values["dry_run"], values["judged"] = bool(row["dry_run"]), bool(row["judged"])
    if row["status"] == "failed" and values["declared"]["strict"] and not values["judged"]:
        # What was tried is not written. The row keeps it: its counts add up to the rows read.
        values["created"], values["totals"] = 0, {}
    return Import(**values)


async def begin(
    writing: Transacting,
    *,
    tenant: int,
    program: int,
    kind: str,
    declared: Mapping[str, Any],
    digest: bytes,
    size: int,
    dry_run: bool,
    now: int,
    file: str | None = None,
    api_key_id: int | None = None,
    user_id: int | None = None,
) -> Import:
    """A new import. Writes."""
    row = await writing.fetch_one(
        f"""
        INSERT INTO imports (tenant_id, program_id, kind, declared, digest, status, dry_run, bytes,
                             started_at, file, api_key_id, user_id)
        VALUES ($1, $2, $3, $4, $5, 'running', $6, $7, $8, $9, $10, $11)
        RETURNING {COLUMNS}
        """,  # noqa: S608 - columns of our own
        tenant,
        program,
        kind,
        encode(declared).decode(),
        digest,
        int(dry_run),
        size,
        now,
        file,
        api_key_id,
        user_id,
    )
    assert row is not None
    return import_of(row)


async def interrupted(writing: Transacting, *, program: int, digest: bytes) -> Import | None:
    """The import of this very file that is not at its end; it is counted as resumed. Those that
    were sent to a server are the server's. Writes."""
    row = await writing.fetch_one(
        f"""
        UPDATE imports SET resumed = resumed + 1, status = 'running'
        WHERE import_id = (
            SELECT max(import_id) FROM imports
            WHERE program_id = $1 AND digest = $2 AND status IN ('running', 'stopped')
              AND dry_run = 0 AND file IS NULL)
          AND program_id = $1
        RETURNING {COLUMNS}
        """,  # noqa: S608 - columns of our own
        program,
        digest,
    )
    return None if row is None else import_of(row)


async def end(
    writing: Transacting, running: Import, status: str, *, now: int, keep_us: int = 0
) -> Import | None:
    """The import has that status now, and its file goes after `keep_us`; None if somebody has
    stopped it. Writes."""
    row = await writing.fetch_one(
        f"""
        UPDATE imports SET status = $3, finished_at = $4, file_until = $5
        WHERE import_id = $1 AND tenant_id = $2 AND status = 'running' RETURNING {COLUMNS}
        """,  # noqa: S608 - columns of our own
        running.import_id,
        running.tenant_id,
        status,
        now,
        now + keep_us,
    )
    return None if row is None else import_of(row)


async def refusals(
    db: Transacting, number: int, *, tenant: int, after: int | None = None, limit: int
) -> list[Refused]:
    """The first refused rows of the tenant's import. With `after` those of the lines after it, and
    of the last of them all that it has: a line of JSON can have many rows."""
    found = await db.fetch(
        f"{_REFUSED} AND r.line > $3 ORDER BY r.line, r.number LIMIT $4",
        number,
        tenant,
        -1 if after is None else after,
        limit,
    )
    if after is not None and len(found) == limit:
        last = found[-1]
        found += await db.fetch(
            f"{_REFUSED} AND r.line = $3 AND r.number > $4 ORDER BY r.number",
            number,
            tenant,
            last["line"],
            last["number"],
        )
    return [
        Refused(
            Fault(row["line"], row["column_name"], row["code"], row["value"], row["message"]),
            row["content"],
        )
        for row in found
    ]


_REFUSED: Final = """
    SELECT r.line, r.number, r.column_name, r.code, r.value, r.message, r.content
    FROM imports i JOIN import_refusals r ON r.import_id = i.import_id
    WHERE i.import_id = $1 AND i.tenant_id = $2
"""


async def record(writing: Transacting, run: Import, action: str, *, now: int) -> None:
    """The row of the audit log for an act on an import. Writes."""
    told = ("kind", "dry_run", "bytes", "created", "refused")
    await auditing.record(
        writing,
        tenant=run.tenant_id,
        action=action,
        now=now,
        entity=f"imp_{run.import_id:x}",
        program=run.program_id,
        changes={name: {"before": None, "after": getattr(run, name)} for name in told},
    )
