"""Writes that replace or number something, many at once: all succeed, nothing is there twice."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from stampbook.dialects.native import ids
from stampbook.programs import users
from tests.http.town import Town

MANY = 8


async def at_once(town: Town, method: str, path: str, body: Any) -> list[httpx.Response]:
    return await asyncio.gather(*(town.ask(method, path, body) for _ in range(MANY)))


def program_of(town: Town) -> str:
    return ids.write(ids.PROGRAM, town.program.program_id)


async def test_currencies_without_a_code(town: Town) -> None:
    path = f"/v1/programs/{program_of(town)}/currencies"
    answers = await at_once(town, "POST", path, {"name": "Stars"})
    assert [each.status_code for each in answers] == [201] * MANY
    assert len({each.json()["code"] for each in answers}) == MANY


async def test_a_programs_referral(town: Town) -> None:
    path = f"/v1/programs/{program_of(town)}/referral"
    body = {
        "title": "Bring a friend",
        "unit": "percent",
        "value": "10",
        "currency_ids": [ids.write(ids.CURRENCY, town.money.currency_id)],
        "location_ids": [ids.write("loc", town.location.number)],
    }
    answers = await at_once(town, "PUT", path, body)
    assert [each.status_code for each in answers] == [200] * MANY
    row = await town.store.fetch_one(
        "SELECT count(*) AS found FROM promotions WHERE deleted_at IS NULL"
    )
    assert row is not None
    assert row["found"] == 1


async def test_a_users_limits(town: Town) -> None:
    async with town.store.transaction() as writing:
        await users.create(writing, tenant=1, login="anna", password_hash="x", now=town.now)
    body = {"limits": [{"program_id": program_of(town)}]}
    answers = await at_once(town, "PUT", "/v1/users/anna/limits", body)
    assert [each.status_code for each in answers] == [200] * MANY


async def test_a_currencys_options(town: Town) -> None:
    path = f"/v1/currencies/{ids.write(ids.CURRENCY, town.points.currency_id)}/options"
    answers = await at_once(town, "PATCH", path, {"initial_balance": "5"})
    assert [each.status_code for each in answers] == [200] * MANY


async def test_a_programs_hours(town: Town) -> None:
    made = await town.ask("POST", "/v2/loyalties/programs", {"name": "A"})
    path = f"/v2/loyalties/programs/{made.json()['id']}"
    hours = {
        "type": "DAILY",
        "daily": [{"days_of_week": [1, 2], "start_time": "08:00", "end_time": "20:00"}],
    }
    answers = await at_once(town, "PUT", path, {"validity_hours": hours})
    assert [each.status_code for each in answers] == [200] * MANY
