"""New members of a program, one by one and many at once."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core.bodies import read_body, read_entries, read_entry
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import (
    REFUSED,
    fault_of,
    request_id,
)
from stampbook.dialects.voucherify.core.once import earlier, write_once, write_then_print
from stampbook.dialects.voucherify.core.people.joining import MemberCreate, find_customer, join
from stampbook.dialects.voucherify.core.seats import check_program, find_member, find_program
from stampbook.dialects.voucherify.v2.async_actions import record_result
from stampbook.dialects.voucherify.v2.members.resource import print_with_cards
from stampbook.edge.bodies import MAX_ITEMS
from stampbook.storage.store import Transacting

Batch = Annotated[list[MemberCreate], Meta(max_length=MAX_ITEMS)]
"""What is created within one request, and named in one async action."""


async def create_member(call: Call) -> dict[str, Any]:
    """A member with a card of each definition. The code is made at once, and shown later."""
    return await _create(call, read_body(call.body, MemberCreate))


async def _create(call: Call, wanted: MemberCreate, *, place: str = "") -> dict[str, Any]:
    """`place` is that of an entry of a batch."""
    program = call.parameters["program"]
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
        body = await print_with_cards(call, made)
        for each in body["cards"]:
            each["card"]["code"] = None
        return body

    return await write_then_print(call, write, show, place=place)


async def create_members(call: Call) -> dict[str, Any]:
    """Many members. A bad entry does not fail the rest; the async action tells of each."""
    entries = read_entries(call.body)
    found = await find_program(call, call.parameters["program"])
    check_program(found, "create member")
    body = await earlier(call)
    if body is not None:
        return body
    results = [await _attempt(call, entry, f"#{at}") for at, entry in enumerate(entries)]

    async def write(writing: Transacting) -> dict[str, Any]:
        kind, result = "LOYALTIES_V2_MEMBERS_BATCH", {"results": results}
        action = await record_result(writing, call, kind, result, program=found.program_id)
        return {"async_action_id": action}

    return await write_once(call, write)


async def _attempt(call: Call, entry: msgspec.Raw, place: str) -> dict[str, Any]:
    """What came of one entry: the member, or the error."""
    try:
        made = await _create(call, read_entry(entry, MemberCreate), place=place)
        return {"status": "SUCCESS", "member": {"id": made["id"]}}
    except REFUSED as refusal:
        return {"status": "FAILED", "error": fault_of(refusal).body(request_id())}
