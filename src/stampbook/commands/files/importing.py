"""`import`: members, lots, balances or transactions from a file."""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from stampbook.commands.deployment import in_force
from stampbook.commands.files.beside import written_beside
from stampbook.commands.terminal import (
    DatabaseOption,
    No,
    WrongUse,
    command,
    note,
    run,
    say,
)
from stampbook.settings import Settings

if TYPE_CHECKING:
    from stampbook.files.importing.progress import Import
    from stampbook.files.importing.refused import RefusedFile
    from stampbook.files.importing.running import Declared, Report, Running
    from stampbook.files.reading.columns import Kind
    from stampbook.ledger.engine import Ledger

STDIN = "-"
SHOWN = 10
"""Refused rows that are printed; `--refused` and `--json` have more."""

AT_ONCE = 500
"""Refused rows that are read at once."""

CACHED = 4_000
"""Accounts that are kept in memory. A file goes through all of its accounts once, or comes back to
them in any order: a server's cache would be filled with what is not asked for again."""


@command
def import_file(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file; - reads standard input.")],
    program: Annotated[str, typer.Option("--program", metavar="ID", help="Into it (prg_…).")],
    kind: Annotated[
        str,
        typer.Option("--kind", help="What rows are: members, lots, balances or transactions."),
    ],
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="csv, jsonl, altcraft, voucherify or altegio; jsonl by the name of the file.",
        ),
    ] = None,
    source: Annotated[
        str, typer.Option("--source", help="Where rows come from: their ids are unique in it.")
    ] = "default",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Judge every row and write nothing.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Write nothing if any row is refused.")
    ] = False,
    allow_negative: Annotated[
        bool, typer.Option("--allow-negative", help="Balances below zero become deficits.")
    ] = False,
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", help="comma, semicolon, tab or pipe.")
    ] = None,
    decimal: Annotated[
        str | None, typer.Option("--decimal", help="What amounts have: comma or point.")
    ] = None,
    grouping: Annotated[
        str | None,
        typer.Option("--grouping", help="Between groups of digits: blank, nbsp or apostrophe."),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="The encoding, if it is not UTF-8: cp1251.")
    ] = None,
    date_format: Annotated[
        str | None, typer.Option("--date-format", help="Of all dates, as strptime has it: %d.%m.%Y")
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="COLUMN,…", help="Columns that are not read."),
    ] = None,
    refused: Annotated[
        Path | None,
        typer.Option("--refused", metavar="FILE", help="Write the rows that were refused there."),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write the report there."),
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Import a file, each row once: the same command goes on where an interrupted one was.

    The status is 1 if rows were refused (the others are in), and 2 if the file cannot be read as
    declared (nothing is in).
    """
    from stampbook.dialects.native import ids
    from stampbook.files.importing.running import Declared
    from stampbook.files.reading.faults import Unusable
    from stampbook.files.reading.options import options

    number = ids.read(ids.PROGRAM, program)
    if number is None:
        raise WrongUse(f"--program {program} is not the id of a program, such as prg_1")
    settings = in_force(database_url=database).settings
    try:
        declared = Declared(
            kind=_kind(kind),
            format=_format(format, file),
            source=_source(source),
            options=options(
                encoding=encoding,
                delimiter=delimiter,
                decimal=decimal,
                grouping=grouping,
                date_format=date_format,
                ignore=frozenset(name for each in ignore or () for name in each.split(",")),
            ),
            strict=strict,
            allow_negative=allow_negative,
            dry_run=dry_run,
        )
        with _opened(file) as content:
            report, scales = run(_import(settings, number, content, declared, refused))
    except Unusable as unusable:
        fault = unusable.fault
        where = f"{file}, line {fault.line}: " if fault.line else ""
        raise WrongUse(f"{where}{fault.message}. Nothing was imported") from None
    _tell(report, scales, json_file)


def _kind(word: str) -> "Kind":
    from stampbook.files.reading.columns import Kind

    try:
        return Kind(word)
    except ValueError:
        raise WrongUse(f"--kind {word} is none of {', '.join(Kind)}") from None


def _format(word: str | None, file: str) -> str:
    from stampbook.files.vendors.table import FORMATS

    if word is None:
        return "jsonl" if file.endswith(".jsonl") else "csv"
    if word not in FORMATS:
        raise WrongUse(f"--format {word} is none of {', '.join(FORMATS)}")
    return word


def _source(word: str) -> str:
    from stampbook.files.importing.identity import MAX_SOURCE

    if not word or len(word) > MAX_SOURCE or not word.isprintable() or ":" in word:
        raise WrongUse(f"--source must have 1 to {MAX_SOURCE} characters, and no colon")
    return word


@contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    """The file; what comes through a pipe is kept in one, because it is read twice."""
    if file != STDIN:
        with Path(file).open("rb") as content:
            yield content
        return
    with tempfile.TemporaryFile() as content:
        shutil.copyfileobj(sys.stdin.buffer, content)
        yield content


async def _import(
    settings: Settings,
    program: int,
    content: IO[bytes],
    declared: "Declared",
    refused: Path | None,
) -> "tuple[Report, Mapping[str, int]]":
    from stampbook.dialects.native.wire.imports import import_document
    from stampbook.files.importing.running import Overtaken, Running
    from stampbook.files.importing.unit import Busy
    from stampbook.programs import programs
    from stampbook.programs.tenants import DEFAULT_TENANT
    from stampbook.wiring import running_ledger, settle_memory

    async with running_ledger(settings, cached=CACHED) as ledger:
        settle_memory()
        found = await programs.get(ledger.store, program, tenant=DEFAULT_TENANT)
        if found is None:
            raise WrongUse(f"there is no program prg_{program:x}. Name another one")
        with _progress() as advance:
            running = Running(
                ledger, found, content, declared, tell=import_document, on_unit=advance
            )
            await running.open()
            try:
                with _refused_file(refused, running) as listed:
                    report = await running.run()
                    if listed is not None and report.run.import_id:
                        await _list_refused(ledger, report.run, listed)
            except Overtaken:
                raise No(
                    "another process has gone on with this import, or has stopped it"
                ) from None
            except Busy:
                raise No("others keep changing these accounts; run the command again") from None
    return report, running.scales


@contextmanager
def _progress() -> "Iterator[Callable[[Import], None]]":
    """A bar on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("rows", total=None)

        def advance(run: "Import") -> None:
            bar.update(task, total=run.bytes, completed=run.position)

        yield advance


@contextmanager
def _refused_file(place: Path | None, running: "Running") -> "Iterator[RefusedFile | None]":
    """The file of refused rows, which appears when it is whole."""
    from stampbook.files.importing.refused import RefusedFile

    if place is None:
        yield None
        return
    with written_beside(place) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        listed = RefusedFile(file, running.layout)
        running.on_refused = listed.write
        yield listed


async def _list_refused(ledger: "Ledger", run: "Import", listed: "RefusedFile") -> None:
    from stampbook.files.importing.progress import refusals

    after = -1
    while page := await refusals(
        ledger.store, run.import_id, tenant=run.tenant_id, after=after, limit=AT_ONCE
    ):
        for each in page:
            listed.write(each)
        after = page[-1].fault.line


def _tell(report: "Report", scales: Mapping[str, int], json_file: Path | None) -> None:
    """Print what has become of the rows, and write the report."""
    from msgspec import to_builtins

    from stampbook.dialects.native.wire.imports import import_shape

    shape = import_shape(report.run, report.refused, scales)
    if json_file is not None:
        text = json.dumps(to_builtins(shape), ensure_ascii=False, indent=2)
        with written_beside(json_file) as beside:
            beside.write_text(f"{text}\n", encoding="utf-8")
    totals = ", ".join(f"{amount} {code}" for code, amount in shape.totals.items())
    nothing = report.run.dry_run or report.run.status == "failed"
    would = "would be " if report.run.dry_run else ""
    say(
        f"{shape.rows} rows: {shape.created} {would}new{f' ({totals})' if totals else ''},"
        f" {shape.unchanged} unchanged, {shape.refused} refused"
    )
    for each in (shape.errors or ())[:SHOWN]:
        column = f", {each.column}" if each.column else ""
        note(f"line {each.line}{column}: {each.message} ({each.code})")
    if shape.refused > SHOWN:
        note(f"and {shape.refused - SHOWN} more; --refused FILE writes all of them to a file")
    if shape.refused:
        raise No("rows were refused; " + ("nothing is in" if nothing else "all others are in"))
