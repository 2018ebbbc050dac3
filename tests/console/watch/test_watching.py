"""The audit log and the health page, by plain HTTP."""

from __future__ import annotations

from stampbook.console.watch.acts import SENTENCES
from stampbook.programs.auditing import ACTIONS
from stampbook.programs.roles import Role
from stampbook.storage.store import Store
from stampbook.verifying import results
from tests.console.desk import NOON, ONE_STORE, Desk


async def test_the_audit_log_says_who_changed_what(desk: Desk) -> None:
    clerk = await desk.clerk(Role.MANAGER)
    name = '<script>alert("x")</script>'
    await desk.api("PATCH", "/v1/programs/prg_1", {"name": name})
    page = await clerk.get("/console/audit?action=program.updated")
    (row,) = page.all("row")
    text = " ".join(row.text_content().split())
    assert "Kettle & Cup" in text
    assert name in text
    assert "<script>alert" not in page.text
    assert page.one("by-key").text == "key_1"
    assert page.said("sentence") == "The program was changed"
    assert page.said("act") == "program.updated"
    assert page.said("entity-id") == "prg_1"


@ONE_STORE
async def test_every_act_has_its_sentence_and_every_time_its_zone(desk: Desk) -> None:
    assert set(SENTENCES) == ACTIONS
    assert len(set(SENTENCES.values())) == len(ACTIONS)
    clerk = await desk.clerk(Role.ADMIN)
    pages = ("audit", "users", f"users/usr_{clerk.user:x}", "me", "approvals", "keys")
    for path in pages:
        page = await clerk.get(f"/console/{path}")
        for each in page.root.iter("time"):
            assert each.get("title").endswith(" UTC")
            assert each.get("datetime").endswith("Z")
        if any(True for _ in page.root.iter("time")):
            assert page.said("zone") in (
                "Days and times are those of UTC.",
                "Days and times are those of Europe/Berlin.",
            )
        if page.has("zone") and "UTC" in page.said("zone"):
            assert "UTC" in page.root.iter("time").__next__().text
    log = await clerk.get("/console/audit")
    options = {each.get("value"): each.text for each in log.one("action").iter("option")}
    assert options["login.failed"] == "A sign-in failed"


@ONE_STORE
async def test_members_are_listed_the_newest_first(desk: Desk) -> None:
    for number in range(60):
        await desk.api("POST", "/v1/programs/prg_1/members", {"name": f"Member {number}"})
    clerk = await desk.clerk(Role.VIEWER)
    page = await clerk.get("/console/members?program=prg_1")
    assert (page.name, page.has("new-member")) == ("members", False)
    seen = [row.get("data-id") for row in page.all("row")]
    rest = await page.follow("load-more")
    seen += [row.get("data-id") for row in rest.all("row")]
    assert len(seen) == len(set(seen)) > 60
    assert seen == sorted(seen, key=lambda name: -int(name[4:], 16))
    assert "Member 59" in page.all("row")[0].text_content()
    assert any(each.get("href") == "/console/members" for each in page.one("nav").iter("a"))


async def test_the_log_is_filtered_by_what_is_asked(desk: Desk) -> None:
    clerk = await desk.clerk(Role.ADMIN)
    await desk.api("PATCH", "/v1/programs/prg_1", {"name": "One"})
    await desk.api("PATCH", "/v1/programs/prg_2", {"name": "Two"})
    page = await clerk.get("/console/audit?entity=prg_2&from=2026-11-28&to=2026-11-28")
    assert [row.get("data-action") for row in page.all("row")] == [
        "program.updated",
        "program.created",
    ]
    assert (await clerk.get("/console/audit?to=2026-11-27")).has("empty")
    for wrong in ("user_id=nobody", "from=then", "api_key_id=1"):
        page = await clerk.get(f"/console/audit?{wrong}")
        assert page.status == 422
        assert page.one("field-error").get("data-field") == wrong.partition("=")[0]


async def test_the_log_goes_on(desk: Desk) -> None:
    clerk = await desk.clerk(Role.ADMIN)
    for number in range(60):
        await desk.api("PATCH", "/v1/programs/prg_1", {"name": f"Name {number}"})
    seen: list[str] = []
    page = await clerk.get("/console/audit?action=program.updated")
    while True:
        seen += [row.get("data-id") for row in page.all("row")]
        if not page.has("load-more"):
            break
        page = await page.follow("load-more")
    assert len(seen) == len(set(seen)) == 60


async def test_support_does_not_see_the_log_but_how_the_server_is(desk: Desk) -> None:
    clerk = await desk.clerk(Role.SUPPORT)
    page = await clerk.get("/console/audit")
    assert (page.status, page.name) == (403, "forbidden")
    assert (await clerk.get("/console/health")).name == "health"


async def test_health_shows_the_checks_and_the_last_verification(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    page = await clerk.get("/console/health")
    names = {row.get("data-id"): row.get("data-status") for row in page.all("row")}
    ready = (await desk.browser().get("/readyz")).json()["checks"]
    assert names == {name: check["status"] for name, check in ready.items()}
    assert "not verified" in page.said("last-verify")
    await _keep(desk.store, faults=0)
    assert "Sound" in (await clerk.get("/console/health")).said("last-verify")
    await _keep(desk.store, faults=2)
    assert "2 faults" in (await clerk.get("/console/health")).said("last-verify")


async def _keep(store: Store, faults: int) -> None:
    await results.keep(store, faults, now=NOON)
