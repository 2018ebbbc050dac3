"""`/members/{id}/timeline`: movements of all accounts, visits and orders, newest first."""

from collections.abc import Mapping, Sequence

from stampbook.dialects import amounts, instants
from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.ledger import reading as ledger_reading
from stampbook.dialects.native.lookup.wire import (
    TimelineEntry,
    TimelineOrder,
    TimelineShape,
    TimelineVisit,
)
from stampbook.dialects.native.problems import invalid_parameter
from stampbook.dialects.native.wire.money import write_money
from stampbook.dialects.native.wire.visits import ATTENDANCE_WORDS
from stampbook.domain.model import split_number, transaction_number
from stampbook.ledger.journal import rows
from stampbook.loyalty.orders import storing
from stampbook.programs import accounts
from stampbook.programs.members import Member
from stampbook.visits import reading

SEPARATOR = "."
"""Between the ids in a cursor: of each account, of visits and of orders the last that was shown."""

VISITS, ORDERS = -1, -2
"""In a cursor's places beside accounts, which are numbered from 1."""

Dated = tuple[int, TimelineEntry]
"""An entry with its instant in microseconds."""


async def list_timeline(call: Call) -> TimelineShape:
    """Also of a member who was deleted."""
    store, limit = call.context.store, finding.limit(call)
    member = await finding.member(call, store, call.id(ids.MEMBER), deleted=True)
    past = _places(call)
    found: list[Dated] = []
    held = await accounts.of_member(store, member.member_id)
    scales = await call.context.ledger.denominations.of_all([each.account_id for each in held])
    for account, known in scales.items():
        before = past.get(account, rows.LATEST)
        found += await _movements(call, account, known.scale, before, limit + 1)
    found += await _visits(call, member, past.get(VISITS), limit + 1)
    found += await _orders(call, member, past.get(ORDERS), limit + 1)
    found.sort(key=lambda each: (each[0], each[1].id), reverse=True)
    shown = [entry for _, entry in found[:limit]]
    return TimelineShape(shown, _cursor(past, shown) if len(found) > limit else None)


async def _movements(call: Call, account: int, scale: int, before: int, limit: int) -> list[Dated]:
    found = await ledger_reading.newest(call, account, scale, before=before, limit=limit)
    return [
        (instants.read(at), TimelineEntry(each.id, "transaction", at, each))
        for at, each in ((shape.created_at, shape) for shape in found)
    ]


async def _visits(call: Call, member: Member, before: int | None, limit: int) -> list[Dated]:
    found = await reading.newest_of(
        call.context.store,
        member.member_id,
        program=member.program_id,
        tenant=member.tenant_id,
        before=ids.LIMIT if before is None else before,
        limit=limit,
    )
    made: list[Dated] = []
    for each in found:
        if not call.caller.enters(member.program_id, each.location):
            continue
        visit = TimelineVisit(
            ids.write(ids.VISIT, each.number),
            ids.write(ids.LOCATION, each.location),
            instants.write(each.starts_at),
            ATTENDANCE_WORDS[each.attendance],
            write_money(each.cost),
        )
        at = instants.write(each.created_at)
        made.append((each.created_at, TimelineEntry(visit.id, "visit", at, visit=visit)))
    return made


async def _orders(call: Call, member: Member, before: int | None, limit: int) -> list[Dated]:
    found = await storing.page(
        call.context.store,
        tenant=member.tenant_id,
        program=member.program_id,
        member=member.member_id,
        before=before,
        limit=limit,
    )
    made: list[Dated] = []
    for each in found:
        scale = each.content.scale
        order = TimelineOrder(
            ids.write(ids.ORDER, each.number),
            each.external_id,
            each.status.value,
            each.content.money,
            amounts.write(each.content.total, scale),
            amounts.write(each.refunded, scale),
            instants.write(each.effective_at),
        )
        at = instants.write(each.created_at)
        made.append((each.created_at, TimelineEntry(order.id, "order", at, order=order)))
    return made


def _places(call: Call) -> dict[int, int]:
    """Where each list goes on, by account (visits and orders: their constants). Raises Failure."""
    text = call.query.get("cursor")
    found: dict[int, int] = {}
    for each in [] if text is None else text.split(SEPARATOR):
        place = _place(each)
        if place is None:
            raise invalid_parameter("cursor", "is not a next_cursor of this list")
        found[place[0]] = place[1]
    return found


def _place(text: str) -> tuple[int, int] | None:
    number = ids.read(ids.TRANSACTION, text)
    if number is not None:
        return split_number(number)
    for prefix, place in ((ids.VISIT, VISITS), (ids.ORDER, ORDERS)):
        number = ids.read(prefix, text)
        if number is not None:
            return place, number
    return None


def _cursor(past: Mapping[int, int], shown: Sequence[TimelineEntry]) -> str:
    places = dict(past)
    for each in shown:
        place = _place(each.id)
        assert place is not None
        places[place[0]] = place[1]
    prefixes = {VISITS: ids.VISIT, ORDERS: ids.ORDER}
    return SEPARATOR.join(
        ids.write(prefixes[place], last)
        if place in prefixes
        else ids.write(ids.TRANSACTION, transaction_number(account=place, seq=last))
        for place, last in sorted(places.items())
    )
