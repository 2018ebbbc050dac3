"""Members of a program, one by one and many at once."""

from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec

from stampbook.dialects.voucherify.core.bodies import (
    Closed,
    Metadata,
    merged_metadata,
    read_body,
    read_no_body,
)
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.cards import print_cards
from stampbook.dialects.voucherify.core.faults import Fault, invalid_step, request_id
from stampbook.dialects.voucherify.core.filters import (
    Field,
    FieldKind,
    Sql,
    id_field,
    instant_field,
    word_field,
)
from stampbook.dialects.voucherify.core.ids import Prefix, parse_customer, spell
from stampbook.dialects.voucherify.core.joining import MemberCreate, find_customer, join
from stampbook.dialects.voucherify.core.listing import Kind, fetch_page, list_body, read_page
from stampbook.dialects.voucherify.core.once import earlier, write_once, write_then_print
from stampbook.dialects.voucherify.core.rows import Member, Program, find_cards, member_of
from stampbook.dialects.voucherify.core.seats import find_member, find_program
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.dialects.voucherify.v2 import activities
from stampbook.dialects.voucherify.v2.async_actions import record_result
from stampbook.dialects.voucherify.v2.program_wire import updated
from stampbook.programs import members
from stampbook.storage.store import Transacting

MEMBERS: Final = "/v2/loyalties/programs/{program:str}/members"
ONE: Final = MEMBERS + "/{member:str}"

CUSTOMER: Final = "COALESCE(b.customer_id, 4611686018427387904 + m.member_id)"
"""A member's customer as a number: members that stand for themselves come last."""


def _read_customer(text: str) -> object | None:
    if not text.startswith(Prefix.CUSTOMER) or not text[len(Prefix.CUSTOMER) :].isalnum():
        return None
    named = parse_customer(text)
    if named is None:
        return -1
    return named.customer if named.member is None else (1 << 62) + named.member


LIST: Final = Kind(
    prefix="lcrsmbr_",
    orders={"created_at": "m.created_at", "status": "m.status", "customer_id": CUSTOMER},
    number="m.member_id",
    filters={
        "id": id_field("m.member_id", Prefix.MEMBER),
        "status": word_field("m.status", {"ACTIVE": "active", "INACTIVE": "inactive"}),
        "customer_id": Field(FieldKind.ID, CUSTOMER, _read_customer),
        "created_at": instant_field("m.created_at"),
    },
)

SELECT: Final = """
    SELECT m.member_id, m.program_id, m.status AS member_status, m.metadata AS member_metadata,
           m.created_at AS member_created_at, m.updated_at AS member_updated_at, b.customer_id,
           {keys}
    FROM members m LEFT JOIN voucherify_members b ON b.member_id = m.member_id
"""


class MemberUpdate(Closed, frozen=True):
    metadata: Metadata | None


def print_member(member: Member, *, status: str | None = None) -> dict[str, Any]:
    """A member without cards; `status` where it is no longer the stored one."""
    return {
        "id": spell(Prefix.MEMBER, member.member_id),
        "customer_id": member.customer_id,
        "program_id": spell(Prefix.PROGRAM, member.program_id),
        "status": status or member.status.upper(),
        "metadata": msgspec.json.decode(member.metadata),
        "created_at": stamp(member.created_at),
        "updated_at": updated(member.created_at, member.updated_at),
        "object": "member",
    }


async def list_members(call: Call) -> dict[str, Any]:
    program = call.parameters["program"]
    page = read_page(call, LIST)
    found = await find_program(call, program)
    rows, cursor = await fetch_page(
        call.store,
        page,
        await call.cursors(),
        select=SELECT,
        where=Sql(
            "m.program_id = $1 AND m.tenant_id = $2 AND m.deleted_at IS NULL",
            (found.program_id, call.tenant),
        ),
    )
    data = [print_member(member_of(row)) for row in rows]
    return list_body(data, cursor)


async def create_member(call: Call) -> dict[str, Any]:
    """A member with a card of each definition. The code is made at once, and shown later."""
    program = call.parameters["program"]
    wanted = read_body(call.body, MemberCreate)
    return await _create(call, program, wanted)


async def _create(
    call: Call, program: str, wanted: MemberCreate, *, place: str = ""
) -> dict[str, Any]:
    """`place` is that of an entry of a batch."""
    touched: list[int] = []

    async def write(writing: Transacting) -> str:
        found = await find_program(call, program, writing)
        customer = await find_customer(writing, call, wanted)
        check_program(found, "create member")
        joined = await join(writing, call, found, customer, wanted)
        touched.extend(joined.touched)
        return spell(Prefix.MEMBER, joined.member)

    async def show(member: str) -> dict[str, Any]:
        call.context.ledger.forget(touched)
        _, made = await find_member(call, program, member)
        cards = await _cards(call, made)
        for each in cards:
            each["card"]["code"] = None
        return {**print_member(made), "cards": cards}

    made: dict[str, Any] = await write_then_print(call, write, show, place=place)
    return made


def check_program(program: Program, what: str) -> None:
    """Only an active program takes members. Raises a Fault (423)."""
    if program.status != "active":
        raise Fault(
            423,
            "non_active_program",
            "Invalid program status",
            f"Cannot {what} when program status is not ACTIVE",
        )


async def _cards(call: Call, member: Member) -> list[dict[str, Any]]:
    cards = await find_cards(call.store, member.member_id, tenant=call.tenant)
    return await print_cards(call, cards)


MAX_MEMBERS: Final = 2_000
"""Members in a batch: what is created within one request, and named in one async action."""

Entries = Annotated[list[msgspec.Raw], msgspec.Meta(max_length=MAX_MEMBERS)]


async def create_members(call: Call) -> dict[str, Any]:
    """Many members. A bad entry does not fail the rest; the async action tells of each."""
    program = call.parameters["program"]
    entries = read_body(call.body, Entries)
    found = await find_program(call, program)
    check_program(found, "create member")
    body = await earlier(call)
    if body is None:
        results = [
            await _attempt(call, program, bytes(entry), f"#{at}")
            for at, entry in enumerate(entries)
        ]

        async def write(writing: Transacting) -> Any:
            action = await record_result(
                writing,
                call,
                "LOYALTIES_V2_MEMBERS_BATCH",
                {"results": results},
                program=found.program_id,
            )
            return {"async_action_id": action}

        body = await write_once(call, write)
    return body


async def _attempt(call: Call, program: str, entry: bytes, place: str) -> dict[str, Any]:
    """What came of one entry: the member, or the error."""
    try:
        made = await _create(call, program, read_body(entry, MemberCreate), place=place)
        return {"status": "SUCCESS", "member": {"id": made["id"]}}
    except Fault as fault:
        return {"status": "FAILED", "error": fault.body(request_id())}


async def read_member(call: Call) -> dict[str, Any]:
    program = call.parameters["program"]
    member = call.parameters["member"]
    _, found = await find_member(call, program, member)
    body = {**print_member(found), "cards": await _cards(call, found)}
    return body


async def update_member(call: Call) -> dict[str, Any]:
    """Given metadata is merged into what was; null clears it."""
    program = call.parameters["program"]
    member = call.parameters["member"]
    wanted = read_body(call.body, MemberUpdate)

    def changes(found: Member) -> dict[str, str]:
        return {"metadata": merged_metadata(found.metadata, wanted.metadata)}

    return await _change(call, program, member, changes, "updated")


async def delete_member(call: Call) -> dict[str, Any]:
    """Take the member out: cards close, what was recorded stays."""
    program = call.parameters["program"]
    member = call.parameters["member"]
    read_no_body(call.body)
    closed: list[int] = []

    async def write(writing: Transacting) -> Any:
        found = await _held(writing, call, program, member)
        closed.extend(
            await members.delete(writing, found.member_id, tenant=call.tenant, now=call.now)
        )
        await writing.execute(
            "UPDATE voucherify_members SET left_at = $2 WHERE member_id = $1",
            found.member_id,
            call.now,
        )
        data = {"member": {"id": member}}
        await activities.note(
            writing, call, activities.MEMBER, found.member_id, "member.deleted", data
        )
        return print_member(found._replace(updated_at=call.now), status="DELETED")

    body = await write_once(call, write)
    call.context.ledger.forget(closed)
    return body


async def activate_member(call: Call) -> dict[str, Any]:
    return await _step(call, ("inactive", "active"), "activated")


async def deactivate_member(call: Call) -> dict[str, Any]:
    return await _step(call, ("active", "inactive"), "deactivated")


async def _step(call: Call, step: tuple[str, str], event: str) -> dict[str, Any]:
    program, member = call.parameters["program"], call.parameters["member"]
    read_no_body(call.body)
    before, after = step

    def changes(found: Member) -> dict[str, str]:
        if found.status != before:
            raise invalid_step(f"Member cannot go from {found.status.upper()} to {after.upper()}")
        return {"status": after}

    return await _change(call, program, member, changes, event)


async def _held(writing: Transacting, call: Call, program: str, member: str) -> Member:
    """The member as he is, and stays until the transaction ends. Writes; raises a Fault (404),
    also if he was deleted at the same time."""
    _, found = await find_member(call, program, member, writing)
    await members.hold(writing, found.member_id, tenant=call.tenant)
    _, held = await find_member(call, program, member, writing)
    return held


async def _change(
    call: Call,
    program: str,
    member: str,
    changes: Callable[[Member], dict[str, str]],
    event: str,
) -> dict[str, Any]:
    """Write changes of a member, with their activity, and print the member."""
    touched: list[int] = []

    async def write(writing: Transacting) -> Any:
        found = await _held(writing, call, program, member)
        number = found.member_id
        stored, moved = await members.update(
            writing, number, changes(found), tenant=call.tenant, now=call.now
        )
        touched.extend(moved)
        data = {"member": {"id": spell(Prefix.MEMBER, number)}}
        await activities.note(writing, call, activities.MEMBER, number, f"member.{event}", data)
        changed = found._replace(
            status=stored.status, metadata=stored.metadata, updated_at=stored.updated_at
        )
        return print_member(changed)

    body = await write_once(call, write)
    call.context.ledger.forget(touched)
    return body
