"""Customers: who the members are. A member that another API made is a customer by itself."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec import UNSET, Meta, UnsetType

from stampbook.dialects.spelling.voucherify import parse_customer, spell_customer
from stampbook.dialects.voucherify.core.bodies import (
    Closed,
    Metadata,
    encode_metadata,
    merged_metadata,
    read_body,
)
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import Fault, forbidden, invalid_payload, not_found
from stampbook.dialects.voucherify.core.once import write_once
from stampbook.dialects.voucherify.core.times import stamp, updated
from stampbook.programs import members
from stampbook.programs.faults import Taken
from stampbook.storage.store import Row, Transacting, UniqueViolation

CUSTOMERS: Final = "/v1/customers"
UNADDRESSABLE: Final = frozenset({".", ".."})
"""Names that clients take out of a path before they send it, however they are spelled."""

Text = Annotated[str, Meta(max_length=1000)]
SourceId = Annotated[str, Meta(min_length=1, max_length=255)]


class CustomerBody(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as clients send it. What we keep is named; the rest of a customer (address,
    birthdate …) is ignored, as the vendor's clients send whole objects back."""

    source_id: SourceId | UnsetType | None = UNSET
    name: Text | UnsetType | None = UNSET
    email: Text | UnsetType | None = UNSET
    phone: Text | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET


class Customer(NamedTuple):
    """A customer. `number` is None for a member that has no row of its own here."""

    number: int | None
    member: int
    source_id: str | None
    name: str | None
    email: str | None
    phone: str | None
    metadata: str
    created_at: int
    updated_at: int

    @property
    def id(self) -> str:
        return spell_customer(self.number, self.member)


COLUMNS: Final = "source_id, name, email, phone, metadata, created_at, updated_at"


def _customer(row: Row, *, number: int | None, member: int = 0) -> Customer:
    return Customer(
        number=number,
        member=member,
        source_id=row["source_id"],
        name=row["name"],
        email=row["email"],
        phone=row["phone"],
        metadata=row["metadata"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


SEEN: Final = """(CAST($3 AS bigint) = 0 OR c.program_id = $3 OR EXISTS (
    SELECT 1 FROM voucherify_members b
    WHERE b.customer_id = c.customer_id AND b.program_id = $3 AND b.left_at IS NULL))"""
"""Whether a caller sees a customer: one of the whole tenant (0) sees all; one that is bound to a
program sees its members, and whom it has brought."""


async def by_id(db: Transacting, text: str, *, tenant: int, program: int | None) -> Customer | None:
    """The tenant's customer of that id, if a caller who is bound to `program` (None: to none)
    sees it. A member's own id goes on naming the member who has become a customer."""
    named = parse_customer(text)
    if named is None:
        return None
    if named.customer is not None:
        row = await db.fetch_one(
            f"SELECT {COLUMNS} FROM voucherify_customers c"  # noqa: S608 - constants
            f" WHERE c.customer_id = $1 AND c.tenant_id = $2 AND {SEEN}",
            named.customer,
            tenant,
            program or 0,
        )
        return None if row is None else _customer(row, number=named.customer)
    row = await db.fetch_one(
        """
        SELECT m.external_id AS source_id, m.name, m.email, m.phone, m.metadata, m.created_at,
               m.updated_at
        FROM members m
        WHERE m.member_id = $1 AND m.tenant_id = $2 AND m.deleted_at IS NULL
          AND (CAST($3 AS bigint) = 0 OR m.program_id = $3)
          AND NOT EXISTS (SELECT 1 FROM voucherify_members b WHERE b.member_id = m.member_id)
        """,
        named.member,
        tenant,
        program or 0,
    )
    if row is not None:
        return _customer(row, number=None, member=named.member or 0)
    row = await db.fetch_one(
        f"SELECT c.customer_id, {COLUMNS} FROM voucherify_customers c"  # noqa: S608 - constants
        " WHERE c.customer_id = (SELECT customer_id FROM voucherify_members WHERE member_id = $1)"
        f" AND c.tenant_id = $2 AND {SEEN}",
        named.member,
        tenant,
        program or 0,
    )
    return None if row is None else _customer(row, number=row["customer_id"])


async def by_source_id(
    db: Transacting, source_id: str, *, tenant: int, program: int | None
) -> Customer | None:
    """The same by source id."""
    if "\0" in source_id:
        return None
    row = await db.fetch_one(
        f"SELECT c.customer_id, {COLUMNS} FROM voucherify_customers c"  # noqa: S608 - constants
        f" WHERE c.tenant_id = $1 AND c.source_id = $2 AND {SEEN}",
        tenant,
        source_id,
        program or 0,
    )
    return None if row is None else _customer(row, number=row["customer_id"])


async def by_either(db: Transacting, call: Call, text: str) -> Customer:
    """The customer of that id or source id whom the caller sees. Raises a Fault (404)."""
    tenant, program = call.tenant, call.caller.program
    found = await by_id(db, text, tenant=tenant, program=program)
    found = found or await by_source_id(db, text, tenant=tenant, program=program)
    if found is None:
        raise not_found("customer", text)
    return found


async def create_customer(call: Call) -> dict[str, Any]:
    """A new customer; one with that source id already is updated instead."""
    wanted = read_body(call.body, CustomerBody)

    async def write(writing: Transacting) -> Any:
        found = await find_or_insert(writing, call, wanted)
        await _check_whole(writing, call, found)
        return print_customer(await _update(writing, call, found, wanted))

    return await write_once(call, write)


async def find_or_insert(writing: Transacting, call: Call, wanted: CustomerBody) -> Customer:
    """The customer of that source id as it is, or a new one. Writes; raises a Fault (409) if the
    caller does not see the customer who has it.

    Of several requests at once one inserts; the others wait for it and find its customer. The row
    is locked until the transaction ends. Raises Fault for a source id with the form of an id.
    """
    _check_source_id(wanted)
    program = call.caller.program
    row = await writing.fetch_one(
        f"INSERT INTO voucherify_customers (tenant_id, {COLUMNS}, program_id)"  # noqa: S608
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)"
        " ON CONFLICT (tenant_id, source_id) WHERE source_id IS NOT NULL"
        f" DO UPDATE SET tenant_id = excluded.tenant_id RETURNING customer_id, {COLUMNS}",
        call.tenant,
        wanted.source_id or None,
        wanted.name or None,
        wanted.email or None,
        wanted.phone or None,
        encode_metadata(None if wanted.metadata is UNSET else wanted.metadata),
        call.now,
        program,
    )
    assert row is not None
    found = _customer(row, number=row["customer_id"])
    if await by_id(writing, found.id, tenant=call.tenant, program=program) is None:
        raise _source_taken(found.source_id)
    return found


async def _check_whole(db: Transacting, call: Call, customer: Customer) -> None:
    """A key of one program changes nobody who is in another as well. Raises a Fault (403)."""
    if call.caller.program is None:
        return
    row = await db.fetch_one(
        """
        SELECT 1 FROM voucherify_customers c WHERE c.customer_id = $1
          AND (c.program_id <> $2 OR EXISTS (
               SELECT 1 FROM voucherify_members b
               WHERE b.customer_id = c.customer_id AND b.program_id <> $2 AND b.left_at IS NULL))
        """,
        customer.number,
        call.caller.program,
    )
    if row is not None:
        raise forbidden("of the whole tenant")


def _check_source_id(wanted: CustomerBody) -> None:
    """Paths take an id or a source id: one must not be spelled as the other. Raises a Fault."""
    if wanted.source_id in UNADDRESSABLE:
        raise invalid_payload("Payload.source_id must be a name that a path can hold")
    if wanted.source_id and parse_customer(wanted.source_id) is not None:
        raise invalid_payload("Payload.source_id must not have the form of a customer's id")


async def read_customer(call: Call) -> dict[str, Any]:
    customer = call.parameters["customer"]
    found = await by_either(call.store, call, customer)
    return print_customer(found)


async def update_customer(call: Call) -> dict[str, Any]:
    """What is given replaces what was; metadata is merged."""
    customer = call.parameters["customer"]
    wanted = read_body(call.body, CustomerBody)

    async def write(writing: Transacting) -> Any:
        found = await by_either(writing, call, customer)
        if found.number is None:
            raise Fault(
                400,
                "invalid_payload",
                "Invalid payload",
                "This customer is a member of another API and is changed there",
            )
        await _check_whole(writing, call, found)
        locked = await _locked(writing, call, found)
        return print_customer(await _update(writing, call, locked, wanted))

    try:
        return await write_once(call, write)
    except (UniqueViolation, Taken):
        raise _source_taken(wanted.source_id or None) from None


async def _locked(writing: Transacting, call: Call, customer: Customer) -> Customer:
    """The customer as it is now; nobody else changes it until the transaction ends. Writes."""
    row = await writing.fetch_one(
        "UPDATE voucherify_customers SET tenant_id = tenant_id"  # noqa: S608 - constants
        f" WHERE customer_id = $1 AND tenant_id = $2 RETURNING {COLUMNS}",
        customer.number,
        call.tenant,
    )
    assert row is not None, "customers are never removed"
    return _customer(row, number=customer.number)


async def _update(
    writing: Transacting, call: Call, customer: Customer, wanted: CustomerBody
) -> Customer:
    """Change a locked customer, and what its memberships repeat of it. Writes; raises a Fault."""
    _check_source_id(wanted)
    given: dict[str, Any] = {
        name: getattr(wanted, name) or None
        for name in ("source_id", "name", "email", "phone")
        if getattr(wanted, name) is not UNSET
    }
    changed = customer._replace(**given, updated_at=call.now)
    if wanted.metadata is not UNSET:
        changed = changed._replace(metadata=merged_metadata(customer.metadata, wanted.metadata))
    await writing.execute(
        """
        UPDATE voucherify_customers
        SET source_id = $3, name = $4, email = $5, phone = $6, metadata = $7, updated_at = $8
        WHERE customer_id = $1 AND tenant_id = $2
        """,
        customer.number,
        call.tenant,
        changed.source_id,
        changed.name,
        changed.email,
        changed.phone,
        changed.metadata,
        changed.updated_at,
    )
    await _tell_members(writing, call, customer.number, given)
    return changed


async def _tell_members(
    writing: Transacting, call: Call, customer: int | None, given: Mapping[str, str | None]
) -> None:
    """Members carry their customer's name and addresses, so that every API finds them."""
    columns = {"external_id" if key == "source_id" else key: v for key, v in given.items()}
    if not columns:
        return
    # What a merged member was known by leads to the one who took over, and stays as it was.
    rows = await writing.fetch(
        "SELECT b.member_id FROM voucherify_members b JOIN members m ON m.member_id = b.member_id"
        " WHERE b.customer_id = $1 AND m.tenant_id = $2 AND b.left_at IS NULL"
        " AND m.merged_into IS NULL",
        customer,
        call.tenant,
    )
    for row in rows:
        await members.update(writing, row["member_id"], columns, tenant=call.tenant, now=call.now)


def _source_taken(source_id: str | None) -> Fault:
    return Fault(
        409,
        "duplicate_found",
        "Duplicate resource found",
        f"Customer with source_id '{source_id}' already exists",
    )


def print_customer(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.id,
        "source_id": customer.source_id,
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "metadata": msgspec.json.decode(customer.metadata),
        "created_at": stamp(customer.created_at),
        "updated_at": updated(customer.created_at, customer.updated_at),
        "object": "customer",
    }


class CustomerKey(Closed, frozen=True):
    """How a request names a customer."""

    type: Annotated[str, Meta(max_length=50)]
    customer_id: Annotated[str, Meta(max_length=300)] | None = None
    customer_source_id: Annotated[str, Meta(max_length=300)] | None = None
