"""What every request has in common: credentials, scopes, keys, dry runs, actors, limits."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from stampbook.dialects.native.routes import OPERATIONS
from stampbook.edge.context import Context
from stampbook.storage.store import Store
from tests.http.native.asking import Api, Clock, fine, made, refused, without_request


async def test_every_endpoint_wants_a_key(client: httpx.AsyncClient) -> None:
    for endpoint in (each for each in OPERATIONS if not each.public):
        path = endpoint.path.replace("{id}", "acc_1")
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eA=="}):
            answer = await client.request(endpoint.method, path, headers=headers)
            refused(answer, 401, "unauthenticated")
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_scopes(api: Api, key_with: Any) -> None:
    account = await api.account()
    accrual = await api.accrue(account, "1")
    reader, writer, canceller = (
        await key_with("read"), await key_with("ledger:write"), await key_with("ledger:cancel"),
    )  # fmt: skip
    fine(await reader.get(f"/accounts/{account}"))
    for asking in (writer, canceller):
        refused(await asking.get(f"/accounts/{account}"), 403, "forbidden")
    made(await writer.move(account, "accrue", "1"))
    for asking in (reader, canceller):
        refused(await asking.move(account, "accrue", "1"), 403, "forbidden")
    for asking in (reader, writer):
        refused(await asking.cancel(accrual["id"]), 403, "forbidden")
    fine(await canceller.cancel(accrual["id"]))
    for asking in (reader, writer, canceller):
        refused(await asking.post("/programs", {"name": "x"}), 403, "forbidden")
        refused(await asking.get("/api_keys"), 403, "forbidden")


async def test_a_key_of_one_program_sees_no_other(api: Api, key_with: Any) -> None:
    account, foreign = await api.account(), await api.account()
    other = await api.accrue(foreign, "1", external_id="theirs")
    program = fine(await api.get(f"/accounts/{account}"))["program_id"]
    theirs = fine(await api.get(f"/accounts/{foreign}"))
    bound: Api = await key_with("admin", program=int(program.removeprefix("prg_"), 16))
    assert [each["id"] for each in fine(await bound.get("/programs"))["data"]] == [program]
    await bound.accrue(account, "1")
    for path in (
        f"/accounts/{foreign}", f"/accounts/{foreign}/balance", f"/accounts/{foreign}/lots",
        f"/accounts/{foreign}/transactions", f"/transactions/{other['id']}",
        f"/programs/{theirs['program_id']}", f"/programs/{theirs['program_id']}/members",
        f"/programs/{theirs['program_id']}/currencies", f"/members/{theirs['member_id']}",
        f"/members/{theirs['member_id']}/accounts", f"/currencies/{theirs['currency_id']}",
        "/transactions?external_id=theirs",
        f"/transactions?external_id=theirs&program_id={theirs['program_id']}",
    ):  # fmt: skip
        refused(await bound.get(path), 404, "not_found")
    refused(await bound.move(foreign, "accrue", "1"), 404, "not_found")
    refused(await bound.cancel(other["id"]), 404, "not_found")
    refused(await bound.post("/programs", {"name": "x"}), 403, "forbidden")
    wide = {"name": "x", "scopes": ["read"]}
    refused(await bound.post("/api_keys", wide), 403, "forbidden")
    refused(await bound.post("/api_keys", {**wide, "program_id": program}), 403, "forbidden")
    refused(await bound.get("/api_keys"), 403, "forbidden")
    refused(await bound.get("/api_keys/key_1"), 403, "forbidden")
    refused(await bound.post("/api_keys/key_1/rotate"), 403, "forbidden")
    refused(await bound.delete("/api_keys/key_1"), 403, "forbidden")


async def test_another_tenant_sees_nothing(api: Api, stranger: Api) -> None:
    account = await api.account()
    accrual = await api.accrue(account, "1", external_id="mine", key="k")
    own = fine(await api.get(f"/accounts/{account}"))
    key = made(await api.post("/api_keys", {"name": "x", "scopes": ["read"]}))["id"]
    for path in (
        f"/accounts/{account}", f"/accounts/{account}/balance", f"/accounts/{account}/lots",
        f"/accounts/{account}/transactions", f"/transactions/{accrual['id']}",
        f"/programs/{own['program_id']}", f"/programs/{own['program_id']}/members",
        f"/members/{own['member_id']}", f"/members/{own['member_id']}/accounts",
        f"/currencies/{own['currency_id']}", "/transactions?external_id=mine", f"/api_keys/{key}",
    ):  # fmt: skip
        refused(await stranger.get(path), 404, "not_found")
    refused(await stranger.move(account, "accrue", "1.0001"), 404, "not_found")
    for action in ("commit", "release", "cancel", "activate", "expire"):
        refused(await stranger.post(f"/transactions/{accrual['id']}/{action}"), 404, "not_found")
    refused(await stranger.delete(f"/members/{own['member_id']}"), 404, "not_found")
    refused(await stranger.delete(f"/api_keys/{key}"), 404, "not_found")
    refused(await stranger.patch(f"/programs/{own['program_id']}", {"name": "x"}), 404, "not_found")
    body = {"member_id": own["member_id"], "currency_id": own["currency_id"]}
    refused(await stranger.post("/accounts", body), 404, "not_found")
    assert fine(await stranger.get("/programs")) == {"data": [], "next_cursor": None}
    mine = await stranger.account()
    body = {"from_account_id": mine, "to_account_id": account, "amount": "1"}
    refused(await stranger.post("/transfers", body), 404, "not_found")
    bulk = {"operations": [{"op": "accrue", "account_id": account, "amount": "1"}]}
    result = fine(await stranger.post("/bulk", bulk))["results"][0]
    assert (result["status"], result["problem"]["code"]) == (404, "not_found")
    await stranger.accrue(mine, "1", key="k")
    assert await api.active(account) == "1.00"


NO_IDS = [
    "acc", "acc_", "acc_0", "acc_01", "acc_1A", "acc_-1", "acc_+1", "acc_1_0", "acc_ 1", "1",
    "prg_1", "ACC_1", "acc_1 ", "acc_fffffffffffffff", "acc_20000000000000", "acc_%00",
    "acc_\u0661",
    "%F0%28%8C%28", "acc_zz", "a" * 5_000,
]  # fmt: skip


async def test_an_id_has_one_spelling(api: Api) -> None:
    await api.account()
    body = {"type": "accrue", "amount": "1"}
    for name in NO_IDS:
        for path in (f"/accounts/{name}/balance", f"/accounts/{name}/lots"):
            refused(await api.get(path), 404, "not_found")
        refused(await api.post(f"/accounts/{name}/transactions", body), 404, "not_found")


async def test_the_same_key_gives_the_same_answer(api: Api, clock: Clock) -> None:
    account = await api.account()
    first = await api.move(account, "accrue", "5", key="a", actor="anna")
    await api.redeem(account, "2")
    clock.advance(days=1)
    again = await api.move(account, "accrue", "5", key="a", actor="anna")
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.content) == (201, first.content)
    assert await api.active(account) == "3.00"
    reused = await api.move(account, "accrue", "6", key="a", actor="anna")
    refused(reused, 422, "idempotency_key_reused")
    hold = await api.hold(account, "1", key="h")
    for action in ("commit", "cancel"):
        path = f"/transactions/{hold['id']}/{action}"
        first = await api.post(path, key=action)
        again = await api.post(path, key=action)
        assert (first.status_code, first.content) == (200, again.content)
        assert again.headers["idempotency-replayed"] == "true"
        refused(await api.post(path, {"amount": "1"}, key=action), 422, "idempotency_key_reused")
    assert await api.hold(account, "1", key="h") == hold


async def test_a_replay_is_told_by_the_journal_not_by_what_came_later(
    api: Api, clock: Clock
) -> None:
    account = await api.account(expiry={"type": "sliding", "period": {"value": 9, "unit": "day"}})
    bodies = {}
    for number, (type, amount) in enumerate([("accrue", "5"), ("redeem", "1"), ("hold", "1")]):
        bodies[number] = (await api.move(account, type, amount, key=f"k{number}")).content
        clock.advance(days=1)
    await api.accrue(account, "1")
    for number, (type, amount) in enumerate([("accrue", "5"), ("redeem", "1"), ("hold", "1")]):
        assert (await api.move(account, type, amount, key=f"k{number}")).content == bodies[number]


async def test_a_refusal_does_not_use_up_its_key(api: Api) -> None:
    account = await api.account()
    refused(await api.move(account, "redeem", "5", key="r"), 409, "insufficient_points")
    await api.accrue(account, "5")
    made(await api.move(account, "redeem", "5", key="r"))


async def test_other_writes_have_keys_too(api: Api, clock: Clock) -> None:
    body = {"name": "Bonus", "metadata": {"b": 1, "a": 2}}
    first = await api.post("/programs", body, key="p")
    clock.advance(days=1)
    again = await api.post("/programs", body, key="p")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(fine(await api.get("/programs"))["data"]) == 1
    refused(await api.post("/programs", {"name": "x"}, key="p"), 422, "idempotency_key_reused")
    program = made(first)["id"]
    refused(
        await api.post(f"/programs/{program}/members", body, key="p"), 422, "idempotency_key_reused"
    )
    refused(await api.post("/programs", {}, key="q"), 422, "invalid_request", "/name")
    made(await api.post("/programs", {"name": "now right"}, key="q"))
    member = await api.member(program)
    gone = await api.delete(f"/members/{member['id']}", key="d")
    assert (await api.delete(f"/members/{member['id']}", key="d")).content == gone.content


async def test_a_key_serves_one_request_be_it_the_ledgers_or_not(api: Api) -> None:
    account = await api.account()
    await api.accrue(account, "1", key="ledger")
    refused(await api.post("/programs", {"name": "x"}, key="ledger"), 422, "idempotency_key_reused")
    made(await api.post("/programs", {"name": "x"}, key="other"))
    refused(await api.move(account, "accrue", "1", key="other"), 422, "idempotency_key_reused")
    bulk = {"operations": [{"op": "accrue", "account_id": account, "amount": "1"}]}
    made(await api.post("/programs", {"name": "x"}, key="bulk#0"))
    result = fine(await api.post("/bulk", bulk, key="bulk"))["results"][0]
    assert result["problem"]["code"] == "idempotency_key_reused"
    assert await api.active(account) == "1.00"


async def test_twenty_retries_at_once_have_one_effect(api: Api) -> None:
    account = await api.account()
    moves = [api.move(account, "accrue", "1", key="k") for _ in range(20)]
    answers = await asyncio.gather(*moves)
    assert {each.content for each in answers} == {answers[0].content}
    programs = await asyncio.gather(
        *(api.post("/programs", {"name": "once"}, key="p") for _ in range(20))
    )
    assert {(each.status_code, each.content) for each in programs} == {(201, programs[0].content)}
    assert await api.active(account) == "1.00"


async def test_twenty_at_once_spend_what_is_there(api: Api) -> None:
    account = await api.account()
    await api.accrue(account, "7")
    answers = await asyncio.gather(*(api.move(account, "redeem", "1") for _ in range(20)))
    assert sorted(each.status_code for each in answers) == [201] * 7 + [409] * 13
    assert await api.active(account) == "0.00"


async def test_what_no_key_can_be(api: Api) -> None:
    for key in ("", "x" * 256, "a\tb"):
        answer = await api.post("/programs", {"name": "x"}, key=key)
        refused(answer, 422, "invalid_request", "Idempotency-Key")


async def test_the_longest_key(api: Api) -> None:
    account = await api.account()
    key = "k" * 255
    await api.accrue(account, "1", key=key)
    bulk = {"operations": [{"op": "accrue", "account_id": account, "amount": "1"}] * 2}
    first = await api.post("/bulk", bulk, key=key)
    again = await api.post("/bulk", bulk, key=key)
    assert again.headers["idempotency-replayed"] == "true"
    results = [[each["transaction"]["id"] for each in fine(done)["results"]]
               for done in (first, again)]  # fmt: skip
    assert results[0] == results[1]
    assert await api.active(account) == "3.00"


async def test_a_dry_run_answers_and_writes_nothing(api: Api) -> None:
    account = await api.account()
    await api.accrue(account, "5")
    dry = {"params": {"dry_run": "true"}}
    tried = made(await api.move(account, "redeem", "2", key="k", **dry))
    assert (tried["effect"], tried["balance_after"]) == ("-2.00", "3.00")
    assert await api.active(account) == "5.00"
    assert without_request(await api.redeem(account, "2", key="k")) == without_request(tried)
    refused(await api.move(account, "redeem", "9", **dry), 409, "insufficient_points")
    cancel = fine(await api.cancel(tried["id"], **dry))
    assert cancel["cancels"] == tried["id"]
    assert fine(await api.get(f"/transactions/{tried['id']}"))["status"] == "in_force"
    before = fine(await api.get("/programs"))
    program = made(await api.post("/programs", {"name": "x"}, key="p", **dry))
    assert program["name"] == "x"
    assert fine(await api.get("/programs")) == before
    member = fine(await api.get(f"/accounts/{account}"))["member_id"]
    assert fine(await api.delete(f"/members/{member}", **dry))["status"] == "deleted"
    fine(await api.get(f"/members/{member}"))
    key = made(await api.post("/api_keys", {"name": "x", "scopes": ["read"]}, **dry))
    assert "secret" not in key
    refused(await api.post("/programs", {"name": "x"}, params={"dry_run": "maybe"}), 422,
            "invalid_request", "dry_run")  # fmt: skip


async def test_the_actor_is_written_down(api: Api) -> None:
    account = await api.account()
    for actor in ("anna@till-3", "Åsa", "Анна"):
        written = await api.accrue(account, "1", actor=actor.encode())
        assert written["actor"] == actor
    refused(await api.move(account, "accrue", "1", actor="x" * 256), 422, "invalid_request",
            "Stampbook-Actor")  # fmt: skip


async def test_what_is_not_there(api: Api, client: httpx.AsyncClient) -> None:
    for path in ("/nothing", "/v1/accounts/acc_1/x", "/v1/bulk/x"):
        refused(await client.get(path), 404, "not_found")
    for method, path in (("PUT", "/v1/programs"), ("DELETE", "/v1/bulk"), ("GET", "/v1/transfers"),
                         ("PATCH", "/v1/accounts/acc_1/transactions")):  # fmt: skip
        answer = await client.request(method, path)
        refused(answer, 405, "method_not_allowed")
        assert answer.headers["allow"]


async def test_bodies_are_json(api: Api) -> None:
    account = await api.account()
    path = f"/accounts/{account}/transactions"
    body = b'{"type": "accrue", "amount": "1"}'
    form = "application/x-www-form-urlencoded"
    for kind in ("text/plain", "application/xml", "application/json; charset=latin-1",
                 f"{form}; charset=latin-1", "multipart/form-data"):  # fmt: skip
        answer = await api.ask("POST", path, content=body, headers={"Content-Type": kind})
        refused(answer, 415, "unsupported_media_type")
    for kind in ("application/json", "application/json; charset=UTF-8", "application/vnd.x+json"):
        made(await api.ask("POST", path, content=body, headers={"Content-Type": kind}))
    made(await api.ask("POST", path, content=body))


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded",
                                  "Application/X-WWW-Form-Urlencoded; charset=UTF-8"])  # fmt: skip
async def test_what_curl_sends_unasked_is_json_if_it_parses(api: Api, kind: str) -> None:
    """`curl -d` names a form; every write takes its body as JSON, and a real form is refused."""
    named = {"Content-Type": kind}

    async def sent(method: str, path: str, content: bytes) -> httpx.Response:
        return await api.ask(method, path, content=content, headers=named)

    program = made(await sent("POST", "/programs", b'{"name": "Coffee"}'))["id"]
    fine(await sent("PATCH", f"/programs/{program}", b'{"name": "Tea"}'))
    account = await api.account()
    moves = f"/accounts/{account}/transactions"
    accrued = made(await sent("POST", moves, b' {"type": "accrue", "amount": "1"}\n'))["id"]
    for action in ("cancel", "cancel?dry_run=true"):
        fine(await sent("POST", f"/transactions/{accrued}/{action}", b"{}"))
    fine(await sent("POST", f"/transactions/{accrued}/cancel", b""))
    bulk = b'{"operations": [{"op": "accrue", "account_id": "%s", "amount": "1"}]}'
    fine(await sent("POST", "/bulk", bulk % account.encode()))
    for form in (b"type=accrue&amount=1", b"%7B%22type%22%3A1%7D", b"{", b"\xff{}", b" "):
        answer = await sent("POST", moves, form)
        refused(answer, 415, "unsupported_media_type")
        assert "not valid JSON" in answer.json()["detail"]
    refused(await sent("POST", moves, b'"accrue"'), 422, "invalid_request")
    refused(await sent("POST", moves, b"[" * 100_000), 422, "invalid_request")


async def test_a_revoked_key_ends(api: Api, client: httpx.AsyncClient, clock: Clock) -> None:
    body = {"name": "till", "scopes": ["ledger:write", "read"]}
    key = made(await api.post("/api_keys", body))
    till = Api(client, key["secret"], clock)
    fine(await till.get("/programs"))
    listed = fine(await api.get(f"/api_keys/{key['id']}"))
    assert "secret" not in listed
    used = {**key, "last_used_at": clock.text()}
    assert listed == {each: used[each] for each in used if each != "secret"}
    clock.advance(seconds=1)
    revoked = fine(await api.delete(f"/api_keys/{key['id']}"))
    assert revoked["revoked_at"] == clock.text()
    refused(await till.get("/programs"), 401, "unauthenticated")
    clock.advance(seconds=1)
    assert fine(await api.delete(f"/api_keys/{key['id']}")) == revoked


async def test_a_keys_secret_is_told_again_to_a_retry_and_stored_nowhere(
    api: Api, store: Store, key_with: Any
) -> None:
    body = {"name": "till", "scopes": ["read"]}
    first = await api.post("/api_keys", body, key="k")
    again = await api.post("/api_keys", body, key="k")
    assert again.content == first.content
    secret = made(first)["secret"]
    assert made(await api.post("/api_keys", body))["secret"] != secret
    for table in ("idempotency_keys", "api_keys"):
        for row in await store.fetch(f"SELECT * FROM {table}"):
            kept = [value for value in dict(row).values() if isinstance(value, str)]
            assert not any(secret.removeprefix("sbk_") in value for value in kept)
    other = await key_with("admin")
    refused(await other.post("/api_keys", body, key="k"), 422, "idempotency_key_reused")


async def test_what_no_key_of_an_application_can_be(api: Api) -> None:
    for body, pointer in (
        ({}, "/name"),
        ({"name": "x"}, "/scopes"),
        ({"name": "x", "scopes": []}, "/scopes"),
        ({"name": "x", "scopes": ["root"]}, "/scopes/0"),
        ({"name": "x", "scopes": "read"}, "/scopes"),
    ):
        refused(await api.post("/api_keys", body), 422, "invalid_request", pointer)
    strange = {"name": "x", "scopes": ["read"], "program_id": "prg_77"}
    refused(await api.post("/api_keys", strange), 404, "not_found")


async def test_a_full_queue_says_when_to_come_again(api: Api, context: Context) -> None:
    account = await api.account()
    await context.ledger.stop()
    answer = await api.move(account, "accrue", "1")
    refused(answer, 503, "overloaded")
    assert int(answer.headers["retry-after"]) > 0
