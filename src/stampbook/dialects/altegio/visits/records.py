"""Records: the appointments of visits."""

from collections.abc import Iterable
from typing import Any, Final

from stampbook.dialects.altegio.call import Answered, Call, Page
from stampbook.dialects.altegio.faults import Fault, not_found
from stampbook.dialects.altegio.finding import location_of
from stampbook.dialects.altegio.once import change_once, earlier, write_once
from stampbook.dialects.altegio.people.client_objects import metadata_with
from stampbook.dialects.altegio.people.clients import client_of
from stampbook.dialects.altegio.visits.bookings import Booking, Client, booking, with_services
from stampbook.dialects.altegio.visits.loyalty import Case
from stampbook.dialects.altegio.visits.record_objects import finance_transactions, record_object
from stampbook.dialects.altegio.wire.query import Query
from stampbook.programs import enrolling, members
from stampbook.programs import programs as chains
from stampbook.programs.members import Member
from stampbook.storage.store import Transacting
from stampbook.visits import changing, earning, editing, finding, reading, recording
from stampbook.visits.finding import WantedAppointments
from stampbook.visits.model import Location, Record, Visit
from stampbook.visits.promotion import Totals

PAGE: Final = 50
MAX_PAGE: Final = 200


async def create_record(call: Call) -> Any:
    """Book: a visit of its own, or a further record of the visit that is named."""
    location = await location_of(call)
    fields = call.fields()
    now = call.now
    wanted = booking(fields, location.timezone, now=now)
    fields.check()
    if wanted.visit:
        number = await _join(call, location, wanted)
    else:

        async def write(writing: Transacting) -> int:
            return await _open(call, writing, location, wanted, now)

        number = await write_once(call, write)
    return Answered([await _object_of(call, location, number)], meta={"count": 1})


async def _open(
    call: Call, writing: Transacting, location: Location, wanted: Booking, now: int
) -> int:
    """A new visit with that record; the record's number. Writes."""
    member = await _client(call, writing, location, wanted.client, now)
    visit = Visit(
        0,
        0,
        location.tenant,
        location.program,
        location.number,
        member,
        wanted.record.attendance,
        wanted.record.starts_at,
        wanted.record.comment,
        now,
    )
    visit, record = _booked(visit, wanted)
    _, numbers = await recording.create(writing, visit, now=now)
    return numbers[record]


def _booked(visit: Visit, wanted: Booking) -> tuple[Visit, int]:
    """The visit with the record and its services; the record's passing number."""
    visit = editing.add_record(visit, wanted.record)
    record = visit.records[-1]
    return with_services(visit, record, wanted.services or ()), record.number


async def _join(call: Call, location: Location, wanted: Booking) -> int:
    """A further record of a visit; its number. Raises Fault (404)."""
    visit = await reading.get(call.context.store, wanted.visit, tenant=location.tenant)
    if visit is None or visit.location != location.number:
        raise not_found()
    case = Case(call, location, 0, visit)
    numbers: list[int] = []

    def edit(each: Visit) -> Visit:
        each, record = _booked(each, wanted)
        numbers.append(record)
        return each

    joined: int = await change_once(
        call, case.house, case.bill, edit, case.ask(), data=lambda made: made[numbers[-1]]
    )
    return joined


async def _client(
    call: Call, writing: Transacting, location: Location, client: Client | None, now: int
) -> int:
    """The member's number, 0 without an id or a phone. Writes. Raises Fault (404)."""
    if client is None or not (client.number or client.phone):
        return 0
    if client.number:
        return (await client_of(writing, location, client.number)).member_id
    chain = await chains.get(writing, location.program, tenant=location.tenant)
    if chain is None:
        raise not_found()
    found = await enrolling.by_phone(
        writing,
        chain,
        client.phone,
        now=now,
        name=client.name or None,
        email=client.email or None,
        metadata=metadata_with("{}", client.names),
    )
    return found.member_id


async def list_records(call: Call) -> Any:
    location = await location_of(call)
    query = call.query()
    page = query.integer("page", 1, least=1)
    limit = min(query.integer("count", PAGE, least=1), MAX_PAGE)
    wanted = _wanted(query, location)
    with_payments = _with_payments(query)
    query.check()
    store = call.context.store
    found = await finding.records(store, wanted, skip=(page - 1) * limit, limit=limit)
    total = await finding.count(store, wanted)
    shown = await _objects(call, location, found, with_payments=with_payments)
    return Page(shown, total, {"page": page, "total_count": total})


def _with_payments(query: Query) -> bool:
    """Whether records are to be shown with their payments. There are no consumables."""
    query.flag("include_consumables")
    return query.flag("include_finance_transactions")


def _wanted(query: Query, location: Location) -> WantedAppointments:
    zone = location.timezone
    if query.integer("created_user_id", 0):
        query.errors.append(("created_user_id", "choice"))  # it is not kept: 0 in every record
    return WantedAppointments(
        location=location.number,
        staff=query.integer("staff_id", 0),
        member=query.integer("client_id", 0),
        starts=finding.days(query.date("start_date"), query.date("end_date"), zone),
        created=finding.days(query.date("c_start_date"), query.date("c_end_date"), zone),
        changed=finding.between(
            query.instant("changed_after", zone), query.instant("changed_before", zone)
        ),
        with_deleted=query.flag("with_deleted"),
    )


async def get_record(call: Call) -> Any:
    location, query = await location_of(call), call.query()
    with_payments = _with_payments(query)
    query.check()
    number = call.id("record_id") or 0
    return await _object_of(call, location, number, with_payments=with_payments)


async def put_record(call: Call) -> Any:
    """Change what is given. Withdrawals shrink to what is left to pay."""
    location, query = await location_of(call), call.query()
    visit, record = await _find(call, location, call.id("record_id") or 0)
    with_payments = _with_payments(query)
    query.check()
    fields = call.fields()
    now = call.now
    wanted = booking(fields, location.timezone, now=now, known=record)
    fields.check()
    member = 0
    if wanted.client is not None and await earlier(call) is None:
        async with call.context.store.transaction() as writing:
            member = await _client(call, writing, location, wanted.client, now)

    def edit(visit: Visit) -> Visit:
        visit = editing.replace_record(visit, wanted.record)
        if len(visit.records) == 1:
            visit = visit._replace(
                attendance=wanted.record.attendance, starts_at=wanted.record.starts_at
            )
        if member:
            visit = visit._replace(member=member)
        if wanted.services is None:
            return visit
        return with_services(visit, wanted.record, wanted.services)

    await edit_and_earn(Case(call, location, record.number, visit), edit)
    return await _object_of(call, location, record.number, with_payments=with_payments)


async def delete_record(call: Call) -> None:
    """Delete the record: what cards paid for it goes back to them first."""
    location = await location_of(call)
    try:
        visit, record = await _find(call, location, call.id("record_id") or 0)
    except Fault:
        if await earlier(call) is None:
            raise
        return
    await edit_and_earn(
        Case(call, location, record.number, visit),
        lambda each: editing.remove_record(each, record.number),
    )


async def edit_and_earn(case: Case, edit: changing.Edit) -> None:
    """Change the bill, then let the visit earn what it is worth now. Raises Fault."""
    await change_once(case.call, case.house, case.bill, edit, case.ask(), earns=changing.Earns.ANEW)
    await earning.earn(case.house, case.bill, case.ask(), anew=True)


async def _find(call: Call, location: Location, number: int) -> tuple[Visit, Record]:
    """The record and its visit, in the location. Raises Fault (404)."""
    store, tenant = call.context.store, location.tenant
    visit_id = await reading.visit_of_record(store, number, tenant=tenant)
    visit = None if visit_id is None else await reading.get(store, visit_id, tenant=tenant)
    record = None if visit is None else visit.record(number)
    if visit is None or record is None or visit.location != location.number:
        raise not_found()
    return visit, record


async def _object_of(
    call: Call, location: Location, number: int, *, with_payments: bool = False
) -> dict[str, Any]:
    visit, record = await _find(call, location, number)
    return await _object(call, location, visit, record, with_payments=with_payments)


async def _object(
    call: Call, location: Location, visit: Visit, record: Record, *, with_payments: bool
) -> dict[str, Any]:
    client, totals = await client_of_visit(call, visit)
    shown = record_object(visit, record, location, client, totals)
    if with_payments:
        paid = finance_transactions(visit, record, location, client, call.language)
        shown["finance_transactions"] = paid
    return shown


async def _objects(
    call: Call, location: Location, records: Iterable[Record], *, with_payments: bool
) -> list[dict[str, Any]]:
    shown = []
    for record in records:
        visit = await reading.get(call.context.store, record.visit, tenant=location.tenant)
        assert visit is not None, "visits are never removed"
        each = await _object(call, location, visit, record, with_payments=with_payments)
        shown.append(each)
    return shown


async def client_of_visit(call: Call, visit: Visit) -> tuple[Member | None, Totals]:
    """Whose visit it is, and what all of their visits add up to."""
    store = call.context.store
    client = None
    if visit.member:
        client = await members.get(store, visit.member, tenant=visit.tenant)
    return client, await reading.totals_of(store, visit.program, visit.member)
