"""Two servers on one database whose clocks differ: neither ever answers the past."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from stampbook.dialects import instants
from stampbook.dialects.native import ids
from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.storage.store import Store
from tests.http.altegio.shop import KEY, NOON, Shop, data_of, opened_shop
from tests.http.voucherify.house import V2, idle_rule, made

BEHIND_US = 300_000
HOUR_US = 3_600_000_000


@pytest.fixture
async def shop(store: Store) -> AsyncIterator[Shop]:
    """The server whose clock is ahead."""
    async with opened_shop(store) as shop:
        yield shop


@pytest.fixture
async def behind(shop: Shop) -> AsyncIterator[Shop]:
    """The other server, whose clock is 300 ms behind."""
    other = Shop(shop.store)
    other.now = shop.now - BEHIND_US
    await other.ledger.start()
    yield other
    await other.http.aclose()
    await other.ledger.stop()


async def native(server: Shop, path: str, **params: str) -> Any:
    headers = {"Authorization": f"Bearer {KEY}"}
    answer = await server.http.get(f"/v1{path}", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def altcraft(server: Shop, method: str, shop: Shop, **fields: Any) -> Any:
    who = {
        "loyalty_program_id": shop.chain.program_id,
        "points_currency_iid": shop.points.currency_id,
        "matching": "phone",
        "phone": shop.guest.phone,
    }
    headers = {"Authorization": f"Bearer {KEY}"}
    answer = await server.http.post(
        f"/api/v1.1/loyalty/{method}", json=who | fields, headers=headers
    )
    assert answer.json()["error"] == 0, answer.text
    return answer.json()["data"]


async def test_what_the_other_server_wrote_is_there(shop: Shop, behind: Shop) -> None:
    account = ids.write(ids.ACCOUNT, shop.card.account_id)
    balance = await native(behind, f"/accounts/{account}/balance")
    assert (balance["active"], balance["as_of"]) == ("100.00", instants.write(NOON))
    (lot,) = (await native(behind, f"/accounts/{account}/lots"))["data"]
    assert lot["available"] == "100.00"
    assert len((await native(behind, f"/accounts/{account}/transactions"))["data"]) == 1
    assert await altcraft(behind, "account/balance", shop) == {
        "total_balance": "100.00",
        "active_balance": "100.00",
    }
    cards = f"/api/v1/loyalty/client_cards/{shop.guest.member_id}"
    (card,) = data_of(await behind.http.get(cards))
    assert card["balance"] == 100
    path = f"/v1/accounts/{account}/transactions?dry_run=true"
    dry = await behind.http.post(
        path,
        json={"type": "redeem", "amount": "40"},
        headers={"Authorization": f"Bearer {KEY}"},
    )
    assert (dry.json()["balance_before"], dry.json()["balance_after"]) == ("100.00", "60.00")


async def test_its_own_write_is_there(shop: Shop, behind: Shop) -> None:
    account = ids.write(ids.ACCOUNT, shop.card.account_id)
    await behind.give(shop.card, 500)
    assert (await native(behind, f"/accounts/{account}/balance"))["active"] == "105.00"
    assert (await altcraft(behind, "account/balance", shop))["active_balance"] == "105.00"


async def test_a_past_instant_that_is_asked_for_is_past(shop: Shop, behind: Shop) -> None:
    account = ids.write(ids.ACCOUNT, shop.card.account_id)
    for server in (shop, behind):
        asked = instants.write(behind.now)
        past = await native(server, f"/accounts/{account}/balance", as_of=asked)
        assert (past["active"], past["as_of"]) == ("0.00", asked)


async def test_what_the_clock_ahead_has_ended_stays_ended(shop: Shop, behind: Shop) -> None:
    """A held lot that has expired by the clock ahead is not listed as expiring."""
    await shop.give(shop.card, 700, expires_at=NOON + HOUR_US)
    behind.now += HOUR_US
    shop.now += HOUR_US
    account = ids.write(ids.ACCOUNT, shop.card.account_id)
    path = f"/v1/accounts/{account}/transactions"
    headers = {"Authorization": f"Bearer {KEY}"}
    shop.now -= 10
    held = {"type": "hold", "amount": "107", "timeout_s": 600}
    assert (await shop.http.post(path, json=held, headers=headers)).status_code == 201
    shop.now += 10
    await shop.give(shop.card, 300)
    dates = {"date_from": instants.write(NOON), "date_to": instants.write(NOON + 2 * HOUR_US)}
    assert await altcraft(behind, "account/expiring_points", shop, **dates) == {
        "expiring_points": "0.00"
    }


async def test_an_export_of_altcraft(shop: Shop, behind: Shop) -> None:
    dates = {"date_from": instants.write(NOON - HOUR_US), "date_to": instants.write(NOON + HOUR_US)}
    task = await altcraft(behind, "transactions_export", shop, **dates)
    await behind.context.jobs.finish()
    done = await altcraft(behind, "transactions_export_status", shop, **task)
    assert (done["status"], done["lines"]) == ("done", 1)


async def test_a_card_of_voucherify(shop: Shop, behind: Shop) -> None:
    async def ask(server: Shop, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-App-Id": "app", "X-App-Token": KEY}
        return made(await server.http.request(method, path, json=body, headers=headers))

    definition = await ask(
        shop,
        "POST",
        f"{V2}/card-definitions",
        {"name": "Card", "type": "INDIVIDUAL", "status": "ACTIVE"},
    )
    rule = await ask(shop, "POST", f"{V2}/earning-rules", idle_rule(definition["id"]))
    program = await ask(
        shop,
        "POST",
        f"{V2}/programs",
        {
            "name": "Club",
            "status": "ACTIVE",
            "card_definitions": [{"id": definition["id"]}],
            "earning_rules": [{"id": rule["id"]}],
        },
    )
    customer = await ask(shop, "POST", "/v1/customers", {"name": "Anna"})
    named = {"type": "customer_id", "customer_id": customer["id"]}
    members = f"{V2}/programs/{program['id']}/members"
    member = await ask(shop, "POST", members, {"customer_identification": named})
    card = member["cards"][0]["card"]["id"]
    adjust = f"{members}/{member['id']}/cards/{card}/points"
    await ask(shop, "POST", adjust, {"points": 70})
    seen = await ask(behind, "GET", f"{members}/{member['id']}")
    assert seen["cards"][0]["card"]["balance"]["points"] == 70
    account = parse(Prefix.CARD, card)
    assert account is not None
    voucher = spell(Prefix.VOUCHER, account)
    seen = await ask(behind, "GET", f"/v1/loyalties/members/{voucher}")
    assert seen["loyalty_card"]["balance"] == 70
    export = await ask(behind, "POST", f"/v1/loyalties/members/{voucher}/transactions/export")
    headers = {"X-App-Id": "app", "X-App-Token": KEY}
    file = await behind.http.get(export["result"]["url"], headers=headers)
    assert len(file.text.splitlines()) == 2
