"""Orders, payments and refunds over HTTP; what follows from them is tested in tests/loyalty."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.native.asking import Api, fine, made, refused
from tests.http.native.loyalty.conftest import Cafe


async def test_an_order_is_paid_and_taken_back(cafe: Cafe) -> None:
    lines = [{"amount": "30.00", "item": "tea"}, {"amount": "70.00", "item": "cake"}]
    response = await cafe.api.post(cafe.orders, cafe.body(lines=lines))
    order = made(response)
    assert response.headers["location"] == f"/v1{cafe.orders}/{order['id']}"
    assert (order["status"], order["remaining"]) == ("paid", "100.00")
    assert [award["in_force"] for award in order["awards"]] == ["100"]
    assert fine(await cafe.api.get(f"{cafe.orders}/{order['id']}")) == order
    assert fine(await cafe.api.get(cafe.order())) == order

    body = {"external_id": "r", "lines": [{"line": "1", "quantity": 1}]}
    preview = fine(await cafe.api.post(f"{cafe.order()}/refunds?dry_run=true", body))
    refund = fine(
        await cafe.api.post(
            f"{cafe.order()}/refunds", {**body, "preview_token": preview["preview_token"]}
        )
    )
    (step,) = refund["cascade"]
    assert {name: step[name] for name in ("step", "was", "target", "amount", "shortfall")} == {
        "step": "take_back",
        "was": "100",
        "target": "70",
        "amount": "30",
        "shortfall": "0",
    }
    assert step["account_id"] == cafe.account
    for name in ("cascade", "kept", "balances", "remaining", "lines", "amount"):
        expected = refund[name]
        if name == "cascade":
            expected = [{**each, "cancelled_by": None} for each in expected]
        assert preview[name] == expected
    assert fine(await cafe.api.post(f"{cafe.order()}/refunds", body)) == refund
    after = fine(await cafe.api.get(cafe.order()))
    assert after["refunds"] == [refund]
    assert (after["status"], after["remaining"]) == ("partly_refunded", "70.00")
    assert [line["remaining"] for line in after["lines"]] == ["0.00", "70.00"]

    path = f"{cafe.order()}/refunds/{refund['id']}/void"
    foreseen = fine(await cafe.api.post(f"{path}?dry_run=true"))
    void = fine(await cafe.api.post(path))
    assert void == foreseen
    assert [each["after"]["active"] for each in void["balances"]] == ["100"]
    assert void["voided_at"] is not None
    assert await cafe.api.active(cafe.account) == "100"
    cancelled = fine(await cafe.api.post(f"{cafe.order()}/cancel"))
    assert cancelled["status"] == "cancelled"
    assert [award["in_force"] for award in cancelled["awards"]] == ["0"]
    assert fine(await cafe.api.post(f"{cafe.order()}/cancel")) == cancelled
    refused(await cafe.api.post(f"{cafe.order()}/pay"), 409, "order_cancelled")
    listed = fine(await cafe.api.get(f"{cafe.order()}/refunds"))
    assert [each["cause"] for each in listed["data"]] == ["refund", "cancel"]


async def test_points_pay_for_an_order(cafe: Cafe) -> None:
    await cafe.api.accrue(cafe.account, "1001")
    made(await cafe.api.post(cafe.orders, cafe.body("50.00", status="created")))
    paid = fine(
        await cafe.api.post(f"{cafe.order()}/payments", {"account_id": cafe.account}, key="k")
    )
    assert (paid["amount"], paid["points"], paid["left"]) == ("5.00", "1000", "1000")
    again = await cafe.api.post(f"{cafe.order()}/payments", {"account_id": cafe.account}, key="k")
    assert fine(again) == paid
    assert await cafe.api.active(cafe.account) == "1"
    listed = fine(await cafe.api.get(f"{cafe.order()}/payments"))
    assert listed["data"] == [paid]
    path = f"{cafe.order()}/payments/{paid['id']}/return"
    back = fine(await cafe.api.post(path))
    assert (back["left"], await cafe.api.active(cafe.account)) == ("0", "1001")
    assert fine(await cafe.api.post(path)) == back
    refused(await cafe.api.post(f"{cafe.order()}/payments/pmt_1/return"), 404, "not_found")
    bounded = {"account_id": cafe.account, "max_amount": "1.00"}
    assert fine(await cafe.api.post(f"{cafe.order()}/payments", bounded))["points"] == "200"
    order = fine(await cafe.api.post(f"{cafe.order()}/pay"))
    assert order["status"] == "paid"
    assert fine(await cafe.api.post(f"{cafe.order()}/pay")) == order
    assert len(order["awards"]) == 1


async def test_an_order_in_the_list_of_its_program(cafe: Cafe, stranger: Api) -> None:
    made(await cafe.api.post(cafe.orders, cafe.body()))
    made(await cafe.api.post(cafe.orders, cafe.body(external_id="B", member_id=None)))
    first = fine(await cafe.api.get(cafe.orders, limit=1))
    assert [each["external_id"] for each in first["data"]] == ["B"]
    rest = fine(await cafe.api.get(cafe.orders, cursor=first["next_cursor"]))
    assert [each["external_id"] for each in rest["data"]] == ["A"]
    own = fine(await cafe.api.get(cafe.orders, member_id=cafe.member))
    assert [each["external_id"] for each in own["data"]] == ["A"]
    for path in (cafe.orders, cafe.order()):
        refused(await stranger.get(path), 404, "not_found")
    refused(await stranger.post(cafe.orders, cafe.body(member_id=None)), 404, "not_found")


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "external_id": ({"external_id": ""}, "/external_id"),
    "money": ({"money": "EUU"}, "/money"),
    "digits": ({"amount": "100.001"}, "/amount"),
    "digits of yen": ({"money": "JPY", "amount": "0.5"}, "/amount"),
    "negative": ({"amount": "-1.00"}, "/amount"),
    "discount": ({"discount": "100.01"}, "/discount"),
    "sum": ({"lines": [{"amount": "99.99"}]}, "/amount"),
    "lines": ({"lines": [{"amount": "0.20"}] * 501}, "/lines"),
    "two of one name": (
        {"lines": [{"amount": "50.00", "id": "x"}, {"amount": "50.00", "id": "x"}]},
        "/lines/1/id",
    ),
    "no quantity": ({"lines": [{"amount": "100.00", "quantity": 0}]}, "/lines/0/quantity"),
    "fine quantity": (
        {"lines": [{"amount": "100.00", "quantity": "0.0001"}]},
        "/lines/0/quantity",
    ),
    "total": ({"lines": [{"amount": "100.00", "total": "100.01"}]}, "/lines/0/total"),
    "some totals": (
        {"lines": [{"amount": "50.00", "total": "50.00"}, {"amount": "50.00"}]},
        "/lines",
    ),
    "totals": ({"lines": [{"amount": "100.00", "total": "90.00"}]}, "/discount"),
    "future": ({"effective_at": "2126-01-01T00:00:00Z"}, "/effective_at"),
    "metadata": ({"metadata": {"note": "x" * 4096}}, "/metadata"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_bodies_that_no_order_can_have(cafe: Cafe, name: str) -> None:
    fields, pointer = REFUSED[name]
    response = await cafe.api.post(cafe.orders, cafe.body(**fields))
    refused(response, 422, "invalid_request", pointer)
    assert fine(await cafe.api.get(cafe.orders))["data"] == []


async def test_a_discount_is_spread_over_lines(cafe: Cafe) -> None:
    lines = [{"amount": "33.33"}, {"amount": "33.33"}, {"amount": "33.34"}]
    order = made(await cafe.api.post(cafe.orders, cafe.body(lines=lines, discount="10.00")))
    assert [line["total"] for line in order["lines"]] == ["30.00", "30.00", "30.00"]


async def test_what_an_order_refuses(cafe: Cafe) -> None:
    path = cafe.order()
    refused(await cafe.api.post(f"{path}/refunds", {"whole": True}), 404, "not_found")
    made(await cafe.api.post(cafe.orders, cafe.body(status="created")))
    refused(await cafe.api.post(f"{path}/refunds", {"whole": True}), 409, "order_not_paid")
    refused(
        await cafe.api.post(f"{path}/payments", {"account_id": cafe.account}),
        409,
        "nothing_to_pay",
    )
    fine(await cafe.api.post(f"{path}/pay"))
    refused(await cafe.api.patch(path, {"amount": "100.01"}), 409, "order_paid")
    refused(await cafe.api.patch(path, {"status": "created"}), 409, "invalid_transition")
    refused(await cafe.api.post(f"{path}/refunds", {"amount": "100.01"}), 409, "exceeds_order")
    bodies: list[dict[str, Any]] = [
        {},
        {"whole": True, "amount": "1.00"},
        {"lines": []},
        {"amount": "0"},
    ]
    for body in bodies:
        refused(await cafe.api.post(f"{path}/refunds", body), 422, "invalid_request")
    lowered = fine(await cafe.api.patch(path, {"amount": "80.00"}))
    assert (lowered["remaining"], lowered["status"]) == ("80.00", "partly_refunded")
    assert [each["cause"] for each in lowered["refunds"]] == ["change"]
    fine(await cafe.api.patch(path, {"metadata": {"table": 7}, "fulfilled": True}))
    fine(await cafe.api.post(f"{path}/cancel"))
    refused(await cafe.api.post(f"{path}/refunds", {"whole": True}), 409, "order_cancelled")
    fine(await cafe.api.patch(f"/currencies/{cafe.currency}/options", {"exchange": None}))
    refused(
        await cafe.api.post(f"{path}/payments", {"account_id": cafe.account}),
        409,
        "payment_not_enabled",
    )


async def test_giving_back_takes_its_scope(cafe: Cafe, key_with: Any) -> None:
    till: Api = await key_with("read", "ledger:write")
    made(await till.post(cafe.orders, cafe.body()))
    refused(await till.post(f"{cafe.order()}/refunds", {"whole": True}), 403, "forbidden")
    refused(await till.patch(cafe.order(), {"amount": "80.00"}), 403, "forbidden")
    refused(await till.post(cafe.orders, cafe.body("80.00")), 403, "forbidden")
    refused(await till.patch(cafe.order(), {"status": "cancelled"}), 403, "forbidden")
    assert fine(await till.get(cafe.order()))["status"] == "paid"
    assert await cafe.api.active(cafe.account) == "100"


async def test_an_account_that_refuses_is_named(cafe: Cafe) -> None:
    fine(await cafe.api.patch(f"/currencies/{cafe.currency}", {"spent_accrual": "refuse"}))
    made(await cafe.api.post(cafe.orders, cafe.body()))
    await cafe.api.redeem(cafe.account, "1")
    response = await cafe.api.post(f"{cafe.order()}/cancel")
    body = refused(response, 409, "points_already_spent")
    assert body["account_id"] == cafe.account
    assert fine(await cafe.api.get(cafe.order()))["status"] == "paid"


async def test_what_a_body_names_must_be_of_the_program(cafe: Cafe, stranger: Api) -> None:
    other = (await cafe.api.member((await cafe.api.program())["id"]))["id"]
    foreign = (await stranger.member((await stranger.program())["id"]))["id"]
    for member in (other, foreign, "mbr_fff", cafe.account):
        answer = await cafe.api.post(cafe.orders, cafe.body(member_id=member))
        refused(answer, 422, "invalid_request", "/member_id")
    made(await cafe.api.post(cafe.orders, cafe.body(status="created")))
    for account in ("acc_fff", cafe.member, await stranger.account()):
        answer = await cafe.api.post(f"{cafe.order()}/payments", {"account_id": account})
        refused(answer, 422, "invalid_request", "/account_id")


async def test_rules_are_tried_on_the_very_body_of_an_order(cafe: Cafe) -> None:
    path = f"/programs/{cafe.program}/rules/evaluate"
    lines = [{"id": "a", "amount": "80.00", "quantity": "1.5"}, {"amount": "40.00"}]
    body = cafe.body("120.00", discount="20.00", lines=lines)
    tried = fine(await cafe.api.post(path, {"order": body}))
    assert tried["member_id"] == cafe.member
    (award,) = tried["rules"][0]["awards"]
    order = made(await cafe.api.post(cafe.orders, body))
    assert award["amount"] == order["awards"][0]["amount"] == "100"
    assert order["awards"][0]["earning"] == tried["rules"][0]["earning"] == 0
    refused(await cafe.api.post(path, {"order": {"amount": "1"}}), 422, "invalid_request")
    for change, pointer in (
        ({"money": "XXX"}, "/order/money"),
        ({"money": "JPY"}, "/order/amount"),
        ({"amount": "-1"}, "/order/amount"),
        ({"discount": "121"}, "/order/discount"),
        ({"amount": "120.01"}, "/order/amount"),
        ({"lines": [{"amount": "1.001"}]}, "/order/lines/0/amount"),
        ({"metadata": {"x": "y" * 4096}}, "/order/metadata"),
        ({"member_id": "mbr_fff"}, "/order/member_id"),
        ({"effective_at": cafe.api.clock.text(seconds=1)}, "/effective_at"),
    ):
        answer = await cafe.api.post(path, {"order": {**body, **change}})
        refused(answer, 422, "invalid_request", pointer)


async def test_a_currency_is_made_and_changed_with_its_exchange_and_limits(api: Api) -> None:
    program = (await api.program())["id"]
    options = {
        "exchange": {"points": "2", "money": "0.01"},
        "return_spent": "on_whole",
        "earning_limits": {
            "per_transaction": "100",
            "balance": None,
            "period": {"max": "500", "period": "day"},
        },
        "spending_limits": {"per_transaction": None, "lifetime": "900", "period": None},
    }
    currency = await api.currency(program, scale=0, **options)
    path = f"/currencies/{currency['id']}"
    assert {name: currency[name] for name in options} == options
    assert fine(await api.get(path)) == currency
    (listed,) = fine(await api.get(f"/programs/{program}/currencies"))["data"]
    assert listed == currency
    kept = fine(await api.get(f"{path}/options"))
    assert {name: kept[name] for name in options} == options
    changed = fine(await api.patch(path, {"exchange": None, "return_spent": "none"}))
    assert (changed["exchange"], changed["return_spent"]) == (None, "none")
    assert changed["earning_limits"] == options["earning_limits"]
    bad = await api.patch(path, {"exchange": {"points": "0", "money": "1"}})
    refused(bad, 422, "invalid_request", "/exchange/points")
    assert fine(await api.get(path)) == changed
