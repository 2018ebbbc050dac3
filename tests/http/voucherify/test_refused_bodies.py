"""What the vendor's schema refuses in a body is refused with 400, whatever the operation.

`refused_bodies.json` has, for each operation of v2 with a body, one that the schema takes, and how
it can be changed so that the schema refuses it: by place, `d` left out, `n` null, `x` the text
"x", `5` and `-` the numbers 5 and -1.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stampbook.storage.store import Store
from tests.http.voucherify.house import V2, House, made
from tests.http.voucherify.operations import OPERATIONS
from tests.http.voucherify.rewards.shop import open_shop
from tests.http.voucherify.rewards.test_rewards import MUG, REWARDS, cost
from tests.http.voucherify.rules.kit import make_rule, points
from tests.http.voucherify.rules.test_benefits import make
from tests.http.voucherify.tier_structures.test_structures import add_tier, balance_structure

FACTS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "refused_bodies.json").read_text("utf-8")
)
VALUES = {"n": None, "x": "x", "5": 5, "-": -1}
WITHOUT = ("batchCreateProgramMembers", "createProgramMember")
"""The entries of a batch fail by themselves, and members can be named in a way of ours, too."""

TAKEN = [
    ("adjustCardPoints", "reason", "n"),
    ("updateEarningRule", "earnings.0.id", "n"),
    ("examineEarningRules", "customer_custom_event.all", "d"),
]
"""What is taken all the same: null as if the property were left out, and the incomplete context of
an event that is not asked about."""


def changed(body: Any, place: str, how: str) -> Any:
    body = copy.deepcopy(body)
    *way, last = (int(step) if step.isdigit() else step for step in place.split("."))
    part = body
    for step in way:
        part = part[step]
    if how == "d":
        del part[last]
    else:
        part[last] = VALUES[how]
    return body


def each_refused(name: str) -> Iterator[tuple[str, str, Any]]:
    for place, ways in FACTS[name]["refused"].items():
        for how in ways:
            yield place, how, changed(FACTS[name]["body"], place, how)


async def path_of(house: House, store: Store, name: str) -> str:
    """The path of the operation, with ids of what is there."""
    path = OPERATIONS[name].path
    if "{" not in path:
        return path
    ids: dict[str, str] = {}
    if "{structure}" in path:
        structure = await balance_structure(house)
        ids = {"structure": structure["id"], "tier": (await add_tier(house, structure))["id"]}
    elif "{rule}" in path:
        definition = (await house.definition())["id"]
        ids = {"rule": (await make_rule(house, points(definition)))["id"]}
    elif "{benefit}" in path:
        ids = {"benefit": (await make(house))["id"]}
    elif "{definition}" in path:
        ids = {"definition": (await house.definition(status="DRAFT"))["id"]}
    elif name == "updateProgram":
        ids = {"program": made(await house.post(f"{V2}/programs", {"name": "Club"}))["id"]}
    elif name == "updateReward":
        definition = (await house.definition())["id"]
        body = {"name": "Mug", "type": "MATERIAL", "material": MUG, "costs": [cost(definition)]}
        ids = {"reward": made(await house.post(REWARDS, body))["id"]}
    else:
        shop = await open_shop(house, store)
        ids = {"program": shop.card.program, "member": shop.card.member, "card": shop.card.id}
        ids["reward"] = shop.reward["id"]
        if "{purchase}" in path:
            ids["purchase"] = made(await shop.buy())["transaction"]["id"]
    for field, value in ids.items():
        path = path.replace(f"{{{field}}}", value)
    return path


def test_every_operation_with_a_body_is_there() -> None:
    bodies = {name for name, each in OPERATIONS.items() if each.body is not None}
    assert set(FACTS) == bodies - set(WITHOUT)


@pytest.mark.parametrize("name", FACTS)
async def test_refused_bodies(house: House, store: Store, name: str) -> None:
    path, method = await path_of(house, store, name), OPERATIONS[name].method
    taken = []
    for place, how, body in each_refused(name):
        response = await house.ask(method, path, json=body)
        if response.status_code != 400:
            taken.append((name, place, how))
    assert taken == [each for each in TAKEN if each[0] == name]
    fine = await house.ask(method, path, json=FACTS[name]["body"])
    assert fine.status_code != 400, fine.text
