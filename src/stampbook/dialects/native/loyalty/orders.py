"""`/programs/{id}/orders`: orders, what pays for them with points, and their refunds."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from msgspec import UNSET, UnsetType
from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.loyalty.naming import named
from stampbook.dialects.native.loyalty.wire.order_answers import Whole, after, order_shape
from stampbook.dialects.native.loyalty.wire.order_changes import (
    ReasonBody,
    changed,
    merged,
    new_order,
)
from stampbook.dialects.native.loyalty.wire.orders import (
    OrderBody,
    OrderChange,
    OrderShape,
    content_of,
)
from stampbook.dialects.native.problems import Failure, invalid_field, not_found
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.values import read_instant
from stampbook.dialects.native.writing import join_once
from stampbook.ledger.joint import Joint, Known, with_result
from stampbook.loyalty.events import storing as events
from stampbook.loyalty.events.awarding import note_given
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.orders import steps, storing
from stampbook.loyalty.orders.model import Order, Status
from stampbook.loyalty.orders.refunding import Desk
from stampbook.loyalty.orders.steps import Put, Saved
from stampbook.programs import currencies
from stampbook.programs.programs import Program
from stampbook.storage.store import Transacting

_order_body = Decoder(OrderBody)
_order_change = Decoder(OrderChange)
_reason_body = Decoder(ReasonBody)

BY_EXTERNAL_ID = "external:"
"""An order's place in a path is its id, or this and its external id."""

MAX_CURRENCIES = 1_000


def desk_of(call: Call) -> Desk:
    return Desk(call.context.store, call.context.ledger)


async def find_order(call: Call) -> Order | None:
    """The order of the path, within the caller's bounds."""
    program = call.id(ids.PROGRAM)
    if not finding.in_bounds(call, program):
        return None
    text, store, tenant = call.path["order"], call.context.store, call.caller.tenant
    if text.startswith(BY_EXTERNAL_ID):
        name = text.removeprefix(BY_EXTERNAL_ID)
        if "\0" in name:
            return None
        return await storing.by_external_id(store, name, tenant=tenant, program=program)
    number = ids.read(ids.ORDER, text)
    found = None if number is None else await storing.get(store, number, tenant=tenant)
    return found if found is not None and found.program == program else None


async def order_of(call: Call) -> Order:
    """The same. Raises Failure (404)."""
    found = await find_order(call)
    if found is None:
        raise not_found("there is no such order")
    return found


async def whole_of(call: Call, order: Order) -> Whole:
    """The order with all that belongs to it."""
    return await gathered(call.context.store, order)


async def gathered(db: Transacting, order: Order) -> Whole:
    """The same, as the view of the database has it."""
    awards = []
    for event in await events.of_order(db, order.number, tenant=order.tenant):
        awards += await events.awards_of(db, event.event_id, tenant=order.tenant)
    return Whole(
        order,
        await _scales(db, order.program or 0),
        tuple(awards),
        tuple(await storing.payments_of(db, order)),
        tuple(await storing.refunds_of(db, order)),
    )


async def _scales(db: Transacting, program: int) -> dict[int, int]:
    found = await currencies.page(db, program, limit=MAX_CURRENCIES)
    return {each.currency_id: each.scale for each in found}


# -- orders ------------------------------------------------------------------------------


async def create_order(call: Call) -> Reply:
    """A new order; one with that external id is changed instead."""
    body = read(_order_body, call.body)
    content = content_of(body)
    effective_at = _effective_at(call, body.effective_at)
    program = await finding.program(call, call.context.store, call.id(ids.PROGRAM))

    async def find() -> Order | None:
        return await storing.by_external_id(
            call.context.store,
            body.external_id,
            tenant=program.tenant_id,
            program=program.program_id,
        )

    member = await _member(call, program, body.member_id, find)

    def make(old: Order | None) -> Order:
        now = call.context.clock()
        if old is None:
            old = new_order(program, body.external_id, content, now=now)
        return merged(
            old,
            content=content,
            member=member,
            status=body.status if body.status != "created" or not old.is_paid else UNSET,
            effective_at=effective_at,
            fulfilled=body.fulfilled,
            now=now,
        )

    return await _put(call, find, make)


async def change_order(call: Call) -> Reply:
    body = read(_order_change, call.body)
    program = await finding.program(call, call.context.store, call.id(ids.PROGRAM))
    member: int | UnsetType | None = UNSET
    if body.member_id is not UNSET:
        member = await _member(call, program, body.member_id, partial(find_order, call))
    effective_at: int | None = None
    if body.effective_at is not UNSET:
        effective_at = _effective_at(call, body.effective_at)

    def make(old: Order | None) -> Order:
        assert old is not None
        return merged(
            old,
            content=changed(old, body),
            member=old.member if member is UNSET else member,
            status=body.status,
            effective_at=effective_at,
            fulfilled=body.fulfilled,
            now=call.context.clock(),
        )

    return await _put(call, lambda: order_of(call), make)


async def pay_order(call: Call) -> Reply:
    """The order is paid. A repeat changes nothing; a cancelled order stays cancelled."""
    return await _step(call, Status.PAID)


async def cancel_order(call: Call) -> Reply:
    """All that remains is taken back. A repeat changes nothing."""
    return await _step(call, Status.CANCELLED)


async def _step(call: Call, status: Status) -> Reply:
    body = read(_reason_body, call.body) if call.body else ReasonBody()

    def make(old: Order | None) -> Order:
        assert old is not None
        if status is Status.PAID and old.status is Status.CANCELLED:
            raise Refused(Code.ORDER_CANCELLED, "the order is cancelled")
        return old if status is Status.PAID and old.is_paid else old._replace(status=status)

    return await _put(call, lambda: order_of(call), make, reason=body.reason)


async def get_order(call: Call) -> OrderShape:
    return order_shape(await whole_of(call, await order_of(call)))


async def list_orders(call: Call) -> Page[OrderShape]:
    """Newest first; of one member, if one is named."""
    limit, store = finding.limit(call), call.context.store
    program = await finding.program(call, store, call.id(ids.PROGRAM))
    asked = call.query.get("member_id")
    member = None if asked is None else ids.read(ids.MEMBER, asked)
    found: Sequence[Order] = []
    if asked is None or member is not None:
        found = await storing.page(
            store,
            tenant=program.tenant_id,
            program=program.program_id,
            before=finding.cursor(call, ids.ORDER),
            member=member,
            limit=limit + 1,
        )
    return page_of([order_shape(await whole_of(call, each)) for each in found], limit)


async def _put(
    call: Call,
    find: Callable[[], Awaitable[Order | None]],
    make: Callable[[Order | None], Order],
    reason: str | None = None,
) -> Reply:
    desk, awarding = desk_of(call), call.context.awarding
    saved: list[Saved] = []

    async def watchers(order: Order) -> list[tuple[int, int]]:
        if order.program is None or order.member is None:
            return []
        return [(order.program, order.member)]

    ask = Put(find, make, watchers, actor=call.actor, reason=reason, dry_run=call.dry_run)

    async def build() -> Joint | Known:
        old = await find()
        program = make(old).program or 0
        whole = Whole(make(old), await _scales(call.context.store, program))
        whole = whole if old is None else await whole_of(call, old)
        made = await steps.request(desk, awarding, ask)
        return with_result(made, lambda result: shape(whole, result))

    def shape(whole: Whole, result: Saved) -> OrderShape:
        # Less of a paid order, and a cancel, give points back: so does a refund.
        if result.undoes and not call.caller.may("ledger:cancel"):
            raise Failure(403, "forbidden", "the API key lacks the scope ledger:cancel")
        saved[:] = [result]
        return order_shape(after(whole, result))

    async with awarding.turns.of(await steps.rivals_of(awarding, ask)):
        reply = await join_once(call, build)
    if saved and not call.dry_run:
        note_given(awarding, saved[0].judged)
    return reply


def _effective_at(call: Call, text: str | None) -> int | None:
    """Raises Failure (422) for an instant in the future."""
    found = read_instant(text, "/effective_at")
    if found is not None and found > call.context.clock():
        raise invalid_field("/effective_at", "must not lie in the future")
    return found


async def _member(
    call: Call, program: Program, text: str | None, order: Callable[[], Awaitable[Order | None]]
) -> int | None:
    """The program's member; also one who was merged or deleted since, of their own `order`. Raises
    Failure (422)."""
    if text is None:
        return None
    find = partial(finding.member, call, call.context.store)
    try:
        found = await named(find, ids.MEMBER, text, "/member_id", program=program.program_id)
    except Failure:
        known = await order()
        if known is None or known.member is None or known.member != ids.read(ids.MEMBER, text):
            raise
        return known.member
    return found.member_id
