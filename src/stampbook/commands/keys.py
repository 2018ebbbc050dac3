"""`keys`: create, list and revoke API keys."""

from typing import TYPE_CHECKING, Annotated

import typer

from stampbook.commands.deployment import in_force
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
    say_table,
    written,
)

if TYPE_CHECKING:
    from stampbook.programs.api_keys import ApiKey

app = typer.Typer(no_args_is_help=True)

PAGE = 500
"""Keys that `keys list` reads at once."""


@app.command()
@command
def create(
    name: Annotated[str, typer.Option("--name", help="A name for the key.")],
    scope: Annotated[
        list[str],
        typer.Option("--scope", help="read, ledger:write, ledger:cancel or admin; repeatable."),
    ],
    program: Annotated[
        str | None,
        typer.Option("--program", metavar="ID", help="Restrict the key to this program (prg_…)."),
    ] = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create an API key. Its secret is shown only once."""
    from stampbook.dialects.native import ids
    from stampbook.programs import api_keys, programs
    from stampbook.programs.faults import Invalid
    from stampbook.programs.tenants import DEFAULT_TENANT
    from stampbook.wiring import clock, opened_store

    number = None if program is None else ids.read(ids.PROGRAM, program)
    if program is not None and number is None:
        raise No(f"there is no program {program}")
    secret = api_keys.new_secret()

    async def work() -> api_keys.ApiKey:
        async with opened_store(settings) as store, store.transaction() as writing:
            if number and await programs.get(writing, number, tenant=DEFAULT_TENANT) is None:
                raise No(f"there is no program {program}")
            return await api_keys.create(
                writing,
                tenant=DEFAULT_TENANT,
                name=name,
                scopes=scope,
                secret=secret,
                now=clock(),
                program=number,
            )

    settings = in_force(database_url=database).settings
    try:
        key = run(work())
    except Invalid as error:
        raise WrongUse(f"{error.field} {error.detail}") from None
    if as_json:
        say_json({**_described(key), "secret": secret})
        return
    note(
        f"API key {ids.write(ids.API_KEY, key.api_key_id)}. Keep its secret, it is not shown again:"
    )
    say(secret)


@app.command("list")
@command
def list_keys(database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """List all API keys, including revoked ones, without their secrets."""
    from stampbook.programs import api_keys
    from stampbook.programs.tenants import DEFAULT_TENANT
    from stampbook.wiring import opened_store

    async def work() -> list[api_keys.ApiKey]:
        found: list[api_keys.ApiKey] = []
        async with opened_store(settings) as store:
            while True:
                after = found[-1].api_key_id if found else 0
                page = await api_keys.page(store, tenant=DEFAULT_TENANT, after=after, limit=PAGE)
                found += page
                if len(page) < PAGE:
                    return found

    settings = in_force(database_url=database).settings
    described = [_described(key) for key in run(work())]
    if as_json:
        say_json(described)
        return
    columns = ("id", "name", "scopes", "program_id", "created_at", "revoked_at")
    say_table(
        columns,
        [tuple(_cell(each[column]) for column in columns) for each in described],
    )


@app.command()
@command
def revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help="The key's id (key_…), not its secret.")],
    database: DatabaseOption = None,
) -> None:
    """Revoke an API key for good. All servers refuse it within a second."""
    from stampbook.dialects.native import ids
    from stampbook.programs import api_keys
    from stampbook.programs.faults import Gone
    from stampbook.programs.tenants import DEFAULT_TENANT
    from stampbook.wiring import clock, opened_store

    number = ids.read(ids.API_KEY, key)

    async def work() -> None:
        async with opened_store(settings) as store, store.transaction() as writing:
            await api_keys.revoke(writing, number or 0, tenant=DEFAULT_TENANT, now=clock())

    settings = in_force(database_url=database).settings
    try:
        run(work())
    except Gone:
        raise No(f"there is no API key {key}") from None
    note(f"API key {key} is revoked")


def _described(key: "ApiKey") -> dict[str, object]:
    from stampbook.dialects.native import ids

    program = key.program_id
    return {
        "id": ids.write(ids.API_KEY, key.api_key_id),
        "name": key.name,
        "scopes": sorted(key.scopes),
        "program_id": None if program is None else ids.write(ids.PROGRAM, program),
        "created_at": written(key.created_at),
        "revoked_at": written(key.revoked_at),
    }


def _cell(value: object) -> str:
    return " ".join(value) if isinstance(value, list) else str(value or "")
