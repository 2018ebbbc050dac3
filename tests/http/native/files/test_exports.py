"""Exports: written beside requests, fetched for a week, and taken in again elsewhere."""

from __future__ import annotations

import pytest

from stampbook.files.exported import KEPT_US
from stampbook.files.kinds import Exported
from tests.http.native.asking import Api, Clock, fine, refused
from tests.http.native.files.conftest import Office
from tests.http.native.files.test_imports import LOTS, Usage, audited, events


async def ask(office: Office, kind: str = "lots", **more: str) -> dict[str, object]:
    body = {"kind": kind, "program_id": office.program, **more}
    answer = await office.api.post("/exports", body)
    assert answer.status_code == 202, answer.text
    made: dict[str, object] = answer.json()
    return made


async def test_an_export_is_written_downloaded_and_removed(office: Office, clock: Clock) -> None:
    await office.take(LOTS)
    asked = await ask(office)
    assert (asked["status"], asked["progress"], asked["url"]) == ("running", 0, None)
    refused(await office.api.get(f"/exports/{asked['id']}/file"), 409, "invalid_transition")
    clock.advance(seconds=5)
    await office.carry()
    export = fine(await office.api.get(f"/exports/{asked['id']}"))
    assert (export["status"], export["progress"], export["at"]) == ("done", 100, clock.text())
    assert export["url"] == f"http://stampbook/v1/exports/{export['id']}/file"
    assert export["expires_at"] == clock.text(days=7)
    assert [each.stat().st_mode & 0o777 for each in office.folder.glob("*")] == [0o600]
    answer = await office.api.get(f"/exports/{export['id']}/file")
    assert answer.headers["content-type"].startswith("text/csv")
    assert f"lots-{export['id']}.csv" in answer.headers["content-disposition"]
    assert len(answer.content) == export["bytes"]
    assert [line.split(",")[0] for line in answer.text.splitlines()] == ["external_id", "1", "2"]
    assert await events(office.api, "export.finished") == [export]
    assert await audited(office.api, str(export["id"])) == ["export.downloaded", "export.created"]
    again = await office.take(answer.text)
    assert (again["created"], again["refused"]) == (2, 0), "the ids are those of another source"
    assert [each["id"] for each in fine(await office.api.get("/exports"))["data"]] == [export["id"]]
    clock.now += KEPT_US
    refused(await office.api.get(f"/exports/{export['id']}/file"), 410, "file_removed")
    await office.carry()
    assert office.files() == []
    assert fine(await office.api.get(f"/exports/{export['id']}"))["url"] is None


async def test_each_kind_in_each_format(office: Office, clock: Clock) -> None:
    await office.take(LOTS)
    asked = [await ask(office, kind, format=form) for kind in Exported for form in ("csv", "jsonl")]
    await office.carry()
    for each in asked:
        answer = await office.api.get(f"/exports/{each['id']}/file")
        assert answer.status_code == 200, (each, answer.text)
        assert answer.text or each["format"] == "jsonl"
        assert answer.text.startswith("{") == bool(answer.text and each["format"] == "jsonl")
    bounds = {"from": clock.text(days=-2), "to": clock.text(days=-1)}
    none = await ask(office, "transactions", **bounds)
    await office.carry()
    assert len((await office.api.get(f"/exports/{none['id']}/file")).text.splitlines()) == 1


async def test_what_cannot_be_exported(
    office: Office, stranger: Api, key_with: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = office.api.post
    body = {"kind": "lots", "program_id": office.program}
    for name, value in (
        ("kind", "things"), ("format", "xml"), ("from", "yesterday"), ("surprise", 1),
    ):  # fmt: skip
        refused(await post("/exports", {**body, name: value}), 422, "invalid_request", f"/{name}")
    backwards = {**body, "from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    refused(await post("/exports", backwards), 422, "invalid_request", "/to")
    refused(await post("/exports", {**body, "program_id": "prg_99"}), 404, "not_found")
    refused(await stranger.post("/exports", body), 404, "not_found")
    assert (await post("/exports", {"kind": "lots"})).json()["program_id"] == office.program
    other = await office.api.program()
    refused(await post("/exports", {"kind": "lots"}), 422, "invalid_request", "program_id")
    number = int(other["id"].partition("_")[2], 16)
    bound = await key_with("admin", program=number)  # type: ignore[operator]
    own = (await bound.post("/exports", {"kind": "lots"})).json()
    assert own["program_id"] == other["id"]
    assert [each["id"] for each in fine(await bound.get("/exports"))["data"]] == [own["id"]]
    await office.carry()
    (first,) = fine(await office.api.get("/exports", program_id=office.program))["data"]
    for outsider in (bound, stranger):
        refused(await outsider.get(f"/exports/{first['id']}"), 404, "not_found")
        refused(await outsider.get(f"/exports/{first['id']}/file"), 404, "not_found")
    reader = await key_with("read", "ledger:write")  # type: ignore[operator]
    refused(await reader.get(f"/exports/{first['id']}/file"), 403, "forbidden")
    before = office.files()
    once = await post("/exports", body, key="k")
    again = await post("/exports", body, key="k")
    assert again.json()["id"] == once.json()["id"]
    tried = await post("/exports", body, params={"dry_run": "true"})
    assert tried.status_code == 202
    assert len(office.files()) == len(before) + 1
    monkeypatch.setattr("stampbook.files.keeping.disk_usage", lambda path: Usage(0))
    refused(await post("/exports", body), 503, "storage_full")


async def test_files_that_are_on_another_server(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing fails for them: they are said not to be here, and all goes on once they are."""
    elsewhere = office.folder.with_name("elsewhere")
    tried = await office.take(LOTS, dry_run="true")
    halted, export = await office.send(LOTS), await ask(office)
    fine(await office.api.post(f"/imports/{halted['id']}/stop"))
    await office.carry()
    waiting = await office.send(LOTS)
    office.folder.rename(elsewhere)
    for path in (f"/imports/{tried['id']}/start", f"/imports/{halted['id']}/resume"):
        refused(await office.api.post(path), 409, "file_elsewhere")
    refused(await office.api.get(f"/exports/{export['id']}/file"), 409, "file_elsewhere")
    for _ in range(2):
        await office.carry()
    states = [(await office.read(each["id"]))["status"] for each in (halted, waiting)]
    assert states == ["stopped", "running"]
    missed = [each for each in caplog.messages if "must share files_folder" in each]
    assert len(missed) == 1, "once for each file, however often it is looked for"
    elsewhere.rename(office.folder)
    assert (await office.api.post(f"/imports/{halted['id']}/resume")).status_code == 202
    await office.carry()
    for each in (halted, waiting):
        assert (await office.read(each["id"]))["status"] == "done"
    assert (await office.api.get(f"/exports/{export['id']}/file")).status_code == 200


async def test_erasing_a_person_takes_files_away(office: Office, clock: Clock) -> None:
    tried = await office.take(LOTS, dry_run="true")
    waiting = await office.send(LOTS)
    fine(await office.api.post(f"/imports/{waiting['id']}/stop"))
    await office.take(LOTS)
    done, running = await ask(office), None
    await office.carry()
    running = await ask(office, "members")
    assert len(office.files()) == 4
    members = fine(await office.api.get(f"/programs/{office.program}/members"))["data"]
    body = {"reason": "asked for", "forfeit": True}
    fine(await office.api.post(f"/members/{members[0]['id']}/erase", body))
    refused(await office.api.get(f"/exports/{done['id']}/file"), 410, "file_removed")
    refused(await office.api.post(f"/imports/{tried['id']}/start"), 410, "file_removed")
    refused(await office.api.post(f"/imports/{waiting['id']}/resume"), 410, "file_removed")
    await office.carry()
    assert office.files() == []
    assert fine(await office.api.get(f"/exports/{running['id']}"))["status"] == "failed"
