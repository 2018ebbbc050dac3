"""Writes that name a member or something of theirs, as tests/http/once/writes.py has of others."""

from __future__ import annotations

from typing import Any

from stampbook.dialects.native import ids
from tests.http.once.writes import Write, account, altcraft, made, write
from tests.http.once.writes_of_voucherify import card
from tests.http.town import Town

# -- native --------------------------------------------------------------------------


def here(town: Town) -> str:
    return f"/v1/programs/{ids.write(ids.PROGRAM, town.program.program_id)}"


async def member(town: Town, **fields: Any) -> str:
    return str((await made(town, "POST", f"{here(town)}/members", fields))["id"])


async def rich(town: Town) -> tuple[str, str]:
    """A member, and their account with 50 points."""
    number = await account(town)
    path = f"/v1/accounts/{number}"
    await made(town, "POST", f"{path}/transactions", {"type": "accrue", "amount": "50"})
    return (await made(town, "GET", path))["member_id"], number


async def rule(town: Town, trigger: dict[str, Any]) -> None:
    points = ids.write(ids.CURRENCY, town.points.currency_id)
    body = {
        "name": "ten",
        "trigger": trigger,
        "earnings": [{"effects": [{"type": "fixed", "currency_id": points, "points": "10"}]}],
    }
    made_rule = await made(town, "POST", f"{here(town)}/rules", body)
    await made(town, "POST", f"/v1/rules/{made_rule['id']}/activate")


@write
async def _native_change_of_a_member(town: Town) -> Write:
    path = f"/v1/members/{await member(town)}"
    return Write("PATCH", path, {"name": "Anna"}, {"name": "Berta"})


@write
async def _native_merge(town: Town) -> Write:
    one, other = await member(town), await member(town)
    path = f"/v1/members/{one}/merge"
    return Write("POST", path, {"into": other}, {"into": other, "reason": "twice"}, "merges")


@write
async def _native_hold(town: Town) -> Write:
    _, number = await rich(town)
    path = f"/v1/accounts/{number}/transactions"
    body = {"type": "redeem", "amount": "5"}
    return Write("POST", path, body, {**body, "amount": "6"}, "transactions")


@write
async def _native_transfer(town: Town) -> Write:
    _, one = await rich(town)
    other = await account(town)
    body = {"from_account_id": one, "to_account_id": other, "amount": "5"}
    return Write("POST", "/v1/transfers", body, {**body, "amount": "6"}, "transactions", 2)


@write
async def _native_bulk(town: Town) -> Write:
    _, number = await rich(town)
    items = [{"op": "redeem", "account_id": number, "amount": "5"}]
    body = {"atomic": True, "operations": items}
    return Write("POST", "/v1/bulk", body, {**body, "atomic": False}, "transactions")


@write
async def _native_custom_event(town: Town) -> Write:
    await rule(town, {"type": "custom_event", "name": "played"})
    body = {"external_id": "e-1", "member_id": await member(town), "name": "played"}
    other = {**body, "external_id": "e-2"}
    return Write("POST", f"{here(town)}/custom_events", body, other, "events")


@write
async def _native_cancel_of_a_custom_event(town: Town) -> Write:
    first = await _native_custom_event(town)
    event = await made(town, "POST", first.path, first.body)
    path = f"/v1/custom_events/{event['id']}/cancel"
    return Write("POST", path, {}, None, "transactions")


@write
async def _native_segment_entry(town: Town) -> Write:
    body = {"external_id": "s-1", "member_id": await member(town), "segment": "vip"}
    other = {**body, "segment": "new"}
    return Write("POST", f"{here(town)}/segment_entries", body, other, "segment_members")


@write
async def _native_leaving_of_a_segment(town: Town) -> Write:
    first = await _native_segment_entry(town)
    await made(town, "POST", first.path, first.body)
    path = f"{here(town)}/segments/vip/members/{first.body['member_id']}"
    return Write("DELETE", path, None, None)


@write
async def _native_order(town: Town) -> Write:
    await rule(town, {"type": "order_paid"})
    body = {
        "external_id": "o-1",
        "member_id": await member(town),
        "status": "paid",
        "money": "EUR",
        "amount": "10.00",
        "lines": [{"item": "tea", "quantity": "1", "amount": "10.00"}],
    }
    path = f"{here(town)}/orders"
    return Write("POST", path, body, {**body, "external_id": "o-2"}, "orders")


@write
async def _native_payment_of_an_order(town: Town) -> Write:
    number, rest = await rich(town)
    points = ids.write(ids.CURRENCY, town.points.currency_id)
    exchange = {"exchange": {"points": "1", "money": "1"}}
    await made(town, "PATCH", f"/v1/currencies/{points}/options", exchange)
    order = (await _native_order(town)).body
    order = {**order, "member_id": number, "status": "created", "external_id": "o-3"}
    found = await made(town, "POST", f"{here(town)}/orders", order)
    path = f"{here(town)}/orders/{found['id']}/payments"
    body = {"account_id": rest, "max_points": "5"}
    return Write("POST", path, body, {**body, "max_points": "4"}, "payments")


@write
async def _native_change_of_an_order(town: Town) -> Write:
    first = await _native_order(town)
    body = {**first.body, "status": "created"}
    await made(town, "POST", first.path, body)
    path = f"{first.path}/external:o-1"
    change = {"member_id": body["member_id"], "status": "paid"}
    return Write("PATCH", path, change, {**change, "metadata": {"a": 1}}, "events")


@write
async def _native_refund(town: Town) -> Write:
    first = await _native_order(town)
    await made(town, "POST", first.path, first.body)
    path = f"{first.path}/external:o-1/refunds"
    body = {"external_id": "r-1", "amount": "5.00"}
    return Write("POST", path, body, {**body, "amount": "4.00"}, "refunds")


async def offer(town: Town) -> str:
    points = ids.write(ids.CURRENCY, town.points.currency_id)
    body = {
        "name": "Coffee",
        "type": "code",
        "status": "active",
        "costs": [{"currency_id": points, "points": "10"}],
    }
    reward = (await made(town, "POST", f"{here(town)}/rewards", body))["id"]
    await made(town, "PUT", f"{here(town)}/offers/{reward}", {"stock": None})
    return str(reward)


@write
async def _native_purchase(town: Town) -> Write:
    number, _ = await rich(town)
    body = {"reward_id": await offer(town), "external_id": "p-1"}
    other = {**body, "quantity": 2}
    return Write("POST", f"/v1/members/{number}/purchases", body, other, "purchases")


@write
async def _native_refund_of_a_purchase(town: Town) -> Write:
    first = await _native_purchase(town)
    bought = await made(town, "POST", first.path, first.body)
    path = f"/v1/purchases/{bought['id']}/refund"
    return Write("POST", path, {}, {"stock": "write_off"}, "purchase_refunds")


@write
async def _native_visit(town: Town) -> Write:
    body = {
        "location_id": ids.write(ids.LOCATION, town.location.number),
        "member_id": await member(town),
        "lines": [{"kind": "service", "price": "90"}],
    }
    return Write("POST", "/v1/visits", body, {**body, "comment": "b"}, "visits")


@write
async def _native_payment_of_a_visit(town: Town) -> Write:
    first = await _native_visit(town)
    body = {**first.body, "attendance": "came"}
    visit = await made(town, "POST", first.path, body)
    path = f"/v1/visits/{visit['id']}/payments"
    return Write("POST", path, {"amount": "90"}, {"amount": "40"}, "visit_payments")


# -- Altegio -------------------------------------------------------------------------


@write
async def _altegio_change_of_a_client(town: Town) -> Write:
    [record] = (await town.book("79000000009")).json()["data"]
    path = f"/api/v1/client/{town.location.number}/{record['client']['id']}"
    body = {"name": "Berta", "phone": "79000000009"}
    return Write("PUT", path, body, {**body, "name": "Carla"})


@write
async def _altegio_client(town: Town) -> Write:
    path = f"/api/v1/clients/{town.location.number}"
    body = {"name": "Berta", "phone": "79000000009"}
    return Write("POST", path, body, {**body, "name": "Carla"}, "members")


@write
async def _altegio_withdrawal(town: Town) -> Write:
    [record] = (await town.book("79000000009")).json()["data"]
    card = (await town.issue("79000000009")).json()["data"]
    place = town.location.number
    hand = f"/api/v1/company/{place}/loyalty/cards/{card['id']}/manual_transaction"
    await made(town, "POST", hand, {"amount": 50})
    visit = record["visit_id"]
    path = f"/api/v1/company/{place}/sale/{visit}/payment"
    body = {
        "payment": {
            "method": {"slug": "loyalty_card", "loyalty_card_id": card["id"]},
            "amount": 5,
        }
    }
    other = {"payment": {**body["payment"], "amount": 6}}
    return Write("POST", path, body, other, "transactions")


# -- Altcraft ------------------------------------------------------------------------


@write
async def _altcraft_redemption(town: Town) -> Write:
    body = altcraft(
        town,
        matching="phone",
        phone="79000000009",
        points_currency_iid=town.points.currency_id,
        amount="5",
    )
    await town.register("79000000009")
    base = "/api/v1.1/loyalty"
    await made(town, "POST", f"{base}/accrue_points", {**body, "amount": "50"})
    return Write("POST", f"{base}/redeem_points", body, {**body, "amount": "6"}, "transactions")


@write
async def _altcraft_cancel(town: Town) -> Write:
    first = await _altcraft_redemption(town)
    await made(town, "POST", first.path, {**first.body, "transaction_eid": "spent"})
    body = altcraft(town, points_currency_iid=town.points.currency_id, transaction_eid="spent")
    path = "/api/v1.1/loyalty/cancel_transaction"
    return Write("POST", path, body, None, "transactions")


# -- Voucherify ----------------------------------------------------------------------


@write
async def _voucherify_event(town: Town) -> Write:
    await rule(town, {"type": "custom_event", "name": "played"})
    await town.join("79000000009", "anna")
    body = {"event": "played", "customer": {"source_id": "anna"}, "metadata": {"a": 1}}
    return Write("POST", "/v1/events", body, {**body, "metadata": {"a": 2}}, "events")


@write
async def _voucherify_order(town: Town) -> Write:
    await rule(town, {"type": "order_paid"})
    await town.join("79000000009", "anna")
    body = {
        "source_id": "o-1",
        "status": "PAID",
        "amount": 1000,
        "customer": {"source_id": "anna"},
    }
    return Write("POST", "/v1/orders", body, {**body, "source_id": "o-2"}, "orders")


@write
async def _voucherify_change_of_an_order(town: Town) -> Write:
    first = await _voucherify_order(town)
    await made(town, "POST", first.path, {**first.body, "status": "CREATED"})
    body = {"status": "PAID"}
    return Write("PUT", "/v1/orders/o-1", body, {**body, "metadata": {"a": 1}}, "events")


@write
async def _voucherify_order_payment(town: Town) -> Write:
    points = ids.write(ids.CURRENCY, town.points.currency_id)
    exchange = {"exchange": {"points": "1", "money": "1"}}
    await made(town, "PATCH", f"/v1/currencies/{points}/options", exchange)
    path = await card(town)
    await made(town, "POST", f"{path}/points", {"points": 50})
    order = (await _voucherify_order(town)).body
    await made(town, "POST", "/v1/orders", {**order, "status": "CREATED", "source_id": "o-3"})
    person = path.split("/cards/")
    wanted = {"order": {"source_id": "o-3"}, "card_id": person[1]}
    path = f"{person[0]}/orders/payments"
    return Write("POST", path, wanted, {**wanted, "order": {"source_id": "o-1"}}, "payments")
