"""`members`: find people, merge them, export and erase what is kept about them.

Each command does what the operation of the native API does, as the operator of the database.
"""

import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

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
    from stampbook.dialects.native.call import Call

app = typer.Typer(no_args_is_help=True)

MemberArgument = Annotated[str, typer.Argument(metavar="ID", help="The member's id (mbr_…).")]


@app.command()
@command
def find(
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT",
            help="An id, a name, digits of a phone, an e-mail address, a card's number.",
        ),
    ],
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find members by whatever is known of them."""

    async def work(call: "Call") -> list[dict[str, Any]]:
        from stampbook.dialects.native import finding, ids
        from stampbook.dialects.native.lookup.search import search
        from stampbook.dialects.native.wire.programs import member_shape

        found = await search(call._replace(query={"q": text}))
        named = [each.id if each.kind == "member" else each.member_id for each in found.data]
        shown: list[dict[str, Any]] = []
        for each in dict.fromkeys(name for name in named if name is not None):
            number = ids.read(ids.MEMBER, each)
            member = await finding.member(call, call.context.store, number, deleted=True)
            shown.append(_plain(member_shape(member)))
        return shown

    found = _asked("search", work, database)
    if as_json:
        say_json(found)
    elif found:
        columns = ("id", "name", "phone", "email", "external_id", "status", "program_id")
        say_table(columns, [tuple(each[name] or "" for name in columns) for each in found])
    if not found:
        raise No(f"nobody is found by {text}")


@app.command()
@command
def merge(
    member: MemberArgument,
    into: Annotated[str, typer.Option("--into", metavar="ID", help="Who takes over.")],
    reason: Annotated[str | None, typer.Option("--reason", help="Why, for the audit log.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would pass over.")
    ] = False,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make two members one: all that the first has passes over to the second."""

    async def work(call: "Call") -> dict[str, Any]:
        from stampbook.dialects.native.programs.merging import merge_member

        body = _body(into=into, reason=reason)
        asked = call._replace(path={"id": member}, body=body, dry_run=dry_run)
        merged: dict[str, Any] = _plain((await merge_member(asked)).value)
        return merged

    merged = _asked("merge_member", work, database)
    if as_json:
        say_json(merged)
        return
    for each in merged["transfers"]:
        there = each["to_account_id"] or "a new account"
        debt = "" if float(each["deficit"]) == 0 else f", and a debt of {each['deficit']}"
        say(f"{each['from_account_id']} → {there}: {each['amount']}{debt}")
    number = merged["merge"]["id"]
    done = f"would be merged into {into}" if dry_run else f"was merged into {into}: {number}"
    note(f"{member} {done}")


@app.command()
@command
def export(
    member: MemberArgument,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print all that is kept about a person, as one JSON document, with --json or without."""

    async def work(call: "Call") -> None:
        from stampbook.dialects.native.privacy.exporting import export_member

        document = await export_member(call._replace(path={"id": member}))
        async for part in document.parts:
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.write(b"\n")
        sys.stdout.flush()

    _asked("export_member", work, database)


@app.command()
@command
def erase(
    member: MemberArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit log.")],
    forfeit: Annotated[
        bool, typer.Option("--forfeit", help="Also if there are points or debts, which end.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Yes: it cannot be undone.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be forfeited.")
    ] = False,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase all that says who a person is. It cannot be undone."""
    if not yes and not dry_run:
        raise WrongUse("erasing a person cannot be undone. Add --yes if you mean it")

    async def work(call: "Call") -> dict[str, Any]:
        from stampbook.dialects.native.privacy.erasing import erase_member

        body = _body(reason=reason, forfeit=forfeit)
        asked = call._replace(path={"id": member}, body=body, dry_run=dry_run)
        erased: dict[str, Any] = _plain((await erase_member(asked)).value)
        return erased

    erased = _asked("erase_member", work, database)
    if as_json:
        say_json(erased)
        return
    for each in erased["forfeited"]:
        debt = "" if float(each["deficit"]) == 0 else f", and a debt of {each['deficit']}"
        say(f"{each['account_id']}: {each['amount']} forfeited{debt}")
    people = ", ".join(erased["member_ids"])
    note(f"{people} would be erased" if dry_run else f"{people} erased: {erased['texts']} texts")


def _plain(answer: object) -> Any:
    """The answer as JSON has it."""
    from msgspec.json import decode, encode

    return decode(encode(answer))


def _body(**fields: Any) -> bytes:
    from msgspec.json import encode

    return encode({name: value for name, value in fields.items() if value is not None})


def _asked(operation: str, work: "Callable[[Call], Awaitable[Any]]", database: str | None) -> Any:
    """What the work comes to, as the operator of the database. Raises No where the API refuses,
    and WrongUse where it does not understand."""
    from stampbook.dialects.native.dialect import NATIVE, worded

    settings = in_force(database_url=database).settings

    async def asking() -> Any:
        from stampbook.dialects.native.call import Call
        from stampbook.dialects.native.routes import OPERATIONS
        from stampbook.edge.context import Context
        from stampbook.edge.credentials.caller import Caller
        from stampbook.programs.tenants import DEFAULT_TENANT
        from stampbook.wiring import clock, running_ledger

        (asked,) = [each for each in OPERATIONS if each.name == operation]
        operator = Caller(DEFAULT_TENANT, None, frozenset({"admin"}), 0)
        async with running_ledger(settings) as ledger:
            context = Context(ledger.store, ledger, clock, settings)
            call = Call(
                context, operator, asked, b"", {}, {}, b"", None, None, "", "", dry_run=False
            )
            return await work(call)

    try:
        return run(asking())
    except NATIVE.refusals as refusal:
        failure = worded(refusal)
        if failure.status == 422:
            raise WrongUse(failure.detail) from None
        raise No(f"{failure.code}: {failure.detail}") from None
