"""`keys`: create, list, rotate and revoke API keys."""

import re
from datetime import UTC, date, datetime, time, timedelta
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

UNIT_S = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
"""Seconds of the units in which `--overlap` may be given."""

KeyArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The key's id (key_…), not its secret.")
]


@app.command()
@command
def create(
    name: Annotated[str, typer.Option("--name", help="A name for the key.")],
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope", help="read, ledger:write, ledger:cancel, admin or metrics; repeatable."
        ),
    ],
    program: Annotated[
        str | None,
        typer.Option("--program", metavar="ID", help="Restrict the key to this program (prg_…)."),
    ] = None,
    rate_limit: Annotated[
        int | None,
        typer.Option("--rate-limit", metavar="N", help="Requests a minute; 0 is no limit."),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires",
            metavar="DATE",
            help="The last day (UTC) on which it works, or an instant with its offset.",
        ),
    ] = None,
    addresses: Annotated[
        list[str] | None,
        typer.Option(
            "--addresses", metavar="CIDR", help="A network that it may come from; repeatable."
        ),
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
    expires_at = None if expires is None else _end(expires)
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
                expires_at=expires_at,
                rate_limit=rate_limit,
                addresses=addresses or (),
            )

    settings = in_force(database_url=database).settings
    try:
        key = run(work())
    except Invalid as error:
        raise WrongUse(f"{error.field} {error.detail}") from None
    _say_secret(key, secret, as_json=as_json)


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
    columns = (
        *("id", "name", "prefix", "scopes", "program_id"),
        *("created_at", "last_used_at", "expires_at", "revoked_at"),
    )
    say_table(
        columns,
        [tuple(_cell(each[column]) for column in columns) for each in described],
    )


@app.command()
@command
def rotate(
    key: KeyArgument,
    overlap: Annotated[
        str,
        typer.Option(
            "--overlap", metavar="TIME", help="How long the former secret works on: 30m, 24h, 7d."
        ),
    ] = "24h",
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give an API key a new secret, shown only once. The former one works on for a time."""
    from stampbook.dialects.native import ids
    from stampbook.programs import api_keys
    from stampbook.programs.faults import Gone
    from stampbook.programs.tenants import DEFAULT_TENANT
    from stampbook.wiring import clock, opened_store

    overlap_s = _seconds(overlap)
    if not 0 <= overlap_s <= api_keys.MAX_OVERLAP_S:
        raise WrongUse("--overlap must be a time of at most 7 days, such as 30m, 24h or 7d")
    secret = api_keys.new_secret()

    async def work() -> api_keys.ApiKey:
        async with opened_store(settings) as store, store.transaction() as writing:
            number, now = ids.read(ids.API_KEY, key) or 0, clock()
            found = await api_keys.get(writing, number, tenant=DEFAULT_TENANT)
            if found is None:
                raise No(f"there is no API key {key}")
            if not found.works_at(now):
                raise No(f"API key {key} is revoked or expired")
            return await api_keys.rotate(
                writing, found, secret=secret, overlap_s=overlap_s, now=now
            )

    settings = in_force(database_url=database).settings
    try:
        rotated = run(work())
    except Gone:
        raise No(f"API key {key} is revoked or expired") from None
    _say_secret(rotated, secret, as_json=as_json)


@app.command()
@command
def revoke(key: KeyArgument, database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """Revoke an API key for good. All servers refuse it within a second."""
    from stampbook.dialects.native import ids
    from stampbook.programs import api_keys
    from stampbook.programs.faults import Gone, LastAdmin
    from stampbook.programs.tenants import DEFAULT_TENANT
    from stampbook.wiring import clock, opened_store

    number = ids.read(ids.API_KEY, key) or 0

    async def work() -> api_keys.ApiKey | None:
        async with opened_store(settings) as store, store.transaction() as writing:
            await api_keys.revoke(writing, number, tenant=DEFAULT_TENANT, now=clock())
            return await api_keys.get(writing, number, tenant=DEFAULT_TENANT)

    settings = in_force(database_url=database).settings
    try:
        revoked = run(work())
    except Gone:
        raise No(f"there is no API key {key}") from None
    except LastAdmin:
        detail = "is the last API key with the scope admin; create another one first"
        raise No(f"{key} {detail} (last_admin)") from None
    if as_json and revoked is not None:
        say_json(_described(revoked))
        return
    note(f"API key {key} is revoked")


def _say_secret(key: "ApiKey", secret: str, *, as_json: bool) -> None:
    if as_json:
        say_json({**_described(key), "secret": secret})
        return
    note(f"API key {_described(key)['id']}. Keep its secret, it is not shown again:")
    say(secret)


def _end(text: str) -> int | None:
    """The instant that an option names; of a date the end of that day. Raises WrongUse."""
    from stampbook.dialects import instants
    from stampbook.domain.policy import to_instant

    if instants.is_never(text):
        return None
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            day = date.fromisoformat(text) + timedelta(days=1)
            return to_instant(datetime.combine(day, time.min, UTC))
        return instants.read(text)
    except (ValueError, OverflowError):
        raise WrongUse("--expires must be a date such as 2027-12-31, or an instant") from None


def _seconds(text: str) -> int:
    """The seconds of a time such as 24h; -1 for what is none."""
    match = re.fullmatch(r"([0-9]{1,9})([smhd]?)", text)
    return int(match[1]) * UNIT_S[match[2]] if match else -1


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
        "expires_at": written(key.expires_at),
        "rate_limit": key.rate_limit,
        "addresses": list(key.addresses),
        "last_used_at": written(key.last_used_at),
        "prefix": key.prefix,
        "old_secret_until": written(key.old_secret_until),
    }


def _cell(value: object) -> str:
    return " ".join(value) if isinstance(value, list) else str(value or "")
