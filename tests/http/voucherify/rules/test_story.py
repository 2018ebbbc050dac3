"""From an empty house to a cancelled order: every step moves what it says, and nothing else."""

from __future__ import annotations

from typing import Any

from tests.http.voucherify.house import V2, Card, House, error, made
from tests.http.voucherify.rules import story
from tests.http.voucherify.rules.kit import RULES

ORDERS = "/v1/orders"
STRUCTURES = f"{V2}/tier-structures"


class Life:
    """A member's card, and how its balance and its tier are checked after each step."""

    def __init__(self, house: House, card: Card, customer: str) -> None:
        self.house = house
        self.card = card
        self.customer = customer

    @property
    def member(self) -> str:
        return f"{story.PROGRAMS}/{self.card.program}/members/{self.card.member}"

    async def order(self, amount: int, **fields: Any) -> Any:
        body = story.paid(self.customer, amount, **fields)
        return made(await self.house.post(ORDERS, body))

    async def status(self, order: Any, status: str) -> None:
        answer = made(await self.house.put(f"{ORDERS}/{order['id']}", {"status": status}))
        assert answer["status"] == status

    async def now(self, points: int, pending: int, tier: str | None) -> None:
        """Balance, points that wait, and the tier. Time passes: the next step is later."""
        assert await self.house.balance(self.card) == (points, pending)
        path = f"{story.PROGRAMS}/{self.card.program}/memberships/{self.card.member}"
        body = made(await self.house.get(path, {"identification_type": "member_id"}))
        (card,) = body["cards"]
        current = card["tier_progress"]["current"]
        assert (current["tier"]["name"] if current else None) == tier
        self.house.clock.advance(seconds=1)

    async def waiting(self) -> list[tuple[str, int]]:
        """The buckets of pending points: their ids and what waits in them."""
        found = await self.house.all(f"{self.card.path}/pending-points")
        return [
            (each["id"], each["points"]["total"]) for each in found if each["status"] == "PENDING"
        ]


async def go_live(house: House) -> Any:
    """A draft becomes a program with two rules, two tiers and a reward."""
    definition = made(await house.post(f"{V2}/card-definitions", story.DEFINITION))["id"]
    program = await house.program(definition, status="DRAFT")
    path = f"{story.PROGRAMS}/{program['id']}"
    assert error(await house.post(f"{path}/activate"))[:2] == (423, "missing_active_earning_rule")
    rules = [
        made(await house.post(RULES, body(definition)))["id"]
        for body in (story.order_rule, story.visit_rule)
    ]
    structure = made(await house.post(STRUCTURES, story.structure(definition)))["id"]
    for tier in (story.SILVER, story.GOLD):
        made(await house.post(f"{STRUCTURES}/{structure}/tiers", tier))
    made(await house.post(f"{STRUCTURES}/{structure}/activate"))
    reward = made(await house.post(f"{V2}/rewards", story.reward(definition)))["id"]
    for what, assigned in (
        ("earning-rules", [{"id": each} for each in rules]),
        ("tier-structures", [{"id": structure}]),
        ("rewards", [story.stocked(reward)]),
    ):
        made(await house.post(f"{path}/{what}/batch", {"assign": assigned}))
    assert made(await house.post(f"{path}/activate"))["status"] == "ACTIVE"
    return made(await house.get(path))


async def test_the_life_of_a_member(house: House) -> None:
    program = await go_live(house)
    customer = (await house.customer(source_id="anna"))["id"]
    member = await house.member(program["id"], customer)
    card = Card(program["id"], member["id"], member["cards"][0]["card"]["id"])
    anna = Life(house, card, customer)
    await anna.now(0, 0, None)

    # What an order would earn is what it earns; its points wait, and are cancelled.
    body = made(await house.post(f"{V2}/examine/earning-rules", story.examined(member["id"], 9900)))
    assert body["memberships"][0]["cards"][0]["points_estimation"] == 99
    await anna.now(0, 0, None)
    first = await anna.order(9900)
    await anna.now(0, 99, None)
    ((bucket, waits),) = await anna.waiting()
    assert waits == 99
    cancel = f"{card.path}/pending-points/{bucket}/cancel"
    answer = made(await house.post(cancel))
    assert answer["transaction"]["type"] == "PENDING_POINTS_CANCELED"
    await anna.now(0, 0, None)
    key = "invalid_pending_points_bucket_status"
    assert error(await house.post(cancel))[:2] == (423, key)

    # An order by its steps, and an event whose points are made available by hand.
    kept = await anna.order(40_000, status="CREATED")
    await anna.now(0, 0, None)
    await anna.status(kept, "PAID")
    await anna.now(0, 400, None)
    visit = {"event": "visit", "customer": {"source_id": "anna"}, "metadata": {"event_id": "v1"}}
    for _ in range(2):
        made(await house.post("/v1/events", visit))
    await anna.now(0, 450, None)
    (bucket,) = [each for each, waits in await anna.waiting() if waits == 50]
    made(await house.post(f"{card.path}/pending-points/{bucket}/activate"))
    await anna.now(50, 400, None)
    large = await anna.order(20_000)
    await anna.now(50, 600, None)
    house.clock.advance(days=11)
    await anna.now(650, 0, "Gold")

    # A reward costs a tier; an order is paid with points.
    named = {"customer_identification": {"type": "member_id", "member_id": member["id"]}}
    body = made(await house.post(f"{V2}/examine/rewards", named))
    (offer,) = body["memberships"][0]["cards"][0]["rewards"]
    assert (offer["status"], offer["cost"]["points"]) == ("AVAILABLE", 250)
    buy = {"reward_id": offer["reward"]["id"]}
    bought = made(await house.post(f"{anna.member}/rewards/purchases", buy))["transaction"]
    await anna.now(400, 0, "Silver")
    dinner = await anna.order(5000, status="CREATED")
    pay = {
        "card_id": card.id,
        "order": {"id": dinner["id"]},
        "payment_limit": {"type": "AMOUNT_LIMIT", "amount_limit": {"max": 160}},
    }
    payment = made(await house.post(f"{anna.member}/orders/payments", pay))["transaction"]
    assert payment["details"]["payment"] == {
        "amount": 160,
        "points_spent": 320,
        "exchange_ratio": 2,
    }
    await anna.now(80, 0, None)
    await anna.status(dinner, "PAID")
    await anna.now(80, 50, None)

    # Everything is taken back, one after the other.
    refund = f"{story.PROGRAMS}/{program['id']}/rewards/purchases/{bought['id']}/refund"
    assert made(await house.post(refund))["transaction"]["details"]["points"] == {"total": 250}
    await anna.now(330, 50, "Silver")
    await anna.status(dinner, "CANCELED")
    await anna.now(650, 0, "Gold")
    await anna.status(large, "CANCELED")
    await anna.now(450, 0, "Silver")
    await anna.status(kept, "CANCELED")
    await anna.now(50, 0, None)
    await anna.status(first, "CANCELED")
    await anna.now(50, 0, None)
    await _accounts_of_it(anna)


async def _accounts_of_it(anna: Life) -> None:
    """The rows of the card, of its tiers and of the reports tell the same story."""
    house, path = anna.house, f"{story.PROGRAMS}/{anna.card.program}"
    oldest = [("order", "created_at"), ("limit", "7")]
    rows = await house.all(f"{anna.card.path}/transactions", oldest)
    assert [(each["type"], each["details"]["points"]["total"]) for each in rows] == [
        ("PENDING_POINTS_ADDED", 99),
        ("PENDING_POINTS_CANCELED", 99),
        ("PENDING_POINTS_ADDED", 400),
        ("PENDING_POINTS_ADDED", 50),
        ("PENDING_POINTS_ACTIVATED", 50),
        ("PENDING_POINTS_ADDED", 200),
        ("PENDING_POINTS_ACTIVATED", 400),
        ("PENDING_POINTS_ACTIVATED", 200),
        ("POINTS_SPENT_ON_REWARD", 250),
        ("POINTS_SPENT_ON_ORDER", 320),
        ("PENDING_POINTS_ADDED", 50),
        ("POINTS_RETURNED", 250),
        ("POINTS_RETURNED", 320),
        ("PENDING_POINTS_CANCELED", 50),
        ("POINTS_REFUNDED", 200),
        ("POINTS_REFUNDED", 400),
    ]
    tiers = await house.all(f"{anna.member}/tiers/transactions", [("order", "created_at")])
    rises_and_falls = ["JOINED", "UPGRADED", "DOWNGRADED", "LEFT"]
    assert [each["type"] for each in tiers] == rises_and_falls * 2
    (sold,) = await house.all(f"{path}/rewards")
    assert (sold["stock"]["limited"]["quantity"], sold["redeemed"]) == (5, 0)
    (spent,) = made(await house.get(f"{path}/reports/spending/summary"))["data"]
    assert (spent["success"], spent["points"], spent["amount_on_order"]) == (0, 0, 0)
    # Of what was earned, the visit alone is in force: every order was taken back.
    earned = made(await house.get(f"{path}/reports/points-earnings/summary"))["data"]
    assert [(each["success_count"], each["pending_points"]) for each in earned] == [(0, 0), (1, 50)]
    fired = made(await house.get(f"{path}/reports/earning-rules/summary"))["data"]
    assert [each["success_count"] for each in fired] == [0, 1]
    (purchase,) = await house.all(f"{anna.member}/rewards/purchases")
    assert purchase["status"] == "REFUNDED"
    (payment,) = await house.all(f"{anna.member}/orders/payments")
    assert payment["status"] == "APPROVED"
