"""What the API answers: files.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import Struct, field


class ImportFault(Struct, frozen=True, kw_only=True):
    """Why a row was refused. `line` is where it begins, from 1; 0 is what was declared."""

    line: int
    column: str | None
    code: str
    value: str | None
    message: str


class Import(Struct, frozen=True, kw_only=True):
    """An import. `position` of its `bytes` are read. `totals` is what it has added, by the code of
    the currency; `errors` are the first 100 rows that it refused, which a list leaves out;
    `resumed` is how often it went on after an interruption. `id` is null where nothing is kept
    of it. Until `file_expires_at` a dry run can be started, and an import that was stopped
    resumed; null: the file is gone, or goes when the import ends."""

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
    totals: dict[str, Decimal]
    errors: list[ImportFault] | None = None
    resumed: int
    started_at: datetime
    finished_at: datetime | None
    program_id: str
    format: str
    source: str
    strict: bool
    file_expires_at: datetime | None


class Export(Struct, frozen=True, kw_only=True):
    """An export. `progress` is in percent. `url` is where the file is, from the end of the export
    until `expires_at`; it has no credential in it. `at` is the instant that the file shows."""

    id: str
    program_id: str
    kind: str
    format: str
    from_: datetime | None = field(name="from")
    to: datetime | None
    status: str
    progress: int
    bytes: int
    at: datetime | None
    url: str | None
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
