"""Programs and their locations: who sees them, who changes them, and how they are refused."""

from __future__ import annotations

from lxml import html

from stampbook.programs.roles import Role
from tests.console.desk import Clerk, Desk, Page


async def bound(desk: Desk, role: Role, program: str) -> Clerk:
    """Somebody who sees one program alone."""
    clerk = await desk.clerk(role, login=f"bound-{role}@desk.example")
    limits = {"limits": [{"program_id": program}]}
    await desk.api("PUT", f"/v1/users/bound-{role}@desk.example/limits", limits)
    return clerk


def rows(page: Page, kind: str | None = None) -> list[str]:
    return [row.get("data-id") for row in page.all("row") if row.get("data-kind") == kind]


async def test_the_list_leads_to_each_program(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    page = await clerk.get("/console/programs")
    assert (page.status, page.name) == (200, "programs")
    listed = (await desk.api("GET", "/v1/programs"))["data"]
    assert rows(page) == [each["id"] for each in listed]
    assert not page.has("new-program")
    assert not page.has("load-more")
    for link, each in zip(page.all("program"), listed, strict=True):
        opened = await clerk.get(link.get("href"))
        assert (opened.name, opened.said("program-name")) == ("program", each["name"])


async def test_the_list_comes_in_pages(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    for number in range(50):
        await desk.api("POST", "/v1/programs", {"name": f"Program {number}"})
    first = await clerk.get("/console/programs")
    rest = await first.follow("load-more")
    assert (len(rows(first)), len(rows(rest)), rest.has("load-more")) == (50, 3, False)
    assert not set(rows(first)) & set(rows(rest))


async def test_a_program_shows_what_the_api_says_of_it(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    page = await clerk.get("/console/programs/prg_1")
    figures = await desk.api("GET", "/v1/programs/prg_1/figures")
    for name in ("members", "currencies", "locations"):
        assert page.value(name) == str(figures[name])
    program = await desk.api("GET", "/v1/programs/prg_1")
    assert page.said("timezone") == program["timezone"]
    currencies = (await desk.api("GET", "/v1/programs/prg_1/currencies"))["data"]
    assert rows(page, "currency") == [each["id"] for each in currencies]
    places = (await desk.api("GET", "/v1/locations?program_id=prg_1"))["data"]
    assert rows(page, "location") == [each["id"] for each in places]
    for action in ("edit", "new-currency", "new-location", "location"):
        assert not page.has(action)


async def test_a_new_program_from_nothing_to_its_currency(desk: Desk) -> None:
    clerk = await desk.clerk(Role.MANAGER)
    form = await (await clerk.get("/console/programs")).follow("new-program")
    refused = await form.press("save", name="Tea club", timezone="Mars/Olympus")
    assert (refused.status, refused.one("refusal").get("data-code")) == (422, "invalid_request")
    assert refused.one("field-error").get("data-field") == "timezone"
    described = refused.one("timezone").get("aria-describedby")
    assert described == refused.one("field-error").get("id")
    assert refused.one("name").get("value") == "Tea club"
    made = await refused.press("save", timezone="Asia/Tbilisi", status="draft")
    assert (made.name, made.said("program-name")) == ("program", "Tea club")
    assert made.has("flash")
    assert made.one("status").get("data-status") == "draft"
    assert made.has("empty")
    assert made.has("no-locations")

    form = await made.follow("new-currency")
    refused = await form.press("save", name="Leaves", code="no blanks")
    assert (refused.status, refused.one("field-error").get("data-field")) == (422, "code")
    currency = await refused.press("save", code="leaves", scale="1")
    assert (currency.name, currency.said("currency-name")) == ("currency", "Leaves")
    found = await desk.api("GET", f"/v1/currencies/{currency.path.rpartition('/')[2]}")
    assert (found["code"], found["scale"]) == ("leaves", 1)
    taken = await form.press("save", name="Others", code="leaves", idempotency_key="another")
    assert (taken.status, taken.one("refusal").get("data-code")) == (409, "conflict")
    assert taken.one("name").get("value") == "Others"
    unknown = await form.press("save", name="Others", scale="7", idempotency_key="third")
    assert (unknown.status, unknown.one("field-error").get("data-field")) == (422, "scale")


async def test_a_double_click_makes_one_program(desk: Desk) -> None:
    clerk = await desk.clerk(Role.MANAGER)
    form = await clerk.get("/console/programs/new")
    before = len((await desk.api("GET", "/v1/programs"))["data"])
    first = await form.press("save", name="Once")
    second = await form.press("save", name="Once")
    assert first.path == second.path
    assert len((await desk.api("GET", "/v1/programs"))["data"]) == before + 1


async def test_settings_are_changed_one_by_one(desk: Desk) -> None:
    clerk = await desk.clerk(Role.MANAGER)
    form = await (await clerk.get("/console/programs/prg_1")).follow("edit")
    before = await desk.api("GET", "/v1/programs/prg_1")
    saved = await form.press("save", name="Kettle", starts_at="2026-01-01T08:30")
    assert (saved.name, saved.said("program-name")) == ("program", "Kettle")
    after = await desk.api("GET", "/v1/programs/prg_1")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"name", "starts_at"}
    assert after["starts_at"] == "2026-01-01T07:30:00Z"  # by the clocks of Berlin
    again = await clerk.get("/console/programs/prg_1/edit")
    assert again.one("starts_at").get("value") == "2026-01-01T08:30"
    removed = await again.press("save", starts_at="", status="inactive")
    assert removed.one("status").get("data-status") == "inactive"
    assert (await desk.api("GET", "/v1/programs/prg_1"))["starts_at"] is None


async def test_what_is_wrong_is_said_beside_the_field(desk: Desk) -> None:
    clerk = await desk.clerk(Role.MANAGER)
    form = await clerk.get("/console/programs/prg_1/edit")
    for typed, field in (
        ({"timezone": "Nowhere"}, "timezone"),
        ({"name": ""}, "name"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"starts_at": "2026-02-01T00:00", "ends_at": "2026-01-01T00:00"}, "ends_at"),
    ):
        refused = await form.press("save", **typed)
        assert refused.status == 422, typed
        assert refused.one("field-error").get("data-field") == field
        assert refused.one(field).get("value") == typed[field]


async def test_numbers_that_would_be_one_are_named(desk: Desk) -> None:
    clerk = await desk.clerk(Role.MANAGER)
    pair = [
        (await desk.api("POST", "/v1/programs/prg_1/members", {"phone": phone}))["id"]
        for phone in ("+7 912 000-11-22", "8 912 000 11 22")
    ]
    form = await clerk.get("/console/programs/prg_1/edit")
    refused = await form.press("save", phone_region="ru ")
    assert (refused.status, refused.one("refusal").get("data-code")) == (409, "phones_collide")
    links = [each.get("href") for each in refused.one("pairs").iter("a")]
    assert links == [f"/console/members/{each}" for each in pair]
    await desk.api("POST", f"/v1/members/{pair[0]}/merge", {"into": pair[1]})
    page = await refused.press("save", phone_region="ru ")
    assert (page.name, page.said("phone-region")) == ("program", "RU")
    cleared = await (await clerk.get("/console/programs/prg_1/edit")).press("save", phone_region="")
    assert not cleared.has("phone-region")


async def test_who_was_slower_sees_what_they_typed(desk: Desk) -> None:
    clerk = await desk.clerk(Role.MANAGER)
    form = await clerk.get("/console/programs/prg_1/edit")
    await desk.api("PATCH", "/v1/programs/prg_1", {"timezone": "Europe/Riga"})
    refused = await form.press("save", name="Mine")
    assert (refused.status, refused.one("refusal").get("data-code")) == (409, "conflict")
    assert refused.one("name").get("value") == "Mine"
    assert (await desk.api("GET", "/v1/programs/prg_1"))["name"] == "Kettle & Cup"
    saved = await refused.press("save")
    assert saved.said("program-name") == "Mine"


async def test_locations_are_made_and_renamed(desk: Desk) -> None:
    clerk = await desk.clerk(Role.MANAGER)
    page = await clerk.get("/console/programs/prg_2")
    form = await page.follow("new-location")
    assert form.one("timezone").get("value") == "Europe/Berlin"
    empty = await form.press("save", title="")
    assert (empty.status, empty.one("field-error").get("data-field")) == (422, "title")
    made = await form.press("save", title="Mill Street", timezone="Europe/Riga")
    assert made.name == "program"
    edit = await made.follow("location")
    old = edit
    renamed = await edit.press("save", title="Mill Road")
    (place,) = (await desk.api("GET", "/v1/locations?program_id=prg_2"))["data"]
    assert (place["title"], place["timezone"]) == ("Mill Road", "Europe/Riga")
    assert renamed.said("location") == "Mill Road"
    slow = await old.press("save", title="Mill Lane", idempotency_key="another")
    assert (slow.status, slow.one("refusal").get("data-code")) == (409, "conflict")
    wrong = await (await clerk.get(f"/console/locations/{place['id']}/edit")).press(
        "save", timezone="Mars"
    )
    assert (wrong.status, wrong.one("field-error").get("data-field")) == (422, "timezone")


async def test_other_programs_than_theirs_are_not_there(desk: Desk) -> None:
    clerk = await bound(desk, Role.MANAGER, "prg_2")
    page = await clerk.get("/console/programs")
    assert rows(page) == ["prg_2"]
    assert not page.has("new-program")
    assert (await clerk.get("/console/programs/new")).status == 403
    currency = (await desk.api("GET", "/v1/programs/prg_1/currencies"))["data"][0]["id"]
    place = (await desk.api("GET", "/v1/locations?program_id=prg_1"))["data"][0]["id"]
    for path in (
        "/console/programs/prg_1",
        "/console/programs/prg_1/edit",
        "/console/programs/prg_1/currencies/new",
        "/console/programs/prg_1/locations/new",
        f"/console/currencies/{currency}",
        f"/console/locations/{place}/edit",
    ):
        assert (await clerk.get(path)).status == 404, path
    own = await clerk.get("/console/programs/prg_2")
    assert own.has("edit")
    saved = await (await own.follow("edit")).press("save", name="Ours")
    assert saved.said("program-name") == "Ours"


async def test_who_is_bound_to_a_location_looks_at_its_program(desk: Desk) -> None:
    (place,) = (await desk.api("GET", "/v1/locations?program_id=prg_1"))["data"]
    clerk = await desk.clerk(Role.MANAGER, login="desk@desk.example")
    limits = {"limits": [{"program_id": "prg_1", "location_id": place["id"]}]}
    await desk.api("PUT", "/v1/users/desk@desk.example/limits", limits)
    page = await clerk.get("/console/programs/prg_1")
    assert page.status == 200
    for action in ("edit", "new-currency", "new-location"):
        assert not page.has(action)
    currency = await page.follow("currency")
    assert currency.has("policies")
    assert not currency.has("policy-form")
    for path in ("edit", "currencies/new", "locations/new"):
        assert (await clerk.get(f"/console/programs/prg_1/{path}")).status == 403, path
    renamed = await (await page.follow("location")).press("save", title="Our desk")
    assert renamed.said("location") == "Our desk"


async def test_without_a_program_the_list_says_what_to_do(desk: Desk) -> None:
    nobody = await desk.clerk(Role.VIEWER, login="nobody@desk.example")
    gone = await desk.api("POST", "/v1/programs", {"name": "Elsewhere"})
    limits = {"limits": [{"program_id": gone["id"]}]}
    await desk.api("PUT", "/v1/users/nobody@desk.example/limits", limits)
    assert rows(await nobody.get("/console/programs")) == [gone["id"]]
    async with desk.store.transaction() as writing:
        await writing.execute("UPDATE programs SET deleted_at = 1 WHERE name = 'Elsewhere'")
    page = await nobody.get("/console/programs")
    assert page.has("empty")
    assert not page.has("row")


async def test_names_are_text(desk: Desk) -> None:
    clerk = await desk.clerk(Role.MANAGER)
    name = "<script>alert(1)</script>"
    await desk.api("PATCH", "/v1/programs/prg_1", {"name": name})
    await desk.api("PATCH", "/v1/currencies/cur_1", {"name": name})
    for path in ("/programs", "/programs/prg_1", "/programs/prg_1/edit", "/currencies/cur_1"):
        page = await clerk.get(f"/console{path}")
        assert name in html.tostring(page.root, method="text", encoding="unicode"), path
        assert "<script>alert" not in page.text


async def test_other_pages_lead_here(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    member, account = "/console/members/mbr_1", "/console/accounts/acc_1"
    for path in (member, account, f"{account}/statement", "/console/visits/vis_1"):
        links = {each.get("href") for each in (await clerk.get(path)).root.iter("a")}
        assert "/console/programs/prg_1" in links, path
    page = await (await clerk.get(account)).follow("currency")
    assert page.said("currency-name") == "Bonus money"
    (nav,) = page.all("nav")
    current = [each for each in nav.iter("a") if each.get("aria-current") == "page"]
    assert current == []
    listed = await clerk.get("/console/programs")
    assert "/console/programs" in {each.get("href") for each in listed.one("nav").iter("a")}


async def test_the_pages_are_in_russian_for_those_who_read_it(desk: Desk) -> None:
    clerk = await desk.clerk(Role.MANAGER)
    clerk.client.cookies.set("stampbook_language", "ru")
    for path in (
        "programs",
        "programs/new",
        "programs/prg_1",
        "programs/prg_1/edit",
        "programs/prg_1/currencies/new",
        "programs/prg_1/locations/new",
        "currencies/cur_1",
    ):
        page = await clerk.get(f"/console/{path}")
        assert page.status == 200
        for english in ("Program", "Save", "Name", "Time zone", "Currenc", "expire", "Points"):
            assert english not in page.one("page").text_content().replace("Bean Points", ""), path
