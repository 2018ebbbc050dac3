"""What operations take: files.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Required

from stampbook_client.models.words import Exported
from stampbook_client.values import Instant, PageParams, WriteOptions


class CreateImportParams(WriteOptions, total=False):
    """Of `imports.create`."""

    kind: Required[str]
    """what the rows are: members, lots, balances, transactions."""
    program_id: str
    """into this program."""
    format: str
    """how the file is written: csv, jsonl, altcraft, voucherify, altegio; csv without it."""
    source: str
    """where the rows come from: their ids are unique in it; default without it."""
    strict: bool
    """true: nothing is written if any row is refused."""
    allow_negative: bool
    """true: a balance below zero becomes a deficit."""
    encoding: str
    """the encoding, unless it is UTF-8: cp1251."""
    delimiter: str
    """comma, semicolon, tab or pipe, unless the first line shows which."""
    decimal: str
    """what amounts have: comma or point."""
    grouping: str
    """between groups of digits: blank, nbsp or apostrophe."""
    date_format: str
    """of all dates, as strptime has it: %d.%m.%Y."""
    ignore: str
    """columns that are not read, separated by commas."""


class ListImportsParams(PageParams, total=False):
    """Of `imports.list`."""

    status: str
    """running, done, stopped or failed: only those."""
    program_id: str
    """only those of this program."""


class CreateExportParams(WriteOptions, total=False):
    """Of `exports.create`."""

    kind: Required[Exported]
    format: str
    """Without it: `"csv"`."""
    program_id: str | None
    from_: Instant | None
    to: Instant | None


class ListExportsParams(PageParams, total=False):
    """Of `exports.list`."""

    program_id: str
    """only those of this program."""
