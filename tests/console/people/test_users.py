"""The pages about people: who is listed, what is saved, what is refused, and in what words."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.programs.roles import Role
from tests.console.desk import PASSWORD, Clerk, Desk, Page

NEW = "battery staple"


async def create(clerk: Clerk, **typed: str | list[str]) -> Page:
    form = await (await clerk.get("/console/users")).follow("new-user")
    return await form.press("save", **{"login": "nina@cafe", "password": NEW, **typed})


async def user(desk: Desk, page: Page) -> Any:
    return await desk.api("GET", f"/v1/users/{page.path.rpartition('/')[2]}")


async def sign_in(desk: Desk, login: str, password: str, **more: str) -> Page:
    page = await desk.stranger().get("/console")
    return await page.press("sign-in", login=login, password=password, **more)


async def test_a_new_person_has_what_was_typed_and_can_sign_in(desk: Desk) -> None:
    page = await create(
        await desk.clerk(),
        name="Nina",
        email="n@cafe.example",
        phone="555",
        role="manager",
        language="ru",
        program_ids=["prg_1"],
        currency_id="cur_1",
        per_transaction="1 500,50",
    )
    assert (page.status, page.name) == (200, "user")
    assert page.said("flash") == "nina@cafe can sign in now."
    made = await user(desk, page)
    del made["id"], made["created_at"], made["updated_at"]
    assert made == {
        "login": "nina@cafe", "name": "Nina", "email": "n@cafe.example", "phone": "555",
        "role": "manager", "language": "ru", "program_ids": ["prg_1"], "location_ids": [],
        "limits": [{"currency_id": "cur_1", "per_transaction": "1500.50", "per_day": None}],
        "status": "active", "locked_until": None, "last_login_at": None, "totp": False,
    }  # fmt: skip
    assert (await sign_in(desk, "Nina@cafe", NEW)).name == "home"


@pytest.mark.parametrize(
    ("typed", "status", "code", "field"),
    [
        ({"password": "short"}, 422, "weak_password", "password"),
        ({"login": "nina@cafe.example", "password": "Nina@Cafe.example"}, 422, "weak_password",
         "password"),
        ({"login": " "}, 422, "invalid_request", "login"),
        ({"login": "admin@desk.example"}, 409, "conflict", "login"),
        ({"currency_id": "cur_1", "per_day": "much"}, 422, "invalid_request", "per_day"),
        ({"currency_id": "", "per_day": "5"}, 422, "invalid_request", "currency_id"),
        ({"currency_id": ["cur_1", "cur_1"], "per_transaction": ["1", "2"], "per_day": ["", ""]},
         422, "invalid_request", "limits"),
    ],
)  # fmt: skip
async def test_what_is_refused_is_said_beside_the_field(
    desk: Desk, typed: dict[str, Any], status: int, code: str, field: str
) -> None:
    page = await create(await desk.clerk(), name="Nina", program_ids=["prg_2"], **typed)
    assert (page.status, page.name) == (status, "user")
    assert page.one("refusal").get("data-code") == code
    assert page.one("field-error").get("data-field") == field
    assert "must" not in page.said("field-error")
    assert page.one("name").get("value") == "Nina"
    assert [box.get("value") for box in page.all("program_ids") if box.get("checked") is not None]
    assert not page.one("password").get("value")
    assert NEW not in page.text


async def test_the_list_is_filtered_and_goes_on(desk: Desk) -> None:
    clerk = await desk.clerk()
    for number in range(55):
        login = f"till{number}@cafe"
        body = {"login": login, "password": NEW, "role": "viewer", "name": f"Till {number}"}
        await desk.api("POST", "/v1/users", body)
    first = await clerk.get("/console/users?role=viewer")
    assert len(first.all("row")) == 50
    assert len((await first.follow("load-more")).all("row")) == 5
    one = await clerk.get("/console/users?q=TILL54")
    assert [each.text_content() for each in one.all("user-role")] == ["Viewer"]
    assert (await clerk.get("/console/users?q=nobody")).has("empty")
    assert (await clerk.get("/console/users?status=disabled")).has("empty")
    assert (await clerk.get("/console/users?role=king&status=x")).status == 200


async def test_what_is_saved_is_what_the_form_says(desk: Desk) -> None:
    clerk = await desk.clerk()
    page = await create(clerk, program_ids=["prg_1"], currency_id="cur_1", per_day="10")
    assert [each.get("value") for each in page.all("per_day")] == ["10.00", ""]
    saved = await page.press(
        "save", name="Nina N", role="viewer", program_ids=[], per_day=["", ""],
        currency_id=["cur_1", ""], per_transaction=["", ""],
    )  # fmt: skip
    assert saved.said("flash") == "Saved."
    now = await user(desk, saved)
    assert (now["name"], now["role"], now["program_ids"], now["limits"]) == (
        "Nina N",
        "viewer",
        [],
        [],
    )


async def test_disabling_signs_out_and_enabling_lets_in_again(desk: Desk) -> None:
    clerk, other = await desk.clerk(), await desk.clerk(Role.SUPPORT)
    page = await clerk.get(f"/console/users/usr_{other.user:x}")
    disabled = await page.press("disable")
    assert not disabled.has("disable")
    assert [each.get("data-status") for each in disabled.all("status")] == ["disabled"]
    assert (await other.get("/console")).name == "login"
    assert (await sign_in(desk, "support@desk.example", PASSWORD)).has("login-error")
    assert (await disabled.press("enable")).has("disable")
    assert (await sign_in(desk, "support@desk.example", PASSWORD)).name == "home"


async def test_a_locked_person_is_unlocked(desk: Desk) -> None:
    clerk, other = await desk.clerk(), await desk.clerk(Role.SUPPORT)
    for _ in range(6):
        await sign_in(desk, "support@desk.example", "wrong")
        desk.now += 1_000_000
    await sign_in(desk, "support@desk.example", "wrong")
    page = await clerk.get(f"/console/users/usr_{other.user:x}")
    assert page.has("locked-until")
    assert [each.get("data-status") for each in page.all("status")] == ["active", "locked"]
    assert not (await page.press("unlock")).has("locked-until")
    assert (await sign_in(desk, "support@desk.example", PASSWORD)).name == "home"


async def test_a_password_that_is_set_ends_the_sessions(desk: Desk) -> None:
    clerk, other = await desk.clerk(), await desk.clerk(Role.SUPPORT)
    page = await clerk.get(f"/console/users/usr_{other.user:x}")
    weak = await page.press("set-password", password="short")
    assert (weak.status, weak.one("field-error").get("data-field")) == (422, "password")
    assert (await other.get("/console")).name == "home"
    assert (await page.press("set-password", password=NEW)).has("flash")
    assert (await other.get("/console")).name == "login"
    assert (await sign_in(desk, "support@desk.example", NEW)).name == "home"


async def test_sessions_are_ended_one_by_one(desk: Desk) -> None:
    clerk, other = await desk.clerk(), await desk.clerk(Role.SUPPORT)
    assert other.user is not None
    second = await desk.at_desk(other.user)
    page = await clerk.get(f"/console/users/usr_{other.user:x}")
    assert len(page.all("row")) == 2
    target = page.all("end-session")[0].getparent().get("action")
    token = page.root.xpath("//input[@name='csrf_token']")[0].get("value")
    answer = await clerk.client.post(target, data={"csrf_token": token})
    assert "The session has ended." in answer.text
    assert (await second.get("/console")).name == "login"
    assert (await other.get("/console")).name == "home"


async def test_a_second_factor_that_was_lost_is_removed(desk: Desk) -> None:
    clerk, other = await desk.clerk(), await desk.clerk(Role.SUPPORT)
    await desk.api("POST", f"/v1/users/usr_{other.user:x}/totp")
    page = await clerk.get(f"/console/users/usr_{other.user:x}")
    assert page.one("totp-state").get("data-state") == "on"
    removed = await page.press("remove-totp")
    assert removed.one("totp-state").get("data-state") == "off"
    assert not removed.has("remove-totp")


async def test_the_last_administrator_stays_one(desk: Desk) -> None:
    clerk = await desk.clerk()
    people = (await desk.api("GET", "/v1/users?role=admin"))["data"]
    own = f"usr_{clerk.user:x}"
    for each in people:
        if each["id"] != own:
            await desk.api("POST", f"/v1/users/{each['id']}/disable")
    page = await clerk.get(f"/console/users/{own}")
    assert page.has("own")
    for refused in (
        await page.press("disable"),
        await page.press("save", role="manager"),
        await page.press("save", program_ids=["prg_1"]),
    ):
        assert refused.status == 409
        assert refused.one("refusal").get("data-code") == "last_admin"
        assert refused.said("refusal").startswith("Nobody could do everything any more")


async def test_nobody_lifts_themselves(desk: Desk) -> None:
    clerk = await desk.clerk()
    limit = {"currency_id": "cur_1", "per_transaction": "10.00"}
    await desk.api("PATCH", f"/v1/users/usr_{clerk.user:x}", {"limits": [limit]})
    page = await clerk.get(f"/console/users/usr_{clerk.user:x}")
    more = await page.press("save", per_transaction=["11", ""])
    assert (more.status, more.one("refusal").get("data-code")) == (409, "forbidden")
    assert more.said("refusal").startswith("Nobody gives themselves more rights.")
    for role in (Role.VIEWER, Role.SUPPORT, Role.MANAGER):
        other = await desk.clerk(role)
        page = await other.get(f"/console/users/usr_{other.user:x}")
        assert (page.status, page.name) == (403, "forbidden")
        assert "Your role does not allow it." in page.said("error")
        assert not [a for a in page.root.xpath("//nav//a/@href") if a.endswith(("users", "keys"))]


async def test_an_administrator_of_one_program_does_not_see_people_or_keys(desk: Desk) -> None:
    clerk = await desk.clerk()
    await desk.api("PATCH", f"/v1/users/usr_{clerk.user:x}", {"program_ids": ["prg_1"]})
    for path in ("users", "users/new", f"users/usr_{clerk.user:x}", "keys", "keys/new"):
        assert (await clerk.get(f"/console/{path}")).status == 403, path
    home = await clerk.get("/console")
    assert not [a for a in home.root.xpath("//nav//a/@href") if a.endswith(("users", "keys"))]


async def test_who_demotes_themselves_sees_their_own_page(desk: Desk) -> None:
    clerk = await desk.clerk()
    page = await clerk.get(f"/console/users/usr_{clerk.user:x}")
    assert (await page.press("save", role="support")).name == "me"


async def test_what_is_written_is_in_the_audit_log_as_done_at_the_console(desk: Desk) -> None:
    clerk = await desk.clerk()
    await create(clerk)
    rows = (await desk.api("GET", "/v1/audit?action=user.created&limit=1"))["data"]
    assert (rows[0]["dialect"], rows[0]["user_id"]) == ("console", f"usr_{clerk.user:x}")


async def test_a_name_is_text(desk: Desk) -> None:
    page = await create(await desk.clerk(), name="<script>alert(1)</script>")
    assert "<script>alert" not in page.text
    assert page.said("user-name").startswith("<script>alert(1)</script>")


async def test_the_pages_are_in_russian(desk: Desk) -> None:
    clerk = await desk.clerk()
    clerk.client.cookies.set("stampbook_language", "ru")
    listed = await clerk.get("/console/users")
    assert "Администратор" in listed.text
    weak = await create(clerk, password="short")
    assert weak.said("field-error") == "Пароль: от 10 до 1024 символов, и не логин."


async def test_the_demo_s_first_page_shows_whom_it_does_not_concern_nothing(desk: Desk) -> None:
    desk.is_demo()
    clerk = await desk.clerk(Role.SUPPORT)
    assert len([e for e in (await clerk.get("/console")).root.iter() if e.get("data-state")]) == 3
    await desk.api("PATCH", f"/v1/users/usr_{clerk.user:x}", {"program_ids": ["prg_1"]})
    home = await clerk.get("/console")
    assert home.name == "home"
    assert len([e for e in home.root.iter() if e.get("data-state")]) == 1
