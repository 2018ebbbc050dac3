"""A reward of this dialect as the engine's: its costs in the currencies of programs.

A card definition is a currency in each program that has it, so a cost stands for one in each of
these currencies. The engine looks at those of the buyer's program only.
"""

from typing import Any

from stampbook.dialects.spelling.voucherify import Prefix, parse
from stampbook.dialects.voucherify.core.definitions.rows import Definition, find_definition
from stampbook.dialects.voucherify.core.rows import NOBODY
from stampbook.dialects.voucherify.v2.kernel.limits import hours_of, limits_of
from stampbook.loyalty.rewards.model import Bought, Cost, RewardTerms, RewardType
from stampbook.storage.store import Transacting

Body = dict[str, Any]


def type_of(body: Body) -> RewardType:
    """What the engine gives for a reward."""
    if body["type"] == "MATERIAL":
        return RewardType.MATERIAL
    points = body["digital"]["type"] == "LOYALTY_CARD_POINTS"
    return RewardType.POINTS if points else RewardType.CODE


def bought_points(body: Body) -> Body | None:
    """Points that are bought, and the card definition that they are of."""
    points: Body | None = body.get("digital", {}).get("loyalty_card_points")
    return points


def definitions_of(body: Body) -> list[str]:
    """The ids of all card definitions that a reward names, each once."""
    named = [each["card_definition_id"] for cost in body["costs"] for each in cost["spending"]]
    points = bought_points(body)
    return list(dict.fromkeys([*named, *([points["card_definition_id"]] if points else [])]))


async def terms_of(db: Transacting, body: Body, *, tenant: int) -> RewardTerms:
    """The engine's terms as card definitions are assigned to programs now."""
    currencies = {text: await _currencies(db, text, tenant=tenant) for text in definitions_of(body)}
    costs = [
        Cost(currency, spending["points"], cost.get("condition"), cost["id"])
        for cost in body["costs"]
        for spending in cost["spending"]
        for currency in currencies[spending["card_definition_id"]]
    ]
    points = bought_points(body)
    amount, own = (
        (points["points"], currencies[points["card_definition_id"]]) if points else (0, [])
    )
    limits = limits_of(body["purchase_limits"])
    return RewardTerms(
        costs=tuple(costs),
        sku=_sku(body),
        bought=tuple(Bought(each, amount) for each in own),
        hours=hours_of(body["validity_hours"]),
        cooldown=limits.cooldown,
        frequency=limits.frequency,
    )


def _sku(body: Body) -> str | None:
    material = body.get("material")
    if material is None:
        return None
    named: Body = material.get("sku") or material["product"]
    return str(named["id"])


async def _currencies(db: Transacting, text: str, *, tenant: int) -> list[int]:
    """The currencies that a card definition is. One that another API made is a currency itself."""
    definition = await named_definition(db, text, tenant=tenant)
    if definition is None:
        return []
    if definition.definition_id is None:
        return [definition.number]
    rows = await db.fetch(
        "SELECT currency_id FROM voucherify_assignments WHERE definition_id = $1"
        " ORDER BY currency_id",
        definition.definition_id,
    )
    return [row["currency_id"] for row in rows]


async def named_definition(db: Transacting, text: str, *, tenant: int) -> Definition | None:
    """The tenant's card definition of that id."""
    number = parse(Prefix.CARD_DEFINITION, text)
    return await find_definition(db, NOBODY if number is None else number, tenant=tenant)
