"""What benefits gave to a member."""

from __future__ import annotations

from typing import Any

from stampbook.loyalty.events.acquaintances import Acquaintances
from stampbook.loyalty.events.awarding import Awarding, fire
from stampbook.loyalty.events.model import Occurrence
from stampbook.loyalty.model import Trigger
from stampbook.loyalty.rules.catalogue import Catalogues
from stampbook.loyalty.turns import Turns
from stampbook.storage.store import Store
from tests.http.voucherify.house import V2, Card, House, error, made
from tests.http.voucherify.rewards.test_rewards import MUG

EVENT = "visited"


async def given(house: House, store: Store, **benefit: Any) -> tuple[Card, Any, Any]:
    """A card, a benefit, and the rule that gives it for each event of the member."""
    body = {"name": "Mug", "type": "MATERIAL", "material": MUG, "status": "ACTIVE", **benefit}
    made_benefit = made(await house.post(f"{V2}/benefits", body))
    effect = {"type": "BENEFIT", "benefit": {"id": made_benefit["id"]}}
    trigger = {"event": "customer.custom_event", "custom_event": {"schema_id": f"ms_{EVENT}"}}
    body = {"name": "Visits", "status": "ACTIVE", "trigger": trigger}
    body["earnings"] = [{"effects": [effect]}]
    rule = made(await house.post(f"{V2}/earning-rules", body))
    definition = await house.definition()
    program = await house.program(definition["id"], earning_rules=[{"id": rule["id"]}])
    return await house.card_in(program["id"]), made_benefit, rule


async def happen(house: House, store: Store, card: Card) -> None:
    context = Awarding(store, house.ledger, house.clock, Catalogues(), Turns(), Acquaintances())
    rows = await store.fetch("SELECT trigger_name FROM rules WHERE name = 'Visits'")
    program, member = (int(each.partition("_")[2], 16) for each in (card.program, card.member))
    happened = Occurrence(
        house.tenant, program, member, Trigger.CUSTOM_EVENT, name=rows[0]["trigger_name"]
    )
    await fire(context, [happened])


def path_of(card: Card) -> str:
    return f"{V2}/programs/{card.program}/members/{card.member}/benefits/transactions"


async def test_fulfilled(house: House, store: Store) -> None:
    card, benefit, rule = await given(house, store)
    assert await house.all(path_of(card)) == []
    await happen(house, store, card)
    (found,) = await house.all(path_of(card))
    assert found.pop("id").startswith("lbtx_")
    metadata = found["details"].pop("metadata")
    assert metadata["event_id"].startswith("evcus_")
    assert metadata["earning_item_id"] == rule["earnings"][0]["id"]
    assert found == {
        "benefit_id": benefit["id"],
        "program_id": card.program,
        "member_id": card.member,
        "earning_rule_id": rule["id"],
        "type": "FULFILLMENT",
        "details": {
            "reason": "Benefit fulfilled",
            "rejection": None,
            "result": {
                "benefit": {"id": benefit["id"], "type": "MATERIAL"},
                "quantity": 1,
                "material": MUG,
                "digital": None,
                "points": None,
            },
        },
        "status": "APPROVED",
        "created_at": "2026-08-06T14:01:13.346Z",
        "updated_at": "2026-08-06T14:01:13.346Z",
        "object": "benefit_transaction",
    }


async def test_out_of_stock(house: House, store: Store, stranger: House) -> None:
    """What could not be given is rejected, and listed."""
    stock = {"type": "LIMITED", "limited": {"quantity": 1}}
    card, benefit, _ = await given(house, store, stock=stock)
    for _ in range(2):
        await happen(house, store, card)
        house.clock.advance(seconds=1)
    rejected, approved = await house.all(path_of(card), [("limit", "1")])
    assert (approved["status"], rejected["status"]) == ("APPROVED", "REJECTED")
    assert rejected["details"]["rejection"]["reason"] == "OUT_OF_STOCK"
    assert rejected["details"]["result"] is None
    pairs = [("filters[benefit_id][conditions][$is_not]", benefit["id"])]
    assert await house.all(path_of(card), pairs) == []
    assert error(await stranger.get(path_of(card)))[0] == 404
    response = await house.get(path_of(card), [("filters[id][conditions][$is]", "lbtx_1")])
    assert error(response)[:2] == (400, "invalid_query_params")
