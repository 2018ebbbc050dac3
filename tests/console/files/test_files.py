"""Files, click by click: tried out, imported, stopped, gone on with; written and downloaded."""

from __future__ import annotations

import pytest

from stampbook.programs.roles import Role
from tests.console.desk import BASE, Clerk, Desk, Page, token_of

ROWS = (
    "external_id,currency,amount\n"
    "guest-1,stars,100.00\n"
    "guest-2,stars,\"2,50\"\n"
    "guest-3,stars,1.50\n"
)  # fmt: skip


async def carry(desk: Desk) -> None:
    while await desk.carrier.work():
        await desk.carrier.idle()
    await desk.carrier.idle()


@pytest.fixture
async def program(desk: Desk) -> str:
    """A program with stars."""
    made = await desk.api("POST", "/v1/programs", {"name": "Guests"})
    body = {"name": "Stars", "code": "stars", "scale": 2}
    await desk.api("POST", f"/v1/programs/{made['id']}/currencies", body)
    return str(made["id"])


@pytest.fixture
async def manager(desk: Desk) -> Clerk:
    return await desk.clerk(Role.MANAGER)


async def tried(desk: Desk, manager: Clerk, program: str, rows: str = ROWS, **more: str) -> Page:
    """The page of a file that was tried out."""
    form = await manager.get("/console/imports/new")
    page = await form.press("dry-run", program=program, kind="balances", file=rows, **more)
    assert (page.status, page.name) == (200, "import"), page.text
    assert page.one("progress").get("role") == "progressbar"
    await carry(desk)
    return await page.follow("refresh")


async def test_a_file_is_tried_out_and_imported(desk: Desk, manager: Clerk, program: str) -> None:
    empty = await manager.get("/console/imports")
    assert (empty.name, empty.has("empty"), empty.has("nav")) == ("imports", True, True)
    assert (await empty.follow("new-import")).name == "import"
    page = await tried(desk, manager, program)
    assert [page.value(name) for name in ("rows", "created", "refused", "total")] == [
        "3", "2", "1", "101.50",
    ]  # fmt: skip
    assert page.one("status").get("data-status") == "done"
    row = page.one("refused-row")
    assert (row.get("data-line"), row.get("data-code")) == ("3", "decimal_comma")
    listed = await manager.client.get(page.one("download-refused").get("href"))
    assert listed.text.startswith("line,column,code,message,external_id,currency,amount\n3,amount,")
    assert listed.headers["content-type"].startswith("text/csv")
    assert (await desk.api("GET", f"/v1/programs/{program}/members"))["data"] == []

    begun = await page.press("start")
    assert (begun.has("flash"), begun.has("progress"), begun.has("stop")) == (True, True, True)
    assert begun.path != page.path
    live = begun.one("progress").getparent().get("hx-get")
    unchanged = await manager.get(live, **{"hx-request": "true"})
    assert unchanged.status == 204
    await carry(desk)
    changed = await manager.get(live, **{"hx-request": "true"})
    assert changed.value("created") == "2"
    done = await manager.get(begun.path)
    assert not any(done.has(name) for name in ("progress", "stop", "start"))
    assert done.value("total") == "101.50"
    assert len((await desk.api("GET", f"/v1/programs/{program}/members"))["data"]) == 2
    again = await manager.get(page.path)
    assert not again.has("start"), "the file went with the import"
    rows = (await manager.get("/console/imports")).all("row")
    assert [each.get("data-status") for each in rows] == ["done", "done"]
    none = await manager.get("/console/imports?status=failed")
    assert none.has("empty")


async def test_an_import_is_stopped_and_goes_on(desk: Desk, manager: Clerk, program: str) -> None:
    begun = await (await tried(desk, manager, program)).press("start")
    stopped = await begun.press("stop")
    assert (stopped.has("flash"), stopped.has("progress"), stopped.has("resume")) == (
        True, False, True,
    )  # fmt: skip
    late = await begun.press("stop")
    assert late.status == 200
    resumed = await stopped.press("resume")
    assert resumed.has("progress")
    await carry(desk)
    done = await manager.get(resumed.path)
    assert done.value("created") == "2"
    refused = await begun.press("stop", idempotency_key="another")
    assert (refused.status, refused.one("refusal").get("data-code")) == (409, "invalid_transition")


async def test_a_form_that_cannot_be_is_shown_again(
    desk: Desk, manager: Clerk, program: str
) -> None:
    form = await manager.get("/console/imports/new")
    assert form.one("dialect").xpath("option/@value")[:2] == ["csv", "jsonl"]
    wrong = await form.press("dry-run", program=program, date_format="%d", file=ROWS)
    assert (wrong.status, wrong.name) == (422, "import")
    assert wrong.one("field-error").get("data-field") == "date_format"
    assert wrong.one("date_format").get("value") == "%d"
    nothing = await form.press("dry-run", program=program, file="")
    assert nothing.one("field-error").get("data-field") == "file"
    plain = await manager.client.post("/console/imports/new", data={"csrf_token": token_of(form)})
    assert plain.status_code == 422
    forged = await form.press("dry-run", program=program, file=ROWS, csrf_token="wrong")
    assert (forged.status, forged.name) == (403, "forbidden")
    assert (await desk.api("GET", "/v1/imports"))["data"] == []
    out = await desk.stranger().client.post("/console/imports/new", files={"file": b"x"})
    assert str(out.url).startswith(f"{BASE}/console/login")
    clerk = await desk.clerk(Role.SUPPORT)
    assert (await clerk.get("/console/imports")).name == "forbidden"
    assert 'href="/console/imports"' not in (await clerk.get("/console")).text


async def test_an_export_is_written_and_downloaded(
    desk: Desk, manager: Clerk, program: str
) -> None:
    await (await tried(desk, manager, program)).press("start")
    await carry(desk)
    page = await manager.get(f"/console/exports?program={program}")
    assert (page.name, page.has("empty")) == ("exports", True)
    typed = {"from": "2026-11-01", "to": "2026-11-30"}
    asked = await page.press("create", kind="transactions", **typed)
    assert (asked.name, asked.has("flash")) == ("exports", True)
    assert asked.one("progress").get("aria-valuenow") == "0"
    live = asked.one("progress").xpath("ancestor::*[@hx-get]")[0].get("hx-get")
    assert (await manager.get(live, **{"hx-request": "true"})).status == 204
    await carry(desk)
    assert (await manager.get(live, **{"hx-request": "true"})).has("download")
    done = await asked.follow("refresh")
    answer = await manager.client.get(done.one("download").get("href"))
    assert answer.headers["content-disposition"].startswith("attachment")
    assert len(answer.text.splitlines()) == 3
    (export,) = (await desk.api("GET", "/v1/exports"))["data"]
    assert (export["from"], export["to"]) == ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
    wrong = await page.press("create", **{"from": "soon"})
    assert (wrong.status, wrong.one("field-error").get("data-field")) == (422, "from")
