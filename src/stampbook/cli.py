"""The command line. `stampbook COMMAND --help` describes each command.

Commands import most modules only when they run, so that each starts fast.
"""

import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

import typer

from stampbook import __version__
from stampbook.commands import (
    auditing,
    backing_up,
    benchmarking,
    demo,
    diagnosing,
    explaining,
    inspecting,
    keys,
    members,
    migrating,
    rebuilding,
    serving,
    users,
    verifying,
    webhooks,
)
from stampbook.commands.files import exporting, importing
from stampbook.commands.terminal import NO, WRONG_USE, complain, note

OTHERS = 0o077
"""The rights of other users of the machine, which new files and folders do not have."""

app = typer.Typer(
    name="stampbook",
    help="A loyalty points engine with the APIs of several loyalty vendors.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(serving.serve)
app.command()(demo.demo)
app.command()(serving.worker)
app.command()(migrating.migrate)
app.command()(verifying.verify)
app.command()(rebuilding.rebuild)
app.command()(auditing.audit)
app.command()(auditing.anchor)
app.command()(benchmarking.bench)
app.command()(backing_up.backup)
app.command()(backing_up.restore)
app.command()(diagnosing.doctor)
app.command()(inspecting.settings)
app.command()(explaining.explain)
app.command("import")(importing.import_file)
app.command("export")(exporting.export_file)
app.add_typer(keys.app, name="keys", help="API keys.")
app.add_typer(members.app, name="members", help="Members: people in programs.")
app.add_typer(users.app, name="users", help="People who log in.")
app.add_typer(webhooks.app, name="webhooks", help="Addresses that events are sent to.")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"stampbook {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Options of the command line itself."""


@cache
def program() -> Callable[..., Any]:
    """The command line with all commands, ready to be run in this process."""
    return typer.main.get_command(app)


def main() -> None:
    """The entry point of the `stampbook` program. Errors of use are printed as one line.

    Whatever a command writes is its owner's alone: databases and lists of people are among it.
    """
    os.umask(OTHERS)
    try:
        status = program()(standalone_mode=False)
    except typer.Abort:
        note("stampbook: aborted")
        status = NO
    except Exception as error:
        # Its class is private to the library, and has moved between versions.
        worded = getattr(error, "format_message", None)
        if worded is None:
            raise
        status = _refused(worded(), getattr(error, "ctx", None))
    sys.exit(status)


def _refused(complaint: str, context: Any) -> int:
    """Print the complaint in one line, unless a page of help has been printed instead."""
    if complaint:
        page = "stampbook" if context is None else context.command_path
        complain(complaint.rstrip(".").replace(". ", "; "), page=page)
    return WRONG_USE
