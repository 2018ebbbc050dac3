"""How every command prints its results and exits.

Exit statuses: 0 for success, 1 if the answer is no, 2 if the command could not run as asked.
Results go to standard output, everything else to standard error, so that `--json` can be piped.
"""

import errno
import json
import os
import sys
import traceback
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextvars import copy_context
from datetime import UTC, datetime
from functools import wraps
from getpass import getuser
from typing import Annotated, Any, Final, ParamSpec, TypeVar

import typer

from stampbook.ledger.origin import Origin, begin
from stampbook.settings import PREFIX, WrongSetting

NO = 1
WRONG_USE = 2

PIPED_WIDTH = 10_000
"""The width of a table that is not printed to a terminal: none of its lines is wrapped."""

NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
"""Errors of a disk, or of a quota, that is full."""

ADVICE: Final[Mapping[int, str]] = {
    **dict.fromkeys(NO_ROOM, "Make room on the disk"),
    errno.EROFS: "Name a place that can be written",
    errno.EACCES: "Give this user the right to it, or name another place",
    errno.EPERM: "Give this user the right to it, or name another place",
    errno.ENOENT: "Name one that exists",
    errno.EEXIST: "Name a new one",
    errno.EISDIR: "Name a file",
}

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="sqlite:PATH or postgresql://…"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class WrongUse(Exception):
    """The command cannot run as asked; the message says what to do instead. Status 2."""


class No(Exception):
    """The answer is no; the message says why. Status 1."""


def command(
    function: Callable[_Parameters, None],
) -> Callable[_Parameters, None]:
    """Turn exceptions that users can do something about into a line and an exit status."""

    @wraps(function)
    def wrapped(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except Exception as error:
            raise typer.Exit(explain(error)) from None

    return wrapped


def explain(error: Exception) -> int:
    """Print a line about the error and return the status. Raises the error if it is a bug.

    The line says what is wrong and what to do: `stampbook: WHAT. DO THIS.` At the log level
    `debug` the traceback follows.
    """
    if isinstance(error, No):
        note(f"stampbook: {error}")
        return NO
    if isinstance(error, OSError) and (error.filename is not None or error.errno in NO_ROOM):
        place = "" if error.filename is None else f"{error.filename}: "
        advice = ADVICE.get(error.errno or 0, "Name another one")
        text = f"{place}{error.strerror}. {advice}"
    elif isinstance(error, WrongUse | WrongSetting) or _is_the_databases(error):
        text = str(error)
    else:
        raise error
    complain(text)
    # The setting itself may be what is wrong, so the variable is read as it is.
    if os.environ.get(f"{PREFIX}LOG_LEVEL", "").lower() == "debug":
        traceback.print_exception(error)
    return WRONG_USE


def complain(text: str, *, page: str = "stampbook") -> None:
    """Print what is wrong and what to do, in one line. A text without advice names a page of help:
    that of the command `page`."""
    line = " ".join(text.split()).rstrip(".")
    if ". " not in line:
        line = f"{line}. See `{page} --help`"
    note(f"stampbook: {line}.")


def _is_the_databases(error: Exception) -> bool:
    """Whether the error means that the database cannot be used as it is."""
    from stampbook.storage.applied import SchemaProblem
    from stampbook.storage.migrating import MigrationFailed
    from stampbook.storage.store import OutcomeUnknown, Unavailable

    return isinstance(error, SchemaProblem | MigrationFailed | Unavailable | OutcomeUnknown)


def say(text: str) -> None:
    """Print a line of the result."""
    typer.echo(text)
    sys.stdout.flush()


def note(text: str) -> None:
    """Print a line that is not part of the result."""
    typer.echo(text, err=True)


def say_json(value: object) -> None:
    """Print the result for programs: one JSON document."""
    say(json.dumps(value, ensure_ascii=False, indent=2))


def say_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print the result for people: a table. If piped, it is as wide as necessary."""
    from rich.console import Console
    from rich.table import Table

    width = None if sys.stdout.isatty() else PIPED_WIDTH
    console = Console(width=width, highlight=False, markup=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def written(instant: int | None) -> str | None:
    """An instant (microseconds UTC) in ISO 8601, to the second. None stays None."""
    if instant is None:
        return None
    moment = datetime.fromtimestamp(instant // 1_000_000, UTC)
    return moment.isoformat().replace("+00:00", "Z")


def system_login() -> str:
    """Who runs this process, by the system; nothing that the environment claims."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):  # no such module, or no such user
        return getuser()


def run(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """Run to the end in a new event loop, that of uvloop if it is installed."""
    return copy_context().run(_run, coroutine)


def _run(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    import asyncio

    begin(Origin(login=system_login()))
    try:
        from uvloop import new_event_loop
    except ImportError:  # uvloop does not exist for every system
        return asyncio.run(coroutine)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(coroutine)
