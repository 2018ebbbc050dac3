"""Health, the description of the API, its page, and the short way of the hot paths."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from stampbook.dialects.native import short_way
from stampbook.dialects.native.routes import ENDPOINTS
from stampbook.edge.answers import ShortRequest, Waiting
from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.storage.opening import open_store
from stampbook.storage.store import Unavailable
from tests.http.in_process import InProcess, application
from tests.http.native.asking import Api, Clock, fine, made, refused

SPEND = {"type": "redeem", "amount": "3"}


async def test_health(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/*", "image/png"])
async def test_the_root_links_to_what_there_is(
    client: httpx.AsyncClient, accept: str | None
) -> None:
    """A program that asks the bare address is given links, each of which answers."""
    answer = await client.get("/", headers={} if accept is None else {"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["vary"] == "Accept"
    told = answer.json()
    assert told["name"] == "Stampbook"
    for link in told["links"].values():
        assert (await client.get(link)).status_code == 200
    assert told["apis"].keys() == {"native", "altegio", "voucherify", "altcraft"}


@pytest.mark.parametrize("accept", ["text/html", BROWSER, "application/json;q=0.5, text/html"])
async def test_the_root_leads_a_browser_to_the_reference(
    client: httpx.AsyncClient, accept: str
) -> None:
    answer = await client.get("/", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["location"]) == (303, "/docs")
    assert answer.headers["vary"] == "Accept"
    page = await client.get(answer.headers["location"], headers={"Accept": accept})
    assert page.status_code == 200
    assert "API reference" in page.text


async def test_not_ready_without_a_database(store_address: str, clock: Clock) -> None:
    store = await open_store(store_address)
    app = application(Context(store, Ledger(store, clock=clock), clock))
    await store.close()
    transport = InProcess(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://stampbook") as client:
        assert (await client.get("/healthz")).status_code == 200
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]


async def test_the_description_names_every_endpoint(client: httpx.AsyncClient) -> None:
    answer = await client.get("/openapi.json")
    described = answer.json()
    assert described["openapi"] == "3.1.0"
    named = {(method, path) for path, methods in described["paths"].items() for method in methods}
    assert named == {(each.method.lower(), each.path) for each in ENDPOINTS}
    names = [each["operationId"] for path in described["paths"].values() for each in path.values()]
    assert len(names) == len(set(names))
    text = answer.text
    for reference in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        schema = described["components"]["schemas"][reference]
        Draft202012Validator.check_schema(schema)


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


async def test_both_ways_answer_the_same(api: Api, ordinary: Any) -> None:
    """What is refused, said wrong or a repeat: the same status, headers and body either way."""
    account = await api.account()
    await api.accrue(account, "10")
    hold = await api.hold(account, "1", external_id="taken")
    spent = made(
        await api.post(f"/accounts/{account}/transactions", SPEND, headers={"Idempotency-Key": "k"})
    )
    moves: list[tuple[str, Any, str | None]] = [
        (f"/accounts/{account}/transactions", SPEND, "k"),
        (f"/accounts/{account}/transactions", {**SPEND, "amount": "4"}, "k"),
        (f"/accounts/{account}/transactions", {"type": "redeem", "amount": "300"}, None),
        (f"/accounts/{account}/transactions", {"type": "redeem"}, None),
        (f"/accounts/{account}/transactions", {"type": "redeem", "amount": "x"}, "k" * 300),
        ("/accounts/acc_0/transactions", SPEND, None),
        ("/accounts/acc_7fff/transactions", SPEND, None),
        (f"/transactions/{hold['id']}/commit", {"amount": "50"}, None),
        (f"/transactions/{spent['id']}/release", {}, None),
        (f"/transactions/{hold['id']}/cancel", {"amount": "5"}, None),
        (f"/transactions/{hold['id']}/cancel", {"reason": 1}, None),
        ("/transactions/txn_0/cancel", {}, None),
    ]
    for path, body, key in moves:
        answers = []
        for off in (False, True):
            ordinary(off=off)
            headers = {} if key is None else {"Idempotency-Key": key}
            answer = await api.post(path, body, headers=headers)
            content = re.sub(r'"req_[0-9a-f]+"', "", answer.text)
            answers.append((answer.status_code, dict(answer.headers), content))
        for _, told, _ in answers:
            told.pop("content-length")
        assert answers[0] == answers[1]


def test_which_paths_are_hot() -> None:
    assert short_way.recognise("/v1/accounts/acc_1/transactions") == (short_way.CREATE, "acc_1")
    for action in ("commit", "release", "cancel"):
        found = short_way.recognise(f"/v1/transactions/txn_1/{action}")
        assert found == (short_way.ACTIONS[action], "txn_1")
    for path in (
        "/v1/accounts//transactions", "/v1/accounts/a/b/transactions", "/v1/accounts/transactions",
        "/v1/transactions/txn_1", "/v1/transactions/txn_1/activate", "/v1/transactions//cancel",
        "/v1/transactions/txn_1/cancel/", "/v1/transactions/a/b/cancel", "/v1/bulk", "/",
    ):  # fmt: skip
        assert short_way.recognise(path) is None


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(Unavailable("gone"), 503, "overloaded"), (RuntimeError("a bug"), 500, "internal_error")],
)
async def test_the_short_way_words_what_breaks(
    api: Api, context: Context, error: Exception, status: int, code: str
) -> None:
    account = await api.account()
    await api.accrue(account, "10")
    headers = [(b"authorization", f"Bearer {api.secret}".encode())]
    body = b'{"type":"redeem","amount":"1"}'
    path = f"/v1/accounts/{account}/transactions"
    begun = short_way.CREATE(ShortRequest(context, path, account, headers, body))
    assert isinstance(begun, Waiting)
    await begun.outcome
    broken: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    broken.set_exception(error)
    answer = begun.finish(broken)
    assert answer is not None
    assert answer.status == status
    worded = json.loads(answer.body)
    assert worded["code"] == code
    assert worded["request_id"].startswith("req_")
    assert str(error) not in worded["detail"]
    assert (b"retry-after" in dict(answer.headers)) is (status == 503)


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
