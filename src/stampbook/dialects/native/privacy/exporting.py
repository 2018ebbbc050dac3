"""`/members/{id}/export`: docs/reference/native-api-privacy.md.

The document is made of what the lists of this API answer, page by page, while it is sent.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from typing import Any, Final

from msgspec import Raw
from msgspec.json import Encoder

from stampbook.dialects import instants
from stampbook.dialects.native import finding, ids, visits
from stampbook.dialects.native.audit.wire import audit_shape
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.events.printing import print_events
from stampbook.dialects.native.ledger.reading import list_lots, list_transactions
from stampbook.dialects.native.loyalty.orders import list_orders
from stampbook.dialects.native.loyalty.purchases import list_purchases
from stampbook.dialects.native.problems import Failure
from stampbook.dialects.native.programs.merging import list_merges
from stampbook.dialects.native.webhooks.wire import delivery_shape
from stampbook.dialects.native.wire.pages import Page
from stampbook.dialects.native.wire.privacy import IdentityShape
from stampbook.dialects.native.wire.programs import account_shape, member_shape
from stampbook.edge.answers import JSON, Streamed
from stampbook.events import feed
from stampbook.privacy.erasing import WasMerged, Whole, whole
from stampbook.privacy.exporting import records
from stampbook.privacy.rows import Person
from stampbook.programs import audit_pages, auditing
from stampbook.programs.audit_pages import Wanted
from stampbook.programs.members import Member
from stampbook.visits.locations import Limit
from stampbook.visits.reading import newest_of
from stampbook.webhooks import deliveries

PAGE: Final = finding.MAX_LIMIT

DISPOSITION: Final = (b"content-disposition", b'attachment; filename="member.json"')

_encode: Final = Encoder().encode

Listing = Callable[[Call], Awaitable[Page[Any]]]


async def export_member(call: Call) -> Streamed:
    """All that is kept about the member, and about those who were merged into them."""
    store, now = call.context.store, call.context.clock()
    member = await finding.member(call, store, call.id(ids.MEMBER), deleted=True)
    limits = call.caller.limits
    if limits and Limit(member.program_id) not in limits:
        raise Failure(403, "forbidden", "you are bound to locations of this program")
    try:
        one = await whole(store, member)
    except WasMerged as merged:
        into = ids.write(ids.MEMBER, merged.into)
        detail = f"the member was merged into {into}, who is the same person: export that one"
        raise Failure(409, "conflict", detail) from None
    async with store.transaction() as writing:
        await auditing.record(
            writing,
            tenant=member.tenant_id,
            action="member.exported",
            now=now,
            entity=auditing.entity_of(auditing.MEMBER, member.member_id),
            program=member.program_id,
        )
    return Streamed(200, _document(call, one, now), (JSON, DISPOSITION))


async def _document(call: Call, one: Whole, now: int) -> AsyncGenerator[bytes, None]:
    yield b'{"exported_at":' + _encode(instants.write(now))
    yield b',"member":' + _encode(member_shape(one.members[0]))
    held = [ids.write(ids.ACCOUNT, each.account_id) for each in one.accounts]
    people = [ids.write(ids.MEMBER, each.member_id) for each in one.members]
    program = ids.write(ids.PROGRAM, one.members[0].program_id)
    parts: tuple[tuple[str, AsyncGenerator[Any, None]], ...] = (
        ("members", _each(map(member_shape, one.members))),
        ("identities", _each(_identities(one))),
        ("accounts", _each(map(account_shape, one.accounts))),
        ("lots", _of_all(call, list_lots, held)),
        ("transactions", _of_all(call, list_transactions, held)),
        ("orders", _orders(call, program, people)),
        ("visits", _visits(call, one.members)),
        ("purchases", _of_all(call, list_purchases, people)),
        ("merges", _merges(call, people)),
        ("events", _events(call, one.person)),
        ("deliveries", _deliveries(call, one.person)),
        ("audit", _audit(call, one.members)),
    )
    for name, values in parts:
        async for part in _array(name, values):
            yield part
    yield b',"records":{'
    table = ""
    async for named, record in records(call.context.store, one.person):
        if named != table:
            yield (b"]," if table else b"") + _encode(named) + b":["
        else:
            yield b","
        table = named
        yield _encode(record)
    yield b"]}}" if table else b"}}"


async def _array(name: str, values: AsyncGenerator[Any, None]) -> AsyncGenerator[bytes, None]:
    yield b"," + _encode(name) + b":["
    is_first = True
    async for value in values:
        yield _encode(value) if is_first else b"," + _encode(value)
        is_first = False
    yield b"]"


async def _each(values: Iterable[Any]) -> AsyncGenerator[Any, None]:
    for value in values:
        yield value


def _identities(one: Whole) -> Iterator[IdentityShape]:
    """What finds the person, and which of their members or accounts it finds."""
    for member in one.members:
        number = ids.write(ids.MEMBER, member.member_id)
        for name in ("external_id", "email", "phone"):
            value = getattr(member, name)
            if value is not None:
                yield IdentityShape(name, value, number)
    for account in one.accounts:
        if account.number is not None:
            number = ids.write(ids.ACCOUNT, account.account_id)
            yield IdentityShape("card_number", account.number, number)


async def _events(call: Call, person: Person) -> AsyncGenerator[Any, None]:
    """As the feed has them."""
    store, accounts = call.context.store, [account for _, account in person.accounts]
    async for events in feed.of_person(
        store, tenant=person.tenant, members=person.members, accounts=accounts
    ):
        for printed in await print_events(store, events, tenant=person.tenant):
            yield Raw(printed)


async def _deliveries(call: Call, person: Person) -> AsyncGenerator[Any, None]:
    """What was sent about the person, and each attempt."""
    store, after = call.context.store, 0
    while found := await deliveries.of_person(
        store,
        tenant=person.tenant,
        members=person.members,
        accounts=[account for _, account in person.accounts],
        after=after,
        limit=PAGE,
    ):
        after = found[-1].delivery_id
        for each in found:
            yield delivery_shape(each, await deliveries.tries(store, each))


async def _of_all(call: Call, listing: Listing, named: list[str]) -> AsyncGenerator[Any, None]:
    for each in named:
        async for value in _listed(call, listing, each):
            yield value


async def _listed(
    call: Call, listing: Listing, named: str, **query: str
) -> AsyncGenerator[Any, None]:
    """All that a list of this API has of the thing of that id."""
    asked = {"limit": str(PAGE), **query}
    while True:
        page = await listing(call._replace(path={"id": named}, query=asked))
        for value in page.data:
            yield value
        if page.next_cursor is None:
            return
        asked = {**asked, "cursor": page.next_cursor}


async def _orders(call: Call, program: str, people: list[str]) -> AsyncGenerator[Any, None]:
    for each in people:
        async for order in _listed(call, list_orders, program, member_id=each):
            yield order


async def _merges(call: Call, people: list[str]) -> AsyncGenerator[Any, None]:
    """Each once: both of its members list it."""
    seen: set[str] = set()
    async for merge in _of_all(call, list_merges, people):
        if merge.id not in seen:
            seen.add(merge.id)
            yield merge


async def _visits(call: Call, people: Iterable[Member]) -> AsyncGenerator[Any, None]:
    for each in people:
        before = ids.LIMIT
        while found := await newest_of(
            call.context.store,
            each.member_id,
            program=each.program_id,
            tenant=each.tenant_id,
            before=before,
            limit=PAGE,
        ):
            for visit in found:
                before = visit.number
                path = {"id": ids.write(ids.VISIT, visit.number)}
                yield await visits.get_visit(call._replace(path=path, query={}))


async def _audit(call: Call, people: Iterable[Member]) -> AsyncGenerator[Any, None]:
    for each in people:
        before: int | None = None
        wanted = Wanted(entity=auditing.entity_of(auditing.MEMBER, each.member_id))
        while found := await audit_pages.page(
            call.context.store, tenant=each.tenant_id, wanted=wanted, before=before, limit=PAGE
        ):
            before = found[-1].number
            for row in found:
                yield audit_shape(row)
