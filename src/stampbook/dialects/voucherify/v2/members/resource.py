"""Members of a program."""

from typing import Any, Final

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, parse, parse_customer, spell
from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.bodies import Closed, Metadata
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import not_found
from stampbook.dialects.voucherify.core.lists.filters import (
    Field,
    FieldKind,
    Sql,
    id_field,
    instant_field,
    word_field,
)
from stampbook.dialects.voucherify.core.lists.listing import Kind
from stampbook.dialects.voucherify.core.points.cards import print_cards
from stampbook.dialects.voucherify.core.rows import Member, find_cards, member_of
from stampbook.dialects.voucherify.core.seats import find_member, find_program
from stampbook.dialects.voucherify.core.shapes.people import MEMBER, MEMBER_WITH_CARDS
from stampbook.dialects.voucherify.core.times import stamp, updated
from stampbook.dialects.voucherify.v2.kernel.resources import (
    Body,
    Changes,
    Edit,
    Listing,
    Resource,
    Update,
    activate,
    deactivate,
)
from stampbook.programs import members

MEMBERS: Final = "/v2/loyalties/programs/{program}/members"
ITEM: Final = MEMBERS + "/{member}"

CUSTOMER: Final = "COALESCE(b.customer_id, 4611686018427387904 + m.member_id)"
"""A member's customer as a number: members that stand for themselves come last."""


def _read_customer(text: str) -> object | None:
    if not text.startswith(Prefix.CUSTOMER) or not text[len(Prefix.CUSTOMER) :].isalnum():
        return None
    named = parse_customer(text)
    if named is None:
        return -1
    return named.customer if named.member is None else (1 << 62) + named.member


KIND: Final = Kind(
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


def print_member(member: Member) -> Body:
    """A member without cards."""
    return {
        "id": spell(Prefix.MEMBER, member.member_id),
        "customer_id": member.customer_id,
        "program_id": spell(Prefix.PROGRAM, member.program_id),
        "status": member.status.upper(),
        "metadata": msgspec.json.decode(member.metadata),
        "created_at": stamp(member.created_at),
        "updated_at": updated(member.created_at, member.updated_at),
        "object": "member",
    }


async def print_with_cards(call: Call, member: Member) -> Body:
    """A member and the cards."""
    cards = await find_cards(call.store, member.member_id, tenant=call.tenant)
    return {**print_member(member), "cards": await print_cards(call, cards)}


async def _of_program(call: Call) -> Sql:
    found = await find_program(call, call.parameters["program"])
    return Sql(
        "m.program_id = $1 AND m.tenant_id = $2 AND m.deleted_at IS NULL",
        (found.program_id, call.tenant),
    )


async def _find(call: Call) -> Member:
    path = call.parameters
    return (await find_member(call, path["program"], path["member"]))[1]


async def _hold(edit: Edit) -> Member:
    call, path = edit.call, edit.call.parameters
    found = (await find_member(call, path["program"], path["member"], edit.writing))[1]
    await members.hold(edit.writing, found.member_id, tenant=call.tenant)
    return (await find_member(call, path["program"], path["member"], edit.writing))[1]


async def _save(edit: Edit, found: Member, changes: Changes) -> Member:
    call, number = edit.call, found.member_id
    stored, touched = await members.update(
        edit.writing, number, changes, tenant=call.tenant, now=call.now
    )
    edit.touched.extend(touched)
    return found._replace(
        status=stored.status, metadata=stored.metadata, updated_at=stored.updated_at
    )


async def _remove(edit: Edit, found: Member) -> Member:
    """Take the member out: cards close, what was recorded stays."""
    call, number = edit.call, found.member_id
    named = call.parameters["member"]
    if parse(Prefix.MEMBER, named) != number:  # the id of a merged member removes nobody else
        raise not_found("member", named)
    closed = await members.delete(edit.writing, number, tenant=call.tenant, now=call.now)
    edit.touched.extend(closed)
    await edit.writing.execute(
        "UPDATE voucherify_members SET left_at = $2 WHERE member_id = $1", number, call.now
    )
    return found._replace(status="deleted", updated_at=call.now)


def _activity(found: Member, _changes: Changes | None) -> dict[str, Any]:
    return {"member": {"id": spell(Prefix.MEMBER, found.member_id)}}


RESOURCE: Final[Resource[Member]] = Resource(
    noun="member",
    plural="members",
    name="program_member",
    path=MEMBERS,
    item=ITEM,
    tag="Members",
    entity=activities.MEMBER,
    shape=MEMBER,
    number=lambda found: found.member_id,
    listing=Listing(
        kind=KIND, select=SELECT, where=_of_program, print=lambda row: print_member(member_of(row))
    ),
    find=_find,
    hold=_hold,
    save=_save,
    remove=_remove,
    print=print_member,
    show=print_with_cards,
    shown=MEMBER_WITH_CARDS,
    activity=_activity,
    writes="ledger:write",
    update=Update(shape=MemberUpdate, read=lambda wanted: {"metadata": wanted.metadata}),
    steps=(
        activate("inactive"),
        deactivate("active"),
    ),
)
