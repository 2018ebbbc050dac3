"""How a customer becomes a member: the member, and a card of each card definition."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.bodies import (
    Closed,
    Id,
    Metadata,
    encode_metadata,
    merged_metadata,
    required,
)
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.definitions.rows import (
    Definition,
    assigned,
    find_definition,
)
from stampbook.dialects.voucherify.core.faults import Fault, invalid_payload, not_found
from stampbook.dialects.voucherify.core.people.customers import (
    Customer,
    CustomerKey,
    by_id,
    by_source_id,
)
from stampbook.dialects.voucherify.core.points.codes import ATTEMPTS, make_code
from stampbook.dialects.voucherify.core.rows import Program
from stampbook.programs import accounts, currencies, enrolling, members, programs
from stampbook.programs.faults import Taken
from stampbook.storage.store import Transacting, UniqueViolation


class MemberCreate(Closed, frozen=True):
    """Who joins. A flat `customer_id` is accepted beside the documented object."""

    customer_identification: CustomerKey | None = None
    customer_id: Id | None = None
    customer_source_id: Id | None = None
    status: Literal["ACTIVE", "INACTIVE"] | None = None
    metadata: Metadata | None = None


class Joined(NamedTuple):
    """Who joined and with which cards; `touched` are accounts that the ledger must forget after
    the commit."""

    member: int
    accounts: list[int]
    touched: list[int]


async def find_customer(db: Transacting, call: Call, wanted: MemberCreate) -> Customer:
    """The customer whom the request names. Raises a Fault: 400, 404."""
    by_source, text = _named(wanted)
    find = by_source_id if by_source else by_id
    found = await find(db, text, tenant=call.tenant, program=call.caller.program)
    if found is None or found.number is None:
        raise not_found("customer", text)
    return found


def _named(wanted: MemberCreate) -> tuple[bool, str]:
    """Whether by source id, and the id. Raises a Fault (400)."""
    key = wanted.customer_identification
    if key is None:
        if wanted.customer_id is not None:
            return False, wanted.customer_id
        return True, required(wanted.customer_source_id, "customer_identification")
    if key.type == "customer_id":
        return False, required(key.customer_id, "customer_id")
    if key.type == "customer_source_id":
        return True, required(key.customer_source_id, "customer_source_id")
    raise invalid_payload(
        "Payload.customer_identification.type must be customer_id or customer_source_id"
    )


async def join(
    writing: Transacting,
    call: Call,
    program: Program,
    customer: Customer,
    wanted: MemberCreate,
    code: str | None = None,
) -> Joined:
    """Make the member and the cards. Writes; raises a Fault (409).

    `code` is that of the only card, given by the caller; Taken (number) if somebody has it.
    """
    try:
        return await _join(writing, call, program, customer, wanted, code)
    except UniqueViolation:
        raise _member_exists(program, customer) from None
    except Taken as taken:
        if taken.field == "number":
            raise
        raise _member_exists(program, customer) from None


def _member_exists(program: Program, customer: Customer) -> Fault:
    return Fault(
        409,
        "member_already_exists",
        "Member already exists",
        f"Customer '{customer.id}' already is a member of program"
        f" '{spell(Prefix.PROGRAM, program.program_id)}'",
    )


async def _join(
    writing: Transacting,
    call: Call,
    program: Program,
    customer: Customer,
    wanted: MemberCreate,
    code: str | None,
) -> Joined:
    stored = await programs.get(writing, program.program_id, tenant=call.tenant)
    if stored is None:
        raise not_found("program", spell(Prefix.PROGRAM, program.program_id))
    member, touched = await _member(writing, call, stored, customer, wanted)
    await writing.execute(
        "INSERT INTO voucherify_members (member_id, program_id, customer_id) VALUES ($1, $2, $3)",
        member.member_id,
        program.program_id,
        customer.number,
    )
    data: dict[str, Any] = {"member": {"id": spell(Prefix.MEMBER, member.member_id)}}
    await activities.note(
        writing, call, activities.MEMBER, member.member_id, "member.created", data
    )
    opened = await open_cards(writing, call, member, code)
    return Joined(member.member_id, opened, touched)


async def _member(
    writing: Transacting,
    call: Call,
    program: programs.Program,
    customer: Customer,
    wanted: MemberCreate,
) -> tuple[members.Member, list[int]]:
    """The customer's member: one whom another API has made of the same person, or a new one.

    Writes. Also answers the accounts whose status followed the member's.
    """
    # Also where somebody is found: two customers at once must not both become that member.
    await programs.hold(writing, program.program_id, tenant=program.tenant_id)
    made: list[members.Member] = []

    async def create(db: Transacting) -> members.Member:
        made.append(
            await members.create(
                db,
                program,
                now=call.now,
                external_id=customer.source_id,
                email=customer.email,
                phone=customer.phone,
                name=customer.name,
                metadata=encode_metadata(wanted.metadata),
                status=(wanted.status or "ACTIVE").lower(),
            )
        )
        return made[-1]

    async def find(db: Transacting) -> Sequence[members.Member]:
        return await _same_person(db, program.program_id, customer)

    member = (await enrolling.find_or_create(writing, program, find, create))[0]
    if made:
        return member, []
    changes: dict[str, object] = {
        name: given
        for name, known, given in (
            ("external_id", member.external_id, customer.source_id),
            ("email", member.email, customer.email),
            ("phone", member.phone, customer.phone),
            ("name", member.name, customer.name),
        )
        if known is None and given is not None
    }
    if "external_id" in changes and member in await members.find(
        writing, program.program_id, external_id=customer.source_id
    ):
        del changes["external_id"]  # it leads to the member already, and stays a merged one's own
    if wanted.metadata is not None:
        changes["metadata"] = merged_metadata(member.metadata, wanted.metadata)
    if wanted.status is not None:
        changes["status"] = wanted.status.lower()
    return await members.update(
        writing, member.member_id, changes, tenant=call.tenant, now=call.now
    )


async def _same_person(
    db: Transacting, program: int, customer: Customer
) -> Sequence[members.Member]:
    """Who is no customer yet and has the customer's source id; else, if known by no other id, who
    has that phone, else that e-mail address."""
    for key, value in (
        ("external_id", customer.source_id),
        ("phone", customer.phone),
        ("email", customer.email),
    ):
        if not value:
            continue
        for found in await members.find(db, program, **{key: value}):
            # By the external id of somebody who was merged, they lead to a member of another one.
            is_known_otherwise = key != "external_id" and (
                found.external_id not in (None, customer.source_id)
            )
            if not is_known_otherwise and not await _is_customer(db, found.member_id):
                return [found]
    return []


async def _is_customer(db: Transacting, member: int) -> bool:
    row = await db.fetch_one("SELECT 1 FROM voucherify_members WHERE member_id = $1", member)
    return row is not None


async def open_cards(
    writing: Transacting, call: Call, member: members.Member, code: str | None = None
) -> list[int]:
    """A card of each definition that the member's program has; cards that are there already stay.

    Writes; raises Taken (number).
    """
    opened = []
    for number, currency_id in await assigned(writing, member.program_id):
        definition = await find_definition(writing, number, tenant=call.tenant)
        currency = await currencies.get(writing, currency_id, tenant=call.tenant)
        if definition is None or currency is None:
            continue
        card = await accounts.primary(
            writing, member=member.member_id, currency=currency.currency_id
        )
        if card is None or code not in (None, card.number):
            card = await _open(writing, call, member, currency, _codes(definition, code))
            await _tell(writing, call, member.member_id, card)
        opened.append(card.account_id)
    return opened


def _codes(definition: Definition, code: str | None) -> Sequence[str | None]:
    """Codes to try, and at last none at all: a pattern may be used up."""
    if code is not None:
        return [code]
    config = definition.body["code_config"]
    return [*(make_code(config) for _ in range(ATTEMPTS)), None]


async def _open(
    writing: Transacting,
    call: Call,
    member: members.Member,
    currency: currencies.Currency,
    codes: Sequence[str | None],
) -> accounts.Account:
    for at, code in enumerate(codes):
        try:
            return await accounts.open_account(
                writing,
                member,
                currency,
                shards=call.store.shards,
                now=call.now,
                number=code,
            )
        except Taken:
            if at == len(codes) - 1:
                raise
    raise AssertionError("there is at least one code to try")


async def _tell(writing: Transacting, call: Call, member: int, card: accounts.Account) -> None:
    """The activities of a card that was made."""
    data: dict[str, Any] = {
        "card": {"id": spell(Prefix.CARD, card.account_id), "code": card.number},
        "member": {"id": spell(Prefix.MEMBER, member)},
    }
    outcome = "failed" if card.number is None else "succeeded"
    number = card.account_id
    for event in ("created", "assigned", f"code_generation.{outcome}"):
        await activities.note(writing, call, activities.A_CARD, number, f"card.{event}", data)
    await activities.note(writing, call, activities.MEMBER, member, "member.card.assigned", data)
