"""Log lines: their formats, what is logged of a request, and what is never in a line."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from stampbook.edge.access import Access, shown
from stampbook.edge.answers import Answer
from stampbook.edge.context import Context
from stampbook.edge.requests import Request
from stampbook.ledger.origin import Origin, begin
from stampbook.settings import Settings
from stampbook.watching.asking import AT_HAND
from stampbook.watching.logs import Json, Text, masked
from stampbook.watching.metrics import slots_of
from stampbook.watching.noticing import Noticed
from tests.http.in_process import InProcess, application
from tests.http.town import ADMIN, Town

FIELDS = {
    "ts",
    "level",
    "logger",
    "msg",
    "request_id",
    "method",
    "path",
    "route",
    "dialect",
    "status",
    "code",
    "duration_ms",
    "bytes_in",
    "bytes_out",
    "api_key_id",
    "user_id",
    "address",
    "replayed",
    "error",
}
"""The fields of a line, as the contract has them; slow statements and repeated faults have more."""


class Lines(logging.Handler):
    """The lines as they would be on standard error."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(formatter)
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(self.format(record))

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.written]


@pytest.fixture(params=[Json])
def lines(request: pytest.FixtureRequest) -> Iterator[Lines]:
    """What is logged, in JSON."""
    handler = Lines(request.param())
    root = logging.getLogger()
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)


def client_of(context: Context, **settings: Any) -> httpx.AsyncClient:
    context.settings = Settings(**settings)
    return httpx.AsyncClient(
        transport=InProcess(application(context)),
        base_url="http://town.test",
        headers={"Authorization": f"Bearer {ADMIN}"},
    )


def accesses(lines: Lines) -> list[dict[str, Any]]:
    return [line for line in lines.objects if line["logger"] == "stampbook.access"]


# -- requests ----------------------------------------------------------------------------------


async def test_a_request_has_a_line_with_all_that_applies(town: Town, lines: Lines) -> None:
    async with client_of(town.contexts[0], access_log="all") as client:
        headers = {"X-Request-Id": "till-7", "Idempotency-Key": "once"}
        for _ in range(2):
            body = {"name": "Bakery"}
            await client.post("/v1/programs?dry_run=false", json=body, headers=headers)
        await client.get("/v1/accounts/acc_fff")
    made, again, missing = accesses(lines)
    assert {*made, *again, *missing} <= FIELDS
    assert made.pop("duration_ms") >= 0
    assert made.pop("bytes_out") > 50
    at = made.pop("ts")
    assert at.endswith("Z")
    assert len(at) == len("2026-11-28T10:00:00.000Z")
    assert made == {
        "level": "info",
        "logger": "stampbook.access",
        "msg": "POST /v1/programs 201",
        "request_id": "till-7",
        "method": "POST",
        "path": "/v1/programs",
        "route": "/v1/programs",
        "dialect": "native",
        "status": 201,
        "bytes_in": len(json.dumps(body, separators=(",", ":"))),
        "api_key_id": again["api_key_id"],
        "address": "127.0.0.1",
    }
    assert re.fullmatch(r"key_[0-9a-f]+", again["api_key_id"])
    assert again["replayed"] is True
    assert (missing["status"], missing["code"]) == (404, "not_found")
    assert missing["path"] == "/v1/accounts/acc_fff"
    assert missing["request_id"].startswith("req_")


async def test_refusals_have_the_code_of_their_api(town: Town, lines: Lines) -> None:
    async with client_of(town.contexts[0], access_log="all") as client:
        await client.get("/v1/customers/c", headers={"X-App-Id": "a", "X-App-Token": ADMIN})
        await client.get("/api/v1/locations", headers={"Authorization": "Bearer no, User no"})
        await client.post("/api/v1.1/loyalty/list_members", json={"token": ADMIN})
        await client.get("/v1/accounts/1", headers={"Authorization": "no"})
    codes = [(line["dialect"], line.get("code")) for line in accesses(lines)]
    assert codes[0] == ("voucherify", "not_found")
    assert codes[3] == ("native", "unauthenticated")
    assert all(code for _, code in codes[:1])


@pytest.mark.parametrize(("mode", "logged"), [("off", []), ("errors", [500]), ("all", [200, 500])])
async def test_which_requests_are_logged(
    town: Town, lines: Lines, mode: str, logged: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with client_of(town.contexts[0], access_log=mode) as client:
        await client.get("/v1/programs")
        monkeypatch.setattr(town.contexts[0].callers, "admit", None)
        await client.get("/v1/programs")
    assert [line["status"] for line in accesses(lines)] == logged
    if logged:
        assert accesses(lines)[-1]["level"] == "warning"


@pytest.mark.parametrize(
    ("mode", "slow_ms", "took_ms", "logged"),
    [
        ("errors", 1_000, 1_001, ["warning"]),
        ("errors", 1_000, 999, []),
        ("errors", 0, 60_000, []),
        ("off", 1_000, 60_000, []),
        ("all", 1_000, 1_001, ["warning"]),
        ("all", 0, 1_001, ["info"]),
    ],
)
def test_slow_requests_are_logged(
    lines: Lines, mode: str, slow_ms: int, took_ms: int, logged: list[str]
) -> None:
    access = Access({"v1"}, mode, slow_ms)
    request = Request("GET", b"/v1", b"", {})
    slots = slots_of("native", "/v1")
    access.note(slots, request, Origin("native"), Answer(200, b""), took_ms * 1_000_000)
    assert [line["level"] for line in accesses(lines)] == logged


async def test_a_bug_is_logged_with_its_traceback_and_no_value(
    town: Town, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "no place for 'Anna', key (email)=(anna@example.com)"

    def broken(*_: object) -> None:
        raise ValueError(said)

    monkeypatch.setattr(town.contexts[0].callers, "admit", broken)
    async with client_of(town.contexts[0]) as client:
        answer = await client.get("/v1/programs", headers={"X-Request-Id": "seen"})
    assert answer.status_code == 500
    (line,) = [line for line in lines.objects if line["level"] == "error"]
    assert line["request_id"] == "seen"
    assert "in broken" in line["error"]
    assert "ValueError: no place for" in line["error"]
    assert "anna" not in line["error"].lower()
    assert "\n" not in "".join(lines.written)


# -- what is never in a line --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        (b"/v1/accounts/acc_1f/transactions", "/v1/accounts/acc_1f/transactions"),
        (b"/api/v1/records/12/345", "/api/v1/records/12/345"),
        (b"/v1/customers/anna@example.com", "/v1/customers/*"),
        (b"/v1/customers/79991234567", "/v1/customers/*"),
        (b"/v1/customers/%61nna", "/v1/customers/*"),
        (b"/v1/codes/GIFT-7731", "/v1/codes/*"),
        (b"/wp-admin/x.php", "/*/*"),
        (b"/", "/"),
        (b"", ""),
    ],
)
def test_a_path_has_words_and_ids_only(path: bytes, logged: str) -> None:
    words = {"v1", "accounts", "transactions", "api", "records", "customers", "codes"}
    assert shown(path, words) == logged


@pytest.mark.parametrize(
    "secret",
    [
        "anna@example.com",
        "+7 999 123-45-67",
        "79991234567",
        "sbk_4Jx0x0vQ-1",
        "sbc_4Jx0x0vQ-1",
        "Bearer abcdef",
        "password=geheim",
        "postgresql://anna:geheim@db.example/points",
    ],
)
def test_what_looks_personal_is_masked(secret: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "of %s there", (secret,), None)
    for formatter in (Json(), Text()):
        line = formatter.format(record)
        assert secret not in line
        assert "geheim" not in line
        assert "there" in line


def test_what_is_ours_is_not_masked() -> None:
    for text in (
        "account 1073741 cannot be settled",
        "process 2 (pid 4194304) died of SIGKILL",
        "127.0.0.1: 37 MB are free",
        "2026-11-28",
        "/srv/points/.stampbook/stampbook.sqlite",
    ):
        assert masked(text) == text


# -- formats ------------------------------------------------------------------------------------


def test_a_line_within_a_request_names_it() -> None:
    handler = Lines(Json())
    token = begin(Origin("altcraft", "req_1"))
    try:
        handler.handle(logging.LogRecord("x", logging.WARNING, "", 0, "odd", None, None))
    finally:
        AT_HAND.reset(token)
    (line,) = handler.objects
    assert (line["request_id"], line["dialect"], line["level"]) == ("req_1", "altcraft", "warning")


def test_repeated_faults_are_one_line_a_second_with_their_number() -> None:
    now_s = 0.0
    log = logging.Logger("faults")
    as_json, as_text = Lines(Json()), Lines(Text())
    log.addHandler(as_json)
    log.addHandler(as_text)
    noticed = Noticed(log, now_s=lambda: now_s)
    for _ in range(5):
        noticed.say("away", "the database is away")
        noticed.say("full", "the disk is full")
    now_s = 1.0
    noticed.say("away", "the database is away")
    noticed.say("away", "the database is away")
    now_s = 2.5
    noticed.say("away", "the database is away")
    found = [(line["msg"], line.get("suppressed")) for line in as_json.objects]
    assert found == [
        ("the database is away", None),
        ("the disk is full", None),
        ("the database is away", 4),
        ("the database is away", 1),
    ]
    assert as_text.written[2].endswith("away (4 more of this kind since the last line)")


def test_causes_are_shown() -> None:
    try:
        try:
            raise KeyError("anna")
        except KeyError as error:
            raise RuntimeError("it broke") from error
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "bug", None, sys.exc_info())
    line = Text().format(record)
    assert line.index("KeyError: …") < line.index("RuntimeError: it broke")


@pytest.mark.parametrize(("mode", "logged"), [("off", []), ("errors", []), ("all", [503])])
def test_what_no_api_has_seen_has_a_line_among_all(
    lines: Lines, mode: str, logged: list[int]
) -> None:
    """The connection logs it in its own way: seldom."""
    access = Access({"v1"}, mode, 1_000)
    request = Request("GET", b"/v1", b"", {})
    access.refused(slots_of("native", "none"), request, Origin("native"), Answer(503, b""))
    assert [line["status"] for line in accesses(lines)] == logged


class Counting(frozenset[str]):
    """The words of routes, which are looked at for each line that is put into words."""

    looks = 0

    def __contains__(self, word: object) -> bool:
        self.looks += 1
        return super().__contains__(word)


@pytest.mark.parametrize(("status", "took_ns"), [(200, 2_000_000), (503, 0)])
def test_a_line_that_is_left_out_is_not_put_into_words(
    lines: Lines, status: int, took_ns: int
) -> None:
    """While a server is slow, or its database is away, every request has such a line."""
    words = Counting({"v1"})
    access, slots = Access(words, "errors", 1), slots_of("native", "none")
    request = Request("GET", b"/v1", b"", {})
    for _ in range(3):
        access.note(slots, request, Origin("native"), Answer(status, b""), took_ns)
    assert [line["status"] for line in accesses(lines)] == [status]
    assert words.looks == 1
