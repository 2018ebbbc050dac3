"""A whole visit: reading it, and changing its attendance, lines and payments at once."""

from typing import Any, Final, NamedTuple

from stampbook.dialects.altegio.call import Call
from stampbook.dialects.altegio.faults import not_found
from stampbook.dialects.altegio.finding import visit_of
from stampbook.dialects.altegio.visits.bookings import (
    comment_of,
    good,
    service,
    with_goods,
    with_services,
)
from stampbook.dialects.altegio.visits.loyalty import Case
from stampbook.dialects.altegio.visits.record_objects import visit_object
from stampbook.dialects.altegio.visits.records import client_of_visit, edit_and_earn
from stampbook.dialects.altegio.wire.fields import Fields
from stampbook.visits import editing, reading
from stampbook.visits.model import Line, LineKind, Location, Record, Visit

FAST_PAYMENTS: Final = {1: 1, 129: 1, 2: 2, 130: 2}
"""The till that takes all that is left: 1 cash, 2 card; 129 and 130 would also print."""


async def get_visit(call: Call) -> Any:
    visit, location = await visit_of(call)
    return await _object(call, visit, location)


async def put_visit(call: Call) -> Any:
    """Attendance, comment, services, goods, payments; cashback is corrected after that."""
    visit, location = await visit_of(call)
    record = visit.record(call.id("record_id") or 0)
    if record is None:
        raise not_found()
    changes = _changes(call.fields(), visit, record)
    _check_numbers(visit, changes)
    number, now = record.number, call.now
    await edit_and_earn(
        Case(call, location, number, visit), lambda each: _changed(each, number, changes, now)
    )
    after = await reading.get(call.context.store, visit.number, tenant=visit.tenant)
    assert after is not None, "visits are never removed"
    return await _object(call, after, location)


async def _object(call: Call, visit: Visit, location: Location) -> dict[str, Any]:
    return visit_object(visit, location, *await client_of_visit(call, visit))


class Changes(NamedTuple):
    """The body of `PUT /visits`. None: not sent, stays as it is."""

    attendance: int
    comment: str
    services: tuple[Line, ...] | None
    goods: tuple[Line, ...] | None
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


def _good(fields: Fields, visit: Visit, record: Record, named: list[int]) -> Line:
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
