"""Health, the root, the description of the API and its page, and what is true of every answer."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from stampbook.dialects.native.routes import OPERATIONS
from stampbook.dialects.table import APIS
from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.storage.opening import open_store
from tests.http.in_process import InProcess, application
from tests.http.native.asking import Api, Clock, fine, made, refused


async def test_health(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("accept", ["application/json", "application/json, */*;q=0.5"])
async def test_the_root_links_to_what_there_is(client: httpx.AsyncClient, accept: str) -> None:
    """A program that asks the bare address is given links, each of which answers."""
    answer = await client.get("/", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["vary"] == "accept"
    found = answer.json()
    assert found["name"] == "Stampbook"
    for link in found["links"].values():
        assert (await client.get(link)).status_code == 200
    assert found["apis"].keys() == {"native", "altegio", "voucherify", "altcraft"}
    assert found["descriptions"].keys() == {api.name for api in APIS}
    for address in found["descriptions"].values():
        assert (await client.get(address)).json()["openapi"] == "3.1.0"


@pytest.mark.parametrize(
    "accept", ["*/*", "text/html", BROWSER, "application/json;q=0.5, text/html"]
)
async def test_the_root_leads_others_to_the_console(client: httpx.AsyncClient, accept: str) -> None:
    answer = await client.get("/", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    assert answer.headers["vary"] == "accept"
    page = await client.get(answer.headers["location"], headers={"Accept": accept})
    assert page.status_code == 200
    assert 'data-page="login"' in page.text


async def test_not_ready_without_a_database(store_address: str, clock: Clock) -> None:
    store = await open_store(store_address)
    app = application(Context(store, Ledger(store, clock=clock), clock))
    await store.close()
    transport = InProcess(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://stampbook") as client:
        assert (await client.get("/healthz")).status_code == 200
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["checks"]["database"]["status"] == "failing"


async def test_answers_are_as_described(api: Api, client: httpx.AsyncClient, clock: Clock) -> None:
    described = (await client.get("/openapi.json")).json()
    account = await api.account(expiry={"type": "rolling", "period": {"value": 1, "unit": "year"}})
    own = fine(await api.get(f"/accounts/{account}"))
    accrual = await api.accrue(account, "5", external_id="e")
    hold = await api.hold(account, "1")
    body = {"operations": [{"op": "redeem", "account_id": account, "amount": "9"}]}
    asked = [
        ("get", "/v1/programs/{id}", own["program_id"], None),
        ("get", "/v1/currencies/{id}", own["currency_id"], None),
        ("get", "/v1/members/{id}", own["member_id"], None),
        ("get", "/v1/accounts/{id}/balance", account, None),
        ("get", "/v1/accounts/{id}/lots", account, None),
        ("get", "/v1/accounts/{id}/transactions", account, None),
        ("get", "/v1/transactions/{id}", accrual["id"], None),
        ("post", "/v1/transactions/{id}/commit", hold["id"], {}),
        ("post", "/v1/bulk", "", body),
        ("post", "/v1/accounts/{id}/transactions", account, {"type": "redeem", "amount": "x"}),
    ]
    for method, path, name, sent in asked:
        answer = await api.ask(method, path.removeprefix("/v1").replace("{id}", name), json=sent)
        responses = described["paths"][path][method]["responses"]
        response = responses.get(str(answer.status_code), responses["default"])
        (content,) = response["content"].values()
        schema = {**content["schema"], "components": described["components"]}
        Draft202012Validator(schema).validate(answer.json())


async def test_the_page_comes_from_here_alone(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    parts = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert not [part for part in parts if "//" in part]
    for part in parts:
        if part.startswith("/"):
            assert (await client.get(part)).status_code == 200
    refused(await client.get("/docs/other.js"), 404, "not_found")


async def test_what_is_created_names_its_address(api: Api) -> None:
    """Of every 201, and of its replay, `Location` leads to what was answered."""
    program = await api.program()
    account = await api.account()
    currency = await api.currency(program["id"])
    member = await api.member(program["id"])
    other = await api.member(program["id"])
    location = made(await api.post("/locations", {"program_id": program["id"], "title": "Here"}))
    tiers = [{"name": "Gold", "threshold": "1"}]
    bodies: dict[str, Any] = {
        "/programs": {"name": "Second"},
        f"/programs/{program['id']}/currencies": {"name": "Miles"},
        f"/programs/{program['id']}/members": {},
        "/accounts": {"member_id": other["id"], "currency_id": currency["id"]},
        f"/accounts/{account}/transactions": {"type": "accrue", "amount": "1"},
        "/api_keys": {"name": "till", "scopes": ["read"]},
        f"/programs/{program['id']}/promotions": {"name": "Summer"},
        f"/programs/{program['id']}/tier_groups": {
            "name": "Metals", "currency_id": currency["id"], "tiers": tiers,
        },
        "/locations": {"program_id": program["id"], "title": "There"},
        "/visits": {"location_id": location["id"]},
        "/webhooks": {"url": "https://93.184.216.34/events", "events": ["*"]},
        f"/programs/{program['id']}/benefits": {"name": "Mug", "type": "material", "sku": "mug"},
        f"/programs/{program['id']}/rewards": {
            "name": "Tea", "type": "material", "sku": "tea",
            "costs": [{"currency_id": currency["id"], "points": "5"}],
        },
        f"/programs/{program['id']}/rules": {
            "name": "Visits", "trigger": {"type": "custom_event", "name": "visit"},
            "earnings": [{"effects": [
                {"type": "fixed", "currency_id": currency["id"], "points": "5"},
            ]}],
        },
        f"/programs/{program['id']}/custom_events": {
            "external_id": "e-1", "member_id": member["id"], "name": "visit",
        },
        f"/programs/{program['id']}/orders": {
            "external_id": "o-1", "member_id": member["id"], "money": "EUR", "amount": "5.00",
            "lines": [{"amount": "5.00"}],
        },
        "/users": {"login": "till", "password": "correct horse"},
    }  # fmt: skip
    await _buys(api, bodies, program["id"], member["id"], currency["id"])
    for at, (path, body) in enumerate(bodies.items()):
        tried = await api.post(path, body, params={"dry_run": "true"})
        assert tried.status_code == 201
        assert "location" not in tried.headers
        first = await api.post(path, body, key=f"key {at}")
        created = made(first)
        found = fine(await api.get(first.headers["location"].removeprefix("/v1")))
        assert found["id"] == created["id"], path
        again = await api.post(path, body, key=f"key {at}")
        assert again.headers["location"] == first.headers["location"]
        assert again.headers["idempotency-replayed"] == "true"
    kept = {each.path for each in OPERATIONS if each.status == 201 and not each.public}
    assert len(bodies) == len(kept)


async def _buys(api: Api, bodies: dict[str, Any], program: str, member: str, currency: str) -> None:
    """A reward that the member can buy."""
    costs = [{"currency_id": currency, "points": "5"}]
    sold = {"name": "Cake", "type": "material", "sku": "cake", "costs": costs}
    reward = made(await api.post(f"/programs/{program}/rewards", sold))["id"]
    fine(await api.post(f"/rewards/{reward}/activate"))
    fine(await api.ask("PUT", f"/programs/{program}/offers/{reward}", json={"stock": 5}))
    account = made(await api.post("/accounts", {"member_id": member, "currency_id": currency}))
    await api.accrue(account["id"], "10")
    bodies[f"/members/{member}/purchases"] = {"reward_id": reward}


async def test_a_body_in_pieces(api: Api) -> None:
    account = await api.account()
    body = json.dumps({"type": "accrue", "amount": "1"}).encode()

    async def pieces() -> Any:
        for at in range(0, len(body), 7):
            yield body[at : at + 7]

    path = f"/accounts/{account}/transactions"
    made(await api.ask("POST", path, content=pieces()))
    length = {"Content-Length": str(len(body))}
    made(await api.ask("POST", path, content=pieces(), headers=length))
