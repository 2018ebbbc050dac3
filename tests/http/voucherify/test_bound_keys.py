"""A key of one program, asked for another program's things: every operation, one id at a time.

Two programs are filled alike, over the wire. Each request that the key could make in its own
program is made with one id of the other, then with all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

import httpx

from stampbook.dialects.spelling.voucherify import Prefix, parse
from stampbook.dialects.voucherify.core.operations import Access
from stampbook.dialects.voucherify.routes import OPERATIONS
from stampbook.edge.operations import Operation
from stampbook.storage.store import Store
from tests.http.voucherify.conftest import secret_of
from tests.http.voucherify.house import V2, House, made
from tests.http.voucherify.rewards.shop import Shop, open_shop

Ids = dict[str, str]

WHO = {"type": "customer_id", "customer_id": "{customer}"}

BODIES: dict[str, Any] = {
    "update_customer": {"name": "Mine"},
    "v1_publish_card": {"customer": {"id": "{customer}"}},
    "v1_change_balance": {"points": 1},
    "v1_transfer_points": [{"code": "{code}", "points": 1}],
    "v1_adjust_entry": {"points": 1},
    "v1_export_card": {"parameters": {}},
    "v1_export_campaign": {"parameters": {}},
    "v1_redeem_reward": {"reward": {"id": "tea", "points": 1}},
    "update_program": {"name": "Mine"},
    "batch_program_card_definition_assignments": {"assign": [{"id": "{definition}"}]},
    "batch_program_earning_rule_assignments": {"assign": [{"id": "{rule}"}]},
    "batch_program_tier_structure_assignments": {"assign": [{"id": "{structure}"}]},
    "batch_program_reward_assignments": {
        "assign": [{"id": "{reward}", "stock": {"type": "UNLIMITED"}}]
    },
    "update_program_reward_assignment": {"stock": {"type": "LIMITED", "limited": {"value": 1}}},
    "update_program_member": {"metadata": {"a": 1}},
    "create_program_member": {"customer_identification": WHO},
    "batch_create_program_members": [{"customer_identification": WHO}],
    "create_member_order_payment": {"card_id": "{card}", "order": {"id": "{order}"}},
    "purchase_member_reward": {"reward_id": "{reward}"},
    "refund_reward_purchase": {},
    "examine_earning_rules": {"customer_identification": WHO, "trigger": {"type": "ALL"}},
    "examine_rewards": {"customer_identification": WHO},
    "adjust_card_points": {"points": 1},
}
"""Bodies of writes, with names of ids in braces."""

BATCH = "batch_create_program_members"
"""It is accepted as a whole; its items are refused."""

QUERIES = {
    "daily": "start_date=2026-08-01&end_date=2026-08-07&resolution=day",
    "summary": "period=THIS_MONTH",
}

RATIO = {"type": "EXCHANGE_RATIO", "exchange_ratio": {"formula": 1}}

NAMED = re.compile(r"{(\w+)}")


def reachable() -> Iterator[Operation]:
    """What a bound key may ask for at all."""
    for operation in OPERATIONS:
        if operation.extra is Access.KEY:
            yield operation


async def bound_to(house: House, store: Store, program: str) -> House:
    """The client of a key of that program."""
    secret = await secret_of(store, program=parse(Prefix.PROGRAM, program))
    return House(house.client, secret, house.clock, house.ledger)


async def filled(house: House, store: Store, name: str) -> Ids:
    """The ids of a program and of what is in it."""
    shop: Shop = await open_shop(house, store, parts={"pay_with_points": RATIO})
    card = shop.card
    member = made(await house.get(f"{V2}/programs/{card.program}/members/{card.member}"))
    bought = made(await shop.buy())["transaction"]["id"]
    customer = member["customer_id"]
    order = made(await house.post("/v1/orders", {"amount": 100, "customer": {"id": customer}}))
    rules = made(await house.get(f"{V2}/programs/{card.program}/earning-rules"))["data"]
    body = {"customer": {"source_id": f"{name}-guest", "name": name}}
    campaign = f"camp_{card.program[5:]}"
    published = made(await house.post(f"/v1/loyalties/{campaign}/members", body))
    made(await house.put(f"/v1/customers/{customer}", {"name": name, "phone": "+79990001122"}))
    return {
        "program": card.program,
        "campaign": campaign,
        "member": card.member,
        "card": card.id,
        "code": published["code"],
        "customer": customer,
        "definition": shop.definition,
        "reward": shop.reward["id"],
        "purchase": bought,
        "order": order["id"],
        "rule": rules[0]["earning_rule_id"],
        "structure": "lts_000000000000000001",
        "bucket": card.bucket(),
        "entry": card.bucket(),
    }


def request_of(operation: Operation, ids: Ids) -> tuple[str, Any]:
    """Path and body with these ids."""
    names = {**ids, "member": ids["code"]} if operation.name.startswith("v1_") else ids

    def put(value: Any) -> Any:
        if isinstance(value, str):
            return NAMED.sub(lambda match: names.get(match[1], "unknown"), value)
        if isinstance(value, list):
            return [put(each) for each in value]
        if isinstance(value, dict):
            return {name: put(each) for name, each in value.items()}
        return value

    query = QUERIES.get(operation.path.rpartition("/")[2], "")
    return put(operation.path) + f"?{query}", put(BODIES.get(operation.name))


def names_of(operation: Operation) -> list[str]:
    """The ids that a request of the operation has."""
    found = NAMED.findall(f"{operation.path} {BODIES.get(operation.name)!r}")
    return list(
        dict.fromkeys(
            "code" if each == "member" and operation.name.startswith("v1_") else each
            for each in found
        )
    )


async def test_no_operation_shows_another_program(house: House, store: Store) -> None:
    theirs = await filled(house, store, "Theirs")
    ours = await filled(house, store, "Ours")
    bound: House = await bound_to(house, store, ours["program"])
    faults = []
    asked = set()
    for operation in reachable():
        names = names_of(operation)
        tries = [{name} for name in names] + [set(names)] if names else [set()]
        for foreign in tries:
            ids = {**ours, **{name: theirs[name] for name in foreign if name in theirs}}
            path, body = request_of(operation, ids)
            answer = await ask(bound, operation, path, body)
            if operation.name == BATCH and answer.is_success:
                answer = await outcome_of(bound, answer)
            told = [
                each
                for each in chain(theirs.values(), ("Theirs", "+79990001122"))
                if each in answer.text
                and each not in f"{path} {body}"
                and foreign
                and each not in ours.values()
            ]
            may_be = {403, 404} if foreign & theirs.keys() else set(range(200, 500))
            if told or answer.status_code not in may_be:
                faults.append((operation.name, foreign, answer.status_code, answer.text[:300]))
        asked.add(operation.name)
    assert not faults, "\n".join(map(str, faults))
    done = set()
    for operation in sorted(reachable(), key=lambda each: each.method == "DELETE"):
        path, body = request_of(operation, ours)
        if is_done(await ask(bound, operation, path, body)):
            done.add(operation.name)
    reads = {each.name for each in reachable() if each.method == "GET"}
    assert reads - done == {"v1_fetch_export", "v1_read_redemption", "get_async_action"}


async def ask(bound: House, operation: Operation, path: str, body: Any) -> httpx.Response:
    rest = {} if body is None else {"json": body}
    headers = {"X-App-Id": "app", "X-App-Token": bound.secret}
    return await bound.client.request(operation.method, path, headers=headers, **rest)


async def outcome_of(bound: House, accepted: httpx.Response) -> httpx.Response:
    """What came of a batch's only item, as if it had been asked for alone."""
    answer = await bound.get(f"/v1/async-actions/{accepted.json()['async_action_id']}")
    (item,) = made(answer)["result"]["results"]
    return httpx.Response(201 if item["status"] == "SUCCESS" else 404, text=answer.text)


def is_done(answer: httpx.Response) -> bool:
    return answer.is_success


async def test_what_is_of_the_tenant_is_refused(house: House, store: Store) -> None:
    ours = await filled(house, store, "Ours")
    bound = await bound_to(house, store, ours["program"])
    refused = [each for each in OPERATIONS if each.extra is Access.TENANT]
    assert len(refused) > 50
    for operation in refused:
        path, _ = request_of(operation, ours)
        answer = await ask(bound, operation, path, {})
        assert answer.status_code == 403, (operation.name, answer.text)
