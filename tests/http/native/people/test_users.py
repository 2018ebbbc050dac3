"""`/users`: who may use the installation."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.edge.context import Context
from stampbook.programs.people.sessions import SESSION_PREFIX
from stampbook.storage.store import Store
from tests.http.native.asking import Api, fine, made, refused
from tests.http.native.people.signing import PASSWORD, as_person, person, sign_in, signed_in, who


async def test_a_user_as_it_is_answered(api: Api) -> None:
    program = await api.program()
    currency = await api.currency(program["id"])
    location = made(await api.post("/locations", {"program_id": program["id"], "title": "A"}))
    limits = [
        {"currency_id": currency["id"], "per_transaction": "500.00", "per_day": None},
    ]
    user = await person(
        api,
        "Anna@Shop.example",
        name="Anna",
        email="anna@shop.example",
        phone="+49 170 1",
        role="manager",
        program_ids=[program["id"]],
        location_ids=[location["id"]],
        limits=[{"currency_id": currency["id"], "per_transaction": 500}],
        language="ru",
    )
    assert user == {
        "id": "usr_1",
        "login": "anna@shop.example",
        "name": "Anna",
        "email": "anna@shop.example",
        "phone": "+49 170 1",
        "role": "manager",
        "program_ids": [program["id"]],
        "location_ids": [location["id"]],
        "limits": limits,
        "language": "ru",
        "status": "active",
        "locked_until": None,
        "last_login_at": None,
        "totp": False,
        "created_at": api.clock.text(),
        "updated_at": api.clock.text(),
    }
    assert fine(await api.get("/users/usr_1")) == user
    assert PASSWORD not in str(user)
    made(await sign_in(api, "ANNA@shop.example"))
    assert fine(await api.get("/users/usr_1"))["last_login_at"] == api.clock.text()


async def test_the_least_that_a_user_is(api: Api) -> None:
    user = await person(api, "till")
    assert (user["role"], user["language"], user["program_ids"]) == ("support", "en", [])


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"password": "x" * 9}, "weak_password", "/password"),
        ({"password": "x" * 1_025}, "weak_password", "/password"),
        ({"password": "Till.Example"}, "weak_password", "/password"),
        ({"login": " "}, "invalid_request", "/login"),
        ({"role": "owner"}, "invalid_request", "/role"),
        ({"language": "de"}, "invalid_request", "/language"),
        ({"status": "disabled"}, "invalid_request", "/status"),
        ({"limits": [{"currency_id": "cur_1", "per_day": "-1"}]}, "invalid_request", "/limits"),
        (
            {"limits": [{"currency_id": "cur_1", "per_day": "0.001"}]},
            "invalid_request",
            "/limits/0/per_day",
        ),
    ],
)
async def test_malformed_users(api: Api, body: Any, code: str, pointer: str) -> None:
    await api.currency((await api.program())["id"])
    whole = {"login": "till.example", "password": PASSWORD, **body}
    refused(await api.post("/users", whole), 422, code, pointer)
    assert fine(await api.get("/users"))["data"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"program_ids": ["prg_77"]},
        {"program_ids": ["nonsense"]},
        {"location_ids": ["loc_77"]},
        {"limits": [{"currency_id": "cur_77"}]},
    ],
)
async def test_users_of_what_does_not_exist(api: Api, body: Any) -> None:
    whole = {"login": "till", "password": PASSWORD, **body}
    refused(await api.post("/users", whole), 404, "not_found")
    assert fine(await api.get("/users"))["data"] == []


async def test_logins_are_unique_without_case(api: Api) -> None:
    await person(api, "anna")
    refused(
        await api.post("/users", {"login": "ANNA", "password": PASSWORD}), 409, "conflict", "/login"
    )
    berta = await person(api, "berta")
    refused(await api.patch(f"/users/{berta['id']}", {"login": "Anna"}), 409, "conflict", "/login")


async def test_lists_have_filters_and_pages(api: Api) -> None:
    await person(api, "anna", name="Anna", role="admin")
    await person(api, "berta", name="Anna's sister")
    await person(api, "carla")
    fine(await api.post("/users/usr_3/disable"))

    async def logins(**query: Any) -> list[str]:
        return [each["login"] for each in fine(await api.get("/users", **query))["data"]]

    assert await logins() == ["anna", "berta", "carla"]
    assert await logins(q="anna") == ["anna", "berta"]
    assert await logins(role="admin") == ["anna"]
    assert await logins(status="disabled") == ["carla"]
    first = fine(await api.get("/users", limit=2))
    assert await logins(limit=2, cursor=first["next_cursor"]) == ["carla"]
    refused(await api.get("/users", role="owner"), 422, "invalid_request", "role")
    refused(await api.get("/users", status="gone"), 422, "invalid_request", "status")


async def test_a_user_is_changed(api: Api) -> None:
    program = await api.program()
    other = await api.program()
    currency = await api.currency(program["id"])
    location = made(await api.post("/locations", {"program_id": program["id"], "title": "A"}))
    path = f"/users/{(await person(api, 'anna', name='Anna'))['id']}"

    async def change(**body: Any) -> Any:
        return fine(await api.patch(path, body))

    assert (await change(name=None, role="manager", language="ru"))["name"] is None
    changed = await change(login="Anna.Two", email="a@b.example")
    assert (changed["login"], changed["role"]) == ("anna.two", "manager")
    both = [program["id"], other["id"]]
    assert (await change(program_ids=both))["program_ids"] == both
    changed = await change(location_ids=[location["id"]])
    assert (changed["program_ids"], changed["location_ids"]) == (both, [location["id"]])
    changed = await change(program_ids=[other["id"]])
    assert changed["location_ids"] == [location["id"]]
    changed = await change(location_ids=[])
    assert (changed["program_ids"], changed["location_ids"]) == (both, [])
    assert (await change(program_ids=[]))["program_ids"] == []
    limit = {"currency_id": currency["id"], "per_transaction": None, "per_day": "5.00"}
    assert (await change(limits=[{**limit, "per_day": "5"}]))["limits"] == [limit]
    assert (await change(name="Anna"))["limits"] == [limit]
    assert (await change(limits=[]))["limits"] == []


async def test_a_dry_run_writes_nothing(api: Api) -> None:
    body = {"login": "anna", "password": PASSWORD}
    made(await api.post("/users", body, params={"dry_run": "true"}))
    assert fine(await api.get("/users"))["data"] == []
    path = f"/users/{(await person(api, 'anna'))['id']}"
    fine(await api.post(f"{path}/disable", params={"dry_run": "true"}))
    fine(await api.post(f"{path}/totp", params={"dry_run": "true"}))
    user = fine(await api.get(path))
    assert (user["status"], user["totp"]) == ("active", False)


async def test_a_retry_makes_one_user(api: Api, store: Store) -> None:
    body = {"login": "anna", "password": PASSWORD}
    first = await api.post("/users", body, key="k")
    again = await api.post("/users", body, key="k")
    assert again.headers["idempotency-replayed"] == "true"
    assert made(again) == made(first)
    other = {**body, "password": "battery staple"}
    refused(await api.post("/users", other, key="k"), 422, "idempotency_key_reused")
    fingerprints = await store.fetch("SELECT * FROM idempotency_keys")
    assert PASSWORD not in str([dict(each) for each in fingerprints])


async def test_a_new_password_ends_every_session_and_token(api: Api, context: Context) -> None:
    anna = await as_person(api, "anna")
    elsewhere = await signed_in(api, "anna")
    body = {"login": "anna", "password": PASSWORD}
    partner = {"Authorization": f"Bearer {api.secret}"}
    signed = await api.client.post("/api/v1/auth", json=body, headers=partner)
    token = signed.json()["data"]["user_token"]
    fine(await api.post("/users/usr_1/password", {"password": "battery staple"}))
    for session in (anna, elsewhere):
        refused(await session.get("/session"), 401, "unauthenticated")
    both = {"Authorization": f"Bearer {api.secret}, User {token}"}
    assert (await api.client.get("/api/v1/groups", headers=both)).status_code == 401
    refused(await sign_in(api, "anna"), 401, "invalid_credentials")
    made(await sign_in(api, "anna", "battery staple"))
    refused(await api.post("/users/usr_1/password", {"password": "anna"}), 422, "weak_password")
    fine(await api.patch("/users/usr_1", {"password": "correct horse"}))
    made(await sign_in(api, "anna"))


@pytest.mark.parametrize("login", [PASSWORD, f" {PASSWORD} "])
async def test_a_login_that_is_the_password(api: Api, login: str) -> None:
    await person(api, "anna")
    refused(await api.patch("/users/usr_1", {"login": login}), 422, "weak_password", "/password")
    fine(await api.patch("/users/usr_1", {"login": login, "password": "battery staple"}))
    made(await sign_in(api, login, "battery staple"))


async def test_disabling_ends_every_session(api: Api) -> None:
    anna = await as_person(api, "anna")
    assert fine(await api.post("/users/usr_1/disable"))["status"] == "disabled"
    refused(await anna.get("/session"), 401, "unauthenticated")
    refused(await sign_in(api, "anna"), 401, "invalid_credentials")
    assert fine(await api.post("/users/usr_1/enable"))["status"] == "active"
    refused(await anna.get("/session"), 401, "unauthenticated")
    made(await sign_in(api, "anna"))


async def test_another_process_believes_a_session_for_a_second(api: Api, context: Context) -> None:
    """A second process finds the session ended as soon as what it remembers is a second old."""
    anna = await as_person(api, "anna")
    now_s = 0.0
    other = type(context.people)(
        context.store, context.clock, context.people.lifetime, now_s=lambda: now_s
    )
    assert await other.by_session(anna.secret) is not None
    fine(await api.post("/users/usr_1/disable"))
    assert other.in_session(anna.secret) is not None
    now_s = 1.01
    assert await other.by_session(anna.secret) is None


async def test_the_last_administrator_stays(api: Api) -> None:
    await person(api, "anna", role="admin")
    await person(api, "berta")
    program = await api.program()
    for answer in (
        await api.patch("/users/usr_1", {"role": "manager"}),
        await api.patch("/users/usr_1", {"program_ids": [program["id"]]}),
        await api.post("/users/usr_1/disable"),
        await api.ask(
            "PUT", "/users/anna/limits", json={"limits": [{"program_id": program["id"]}]}
        ),
    ):
        refused(answer, 409, "last_admin")
    assert fine(await api.get("/users/usr_1"))["role"] == "admin"
    fine(await api.patch("/users/usr_2", {"role": "admin"}))
    fine(await api.post("/users/usr_1/disable"))
    refused(await api.post("/users/usr_2/disable"), 409, "last_admin")


async def test_the_last_admin_key_stays(api: Api) -> None:
    program = await api.program()
    body = {"name": "office", "scopes": ["admin"]}
    made(await api.post("/api_keys", {**body, "program_id": program["id"]}))
    made(await api.post("/api_keys", {"name": "till", "scopes": ["read", "ledger:write"]}))
    refused(await api.delete("/api_keys/key_1"), 409, "last_admin")
    made(await api.post("/api_keys", body))
    fine(await api.delete("/api_keys/key_1"))


async def test_a_stranger_sees_nobody(api: Api, stranger: Api) -> None:
    await as_person(api, "anna")
    for method, path in (
        ("GET", "/users/usr_1"),
        ("PATCH", "/users/usr_1"),
        ("POST", "/users/usr_1/disable"),
        ("POST", "/users/usr_1/unlock"),
        ("POST", "/users/usr_1/totp"),
        ("GET", "/users/usr_1/sessions"),
        ("DELETE", "/sessions/ses_1"),
    ):
        body: Any = None if method in ("GET", "DELETE") else {}
        refused(await stranger.ask(method, path, json=body), 404, "not_found")
    assert fine(await stranger.get("/users"))["data"] == []


async def test_who_a_person_is(api: Api) -> None:
    anna = await as_person(api, "anna", role="viewer")
    assert anna.secret.startswith(SESSION_PREFIX)
    assert (await who(anna))["login"] == "anna"
    refused(await api.get("/session"), 404, "not_found")
