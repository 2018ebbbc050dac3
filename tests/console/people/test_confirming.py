"""The password is asked again before people and keys are changed, and nothing typed is lost."""

from __future__ import annotations

import re

import pytest

from stampbook.console.routes import OPERATIONS
from stampbook.programs.people.attempts import FREE
from stampbook.programs.people.sessions import CONFIRMED_S
from stampbook.programs.roles import Role
from tests.console.desk import PASSWORD, Desk, Page, token_of
from tests.console.people.test_users import NEW, sign_in

GUARDED = re.compile("/console/(users|keys|me/(password|totp))(/|$)")


def later(desk: Desk, seconds: int = CONFIRMED_S) -> None:
    desk.now += seconds * 1_000_000
    desk.context.people.forget_all()


def test_every_write_on_people_and_keys_needs_it() -> None:
    writes = [each for each in OPERATIONS if each.writes and GUARDED.match(each.path)]
    assert len(writes) >= 13
    assert [each.path for each in writes if not each.extra.confirmed] == []


async def test_no_guarded_row_does_anything_without_the_password(desk: Desk) -> None:
    clerk = await desk.clerk()
    token = token_of(await clerk.get("/console"))
    later(desk)
    for operation in OPERATIONS:
        if not operation.extra.confirmed:
            continue
        path = re.sub(r"{\w+}", "77", operation.path)
        data = {"csrf_token": token} if operation.writes else None
        answer = await clerk.client.request(operation.method, path, data=data)
        page = Page(clerk, answer)
        assert page.name == "confirm-password", path
        assert page.status == (422 if operation.writes else 200)


async def test_signing_in_counts_for_ten_minutes(desk: Desk) -> None:
    clerk = await desk.clerk()
    later(desk, CONFIRMED_S - 1)
    assert (await clerk.get("/console/users/new")).name == "user"
    later(desk, 1)
    asked = await clerk.get("/console/users/new")
    assert asked.has("confirm-password")
    form = await asked.press("confirm", password=PASSWORD)
    assert (form.name, form.path) == ("user", "/console/users/new")
    later(desk, CONFIRMED_S - 1)
    assert (await clerk.get("/console/keys/new")).name == "keys"
    assert (await clerk.get("/console/users")).name == "users"


async def test_what_was_typed_is_done_with_the_password(desk: Desk) -> None:
    clerk = await desk.clerk()
    page = await clerk.get(f"/console/users/usr_{clerk.user:x}")
    later(desk)
    fields = {"name": 'Ann & "Co" = 5%', "program_ids": [], "phone": "+7 912"}
    asked = await page.press("save", **fields)  # type: ignore[arg-type]
    assert (asked.status, asked.name) == (422, "confirm-password")
    wrong = await asked.press("confirm", password="wrong")
    assert wrong.status == 422
    assert wrong.one("login-error").get("data-code") == "invalid_credentials"
    done = await wrong.press("confirm", password=PASSWORD)
    assert (done.name, done.said("flash")) == ("user", "Saved.")
    user = await desk.api("GET", f"/v1/users/usr_{clerk.user:x}")
    assert (user["name"], user["phone"]) == ('Ann & "Co" = 5%', "+7 912")


async def test_a_new_password_is_not_written_into_the_page(desk: Desk) -> None:
    clerk = await desk.clerk()
    form = await clerk.get("/console/users/new")
    later(desk)
    asked = await form.press("save", login="nina@cafe", password=NEW, name="Nina")
    assert asked.name == "confirm-password"
    assert NEW not in asked.text
    assert "battery" not in asked.text
    again = await asked.press("confirm", password=PASSWORD)
    assert (again.status, again.name) == (422, "user")
    assert again.one("field-error").get("data-field") == "password"
    assert [again.one(each).get("value") for each in ("login", "name")] == ["nina@cafe", "Nina"]
    assert (await again.press("save", password=NEW)).said("user-name").startswith("Nina")


async def test_a_key_that_was_asked_for_is_made_once(desk: Desk) -> None:
    clerk = await desk.clerk()
    form = await clerk.get("/console/keys/new")
    later(desk)
    asked = await form.press("save", name="Till", scopes=["read", "ledger:write"])
    first = await asked.press("confirm", password=PASSWORD)
    second = await asked.press("confirm", password=PASSWORD)
    assert first.said("secret") == second.said("secret")
    made = await desk.api("GET", f"/v1/api_keys/{first.one('made').get('data-id')}")
    assert made["scopes"] == ["ledger:write", "read"]


async def test_wrong_passwords_lock_as_failed_sign_ins_do(desk: Desk) -> None:
    clerk = await desk.clerk()
    later(desk)
    asked = await clerk.get("/console/keys/new")
    for _ in range(FREE):
        asked = await asked.press("confirm", password="wrong")
    locked = await asked.press("confirm", password=PASSWORD)
    assert locked.status == 429
    assert locked.answer.headers["retry-after"] == "1"
    assert locked.said("login-locked") == "Too many attempts. Try again in 1 second."
    assert (await sign_in(desk, "admin@desk.example", PASSWORD)).has("login-locked")
    later(desk, 1)
    assert (await locked.press("confirm", password=PASSWORD)).name == "keys"


async def test_the_password_of_somebody_else_confirms_nothing(desk: Desk) -> None:
    clerk = await desk.clerk()
    await desk.clerk(Role.MANAGER)
    page = await clerk.get("/console/users")
    body = {"password": "quite another one"}
    user = (await desk.api("GET", "/v1/users?q=manager"))["data"][0]["id"]
    await desk.api("POST", f"/v1/users/{user}/password", body)
    later(desk)
    asked = await page.follow("new-user")
    assert (await asked.press("confirm", **body)).has("login-error")


@pytest.mark.parametrize("password", ["", "x" * 2_000, "\ud800"])
async def test_whatever_is_typed_as_password_is_refused(desk: Desk, password: str) -> None:
    clerk = await desk.clerk()
    later(desk)
    asked = await clerk.get("/console/keys/new")
    data = f"csrf_token={token_of(asked)}&typed=&password="
    raw = data.encode() + b"".join(b"%%%02X" % x for x in password.encode("utf-8", "surrogatepass"))
    answer = await clerk.client.post(
        "/console/keys/new", content=raw,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert answer.status_code == 422


async def test_it_is_asked_in_russian(desk: Desk) -> None:
    clerk = await desk.clerk()
    clerk.client.cookies.set("stampbook_language", "ru")
    later(desk)
    asked = await clerk.get("/console/users/new")
    assert "10 минут" in asked.text
