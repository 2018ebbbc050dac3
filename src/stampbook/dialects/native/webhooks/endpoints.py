"""`/webhooks`: endpoints. A secret is answered once, and again to a retry of the same request."""

from collections.abc import Awaitable, Callable
from hashlib import sha256

from msgspec import Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.problems import Failure, invalid_field, not_found
from stampbook.dialects.native.webhooks.trying import try_out
from stampbook.dialects.native.webhooks.wire import (
    EnableBody,
    TrialShape,
    WebhookBody,
    WebhookChange,
    WebhookRotation,
    WebhookShape,
    webhook_shape,
)
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.values import given
from stampbook.dialects.native.writing import write_once
from stampbook.events.places import end_of
from stampbook.programs.faults import Gone
from stampbook.storage.store import Transacting
from stampbook.webhooks import addresses, endpoints, states
from stampbook.webhooks.addresses import Forbidden
from stampbook.webhooks.endpoints import MOST, TooMany
from stampbook.webhooks.model import ACTIVE, DISABLED, Webhook
from stampbook.webhooks.signing import new_secret


class _Stored(Struct, frozen=True):
    """What a retry is answered from: everything but the secret, of which it has the hash."""

    webhook: WebhookShape
    hashed: str


_body = Decoder(WebhookBody)
_change = Decoder(WebhookChange)
_rotation = Decoder(WebhookRotation)
_enabling = Decoder(EnableBody)
_stored = Decoder(_Stored)


async def find(call: Call, db: Transacting, number: int) -> Webhook:
    """The endpoint of that number. Raises Failure (404)."""
    return _seen(call, await endpoints.get(db, number, tenant=call.caller.tenant))


async def hold(call: Call, writing: Transacting, number: int) -> Webhook:
    """The same, which nobody else changes until the transaction ends. Writes."""
    try:
        return _seen(call, await endpoints.locked(writing, number, tenant=call.caller.tenant))
    except Gone:
        raise _unknown() from None


def _seen(call: Call, webhook: Webhook | None) -> Webhook:
    if webhook is None or not finding.in_bounds(call, webhook.program_id):
        raise _unknown()
    return webhook


def _unknown() -> Failure:
    return not_found("there is no such webhook")


async def create_webhook(call: Call) -> Reply:
    """An endpoint that gets what happens from now on."""
    body = read(_body, call.body)
    program = None
    if body.program_id is not None:
        program = finding.body_id(ids.PROGRAM, body.program_id, "/program_id")
    else:
        finding.unbound(call)
    await _check_url(call, body.url)
    place, secret = await end_of(call.context.store), new_secret(body.format)

    async def write(writing: Transacting) -> _Stored:
        if program is not None:
            await finding.program(call, writing, program)
        now = call.context.clock()
        webhook = await endpoints.create(
            writing,
            tenant=call.caller.tenant,
            program=program,
            url=body.url,
            events=body.events,
            format_=body.format,
            description=body.description,
            headers=body.headers,
            secret=secret,
            place=place,
            now=now,
        )
        if body.status == DISABLED:
            webhook = await states.disable(writing, webhook, reason=None, now=now)
        return _Stored(webhook_shape(webhook), _hash(secret))

    try:
        return await _with_secret(call, await write_once(call, write, by_caller=True))
    except TooMany:
        raise Failure(409, "conflict", f"there are {MOST} webhooks; delete one first") from None


async def _check_url(call: Call, url: str) -> None:
    """Raises Failure (422)."""
    sender = call.context.sender
    try:
        await addresses.check_url(url, sender.resolve, sender.allow)
    except Forbidden as forbidden:
        raise invalid_field("/url", str(forbidden)) from None


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


async def _with_secret(call: Call, worded: Reply) -> Reply:
    """The answer with its secret; without it, if that was replaced since."""
    stored, replayed = worded
    kept = _stored.decode(stored) if replayed else stored
    if call.dry_run:  # it made no secret, so it has none to show
        return Reply(kept.webhook, replayed)
    number = ids.read(ids.WEBHOOK, kept.webhook.id) or 0
    found = await endpoints.get_with_secrets(call.context.store, number, tenant=call.caller.tenant)
    if found is None or _hash(found[1].secret) != kept.hashed:
        return Reply(kept.webhook, replayed)
    return Reply(replace(kept.webhook, secret=found[1].secret), replayed)


async def list_webhooks(call: Call) -> Page[WebhookShape]:
    """By their ids."""
    limit = finding.limit(call)
    found = await endpoints.page(
        call.context.store,
        tenant=call.caller.tenant,
        programs=call.caller.programs,
        after=finding.cursor(call, ids.WEBHOOK) or 0,
        limit=limit + 1,
    )
    return page_of([webhook_shape(each) for each in found], limit)


async def get_webhook(call: Call) -> WebhookShape:
    return webhook_shape(await find(call, call.context.store, call.id(ids.WEBHOOK)))


async def change_webhook(call: Call) -> Reply:
    change = given(read(_change, call.body))
    await find(call, call.context.store, call.id(ids.WEBHOOK))
    if "url" in change:
        await _check_url(call, change["url"])
    status = change.pop("status", None)
    if "events" in change:
        change["events"] = tuple(change["events"])

    async def write(writing: Transacting, webhook: Webhook, now: int) -> Webhook:
        webhook = await endpoints.change(writing, webhook, change, now=now)
        if status == DISABLED:
            return await states.disable(writing, webhook, reason=None, now=now)
        if status == ACTIVE:
            return await states.enable(writing, webhook, skip_to=None, now=now)
        return webhook

    return await _write(call, write)


Write = Callable[[Transacting, Webhook, int], Awaitable[Webhook]]


async def _write(call: Call, change: Write) -> Reply:
    """Change the endpoint that the request names."""

    async def write(writing: Transacting) -> WebhookShape:
        webhook = await hold(call, writing, call.id(ids.WEBHOOK))
        return webhook_shape(await change(writing, webhook, call.context.clock()))

    return await write_once(call, write)


async def rotate_webhook(call: Call) -> Reply:
    """A new secret; during the overlap requests are signed with both."""
    body = read(_rotation, call.body or b"{}")
    former = await find(call, call.context.store, call.id(ids.WEBHOOK))
    secret = new_secret(former.format)

    async def write(writing: Transacting) -> _Stored:
        webhook = await hold(call, writing, former.webhook_id)
        now, overlap_s = call.context.clock(), body.overlap_s
        webhook = await endpoints.rotate(
            writing, webhook, secret=secret, overlap_s=overlap_s, now=now
        )
        return _Stored(webhook_shape(webhook), _hash(secret))

    return await _with_secret(call, await write_once(call, write, by_caller=True))


async def enable_webhook(call: Call) -> Reply:
    body = read(_enabling, call.body or b"{}")
    place = await end_of(call.context.store) if body.resume == "now" else None

    async def write(writing: Transacting, webhook: Webhook, now: int) -> Webhook:
        return await states.enable(writing, webhook, skip_to=place, now=now)

    return await _write(call, write)


async def disable_webhook(call: Call) -> Reply:
    async def write(writing: Transacting, webhook: Webhook, now: int) -> Webhook:
        return await states.disable(writing, webhook, reason=None, now=now)

    return await _write(call, write)


async def delete_webhook(call: Call) -> Reply:
    async def write(writing: Transacting, webhook: Webhook, now: int) -> Webhook:
        await endpoints.delete(writing, webhook, now=now)
        return webhook

    return await _write(call, write)


async def test_webhook(call: Call) -> TrialShape:
    """Send an event of the type webhook.test at once, whatever the endpoint's state."""
    store = call.context.store
    webhook = await find(call, store, call.id(ids.WEBHOOK))
    try:
        return await try_out(store, call.context.sender, webhook)
    except Gone:
        raise _unknown() from None
