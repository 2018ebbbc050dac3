"""One's own page: password, second factor, sessions; and the session's token after a change."""

from __future__ import annotations

import pyotp
import pytest

from stampbook.programs.roles import Role
from tests.console.desk import PASSWORD, Clerk, Desk
from tests.console.people.test_users import NEW, sign_in

COOKIE = "stampbook_session"


def stolen(desk: Desk, clerk: Clerk) -> Clerk:
    """Somebody with a copy of the cookie as it is now."""
    client = desk.browser()
    client.cookies.set(COOKIE, clerk.client.cookies[COOKIE], domain="desk.test", path="/console")
    return Clerk(client, clerk.user)


@pytest.mark.parametrize("role", Role)
async def test_everybody_changes_their_own_password(desk: Desk, role: Role) -> None:
    clerk = await desk.clerk(role)
    assert clerk.user is not None
    elsewhere, thief = await desk.at_desk(clerk.user), stolen(desk, clerk)
    page = await (await clerk.get("/console")).follow("signed-in-as")
    assert page.name == "me"
    weak = await page.press("set-password", password="short")
    assert (weak.status, weak.one("refusal").get("data-code")) == (422, "weak_password")
    changed = await page.press("set-password", password=NEW)
    assert (changed.name, changed.has("flash")) == ("me", True)
    assert (await clerk.get("/console")).name == "home"
    for ended in (elsewhere, thief):
        assert (await ended.get("/console")).name == "login"
    assert (await sign_in(desk, f"{role}@desk.example", PASSWORD)).has("login-error")
    assert (await sign_in(desk, f"{role}@desk.example", NEW)).name == "home"


async def test_an_administrator_does_so_on_the_page_about_them_too(desk: Desk) -> None:
    clerk = await desk.clerk()
    page = await clerk.get(f"/console/users/usr_{clerk.user:x}")
    assert (await page.press("set-password", password=NEW)).name == "user"


async def test_a_second_factor_is_added_and_removed(desk: Desk) -> None:
    clerk = await desk.clerk(Role.SUPPORT)
    page = await (await clerk.get("/console/me")).press("add-totp")
    secret = page.said("secret")
    assert secret in page.said("uri")
    again = await clerk.get("/console/me")
    assert again.one("totp-state").get("data-state") == "on"
    assert secret not in again.text
    login = "support@desk.example"
    asked = await sign_in(desk, login, PASSWORD)
    assert asked.one("login-error").get("data-code") == "totp_required"
    code = pyotp.TOTP(secret).at(desk.now // 1_000_000)
    assert (await sign_in(desk, login, PASSWORD, totp=code)).name == "home"
    removed = await again.press("remove-totp")
    assert removed.one("totp-state").get("data-state") == "off"
    assert (await sign_in(desk, login, PASSWORD)).name == "home"


async def test_own_sessions_are_ended_this_one_too(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    assert clerk.user is not None
    await desk.at_desk(clerk.user)
    page = await clerk.get("/console/me")
    assert len(page.all("end-session")) == 2
    (here,) = [row for row in page.all("row") if [e for e in row.iter() if e.get("data-status")]]
    form = next(e for e in here.iter() if e.tag == "form")
    answer = await clerk.client.post(form.get("action"), data=dict(form.form_values()))
    assert answer.url.path == "/console/login"
    assert COOKIE not in clerk.client.cookies


async def test_somebody_elses_session_is_not_ones_own(desk: Desk) -> None:
    clerk, other = await desk.clerk(Role.SUPPORT), await desk.clerk(Role.MANAGER)
    page = await clerk.get("/console/me")
    foreign = (await desk.api("GET", f"/v1/users/usr_{other.user:x}/sessions"))["data"][0]["id"]
    token = page.root.xpath("//input[@name='csrf_token']")[0].get("value")
    path = f"/console/me/sessions/{foreign}/end"
    answer = await clerk.client.post(path, data={"csrf_token": token})
    assert answer.status_code == 403
    assert (await other.get("/console")).name == "home"


@pytest.mark.parametrize(
    "change",
    [
        {"role": "manager"},
        {"program_ids": ["prg_1"]},
        {"limits": [{"currency_id": "cur_1", "per_day": "5"}]},
    ],
)
async def test_after_a_change_of_rights_the_cookie_is_new(
    desk: Desk, change: dict[str, object]
) -> None:
    clerk = await desk.clerk(Role.SUPPORT)
    page, thief = await clerk.get("/console/members/new"), stolen(desk, clerk)
    before = clerk.client.cookies[COOKIE]
    await desk.api("PATCH", f"/v1/users/usr_{clerk.user:x}", change)
    part = await clerk.get("/console/accounts/acc_1/live?since=0", **{"hx-request": "true"})
    assert part.status in (200, 404)
    assert clerk.client.cookies[COOKIE] == before
    # A form of before is sent: it counts, and its answer has the new cookie.
    assert (await page.press("save", name="Nora", program="prg_1")).name == "member"
    after = clerk.client.cookies[COOKIE]
    assert after != before
    assert (await thief.get("/console/me")).name == "login"
    assert (await clerk.get("/console/me")).name == "me"
    assert clerk.client.cookies[COOKIE] == after


async def test_a_page_that_is_refused_has_the_new_cookie_too(desk: Desk) -> None:
    clerk = await desk.clerk(Role.ADMIN)
    await desk.api("PATCH", f"/v1/users/usr_{clerk.user:x}", {"program_ids": ["prg_1"]})
    before = clerk.client.cookies[COOKIE]
    assert (await clerk.get("/console/users")).status == 403
    assert clerk.client.cookies[COOKIE] != before
    assert (await clerk.get("/console")).name == "home"


async def test_what_is_saved_without_a_change_of_rights_keeps_the_cookie(desk: Desk) -> None:
    clerk = await desk.clerk(Role.SUPPORT)
    before = clerk.client.cookies[COOKIE]
    body = {"name": "Sue", "role": "support", "language": "ru"}
    await desk.api("PATCH", f"/v1/users/usr_{clerk.user:x}", body)
    assert (await clerk.get("/console/me")).name == "me"
    assert clerk.client.cookies[COOKIE] == before
