"""Memberships: a customer's programs, with the cards in each."""

from typing import Any, Final

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core.calls import Call, single
from stampbook.dialects.voucherify.core.faults import invalid_query, not_found
from stampbook.dialects.voucherify.core.people.customers import Customer, by_id, by_source_id
from stampbook.dialects.voucherify.core.points.cards import print_cards
from stampbook.dialects.voucherify.core.rows import NOBODY, Program, Seat, find_cards, find_seat
from stampbook.dialects.voucherify.core.seats import find_program
from stampbook.dialects.voucherify.core.shapes.people import MEMBER_CARD, MEMBERSHIP
from stampbook.dialects.voucherify.core.shapes.schema import array_of, merged, object_of
from stampbook.dialects.voucherify.v2.members.resource import print_member
from stampbook.dialects.voucherify.v2.tier_structures.standings import (
    NO_PROGRESS,
    PROGRESS,
    places,
    print_progress,
)
from stampbook.programs.searching.merged import survivors

WAYS: Final = ("customer_id", "customer_source_id", "member_id")

WITH_TIERS: Final = merged(
    {**MEMBERSHIP, "properties": {**MEMBERSHIP["properties"]}},
    object_of(cards=array_of(merged(MEMBER_CARD, object_of(tier_progress=PROGRESS)))),
)


async def list_memberships(call: Call) -> dict[str, Any]:
    """All programs of which the customer is a member, and that the caller may see."""
    customer = call.parameters["customer"]
    found = await _identify(call, customer)
    rows = await memberships_of(call, found)
    seats = [await seat_of(call, program, member) for program, member in rows]
    return {
        "customer": {"id": found.id, "source_id": found.source_id, "object": "customer"},
        "memberships": [await _print(call, seat) for seat in seats],
        "object": "memberships_result",
    }


async def read_membership(call: Call) -> dict[str, Any]:
    """One membership, its cards with the progress in tiers."""
    program = call.parameters["program"]
    customer = call.parameters["customer"]
    place = await find_program(call, program)
    found = await _identify(call, customer)
    for in_program, member in await memberships_of(call, found):
        if in_program == place.program_id:
            seat = await seat_of(call, place.program_id, member)
            body = await _print(call, seat)
            progress = await _progress(call, seat)
            for each in body["cards"]:
                each["tier_progress"] = progress.get(each["card"]["id"], NO_PROGRESS)
            return body
    raise not_found("membership", customer)


async def _progress(call: Call, seat: Seat) -> dict[str, Any]:
    """How far the member has come in tiers, by the ids of cards."""
    assert seat.program is not None
    assert seat.member is not None
    found = await places(call, seat.program, seat.member)
    return {spell(Prefix.CARD, each.card.account): print_progress(each) for each in found}


async def _identify(call: Call, text: str) -> Customer:
    """The customer whom the path names, in the way that the query says. Raises a Fault."""
    way = single(call.pairs, "identification_type") or WAYS[0]
    if way not in WAYS:
        raise invalid_query(f"identification_type must be one of {', '.join(WAYS)}")
    return await identify(call, way, text)


async def identify(call: Call, way: str, text: str) -> Customer:
    """The customer whom the text names in one of `WAYS`. Raises a Fault (404)."""
    found = None
    if way == "customer_id":
        found = await by_id(call.store, text, tenant=call.tenant, program=call.caller.program)
    elif way == "customer_source_id":
        program = call.caller.program
        found = await by_source_id(call.store, text, tenant=call.tenant, program=program)
    else:
        found = await _of_member(call, text)
    if found is None:
        raise not_found("member" if way == "member_id" else "customer", text)
    return found


async def _of_member(call: Call, text: str) -> Customer | None:
    """Who the member of that id is."""
    number = parse(Prefix.MEMBER, text)
    row = await call.store.fetch_one(
        "SELECT program_id FROM members"
        " WHERE member_id = $1 AND tenant_id = $2 AND deleted_at IS NULL",
        NOBODY if number is None else number,
        call.tenant,
    )
    if row is None or number is None or call.caller.program not in (None, row["program_id"]):
        return None
    seat = await seat_of(call, row["program_id"], number)
    if seat.member is None:
        return None
    customer, program = seat.member.customer_id, call.caller.program
    return await by_id(call.store, customer, tenant=call.tenant, program=program)


SELECT_MEMBERSHIPS: Final = """
    SELECT m.program_id, m.member_id
    FROM (SELECT member_id FROM voucherify_members WHERE customer_id = $2
          UNION ALL
          SELECT CAST($3 AS bigint)
          WHERE NOT EXISTS (SELECT 1 FROM voucherify_members b WHERE b.member_id = $3)) AS found
    JOIN members m ON m.member_id = found.member_id
    WHERE m.tenant_id = $1 AND (m.deleted_at IS NULL OR m.merged_into IS NOT NULL)
      AND (SELECT deleted_at FROM programs p WHERE p.program_id = m.program_id) IS NULL
      AND (CAST($4 AS bigint) = 0 OR m.program_id = CAST($4 AS bigint))
    ORDER BY m.member_id
"""
"""The members are those of a customer, or the one who is none: each is found by its number."""


async def memberships_of(call: Call, customer: Customer) -> list[tuple[int, int]]:
    """The customer's programs and members, the oldest first; who was merged is there as the member
    who took over."""
    rows = await call.store.fetch(
        SELECT_MEMBERSHIPS,
        call.tenant,
        NOBODY if customer.number is None else customer.number,
        customer.member,
        call.caller.program or 0,
    )
    reached = await survivors(call.store, [row["member_id"] for row in rows], tenant=call.tenant)
    found = {
        reached[row["member_id"]]: row["program_id"] for row in rows if row["member_id"] in reached
    }
    return [(found[member], member) for member in sorted(found)]


async def seat_of(call: Call, program: int, member: int) -> Seat:
    return await find_seat(call.store, tenant=call.tenant, program=program, member=member)


async def _print(call: Call, seat: Seat) -> dict[str, Any]:
    assert seat.program is not None
    assert seat.member is not None
    cards = await find_cards(call.store, seat.member.member_id, tenant=call.tenant)
    return {
        "member": print_member(seat.member),
        "program": _brief(seat.program),
        "cards": await print_cards(call, cards),
        "object": "membership",
    }


def _brief(program: Program) -> dict[str, Any]:
    return {
        "id": spell(Prefix.PROGRAM, program.program_id),
        "name": program.name,
        "status": program.status.upper(),
        "metadata": msgspec.json.decode(program.metadata),
        "object": "program",
    }
