"""What people see who are bound to programs or locations, and what they may move."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from stampbook.dialects.native.routes import OPERATIONS
from stampbook.programs import users
from stampbook.storage.store import Store
from tests.http import examples
from tests.http.native.asking import Api, Clock, fine, made, refused
from tests.http.native.people.office import waiting
from tests.http.native.people.signing import PASSWORD, as_person, person
from tests.http.native.play import LOGIN, PLAY, is_of_files

BY_NAME = {operation.name: operation for operation in OPERATIONS}

TENANT_WIDE = {
    "create_program", "create_user", "list_users", "get_user", "change_user", "set_password",
    "disable_user", "enable_user", "unlock_user", "create_totp", "delete_totp", "put_limits",
    "get_limits", "create_api_key", "list_api_keys", "get_api_key", "revoke_api_key",
    "rotate_api_key", "list_sessions", "end_session", "list_anchors",
}  # fmt: skip
"""What is not for people who are bound to some programs: 403."""

ADMINISTERED = {name for name in BY_NAME if "webhook" in name or "deliver" in name}
"""What is of a program, and not for its managers."""

OWN = {
    "create_session", "get_session", "delete_session", "confirm_session", "change_own_password",
    "create_own_totp", "delete_own_totp",
}  # fmt: skip

OF_NOBODY = {"list_event_types"}
"""What is the same for everybody."""

NOT_ASKED = TENANT_WIDE | OWN | ADMINISTERED | {"erase_member"}
"""What managers may not do at all, wherever they are bound."""

EMPTY = {
    "list_approvals", "list_audit", "list_deliveries_of_events", "list_events", "list_webhooks",
    "search",
}  # fmt: skip
"""Lists that have what is about the person's programs: here nothing of what the play left."""

LISTS = {"list_programs", "list_locations"}
"""Lists of the whole tenant, which have nothing of other programs."""


def is_played(operation: str) -> bool:
    """Whether it is in the play that others must not see."""
    return not operation.startswith("delete_") and not is_of_files(operation)


@pytest.mark.parametrize("several", [False, True], ids=["one program", "several programs"])
async def test_nothing_of_another_program_is_there(
    api: Api, client: httpx.AsyncClient, store: Store, several: bool
) -> None:
    """The whole play of the examples, in a program that the person does not see."""
    async with store.transaction() as writing:
        await users.create(writing, tenant=1, login=LOGIN, password_hash="none", now=0)
    await examples.played(
        client,
        [each for each in OPERATIONS if is_played(each.name)],
        [step for step in PLAY if is_played(step.operation)],
        {"Authorization": f"Bearer {api.secret}"},
        after_each=lambda *_: api.clock.advance(seconds=60),
    )
    own = [(await api.program())["id"] for _ in range(2 if several else 1)]
    bound = await as_person(api, "bound", role="admin", program_ids=own)
    found: dict[str, list[int]] = {}
    for step in PLAY:
        if is_of_files(step.operation):
            continue
        operation = BY_NAME[step.operation]
        if step.operation in OWN | OF_NOBODY:
            continue
        ids = iter(["pur_1" if each[:1] == "@" else each for each in step.ids])
        path = re.sub(r"{\w+}", lambda _, ids=ids: next(ids), operation.path)  # type: ignore[misc]
        if operation.method == "GET" and "pur_1" not in path:
            there = await api.get(f"{path.removeprefix('/v1')}?{step.query}")
            assert there.status_code == 200, (step, there.text)
        answer = await bound.client.request(
            operation.method,
            f"{path}?{step.query}",
            headers={"Authorization": f"Bearer {bound.secret}"},
            json=step.body if operation.body else None,
        )
        if step.operation in EMPTY:
            assert fine(answer)["data"] == []
        elif step.operation in LISTS:
            data = fine(answer)["data"]
            assert [each["id"] for each in data] == (own if "programs" in path else [])
        elif step.operation == "run_bulk":
            [*problems] = [each["problem"]["code"] for each in fine(answer)["results"]]
            assert set(problems) == {"not_found"}
        else:
            expected = 403 if step.operation in TENANT_WIDE else 404
            if answer.status_code != expected:
                found.setdefault(step.operation, []).append(answer.status_code)
    assert found == {}


async def test_who_is_bound_to_locations_manages_nothing_of_their_programs(
    api: Api, client: httpx.AsyncClient, store: Store
) -> None:
    async with store.transaction() as writing:
        await users.create(writing, tenant=1, login=LOGIN, password_hash="none", now=0)
    await examples.played(
        client,
        [each for each in OPERATIONS if is_played(each.name)],
        [step for step in PLAY if is_played(step.operation)],
        {"Authorization": f"Bearer {api.secret}"},
        after_each=lambda *_: api.clock.advance(seconds=60),
    )
    programs = [each["id"] for each in fine(await api.get("/programs"))["data"]]
    places = [
        made(await api.post("/locations", {"program_id": each, "title": "Desk"}))["id"]
        for each in programs
    ]
    desk = await as_person(api, "desk", role="manager", location_ids=places)
    whole = await as_person(api, "whole", role="manager", program_ids=programs)
    answered: dict[str, set[tuple[int, int]]] = {}
    for step in PLAY:
        if is_of_files(step.operation):
            continue
        operation = BY_NAME[step.operation]
        if not operation.manages or step.operation in NOT_ASKED:
            continue
        ids = iter(["pur_1" if each[:1] == "@" else each for each in step.ids])
        path = re.sub(r"{\w+}", lambda _, ids=ids: next(ids), operation.path)  # type: ignore[misc]
        statuses = [
            (
                await by.client.request(
                    operation.method,
                    f"{path}?dry_run=true",
                    headers={"Authorization": f"Bearer {by.secret}"},
                    json=step.body if operation.body else None,
                )
            ).status_code
            for by in (desk, whole)
        ]
        answered.setdefault(step.operation, set()).add((statuses[0], statuses[1]))
    wrong = {
        name: seen
        for name, seen in answered.items()
        if any(bound != 403 or unbound == 403 for bound, unbound in seen - {(404, 404)})
    }
    assert wrong == {"change_location": {(404, 200)}}  # one that is not theirs
    assert len(answered) > 25
    place = await desk.patch(f"/locations/{places[0]}", {"title": "Counter"})
    assert fine(place)["title"] == "Counter"


async def test_lists_have_what_is_ones_own(api: Api) -> None:
    programs = [(await api.program())["id"] for _ in range(4)]
    places = [
        made(await api.post("/locations", {"program_id": each, "title": each}))["id"]
        for each in (programs[0], programs[1], programs[1], programs[2])
    ]

    async def seen(by: Api, path: str, **query: Any) -> list[str]:
        return [each["id"] for each in fine(await by.get(path, **query))["data"]]

    both = await as_person(api, "both", program_ids=[programs[0], programs[1], programs[3]])
    assert await seen(both, "/programs") == [programs[0], programs[1], programs[3]]
    assert await seen(both, "/locations") == places[:3]
    page = fine(await both.get("/programs", limit=2))
    assert await seen(both, "/programs", cursor=page["next_cursor"]) == [programs[3]]
    desk = await as_person(
        api, "desk", program_ids=[programs[1], programs[2]], location_ids=[places[1]]
    )
    assert await seen(desk, "/programs") == [programs[1], programs[2]]
    assert await seen(desk, "/locations") == [places[1], places[3]]
    assert await seen(desk, "/locations", program_id=programs[1]) == [places[1]]
    refused(await desk.get(f"/locations/{places[2]}"), 404, "not_found")
    refused(await desk.get("/locations", program_id=programs[0]), 404, "not_found")


async def test_visits_of_other_locations_are_not_there(api: Api) -> None:
    program = (await api.program())["id"]
    here, there = [
        made(await api.post("/locations", {"program_id": program, "title": title}))["id"]
        for title in "AB"
    ]
    visit = made(await api.post("/visits", {"location_id": there}))["id"]
    mine = made(await api.post("/visits", {"location_id": here}))["id"]
    desk = await as_person(api, "desk", location_ids=[here])
    fine(await desk.get(f"/visits/{mine}"))
    made(await desk.post("/visits", {"location_id": here}))
    for answer in (
        await desk.get(f"/visits/{visit}"),
        await desk.patch(f"/visits/{visit}", {"comment": "x"}),
        await desk.post(f"/visits/{visit}/payments", {"amount": "1.00"}),
        await desk.post("/visits", {"location_id": there}),
    ):
        refused(answer, 404, "not_found")


async def test_a_transaction_is_found_among_ones_own(api: Api) -> None:
    accounts = [await api.account() for _ in range(3)]
    for account in accounts:
        await api.accrue(account, "1", external_id="order-1")
    programs = [each["id"] for each in fine(await api.get("/programs"))["data"]]
    both = await as_person(api, "both", program_ids=programs[:2])
    one = await as_person(api, "one", program_ids=programs[:1])
    refused(await both.get("/transactions", external_id="order-1"), 422, "invalid_request")
    fine(await one.get("/transactions", external_id="order-1"))
    query = {"external_id": "order-1", "program_id": programs[2]}
    refused(await both.get("/transactions", **query), 404, "not_found")
    refused(await both.get(f"/accounts/{accounts[2]}/balance"), 404, "not_found")
    fine(await both.get(f"/accounts/{accounts[1]}/balance"))


async def test_a_key_of_an_unbound_person_tells_a_bound_one_nothing(api: Api) -> None:
    """The same request with the same idempotency key is no retry for who sees something else."""
    programs = [(await api.program())["id"] for _ in range(3)]
    boss = await as_person(api, "boss", role="admin")
    both = await as_person(api, "both", role="manager", program_ids=programs[:2])
    body = {"program_id": programs[2], "title": "A"}
    made(await boss.post("/locations", body, key="k"))
    answer = await both.post("/locations", body, key="k")
    refused(answer, 422, "idempotency_key_reused")


async def test_what_a_person_may_move(api: Api) -> None:
    account = await api.account()
    await api.accrue(account, "1000")
    [program] = fine(await api.get("/programs"))["data"]
    limit = {"currency_id": "cur_1", "per_transaction": "100", "per_day": "150.00"}
    till = await as_person(api, "till", program_ids=[program["id"]], limits=[limit])
    body = refused(await till.move(account, "redeem", "100.01"), 403, "limit_exceeded")
    assert (body["limit"], body["used"], body["asked"]) == ("100.00", "0.00", "100.01")
    spent = made(await till.move(account, "redeem", "100"))
    body = refused(await till.move(account, "accrue", "50.01"), 403, "limit_exceeded")
    assert (body["limit"], body["used"], body["asked"]) == ("150.00", "100.00", "50.01")
    fine(await till.cancel(spent["id"]))
    [listed] = fine(await api.get(f"/accounts/{account}/transactions", limit=1))["data"]
    assert listed["type"] == "cancel"
    await api.move(account, "redeem", "500")


@pytest.mark.parametrize("place", range(4))
async def test_of_many_acts_the_one_is_named_that_exceeds_a_limit(api: Api, place: int) -> None:
    account = await api.account()
    limit = {"currency_id": "cur_1", "per_transaction": "10", "per_day": "30"}
    till = await as_person(api, "till", limits=[limit])
    operations = [{"op": "accrue", "account_id": account, "amount": "10"} for _ in range(4)]
    operations[place]["amount"] = "10.01"  # the fourth is too much for the day, anyway
    answer = await till.post("/bulk", {"atomic": True, "operations": operations})
    problem = refused(answer, 403, "limit_exceeded", f"/operations/{place}")
    assert problem["index"] == place
    assert (problem["limit"], problem["asked"]) == ("10.00", "10.01")
    assert await api.active(account) == "0.00"


async def test_a_limit_is_one_for_all_doors(api: Api) -> None:
    account = await api.account()
    await api.accrue(account, "1000")
    [program] = fine(await api.get("/programs"))["data"]
    place = made(await api.post("/locations", {"program_id": program["id"], "title": "A"}))["id"]
    limit = {"currency_id": "cur_1", "per_day": "150"}
    till = await as_person(api, "till", limits=[limit])
    made(await till.move(account, "redeem", "100"))
    token = await altegio_token(api, "till")
    path = f"/api/v1/company/{place[4:]}/loyalty/cards/{account[4:]}/manual_transaction"

    async def by_hand(amount: int) -> int:
        headers = {"Authorization": f"Bearer {api.secret}, User {token}"}
        body = {"amount": amount, "title": "a gift"}
        return (await api.client.post(path, json=body, headers=headers)).status_code

    assert [await by_hand(51), await by_hand(50), await by_hand(1)] == [403, 200, 403]
    refused(await till.move(account, "redeem", "1"), 403, "limit_exceeded")


async def altegio_token(api: Api, login: str) -> str:
    signed = await api.client.post(
        "/api/v1/auth",
        json={"login": login, "password": PASSWORD},
        headers={"Authorization": f"Bearer {api.secret}"},
    )
    return str(signed.json()["data"]["user_token"])


async def test_limits_change_at_once(api: Api) -> None:
    account = await api.account()
    till = await as_person(api, "till")
    made(await till.move(account, "accrue", "10"))
    limit = {"currency_id": "cur_1", "per_transaction": "1"}
    fine(await api.patch("/users/usr_1", {"limits": [limit]}))
    refused(await till.move(account, "accrue", "10"), 403, "limit_exceeded")


@pytest.mark.parametrize("path", ["/currencies/cur_1", "/currencies/cur_1/options"])
async def test_what_needs_two_people_changes_at_once(api: Api, path: str) -> None:
    account = await api.account()
    till = await as_person(api, "till")
    made(await till.move(account, "accrue", "10"))  # who they are is remembered from here on
    fine(await api.patch(path, {"approval_above": "1"}))
    waiting(await till.move(account, "accrue", "10"))
    fine(await api.patch(path, {"approval_above": None}))
    made(await till.move(account, "accrue", "10"))


async def test_the_day_of_a_limit_changes_with_the_zone(api: Api, clock: Clock) -> None:
    account = await api.account()
    limit = {"currency_id": "cur_1", "per_day": "10"}
    till = await as_person(api, "till", limits=[limit])
    made(await till.move(account, "accrue", "10"))
    refused(await till.move(account, "accrue", "10"), 403, "limit_exceeded")
    fine(await api.patch("/programs/prg_1", {"timezone": "Pacific/Kiritimati"}))
    made(await till.move(account, "accrue", "10"))  # there it is tomorrow


async def test_a_role_changes_at_once(api: Api) -> None:
    till = await as_person(api, "till", role="viewer")
    refused(await till.post("/programs/prg_1/members", {}), 403, "forbidden")
    fine(await api.patch("/users/usr_1", {"role": "support"}))
    refused(await till.post("/programs/prg_1/members", {}), 404, "not_found")


async def test_the_journal_names_the_person(api: Api, store: Store) -> None:
    account = await api.account()
    till = await as_person(api, "till")
    await till.accrue(account, "10", actor="Anna")
    [row] = await store.fetch("SELECT user_id, api_key_id, actor FROM transactions")
    assert (row["user_id"], row["api_key_id"], row["actor"]) == (1, None, "Anna")


async def test_a_person_in_altegio(api: Api) -> None:
    programs = [(await api.program())["id"] for _ in range(2)]
    here, there = [
        made(await api.post("/locations", {"program_id": each, "title": each}))["id"]
        for each in programs
    ]
    await person(api, "till", program_ids=[programs[0]])
    token = await altegio_token(api, "till")
    headers = {"Authorization": f"Bearer {api.secret}, User {token}"}

    async def status(path: str) -> int:
        return (await api.client.get(f"/api/v1{path}", headers=headers)).status_code

    own, other = here.removeprefix("loc_"), there.removeprefix("loc_")
    assert [await status(f"/clients/{each}") for each in (own, other)] == [200, 404]
    assert [await status(f"/records/{each}") for each in (own, other)] == [200, 404]
    chains = [f"/chain/{each}/loyalty/card_types" for each in (1, 2)]
    assert [await status(each) for each in chains] == [200, 404]
    groups = await api.client.get("/api/v1/groups", headers=headers)
    assert [each["id"] for each in groups.json()["data"]] == [1]
    companies = await api.client.get("/api/v1/companies", headers=headers)
    assert [each["id"] for each in companies.json()["data"]] == [int(own)]
