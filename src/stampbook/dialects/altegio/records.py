"""Records (appointments) and visits (section 13)."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from litestar import Response, delete, get, post, put
from litestar.params import FromPath

from stampbook.dialects.altegio.access import (
    READ,
    WRITE,
    AnyRequest,
    Visitor,
    context_of,
    location_of,
    require,
    visitor_of,
)
from stampbook.dialects.altegio.answers import counted, enveloped, no_content
from stampbook.dialects.altegio.bookings import (
    Booking,
    Client,
    booking,
    comment_of,
    good,
    service,
    with_goods,
    with_services,
)
from stampbook.dialects.altegio.clients import client_of
from stampbook.dialects.altegio.faults import Fault, not_found
from stampbook.dialects.altegio.once import change_once, earlier, write_once
from stampbook.dialects.altegio.query import Query
from stampbook.dialects.altegio.record_objects import record_object, visit_object
from stampbook.dialects.altegio.visit_loyalty import Case, visit_of_path
from stampbook.dialects.altegio.wire import Fields, body, id_in_path
from stampbook.edge.context import Context
from stampbook.programs import enrolling, members
from stampbook.programs import programs as chains
from stampbook.storage.store import Transacting
from stampbook.visits import changing, earning, editing, finding, reading, recording
from stampbook.visits.finding import Wanted
from stampbook.visits.model import LineKind, Location, Record, Visit

PAGE: Final = 50
MAX_PAGE: Final = 200

FAST_PAYMENTS: Final = {1: 1, 129: 1, 2: 2, 130: 2}
"""The till that takes all that is left: 1 cash, 2 card; 129 and 130 would also print."""

LISTS: Final = [
    "/records/{location_id:str}",
    "/appointments/{location_id:str}",
    "/company/{location_id:str}/records",
    "/company/{location_id:str}/appointments",
    "/locations/{location_id:str}/records",
    "/locations/{location_id:str}/appointments",
]
ONE: Final = [
    "/record/{location_id:str}/{record_id:str}",
    "/appointment/{location_id:str}/{record_id:str}",
]


class Place(NamedTuple):
    """Where a request about records takes place, and who asks."""

    context: Context
    visitor: Visitor
    location: Location


async def _place(request: AnyRequest, location_id: str, scope: str) -> Place:
    visitor = await visitor_of(request)
    location = await location_of(request, visitor, location_id, scope)
    return Place(context_of(request), visitor, location)


@post(LISTS, status_code=201)
async def create_record(request: AnyRequest, location_id: FromPath[str]) -> Response[bytes]:
    """Book: a visit of its own, or a further record of the visit that is named."""
    place = await _place(request, location_id, WRITE)
    fields = Fields(body(await request.body()))
    now = place.context.clock()
    wanted = booking(fields, place.location.timezone, now=now)
    fields.check()
    if wanted.visit:
        number = await _join(request, place, wanted)
    else:

        async def write(writing: Transacting) -> int:
            return await _open(writing, place, wanted, now)

        number = await write_once(request, place.visitor, write)
    return enveloped([await _record(place, number)], meta={"count": 1}, status=201)


async def _open(writing: Transacting, place: Place, wanted: Booking, now: int) -> int:
    """A new visit with that record; the record's number. Writes."""
    member = await _client(writing, place, wanted.client, now)
    location = place.location
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


async def _join(request: AnyRequest, place: Place, wanted: Booking) -> int:
    """A further record of a visit; its number. Raises Fault (404)."""
    store = place.context.store
    visit = await reading.get(store, wanted.visit, tenant=place.visitor.tenant)
    if visit is None or visit.location != place.location.number:
        raise not_found()
    case = _case(place, visit, 0)
    numbers: list[int] = []

    def edit(each: Visit) -> Visit:
        each, record = _booked(each, wanted)
        numbers.append(record)
        return each

    joined: int = await change_once(
        request,
        place.visitor,
        case.house,
        case.bill,
        edit,
        case.ask(),
        data=lambda made: made[numbers[-1]],
    )
    return joined


async def _client(writing: Transacting, place: Place, client: Client | None, now: int) -> int:
    """The member's number, 0 without an id or a phone. Writes. Raises Fault (404)."""
    if client is None or not (client.number or client.phone):
        return 0
    if client.number:
        return (await client_of(writing, place.visitor, place.location, client.number)).member_id
    chain = await chains.get(writing, place.location.program, tenant=place.visitor.tenant)
    if chain is None:
        raise not_found()
    found = await enrolling.by_phone(
        writing,
        chain,
        client.phone,
        now=now,
        name=client.name or None,
        email=client.email or None,
    )
    return found.member_id


@get(LISTS)
async def list_records(request: AnyRequest, location_id: FromPath[str]) -> Response[bytes]:
    place = await _place(request, location_id, READ)
    query = Query(request)
    page = query.integer("page", 1, least=1)
    limit = min(query.integer("count", PAGE, least=1), MAX_PAGE)
    wanted = _wanted(query, place.location)
    query.check()
    store = place.context.store
    found = await finding.records(store, wanted, skip=(page - 1) * limit, limit=limit)
    total = await finding.count(store, wanted)
    shown = await _objects(place, found)
    return counted(request, shown, total, meta={"page": page, "total_count": total})


def _wanted(query: Query, location: Location) -> Wanted:
    zone = location.timezone
    return Wanted(
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


@get(ONE)
async def get_record(
    request: AnyRequest, location_id: FromPath[str], record_id: FromPath[str]
) -> Response[bytes]:
    place = await _place(request, location_id, READ)
    return enveloped(await _record(place, id_in_path(record_id) or 0))


@put(ONE, status_code=201)
async def put_record(
    request: AnyRequest, location_id: FromPath[str], record_id: FromPath[str]
) -> Response[bytes]:
    """Change what is given. Withdrawals shrink to what is left to pay."""
    place = await _place(request, location_id, WRITE)
    visit, record = await _find(place, record_id)
    fields = Fields(body(await request.body()))
    now = place.context.clock()
    wanted = booking(fields, place.location.timezone, now=now, known=record)
    fields.check()
    member = 0
    is_repeat = await earlier(request, place.visitor) is not None
    if wanted.client is not None and not is_repeat:
        async with place.context.store.transaction() as writing:
            member = await _client(writing, place, wanted.client, now)

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

    await _carry_out(request, _case(place, visit, record.number), edit)
    return enveloped(await _record(place, record.number), status=201)


@delete(ONE, status_code=204)
async def delete_record(
    request: AnyRequest, location_id: FromPath[str], record_id: FromPath[str]
) -> Response[None]:
    """Delete the record: what cards paid for it goes back to them first."""
    place = await _place(request, location_id, WRITE)
    try:
        visit, record = await _find(place, record_id)
    except Fault:
        if await earlier(request, place.visitor) is None:
            raise
        return no_content()
    await _carry_out(
        request,
        _case(place, visit, record.number),
        lambda each: editing.remove_record(each, record.number),
    )
    return no_content()


@get("/visits/{visit_id:str}")
async def get_visit(request: AnyRequest, visit_id: FromPath[str]) -> Response[bytes]:
    visitor = await visitor_of(request)
    require(visitor, READ)
    visit, location = await visit_of_path(request, visitor, visit_id)
    place = Place(context_of(request), visitor, location)
    return enveloped(await _visit_object(place, visit.number))


@put("/visits/{visit_id:str}/{record_id:str}")
async def put_visit(
    request: AnyRequest, visit_id: FromPath[str], record_id: FromPath[str]
) -> Response[bytes]:
    """Attendance, comment, services, goods, payments; cashback is corrected after that."""
    visitor = await visitor_of(request)
    require(visitor, WRITE)
    visit, location = await visit_of_path(request, visitor, visit_id)
    record = visit.record(id_in_path(record_id) or 0)
    if record is None:
        raise not_found()
    place = Place(context_of(request), visitor, location)
    changes = _changes(Fields(body(await request.body())), visit, record)
    _check_numbers(visit, changes)
    now = place.context.clock()
    await _carry_out(
        request,
        _case(place, visit, record.number),
        lambda each: _changed(each, record.number, changes, now),
    )
    return enveloped(await _visit_object(place, visit.number))


class Changes(NamedTuple):
    """The body of `PUT /visits`. None: not sent, stays as it is."""

    attendance: int
    comment: str
    services: tuple[Any, ...] | None
    goods: tuple[Any, ...] | None
    goods_named: frozenset[int]
    payments: tuple[tuple[int, int], ...]
    removed_payments: frozenset[int]
    fast_payment: int


def _changes(fields: Fields, visit: Visit, record: Record) -> Changes:
    """Raises Fault (422)."""
    services = goods = None
    named: list[int] = []
    if fields.has("services"):
        services = tuple(service(each, record.staff) for each in fields.objects("services"))
    if fields.has("goods_transactions"):
        goods = tuple(
            _good(each, visit, record, named) for each in fields.objects("goods_transactions")
        )
    payments = [
        (each.amount("amount"), each.id_or_zero("account_id") or 1)
        for each in fields.objects("new_transactions")
    ]
    fast_payment = fields.integer("fast_payment", 0)
    if fast_payment and fast_payment not in FAST_PAYMENTS:
        fields.wrong("fast_payment", "choice")
    changes = Changes(
        fields.integer("attendance", least=-1, most=2),
        comment_of(fields),
        services,
        goods,
        frozenset(named),
        tuple(payments),
        frozenset(fields.ids("deleted_transaction_ids")),
        fast_payment,
    )
    fields.check()
    return changes


def _good(fields: Fields, visit: Visit, record: Record, named: list[int]) -> Any:
    number = fields.id_or_zero("id")
    if number:
        named.append(number)
    return good(fields, record, visit.line(number) if number else None)


def _check_numbers(visit: Visit, changes: Changes) -> None:
    """Raises Fault (404) unless the goods and payments that are named are the visit's."""
    goods = {line.number for line in visit.lines if line.kind is LineKind.GOOD}
    payments = {payment.number for payment in visit.payments}
    if changes.goods_named - goods or changes.removed_payments - payments:
        raise not_found()


def _changed(visit: Visit, number: int, changes: Changes, now: int) -> Visit:
    """The visit after `PUT /visits`."""
    record = visit.record(number)
    if record is None:
        return visit
    record = record._replace(attendance=changes.attendance, comment=changes.comment)
    visit = editing.replace_record(visit, record)
    visit = visit._replace(attendance=changes.attendance, comment=changes.comment)
    if changes.services is not None:
        visit = with_services(visit, record, changes.services)
    if changes.goods is not None:
        visit = with_goods(visit, record, changes.goods)
    visit = editing.remove_payments(visit, changes.removed_payments)
    for amount, desk in changes.payments:
        visit = editing.pay(visit, amount, desk=desk, now=now)
    if changes.fast_payment:
        desk = FAST_PAYMENTS[changes.fast_payment]
        visit = editing.pay(visit, visit.cost, desk=desk, now=now, capped=True)
    return visit


# -- shared --------------------------------------------------------------------------


def _case(place: Place, visit: Visit, record: int) -> Case:
    return Case(place.context, place.visitor, place.location, record, visit.number)


async def _carry_out(request: AnyRequest, case: Case, edit: changing.Edit) -> None:
    """Change the bill, then let the visit earn what it is worth now. Raises Fault."""
    await change_once(request, case.visitor, case.house, case.bill, edit, case.ask())
    await earning.earn(case.house, case.bill, case.ask(), anew=True)


async def _find(place: Place, text: str) -> tuple[Visit, Record]:
    """The record of a path and its visit, in the location. Raises Fault (404)."""
    number = id_in_path(text) or 0
    store, tenant = place.context.store, place.visitor.tenant
    visit_id = await reading.visit_of_record(store, number, tenant=tenant)
    visit = None if visit_id is None else await reading.get(store, visit_id, tenant=tenant)
    record = None if visit is None else visit.record(number)
    if visit is None or record is None or visit.location != place.location.number:
        raise not_found()
    return visit, record


async def _record(place: Place, number: int) -> dict[str, Any]:
    _, record = await _find(place, str(number))
    return (await _objects(place, [record]))[0]


async def _objects(place: Place, records: Iterable[Record]) -> list[dict[str, Any]]:
    store, tenant = place.context.store, place.visitor.tenant
    shown = []
    for record in records:
        visit = await reading.get(store, record.visit, tenant=tenant)
        assert visit is not None
        client, totals = await _client_of(place, visit)
        shown.append(record_object(visit, record, place.location, client, totals))
    return shown


async def _client_of(place: Place, visit: Visit) -> Any:
    store = place.context.store
    client = None
    if visit.member:
        client = await members.get(store, visit.member, tenant=visit.tenant)
    return client, await reading.totals_of(store, visit.program, visit.member)


async def _visit_object(place: Place, number: int) -> dict[str, Any]:
    visit = await reading.get(place.context.store, number, tenant=place.visitor.tenant)
    if visit is None:
        raise not_found()
    client, totals = await _client_of(place, visit)
    return visit_object(visit, place.location, client, totals)


routes = [
    create_record,
    list_records,
    get_record,
    put_record,
    delete_record,
    get_visit,
    put_visit,
]
