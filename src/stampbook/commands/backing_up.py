"""`backup` and `restore`: copies of the whole database."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stampbook.commands.auditing_acts import record_for_all
from stampbook.commands.deployment import in_force
from stampbook.commands.files.beside import written_beside
from stampbook.commands.terminal import (
    DatabaseOption,
    JsonOption,
    No,
    WrongUse,
    command,
    note,
    run,
    say,
    say_json,
    written,
)
from stampbook.settings import Settings
from stampbook.storage.address import is_postgres, sqlite_path, without_password
from stampbook.storage.store import Unavailable

if TYPE_CHECKING:
    from stampbook.commands.verifying import Found
    from stampbook.storage.backups.manifest import Counted, Manifest

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]
ProgramsOption = Annotated[
    Path | None,
    typer.Option(
        "--programs", metavar="FOLDER", help="The folder of pg_dump and pg_restore (PostgreSQL)."
    ),
]


@command
def backup(
    file: FileArgument,
    programs: ProgramsOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the database to a new file, as it is at one instant, while servers keep running.

    The manifest, by which the copy can be checked, is written beside it: FILE.manifest.json. Only
    the user can read both.
    """
    from stampbook.storage.backups import manifest

    settings = in_force(database_url=database).settings
    place = manifest.place_of(file)
    for each in (file, place):
        if each.exists():
            raise WrongUse(f"{each} exists. Name a new file")
    with _explained(), written_beside(file) as beside:
        schema, counted = _copy(settings.database_url, beside, programs)
        made = manifest.describe(
            beside, _kind(settings.database_url), schema, counted, written(_now()) or ""
        )
        manifest.write(place, made)
    with suppress(Unavailable):  # of a standby, which takes no writes
        run(record_for_all(settings, "backup.created", entity=file.name))
    if as_json:
        say_json(asdict(made))
        return
    say(
        f"backed up {made.rows['accounts']} accounts with {made.rows['transactions']} transactions"
        f" to {file}"
        f" ({made.size} bytes)"
    )


@command
def restore(
    file: FileArgument,
    programs: ProgramsOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Restore a backup into an empty database, and verify it.

    A backup of an older schema is migrated to that of this version. The status is 1 if the backup
    is not what its manifest says, or if the restored database is not sound.
    """
    from stampbook.storage.backups import manifest

    settings = in_force(database_url=database).settings
    with _explained():
        made = manifest.read(file)
        manifest.check(file, made)
        _check_target(settings.database_url, made)
        _restore(file, settings, programs)
        found = run(_compared(settings, made))
    run(record_for_all(settings, "backup.restored", entity=file.name))
    if as_json:
        say_json({**asdict(made), "sound": True})
        return
    from stampbook.commands.verifying import sound

    say(f"restored {file} to {without_password(settings.database_url)}: {sound(found)}")


@contextmanager
def _explained() -> Iterator[None]:
    """Give the backup's problems their exit statuses."""
    from stampbook.storage.backups.manifest import NotSound, Unsuitable

    try:
        yield
    except Unsuitable as error:
        raise WrongUse(str(error)) from error
    except NotSound as error:
        raise No(str(error)) from error


def _copy(url: str, file: Path, programs: Path | None) -> "tuple[str, Counted]":
    """Copy the database; its schema and what it holds."""
    from stampbook.storage.backups import postgres, sqlite

    if is_postgres(url):
        return run(postgres.copy(url, file, programs))
    return sqlite.copy(sqlite_path(url), file)


def _kind(url: str) -> str:
    return "postgresql" if is_postgres(url) else "sqlite"


def _now() -> int:
    from stampbook.wiring import clock

    return clock()


def _check_target(url: str, made: "Manifest") -> None:
    """Refuse a database that the backup cannot be restored to."""
    from stampbook.storage.applied import known
    from stampbook.storage.migrating import is_empty

    place = without_password(url)
    if made.database != _kind(url):
        raise WrongUse(
            f"the backup is one of {made.database}, and {place} is not. Name an empty database of"
            " that kind with --database"
        )
    if made.schema not in known(url):
        raise WrongUse(
            f"the backup was made by Stampbook {made.version}, whose schema is newer"
            f" ({made.schema}). Restore it with that version"
        )
    if not is_empty(url):
        raise WrongUse(f"{place} is not empty. Name an empty database")


def _restore(file: Path, settings: Settings, programs: Path | None) -> None:
    from stampbook.storage.backups import postgres, sqlite
    from stampbook.storage.migrating import make_empty

    url = settings.database_url
    make_empty(url)
    if is_postgres(url):
        postgres.restore(file, url, programs)
    else:
        sqlite.restore(file.absolute(), sqlite_path(url))


async def _compared(settings: Settings, made: "Manifest") -> "Found":
    """Migrate and verify what was restored. Raises No if it is not what the manifest says."""
    from stampbook.commands.verifying import EVERYTHING, verified
    from stampbook.storage.backups.manifest import count
    from stampbook.storage.migrating import migrate
    from stampbook.wiring import opened_store

    for name in await asyncio.to_thread(migrate, settings.database_url):
        note(f"applied {name}")
    async with opened_store(settings) as store, store.snapshot() as reading:
        counted = await count(reading)
    if counted != made.counted:
        raise No(f"the restored database has {counted}, and the manifest says {made.counted}")
    found = await verified(settings, EVERYTHING, progress=sys.stderr.isatty())
    if found.faults:
        raise No(
            f"the restored database does not agree with its journal: {found.faults[0].what}; see"
            " `stampbook verify`"
        )
    return found
