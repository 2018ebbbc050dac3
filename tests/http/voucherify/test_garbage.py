"""Whatever is sent to whichever path: an answer of the dialect, never a failure of the server."""

from __future__ import annotations

import json
import random
import re
from typing import Any

from stampbook.dialects.voucherify.core.shapes.schema import ERROR
from stampbook.dialects.voucherify.routes import OPERATIONS
from tests.http.voucherify.house import House, made
from tests.http.voucherify.schemas import check

VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1,
    2**53,
    2**63,
    -(2**70),
    1.5,
    1e308,
    "",
    "x",
    "\0",
    "\ufffe",
    "💩" * 300,
    "2026-08-06",
    "ACTIVE",
    "lcdef_000000010000000001",
    [],
    [[]],
    [None, 1, "a"],
    {},
    {"a": {"b": [1]}},
]
NAMES = [
    "name",
    "type",
    "status",
    "metadata",
    "points",
    "reason",
    "start_date",
    "end_date",
    "validity_hours",
    "assign",
    "unassign",
    "card_definitions",
    "earning_rules",
    "customer_identification",
    "customer_id",
    "customer",
    "code_config",
    "points_expiration",
    "pending_points",
    "earning_limits",
    "refunds",
    "balance_settings",
    "pay_with_points",
    "source_id",
    "email",
    "phone",
    "earnings",
    "trigger",
    "trigger_limits",
    "items",
    "customer",
    "event",
    "assign",
    "voucher",
    "expiration_type",
    "expiration_date",
    "reward",
    "order",
    "parameters",
    "id",
]
RAW = [b"", b" ", b"{", b"[1", b"\xff\xfe", b"nul", b'{"a":1}}', b"<xml/>", b"[" * 2000]
RAW += [b'{"name": "\xed\xa0\x80"}', b'{"metadata": {"a": "\xff"}}', b'{"metadata": {"\xff": 1}}']


def _bodies(seed: int, count: int) -> list[bytes]:
    """Objects with some of the dialect's names and values that do not belong to them."""
    rolled = random.Random(seed)

    def value(depth: int = 0) -> Any:
        if depth < 2 and rolled.random() < 0.3:
            return {rolled.choice(NAMES): value(depth + 1) for _ in range(rolled.randint(1, 3))}
        if depth < 2 and rolled.random() < 0.2:
            return [value(depth + 1) for _ in range(rolled.randint(1, 3))]
        return rolled.choice(VALUES)

    made_up = [
        {rolled.choice(NAMES): value() for _ in range(rolled.randint(1, 4))} for _ in range(count)
    ]
    return [json.dumps(each).encode() for each in made_up]


async def test_bodies(house: House) -> None:
    card = await house.card()
    await house.accrue(card)
    path = f"/v1/loyalties/members/v_{card.id[5:]}"
    made(await house.post(path + "/balance", {"points": 50}))
    body = {"reward": {"id": "rew_1", "points": 10}}
    redemption = made(await house.post(path + "/redemption", body))
    (definition,) = await house.all("/v2/loyalties/card-definitions")
    (rule,) = await house.all("/v2/loyalties/earning-rules")
    mug = {"type": "MATERIAL", "material": {"type": "PRODUCT", "product": {"id": "prod_1"}}}
    benefit = made(await house.post("/v2/loyalties/benefits", {"name": "Mug", **mug}))
    costs = [{"spending": [{"points": 1, "card_definition_id": definition["id"]}]}]
    reward = {"name": "Mug", **mug, "costs": costs}
    structure = {
        "name": "Levels",
        "type": "POINT_BALANCE",
        "point_balance": {"card_definition_id": definition["id"]},
    }
    names = {
        "rule": rule["id"],
        "benefit": benefit["id"],
        "reward": made(await house.post("/v2/loyalties/rewards", reward))["id"],
        "structure": made(await house.post("/v2/loyalties/tier-structures", structure))["id"],
        "tier": "lt_1",
        "transaction": "lrtx_1",
        "purchase": "lrtx_1",
        "order": made(await house.post("/v1/orders", {"amount": 1}))["id"],
        "program": card.program,
        "member": card.member,
        "card": card.id,
        "bucket": card.bucket(),
        "definition": definition["id"],
        "customer": made(await house.get("/v1/customers/" + (await _customer(house, card))))["id"],
        "campaign": f"camp_{card.program[5:]}",
        "entry": card.bucket().replace("lcppb_", "lopp_"),
        "redemption": redemption["id"],
        "action": "aa_1",
        "export": "exp_1",
    }
    for at, (method, template) in enumerate(_routes()):
        if template.startswith("/v1/loyalties"):
            names["member"] = f"v_{card.id[5:]}"
        else:
            names["member"] = card.member
        url = re.sub(r"\{(\w+)\}", lambda found: names[found[1]], template)
        for body_ in [*RAW, *_bodies(at, 10)]:
            response = await house.client.request(
                method,
                url,
                content=body_,
                headers={"X-App-Id": "app", "X-App-Token": house.secret},
            )
            assert response.status_code < 500, (method, url, body_, response.text)
            if response.status_code >= 400:
                check(response.json(), ERROR)


async def _customer(house: House, card: Any) -> str:
    path = f"/v2/loyalties/programs/{card.program}/members/{card.member}"
    return str(made(await house.get(path))["customer_id"])


def _routes() -> list[tuple[str, str]]:
    """Every path that takes a body; what deletes comes last."""
    found = [
        (each.method, each.path) for each in OPERATIONS if each.method in ("POST", "PUT", "DELETE")
    ]
    return sorted(found, key=lambda each: (each[0] == "DELETE", each))
