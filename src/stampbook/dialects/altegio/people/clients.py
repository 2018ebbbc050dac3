"""Clients and locations: what integrations look up before they do anything else."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from stampbook.dialects.altegio.call import Answered, Call, Page
from stampbook.dialects.altegio.faults import Fault, invalid, not_found
from stampbook.dialects.altegio.finding import location_of
from stampbook.dialects.altegio.once import write_once
from stampbook.dialects.altegio.people.client_objects import (
    Sent,
    client_object,
    found_object,
    metadata_with,
    read_client,
)
from stampbook.dialects.altegio.wire.fields import MAX_ITEMS, Fields, to_hundredths, to_id
from stampbook.dialects.altegio.wire.query import Query
from stampbook.programs import enrolling, members
from stampbook.programs import programs as chains
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.storage.store import Transacting
from stampbook.visits import clients, finding, reading
from stampbook.visits.clients import Condition, WantedClients
from stampbook.visits.model import Location
from stampbook.visits.promotion import Totals

PAGE: Final = 20
SEARCH_PAGE: Final = 25
MAX_PAGE: Final = 200
MAX_FILTERS: Final = 20
"""Filters of one search: each is looked at for every client."""

ORDERS: Final = {
    "id": "id",
    "name": "name",
    "phone": "phone",
    "email": "email",
    "discount": "id",
    "first_visit_date": "first_visit",
    "last_visit_date": "last_visit",
    "sold_amount": "sold",
    "visits_count": "visits",
    "visit_count": "visits",
}
"""By what a search can be ordered; discounts are not compared."""

RANGES: Final[Mapping[str, tuple[str, Callable[[Fields, str, int], int]]]] = {
    "sold_amount": ("sold", Fields.amount),
    "paid_amount": ("paid", Fields.amount),
    "visits_count": ("visits", Fields.integer),
}
"""Filters with `from` and `to`: what is counted, and how the bounds are read."""

FILTERS: Final = ("id", "client", "quick_search", *RANGES)
"""The vendor's filters that are served."""


async def list_clients(call: Call) -> Any:
    """The chain's clients; by parts of what is known of them."""
    location = await location_of(call)
    query = call.query()
    page = query.integer("page", 1, least=1)
    limit = min(query.integer("count", PAGE, least=1), MAX_PAGE)
    store = call.context.store
    conditions = await _conditions(store, query, location)
    query.check()
    wanted = WantedClients(location.tenant, location.program, conditions)
    found = await clients.page(store, wanted, skip=(page - 1) * limit, limit=limit)
    total = await clients.count(store, wanted)
    totals = await reading.totals_of_all(store, location.program, _numbers(found))
    lang = call.language
    rows = [
        client_object(each, totals.get(each.member_id, Totals()), location, lang) for each in found
    ]
    return Page(rows, total, {"page": page, "total_count": total})


async def _conditions(db: Transacting, query: Query, location: Location) -> list[Condition]:
    conditions = []
    if name := query.text("fullname").strip():
        conditions.append(clients.with_name(name))
    for field, condition in (("email", clients.with_email), ("card", clients.with_card)):
        if text := query.text(field).strip():
            conditions.append(await clients.leading(db, location.program, condition(text)))
    phone = query.text("phone").strip()
    if phone:
        conditions.append(await clients.by_phone(db, location.program, phone))
    ids = query.numbers("id")
    if ids:
        conditions.append(clients.with_ids(ids))
    paid = [_amount(query, name) for name in ("paid_min", "paid_max")]
    if any(paid):  # 0 leaves nobody out, as the vendor's example has it
        conditions.append(clients.counted("paid", paid[0] or None, paid[1] or None))
    zone = location.timezone
    conditions.append(
        clients.changed(
            finding.between(
                query.instant("changed_after", zone), query.instant("changed_before", zone)
            )
        )
    )
    return conditions


def _amount(query: Query, name: str) -> int:
    text = query.text(name)
    found = to_hundredths(text) if text else 0
    if found is None or found < 0:
        query.errors.append((name, "amount"))
    return found or 0


def _numbers(found: Sequence[Member]) -> list[int]:
    return [each.member_id for each in found]


async def search(call: Call) -> Any:
    """The chain's clients by filters; only the fields that are asked for."""
    location = await location_of(call)
    fields = call.fields()
    page = fields.integer("page", 1, least=1)
    limit = min(fields.integer("page_size", SEARCH_PAGE, least=1), MAX_PAGE)
    order = fields.choice("order_by", tuple(ORDERS), "id")
    direction = fields.choice("order_by_direction", ("ASC", "DESC", "asc", "desc"), "ASC")
    operation = fields.choice("operation", ("AND", "OR", "and", "or"), "AND")
    names = [each for each in fields.list("fields") if isinstance(each, str)]
    store = call.context.store
    if len(fields.list("filters")) > MAX_FILTERS:
        fields.wrong("filters", "too_many_items")
        fields.check()
    conditions = [
        await _filter(store, location.program, each) for each in fields.objects("filters")
    ]
    fields.check()
    is_any = operation.upper() == "OR" and bool(conditions)
    wanted = WantedClients(location.tenant, location.program, conditions, any_of=is_any)
    found = await clients.page(
        store,
        wanted,
        skip=(page - 1) * limit,
        limit=limit,
        order=ORDERS[order],
        descending=direction.upper() == "DESC",
    )
    total = await clients.count(store, wanted)
    totals = await reading.totals_of_all(store, location.program, _numbers(found))
    lang = call.language
    rows = []
    for each in found:
        row = found_object(each, totals.get(each.member_id, Totals()), location, lang)
        rows.append({name: row[name] for name in names or row if name in row})
    return Page(rows, total, {"total_count": total})


async def _filter(db: Transacting, program: int, fields: Fields) -> Condition:
    """One filter of a search. Raises Fault (400) for one that is not served or makes no sense:
    it is never left out, since a search must not find more clients than it was asked for."""
    noted = len(fields.errors)
    kind, state = fields.choice("type", FILTERS), fields.object("state")
    value = state.values.get("value")
    condition = None
    if kind == "id":
        condition = _by_ids(value)
    elif kind == "client" and set(state.values) == {"id"}:
        condition = _by_ids(state.object("id").values.get("value"))
    elif kind == "quick_search" and (text := state.text("value", "").strip()):
        condition = await clients.by_text(db, program, text)
    elif kind in RANGES:
        what, read = RANGES[kind]
        least, most = (read(state, name, -1) for name in ("from", "to"))
        condition = clients.counted(what, None if least < 0 else least, None if most < 0 else most)
    if condition is None or len(fields.errors) > noted:
        raise Fault(400, "filter", [(fields.path.rstrip("."), "filter_state")])
    return condition


def _by_ids(value: Any) -> Condition | None:
    given = value if isinstance(value, list) else [value]
    found = [number for each in given if (number := to_id(each)) is not None]
    return clients.with_ids(found) if len(found) == len(given) <= MAX_ITEMS else None


async def create(call: Call) -> Any:
    """A client; 200 with the one who has that phone number already, completed by what is new."""
    location = await location_of(call)
    sent = read_client(call.fields().values, is_new=True)
    context = call.context
    email = sent.columns.get("email")

    async def write(writing: Transacting) -> list[int]:
        chain, now = await _chain_of(writing, location), context.clock()
        phone = str(sent.columns["phone"])
        made: list[Member] = []

        async def find(db: Transacting) -> Sequence[Member]:
            return await members.find(db, chain.program_id, phone=phone)

        async def make(db: Transacting) -> Member:
            member = await members.create(
                db,
                chain,
                now=now,
                phone=phone,
                name=str(sent.columns["name"]),
                email=None if email is None else str(email),
                metadata=metadata_with("{}", sent.kept),
            )
            made.append(member)
            return member

        client = (await enrolling.find_or_create(writing, chain, find, make))[0]
        if made:
            return [client.member_id, 201]
        await _complete(writing, client, sent, now=now)
        return [client.member_id, 200]

    number, status = await write_once(call, write)
    return Answered(await _object(call, location, number), status=status)


async def _complete(writing: Transacting, client: Member, sent: Sent, *, now: int) -> None:
    """Add what is not known of the client; what is known stays. Writes."""
    changes = {
        name: value for name, value in sent.columns.items() if value and not getattr(client, name)
    }
    known = json.loads(client.metadata)
    kept = {name: value for name, value in sent.kept.items() if name not in known}
    if kept:
        changes["metadata"] = metadata_with(client.metadata, kept)
    if changes:
        await members.update(writing, client.member_id, changes, tenant=client.tenant_id, now=now)


async def get_client(call: Call) -> Any:
    location = await location_of(call)
    return await _object(call, location, call.id("client_id") or 0)


async def change(call: Call) -> Any:
    """Change what is given; a phone number that another client has is refused."""
    location = await location_of(call)
    context = call.context
    number = (await client_of(context.store, location, call.id("client_id") or 0)).member_id
    sent = read_client(call.fields().values, is_new=False)

    async def write(writing: Transacting) -> None:
        changes = dict(sent.columns)
        if "phone" in changes:
            await chains.hold(writing, location.program, tenant=location.tenant)
        await members.hold(writing, number, tenant=location.tenant)
        client = await client_of(writing, location, number)
        if "phone" in changes:
            found = await members.find(writing, location.program, phone=str(changes["phone"]))
            if any(each.member_id != number for each in found):
                raise invalid(("phone", "taken"))
        if sent.kept:
            changes["metadata"] = metadata_with(client.metadata, sent.kept)
        if changes:
            now = context.clock()
            await members.update(writing, number, changes, tenant=location.tenant, now=now)

    await write_once(call, write)
    return await _object(call, location, number)


async def _chain_of(db: Transacting, location: Location) -> Program:
    found = await chains.get(db, location.program, tenant=location.tenant)
    assert found is not None, "a location's program is never removed"
    return found


async def client_of(db: Transacting, location: Location, number: int) -> Member:
    """The client of that number in the location's chain, or who has taken over from them. Raises
    Fault (404)."""
    found = await members.get(db, number, tenant=location.tenant) if number else None
    if found is not None and found.merged_into is not None:
        found = await members.survivor(db, found)
    if found is None or found.program_id != location.program or found.deleted_at is not None:
        raise not_found()
    return found


async def _object(call: Call, location: Location, number: int) -> dict[str, Any]:
    store = call.context.store
    client = await client_of(store, location, number)
    totals = await reading.totals_of(store, location.program, client.member_id)
    return client_object(client, totals, location, call.language)
