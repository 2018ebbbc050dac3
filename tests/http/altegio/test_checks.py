"""Who may call, in which order things are checked, and how the answers look."""

# ruff: noqa: RUF001 - Cyrillic letters and foreign digits are meant

from __future__ import annotations

from typing import Any

import pytest

from stampbook.dialects.altegio.answers import REFUSALS
from stampbook.domain.refusals import Code
from stampbook.programs import api_keys, currencies, programs, tenants
from stampbook.programs.roles import Role
from stampbook.visits import locations
from stampbook.visits.locations import Limit
from tests.http.altegio.asserting import AUTHENTICATION, DENIED, MISSING, assert_invalid, sign_in
from tests.http.altegio.shop import (
    KEY,
    OTHER_CHAIN,
    PARTNER,
    PASSWORD,
    READER,
    RU,
    V2,
    Shop,
    bearer,
    data_of,
)


@pytest.mark.parametrize(
    "header",
    [
        f"Bearer {PARTNER}, User {KEY}",
        f"Bearer {PARTNER},User {KEY}",
        f"Bearer {PARTNER},{KEY}",
        f"bearer {PARTNER} , {KEY}",
        f"bearer   {PARTNER} ,   USER  {KEY}",
        f"BEARER {PARTNER}, user {KEY}",
        f"User {KEY}, Bearer {PARTNER}",
    ],
)
async def test_spellings_of_the_header(shop: Shop, header: str) -> None:
    record, visit = await shop.visit(2_000)
    answer = await shop.cancel(record, visit, headers={"Authorization": header})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        f"Bearer {PARTNER}",
        f"User {KEY}",
        f"Bearer nobody, User {KEY}",
        f"Bearer {PARTNER}, User nobody",
        f"Basic {PARTNER}, User {KEY}",
        f"Bearer {PARTNER} User {KEY}",
        "Bearer , User ",
        ",,,",
    ],
)
async def test_without_both_tokens_nobody_gets_in(shop: Shop, header: str) -> None:
    record, visit = await shop.visit(2_000)
    answer = await shop.cancel(record, visit, headers={"Authorization": header})
    assert (answer.status_code, answer.json()) == (401, AUTHENTICATION)


async def test_in_russian(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    answer = await shop.cancel(record, visit, headers={"Authorization": "", "Accept": RU})
    assert answer.json()["meta"] == {"message": "Необходима авторизация"}
    refused = await shop.cancel(record, visit, headers={**bearer(READER), "Accept": RU})
    assert refused.json()["meta"] == {"message": "Доступ запрещен."}
    preferred = await shop.apply(
        record, visit, "x", headers={"Accept": "*/*", "Accept-Language": "ru-RU,en"}
    )
    assert preferred.json()["meta"]["message"] == "Произошла ошибка."
    state = await shop.apply(record, visit, 5, headers={"Accept": RU})
    title = data_of(state)["loyalty_transactions"][0]["type"]["title"]
    assert title == "Списание с карты лояльности"


# -- rights --------------------------------------------------------------------------


async def test_a_reader_may_look_and_nothing_else(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    headers = bearer(READER)
    assert (await shop.apply(record, visit, 5, headers=headers)).json() == DENIED
    assert (await shop.cancel(record, visit, headers=headers)).status_code == 403
    path = f"/api/v1/visit/details/{shop.location.number}/{record}/{visit}"
    assert (await shop.http.get(path, headers=headers)).status_code == 200


async def test_another_chains_key_finds_nothing(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    headers = bearer(OTHER_CHAIN)
    answers = [
        await shop.cancel(record, visit, headers=headers),
        await shop.apply(record, visit, 5, headers=headers),
        await shop.http.get(f"/api/v1/visit/loyalty/transactions/{visit}", headers=headers),
        await shop.http.get(
            f"/api/v1/visit/details/{shop.location.number}/{record}/{visit}", headers=headers
        ),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert answers[0].json() == MISSING


async def test_a_right_in_a_location_is_none_in_the_chain(shop: Shop) -> None:
    user = await shop.user("till@example.com", Role.SUPPORT)
    async with shop.store.transaction() as writing:
        elsewhere = await locations.create(
            writing,
            tenant=1,
            program=shop.chain.program_id,
            title="Elsewhere",
            timezone="UTC",
            now=shop.now,
        )
        limit = Limit(shop.chain.program_id, shop.location.number)
        await locations.limit_user(writing, user.user_id, frozenset({limit}), now=1)
    answer = await sign_in(shop, {"login": "till@example.com", "password": PASSWORD})
    headers = bearer(data_of(answer)["user_token"])
    record, visit = await shop.visit(2_000)
    assert (await shop.cancel(record, visit, headers=headers)).status_code == 200
    there = f"/api/v1/loyalty/card_types/salon/{elsewhere.number}"
    assert (await shop.http.get(there, headers=headers)).status_code == 404
    chain = f"/api/v1/chain/{shop.chain.program_id}/loyalty/card_types"
    assert (await shop.http.get(chain, headers=headers)).json() == DENIED


# -- the order of checks -------------------------------------------------------------


async def test_each_check_comes_before_the_next(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    stranger = await _foreign_card(shop)
    cancel = "/api/v1/visit/loyalty/cancel_card_withdrawal"
    here, card = shop.location.number, shop.card.account_id
    good = {"record_id": record, "visit_id": visit}
    steps: list[tuple[str, dict[str, str], Any, int]] = [
        (f"{cancel}/999/{card}", {"Authorization": "x"}, "{", 401),
        (f"{cancel}/999/{card}", bearer(READER), "{", 403),
        (f"{cancel}/{here}/{card}", bearer(OTHER_CHAIN), "{", 404),
        (f"{cancel}/999/{card}", {}, "{", 404),
        (f"{cancel}/{here}/999", {}, "{", 404),
        (f"{cancel}/{here}/{stranger}", {}, "{}", 422),
        (f"{cancel}/{here}/{stranger}", {}, good, 404),
        (f"{cancel}/{here}/{card}", {}, {**good, "visit_id": 999}, 404),
        (f"{cancel}/{here}/{card}", {}, {**good, "record_id": 999}, 404),
        (f"{cancel}/{here}/{card}", {}, good, 200),
    ]
    for path, headers, body, status in steps:
        given = {"content": body} if isinstance(body, str) else {"json": body}
        answer = await shop.http.post(path, headers=headers, **given)
        assert (path, answer.status_code) == (path, status)
        if status == 404:
            assert answer.json() == MISSING


async def _foreign_card(shop: Shop) -> int:
    """A card of the tenant's other chain."""
    async with shop.store.transaction() as writing:
        chain = await programs.create(writing, tenant=1, name="Third", now=shop.now)
    own, shop.chain = shop.chain, chain
    async with shop.store.transaction() as writing:
        points = await currencies.create(writing, chain, name="P", scale=2, now=shop.now)
    member = await shop.member("79000000077")
    card = await shop.new_card(member, 0, points)
    shop.chain = own
    return card.account_id


async def test_a_record_of_another_visit_is_not_found(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    other_record, other_visit = await shop.visit(2_000)
    assert (await shop.cancel(other_record, visit)).json() == MISSING
    path = f"/api/v1/visit/details/{shop.location.number}/{other_record}/{visit}"
    assert (await shop.http.get(path)).status_code == 404
    assert (await shop.cancel(record, other_visit)).status_code == 404


async def test_another_tenants_data_does_not_exist(shop: Shop) -> None:
    async with shop.store.transaction() as writing:
        tenant = await tenants.create(writing, name="Foreign", now=shop.now)
        await api_keys.create(
            writing,
            tenant=tenant.tenant_id,
            name="f",
            scopes=["admin"],
            secret="foreign",
            now=shop.now,
        )
    record, visit = await shop.visit(2_000)
    headers = {"Authorization": "Bearer foreign, User foreign"}
    assert (await shop.cancel(record, visit, headers=headers)).json() == MISSING
    listed = await shop.http.get(f"/api/v1/visit/loyalty/transactions/{visit}", headers=headers)
    assert listed.json() == MISSING
    mixed = {"Authorization": f"Bearer {PARTNER}, User foreign"}
    assert (await shop.cancel(record, visit, headers=mixed)).json() == AUTHENTICATION


# -- paths, envelopes, numbers -------------------------------------------------------


@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
@pytest.mark.parametrize("end", ["", "/"])
async def test_both_prefixes_with_and_without_a_slash(shop: Shop, prefix: str, end: str) -> None:
    record, visit = await shop.visit(2_000)
    place = f"{shop.location.number}/{shop.card.account_id}"
    path = f"{prefix}/visit/loyalty/cancel_card_withdrawal/{place}{end}"
    answer = await shop.http.post(path, json={"record_id": record, "visit_id": visit})
    assert answer.status_code == 200


async def test_an_unknown_path_and_a_wrong_method_are_enveloped(shop: Shop) -> None:
    for path in ("/api/v1/nothing", "/v1/visit/nothing", "/api/v1"):
        answer = await shop.http.get(path)
        assert (answer.status_code, answer.json()) == (404, MISSING)
    wrong = await shop.http.get(shop.path("cancel_card_withdrawal"))
    assert wrong.status_code == 405
    assert wrong.json()["success"] is False


@pytest.mark.parametrize(
    ("accept", "has_envelope"),
    [
        (V2, True),
        (RU, True),
        (f"{V2}; charset=utf-8", True),
        ("Application/VND.api.V2+json", True),
        ("application/json", False),
        ("*/*", False),
        ("", False),
    ],
)
async def test_the_envelope_follows_accept(shop: Shop, accept: str, has_envelope: bool) -> None:
    record, visit = await shop.visit(2_000)
    headers = {"Accept": accept}
    content = (await shop.cancel(record, visit, headers=headers)).json()
    assert ("success" in content) is has_envelope
    state = content["data"] if has_envelope else content
    assert set(state) == {
        "payment_transactions",
        "loyalty_transactions",
        "kkm_transaction_details_container",
        "items",
    }
    listed = await shop.http.get(f"/api/v1/visit/loyalty/transactions/{visit}", headers=headers)
    assert isinstance(listed.json(), list) is not has_envelope
    details = f"/api/v1/visit/details/{shop.location.number}/{record}/{visit}"
    assert (await shop.http.get(details, headers=headers)).json()["success"] is True
    error = await shop.cancel(999, visit, headers=headers)
    assert error.json() == MISSING


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/xml", "???"])
async def test_a_body_is_json_whatever_its_type_says(shop: Shop, content_type: str | None) -> None:
    record, visit = await shop.visit(2_000)
    headers = {} if content_type is None else {"Content-Type": content_type}
    content = f'{{"record_id":{record}.0,"visit_id":"{visit}"}}'
    answer = await shop.http.post(
        shop.path("cancel_card_withdrawal"), content=content, headers=headers
    )
    assert answer.status_code == 200


async def test_ids_may_be_floats_texts_and_go_by_other_names(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    place = f"{shop.location.number}.0/{shop.card.account_id}.0"
    path = f"/api/v1/visit/loyalty/cancel_card_withdrawal/{place}"
    body = {"appointment_id": f"{record}", "visit_id": float(visit)}
    assert (await shop.http.post(path, json=body)).status_code == 200
    both = {"appointment_id": 999, "record_id": record, "visit_id": visit}
    assert (await shop.http.post(path, json=both)).status_code == 200


# -- garbage -------------------------------------------------------------------------

NESTED = "[" * 5_000


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        ("", ["amount", "record_id", "visit_id"]),
        ("   ", ["amount", "record_id", "visit_id"]),
        ("{}", ["amount", "record_id", "visit_id"]),
        ("null", ["body"]),
        ("[]", ["body"]),
        ("7", ["body"]),
        ("{", ["body"]),
        (NESTED, ["body"]),
        ('{"record_id":1e999999999,"visit_id":1,"amount":1}', ["record_id"]),
        ('{"record_id":true,"visit_id":[],"amount":{}}', ["amount", "record_id", "visit_id"]),
        ('{"record_id":1.5,"visit_id":-1,"amount":1}', ["record_id", "visit_id"]),
        ('{"record_id":0,"visit_id":"","amount":1}', ["record_id", "visit_id"]),
        ('{"record_id":"x","visit_id":"1e3","amount":1}', ["record_id", "visit_id"]),
        ('{"record_id":99999999999999999999,"visit_id":1,"amount":1}', ["record_id"]),
        ('{"record_id":1,"visit_id":1,"amount":-1}', ["amount"]),
        ('{"record_id":1,"visit_id":1,"amount":0.001}', ["amount"]),
        ('{"record_id":1,"visit_id":1,"amount":"ten"}', ["amount"]),
        ('{"record_id":1,"visit_id":1,"amount":null}', ["amount"]),
        ('{"record_id":1,"visit_id":1,"amount":1e300}', ["amount"]),
        ('{"record_id":1,"visit_id":1,"amount":0.305}', ["amount"]),
    ],
)
async def test_garbage_is_named(shop: Shop, content: str, fields: list[str]) -> None:
    answer = await shop.http.post(shop.path("apply_card_withdrawal"), content=content)
    assert_invalid(answer, *fields)


async def test_bytes_that_are_no_text(shop: Shop) -> None:
    for content in (b"\xff\xfe", b'{"record_id": "\xff"}', b"\0" * 100, b'"\\ud800"'):
        answer = await shop.http.post(shop.path("apply_card_withdrawal"), content=content)
        assert_invalid(answer, "body")


@pytest.mark.parametrize("text", ["x", "-1", "0", "1.5", "9" * 40, "%00", "1e3", "١"])
async def test_garbage_in_the_path_is_not_found(shop: Shop, text: str) -> None:
    for path in (
        f"/api/v1/visit/loyalty/cancel_card_withdrawal/{text}/{shop.card.account_id}",
        f"/api/v1/visit/loyalty/cancel_card_withdrawal/{shop.location.number}/{text}",
        f"/api/v1/visit/loyalty/transactions/{text}",
        f"/api/v1/visit/details/{shop.location.number}/{text}/{text}",
    ):
        method = "POST" if "cancel" in path else "GET"
        answer = await shop.http.request(method, path)
        assert (answer.status_code, answer.json()) == (404, MISSING)


async def test_a_body_that_is_too_large(shop: Shop) -> None:
    answer = await shop.http.post(
        shop.path("apply_card_withdrawal"), content=b" " * (2 * 1024 * 1024)
    )
    assert answer.status_code == 413
    assert answer.json()["success"] is False


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
async def test_a_malformed_key(shop: Shop, key: str) -> None:
    record, visit = await shop.visit(2_000)
    answer = await shop.apply(record, visit, 5, headers={"Idempotency-Key": key})
    assert_invalid(answer, "Idempotency-Key")


def test_every_refusal_of_the_ledger_has_its_answer() -> None:
    assert set(REFUSALS) == set(Code)
    assert {fault.status for fault in REFUSALS.values()} == {403, 404, 422, 503}
    assert REFUSALS[Code.OVERLOADED].retry_after_s
