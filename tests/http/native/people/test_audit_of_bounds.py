"""Which rows of the audit log people see: those about what they may see, and no others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.native.asking import Api, fine, made
from tests.http.native.people.signing import as_person


async def listed(api: Api, **query: Any) -> list[tuple[str, str | None]]:
    rows = fine(await api.get("/audit", **query))["data"]
    return [(each["action"], each["entity"]) for each in rows]


@pytest.mark.parametrize("role", ["manager", "admin"])
@pytest.mark.parametrize("bound", [True, False])
async def test_rows_about_keys_are_for_who_may_see_keys(api: Api, role: str, bound: bool) -> None:
    program = (await api.program())["id"]
    body = {"name": "till", "scopes": ["read"], "program_id": program}
    key = made(await api.post("/api_keys", body))
    fine(await api.post(f"/api_keys/{key['id']}/rotate"))
    fine(await api.delete(f"/api_keys/{key['id']}"))
    reader = await as_person(api, "anna", role=role, program_ids=[program] if bound else [])
    may_see = (await reader.get(f"/api_keys/{key['id']}")).status_code == 200
    assert may_see is (role == "admin" and not bound)
    about = [action for action, entity in await listed(reader) if entity == key["id"]]
    assert len(about) == (3 if may_see else 0)
    assert ("program.created", program) in await listed(reader)
    wanted = await listed(reader, action="api_key.created", entity=key["id"])
    assert len(wanted) == may_see


async def test_rows_about_locations_are_for_who_sees_them(api: Api) -> None:
    programs = [(await api.program())["id"] for _ in range(2)]
    places = [
        made(await api.post("/locations", {"program_id": each, "title": each}))["id"]
        for each in (programs[0], programs[0], programs[1])
    ]
    fine(await api.patch(f"/locations/{places[1]}", {"title": "elsewhere"}))

    async def seen(by: Api) -> set[str]:
        return {entity or "" for action, entity in await listed(by) if "location" in action}

    desk = await as_person(api, "desk", role="manager", location_ids=[places[0]])
    assert await seen(desk) == {places[0]}
    assert ("program.created", programs[0]) in await listed(desk)
    both = await as_person(
        api, "both", role="admin", location_ids=[places[0]], program_ids=[programs[1]]
    )
    assert await seen(both) == {places[0], places[2]}
    whole = await as_person(api, "whole", role="manager", program_ids=[programs[0]])
    assert await seen(whole) == {places[0], places[1]}
