"""The audit log and the health page, by plain HTTP."""

from __future__ import annotations

from stampbook.programs.roles import Role
from stampbook.storage.store import Store
from stampbook.verifying import results
from tests.console.desk import NOON, Desk


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
