"""What people did to what they set up, to members and cards. Points are no activities."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.lists.filters import (
    Sql,
    id_field,
    instant_field,
    word_field,
)
from stampbook.dialects.voucherify.core.lists.listing import Kind, Page, list_page
from stampbook.dialects.voucherify.core.shapes.people import activity_of
from stampbook.dialects.voucherify.core.shapes.schema import Schema
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.storage.store import Row, Transacting

PROGRAM_TYPES: Final = (
    "vl.program.created",
    "vl.program.updated",
    "vl.program.deleted",
    "vl.program.activated",
    "vl.program.deactivated",
    "vl.program.card_definition.assigned",
    "vl.program.card_definition.unassigned",
    "vl.program.earning_rule.assigned",
    "vl.program.earning_rule.unassigned",
    "vl.program.reward.assigned",
    "vl.program.reward.unassigned",
    "vl.program.reward.updated",
    "vl.program.tier_structure.assigned",
    "vl.program.tier_structure.unassigned",
)
MEMBER_TYPES: Final = (
    "vl.member.created",
    "vl.member.updated",
    "vl.member.deleted",
    "vl.member.activated",
    "vl.member.deactivated",
    "vl.member.card.assigned",
    "vl.member.card.unassigned",
)
CARD_TYPES: Final = (
    "vl.card.created",
    "vl.card.assigned",
    "vl.card.unassigned",
    "vl.card.code_generation.succeeded",
    "vl.card.code_generation.failed",
)
DEFINITION_TYPES: Final = (
    "vl.card_definition.created",
    "vl.card_definition.updated",
    "vl.card_definition.deleted",
    "vl.card_definition.activated",
    "vl.card_definition.deactivated",
    "vl.card_definition.drafted",
    "vl.card_definition.assigned",
    "vl.card_definition.unassigned",
)
TIER_STRUCTURE_TYPES: Final = (
    "vl.tier_structure.created",
    "vl.tier_structure.updated",
    "vl.tier_structure.deleted",
    "vl.tier_structure.activated",
    "vl.tier_structure.deactivated",
    "vl.tier_structure.drafted",
    "vl.tier_structure.assigned",
    "vl.tier_structure.unassigned",
    "vl.tier_structure.tier.created",
    "vl.tier_structure.tier.updated",
    "vl.tier_structure.tier.deleted",
)
REWARD_TYPES: Final = (
    "vl.reward.created",
    "vl.reward.updated",
    "vl.reward.deleted",
    "vl.reward.assigned",
    "vl.reward.unassigned",
    "vl.reward.activated",
    "vl.reward.deactivated",
    "vl.reward.drafted",
)
EARNING_RULE_TYPES: Final = (
    "vl.earning_rule.created",
    "vl.earning_rule.updated",
    "vl.earning_rule.deleted",
    "vl.earning_rule.activated",
    "vl.earning_rule.deactivated",
    "vl.earning_rule.drafted",
    "vl.earning_rule.assigned",
    "vl.earning_rule.unassigned",
)
BENEFIT_TYPES: Final = (
    "vl.benefit.created",
    "vl.benefit.updated",
    "vl.benefit.deleted",
    "vl.benefit.activated",
    "vl.benefit.drafted",
)


class Entity(NamedTuple):
    """Whose activities a list is of: the word in the database, and the wire's."""

    word: str
    prefix: Prefix
    activity: Prefix
    cursor: str
    types: tuple[str, ...]

    @property
    def shape(self) -> Schema:
        """An activity as it is answered."""
        prefix, activity = self.prefix.rstrip("_"), self.activity.rstrip("_")
        return activity_of(self.word, prefix, activity)

    @property
    def kind(self) -> Kind:
        return Kind(
            prefix=self.cursor,
            orders={"created_at": "v.created_at"},
            number="v.activity_id",
            filters={
                "id": id_field("v.activity_id", self.activity),
                "type": word_field("v.type", {word: word for word in self.types}),
                "created_at": instant_field("v.created_at"),
            },
        )


PROGRAM: Final = Entity(
    "program", Prefix.PROGRAM, Prefix.PROGRAM_ACTIVITY, "lcrsapr_", PROGRAM_TYPES
)
MEMBER: Final = Entity("member", Prefix.MEMBER, Prefix.MEMBER_ACTIVITY, "lcrsambr_", MEMBER_TYPES)
A_CARD: Final = Entity("card", Prefix.CARD, Prefix.CARD_ACTIVITY, "lcrsacrd_", CARD_TYPES)
DEFINITION: Final = Entity(
    "card_definition",
    Prefix.CARD_DEFINITION,
    Prefix.CARD_DEFINITION_ACTIVITY,
    "lcrsacd_",
    DEFINITION_TYPES,
)
TIER_STRUCTURE: Final = Entity(
    "tier_structure",
    Prefix.TIER_STRUCTURE,
    Prefix.TIER_STRUCTURE_ACTIVITY,
    "lcrsats_",
    TIER_STRUCTURE_TYPES,
)
REWARD: Final = Entity("reward", Prefix.REWARD, Prefix.REWARD_ACTIVITY, "lcrsarew_", REWARD_TYPES)
EARNING_RULE: Final = Entity(
    "earning_rule",
    Prefix.EARNING_RULE,
    Prefix.EARNING_RULE_ACTIVITY,
    "lcrsaer_",
    EARNING_RULE_TYPES,
)
BENEFIT: Final = Entity(
    "benefit", Prefix.BENEFIT, Prefix.BENEFIT_ACTIVITY, "lcrsaben_", BENEFIT_TYPES
)


async def note(
    writing: Transacting,
    call: Call,
    entity: Entity,
    number: int,
    type_: str,
    data: Mapping[str, Any],
) -> None:
    """Record an activity with the change that it tells of. `type_` comes after `vl.`. Writes."""
    source: dict[str, Any] = {
        "channel": "API",
        "api_key": {"app_id": str(call.caller.api_key_id)},
    }
    if call.caller.actor is not None:
        source["user"] = {"id": call.caller.actor}
    await writing.execute(
        """
        INSERT INTO voucherify_activities
            (tenant_id, entity, entity_id, type, data, source, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        call.tenant,
        entity.word,
        number,
        f"vl.{type_}",
        msgspec.json.encode(data).decode(),
        msgspec.json.encode(source).decode(),
        call.now,
    )


async def list_activities(
    call: Call, page: Page, entity: Entity, number: int, unsaid: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The activities of one entity, the newest first. `unsaid` is the data of those that earlier
    releases have noted without any."""
    return await list_page(
        call,
        page,
        select="SELECT v.activity_id, v.entity_id, v.type, v.data, v.source, v.created_at, {keys}"
        " FROM voucherify_activities v",
        where=Sql(
            "v.entity = $1 AND v.entity_id = $2 AND v.tenant_id = $3",
            (entity.word, number, call.tenant),
        ),
        print_=lambda row: _print(entity, row, unsaid or {}),
    )


def _print(entity: Entity, row: Row, unsaid: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": spell(entity.activity, row["activity_id"]),
        f"{entity.word}_id": spell(entity.prefix, row["entity_id"]),
        "type": row["type"],
        "data": msgspec.json.decode(row["data"]) or unsaid,
        "created_at": stamp(row["created_at"]),
        "source": msgspec.json.decode(row["source"]),
    }
