"""The parts of Voucherify, new and old, and of Altcraft."""

from __future__ import annotations

import json
from typing import Any

from tests.http.voucherify.house import idle_rule
from tests.migration.world import World

V2, V1 = "/v2/loyalties", "/v1/loyalties"
CODES = {"pattern": "CARD####", "charset": "0123456789"}
PERIOD = {"type": "PERIOD_BASED", "period_based": {"period": {"value": 10, "unit": "DAY"}}}
EVENT = {
    "type": "EVENT_BASED",
    "event_based": {"event_types": ["ms_1"], "cancel_period": {"value": 30, "unit": "DAY"}},
}
ROLLING = {
    "type": "ROLLING_EXPIRATION",
    "rolling_expiration": {"period": {"value": 40, "unit": "DAY"}},
}
SLIDING = {
    "type": "SLIDING_EXPIRATION",
    "sliding_expiration": {
        "period": {"value": 60, "unit": "DAY"},
        "earning_activity": True,
        "spending_activity": True,
    },
}
REVOKED = {
    "spent_points": {"type": "NONE", "methods": []},
    "earned_points": {"type": "REFUNDABLE", "methods": [{"type": "ONLY_AVAILABLE_POINTS"}]},
}
CLUBS: tuple[dict[str, Any], ...] = (
    {"pending_points": PERIOD, "points_expiration": ROLLING},
    {"pending_points": EVENT, "balance_settings": {"allow_negative": True}},
    {"points_expiration": SLIDING, "code_config": CODES},
)


async def live(world: World) -> None:
    for number, parts in enumerate(CLUBS):
        await club(world, number, parts)
    await world.made("POST", f"{V2}/card-definitions", {"name": "Draft", "type": "INDIVIDUAL"})
    gone = await world.made(
        "POST", f"{V2}/card-definitions", {"name": "Gone", "type": "INDIVIDUAL"}
    )
    await world.made("DELETE", f"{V2}/card-definitions/{gone['id']}")
    await world.made("POST", f"{V2}/programs", {"name": "Resting", "status": "DRAFT"})
    await altcraft(world)


async def club(world: World, number: int, parts: dict[str, Any]) -> None:
    body = {"name": f"Card {number}", "type": "INDIVIDUAL", "status": "ACTIVE", **parts}
    definition = await world.made(
        "POST", f"{V2}/card-definitions", body, key=f"definition {number}"
    )
    rule = await world.made("POST", f"{V2}/earning-rules", idle_rule(definition["id"]))
    body = {
        "name": f"Club {number}",
        "status": "ACTIVE",
        "card_definitions": [{"id": definition["id"]}],
        "earning_rules": [{"id": rule["id"]}],
    }
    program = await world.made("POST", f"{V2}/programs", body)
    programs = f"{V2}/programs/{program['id']}"
    campaign = f"camp_{program['id'][5:]}"
    cards = []
    for each in range(3):
        body = {"source_id": f"customer-{number}-{each}", "name": f"Person {each}"}
        customer = await world.made("POST", "/v1/customers", body, key=f"customer {number} {each}")
        body = {"customer": customer["id"], "voucher": f"CODE-{number}-{each}"}
        voucher = await world.made("POST", f"{V1}/{campaign}/members", body)
        cards.append(voucher)
    await world.made("PUT", f"/v1/customers/customer-{number}-0", {"metadata": {"a": 1}})
    by = "customer_source_id"
    # A member who is there already would spend a number on PostgreSQL, and none on SQLite.
    entries = [{"customer_identification": {"type": by, by: "nobody"}}, {"x": 1}]
    await world.made("POST", f"{programs}/members/batch", entries)
    listed = (await world.made("GET", f"{programs}/members"))["data"]
    members = [await world.made("GET", f"{programs}/members/{each['id']}") for each in listed]
    for at, member in enumerate(members):
        for each in member["cards"]:
            path = f"{programs}/members/{member['id']}/cards/{each['card']['id']}"
            await points(world, path, f"{number}-{at}")
            await pending(world, path, int(each["card"]["id"][5:], 16))
    for at, voucher in enumerate(cards):
        await old_ways(world, campaign, voucher, cards[at - 1], f"{number}-{at}")
    last = f"{programs}/members/{members[-1]['id']}"
    await world.made("PUT", last, {"metadata": {"shop": 1}})
    await world.made("POST", f"{last}/deactivate")
    if number == 1:
        await world.made("POST", f"{last}/activate")
        await world.made("DELETE", last)
    world.advance(days=3)


async def tried(world: World, method: str, path: str, body: Any = None, **more: Any) -> Any:
    answer = await world.ask(method, path, body, **more)
    assert answer.status_code < 500, (path, answer.text)
    world.advance(seconds=5)
    return answer.json() if answer.is_success and answer.content else None


async def points(world: World, path: str, name: str) -> None:
    for at, amount in enumerate((100, -30, 0, 50, -9_999, -45, 7)):
        key = f"points {name} {at}" if at % 2 == 0 else None
        body = {"points": amount, "reason": f"Reason {at}"}
        await tried(world, "POST", f"{path}/points", body, key=key)
        world.advance(days=0.5)
    found = await tried(world, "GET", f"{path}/expiring-points")
    for bucket in (found or {"data": []})["data"][:1]:
        await tried(world, "POST", f"{path}/expiring-points/{bucket['id']}/expire")


async def pending(world: World, path: str, account: int) -> None:
    """Earned points that wait by the definition; some are activated, some cancelled."""
    for amount in (60, 61, 62, 63):
        body = {"type": "accrue", "amount": amount}
        await world.made("POST", f"/v1/accounts/acc_{account:x}/transactions", body)
        world.advance(days=0.25)
    found = (await world.made("GET", f"{path}/pending-points"))["data"]
    for bucket, verb in zip(found, ("activate", "cancel"), strict=False):
        await tried(world, "POST", f"{path}/pending-points/{bucket['id']}/{verb}", key=bucket["id"])


async def old_ways(world: World, campaign: str, voucher: Any, other: Any, name: str) -> None:
    card = f"{V1}/members/{voucher['code']}"
    for amount in (40, -5, -100_000, 12):
        body: dict[str, Any] = {"points": amount, "reason": "a, b", "source_id": f"s {name}"}
        if amount == 12:
            body |= {"expiration_type": "CUSTOM_DATE", "expiration_date": "2027-03-01"}
        await tried(world, "POST", f"{card}/balance", body, key=f"balance {name} {amount}")
    listed = await tried(world, "GET", f"{card}/pending-points")
    for at, entry in enumerate(listed["data"][:3]):
        path = f"{card}/pending-points/{entry['id']}"
        for change in (5, -7):
            await tried(world, "POST", f"{path}/balance", {"points": change})
        verb = ("activate", "cancel", None)[at]
        if verb is not None:
            await tried(world, "POST", f"{path}/{verb}")
    redemptions = []
    for at in range(3):
        body = {
            "reward": {"id": f"rew_{at}", "points": 4 + at},
            "order": {"id": f"ord_{name}_{at}", "amount": 500},
            "metadata": {"till": at},
        }
        redemptions.append(
            await tried(world, "POST", f"{card}/redemption", body, key=f"redemption {name} {at}")
        )
    for redemption in [each for each in redemptions if each][:2]:
        path = f"/v1/redemptions/{redemption['id']}/rollback"
        for _ in range(2):
            body = {"reason": "returned", "tracking_id": "t"}
            await tried(world, "POST", path, body, key=f"rollback {redemption['id']}")
    moves = [{"code": other["code"], "points": 3, "source_id": f"t {name}"}]
    path = f"{V1}/{campaign}/members/{voucher['code']}/transfers"
    await tried(world, "POST", path, moves, key=f"transfer {name}")
    fields = {"parameters": {"order": "created_at", "fields": ["type", "amount", "balance"]}}
    await world.made("POST", f"{card}/transactions/export")
    await world.made("POST", f"{V1}/{campaign}/transactions/export", fields)
    world.advance(days=1)


LOYALTY = "/api/v1.1/loyalty"


async def altcraft(world: World) -> None:
    body: dict[str, Any] = {"name": "Coffee", "timezone": "Europe/Moscow"}
    program = (await world.made("POST", "/v1/programs", body))["id"]
    body = {"name": "Points", "code": "points", "scale": 2}
    currency = (await world.made("POST", f"/v1/programs/{program}/currencies", body))["id"]
    body = {"initial_balance": "1.50", "backdating": True}
    await world.made("PATCH", f"/v1/currencies/{currency}/options", body)
    rules = [{"kind": "accrual", "currency_id": currency, "min_amount": "5", "max_amount": "500"}]
    body = {"name": "Welcome", "external_id": "WELCOME", "rules": rules}
    await world.made("POST", f"/v1/programs/{program}/promotions", body)
    tiers = [{"name": "Bronze", "threshold": "0"}, {"name": "Silver", "threshold": "150"}]
    body = {"name": "Metals", "currency_id": currency, "tiers": tiers}
    await world.made("POST", f"/v1/programs/{program}/tier_groups", body)
    number = int(program[4:], 16)
    for at, email in enumerate(("ada@example.com", "bob@example.com", "eve@example.com")):
        who = {"loyalty_program_id": number, "matching": "email", "email": email}
        await guest(world, who, at)
        world.advance(days=2)
    body = {
        "loyalty_program_id": number,
        "points_currency_iid": int(currency[4:], 16),
        "date_from": "2026-01-01T00:00:00Z",
        "date_to": "2027-12-31T23:59:59Z",
    }
    for key in ("export 1", None):
        await call(world, "transactions_export", body, key=key)
        await world.context.jobs.finish()
    gone = {"loyalty_program_id": number, "matching": "email", "email": "eve@example.com"}
    await call(world, "delete_member", gone, key="delete eve")


async def call(world: World, method: str, body: Any, **more: Any) -> Any:
    """The data of an answer, or None where it is an error."""
    answer = await world.ask("POST", f"{LOYALTY}/{method}", json.dumps(body), **more)
    assert answer.status_code < 500, answer.text
    world.advance(seconds=30)
    found = answer.json()
    return found.get("data") or found if str(found["error"]) == "0" else None


async def guest(world: World, who: dict[str, Any], at: int) -> None:
    await call(world, "register_member", who, key=f"register {at}")

    async def move(method: str, amount: str, **fields: Any) -> Any:
        done = await call(world, method, {**who, "amount": amount, **fields})
        return {"transaction_id": done["transaction_id"]} if done else None

    order = f"altcraft-{at}"
    offer = {"promotion_id": "WELCOME", "transaction_eid": f"{order}-1"}
    data = {"expiration_date": "2027-04-01T00:00:00Z", "external_data": {"order_id": "A-1"}}
    await move("accrue_points", "100.50", **offer, **data)
    await move("accrue_points", "501", promotion_id="WELCOME")
    backdated = {"processing_date": "2026-02-01T00:00:00Z"}
    await move("accrue_points", "20", **backdated)
    waiting = await move("accrue_points", "50", is_temp=True)
    await call(world, "commit_transaction", waiting, key=f"commit {at}")
    await call(world, "commit_transaction", waiting, key=f"commit {at} again")
    await move("accrue_points", "30", is_temp=True, temp_timeout_sec=600)
    spent = await move("redeeme_points", "20", transaction_eid=f"{order}-2")
    held = await move("redeem_points", "10", is_temp=True, temp_timeout_sec=600)
    await call(world, "rollback_transaction", held, key=f"roll back {at}")
    await move("redeem_points", "8", is_temp=True, temp_timeout_sec=8_000_000)
    await move("redeem_points", "7", is_temp=True, temp_timeout_sec=60)
    await move("redeeme_points", "1000")
    if at != 1:
        await call(world, "cancel_transaction", spent, key=f"cancel {at}")
        await call(
            world, "cancel_transaction", {"transaction_eid": f"{order}-2"}, key=f"again {at}"
        )
