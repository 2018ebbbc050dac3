"""`doctor`: everything that a server checks when it starts, and that `/readyz` checks later."""

from collections.abc import Mapping
from typing import Final

from stampbook.commands.deployment import anchor_key, in_force, warn_of_variables
from stampbook.commands.serving import bound_socket, check_workers
from stampbook.commands.terminal import (
    DatabaseOption,
    JsonOption,
    No,
    WrongUse,
    command,
    run,
    say,
    say_json,
)
from stampbook.settings import Settings
from stampbook.storage.address import is_postgres, sqlite_path, without_password
from stampbook.storage.examining import Check, examine

UNKNOWN: Final = "not known while the database cannot be used"
TAKEN: Final = "Address already in use"
"""A server that is running has the port; that is no fault."""


@command
def doctor(database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """Check everything that `serve` checks when it starts, and what `/readyz` checks while it runs.

    Prints a line for each check, and changes nothing. The status is 1 if a check fails. Servers
    can keep running.
    """
    settings = in_force(database_url=database).settings
    warn_of_variables()
    checks = {
        "settings": _settings(settings),
        "port": _port(settings),
        **run(_store(settings)),
        "files": _files(settings),
    }
    if settings.replica_url:
        is_usable = checks["schema"].is_ok
        checks["replicas"] = run(_replicas(settings)) if is_usable else Check(False, UNKNOWN)
    checks["folder"] = run(_folder(settings)) if checks["schema"].is_ok else Check(False, UNKNOWN)
    failing = [name for name, check in checks.items() if not check.is_ok]
    if as_json:
        say_json(
            {
                "status": "failing" if failing else "ok",
                "checks": {
                    name: {"status": _word(check), "detail": check.detail}
                    for name, check in checks.items()
                },
            }
        )
    else:
        for name, check in checks.items():
            say(f"{_word(check):8} {name:12} {check.detail}")
    if failing:
        raise No(f"these checks fail: {', '.join(failing)}")


def _word(check: Check) -> str:
    return "ok" if check.is_ok else "failing"


def _settings(settings: Settings) -> Check:
    try:
        check_workers(settings)
        anchor_key(settings)
    except WrongUse as error:
        return Check(False, str(error))
    return Check(True, "every value is allowed; `stampbook settings` prints them")


def _port(settings: Settings) -> Check:
    place = f"{settings.host} port {settings.port}"
    try:
        bound_socket(settings).close()
    except WrongUse as error:
        if TAKEN in str(error):
            return Check(True, f"{place} is in use, by a server that is running or by another one")
        return Check(False, str(error))
    return Check(True, f"{place} is free")


async def _store(settings: Settings) -> Mapping[str, Check]:
    """The checks of the database: those of its opening, and those of `/readyz`."""
    from stampbook.storage.applied import SchemaMissing, SchemaProblem
    from stampbook.storage.store import Unavailable
    from stampbook.wiring import opened_store

    unknown = Check(False, UNKNOWN)
    others = dict.fromkeys(("writes", "disk", "connections"), unknown)
    try:
        async with opened_store(settings) as store:
            return await examine(store.checks, min_free_mb=settings.disk_min_free_mb)
    except SchemaMissing as error:
        return {"database": Check(False, str(error)), "schema": unknown, **others}
    except SchemaProblem as error:
        answers = Check(True, f"{without_password(settings.database_url)} answers")
        return {"database": answers, "schema": Check(False, str(error)), **others}
    except Unavailable as error:
        return {"database": Check(False, str(error)), "schema": unknown, **others}


async def _replicas(settings: Settings) -> Check:
    """Whether each of them can be read from, and has what the primary has."""
    from stampbook.storage.store import Unavailable
    from stampbook.wiring import opened_replicas, opened_store

    try:
        async with opened_store(settings) as store, opened_replicas(store, settings) as replicas:
            await replicas.catch_up()
            failing = [each for each in replicas.states if each.obstacle is not None]
            count = len(replicas.states)
    except Unavailable as error:
        return Check(False, str(error))
    if failing:
        said = "; ".join(f"replica {each.number} {each.obstacle}" for each in failing)
        return Check(False, f"{said}. The primary is read instead")
    return Check(True, f"each of {count} has what the primary has")


def _files(settings: Settings) -> Check:
    """Whether others can read what only Stampbook should."""
    from stampbook.storage.sqlite.privacy import loose_files

    if is_postgres(settings.database_url):
        return Check(True, "the database is not a file of this machine's")
    path = sqlite_path(settings.database_url)
    loose = loose_files(path)
    if loose:
        names = " ".join(str(file) for file in loose)
        return Check(False, f"other users can read the database. Run `chmod 600 {names}`")
    return Check(True, "only this user can read the database")


async def _folder(settings: Settings) -> Check:
    """Whether the files of imports and exports are where this machine looks for them."""
    from stampbook.files.exported import wanted
    from stampbook.files.keeping import Folder
    from stampbook.storage.store import Unavailable
    from stampbook.wiring import clock, opened_store

    folder = Folder.of(settings)
    try:
        async with opened_store(settings) as store:
            files = await wanted(store, now=clock())
    except Unavailable:
        return Check(False, UNKNOWN)
    missing = [file for file in files if not folder.has(file)]
    if missing:
        return Check(
            False,
            f"{len(missing)} of {len(files)} files of imports and exports are not in {folder.path}."
            " Set files_folder to the folder that all servers share",
        )
    return Check(True, f"{folder.path} has the files of imports and exports ({len(files)})")
