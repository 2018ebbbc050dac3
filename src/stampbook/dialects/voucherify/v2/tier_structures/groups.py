"""Tier structures in programs: each is a group of tiers of the program, by the engine's terms.

What tiers are made of never changes while a program has the structure; names and states do, and the
groups follow.
"""

from math import ceil, floor
from typing import Any, Final

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core.definitions.rows import find_definition
from stampbook.dialects.voucherify.core.rows import NOBODY
from stampbook.dialects.voucherify.v2.kernel.resources import Edit
from stampbook.dialects.voucherify.v2.tier_structures.rows import Structure, Tier, find_tiers
from stampbook.loyalty.tiers import groups
from stampbook.loyalty.tiers.groups import NewTier, Status, TierGroup
from stampbook.loyalty.tiers.terms import (
    Activity,
    Downgrade,
    Grace,
    Retention,
    Span,
    Terms,
    YearDay,
)
from stampbook.programs.programs import Program
from stampbook.storage.store import Transacting

Body = dict[str, Any]

ACTIVITIES: Final[dict[str, Activity]] = {
    "earning_activity": "earning",
    "spending_activity": "spending",
}


def terms_of(body: Body) -> Terms:
    """What a structure means to the engine.

    Windows of one day, week, month or year are the calendar's; longer ones begin with the group.
    """
    retention, downgrade = _retention(body["expiration"]), _downgrade(body["downgrade"])
    if body["type"] == "POINT_BALANCE":
        return Terms(basis="balance", retention=retention, downgrade=downgrade)
    earned = body["point_earned"]
    period = _span(earned["period"])
    return Terms(
        basis="earned",
        counts_pending=False,
        period=period,
        anchor="calendar" if period.n == 1 else "activation",
        change="at_once" if earned["type"] == "IMMEDIATELY" else "next_period",
        retention=retention,
        downgrade=downgrade,
    )


def _span(period: Body) -> Span:
    return Span(period["value"], period["unit"].lower())


def _retention(part: Body) -> Retention:
    match part["type"]:
        case "FIXED_DURATION":
            return Retention("fixed", _span(part["fixed_duration"]["period"]))
        case "CALENDAR_EXPIRATION":
            dates = part["calendar_expiration"]["calendar_dates"]
            return Retention(
                "calendar", dates=tuple(YearDay(day["month"], day["day"]) for day in dates)
            )
        case "SLIDING_EXPIRATION":
            sliding = part["sliding_expiration"]
            chosen = tuple(word for name, word in ACTIVITIES.items() if sliding[name])
            span = _span(sliding["period"])
            # Without an activity that the engine knows, nothing ever moves the end.
            return Retention("sliding", span, chosen) if chosen else Retention("fixed", span)
        case _:
            return Retention()


def _downgrade(part: Body) -> Downgrade:
    grace = part.get("grace_period")
    if part["type"] == "NO_DOWNGRADE":
        return Downgrade("none")
    return Downgrade(
        "single" if part["type"] == "SINGLE_LEVEL" else "multi",
        None
        if grace is None
        else Grace(grace["value"], grace["unit"].lower(), round_up=grace["round_up"]),
    )


def new_tiers(tiers: list[Tier]) -> list[NewTier]:
    """The tiers as the engine's. Counts are whole, so that a tier between two numbers has none."""
    made = []
    for tier in tiers:
        rules = tier.body["qualification_rules"]
        low = ceil(rules["points"]["min_value"])
        high = rules["points"].get("max_value")
        if high is not None and floor(high) < low:
            continue
        made.append(
            NewTier(
                name=tier.name,
                threshold=low,
                external_id=spell(Prefix.TIER, tier.number),
                ceiling=None if high is None else floor(high),
                segment=rules["segment"]["id"] if "segment" in rules else None,
                keep_forever=tier.body["downgrade"]["type"] == "NO_DOWNGRADE",
                metadata=tier.metadata,
            )
        )
    return made


async def currency_of(db: Transacting, program: Program, structure: Structure) -> int | None:
    """The program's currency that the structure counts; None if it does not have the definition."""
    number = parse(Prefix.CARD_DEFINITION, structure.definition)
    found = await find_definition(
        db, NOBODY if number is None else number, tenant=program.tenant_id
    )
    if found is None:
        return None
    row = await db.fetch_one(
        """
        SELECT c.currency_id FROM currencies c
        LEFT JOIN voucherify_assignments a ON a.currency_id = c.currency_id
        WHERE c.program_id = $1 AND a.ended_at IS NULL
          AND (a.definition_id = $2 OR (a.definition_id IS NULL AND c.currency_id = $3))
        """,
        program.program_id,
        NOBODY if found.definition_id is None else found.definition_id,
        found.number,
    )
    return None if row is None else int(row["currency_id"])


async def open_group(edit: Edit, program: Program, structure: Structure, currency: int) -> None:
    """Give the program the structure: members have standings from now on. Writes."""
    writing, call = edit.writing, edit.call
    made = await groups.create(
        writing,
        program,
        currency=currency,
        name=structure.name,
        tiers=new_tiers(await find_tiers(writing, structure.number)),
        now=call.now,
        terms=terms_of(structure.body),
        status=Status.ACTIVE,
        metadata=structure.metadata,
        origin=spell(Prefix.TIER_STRUCTURE, structure.number),
    )
    if structure.status != "ACTIVE":
        await groups.set_status(writing, made, Status.INACTIVE, now=call.now)
    await writing.execute(
        "INSERT INTO voucherify_tier_groups (tier_group_id, program_id, structure_id, created_at)"
        " VALUES ($1, $2, $3, $4)",
        made.tier_group_id,
        program.program_id,
        structure.number,
        call.now,
    )


async def close_group(edit: Edit, program: int, structure: Structure) -> int | None:
    """Take the structure from the program; answers since when it had it (None: it did not). Writes.

    Its standings end; what was recorded of points stays.
    """
    row = await edit.writing.fetch_one(
        """
        UPDATE voucherify_tier_groups SET ended_at = $3
        WHERE program_id = $1 AND structure_id = $2 AND ended_at IS NULL
        RETURNING tier_group_id, created_at
        """,
        program,
        structure.number,
        edit.call.now,
    )
    if row is None:
        return None
    group = await groups.get(edit.writing, row["tier_group_id"], tenant=edit.call.tenant)
    if group is not None:
        await groups.set_status(edit.writing, group, Status.DELETED, now=edit.call.now)
    return int(row["created_at"])


async def present_groups(
    db: Transacting, *, tenant: int, structure: int = 0, program: int = 0
) -> list[TierGroup]:
    """The groups of a structure, or those of a program, by number."""
    rows = await db.fetch(
        """
        SELECT g.tier_group_id FROM voucherify_tier_groups g
        WHERE g.ended_at IS NULL AND (g.structure_id = $1 OR g.program_id = $2)
        ORDER BY g.tier_group_id
        """,
        structure,
        program,
    )
    found = [await groups.get(db, row["tier_group_id"], tenant=tenant) for row in rows]
    return [each for each in found if each is not None]


async def follow(edit: Edit, structure: Structure) -> None:
    """The groups of a structure get its name and status, and the names of its tiers. Writes."""
    writing, now = edit.writing, edit.call.now
    tiers = {
        spell(Prefix.TIER, each.number): each
        for each in await find_tiers(writing, structure.number)
    }
    status = Status(structure.status.lower())
    for group in await present_groups(writing, tenant=edit.call.tenant, structure=structure.number):
        named = await groups.rename(
            writing, group, name=structure.name, metadata=structure.metadata, now=now
        )
        await groups.set_status(writing, named, status, now=now)
        for each in group.tiers:
            tier = tiers.get(each.external_id or "")
            if tier is not None and (tier.name, tier.metadata) != (each.name, each.metadata):
                await groups.edit_tier(
                    writing, group, each, name=tier.name, metadata=tier.metadata, now=now
                )
