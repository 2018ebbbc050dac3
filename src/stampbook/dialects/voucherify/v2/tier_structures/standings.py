"""Members' tiers: what has happened to them, and where they are."""

from typing import Any, Final, NamedTuple

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.lists.choosing import choose
from stampbook.dialects.voucherify.core.lists.filters import id_field, instant_field
from stampbook.dialects.voucherify.core.lists.listing import (
    Kind,
    list_body,
    read_page,
    slice_page,
)
from stampbook.dialects.voucherify.core.operations import operation
from stampbook.dialects.voucherify.core.rows import Card, Member, Program, find_cards
from stampbook.dialects.voucherify.core.seats import find_member, settle
from stampbook.dialects.voucherify.core.shapes.schema import (
    POINTS,
    TEXT,
    TIME,
    array_of,
    id_of,
    list_of,
    object_of,
    one_of,
    or_null,
    titled,
)
from stampbook.dialects.voucherify.core.times import stamp, stamp_or_none
from stampbook.dialects.voucherify.v2.members import resource as members_resource
from stampbook.dialects.voucherify.v2.tier_structures.groups import present_groups
from stampbook.domain.model import transaction_number
from stampbook.edge.operations import Operation
from stampbook.loyalty.tiers import standing
from stampbook.loyalty.tiers.groups import Status, TierGroup
from stampbook.loyalty.tiers.machine import NO_TIER, Cause, Step
from stampbook.loyalty.tiers.standing import History
from stampbook.programs import members, programs

Body = dict[str, Any]

STEP_BITS: Final = 20
"""A tier transaction is a step of a member: its number has the member's before the step's."""

KIND: Final = Kind(
    prefix="lcrsttx_",
    orders={"created_at": "created_at"},
    number="number",
    filters={
        "card_id": id_field("card", Prefix.CARD),
        "created_at": instant_field("created_at"),
    },
)

BY_CLOCK: Final = (Cause.WINDOW, Cause.RETENTION)


class Place(NamedTuple):
    """A member's history in a structure, by the points of a card."""

    group: TierGroup
    card: Card
    history: History


async def places(call: Call, program: Program, member: Member) -> list[Place]:
    """The member's places in the active structures of the program, as of now."""
    groups = await present_groups(call.store, tenant=call.tenant, program=program.program_id)
    cards = {
        each.policy.currency: each
        for each in await find_cards(call.store, member.member_id, tenant=call.tenant)
    }
    stored_program = await programs.get(call.store, program.program_id, tenant=call.tenant)
    stored_member = await members.get(call.store, member.member_id, tenant=call.tenant)
    found: list[Place] = []
    if stored_program is None or stored_member is None:
        return found  # deleted since it was looked up
    for group in groups:
        card = cards.get(group.currency_id)
        if card is None or group.status is not Status.ACTIVE:
            continue
        await settle(call, card)
        history = await standing.of_member(
            call.store, stored_program, group, stored_member, call.now
        )
        found.append(Place(group, card, history))
    return found


# -- what has happened ---------------------------------------------------------------------


class Listed(NamedTuple):
    """A step with its number."""

    place: Place
    number: int
    step: Step


async def list_tier_transactions(call: Call) -> Body:
    page = read_page(call, KIND)
    path = call.parameters
    program, member = await find_member(call, path["program"], path["member"])
    listed = [
        Listed(place, member.member_id << STEP_BITS | at, step)
        for place in await places(call, program, member)
        for at, step in enumerate(place.history.steps)
        if (step.tier, step.former) != (NO_TIER, NO_TIER) and step.entered_at <= call.now
    ]
    chosen = [each for each in listed if _is_chosen(call, each)]
    shown, cursor = slice_page(
        chosen,
        page,
        await call.cursors(),
        key=lambda each: (each.step.entered_at, each.number),
    )
    return list_body([print_transaction(each) for each in shown], cursor)


def _is_chosen(call: Call, each: Listed) -> bool:
    """Whether the filters of the request let it through."""
    same = {"card": each.place.card.account}
    return any(
        one.since <= each.step.entered_at < one.until and one.numbers is None
        for one in choose(call.pairs, KIND.filters, now=call.now, same=same)
    )


def print_transaction(listed: Listed) -> Body:
    (group, card, _), step = listed.place, listed.step
    type_ = _type_of(step)
    former = None if step.former == NO_TIER else _tier_id(group, step.former)
    tier = None if step.tier == NO_TIER else _tier_id(group, step.tier)
    keeps = type_ != "LEFT"
    return {
        "id": spell(Prefix.TIER_TRANSACTION, listed.number),
        "card_id": spell(Prefix.CARD, card.account),
        "program_id": spell(Prefix.PROGRAM, card.place.program),
        "member_id": spell(Prefix.MEMBER, card.place.member),
        "card_definition_id": spell(Prefix.CARD_DEFINITION, card.place.definition),
        "tier_structure_id": group.origin,
        "tier_id": tier or former,
        "type": type_,
        "details": {
            "points": step.points,
            "tier_from": former if type_ in ("LEFT", "UPGRADED", "DOWNGRADED") else None,
            "tier_to": tier,
            "origin": _origin(card, step),
            "rejection": None,
            "start_at": stamp(step.entered_at) if keeps else None,
            "expires_at": stamp_or_none(step.ends_at) if keeps else None,
        },
        "status": "APPROVED",
        "created_at": stamp(step.entered_at),
        "updated_at": stamp(step.entered_at),
        "object": "tier_transaction",
    }


def _type_of(step: Step) -> str:
    if step.former == NO_TIER:
        return "JOINED"
    if step.tier == NO_TIER:
        return "LEFT"
    if step.tier == step.former:
        return "PROLONGED"
    return "UPGRADED" if step.tier > step.former else "DOWNGRADED"


def _origin(card: Card, step: Step) -> Body:
    if step.cause in BY_CLOCK:
        return {"type": "daily_task_operations", "card_transaction_ids": []}
    if step.cause is Cause.JOINED:
        return {"type": "member_card_created", "card_transaction_ids": []}
    rows = [transaction_number(account=card.account, seq=step.seq)] if step.seq else []
    ids = [spell(Prefix.TRANSACTION, each) for each in rows]
    return {"type": "card_operations", "card_transaction_ids": ids}


def _tier_id(group: TierGroup, position: int) -> str:
    return group.tiers[position].external_id or ""


# -- where they are ------------------------------------------------------------------------

NO_PROGRESS: Final[Body] = {
    "current": None,
    "tier_structure": None,
    "deferred": [],
    "risks": [],
    "opportunities": [],
    "object": "member_tier_progress",
}


def print_progress(place: Place) -> Body:
    """The tier of a card, and what may become of it."""
    group, _, history = place
    return {
        "current": _current(place),
        "tier_structure": {"id": group.origin, "object": "tier_structure"},
        "deferred": _deferred(place),
        "risks": _risks(place),
        "opportunities": [
            {
                "valid_until": stamp_or_none(history.window_ends_at),
                "tier": _tier(group, tier.position),
                "points": tier.threshold - history.counted,
            }
            for tier in group.tiers
            if tier.segment is None
            and tier.position > history.tier
            and tier.threshold > history.counted
        ],
        "object": "member_tier_progress",
    }


def _tier(group: TierGroup, position: int) -> Body:
    return {"id": _tier_id(group, position), "name": group.tiers[position].name}


def _current(place: Place) -> Body | None:
    group, _, history = place
    if history.tier == NO_TIER:
        return None
    tier, last = group.tiers[history.tier], history.steps[-1]
    entered = next(each for each in reversed(history.steps) if each.former != each.tier)
    highest = {} if tier.ceiling is None else {"max": tier.ceiling}
    return {
        "tier": _tier(group, history.tier),
        "start_at": stamp(entered.entered_at),
        "expires_at": stamp_or_none(last.ends_at),
        "points": {"current": history.points, "min": tier.threshold, **highest},
    }


def _deferred(place: Place) -> list[Body]:
    """A higher tier that waits for the next window."""
    group, _, history = place
    if group.terms.change != "next_period":
        return []
    reached = [
        tier.position
        for tier in group.tiers
        if tier.segment is None
        and tier.threshold <= history.counted
        and (tier.ceiling is None or history.counted <= tier.ceiling)
    ]
    if not reached or reached[-1] <= history.tier:
        return []
    start_at = stamp_or_none(history.window_ends_at)
    return [{"tier": _tier(group, reached[-1]), "start_at": start_at, "expires_at": None}]


def _risks(place: Place) -> list[Body]:
    """A lower tier, if nothing but time passes."""
    group, _, history = place
    foreseen = history.foreseen
    if foreseen is None or foreseen.tier >= history.tier:
        return []
    leaves = foreseen.tier == NO_TIER
    return [
        {
            "type": "TIER_LEFT" if leaves else "TIER_DOWNGRADE",
            "date": stamp_or_none(foreseen.entered_at),
            "tier": None if leaves else _tier(group, foreseen.tier),
        }
    ]


# -- as it is described --------------------------------------------------------------------

TRANSACTION: Final = titled(
    "TierTransaction",
    object_of(
        id=id_of("lttx"),
        card_id=id_of("lcrd"),
        program_id=id_of("lprg"),
        member_id=id_of("lmbr"),
        card_definition_id=id_of("lcdef"),
        tier_structure_id=id_of("lts"),
        tier_id=id_of("lt"),
        type=one_of("UPGRADED", "DOWNGRADED", "JOINED", "LEFT", "PROLONGED"),
        details=object_of(
            points=POINTS,
            tier_from=or_null(id_of("lt")),
            tier_to=or_null(id_of("lt")),
            origin=object_of(
                type=one_of("card_operations", "daily_task_operations", "member_card_created"),
                card_transaction_ids=array_of(id_of("lctx")),
            ),
            rejection={"type": "null"},
            start_at=or_null(TIME),
            expires_at=or_null(TIME),
        ),
        status=one_of("APPROVED"),
        created_at=TIME,
        updated_at=TIME,
        object=one_of("tier_transaction"),
    ),
)
NAMED: Final = object_of(id=id_of("lt"), name=TEXT)
PROGRESS: Final = titled(
    "MemberTierProgress",
    object_of(
        current=or_null(
            object_of(
                tier=NAMED,
                start_at=TIME,
                expires_at=or_null(TIME),
                points=object_of(current=POINTS, min=POINTS, max_=POINTS),
            )
        ),
        tier_structure=or_null(object_of(id=id_of("lts"), object=one_of("tier_structure"))),
        deferred=array_of(object_of(tier=NAMED, start_at=or_null(TIME), expires_at=or_null(TIME))),
        risks=array_of(
            object_of(
                type=one_of("TIER_DOWNGRADE", "TIER_LEFT"),
                date=or_null(TIME),
                tier=or_null(NAMED),
            )
        ),
        opportunities=array_of(object_of(valid_until=or_null(TIME), tier=NAMED, points=POINTS)),
        object=one_of("member_tier_progress"),
    ),
)

OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("GET", f"{members_resource.ITEM}/tiers/transactions", list_tier_transactions,
              "read", "List what happened to a member's tiers", tag="Tier structures",
              name="list_member_tier_transactions", answer=list_of(TRANSACTION, KIND.prefix),
              query=KIND.query),
)  # fmt: skip
