"""Custom events, and the ids of their names."""

from __future__ import annotations

from typing import Any

from tests.http.voucherify.house import IMMEDIATE, Card, House, error, made
from tests.http.voucherify.rules.kit import group, make_rule, points

EVENTS = "/v1/events"
SCHEMAS = "/v1/metadata-schemas"


def on(schema: str) -> dict[str, Any]:
    return {"event": "customer.custom_event", "custom_event": {"schema_id": schema}}


async def member_of(house: House, rule: Any, definition: str) -> tuple[Card, str]:
    program = await house.program(definition, earning_rules=[{"id": rule["id"]}])
    customer = (await house.customer(source_id="anna"))["id"]
    member = await house.member(program["id"], customer)
    return Card(program["id"], member["id"], member["cards"][0]["card"]["id"]), customer


async def test_an_event_earns(house: House) -> None:
    definition = (await house.definition(pending_points=IMMEDIATE))["id"]
    stars = {"name": "custom_event.metadata", "property": "stars", "conditions": {"$from": [4]}}
    earning = {"effects": [points(definition, 5)], "rules": group(stars)}
    rule = await make_rule(house, earnings=[earning], trigger=on("ms_review"))
    card, customer = await member_of(house, rule, definition)
    for stars_given in (3, 4, "5"):
        body = {
            "event": "review",
            "customer": {"source_id": "anna"},
            "metadata": {"stars": stars_given},
        }
        answer = made(await house.post(EVENTS, body))
    assert answer == {
        "object": "event",
        "type": "review",
        "customer": {"id": customer, "object": "customer"},
        "referral": None,
        "loyalty": None,
    }
    assert await house.balance(card) == (10, 0)
    body = {"event": "other", "customer": {"id": customer}, "metadata": {"stars": 5}}
    made(await house.post(EVENTS, body))
    assert await house.balance(card) == (10, 0)


async def test_a_repeat_is_harmless(house: House) -> None:
    definition = (await house.definition(pending_points=IMMEDIATE))["id"]
    rule = await make_rule(house, points(definition, 5), trigger=on("ms_review"))
    card, customer = await member_of(house, rule, definition)
    body: dict[str, Any] = {"event": "review", "customer": {"id": customer}}
    for _ in range(2):
        made(await house.post(EVENTS, body, key="k1"))
    assert await house.balance(card) == (5, 0)
    body["metadata"] = {"event_id": "e-1"}
    for _ in range(2):
        made(await house.post(EVENTS, body))
    assert await house.balance(card) == (10, 0)
    body["metadata"]["more"] = 1
    assert error(await house.post(EVENTS, body))[:2] == (409, "duplicate_found")


async def test_who_it_happened_to(house: House) -> None:
    assert error(await house.post(EVENTS, {"event": "x", "customer": {"id": "cust_1"}}))[0] == 404
    wrong: dict[str, Any]
    for wrong in ({"event": "x"}, {"event": "", "customer": {"source_id": "a"}}, {"customer": {}}):
        assert error(await house.post(EVENTS, wrong))[:2] == (400, "invalid_payload")
    made(await house.post(EVENTS, {"event": "x", "customer": {"source_id": "new"}}))
    assert made(await house.get("/v1/customers/new"))["source_id"] == "new"


async def test_schemas(house: House) -> None:
    """A name that is no id of itself has a number."""
    schema = made(await house.post(SCHEMAS, {"related_object": "Wrote a review"}))
    assert schema["id"] == "ms_000000000000000001"
    assert made(await house.post(SCHEMAS, {"related_object": "Wrote a review"})) == schema
    definition = (await house.definition(pending_points=IMMEDIATE))["id"]
    rule = await make_rule(house, points(definition, 5), trigger=on(schema["id"]))
    card, customer = await member_of(house, rule, definition)
    made(await house.post(EVENTS, {"event": "Wrote a review", "customer": {"id": customer}}))
    assert await house.balance(card) == (5, 0)
    made(await house.post(EVENTS, {"event": "plain", "customer": {"id": customer}}))
    listed = made(await house.get(SCHEMAS))
    assert [each["related_object"] for each in listed["schemas"]] == ["Wrote a review", "plain"]
    assert listed["schemas"][1]["id"] == "ms_plain"


async def test_points_wait_for_an_event(house: House) -> None:
    """It makes them available before its own rules give anything, and a repeat does so once."""
    waiting = {
        "type": "EVENT_BASED",
        "event_based": {"event_types": ["ms_visit"], "cancel_period": {"value": 3, "unit": "DAY"}},
    }
    definition = (await house.definition(pending_points=waiting))["id"]
    rule = await make_rule(house, points(definition, 5), trigger=on("ms_review"))
    again = await make_rule(house, points(definition, 7), trigger=on("ms_visit"))
    rules = [{"id": each["id"]} for each in (rule, again)]
    program = await house.program(definition, earning_rules=rules)
    customer = (await house.customer(source_id="anna"))["id"]
    member = await house.member(program["id"], customer)
    card = Card(program["id"], member["id"], member["cards"][0]["card"]["id"])
    body = {"customer": {"id": customer}}
    for _ in range(2):
        made(await house.post(EVENTS, {**body, "event": "review"}))
    assert await house.balance(card) == (0, 10)
    made(await house.post(EVENTS, {**body, "event": "other"}))
    assert await house.balance(card) == (0, 10)
    for _ in range(2):
        made(await house.post(EVENTS, {**body, "event": "visit"}, key="k1"))
        assert await house.balance(card) == (10, 7)
    rows = await house.all(f"{card.path}/transactions", [("order", "created_at")])
    assert [each["type"] for each in rows] == [
        *["PENDING_POINTS_ADDED"] * 2,
        *["PENDING_POINTS_ACTIVATED"] * 2,
        "PENDING_POINTS_ADDED",
    ]
    house.clock.advance(days=5)
    made(await house.post(EVENTS, {**body, "event": "visit"}))
    assert await house.balance(card) == (10, 7)  # the 7 before were rolled back by their deadline


async def test_ids_of_events_that_are_long(house: House) -> None:
    definition = (await house.definition(pending_points=IMMEDIATE))["id"]
    rule = await make_rule(house, points(definition, 5), trigger=on("ms_review"))
    card, customer = await member_of(house, rule, definition)
    body: dict[str, Any] = {"event": "review", "customer": {"id": customer}}
    made(await house.post(EVENTS, body, key="k1"))
    for at, name in enumerate((f"{'x' * 255}1", f"{'x' * 255}2", "key:k1"), start=2):
        for _ in range(2):
            made(await house.post(EVENTS, body | {"metadata": {"event_id": name}}))
        assert await house.balance(card) == (5 * at, 0)


async def test_schemas_page_by_page(house: House) -> None:
    names = [f"event {at}" for at in range(5)]
    for name in names:
        made(await house.post(SCHEMAS, {"related_object": name}))
    found: list[str] = []
    for page in ("1", "2", "3", "4"):
        body = made(await house.get(SCHEMAS, {"limit": "2", "page": page}))
        assert body["total"] == 5
        found += [each["related_object"] for each in body["schemas"]]
    assert found == names
    assert error(await house.get(SCHEMAS, {"page": "0"}))[:2] == (400, "invalid_query_params")


async def test_the_key_of_an_event_is_a_key_like_any_other(house: House) -> None:
    """Also of an event that no program sees; and its answer is that of the first time."""
    definition = (await house.definition(pending_points=IMMEDIATE))["id"]
    rule = await make_rule(house, points(definition, 5), trigger=on("ms_review"))
    card, _ = await member_of(house, rule, definition)
    reused = (423, "idempotency_key_reused")
    for at, source in enumerate(("anna", "stranger")):
        body = {"event": "review", "customer": {"source_id": source}}
        first = made(await house.post(EVENTS, body, key=f"k{at}"))
        assert made(await house.post(EVENTS, body, key=f"k{at}")) == first
        other = body | {"metadata": {"a": 1}}
        assert error(await house.post(EVENTS, other, key=f"k{at}"))[:2] == reused
        assert error(await house.post("/v1/customers", {}, key=f"k{at}"))[:2] == reused
        made(await house.post("/v1/customers", {}, key=f"c{at}"))
        assert error(await house.post(EVENTS, body, key=f"c{at}"))[:2] == reused
    assert await house.balance(card) == (5, 0)
    member = await house.member(card.program, first["customer"]["id"])
    joined = Card(card.program, member["id"], member["cards"][0]["card"]["id"])
    body = {"event": "review", "customer": {"source_id": "stranger"}}
    assert made(await house.post(EVENTS, body, key="k1")) == first
    assert await house.balance(joined) == (0, 0)
