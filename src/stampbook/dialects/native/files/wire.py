"""Exports as the native API describes them. Imports: dialects/native/wire/imports.py."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct, field, to_builtins

from stampbook.dialects import instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.values import Instant
from stampbook.files.exported import Exporting
from stampbook.files.kinds import Exported


class ExportBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is wanted: `from` and `to` bound transactions, postings, orders, events and the audit
    log by when they were recorded. Without `program_id` it is of the only program."""

    kind: Exported
    format: Annotated[str, Meta(max_length=10)] = "csv"
    program_id: Annotated[str, Meta(max_length=40)] | None = None
    from_: Instant | None = field(name="from", default=None)
    to: Instant | None = None


class ExportFile(Struct, frozen=True):
    """An export. `progress` is in percent. `url` is where the file is, from the end of the export
    until `expires_at`; it has no credential in it. `at` is the instant that the file shows."""

    id: str
    program_id: str
    kind: str
    format: str
    from_: Instant | None = field(name="from")
    to: Instant | None
    status: str
    progress: int
    bytes: int
    at: Instant | None
    url: str | None
    created_at: Instant
    finished_at: Instant | None
    expires_at: Instant | None


def export_file(export: Exporting, base: str, *, now: int) -> ExportFile:
    """The export at that instant; `base` is the address of the server."""
    named = ids.write(ids.EXPORT, export.export_id)
    has_file = export.has_file(now)
    return ExportFile(
        id=named,
        program_id=ids.write(ids.PROGRAM, export.program_id),
        kind=export.kind,
        format=export.format,
        from_=_maybe(export.since),
        to=_maybe(export.until),
        status=export.status,
        progress=export.progress,
        bytes=export.bytes,
        at=_maybe(export.at),
        url=f"{base}/v1/exports/{named}/file" if has_file else None,
        created_at=instants.write(export.created_at),
        finished_at=_maybe(export.finished_at),
        expires_at=_maybe(export.file_until) if has_file else None,
    )


def _maybe(instant: int | None) -> str | None:
    return None if instant is None else instants.write(instant)


def export_document(export: Exporting, base: str) -> Mapping[str, Any]:
    """An export that has ended, as JSON has it."""
    now = export.finished_at or export.created_at
    document: Mapping[str, Any] = to_builtins(export_file(export, base, now=now))
    return document
