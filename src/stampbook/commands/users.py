"""`users`: people who sign in, to the console, the native API or for Altegio's user token."""

import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

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
)

if TYPE_CHECKING:
    from stampbook.programs.people.overseeing import AmountLimit
    from stampbook.programs.roles import Role
    from stampbook.programs.users import User
    from stampbook.storage.store import Transacting

_Result = TypeVar("_Result")

app = typer.Typer(no_args_is_help=True)

PAGE = 500
"""Users that `users list` reads at once."""

LoginOption = Annotated[
    str, typer.Option("--login", help="E-mail address, phone or name to log in with.")
]
PasswordFileOption = Annotated[
    Path | None,
    typer.Option("--password-file", help="A file whose first line is the password."),
]
ROLES = "viewer, support, manager or admin"


@app.command()
@command
def create(
    login: LoginOption,
    password_file: PasswordFileOption = None,
    role: Annotated[
        str | None,
        typer.Option("--role", help=f"{ROLES}; default support, of the first user admin."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The name of the person.")] = None,
    email: Annotated[str | None, typer.Option("--email")] = None,
    phone: Annotated[str | None, typer.Option("--phone")] = None,
    program: Annotated[
        list[str] | None,
        typer.Option("--program", metavar="ID", help="Only this program (prg_…); repeatable."),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            metavar="CUR=AMOUNT[/DAY]",
            help="What they may move at most in one act, and in a day; repeatable.",
        ),
    ] = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create a user. The password comes from a prompt, standard input or a file."""
    from stampbook.programs import tenants, users
    from stampbook.programs.faults import Taken
    from stampbook.programs.people import overseeing, passwords
    from stampbook.programs.roles import Role
    from stampbook.programs.tenants import DEFAULT_TENANT
    from stampbook.visits import locations
    from stampbook.wiring import clock, opened_store

    wanted = None if role is None else _role(role)

    async def work() -> dict[str, Any]:
        async with opened_store(settings) as store:
            password_hash = await passwords.hash_password(password, login=login)
            async with store.transaction() as writing:
                await tenants.hold(writing, DEFAULT_TENANT)
                is_first = not await users.count(writing, tenant=DEFAULT_TENANT)
                user = await users.create(
                    writing,
                    tenant=DEFAULT_TENANT,
                    login=login,
                    password_hash=password_hash,
                    now=clock(),
                    role=wanted or (Role.ADMIN if is_first else Role.SUPPORT),
                    name=name,
                    email=email,
                    phone=phone,
                )
                programs = [await _program(writing, each) for each in program or ()]
                limits = frozenset(locations.Limit(each) for each in programs)
                await locations.limit_user(writing, user.user_id, limits, now=clock())
                amounts = [await _limit(writing, each) for each in limit or ()]
                await overseeing.set_amount_limits(
                    writing, user.user_id, amounts, tenant=user.tenant_id, now=clock()
                )
                return await _described(writing, user)

    settings = in_force(database_url=database).settings
    password = _password(password_file)
    try:
        user = _tried(work)
    except Taken:
        raise No(f"the login {login} is taken") from None
    if as_json:
        say_json(user)
        return
    note(f"user {user['login']} can log in, as {user['role']}")
    say(user["id"])


@app.command("list")
@command
def list_users(database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """List all users, including disabled ones."""
    from stampbook.programs import users
    from stampbook.programs.tenants import DEFAULT_TENANT
    from stampbook.wiring import opened_store

    async def work() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = 0
        async with opened_store(settings) as store:
            while True:
                page = await users.page(store, tenant=DEFAULT_TENANT, after=after, limit=PAGE)
                for user in page:
                    found.append(await _described(store, user))
                    after = user.user_id
                if len(page) < PAGE:
                    return found

    settings = in_force(database_url=database).settings
    described = run(work())
    if as_json:
        say_json(described)
        return
    columns = ("id", "login", "role", "status", "name", "program_ids", "last_login_at")
    say_table(columns, [tuple(_cell(each[column]) for column in columns) for each in described])


@app.command()
@command
def passwd(
    login: LoginOption,
    password_file: PasswordFileOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set a user's password, and end all of their sessions and tokens."""
    from stampbook.programs import users
    from stampbook.programs.people import passwords
    from stampbook.wiring import clock

    password = _password(password_file)
    hashed = _tried(lambda: passwords.hash_password(password, login=login))

    async def change(writing: "Transacting", user: "User") -> "User":
        return await users.set_password(writing, user, hashed, now=clock())

    _change(login, change, "has a new password", database, as_json=as_json)


@app.command()
@command
def disable(
    login: LoginOption, database: DatabaseOption = None, as_json: JsonOption = False
) -> None:
    """Let a user log in no more, and end all of their sessions and tokens."""
    from stampbook.programs import users
    from stampbook.wiring import clock

    async def change(writing: "Transacting", user: "User") -> "User":
        return await users.disable(writing, user, now=clock())

    _change(login, change, "is disabled", database, as_json=as_json)


@app.command()
@command
def enable(
    login: LoginOption, database: DatabaseOption = None, as_json: JsonOption = False
) -> None:
    """Let a disabled user log in again."""
    from stampbook.programs import users
    from stampbook.wiring import clock

    async def change(writing: "Transacting", user: "User") -> "User":
        return await users.enable(writing, user, now=clock())

    _change(login, change, "can log in", database, as_json=as_json)


@app.command()
@command
def unlock(
    login: LoginOption, database: DatabaseOption = None, as_json: JsonOption = False
) -> None:
    """Forget a user's failed attempts to log in."""
    from stampbook.programs.people import attempts
    from stampbook.wiring import clock

    async def change(writing: "Transacting", user: "User") -> "User":
        await attempts.unlock_user(writing, user, now=clock())
        return user

    _change(login, change, "is not locked", database, as_json=as_json)


@app.command()
@command
def role(
    login: LoginOption,
    role: Annotated[str, typer.Option("--role", help=f"{ROLES}.")],
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a user another role."""
    from stampbook.programs import users
    from stampbook.wiring import clock

    wanted = _role(role)

    async def change(writing: "Transacting", user: "User") -> "User":
        return await users.change(writing, user, {"role": wanted.value}, now=clock())

    _change(login, change, f"is {wanted}", database, as_json=as_json)


# -- what they share -----------------------------------------------------------------


def _change(
    login: str,
    change: "Callable[[Transacting, User], Awaitable[User]]",
    done: str,
    database: str | None,
    *,
    as_json: bool,
) -> None:
    """Change the user of that login in one transaction, and say what has become of them."""
    from stampbook.programs import users
    from stampbook.programs.faults import LastAdmin
    from stampbook.programs.tenants import DEFAULT_TENANT
    from stampbook.wiring import opened_store

    async def work() -> dict[str, Any]:
        async with opened_store(settings) as store, store.transaction() as writing:
            user = await users.by_login(writing, login)
            if user is None or user.tenant_id != DEFAULT_TENANT:
                raise No(f"there is no user {login}")
            return await _described(writing, await change(writing, user))

    settings = in_force(database_url=database).settings
    try:
        user = _tried(work)
    except LastAdmin:
        raise No(f"last_admin: {login} is the last administrator") from None
    if as_json:
        say_json(user)
    else:
        note(f"user {user['login']} {done}")


def _tried(work: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
    """Run it. Raises WrongUse for a value that nobody can have."""
    from stampbook.programs.faults import Invalid

    try:
        return run(work())
    except Invalid as error:
        raise WrongUse(f"{error.field} {error.detail}") from None


def _role(text: str) -> "Role":
    from stampbook.programs.roles import Role

    if text not in tuple(Role):
        raise WrongUse(f"role must be one of {', '.join(Role)}")
    return Role(text)


async def _program(db: "Transacting", text: str) -> int:
    from stampbook.dialects.native import ids
    from stampbook.programs import programs
    from stampbook.programs.tenants import DEFAULT_TENANT

    number = ids.read(ids.PROGRAM, text)
    if number is None or await programs.get(db, number, tenant=DEFAULT_TENANT) is None:
        raise No(f"there is no program {text}")
    return number


async def _limit(db: "Transacting", text: str) -> "AmountLimit":
    """What `CUR=AMOUNT[/DAY]` says; without an amount only the day is limited."""
    from stampbook.dialects import amounts
    from stampbook.dialects.native import ids
    from stampbook.programs import currencies
    from stampbook.programs.people.overseeing import AmountLimit
    from stampbook.programs.tenants import DEFAULT_TENANT

    named, equals, figures = text.partition("=")
    if not equals:
        raise WrongUse(f"--limit {text} must be CUR=AMOUNT, CUR=AMOUNT/DAY or CUR=/DAY")
    number = ids.read(ids.CURRENCY, named)
    currency = await currencies.get(db, number or 0, tenant=DEFAULT_TENANT)
    if currency is None:
        raise No(f"there is no currency {named}")
    act, slash, day = figures.partition("/")
    try:
        return AmountLimit(
            currency.currency_id,
            amounts.read(act, currency.scale) if act or not slash else None,
            amounts.read(day, currency.scale) if slash else None,
        )
    except amounts.BadAmount as error:
        raise WrongUse(f"--limit {text}: the amount {error}") from None


async def _described(db: "Transacting", user: "User") -> dict[str, Any]:
    """As the native API answers it."""
    from msgspec import to_builtins

    from stampbook.dialects.native.people.describing import shown_user
    from stampbook.wiring import clock

    described: dict[str, Any] = to_builtins(await shown_user(db, user, now=clock()))
    return described


def _cell(value: object) -> str:
    return " ".join(value) if isinstance(value, list) else str(value or "")


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
