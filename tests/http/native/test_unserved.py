"""Paths that are not served, and wrong methods: in the words of the caller's own API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.http.native.asking import Api, fine

V2, RU = "application/vnd.api.v2+json", "application/vnd.yclients.v2+json; charset=utf-8"

ALTEGIO: list[dict[str, str]] = [
    {"Authorization": "Bearer P, User U"},
    {"Authorization": "Bearer P,User U", "Accept": V2},
    {"Authorization": "bearer P,  user U", "Accept": "*/*"},
    {"Authorization": "Bearer P", "Accept": V2},
    {"Accept": RU},
]
VOUCHERIFY: list[dict[str, str]] = [
    {"X-App-Id": "a", "X-App-Token": "t"},
    {"x-app-id": "a"},
    {"X-Client-Application-Id": "a", "X-Client-Token": "t", "Accept": "application/json"},
    {"Authorization": "Bearer sbk_x", "X-Voucherify-Channel": "Node.js-SDK"},
]
NATIVE: list[dict[str, str]] = [
    {},
    {"Authorization": "Bearer sbk_x"},
    {"Authorization": "Bearer sbk_x", "Accept": "application/json"},
]

UNSERVED = [
    ("GET", "/v1/publications/pub_1", 404),
    ("POST", "/v1/campaigns", 404),
    ("GET", "/v1", 404),
    ("GET", "/v1/loyalty/cards/79000000001/1/1", 404),
    ("DELETE", "/v1/records/1", 404),
    ("GET", "/v1/members/mbr_1/nothing", 404),
    ("PUT", "/v1/locations", 405),
    ("DELETE", "/v1/transactions/txn_1", 405),
    ("GET", "/nothing", 404),
]
ask = pytest.mark.parametrize(("method", "path", "status"), UNSERVED)


def altegio(answer: httpx.Response) -> Any:
    content = answer.json()
    assert (list(content), content["success"]) == (["success", "data", "meta"], False)
    return content


def voucherify(answer: httpx.Response) -> Any:
    content = answer.json()
    assert {"code", "key", "message", "details", "request_id"} <= content.keys()
    assert content["code"] == answer.status_code
    return content


def native(answer: httpx.Response) -> Any:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


SHAPES = [
    *((altegio, each) for each in ALTEGIO),
    *((voucherify, each) for each in VOUCHERIFY),
    *((native, each) for each in NATIVE),
]
speak = pytest.mark.parametrize(("shape", "headers"), SHAPES)


@ask
@speak
async def test_the_callers_dialect(
    client: httpx.AsyncClient, method: str, path: str, status: int, shape: Any, headers: Any
) -> None:
    answer = await client.request(method, path, headers=headers)
    if status == 405 and shape is native:
        assert answer.headers["allow"]
    assert answer.status_code == status
    shape(answer)


@speak
async def test_a_vendors_own_prefix(client: httpx.AsyncClient, shape: Any, headers: Any) -> None:
    """Under /v1 it decides for those who do not say who they are, elsewhere for all."""
    own = shape is native
    (altegio if own else shape)(await client.get("/v1/visit/nothing", headers=headers))
    (voucherify if own else shape)(await client.get("/v1/loyalties/1/2/3/4/5", headers=headers))
    (voucherify if own else shape)(await client.patch("/v1/loyalties", headers=headers))
    altegio(await client.get("/api/v1/nothing", headers=headers))
    voucherify(await client.get("/v2/nothing", headers=headers))
    crafted = (await client.get("/api/v1.1/loyalty/nothing", headers=headers)).json()
    assert crafted["error"] == 404


async def test_a_path_that_only_the_native_api_serves(client: httpx.AsyncClient, api: Api) -> None:
    """The vendors have a path of that name too; here it is another thing."""
    for path in ("/v1/locations", "/v1/members/mbr_1", "/v1/users/anna/limits"):
        for headers in VOUCHERIFY:
            answer = await client.get(path, headers=headers)
            assert (answer.status_code, voucherify(answer)["key"]) == (404, "not_found")
        for headers in ALTEGIO:
            answer = await client.get(path, headers=headers)
            assert (answer.status_code, altegio(answer)["meta"]) == (404, {})
        answer = await client.get(path)
        assert (answer.status_code, native(answer)["code"]) == (401, "unauthenticated")
    app = {"X-App-Id": "a", "X-App-Token": api.secret}
    token = (await client.post("/v1/oauth/token", headers=app)).json()["access_token"]
    for method, path, status in UNSERVED:
        headers = {"Authorization": f"Bearer {token}"}
        answer = await client.request(method, path, headers=headers)
        assert (answer.status_code, voucherify(answer)["code"]) == (status, status)
    for headers in ({"X-Voucherify-Channel": "x"}, {"Accept": V2}):
        assert fine(await api.ask("GET", "/locations", headers=headers))["data"] == []
