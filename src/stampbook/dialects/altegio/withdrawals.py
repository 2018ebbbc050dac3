"""A card pays for a visit, or takes back what it has paid: the paths that tills call all day.

The framework's routes and the short way (short_way.py) check, ask and word alike, with the
functions here.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

from stampbook.dialects.altegio.access import (
    CANCEL,
    WRITE,
    Exchange,
    Visitor,
    digits_of,
    find_location,
    find_visitor,
    key_of,
    named_card,
    unless_closed,
)
from stampbook.dialects.altegio.answers import language_by, refused
from stampbook.dialects.altegio.faults import invalid, not_found
from stampbook.dialects.altegio.objects import state
from stampbook.dialects.altegio.wire import Fields, body
from stampbook.domain.refusals import Code, Refusal
from stampbook.edge.context import Context
from stampbook.programs import members
from stampbook.visits import locations, paying, reading
from stampbook.visits.attempting import House
from stampbook.visits.model import Location, Visit
from stampbook.visits.paying import Operation
from stampbook.visits.whole import Found


class Deed(NamedTuple):
    """What a path asks for: the right that it needs, and what the card does."""

    scope: str
    operation: Operation

    def read(self, content: bytes, digits: int) -> "Wanted":
        """The request's body; the card's points have so many decimals. Raises Fault (422)."""
        fields = Fields(body(content))
        amount = fields.amount("amount", digits=digits) if self.operation.pays else 0
        wanted = wanted_visit(fields, amount)
        fields.check()
        return wanted


class Wanted(NamedTuple):
    """A request's body. `record` or `visit` is 0 where the body leaves it to the other to tell."""

    record: int
    visit: int
    amount: int


def wanted_visit(fields: Fields, amount: int = 0) -> Wanted:
    """The record and the visit that a body names: at least one of them."""
    names = ("record_id", "visit_id")
    is_named = any(fields.has(name) for name in names)
    record, visit = (fields.id(name) if fields.has(name) or not is_named else 0 for name in names)
    return Wanted(record, visit, amount)


APPLY: Final = Deed(WRITE, paying.WITHDRAW)
TAKE_BACK: Final = Deed(CANCEL, paying.CANCEL)


def house_of(context: Context) -> House:
    return House(context.store, context.ledger, context.visits)


def has_record(visit: Visit, location: Location, wanted: Wanted) -> bool:
    """Whether the visit is in the location and has the appointment: if none is named, just one."""
    if visit.location != location.number:
        return False
    return visit.record(wanted.record) is not None if wanted.record else len(visit.records) == 1


async def carry_out(
    exchange: Exchange,
    deed: Deed,
    location_id: str,
    card_id: str,
    content: Callable[[], Awaitable[bytes]],
) -> dict[str, Any]:
    """Do it, and tell the visit's state after it. Raises Fault, in the order of section 2.3."""
    context = exchange.context
    visitor = await find_visitor(exchange)
    location = await find_location(context, visitor, location_id, deed.scope)
    card = await named_card(context, visitor, card_id)
    if deed.operation.pays:
        unless_closed(card)  # what a card has paid comes back to it also after it was removed
    wanted = deed.read(await content(), await digits_of(context, card))
    seen = await find_visit(context, visitor, location, wanted)
    wanted = wanted._replace(record=wanted.record or seen.visit.records[0].number)
    wanted = wanted._replace(visit=seen.visit.number)
    if card.program_id != location.program:
        raise not_found()
    key, ask = key_of(exchange), visitor.ask(wanted.amount)
    carried = await paying.carry_out(
        house_of(context), deed.operation, seen, card.account_id, ask, key
    )
    outcome = carried.outcome
    if isinstance(outcome, Refusal) and outcome.code is not Code.ALREADY_CANCELLED:
        raise refused(outcome)
    visit = carried.visit or (await find_visit(context, visitor, location, wanted)).visit
    return await state_of(context, visit, location, language_by(exchange.headers))


async def find_visit(
    context: Context, visitor: Visitor, location: Location, wanted: Wanted
) -> Found:
    """The visit, if it is in the location and has the record.

    A record tells its visit, and a visit with one record that record. Raises Fault (404, or 422
    when no record is named and the visit has several).
    """
    store, tenant = context.store, visitor.tenant
    number: int | None = wanted.visit
    if not number:
        number = await reading.visit_of_record(store, wanted.record, tenant=tenant)
    found = None if number is None else await reading.whole(store, number, tenant=tenant)
    if found is None or found.visit.location != location.number:
        raise not_found()
    if not wanted.record and len(found.visit.records) > 1:
        raise invalid(("record_id", "required"))
    if not has_record(found.visit, location, wanted):
        raise not_found()
    return found


async def state_of(context: Context, visit: Visit, location: Location, lang: str) -> dict[str, Any]:
    """The state of section 6."""
    client = None
    if visit.member and visit.payments:  # only these tell of the client
        client = await members.get(context.store, visit.member, tenant=visit.tenant)
    return state(visit, location, client, lang)


async def state_anew(context: Context, visit: Visit, lang: str) -> dict[str, Any]:
    """The state of section 6; the visit's location is read, since it may have changed."""
    location = await locations.get(context.store, visit.location, tenant=visit.tenant)
    assert location is not None, "a visit's location is never removed"
    return await state_of(context, visit, location, lang)
