"""A person whom all APIs know, and none after they were erased."""

from __future__ import annotations

from typing import Any

import httpx

from stampbook.dialects.spelling.voucherify import Prefix, spell
from tests.http.town import Town
from tests.migration.checking import faults
from tests.privacy.texts import found_in

PHONE = "79000000123"
WORDS = (PHONE, "lovelace", "crm-ada", "marzipan", "poets.example")

PROGRAM = "/v2/loyalties/programs/lprg_000000000000000001"


def ok(answer: httpx.Response) -> Any:
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def meet(town: Town) -> str:
    """Let every API write about the person. Returns the source id of the customer."""
    record = {
        "staff_id": 1,
        "services": [{"id": 1, "cost": 100}],
        "client": {"phone": PHONE, "name": "Ada Lovelace", "email": "ada@poets.example"},
        "datetime": "2027-01-16T12:00:00+00:00",
        "comment": "likes marzipan",
    }
    ok(await town.ask("POST", f"/api/v1/records/{town.location.number}", record, key="record"))
    ok(await town.issue(PHONE, key="card"))
    ok(await town.register(PHONE))
    points = {
        "loyalty_program_id": town.program.program_id,
        "points_currency_iid": town.points.currency_id,
        "matching": "phone",
        "phone": PHONE,
        "amount": "70",
        "comment": "for marzipan",
    }
    accrued = await town.ask("POST", "/api/v1.1/loyalty/accrue_points", points)
    assert accrued.json()["error"] == 0, accrued.text
    customer = {
        "source_id": "crm-ada",
        "name": "Ada Lovelace",
        "email": "ada@poets.example",
        "phone": PHONE,
        "metadata": {"likes": "marzipan"},
    }
    known = ok(await town.ask("POST", "/v1/customers", customer, key="customer"))
    joins = {"customer_id": known["id"], "metadata": {"likes": "marzipan"}}
    ok(await town.ask("POST", f"{PROGRAM}/members", joins, key="joins"))
    return str(known["id"])


async def member_of(town: Town) -> str:
    (found,) = ok(await town.ask("GET", f"/v1/programs/prg_1/members?phone={PHONE}"))["data"]
    return str(found["id"])


async def test_nothing_is_left_of_a_person_whom_all_apis_know(town: Town) -> None:
    customer = await meet(town)
    member = await member_of(town)
    before = await found_in(town.store, WORDS)
    assert {"members", "voucherify_customers", "idempotency_keys", "visit_records"} <= before.keys()
    body = {"reason": "asked for it", "forfeit": True}
    erased = ok(await town.ask("POST", f"/v1/members/{member}/erase", body))
    assert erased["member"]["status"] == "erased"
    assert await found_in(town.store, WORDS) == {}
    assert await faults(town.store) == []
    await check_unknown(town, customer, member)


async def check_unknown(town: Town, customer: str, member: str) -> None:
    """No API finds the person, and what is left says nothing about them."""
    number = int(member.removeprefix("mbr_"), 16)
    asked = (
        ("GET", f"/v1/programs/prg_1/members?phone={PHONE}", None),
        ("GET", f"/v1/programs/prg_1/members?q={PHONE}", None),
        ("GET", f"/v1/search?q={PHONE}", None),
        ("GET", f"/v1/members/{member}", None),
        ("GET", f"/v1/members/{member}/timeline", None),
        ("GET", "/v1/audit", None),
        ("GET", "/v1/customers", None),
        ("GET", f"/v1/customers/{customer}", None),
        ("GET", "/v1/customers/crm-ada", None),
        ("GET", f"{PROGRAM}/members", None),
        ("GET", f"{PROGRAM}/members/{spell(Prefix.MEMBER, number)}", None),
        ("GET", f"{PROGRAM}/members/{spell(Prefix.MEMBER, number)}/activities", None),
        ("GET", f"/api/v1/records/{town.location.number}", None),
        ("GET", f"/api/v1/records/{town.location.number}?client_id={number}", None),
        (
            "POST",
            "/api/v1.1/loyalty/get_member_info",
            {
                "loyalty_program_id": town.program.program_id,
                "matching": "phone",
                "phone": PHONE,
            },
        ),
    )
    for method, path, body in asked:
        answer = await town.ask(method, path, body)
        assert answer.status_code < 500, (path, answer.text)
        text = answer.text.casefold().replace(f"q={PHONE}", "")
        for word in WORDS:
            if path.startswith(("/v1/search", "/v1/customers/crm")) or method == "POST":
                continue  # a refusal may repeat what was asked for
            assert word not in text, (path, answer.text)


async def test_who_comes_again_is_somebody_else(town: Town) -> None:
    await meet(town)
    first = await member_of(town)
    body = {"reason": "asked for it", "forfeit": True}
    ok(await town.ask("POST", f"/v1/members/{first}/erase", body))
    ok(await town.book(PHONE))
    ok(await town.join(PHONE, "crm-ada"))
    assert await member_of(town) != first
