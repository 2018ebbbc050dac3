"""Reads of Voucherify, new and old, and of Altcraft, for recording.py."""

from __future__ import annotations

import json
from typing import Any

from stampbook.dialects import instants
from stampbook.domain.model import transaction_number
from tests.migration.asker import MOST_PAGES, Asker

# -- Voucherify ------------------------------------------------------------------------

V2, V1 = "/v2/loyalties", "/v1/loyalties"


async def cursors(asker: Asker, path: str) -> list[Any]:
    """A list of v2, page by page."""
    joint = "&" if "?" in path else "?"
    found = await asker.get(path)
    entries = list(found["data"]) if found else []
    for _ in range(MOST_PAGES):
        if not found or found["cursor"] is None:
            break
        found = await asker.get(f"{path}{joint}cursor={found['cursor']['next']}")
        entries += found["data"] if found else []
    return entries


async def voucherify(asker: Asker) -> None:
    await asker.get("/ping")
    for each in await cursors(asker, f"{V2}/card-definitions?limit=2"):
        await asker.get(f"{V2}/card-definitions/{each['id']}")
        await cursors(asker, f"{V2}/card-definitions/{each['id']}/activities")
    for number in await asker.numbers("SELECT action_id FROM voucherify_async_actions ORDER BY 1"):
        await asker.get(f"/v1/async-actions/aa_{number:018x}")
    for number in await asker.numbers("SELECT customer_id FROM voucherify_customers ORDER BY 1"):
        for name in (f"cust_{number:018x}", f"customer-{number % 4}-{number % 3}"):
            await asker.get(f"/v1/customers/{name}")
            await asker.get(f"{V2}/memberships/{name}")
    for query in (
        "programs?filters[status][conditions][$is]=DRAFT",
        "card-definitions?filters[name][conditions][$contains]=Card",
        "programs?order=-created_at",
    ):
        await cursors(asker, f"{V2}/{query}")
    for program in await cursors(asker, f"{V2}/programs"):
        path = f"{V2}/programs/{program['id']}"
        await asker.get(path)
        await cursors(asker, f"{path}/activities?limit=10")
        await cursors(asker, f"{path}/card-definitions")
        for member in await cursors(asker, f"{path}/members?limit=2"):
            await of_member(asker, path, member["id"])


async def of_member(asker: Asker, program: str, member: str) -> None:
    path = f"{program}/members/{member}"
    found = await asker.get(path)
    await cursors(asker, f"{path}/activities?limit=5")
    await asker.get(f"{program}/memberships/{found['customer_id']}")
    for each in found["cards"]:
        card = f"{path}/cards/{each['card']['id']}"
        for rest in ("activities", "expiring-points", "pending-points", "transactions?limit=4"):
            await cursors(asker, f"{card}/{rest}")
        listed = await cursors(asker, f"{card}/transactions?order=created_at")
        for entry in listed[:3]:
            name = f"filters[id][conditions][$is]={entry['id']}"
            await cursors(asker, f"{card}/transactions?{name}")
        for resolution in ("day", "month"):
            days = f"start_date=2026-01-05&end_date=2026-02-20&resolution={resolution}"
            await asker.get(f"{card}/reports/daily?{days}")
        last = instants.write(asker.world.now)[:10]
        days = f"start_date={last[:7]}-01&end_date={last}&resolution=day"
        await asker.get(f"{card}/reports/daily?{days}")


async def legacy(asker: Asker) -> None:
    sql = (
        "SELECT DISTINCT program_id FROM voucherify_members"
        " UNION SELECT program_id FROM locations ORDER BY 1"
    )
    for number in await asker.numbers(sql):
        path = f"{V1}/camp_{number:018x}"
        for rest in ("", "/members", "/members?limit=1&page=2", "/members?order=-created_at"):
            await asker.get(path + rest)
        for rest in ("pending-points", "transactions", "transactions?limit=5&order=created_at"):
            await asker.get(f"{path}/{rest}")
        sql = f"SELECT a.account_id FROM accounts a WHERE a.program_id = {number} ORDER BY 1"
        for card in await asker.numbers(sql):
            await voucher(asker, path, f"v_{card:018x}")
    for code in ("CODE-0-1", "CODE-2-2", "NO-SUCH"):
        await asker.get(f"/v1/vouchers/{code}")
    for number in await asker.numbers("SELECT export_id FROM voucherify_exports ORDER BY 1"):
        await asker.get(f"{V1}/exports/exp_{number:018x}")
    rows = await asker.world.store.fetch(
        "SELECT account_id, seq, kind FROM transactions"
        " WHERE kind IN (2, 8) AND seq < 200 ORDER BY 1, 2"
    )
    for row in rows[::3]:
        place = transaction_number(account=row["account_id"], seq=row["seq"])
        await asker.get(f"/v1/redemptions/{'r_' if row['kind'] == 2 else 'rr_'}{place:018x}")


async def voucher(asker: Asker, campaign: str, name: str) -> None:
    await asker.get(f"/v1/vouchers/{name}")
    for path in (f"{V1}/members/{name}", f"{campaign}/members/{name}"):
        for rest in ("", "/activity?limit=7", "/pending-points", "/transactions?limit=6"):
            await asker.get(path + rest)
        await asker.get(f"{path}/transactions?order=created_at&limit=100")
    await asker.get(f"{campaign}/members/{name}/points-expiration")


# -- Altcraft --------------------------------------------------------------------------

LOYALTY = "/api/v1.1/loyalty"


async def post(asker: Asker, method: str, body: dict[str, Any]) -> None:
    """The same in JSON and in XML."""
    await asker.ask("POST", f"{LOYALTY}/{method}", json.dumps(body))
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in body.items())
    await asker.ask("POST", f"{LOYALTY}/{method}", f"<xml>{fields}</xml>", form="xml")


async def altcraft(asker: Asker) -> None:
    rows = await asker.world.store.fetch(
        "SELECT m.program_id, m.email FROM members m"
        " WHERE m.tenant_id = 1 AND m.email IS NOT NULL ORDER BY m.member_id"
    )
    currencies = await asker.world.store.fetch(
        "SELECT program_id, code FROM currencies ORDER BY 1, 2"
    )
    for row in rows:
        program = row["program_id"]
        who = {"loyalty_program_id": program, "matching": "email", "email": row["email"]}
        for group in (1, 2):
            await post(asker, "account/tiers", {**who, "tiers_group_id": group})
        await post(asker, "account/balance", who)
        for each in currencies:
            if each["program_id"] == program:
                await of_currency(asker, {**who, "points_currency_eid": each["code"]})
    for program in sorted({row["program_id"] for row in rows}):
        for active in (True, False):
            body = {"loyalty_program_id": program, "is_active": str(active).lower()}
            await asker.ask(
                "POST", f"{LOYALTY}/trigger_promotions", json.dumps({**body, "is_active": active})
            )
            await post(asker, "trigger_promotions", body)
    rows = await asker.world.store.fetch(
        "SELECT task, download_key FROM altcraft_exports ORDER BY 1"
    )
    for row in rows:
        await post(asker, "transactions_export_status", {"task_id": row["task"]})
        await asker.get(f"{LOYALTY}/transactions_export_file/{row['download_key']}")
    await asker.get(f"{LOYALTY}/transactions_export_file/nothing")


async def of_currency(asker: Asker, who: dict[str, Any]) -> None:
    dates = {"date_from": "2026-01-01T00:00:00Z", "date_to": "2027-12-31T23:59:59Z"}
    await post(asker, "account/balance", who)
    await post(asker, "account/expiring_points", {**who, **dates})
    await post(asker, "account/transactions", {**who, "limit": 5})
    await post(asker, "account/transactions", {**who, "limit": 50})
