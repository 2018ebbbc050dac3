"""Every administrative operation of this dialect leaves one row of the audit log."""

from __future__ import annotations

from typing import Any, Final

from stampbook.dialects.voucherify.dialect import VOUCHERIFY
from stampbook.storage.store import Store
from tests.http.audited import check_acts, listen
from tests.http.voucherify.house import V2, House, made
from tests.http.voucherify.rewards.test_rewards import MUG, REWARDS, cost
from tests.http.voucherify.rules.kit import BENEFITS, RULES, points, rule_body
from tests.http.voucherify.rules.test_benefits import make as make_benefit
from tests.http.voucherify.tier_structures.test_structures import STRUCTURES
from tests.http.voucherify.tier_structures.test_structures import points as between

ACTS: Final = {
    "create_program": "program.created",
    "update_program": "program.updated",
    "activate_program": "program.activated",
    "deactivate_program": "program.deactivated",
    "delete_program": "program.deleted",
    "batch_program_card_definition_assignments": "currency.created",
    "batch_program_earning_rule_assignments": "rule.updated",
    "batch_program_tier_structure_assignments": "tier_group.created",
    "batch_program_reward_assignments": "reward.updated",
    "update_program_reward_assignment": "reward.updated",
    "create_card_definition": "currency.created",
    "update_card_definition": "currency.updated",
    "activate_card_definition": "currency.activated",
    "draft_card_definition": "currency.deactivated",
    "delete_card_definition": "currency.deleted",
    "update_program_member": "member.updated",
    "activate_program_member": "member.updated",
    "deactivate_program_member": "member.updated",
    "delete_program_member": "member.deleted",
    "create_earning_rule": "rule.created",
    "update_earning_rule": "rule.updated",
    "activate_earning_rule": "rule.activated",
    "deactivate_earning_rule": "rule.deactivated",
    "draft_earning_rule": "rule.deactivated",
    "delete_earning_rule": "rule.deleted",
    "create_metadata_schema": "metadata_schema.created",
    "create_benefit": "benefit.created",
    "update_benefit": "benefit.updated",
    "activate_benefit": "benefit.activated",
    "draft_benefit": "benefit.deactivated",
    "delete_benefit": "benefit.deleted",
    "create_tier_structure": "tier_group.created",
    "update_tier_structure": "tier_group.updated",
    "activate_tier_structure": "tier_group.activated",
    "deactivate_tier_structure": "tier_group.deactivated",
    "draft_tier_structure": "tier_group.deactivated",
    "delete_tier_structure": "tier_group.deleted",
    "create_tier": "tier_group.updated",
    "update_tier": "tier_group.updated",
    "delete_tier": "tier_group.updated",
    "create_reward": "reward.created",
    "update_reward": "reward.updated",
    "activate_reward": "reward.activated",
    "deactivate_reward": "reward.deactivated",
    "draft_reward": "reward.deactivated",
    "delete_reward": "reward.deleted",
}


async def test_every_administrative_operation_leaves_a_row(house: House, store: Store) -> None:
    heard = listen(house.client, VOUCHERIFY)
    made(await house.post("/v1/metadata-schemas", {"related_object": "never"}))
    definition = await definitions(house)
    rule = await rules(house, definition)
    benefit = await make_benefit(house)
    await steps(house, f"{BENEFITS}/{benefit['id']}", "activate", "draft")
    structure = await structures(house, definition)
    reward = await rewards(house, definition)
    program = await programs(house, definition, rule, structure, reward)
    await members(house, program)
    made(await house.post(f"{V2}/programs/{program}/deactivate"))
    for path in (
        f"{V2}/programs/{program}",
        f"{RULES}/{rule}",
        f"{BENEFITS}/{benefit['id']}",
        f"{STRUCTURES}/{structure}",
        f"{REWARDS}/{reward}",
        f"{V2}/card-definitions/{definition}",
    ):
        made(await house.delete(path))
    await check_acts(store, VOUCHERIFY.operations, ACTS, heard)


async def steps(house: House, path: str, *words: str) -> None:
    """Change the name, and take the steps."""
    made(await house.put(path, {"name": "Another name"}))
    for word in words:
        made(await house.post(f"{path}/{word}"))


async def definitions(house: House) -> str:
    found = await house.definition(status="DRAFT")
    path = f"{V2}/card-definitions/{found['id']}"
    await steps(house, path, "activate", "draft", "activate")
    return str(found["id"])


async def rules(house: House, definition: str) -> str:
    found = made(await house.post(RULES, rule_body(points(definition))))
    path = f"{RULES}/{found['id']}"
    await steps(house, path, "activate", "deactivate", "activate", "draft", "activate")
    return str(found["id"])


async def structures(house: House, definition: str) -> str:
    counted: Any = {"type": "POINT_BALANCE", "point_balance": {"card_definition_id": definition}}
    found = made(await house.post(STRUCTURES, {"name": "Levels", **counted}))
    path = f"{STRUCTURES}/{found['id']}"
    gold = {"name": "Gold", "qualification_rules": between(100)}
    tier = f"{path}/tiers/{made(await house.post(f'{path}/tiers', gold))['id']}"
    silver = {"name": "Silver", "qualification_rules": between(10, 20)}
    other = made(await house.post(f"{path}/tiers", silver))
    made(await house.put(tier, {"name": "Golden"}))
    made(await house.delete(f"{path}/tiers/{other['id']}"))
    await steps(house, path, "activate", "deactivate", "activate", "draft", "activate")
    return str(found["id"])


async def rewards(house: House, definition: str) -> str:
    body = {
        "name": "Mug",
        "type": "MATERIAL",
        "material": MUG,
        "refunds": {"type": "REFUNDABLE"},
        "costs": [cost(definition)],
    }
    found = made(await house.post(REWARDS, body))
    path = f"{REWARDS}/{found['id']}"
    await steps(house, path, "activate", "deactivate", "activate", "draft", "activate")
    return str(found["id"])


async def programs(house: House, definition: str, rule: str, structure: str, reward: str) -> str:
    program = (await house.program(status="DRAFT"))["id"]
    path = f"{V2}/programs/{program}"
    for word, what in (("card-definitions", definition), ("earning-rules", rule)):
        made(await house.post(f"{path}/{word}/batch", {"assign": [{"id": what}]}))
    made(await house.post(f"{path}/tier-structures/batch", {"assign": [{"id": structure}]}))
    stock = {"type": "LIMITED", "limited": {"quantity": 5}}
    given = {"assign": [{"id": reward, "stock": stock}]}
    made(await house.post(f"{path}/rewards/batch", given))
    more = {"stock": {"type": "LIMITED", "limited": {"quantity": 6}}}
    made(await house.put(f"{path}/rewards/{reward}", more))
    await steps(house, path, "activate", "deactivate", "activate")
    return str(program)


async def members(house: House, program: str) -> None:
    card = await house.card_in(program)
    path = f"{V2}/programs/{program}/members/{card.member}"
    made(await house.put(path, {"metadata": {"shoe": 42}}))
    made(await house.post(f"{path}/deactivate"))
    made(await house.post(f"{path}/activate"))
    made(await house.delete(path))


async def test_what_is_done_with_it_leaves_rows_of_each_thing(house: House, store: Store) -> None:
    """A definition that a program has is a currency there, which changes with it."""
    heard = listen(house.client, VOUCHERIFY)
    definition = (await house.definition(status="DRAFT"))["id"]
    program = (await house.program(status="DRAFT"))["id"]
    path = f"{V2}/programs/{program}/card-definitions/batch"
    made(await house.post(path, {"assign": [{"id": definition}]}))
    made(await house.put(f"{V2}/card-definitions/{definition}", {"name": "Gold card"}))
    made(await house.post(path, {"unassign": [{"id": definition}]}))
    made(await house.post(path, {"assign": [{"id": definition}]}))
    rows = await store.fetch(
        "SELECT action, entity, program_id, changes FROM audit WHERE request_id IN ($1, $2, $3)"
        " ORDER BY number",
        *[answer.headers["x-request-id"] for _, answer in heard[-3:]],
    )
    assert [(row["action"], row["entity"], row["program_id"]) for row in rows] == [
        ("currency.updated", "crd_1", None),
        ("currency.updated", "cur_1", 1),
        ("currency.updated", "cur_1", 1),
        ("currency.updated", "cur_1", 1),
    ]
    named = '{"name":{"after":"Gold card","before":"Points card"}}'
    assert [row["changes"] for row in rows[:2]] == [named, named]
