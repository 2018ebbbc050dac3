"""`migrate`: the schema is brought up, or it is said whether it would be."""

from typing import Annotated

import typer

from stampbook.commands.deployment import in_force
from stampbook.commands.terminal import DatabaseOption, JsonOption, No, command, say, say_json


@command
def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; status 1 if something would be.")
    ] = False,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring the database's schema up to this version, or make it if there is none.

    Servers of an older version must be stopped first.
    """
    from stampbook.storage.migrating import is_empty, migrate, pending
    from stampbook.storage.opening import create_database

    settings = in_force(database_url=database).settings
    url = settings.database_url
    names = pending(url)
    if not check and is_empty(url):
        create_database(url, shards=settings.shards)
    elif not check:
        migrate(url)
    if as_json:
        say_json({"pending" if check else "applied": names})
    else:
        for name in names:
            say(f"{'pending' if check else 'applied'} {name}")
    if check and names:
        raise No(f"{len(names)} migrations are pending: run `stampbook migrate`")
    if not names and not as_json:
        say("the schema is up to date")
