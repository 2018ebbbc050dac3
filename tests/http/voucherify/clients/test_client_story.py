"""A member's life as the vendor's own clients see it: earn, wait, buy, pay, take all of it back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.http.voucherify.clients.vendor import Live, v2, voucherify
from tests.http.voucherify.house import V2
from tests.http.voucherify.rules import story


class Club(NamedTuple):
    """A program that is live, with everything of `story`, and a customer who is to join it."""

    program: str
    reward: str
    customer: str


@pytest.fixture
def club(live: Live) -> Club:
    api = live.api
    definition = api.post(f"{V2}/card-definitions", story.DEFINITION)["id"]
    rules = [
        api.post(f"{V2}/earning-rules", body(definition))["id"]
        for body in (story.order_rule, story.visit_rule)
    ]
    structure = api.post(f"{V2}/tier-structures", story.structure(definition))["id"]
    for tier in (story.SILVER, story.GOLD):
        api.post(f"{V2}/tier-structures/{structure}/tiers", tier)
    api.post(f"{V2}/tier-structures/{structure}/activate")
    reward = api.post(f"{V2}/rewards", story.reward(definition))["id"]
    program = api.post(
        f"{V2}/programs",
        {
            "name": "Club",
            "status": "ACTIVE",
            "card_definitions": [{"id": definition}],
            "earning_rules": [{"id": each} for each in rules],
            "tier_structures": [{"id": structure}],
            "rewards": [story.stocked(reward)],
        },
    )["id"]
    return Club(program, reward, api.post("/v1/customers", {"name": "Anna"})["id"])


BALANCES = [
    [0, 99],  # an order
    [0, 0],  # its points are cancelled
    [0, 450],  # another order, and an event
    [450, 0],  # their points are made available
    [200, 0],  # a reward is bought
    [160, 0],  # 20 cents of an order are paid with points
    [410, 0],  # the reward is given back
    [450, 0],  # the order that was paid with points is cancelled
    [50, 0],  # the order that earned 400 is cancelled
]
"""Points, and points that wait, after each step of a client's story."""

TIERS = ["JOINED", "LEFT"]
"""A client's member is at Silver until the last step."""


def test_python_story(client: Any, club: Club) -> None:
    orders, events = voucherify.OrdersApi(client), voucherify.EventsApi(client)
    customer = voucherify.Customer(id=club.customer)
    program = f"/loyalties/programs/{club.program}"

    def ask(method: str, path: str, body: Any = None) -> Any:
        status, answer = v2(client, method, path, body)
        assert status in (200, 201, 202), answer
        return answer

    def order(amount: int, status: str = "PAID") -> str:
        body = voucherify.OrdersCreateRequestBody(amount=amount, status=status, customer=customer)
        made = orders.create_order(body)
        assert (made.status, made.amount, made.customer_id) == (status, amount, club.customer)
        return str(made.id)

    def cancel(order: str) -> None:
        body = voucherify.OrdersUpdateRequestBody(status="CANCELED")
        assert orders.update_order(order, body).status == "CANCELED"

    joining = {"type": "customer_id", "customer_id": club.customer}
    member = ask("POST", f"{program}/members", {"customer_identification": joining})
    path = f"{program}/members/{member['id']}"
    card = member["cards"][0]["card"]["id"]
    seen: list[list[int]] = []

    def look() -> None:
        balance = ask("GET", path)["cards"][0]["card"]["balance"]
        seen.append([balance["points"], balance["pending_points"]])

    def every_bucket(step: str) -> None:
        buckets = f"{path}/cards/{card}/pending-points"
        for each in ask("GET", buckets)["data"]:
            if each["status"] == "PENDING":
                ask("POST", f"{buckets}/{each['id']}/{step}")

    estimate = ask("POST", "/loyalties/examine/earning-rules", story.examined(member["id"], 9900))
    assert estimate["memberships"][0]["cards"][0]["points_estimation"] == 99
    order(9900)
    look()
    every_bucket("cancel")
    look()
    kept = order(40_000)
    event = voucherify.EventsCreateRequestBody(event="visit", customer=customer)
    assert events.track_custom_event(event).type == "visit"
    look()
    every_bucket("activate")
    look()
    bought = ask("POST", f"{path}/rewards/purchases", {"reward_id": club.reward})["transaction"]
    look()
    dinner = order(5000, "CREATED")
    limit = {"type": "AMOUNT_LIMIT", "amount_limit": {"max": 20}}
    paying = {"card_id": card, "order": {"id": dinner}, "payment_limit": limit}
    ask("POST", f"{path}/orders/payments", paying)
    look()
    ask("POST", f"{program}/rewards/purchases/{bought['id']}/refund")
    look()
    for each in (dinner, kept):
        cancel(each)
        look()
    assert seen == BALANCES
    status, rows = v2(client, "GET", f"{path}/tiers/transactions", order="created_at")
    assert (status, [each["type"] for each in rows["data"]]) == (200, TIERS)


def test_node_story(live: Live, club: Club, node_client: Path) -> None:
    driven = subprocess.run(
        ["node", "story.js", live.api.url, "app", live.secret, *club],
        cwd=node_client,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert driven.returncode == 0, driven.stderr
    assert json.loads(driven.stdout) == {"estimate": 99, "balances": BALANCES, "tiers": TIERS}
