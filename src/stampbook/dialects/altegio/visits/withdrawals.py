"""A card pays for a visit, or takes back what it has paid: the operations that tills call all day.

Memory mostly has all that is needed: the caller, the location, the card's denomination, and the
visit. What is remembered may be out of date, so it is never the last word: the ledger judges the
card, and what it writes is guarded by the visit's version; what is refused by a remembered visit,
or writes nothing, is judged again by the visit as the store has it.
"""

from functools import partial
from typing import Any, Final, NamedTuple

from stampbook.dialects.altegio.answers import refused
from stampbook.dialects.altegio.call import Call
from stampbook.dialects.altegio.faults import invalid, not_found
from stampbook.dialects.altegio.finding import find_location, is_repeat
from stampbook.dialects.altegio.visits.objects import state
from stampbook.dialects.altegio.wire.fields import fields_of, to_id
from stampbook.domain.model import AccountStatus
from stampbook.domain.refusals import Code, Refusal
from stampbook.programs import members
from stampbook.visits import locations, paying, reading
from stampbook.visits.model import SCALE, Location, Visit
from stampbook.visits.paying import CANCEL, WITHDRAW, CardOperation
from stampbook.visits.whole import FoundVisit


class Wanted(NamedTuple):
    """A body's names of a visit: 0 where it leaves one of them to the other to tell."""

    record: int
    visit: int

    def is_in(self, visit: Visit, location: Location) -> bool:
        """Whether the visit is in the location, and so of its tenant, and has the record, or just
        one if none is named."""
        if visit.location != location.number:
            return False
        if not self.record:
            return len(visit.records) == 1
        return any(each.number == self.record for each in visit.records)


class Asked(NamedTuple):
    """What a till asks for: the location and the card of the path, and what the body names."""

    location: Location
    card: int
    program: int
    amount: int
    wanted: Wanted


async def read(call: Call, operation: CardOperation) -> Asked:
    """What is asked for. Raises Fault, in the order of the checks.

    Of the location only its number, tenant and program are right: it is from memory if a visit
    there was read before.
    """
    context, visitor, number = call.context, call.visitor, to_id(call.path["location_id"])
    location = context.visits.location(number or 0)
    if location is None:
        location = await find_location(call, number)
    elif not visitor.in_location(location):
        raise not_found()
    account = to_id(call.path["card_id"]) or 0
    denominations = context.ledger.denominations
    card = denominations.known(account) or await denominations.of(account)
    if card is None or card.tenant != visitor.tenant or card.scale > SCALE:
        raise not_found()
    if operation.pays and card.status is AccountStatus.CLOSED and not await is_repeat(call):
        raise not_found()  # what a card has paid comes back to it also after it was removed
    fields = fields_of(call.body)
    amount = fields.amount("amount", digits=card.scale) if operation.pays else 0
    wanted = Wanted(*fields.some_ids("record_id", "visit_id"))
    if fields.errors:
        fields.check()
    return Asked(location, account, card.program, amount, wanted)


async def carry_out(call: Call, operation: CardOperation) -> dict[str, Any]:
    """Do it, and answer the visit's state after it. Raises Fault, in the order of the checks."""
    asked = await read(call, operation)
    location, wanted, ask = asked.location, asked.wanted, call.visitor.ask
    seen = call.context.visits.recall(wanted.visit)
    if seen is None or not wanted.is_in(seen.visit, location):
        seen = await find_visit(call, location, wanted)
    if asked.program != location.program:
        raise not_found()
    carried = await paying.carry_out(
        call.context.house,
        operation,
        seen,
        asked.card,
        ask._replace(amount=asked.amount) if operation.pays else ask,
        call.key if call.is_keyed else None,
        anew=partial(find_visit, call, location, wanted),
    )
    outcome = carried.outcome
    if isinstance(outcome, Refusal) and outcome.code is not Code.ALREADY_CANCELLED:
        raise refused(outcome)
    return await state_of(call, carried.visit)


apply_card_withdrawal: Final = partial(carry_out, operation=WITHDRAW)
"""Withdraw points: at most the balance and what is left to pay; replaces an earlier one."""

cancel_card_withdrawal: Final = partial(carry_out, operation=CANCEL)
"""Take back all that the card has paid in the visit. Nothing to take back: 200."""


async def find_visit(call: Call, location: Location, wanted: Wanted) -> FoundVisit:
    """The visit as the store has it, if it is in the location and has the record.

    A record tells its visit, and a visit with one record that record. Raises Fault (404, or 422
    when no record is named and the visit has several).
    """
    store, tenant = call.context.store, call.visitor.tenant
    number: int | None = wanted.visit
    if not number:
        number = await reading.visit_of_record(store, wanted.record, tenant=tenant)
    found = None if number is None else await reading.whole(store, number, tenant=tenant)
    if found is None or found.visit.location != location.number:
        raise not_found()
    if not wanted.record and len(found.visit.records) > 1:
        raise invalid(("record_id", "required"))
    if not wanted.is_in(found.visit, location):
        raise not_found()
    return found


async def state_of(call: Call, visit: Visit) -> dict[str, Any]:
    """The state of the visit, as every operation of this family answers it."""
    if not visit.payments:
        return state(visit, call.language)
    store, tenant = call.context.store, visit.tenant
    client = await members.get(store, visit.member, tenant=tenant) if visit.member else None
    location = await locations.get(store, visit.location, tenant=tenant)
    assert location is not None, "a visit's location is never removed"
    return state(visit, call.language, client=client, timezone=location.timezone)
