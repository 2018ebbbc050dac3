"""What an earning rule means to the engine: a version of a rule.

A card definition is a currency of its own in each program. So an effect is listed once for each
currency that its definition is: in a program, those of other programs give nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec import convert, to_builtins

from stampbook.dialects.spelling.voucherify import DEFINED_HERE, Prefix, parse
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.definitions.rows import Definition, get_definition
from stampbook.dialects.voucherify.core.definitions.terms import expiry_of
from stampbook.dialects.voucherify.core.faults import invalid_payload, not_found
from stampbook.dialects.voucherify.core.rows import NOBODY
from stampbook.dialects.voucherify.v2.conditions.groups import Group
from stampbook.dialects.voucherify.v2.conditions.writing import NAMES, Scope, condition
from stampbook.dialects.voucherify.v2.kernel.limits import hours_of, limits_of
from stampbook.dialects.voucherify.v2.rules.proportional import per
from stampbook.dialects.voucherify.v2.schemas import event_name
from stampbook.dialects.voucherify.v2.tier_structures.groups import present_groups
from stampbook.dialects.voucherify.v2.tier_structures.rows import (
    find_tiers,
    get_structure,
    tier_among,
)
from stampbook.loyalty.conditions.checking import LIBRARY
from stampbook.loyalty.conditions.grammar import names_for
from stampbook.loyalty.model import Earning, Effect, Fixed, Given, TierNeed, Trigger, Version
from stampbook.loyalty.rewards import benefits
from stampbook.loyalty.rewards.model import Benefit
from stampbook.storage.policy_rows import expiry_shape
from stampbook.storage.store import Transacting

Body = dict[str, Any]

TRIGGERS: Final = {
    "customer.order.paid": Trigger.ORDER_PAID,
    "customer.custom_event": Trigger.CUSTOM_EVENT,
    "customer.segment.entered": Trigger.SEGMENT_ENTERED,
}


class Targets(NamedTuple):
    """What the effects and tiers of a rule name: all that exists, by the ids of the wire.

    `currencies` are those that a definition is here; `needs` the engine's tiers by a structure's
    id and the id of one of its tiers.
    """

    definitions: Mapping[str, Definition]
    currencies: Mapping[str, Sequence[int]]
    benefits: Mapping[str, Benefit]
    needs: Mapping[tuple[str, str], Sequence[tuple[int, int]]]


def definition_ids(body: Body) -> list[str]:
    """The ids of the definitions whose points a rule gives, as they come."""
    parts = (_points(effect) for earning in body["earnings"] for effect in earning["effects"])
    return list(dict.fromkeys(part["card_definition_id"] for part in parts if part is not None))


def benefit_ids(body: Body) -> list[str]:
    effects = (effect for earning in body["earnings"] for effect in earning["effects"])
    return list(dict.fromkeys(effect["benefit"]["id"] for effect in effects if "benefit" in effect))


def _points(effect: Body) -> Body | None:
    found: Body | None = effect.get("points") or effect.get("points_proportional")
    return found


def check_conditions(body: Body) -> None:
    """All conditions can be written. Raises a Fault (400)."""
    for at, earning in enumerate(body["earnings"]):
        _condition(body["trigger"], earning["rules"], f"earnings.{at}.rules")


def _condition(trigger: Body, rules: Any, place: str) -> str | None:
    if rules is None:
        return None
    event = trigger["event"]
    scope = Scope(NAMES[event], names_for(TRIGGERS[event]))
    return condition(convert(rules, Group), scope, place)


async def find_targets(db: Transacting, call: Call, body: Body) -> Targets:
    """What a rule names. Raises a Fault (404, 400 where points expire otherwise than the
    definition allows)."""
    definitions, currencies, given, needs = {}, {}, {}, {}
    for text in definition_ids(body):
        definitions[text] = found = await get_definition(db, call, text)
        currencies[text] = await currencies_of(db, found)
    for text in benefit_ids(body):
        given[text] = await get_benefit(db, call, text)
    for earning in body["earnings"]:
        for need in (earning["tier_rules"] or {}).get("any_of", ()):
            structure = await get_structure(db, call, need["tier_structure_id"])
            tiers = await find_tiers(db, structure.number)
            for text in need["tier_ids"]:
                tier_among(tiers, text)
                key = (need["tier_structure_id"], text)
                needs[key] = await _engine_tiers(db, call, structure.number, text)
        for effect in earning["effects"]:
            if (part := _points(effect)) is not None:
                _check_expiration(part, definitions[part["card_definition_id"]])
    return Targets(definitions, currencies, given, needs)


def _check_expiration(part: Body, definition: Definition) -> None:
    """Points expire as those of the definition do, or never. Raises a Fault (400)."""
    wanted = part.get("points_expiration", {"type": "NO_EXPIRATION"})["type"]
    own = definition.body["points_expiration"]["type"]
    if definition.body["balance_settings"]["allow_negative"]:
        own = "NO_EXPIRATION"
    elif own == "NO_EXPIRATION":
        return
    if wanted not in (own, "NO_EXPIRATION"):
        raise invalid_payload(
            f"Property .points_expiration.type must be {own} or NO_EXPIRATION, as the card"
            " definition has it"
        )


async def currencies_of(db: Transacting, definition: Definition) -> list[int]:
    """The currencies that a definition is, or was, in programs. One that is in no program is
    named by its own number, which no currency has."""
    if definition.definition_id is None:
        return [definition.number]
    rows = await db.fetch(
        "SELECT currency_id FROM voucherify_assignments WHERE definition_id = $1"
        " ORDER BY currency_id",
        definition.definition_id,
    )
    return [row["currency_id"] for row in rows] or [DEFINED_HERE + definition.definition_id]


async def _engine_tiers(
    db: Transacting, call: Call, structure: int, tier: str
) -> list[tuple[int, int]]:
    """Group and tier of the engine that a tier is in programs."""
    found = await present_groups(db, tenant=call.tenant, structure=structure)
    return [
        (group.tier_group_id, each.tier_id)
        for group in found
        for each in group.tiers
        if each.external_id == tier
    ]


async def get_benefit(db: Transacting, call: Call, text: str) -> Benefit:
    """The tenant's benefit of that id. Raises a Fault (404)."""
    number = parse(Prefix.BENEFIT, text)
    found = await benefits.get(db, NOBODY if number is None else number, tenant=call.tenant)
    if found is None or found.status == "deleted":
        raise not_found("benefit", text)
    return found


async def version_of(db: Transacting, call: Call, body: Body, targets: Targets) -> Version:
    """The rule's content. Raises a Fault (400)."""
    trigger = body["trigger"]
    event, name = trigger["event"], None
    if "custom_event" in trigger:
        name = await event_name(db, call, trigger["custom_event"]["schema_id"])
    elif "segment" in trigger:
        name = trigger["segment"]["id"]
    return Version(
        rule=0,
        number=0,
        valid_from=0,
        trigger=TRIGGERS[event],
        trigger_name=name,
        earnings=tuple(
            _earning(trigger, earning, f"earnings.{at}.rules", targets)
            for at, earning in enumerate(body["earnings"])
        ),
        starts_at=body["start_date"],
        ends_at=body["end_date"],
        hours=hours_of(body["validity_hours"]),
        limits=limits_of(body["trigger_limits"]),
        library=LIBRARY,
    )


def _earning(trigger: Body, part: Body, place: str, targets: Targets) -> Earning:
    any_of = (part["tier_rules"] or {}).get("any_of", ())
    effects = [one for effect in part["effects"] for one in _effects(effect, targets)]
    return Earning(
        effects=tuple(effects),
        condition=_condition(trigger, part["rules"], place),
        tiers=tuple(_needs(any_of, targets)),
        name=part["name"],
    )


def _needs(any_of: Sequence[Body], targets: Targets) -> Iterator[TierNeed]:
    """Tiers of which the member needs one. A structure that no program has is nobody's."""
    by_group: dict[int, set[int]] = {}
    for need in any_of:
        for text in need["tier_ids"]:
            for group, tier in targets.needs[need["tier_structure_id"], text]:
                by_group.setdefault(group, set()).add(tier)
    if any_of and not by_group:
        by_group[0] = set()
    for group, tiers in sorted(by_group.items()):
        yield TierNeed(group, frozenset(tiers))


def _effects(effect: Body, targets: Targets) -> Iterator[Effect]:
    part = _points(effect)
    if part is None:
        yield Given(targets.benefits[effect["benefit"]["id"]].benefit_id)
        return
    expiry = None
    if "points_expiration" in part:
        expiry = to_builtins(expiry_shape(expiry_of(part["points_expiration"])))
    for currency in targets.currencies[part["card_definition_id"]]:
        if effect["type"] == "POINTS":
            yield Fixed(currency, part["value"], expiry=expiry)
        else:
            yield per(part, currency, expiry)
