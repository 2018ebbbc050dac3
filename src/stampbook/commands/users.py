"""`users`: people who log in, to the console or for Altegio's user token."""

import sys
from pathlib import Path
from typing import Annotated

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
    say_json,
)

app = typer.Typer(no_args_is_help=True)


@app.command()
@command
def create(
    login: Annotated[
        str, typer.Option("--login", help="E-mail address, phone or name to log in with.")
    ],
    password_file: Annotated[
        Path | None,
        typer.Option("--password-file", help="A file whose first line is the password."),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="read, ledger:write, ledger:cancel, admin; default admin."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The name of the person.")] = None,
    email: Annotated[str | None, typer.Option("--email")] = None,
    phone: Annotated[str | None, typer.Option("--phone")] = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create a user. The password comes from a prompt, standard input or a file."""
    from stampbook.programs import users as people
    from stampbook.programs.faults import Invalid, Taken
    from stampbook.programs.tenants import DEFAULT_TENANT
    from stampbook.wiring import clock, opened_store

    async def work() -> people.User:
        async with opened_store(settings) as store:
            password_hash = await people.hash_password(password)
            async with store.transaction() as writing:
                return await people.create(
                    writing,
                    tenant=DEFAULT_TENANT,
                    login=login,
                    password_hash=password_hash,
                    now=clock(),
                    scopes=scope or ("admin",),
                    name=name,
                    email=email,
                    phone=phone,
                )

    settings = in_force(database_url=database).settings
    password = _password(password_file)
    try:
        user = run(work())
    except Invalid as error:
        raise WrongUse(f"{error.field} {error.detail}") from None
    except Taken:
        raise No(f"the login {login} is taken") from None
    if as_json:
        say_json({"id": user.user_id, "login": user.login, "scopes": sorted(user.scopes)})
        return
    note(f"user {user.login} can log in")


def _password(file: Path | None) -> str:
    """The first line of the file or of standard input, or what is typed twice at the prompt."""
    if file is None and sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    try:
        text = sys.stdin.read() if file is None else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"cannot read the password: {error}") from None
    return text.split("\n", 1)[0].removesuffix("\r")
