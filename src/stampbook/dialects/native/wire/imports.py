"""Imports as the native API and the command line describe them."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET, Struct, UnsetType, to_builtins

from stampbook.dialects import amounts, instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.values import Instant
from stampbook.files.importing.progress import Import, Refused
from stampbook.files.reading.faults import Fault


class ImportFault(Struct, frozen=True):
    """Why a row was refused. `line` is where it begins, from 1; 0 is what was declared."""

    line: int
    column: str | None
    code: str
    value: str | None
    message: str


class ImportShape(Struct, frozen=True, kw_only=True):
    """An import. `position` of its `bytes` are read. `totals` is what it has added, by the code of
    the currency; `errors` are the first 100 rows that it refused, which a list leaves out;
    `resumed` is how often it went on after an interruption. `id` is null where nothing is kept of
    it. Until `file_expires_at` a dry run can be started, and an import that was stopped resumed;
    null: the file is gone, or goes when the import ends."""

    id: str | None
    kind: str
    status: str
    dry_run: bool
    rows: int
    bytes: int
    position: int
    created: int
    unchanged: int
    refused: int
    totals: Mapping[str, amounts.Written]
    errors: Sequence[ImportFault] | UnsetType = UNSET
    resumed: int
    started_at: Instant
    finished_at: Instant | None
    program_id: str
    format: str
    source: str
    strict: bool
    file_expires_at: Instant | None


def import_shape(
    run: Import, refused: Sequence[Refused] | None, scales: Mapping[str, int]
) -> ImportShape:
    """The import, with the scales of its program's currencies by their codes."""
    return ImportShape(
        id=ids.write(ids.IMPORT, run.import_id) if run.import_id else None,
        kind=run.kind,
        status=run.status,
        dry_run=run.dry_run,
        rows=run.rows_read,
        bytes=run.bytes,
        position=run.position,
        created=run.created,
        unchanged=run.unchanged,
        refused=run.refused,
        totals={code: amounts.write(each, scales[code]) for code, each in run.totals.items()},
        errors=UNSET if refused is None else [import_fault(each.fault) for each in refused],
        resumed=run.resumed,
        started_at=instants.write(run.started_at),
        finished_at=None if run.finished_at is None else instants.write(run.finished_at),
        program_id=ids.write(ids.PROGRAM, run.program_id),
        format=run.declared["format"],
        source=run.declared["source"],
        strict=run.declared["strict"],
        file_expires_at=(
            None
            if run.file is None or run.file_until is None or run.file_until == run.finished_at
            else instants.write(run.file_until)
        ),
    )


def import_document(
    run: Import, refused: Sequence[Refused], scales: Mapping[str, int]
) -> Mapping[str, Any]:
    """The same as JSON has it."""
    document: Mapping[str, Any] = to_builtins(import_shape(run, refused, scales))
    return document


def import_fault(fault: Fault) -> ImportFault:
    """What is wrong with a row."""
    return ImportFault(*fault)
