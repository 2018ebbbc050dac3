"""The list of rules, who may see and change them, and the pages in Russian."""

from __future__ import annotations

import pytest

from stampbook.programs.roles import Role
from stampbook.storage.store import Store
from tests.console.desk import PASSWORD, Clerk, Desk, token_of
from tests.console.loyalty.club import Club, open_club


def ids_of(page: object) -> list[str]:
    return [each.get("data-id") for each in page.all("row")]  # type: ignore[attr-defined]


async def test_rules_in_words_page_by_page(desk: Desk) -> None:
    club = await open_club(desk)
    clerk = await desk.clerk(Role.VIEWER)
    path = f"/console/rules?program={club.program['id']}"
    assert (await clerk.get(path)).has("empty")
    full = await club.full()
    made = [full["id"]] + [(await club.rule(name=f"Rule {each}"))["id"] for each in range(51)]
    first = await clerk.get(path)
    assert (first.name, len(first.all("row"))) == ("rules", 50)
    second = await first.follow("load-more")
    assert ids_of(first) + ids_of(second) == made
    said = " ".join(first.all("row")[0].text_content().split())
    for each in ("All of it", "gold: 1.25 Stars for every 10.5", "A cup",
                 "for members with Silver, Gold", 'order.channel == "web"', "otherwise",
                 "500.00 Stars", "a number that the order has (km)"):  # fmt: skip
        assert each in said, each


async def test_filters(desk: Desk) -> None:
    club = await open_club(desk)
    clerk = await desk.clerk(Role.VIEWER)
    draft = await club.rule()
    active = await club.active(trigger={"type": "custom_event", "name": "played"})
    page = await clerk.get(f"/console/rules?program={club.program['id']}")
    assert ids_of(page) == [draft["id"], active["id"]]

    async def filtered(**query: str) -> list[str]:
        asked = {"program": club.program["id"], **query}
        answer = await clerk.client.get("/console/rules", params=asked)
        assert answer.status_code == 200
        found = type(page)(clerk, answer)
        assert found.has("empty") == (not found.has("row"))
        return ids_of(found)

    assert await filtered(state="draft") == [draft["id"]]
    assert await filtered(state="active") == [active["id"]]
    assert await filtered(trigger="custom_event") == [active["id"]]
    assert await filtered(trigger="custom_event", state="draft") == []
    wrong = await clerk.get(f"/console/rules?program={club.program['id']}&state=on")
    assert (wrong.status, wrong.has("refusal")) == (422, True)


async def _bound(desk: Desk, login: str, **bounds: list[str]) -> Clerk:
    made = await desk.api("POST", "/v1/users", {
        "login": login, "password": PASSWORD, "name": login, "role": "manager", **bounds,
    })  # fmt: skip
    return await desk.at_desk(int(made["id"].partition("_")[2], 16))


async def test_people_see_and_change_what_is_of_their_programs(desk: Desk) -> None:
    club = await open_club(desk)
    rule = await club.rule()
    theirs = await _bound(desk, "theirs@desk.example", program_ids=[club.program["id"]])
    others = await _bound(desk, "others@desk.example", program_ids=["prg_1"])
    pages = (f"/console/rules/{rule['id']}", f"/console/rules/{rule['id']}/delete",
             f"/console/tiers/{club.group['id']}", f"/console/rules?program={club.program['id']}",
             f"/console/tiers?program={club.program['id']}", club.new)  # fmt: skip
    for path in pages:
        assert (await theirs.get(path)).status == 200
        assert (await others.get(path)).status == 404
    assert ids_of(await theirs.get("/console/rules")) == [rule["id"]]
    assert ids_of(await others.get("/console/rules")) == []
    token = token_of(await others.get("/console"))
    for act in ("activate", "delete"):
        answer = await others.client.post(
            f"/console/rules/{rule['id']}/{act}", data={"csrf_token": token}
        )
        assert answer.status_code == 404
    assert (await desk.api("GET", f"/v1/rules/{rule['id']}"))["status"] == "draft"


async def test_who_is_bound_to_a_location_looks_and_does_not_change(desk: Desk) -> None:
    club = await open_club(desk)
    rule = await club.rule()
    place = await desk.api(
        "POST", "/v1/locations", {"program_id": club.program["id"], "title": "Counter"}
    )
    clerk = await _bound(desk, "till@desk.example", location_ids=[place["id"]])
    for path in (f"/console/rules/{rule['id']}", f"/console/tiers/{club.group['id']}",
                 "/console/rules", "/console/tiers"):  # fmt: skip
        page = await clerk.get(path)
        assert page.status == 200
        for action in ("save", "activate", "deactivate", "delete", "new-rule", "new-group"):
            assert not page.has(action), (path, action)
    for path in (club.new, f"/console/tiers/new?program={club.program['id']}"):
        assert (await clerk.get(path)).status == 403


@pytest.mark.parametrize("role", Role)
async def test_what_a_role_may_not_do_is_not_there(desk: Desk, role: Role) -> None:
    club = await open_club(desk)
    rule = await club.rule()
    path = f"/console/rules/{rule['id']}"
    may = role.covers(Role.MANAGER)
    clerk = await desk.clerk(role)
    rules = await clerk.get(f"/console/rules?program={club.program['id']}")
    tiers = await clerk.get(f"/console/tiers?program={club.program['id']}")
    page, group = await clerk.get(path), await clerk.get(f"/console/tiers/{club.group['id']}")
    assert page.has("try")
    assert all(page.has(each) == may for each in ("save", "activate", "delete", "condition"))
    assert all(group.has(each) == may for each in ("save", "deactivate", "draft", "delete"))
    assert (rules.has("new-rule"), tiers.has("new-group")) == (may, may)
    token = token_of(page)
    for do in ("save", "add-earning"):
        answer = await clerk.client.post(
            path, data={"csrf_token": token, "do": do, "name": "Mine", "condition": "true"}
        )
        assert (answer.status_code == 403) == (not may)
    assert (await desk.api("GET", f"/v1/rules/{rule['id']}"))["name"] == "Every order"


async def test_the_pages_are_in_russian_for_those_who_read_it(desk: Desk, store: Store) -> None:
    club = await open_club(desk)
    full = await club.full()
    clerk = await desk.clerk(Role.MANAGER)
    clerk.client.cookies.set("stampbook_language", "ru")
    await _in_russian(clerk, club, full["id"])


async def _in_russian(clerk: Clerk, club: Club, rule: str) -> None:
    tried = await (await clerk.get(f"/console/rules/{rule}")).press("try", starts_at="")
    pages = [tried, *[await clerk.get(path) for path in (
        f"/console/rules?program={club.program['id']}", club.new,
        f"/console/rules/{rule}/delete", f"/console/tiers?program={club.program['id']}",
        f"/console/tiers/{club.group['id']}", f"/console/tiers/new?program={club.program['id']}",
        f"/console/tiers/{club.group['id']}/delete",
    )]]  # fmt: skip
    for page in pages:
        assert page.status == 200
        body = page.root.text_content()
        for english in ("Rule", "Tiers", "Save", "Gives", "Condition", "Given", "Ladder",
                        "otherwise", "Delete", "for every"):  # fmt: skip
            assert english not in body.replace("Member", ""), (page.path, english)
