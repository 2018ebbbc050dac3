"""Files that are sent: each row once, however the work on them is interrupted."""

from __future__ import annotations

import csv

import pytest

from stampbook.dialects.native.files.telling import words_of
from stampbook.files.importing import running
from stampbook.files.importing.sent import KEPT_US
from stampbook.files.keeping import folder_of
from stampbook.ledger.engine import Ledger
from stampbook.settings import Settings
from stampbook.watching.counting import MEMORY
from stampbook.watching.metrics import IMPORT_ROWS
from stampbook.worker.carrying import Carrier
from tests.http.native.asking import Api, Clock, fine, refused
from tests.http.native.files.conftest import Office

LOTS = (
    "lot_id,external_id,currency,amount,expires_at\n"
    "L1,1,points,100.00,never\n"
    "L2,2,points,20.50,2099-01-31\n"
    "L3,2,points,\"2,50\",\n"
)  # fmt: skip

REPORT = {
    "id", "kind", "status", "dry_run", "rows", "bytes", "position", "created", "unchanged",
    "refused", "totals", "errors", "resumed", "started_at", "finished_at",
}  # fmt: skip


async def events(api: Api, name: str) -> list[dict[str, object]]:
    listed = fine(await api.get("/events", types=name))["data"]
    return [each["data"][name.partition(".")[0]] for each in listed]


async def audited(api: Api, entity: str) -> list[str]:
    return [each["action"] for each in fine(await api.get("/audit", entity=entity))["data"]]


def counted() -> list[int]:
    """Rows that the metrics have seen: imported, and refused."""
    return [MEMORY.slab[IMPORT_ROWS.at[outcome,]] for outcome in ("done", "refused")]


async def test_a_file_becomes_points_and_is_removed(office: Office) -> None:
    before = counted()
    sent = await office.send(LOTS)
    assert sent["status"] == "running"
    assert sent.keys() >= REPORT
    assert [each.stat().st_mode & 0o777 for each in office.folder.glob("*")] == [0o600]
    assert office.folder.stat().st_mode & 0o777 == 0o700
    await office.carry()
    run = await office.read(sent["id"])
    figures = {name: run[name] for name in ("status", "rows", "created", "refused", "totals")}
    assert figures == {
        "status": "done", "rows": 3, "created": 2, "refused": 1, "totals": {"points": "120.50"},
    }  # fmt: skip
    assert run["position"] == run["bytes"] == len(LOTS)
    (error,) = run["errors"]
    assert (error["line"], error["column"], error["code"]) == (4, "amount", "decimal_comma")
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [2, 1]
    assert office.files() == []
    listed = await office.api.get(f"/imports/{run['id']}/refused")
    assert listed.headers["content-type"].startswith("text/csv")
    assert list(csv.reader(listed.text.splitlines())) == [
        ["line", "column", "code", "message", *LOTS.splitlines()[0].split(",")],
        ["4", "amount", "decimal_comma", error["message"], "L3", "2", "points", "2,50", ""],
    ]
    assert await events(office.api, "import.finished") == [run]
    assert await audited(office.api, run["id"]) == ["import.finished", "import.started"]
    again = await office.take(LOTS)
    assert (again["created"], again["unchanged"], again["refused"]) == (0, 2, 1)
    (entry, first) = fine(await office.api.get("/imports"))["data"]
    assert (entry["id"], first["id"]) == (again["id"], run["id"])
    assert "errors" not in entry
    paged = fine(await office.api.get("/imports", limit=1))
    assert paged["next_cursor"] == again["id"]
    assert fine(await office.api.get("/imports", cursor=again["id"]))["data"] == [first]


async def test_a_dry_run_writes_nothing_and_can_be_started(office: Office, clock: Clock) -> None:
    tried = await office.take(LOTS, dry_run="true")
    assert (tried["status"], tried["dry_run"], tried["created"]) == ("done", True, 2)
    assert fine(await office.api.get(f"/programs/{office.program}/members"))["data"] == []
    assert tried["file_expires_at"] == clock.text(days=7)
    assert office.files()
    begun = await office.api.post(f"/imports/{tried['id']}/start")
    assert begun.status_code == 202, begun.text
    await office.carry()
    run = await office.read(begun.json()["id"])
    assert (run["status"], run["dry_run"], run["created"]) == ("done", False, 2)
    assert office.files() == []
    refused(await office.api.post(f"/imports/{tried['id']}/start"), 410, "file_removed")
    refused(await office.api.post(f"/imports/{run['id']}/start"), 409, "invalid_transition")
    refused(await office.api.post(f"/imports/{run['id']}/stop"), 409, "invalid_transition")
    refused(await office.api.post(f"/imports/{run['id']}/resume"), 409, "invalid_transition")
    kept = await office.take(LOTS, dry_run="true")
    clock.now += KEPT_US
    await office.carry()
    assert office.files() == []
    assert (await office.read(kept["id"]))["file_expires_at"] is None


async def test_strict_writes_all_or_nothing(office: Office) -> None:
    failed = await office.take(LOTS, strict="true")
    assert (failed["status"], failed["refused"]) == ("failed", 1)
    assert (failed["rows"], failed["created"], failed["totals"]) == (3, 0, {})
    assert fine(await office.api.get(f"/programs/{office.program}/members"))["data"] == []
    whole = await office.take(LOTS, strict="true", decimal="point", ignore="expires_at")
    assert whole["status"] == "failed"
    fine_rows = LOTS.replace('"2,50"', "2.50")
    assert (await office.take(fine_rows, strict="true"))["created"] == 3
    assert office.files() == []


async def test_what_cannot_be_read_says_so(office: Office) -> None:
    unusable = await office.take("lot_id,amount\nL1,1\n")
    assert (unusable["status"], unusable["rows"]) == ("failed", 0)
    (error,) = unusable["errors"]
    assert (error["line"], error["code"]) == (1, "missing_column")
    listed = await office.api.get(f"/imports/{unusable['id']}/refused")
    assert listed.text.splitlines()[0] == "line,column,code,message,row"
    assert await events(office.api, "import.finished") == [unusable]
    ask = office.api.ask
    for name, value in (
        ("kind", "things"), ("format", "xml"), ("delimiter", "."), ("decimal", "dot"),
        ("grouping", "x"), ("encoding", "utf-16"), ("date_format", "%d"), ("source", "a:b"),
        ("strict", "yes"), ("program_id", "cur_1"), ("dry_run", "1"), ("column", "x"),
    ):  # fmt: skip
        said = {"kind": "lots", "program_id": office.program, name: value}
        refused(
            await ask("POST", "/imports", params=said, content="x"), 422, "invalid_request", name
        )
    said = {"kind": "lots", "program_id": office.program}
    refused(await ask("POST", "/imports", params=said, content=""), 422, "invalid_request")
    other = {**said, "program_id": "prg_99"}
    refused(await ask("POST", "/imports", params=other, content="x"), 404, "not_found")
    assert office.files() == []


async def test_an_import_that_was_stopped_is_resumed(
    office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "UNIT", 2)
    rows = [f"M{number},{number},points,1.00,\n" for number in range(40)]
    run = await office.send(LOTS + "".join(rows))
    await office.carrier.work()
    while (await office.read(run["id"]))["rows"] == 0:
        pass
    stopped = fine(await office.api.post(f"/imports/{run['id']}/stop"))
    assert stopped["status"] == fine(await office.api.post(f"/imports/{run['id']}/stop"))["status"]
    await office.carry()
    halted = await office.read(run["id"])
    assert 0 < halted["rows"] < 43, "change the size of units if the import is too fast"
    assert halted["file_expires_at"] == clock.text(days=7)
    resumed = await office.api.post(f"/imports/{run['id']}/resume")
    assert (resumed.status_code, resumed.json()["status"]) == (202, "running")
    await office.carry()
    whole = await office.read(run["id"])
    assert (whole["rows"], whole["created"], whole["totals"]) == (43, 42, {"points": "160.50"})
    assert whole["resumed"] == 1
    assert await audited(office.api, run["id"]) == [
        "import.finished", "import.started", "import.stopped", "import.started",
    ]  # fmt: skip
    late = await office.send(LOTS)
    fine(await office.api.post(f"/imports/{late['id']}/stop"))
    clock.now += KEPT_US
    refused(await office.api.post(f"/imports/{late['id']}/resume"), 410, "file_removed")


async def test_a_form_has_fields_before_its_file(office: Office) -> None:
    fields = {"kind": "lots", "program_id": office.program, "dry_run": "true"}

    async def post(data: dict[str, str], file: str = "file") -> int:
        files = {file: ("../../evil.csv", LOTS.encode(), "text/csv")}
        answer = await office.api.ask("POST", "/imports", data=data, files=files)
        return answer.status_code

    assert await post(fields) == 202
    await office.carry()
    (run,) = fine(await office.api.get("/imports"))["data"]
    assert (run["dry_run"], run["created"], run["bytes"]) == (True, 2, len(LOTS))
    assert await post({**fields, "surprise": "x"}) == 422
    answer = await office.api.ask(
        "POST",
        "/imports",
        content=b"--b\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    refused(answer, 422, "invalid_request")
    late = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nx\r\n'
        b'--b\r\nContent-Disposition: form-data; name="dry_run"\r\n\r\ntrue\r\n--b--\r\n'
    )
    answer = await office.api.ask(
        "POST",
        "/imports",
        params={"kind": "lots", "program_id": office.program},
        content=late,
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    refused(answer, 422, "invalid_request")
    assert len(office.files()) == 1


async def test_a_retry_is_answered_as_the_first_request(office: Office) -> None:
    said = {"kind": "lots", "program_id": office.program}

    async def send(content: str, **more: str) -> tuple[int, str | None, str]:
        answer = await office.api.ask(
            "POST", "/imports", params={**said, **more}, content=content, key="k"
        )
        body = answer.json()
        return (
            answer.status_code,
            answer.headers.get("idempotency-replayed"),
            body.get("id", body.get("code")),
        )

    first = await send(LOTS)
    assert first[:2] == (202, None)
    assert await send(LOTS) == (202, "true", first[2])
    assert len(office.files()) == 1
    assert await send(LOTS + "x") == (422, None, "idempotency_key_reused")
    assert await send(LOTS, dry_run="true") == (422, None, "idempotency_key_reused")
    assert len(office.files()) == 1


async def test_only_managers_and_whole_keys_of_the_program_see_files(
    office: Office, key_with: object, stranger: Api
) -> None:
    run = await office.take(LOTS)
    other = await office.api.program()
    number = int(other["id"].partition("_")[2], 16)
    reader = await key_with("read", "ledger:write")  # type: ignore[operator]
    bound = await key_with("admin", program=number)  # type: ignore[operator]
    refused(await reader.get("/imports"), 403, "forbidden")
    for outsider in (bound, stranger):
        assert fine(await outsider.get("/imports"))["data"] == []
        for path in ("", "/refused"):
            refused(await outsider.get(f"/imports/{run['id']}{path}"), 404, "not_found")
        for path in ("stop", "resume", "start"):
            refused(await outsider.post(f"/imports/{run['id']}/{path}"), 404, "not_found")
        said = {"kind": "lots", "program_id": office.program}
        answer = await outsider.ask("POST", "/imports", params=said, content=LOTS)
        refused(answer, 404, "not_found")
    sent = await bound.ask("POST", "/imports", params={"kind": "lots"}, content=LOTS)
    assert sent.json()["program_id"] == other["id"]


async def test_two_carriers_do_nothing_twice(
    office: Office, ledger: Ledger, settings: Settings
) -> None:
    other = Carrier(ledger, folder_of(settings), words_of(settings))
    run = await office.send(LOTS)
    await office.carrier.work()
    await other.work()
    await other.idle()
    await office.carry()
    assert (await office.read(run["id"]))["created"] == 2
    assert await events(office.api, "import.finished") == [await office.read(run["id"])]


async def test_a_full_disk_takes_no_file(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"kind": "lots", "program_id": office.program}
    monkeypatch.setattr("stampbook.files.keeping.disk_usage", lambda path: Usage(0))
    answer = await office.api.ask("POST", "/imports", params=said, content=LOTS)
    refused(answer, 503, "storage_full")
    assert answer.headers["retry-after"]
    assert office.files() == []


class Usage:
    """What a disk says of itself."""

    def __init__(self, free: int) -> None:
        self.free = free
