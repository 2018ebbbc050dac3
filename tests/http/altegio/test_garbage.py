"""Garbage of every kind, sent to every path: a clear answer in this API's envelope, never a 5xx."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stampbook.dialects.altegio.dialect import ALTEGIO
from tests.conftest import CAMPAIGN_EXAMPLES
from tests.http.altegio.shop import Shop

FIELDS = (
    "record_id",
    "visit_id",
    "amount",
    "payment",
    "client",
    "services",
    "rules",
    "phone",
    "attendance",
    "comment",
    "goods_transactions",
    "new_transactions",
    "deleted_transaction_ids",
    "loyalty_card_type_id",
    "datetime",
    "staff_id",
    "title",
)
BODIES: tuple[bytes, ...] = (
    b"",
    b"{",
    b"[]",
    b"\xff",
    b'{"a":' * 2_000,
    json.dumps({name: {"x": ["\u0000", 1e300, None, True]} for name in FIELDS}).encode(),
    b'{"record_id":1e400,"visit_id":-0.0,"amount":1e-400,"attendance":1e99,"fast_payment":[]}',
)
QUERIES = (
    "",
    "?page=-1&count=x&types[]=99&created_after=x&created_before=%00&ids[]=%ff&phone=%0A",
    "?company_id=%F0%9F%98%80&start_date=9999-99-99&include=%00&loyalty_card_id=1e5",
)


def operations() -> Iterator[tuple[str, str]]:
    """Every method and path template of the API."""
    for operation in ALTEGIO.operations:
        for path in operation.paths:
            yield operation.method, path


def filled(path: str, shop: Shop, *, with_real_ids: bool) -> str:
    """The template with ids that exist, or with none that could."""
    real = {
        "location_id": shop.location.number,
        "chain_id": shop.chain.program_id,
        "card_id": shop.card.account_id,
        "phone": "79000000001",
        "client_id": shop.guest.member_id,
    }
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    for name in names:
        value = real.get(name, 1) if with_real_ids else "%C3%A9%00%F0%9F%98%80"
        path = path.replace("{" + name + "}", str(value))
    return path


def test_the_list_of_operations_is_not_empty() -> None:
    found = set(operations())
    assert len(found) > 60
    assert ("POST", "/v1/visit/loyalty/cancel_card_withdrawal/{location_id}/{card_id}") in found


@pytest.mark.parametrize("with_real_ids", [True, False])
async def test_every_path_with_every_body(shop: Shop, with_real_ids: bool) -> None:
    await shop.visit(2_000)
    for method, template in operations():
        path = filled(template, shop, with_real_ids=with_real_ids)
        bodies = (b"",) if method == "GET" else BODIES
        for query in QUERIES if method == "GET" else QUERIES[:1]:
            for body in bodies:
                answer = await shop.http.request(method, path + query, content=body)
                assert answer.status_code < 500, (method, path, query, body, answer.text)
                if answer.status_code >= 400:
                    assert_enveloped(answer.json())


def assert_enveloped(content: Any) -> None:
    assert content["success"] is False
    assert content["data"] is None
    assert isinstance(content["meta"], dict)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["1", "1.0", "-1", "1e3", "2027-01-15", "2027-01-15T12:00:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(
    max_examples=CAMPAIGN_EXAMPLES // 10 or 25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_fields_of_every_shape(shop: Shop, data: st.DataObject) -> None:
    record, visit = await shop.visit(2_000)
    own = {"record_id": record, "visit_id": visit}
    location, card = shop.location.number, shop.card.account_id
    shapes = (
        ("POST", f"visit/loyalty/apply_card_withdrawal/{location}/{card}", {**own, "amount": 1}),
        (
            "POST",
            f"records/{location}",
            {"staff_id": 1, "services": [], "datetime": "2027-01-15", "client": {}, "extra": 1},
        ),
        (
            "PUT",
            f"visits/{visit}/{record}",
            {
                "attendance": 1,
                "comment": "",
                "services": [],
                "goods_transactions": [],
                "new_transactions": [],
                "deleted_transaction_ids": [],
                "fast_payment": 0,
            },
        ),
        (
            "POST",
            f"company/{location}/sale/{visit}/payment",
            {"payment": {"method": {"slug": "account", "account_id": 1}, "amount": 1}},
        ),
        (
            "POST",
            f"chain/{shop.chain.program_id}/loyalty/programs",
            {"title": "x", "type": "discount_static", "rules": [{"value": 1}], "company_ids": []},
        ),
        ("POST", f"company/{location}/loyalty/cards/{card}/manual_transaction", {"amount": 1}),
    )
    for method, path, fields in shapes:
        name = data.draw(st.sampled_from(sorted(fields)))
        body = {**fields, name: data.draw(json_values)}
        answer = await shop.http.request(method, f"/api/v1/{path}", json=body)
        assert answer.status_code < 500, (method, path, body, answer.text)
        if answer.status_code >= 400:
            assert_enveloped(answer.json())
