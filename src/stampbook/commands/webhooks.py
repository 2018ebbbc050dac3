"""`webhooks`: list endpoints, try one out, and send events again."""

from typing import TYPE_CHECKING, Annotated

import typer

from stampbook.commands.auditing import read_instant
from stampbook.commands.deployment import in_force
from stampbook.commands.terminal import (
    DatabaseOption,
    JsonOption,
    No,
    WrongUse,
    command,
    run,
    say,
    say_json,
    say_table,
)

if TYPE_CHECKING:
    from stampbook.dialects.native.webhooks.wire import TrialShape
    from stampbook.storage.store import Transacting
    from stampbook.webhooks.model import Webhook

app = typer.Typer(no_args_is_help=True)

WebhookArgument = Annotated[str, typer.Argument(metavar="ID", help="The webhook's id (whk_…).")]


@app.command("list")
@command
def list_webhooks(database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """List all webhooks, without their secrets."""
    from msgspec import to_builtins

    from stampbook.dialects.native.webhooks.wire import webhook_shape
    from stampbook.programs.tenants import DEFAULT_TENANT
    from stampbook.webhooks import endpoints
    from stampbook.wiring import opened_store

    async def work() -> "list[Webhook]":
        async with opened_store(settings) as store:
            return await endpoints.page(
                store, tenant=DEFAULT_TENANT, programs=None, after=0, limit=endpoints.MOST
            )

    settings = in_force(database_url=database).settings
    shapes = [webhook_shape(each) for each in run(work())]
    if as_json:
        say_json([to_builtins(each) for each in shapes])
        return
    columns = ("id", "status", "reason", "program", "events", "url")
    rows = [
        (
            each.id,
            each.status,
            each.disabled_reason or "",
            each.program_id or "",
            " ".join(each.events),
            each.url,
        )
        for each in shapes
    ]
    say_table(columns, rows)


@app.command("test")
@command
def try_webhook(
    webhook: WebhookArgument, database: DatabaseOption = None, as_json: JsonOption = False
) -> None:
    """Send an event of the type webhook.test at once. Status 1 if the answer is not 2xx."""
    from msgspec import to_builtins

    from stampbook.dialects.native.webhooks.trying import try_out
    from stampbook.webhooks.sending import sender_of
    from stampbook.wiring import clock, opened_store

    async def work() -> "TrialShape":
        sender = sender_of(settings, clock)
        async with opened_store(settings) as store:
            found = await _find(store, webhook)
            return await try_out(store, sender, found)

    settings = in_force(database_url=database).settings
    shape = run(work())
    if as_json:
        say_json(to_builtins(shape))
    else:
        status = "no answer" if shape.status is None else f"status {shape.status}"
        say(f"{status} after {shape.duration_ms} ms")
    if shape.error is not None:
        raise No(f"the event has not arrived: {shape.error}")


@app.command()
@command
def redeliver(
    webhook: WebhookArgument,
    since: Annotated[
        str, typer.Option("--from", metavar="DATE", help="Events of this instant or later.")
    ],
    until: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Events before this instant.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also events that have arrived, not only failed ones.")
    ] = False,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send events of a span of time again; a running worker does it. Dates are ISO 8601; without
    an offset they are UTC."""
    from stampbook.webhooks import deliveries, endpoints
    from stampbook.wiring import clock, opened_store

    first, last = read_instant("--from", since), read_instant("--to", until)
    assert first is not None
    if last is not None and last <= first:
        raise WrongUse("--to must be after --from")

    async def work() -> int:
        async with opened_store(settings) as store, store.transaction() as writing:
            found = await _find(writing, webhook)
            found = await endpoints.locked(writing, found.webhook_id, tenant=found.tenant_id)
            return await deliveries.redeliver_range(
                writing, found, since=first, until=last, failed_only=not everything, now=clock()
            )

    settings = in_force(database_url=database).settings
    count = run(work())
    if as_json:
        say_json({"count": count})
    else:
        say(f"{count} {'event' if count == 1 else 'events'} will be sent again")


async def _find(db: "Transacting", name: str) -> "Webhook":
    """Raises No."""
    from stampbook.dialects.native import ids
    from stampbook.programs.tenants import DEFAULT_TENANT
    from stampbook.webhooks import endpoints

    number = ids.read(ids.WEBHOOK, name) or 0
    found = await endpoints.get(db, number, tenant=DEFAULT_TENANT)
    if found is None:
        raise No(f"there is no webhook {name}")
    return found
