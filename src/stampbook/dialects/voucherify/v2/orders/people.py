"""Whose an order or event is, and in which programs it counts."""

from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from stampbook.dialects.spelling.voucherify import parse_customer
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import invalid_payload, not_found
from stampbook.dialects.voucherify.core.people.customers import by_id, find_or_insert
from stampbook.dialects.voucherify.v2.orders.wire import OrderBody, OrderCustomer
from stampbook.loyalty.orders.steps import Watcher
from stampbook.programs.searching.merged import survivors


async def customer_of(call: Call, wanted: OrderBody) -> str | None:
    """The id of the customer whom an order names; None if it names nobody. Writes; raises a Fault
    (400, 404)."""
    if isinstance(wanted.customer, OrderCustomer):
        return await named_customer(call, wanted.customer)
    if isinstance(wanted.customer_id, str):
        return await named_customer(call, OrderCustomer(id=wanted.customer_id))
    return None


async def with_referrer(call: Call, wanted: OrderBody) -> OrderBody:
    """The order with the id of the referrer whom it names or describes as a customer. Writes;
    raises a Fault (400, 404)."""
    if wanted.referrer is UNSET or wanted.referrer_id is not UNSET:
        return wanted
    referrer = wanted.referrer
    named = None if referrer is None else await named_customer(call, referrer, "referrer")
    return replace(wanted, referrer_id=named)


async def same_customer(call: Call, one: str | None, other: str) -> bool:
    """Whether both ids name one customer: a member's own id goes on naming a later customer."""
    if one is None or one == other:
        return one == other
    found = await by_id(call.store, one, tenant=call.tenant, program=call.caller.program)
    return found is not None and found.id == other


async def named_customer(call: Call, wanted: OrderCustomer, place: str = "customer") -> str:
    """The id of a customer, who is made if only a source id is known. `place` is the property that
    names them. Writes; raises a Fault."""
    if isinstance(wanted.id, str):
        found = await by_id(call.store, wanted.id, tenant=call.tenant, program=call.caller.program)
        if found is None:
            raise not_found("customer", wanted.id)
        if isinstance(wanted.source_id, str) and wanted.source_id != found.source_id:
            raise invalid_payload(f"{place}: id and source_id name different customers")
        return found.id
    if wanted.source_id is UNSET or wanted.source_id is None:
        raise invalid_payload(f"Payload.{place} must have required property 'id' or 'source_id'")
    async with call.store.transaction() as writing:
        return (await find_or_insert(writing, call, wanted)).id


async def watchers_of(call: Call, customer: str) -> list[Watcher]:
    """The customer's memberships: programs and members, each with the customer's metadata, which
    rules read."""
    named = parse_customer(customer)
    if named is None:
        return []
    if named.customer is None:
        rows: Any = await call.store.fetch(
            "SELECT member_id, program_id, metadata FROM members"
            " WHERE member_id = $1 AND tenant_id = $2 AND deleted_at IS NULL",
            named.member,
            call.tenant,
        )
    else:
        rows = await call.store.fetch(
            """
            SELECT m.member_id, m.program_id, c.metadata FROM voucherify_members b
            JOIN members m ON m.member_id = b.member_id
                AND (m.deleted_at IS NULL OR m.merged_into IS NOT NULL)
            JOIN programs p ON p.program_id = m.program_id AND p.deleted_at IS NULL
            JOIN voucherify_customers c ON c.customer_id = b.customer_id
            WHERE b.customer_id = $1 AND b.left_at IS NULL AND m.tenant_id = $2
            ORDER BY m.program_id
            """,
            named.customer,
            call.tenant,
        )
    reached = await survivors(call.store, [row["member_id"] for row in rows], tenant=call.tenant)
    return [
        (row["program_id"], reached[row["member_id"]], row["metadata"])
        for row in rows
        if row["member_id"] in reached
    ]
