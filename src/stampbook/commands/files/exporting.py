"""`export`: what a program has, as a file."""

import os
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from stampbook.commands.auditing import read_instant
from stampbook.commands.deployment import in_force
from stampbook.commands.files.beside import written_beside
from stampbook.commands.terminal import (
    NO,
    DatabaseOption,
    JsonOption,
    WrongUse,
    command,
    run,
    say_json,
)
from stampbook.settings import Settings

if TYPE_CHECKING:
    from stampbook.files.kinds import Exported
    from stampbook.programs.programs import Program
    from stampbook.storage.store import Transacting


@command
def export_file(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="members, accounts, lots, transactions, postings, orders, events, audit.",
        ),
    ],
    program: Annotated[
        str | None,
        typer.Option("--program", metavar="ID", help="Of this program (prg_…), if there are more."),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option("--format", help="csv or jsonl; default csv, with --json jsonl."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="Only what was recorded then or later."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Only what was recorded before.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write there, when it is whole."),
    ] = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Export a program, as it is at one instant. `import` reads members, lots and transactions.

    --from and --to apply to all but members, accounts and lots.
    """
    from stampbook.domain.model import FOREVER
    from stampbook.files.kinds import FORMATS, Exported

    form = format or ("jsonl" if as_json else "csv")
    if form not in FORMATS:
        raise WrongUse(f"--format {form} is none of {', '.join(FORMATS)}")
    try:
        wanted = Exported(kind)
    except ValueError:
        raise WrongUse(f"{kind} is none of {', '.join(Exported)}") from None
    bounds = (
        read_instant("--from", since) or 0,
        FOREVER if until is None else read_instant("--to", until) or 0,
    )
    settings = in_force(database_url=database).settings
    if output is None:
        try:
            run(_export(settings, program, wanted, form, bounds, sys.stdout))
        except BrokenPipeError:
            # The reader has seen enough; nothing more must be written at the end of the process.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(NO) from None
        return
    with written_beside(output) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        run(_export(settings, program, wanted, form, bounds, file))
    if as_json:
        say_json({"kind": wanted.value, "format": form, "file": str(output)})


async def _export(
    settings: Settings,
    program: str | None,
    kind: "Exported",
    form: str,
    bounds: tuple[int, int],
    file: IO[str],
) -> None:
    from stampbook.dialects.native.exports.rows import Export
    from stampbook.dialects.native.exports.writing import written
    from stampbook.wiring import running_ledger

    async with running_ledger(settings) as ledger:
        found = await _program(ledger.store, program)
        export = Export(ledger, found, ledger.clock(), *bounds)
        async for piece in written(export, kind, form):
            file.write(piece)
        file.flush()


async def _program(db: "Transacting", wanted: str | None) -> "Program":
    """The program of that id, or the only one."""
    from stampbook.dialects.native import ids
    from stampbook.programs import programs
    from stampbook.programs.tenants import DEFAULT_TENANT

    if wanted is None:
        page = await programs.page(db, tenant=DEFAULT_TENANT, limit=2)
        if len(page) != 1:
            raise WrongUse("there is not exactly one program. Name one with --program")
        return page[0]
    number = ids.read(ids.PROGRAM, wanted)
    found = None if number is None else await programs.get(db, number, tenant=DEFAULT_TENANT)
    if found is None:
        raise WrongUse(f"there is no program {wanted}. Name another one")
    return found
