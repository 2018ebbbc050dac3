"""Paths, tokens, formats and what is wrong before a method is reached."""

from __future__ import annotations

import json

import pytest

from tests.http.altcraft.house import TOKEN, House, from_xml

CANCEL = "loyalty/cancel_transaction"
NOBODY = {"transaction_id": "TRANS12345"}
JSON_BODY = json.dumps(NOBODY).encode()
XML_BODY = b"<xml><transaction_id>TRANS12345</transaction_id></xml>"
NOT_FOUND_XML = (
    b"<xml><error>404</error><error_text>Not found: transaction</error_text><data/></xml>"
)
NOT_FOUND = {"error": 404, "error_text": "Not found: transaction", "data": None}
NO_TOKEN = {"error": 401, "error_text": "API token required", "data": None}


@pytest.fixture
def store_address(sqlite_address: str) -> str:
    """One store is enough here: nothing depends on it."""
    return sqlite_address


async def error(house: House, path: str = CANCEL, body: object = NOBODY, **more: str) -> int:
    answer = await house.post(path, json.dumps(body).encode(), token=None, **more)
    assert answer.status_code == 200
    return int(answer.json()["error"])


async def test_the_token_is_taken_in_three_places(house: House) -> None:
    assert await error(house) == 401
    assert await error(house, authorization=f"Bearer {TOKEN}") == 404
    assert await error(house, authorization=f"bearer  {TOKEN}") == 404
    assert await error(house, body={**NOBODY, "token": TOKEN}) == 404
    assert await error(house, path=f"{CANCEL}?token={TOKEN}") == 404
    answer = await house.post(
        CANCEL, XML_BODY.replace(b"<xml>", f"<xml><token>{TOKEN}</token>".encode()), token=None
    )
    assert answer.content == NOT_FOUND_XML


async def test_header_before_body_before_url(house: House) -> None:
    right, wrong = f"Bearer {TOKEN}", "Bearer wrong"
    in_body, in_url = {**NOBODY, "token": TOKEN}, f"{CANCEL}?token={TOKEN}"
    assert await error(house, authorization=wrong, body=in_body, path=in_url) == 401
    assert await error(house, authorization=right, body={**NOBODY, "token": "wrong"}) == 404
    assert await error(house, body={**NOBODY, "token": "wrong"}, path=in_url) == 401
    assert await error(house, body=in_body, path=f"{CANCEL}?token=wrong") == 404
    assert await error(house, authorization="Basic dXNlcg==", body=in_body) == 404


async def test_a_revoked_key_is_no_token(house: House) -> None:
    await house.store.execute("UPDATE api_keys SET revoked_at = $1", house.now)
    assert await error(house, authorization=f"Bearer {TOKEN}") == 401


async def test_an_unreadable_body_may_hold_the_token(house: House) -> None:
    answer = await house.post(CANCEL, b"{", token=None)
    assert answer.json()["error"] == 400
    answer = await house.post(CANCEL, b"{", token="wrong")
    assert answer.json()["error"] == 401
    answer = await house.post(CANCEL, b"{")
    assert answer.json()["error_text"] == "Incorrect request: body: is not JSON in UTF-8"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1.1/loyalty/cancel_transaction",
        "/api/v1.1//loyalty/cancel_transaction",
        "/api/v1.1/loyalty/cancel_transaction/",
        "//api/v1.1/loyalty//cancel_transaction//",
    ],
)
async def test_slashes(house: House, path: str) -> None:
    answer = await house.client.post(
        f"http://stampbook.test{path}",
        content=JSON_BODY,
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert (answer.status_code, answer.json()) == (200, NOT_FOUND)


JSON_TYPE, XML_TYPE = "application/json", "application/xml"

FORMATS = [
    # content type, accept, query, body, answered in
    (JSON_TYPE, None, "", JSON_BODY, "json"),
    (XML_TYPE, None, "", XML_BODY, "xml"),
    ("text/xml; charset=UTF-8", None, "", XML_BODY, "xml"),
    (None, None, "", JSON_BODY, "json"),
    (None, None, "", b" \r\n" + XML_BODY, "xml"),
    ("text/plain", None, "", XML_BODY, "xml"),
    ("application/x-www-form-urlencoded", None, "", JSON_BODY, "json"),
    (JSON_TYPE, "*/*", "", JSON_BODY, "json"),
    (XML_TYPE, "*/*", "", XML_BODY, "xml"),
    (JSON_TYPE, XML_TYPE, "", JSON_BODY, "xml"),
    (JSON_TYPE, "text/html, text/xml", "", JSON_BODY, "xml"),
    (XML_TYPE, JSON_TYPE, "", XML_BODY, "json"),
    (XML_TYPE, "application/xml;q=0.5, application/json", "", XML_BODY, "json"),
    (XML_TYPE, "application/json;q=0, application/xml;q=0.1", "", XML_BODY, "xml"),
    (XML_TYPE, "application/json;q=x", "", XML_BODY, "xml"),
    (JSON_TYPE, JSON_TYPE, "?format=xml", JSON_BODY, "xml"),
    (XML_TYPE, XML_TYPE, "?format=json", XML_BODY, "json"),
    (JSON_TYPE, JSON_TYPE, "", b'{"format": "xml", "transaction_id": "T"}', "xml"),
    (JSON_TYPE, None, "?format=json", b'{"format": "xml", "transaction_id": "T"}', "xml"),
    (None, None, "", b"\xef\xbb\xbf" + XML_BODY, "xml"),
    (JSON_TYPE, None, "", b"\xef\xbb\xbf" + JSON_BODY, "json"),
]


@pytest.mark.parametrize(("content_type", "accept", "query", "body", "form"), FORMATS)
async def test_format(
    house: House, content_type: str | None, accept: str | None, query: str, body: bytes, form: str
) -> None:
    headers = {"content_type": content_type, "accept": accept or ""}
    sent = {name: value for name, value in headers.items() if value is not None}
    answer = await house.post(f"{CANCEL}{query}", body, **sent)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"application/{form}; charset=utf-8"
    if form == "xml":
        assert answer.content == NOT_FOUND_XML
    else:
        assert answer.json() == NOT_FOUND


async def test_an_unknown_format_is_refused(house: House) -> None:
    answer = await house.post(f"{CANCEL}?format=csv", JSON_BODY)
    assert answer.json()["error_text"] == "Incorrect request: format: must be json or xml"
    answer = await house.post(CANCEL, b'{"format": 1}')
    assert answer.json()["error_text"] == "Incorrect request: format: must be a string"


@pytest.mark.parametrize(
    "path", ["loyalty/nothing", "market/orders/preorder", "market/orders/preorder_commit", ""]
)
async def test_a_path_that_is_not_served(house: House, path: str) -> None:
    answer = await house.post(path, JSON_BODY)
    assert answer.status_code == 404
    assert answer.json() == {"error": 404, "error_text": "Not found: method", "data": None}
    answer = await house.post(path, XML_BODY, content_type="application/xml")
    assert answer.status_code == 404
    assert answer.content == (
        b"<xml><error>404</error><error_text>Not found: method</error_text><data/></xml>"
    )


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_methods_are_posts(house: House, method: str) -> None:
    answer = await house.client.request(method, f"/api/v1.1//{CANCEL}/?format=xml")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"OPTIONS", "POST"}
    assert from_xml(answer.content) == {
        "error": "405",
        "error_text": "Method not allowed",
        "data": None,
    }


async def test_a_body_that_is_too_large(house: House) -> None:
    answer = await house.post(CANCEL, b" " * (1024 * 1024) + JSON_BODY)
    assert answer.status_code == 413
    assert answer.json()["error"] == 413
    answer = await house.post(CANCEL, JSON_BODY + b" " * (1024 * 1024 - len(JSON_BODY)))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"content_encoding": "gzip"},
        {"content_type": "application/json; charset=windows-1251"},
        {"content_type": "application/xml; charset=utf-16"},
    ],
)
async def test_media_that_is_not_read(house: House, headers: dict[str, str]) -> None:
    answer = await house.post(f"{CANCEL}?format=json", JSON_BODY, **headers)
    assert answer.status_code == 415
    assert answer.json()["error"] == 415
    assert answer.json()["error_text"].startswith("Unsupported media type: ")


SCOPES = {
    "loyalty/accrue_points": "ledger:write",
    "loyalty/redeeme_points": "ledger:write",
    "loyalty/redeem_points": "ledger:write",
    "loyalty/commit_transaction": "ledger:write",
    "loyalty/rollback_transaction": "ledger:write",
    CANCEL: "ledger:cancel",
    "loyalty/account/tiers": "read",
    "loyalty/transactions_export": "read",
    "loyalty/transactions_export_status": "read",
    "loyalty/account/expiring_points": "read",
    "loyalty/account/transactions": "read",
    "loyalty/trigger_promotions": "read",
    "loyalty/account/balance": "read",
    "loyalty/register_member": "admin",
    "loyalty/delete_member": "admin",
}


async def test_scopes(house: House) -> None:
    scopes = ("read", "ledger:write", "ledger:cancel")
    for scope in scopes:
        await house.new_key(scope, scope)
    for method, wanted in SCOPES.items():
        for scope in scopes:
            envelope = await house.call(method, {}, token=scope)
            assert (envelope["error"] == 403) == (scope != wanted), (method, scope)
        assert (await house.call(method, {}))["error"] == 400


async def test_forbidden(house: House, form: str) -> None:
    await house.new_key("reader", "read")
    assert await house.refused(CANCEL, NOBODY, form=form, token="reader") == (403, "No access")


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
async def test_an_idempotency_key_that_cannot_be_recorded(house: House, key: str) -> None:
    code, text = await house.refused(CANCEL, NOBODY, idempotency_key=key)
    assert (code, text[:35]) == (400, "Incorrect request: idempotency-key:")


async def test_a_bug_is_an_envelope_too(house: House, caplog: pytest.LogCaptureFixture) -> None:
    await house.store.execute("DROP TABLE external_ids")
    answer = await house.post(f"{CANCEL}?format=xml", JSON_BODY.replace(b"_id", b"_eid"))
    assert answer.status_code == 500
    assert from_xml(answer.content)["error_text"] == "Internal error"
    assert "failed" in caplog.text
