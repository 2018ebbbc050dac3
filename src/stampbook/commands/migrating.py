"""`migrate`: migrate the schema, or report whether a migration is pending."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from stampbook.commands.auditing_acts import record_for_all
from stampbook.commands.deployment import in_force
from stampbook.commands.terminal import (
    DatabaseOption,
    JsonOption,
    No,
    command,
    note,
    run,
    say,
    say_json,
)

if TYPE_CHECKING:
    from stampbook.storage.converting import Progress

REPORT_EVERY_S: Final = 2.0


@command
def migrate(
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Change nothing; exit with status 1 if a migration is pending."
        ),
    ] = False,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Migrate the database to the schema of this version, or create the schema.

    `--check` says which migrations servers of the release before can go through. If the command is
    interrupted, run it again: it continues where it stopped.
    """
    from stampbook.storage.migrating import is_empty, migrate, online, pending
    from stampbook.storage.opening import create_database

    settings = in_force(database_url=database).settings
    url = settings.database_url
    names = pending(url)
    if not check and is_empty(url):
        create_database(url, shards=settings.shards)
    elif not check:
        migrate(url, report=_Reporting())
        if names:
            told = {"migrations": {"before": None, "after": names}}
            run(record_for_all(settings, "migration.applied", entity=names[-1], changes=told))
    if as_json:
        say_json({"pending": names, "online": online(url, names)} if check else {"applied": names})
    elif check:
        unstopped = online(url, names)
        for name in names:
            say(f"pending {name} ({'online' if name in unstopped else 'stop all servers first'})")
    else:
        for name in names:
            say(f"applied {name}")
    if check and names:
        raise No(f"{len(names)} migrations are pending: run `stampbook migrate`")
    if not names and not as_json:
        say("the schema is up to date")


class _Reporting:
    """Reports the progress of a conversion, at most every REPORT_EVERY_S seconds."""

    def __init__(self) -> None:
        self._next_s = 0.0

    def __call__(self, progress: "Progress") -> None:
        if progress.seconds < self._next_s and progress.done < progress.total:
            return
        self._next_s = progress.seconds + REPORT_EVERY_S
        rate = progress.since_start / max(progress.seconds, 0.001)
        note(
            f"converted {progress.done:,} of {progress.total:,} transactions, {rate:,.0f} a second"
        )
