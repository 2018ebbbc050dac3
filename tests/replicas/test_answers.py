"""What a replica answers is what the primary answered as of the instant that the answer names."""

from __future__ import annotations

import asyncio
import re
import tempfile

import httpx
import pytest

from stampbook.dialects.native.files.telling import words_of
from stampbook.dialects.native.routes import OPERATIONS
from stampbook.edge.operations import Aged, Operation
from stampbook.files.keeping import folder_of
from stampbook.programs import users
from stampbook.settings import Settings
from stampbook.worker.carrying import Carrier
from tests.http import examples
from tests.http.native.asking import fine, made, refused
from tests.http.native.play import LOGIN, PLAY
from tests.replicas.conftest import Pair

pytestmark = pytest.mark.postgres

ALLOWED = {"Stampbook-Max-Staleness": "3600"}

NEVER = {
    "download_export",
    "export_member",
    "get_api_key",
    "get_approval",
    "get_delivery",
    "get_export",
    "get_import",
    "get_limits",
    "get_session",
    "get_user",
    "get_webhook",
    "list_api_keys",
    "list_approvals",
    "list_codes",
    "list_deliveries",
    "list_deliveries_of_events",
    "list_event_types",
    "list_events",
    "list_exports",
    "list_imports",
    "list_refused_rows",
    "list_sessions",
    "list_users",
    "list_webhooks",
}
"""Reads that others decide by, whose caller must not be outdated, or that follow what goes on."""


def test_what_may_be_old() -> None:
    """No write, and of the reads all but those that are listed."""
    reads = [each for each in OPERATIONS if each.method == "GET"]
    assert {each.name for each in reads if each.aged is Aged.NEVER} == NEVER
    assert all(each.aged is Aged.NEVER for each in OPERATIONS if each not in reads)
    heavy = {each.name for each in OPERATIONS if each.aged is Aged.USUALLY}
    assert heavy == {
        *(each.name for each in reads if "/reports/" in each.path),
        *("get_statement", "get_program_figures", "get_currency_figures"),
    }


class Twice(httpx.AsyncBaseTransport):
    """Asks every read that may be old of the replica, too, and compares the answers."""

    def __init__(self, pair: Pair, inner: httpx.AsyncBaseTransport) -> None:
        self._pair = pair
        self._inner = inner
        self.asked: dict[str, httpx.Request] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        answer = await self._inner.handle_async_request(request)
        operation = served(request)
        if operation is not None:
            await answer.aread()
            await self._pair.level()
            other = await self._inner.handle_async_request(allowing(request))
            await other.aread()
            assert other.content == answer.content, operation.name
            assert other.status_code == answer.status_code
            assert other.headers["stampbook-read-from"] == "replica", operation.name
            assert other.headers["stampbook-as-of"] == self._pair.api.clock.text()
            assert other.headers["age"] == "0"
            self.asked[operation.name] = request
        return answer


def served(request: httpx.Request) -> Operation | None:
    """The operation of a read that may be old."""
    for each in OPERATIONS:
        pattern = re.sub(r"{\w+}", "[^/]+", each.path)
        if each.method == request.method and re.fullmatch(pattern, request.url.path):
            return each if each.aged else None
    return None


def allowing(request: httpx.Request, **more: str) -> httpx.Request:
    headers = {**request.headers, **ALLOWED, **more}
    return httpx.Request(request.method, request.url, headers=headers)


async def test_every_read_has_the_primary_s_answer(pair: Pair) -> None:
    """All operations are played. Afterwards the replica stands still: what it answers is what the
    primary answered when it had as much, however much was written since."""
    context, clock = pair.context, pair.api.clock
    async with context.store.transaction() as writing:
        await users.create(writing, tenant=1, login=LOGIN, password_hash="none", now=clock())
    with tempfile.TemporaryDirectory() as folder:
        context.settings = Settings(files_folder=folder)
        twice = Twice(pair, pair.api.client._transport)
        carrier = Carrier(context.ledger, folder_of(context.settings), words_of(context.settings))

        async def carry(step: examples.Step) -> None:
            if step.operation not in ("stop_import", "resume_import"):
                await carrier.work()
                await carrier.idle()

        headers = {"Authorization": f"Bearer {pair.api.secret}"}
        async with httpx.AsyncClient(transport=twice, base_url="http://stampbook") as client:
            await examples.played(
                client, OPERATIONS, PLAY, headers, lambda *_: clock.advance(seconds=60), carry
            )
        assert twice.asked.keys() == {each.name for each in OPERATIONS if each.aged}
        await still(pair, list(twice.asked.values()))


async def still(pair: Pair, asked: list[httpx.Request]) -> None:
    ask, clock = pair.api.client.send, pair.api.clock
    before = [await ask(plain(each)) for each in asked]
    await pair.level()
    then = clock.text()
    await pair.standby.pause()
    try:
        clock.advance(seconds=90)
        member = await pair.api.member("prg_1", name="Berta")
        card = {"member_id": member["id"], "currency_id": "cur_1"}
        account = made(await pair.api.post("/accounts", card))["id"]
        await pair.api.accrue(account, "1.00", reason="later")
        fine(await pair.api.patch("/programs/prg_1", {"name": "Tea club"}))
        await pair.replicas.look()
        for request, earlier in zip(asked, before, strict=True):
            answer = await ask(allowing(request))
            if earlier.is_success:
                assert answer.content == earlier.content, request.url
                told = answer.headers
                assert (told["stampbook-as-of"], told["age"]) == (then, "90"), request.url
                assert told["stampbook-read-from"] == "replica"
    finally:
        await pair.standby.resume()


def plain(request: httpx.Request) -> httpx.Request:
    return httpx.Request(request.method, request.url, headers=request.headers)


async def test_a_read_is_as_old_as_its_caller_allows(pair: Pair) -> None:
    """Without a word of the caller, it has what was written before."""
    api, clock = pair.api, pair.api.clock
    account = await api.account()
    await api.accrue(account, "10.00")
    await pair.level()
    await pair.standby.pause()
    try:
        await api.accrue(account, "5.00")
        for age_s, bound, found in (
            (0, None, "15.00"),
            (0, "0", "15.00"),
            (0, "1", "10.00"),
            (10, "10", "10.00"),
            (10, "9", "15.00"),
            (10, None, "15.00"),
        ):
            clock.now = clock.now - clock.now % 60_000_000 + age_s * 1_000_000
            await pair.replicas.mark()
            allowed = {} if bound is None else {"Stampbook-Max-Staleness": bound}
            answer = await api.ask("GET", f"/accounts/{account}/balance", headers=allowed)
            assert fine(answer)["active"] == found, (age_s, bound)
            source = {"15.00": "primary", "10.00": "replica"}[found]
            assert answer.headers.get("stampbook-read-from") == (bound and source)
            age = answer.headers.get("age")
            assert age == (bound and {"primary": "0", "replica": str(age_s)}[source])
    finally:
        await pair.standby.resume()


async def test_what_is_due_is_settled_before_a_report(pair: Pair) -> None:
    """By no worker: a replica does not show points that have expired by its instant."""
    api, clock = pair.api, pair.api.clock
    account = await api.account()
    await api.accrue(account, "10.00", expires_at=clock.text(days=1))
    clock.advance(days=2)
    await pair.level()
    path = "/programs/prg_1/reports/liability"
    answer = await api.ask("GET", path, headers=ALLOWED)
    assert fine(answer)["outstanding"] == "0.00"
    assert answer.headers["stampbook-read-from"] == "replica"
    assert fine(await api.get(path)) == answer.json()


async def test_a_refusal_comes_from_the_primary(pair: Pair) -> None:
    """Who asks for what was just made is not told that it does not exist."""
    api = pair.api
    await pair.level()
    await pair.standby.pause()
    try:
        account = await api.account()
        answer = await api.ask("GET", f"/accounts/{account}/balance", headers=ALLOWED)
        assert fine(answer)["active"] == "0.00"
        assert answer.headers["stampbook-read-from"] == "primary"
    finally:
        await pair.standby.resume()


async def test_reads_at_once_have_snapshots_of_their_own(pair: Pair) -> None:
    """More of them than the replica has connections: they wait a moment, or the primary answers."""
    api = pair.api
    account = await api.account()
    await api.accrue(account, "10.00")
    await pair.level()
    paths = [f"/accounts/{account}/statement", "/programs/prg_1/reports/liability"] * 6
    answers = await asyncio.gather(*(api.ask("GET", each, headers=ALLOWED) for each in paths))
    assert {fine(each).get("closing", "10.00") for each in answers} == {"10.00"}
    assert "replica" in {each.headers["stampbook-read-from"] for each in answers}


async def test_what_the_header_may_say(pair: Pair) -> None:
    account = await pair.api.account()
    for value in ("", "-1", "1.5", "5s", "3601", "99999999"):
        headers = {"Stampbook-Max-Staleness": value}
        answer = await pair.api.ask("GET", f"/accounts/{account}/balance", headers=headers)
        refused(answer, 422, "invalid_request")
    answer = await pair.api.ask("GET", "/event_types", headers=ALLOWED)
    assert fine(answer)
    assert "stampbook-as-of" not in answer.headers
