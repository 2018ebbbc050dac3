"""Signing in and out, and what cookies and forms prove."""

from __future__ import annotations

import pytest

from stampbook.programs.roles import Role
from tests.console.desk import Desk, Page, token_of

PAGES = ("/console/me", "/console/accounts/acc_1", "/console/search?q=ada")


async def _sign_in(desk: Desk, **fields: str) -> Page:
    page = await desk.stranger().get("/console")
    access = desk.demo.access
    return await page.press("sign-in", **{"login": access.login, **fields})


async def test_the_address_alone_leads_to_the_console(desk: Desk) -> None:
    client = desk.browser()
    client.follow_redirects = False
    for method in ("GET", "HEAD"):
        answer = await client.request(method, "/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/console")


async def test_signed_out_the_console_is_the_page_to_sign_in(desk: Desk) -> None:
    for path in ("/console", "/console/login"):
        page = await desk.stranger().get(path)
        assert (page.status, page.name) == (200, "login")
        assert page.path == path


async def test_what_is_nowhere_is_said_to_people_alone(desk: Desk) -> None:
    """Strangers sign in first; everybody else keeps the search and the way back."""
    clerk = await desk.clerk()
    for path in ("nothing", "accounts/acc_1/nothing", "a/b/c/d/e/f"):
        page = await desk.stranger().get(f"/console/{path}")
        assert page.name == "login", path
        page = await clerk.get(f"/console/{path}")
        assert (page.status, page.name) == (404, "not-found"), path
        assert all(map(page.has, ("nav", "search-box", "sign-out"))), path
    answer = await desk.stranger().client.get("/console/nothing", headers={"hx-request": "true"})
    assert answer.status_code == 401


async def test_the_right_password_opens_the_first_page(desk: Desk) -> None:
    page = await _sign_in(desk, password=desk.demo.access.password)
    assert page.name == "home"
    assert page.said("signed-in-as") == "Olga Owner"


async def test_after_signing_in_one_is_where_one_wanted_to_be(desk: Desk) -> None:
    page = await desk.stranger().get("/console/guide/live?since=x")
    assert page.name == "login"
    assert page.path == "/console/login?next=%2Fconsole%2Fguide%2Flive%3Fsince%3Dx"


@pytest.mark.parametrize(
    "evil", ["//evil.example", "https://evil.example/console", "/consolexyz", "/console\\@evil"]
)
async def test_signing_in_leads_nowhere_else(desk: Desk, evil: str) -> None:
    page = await _sign_in(desk, password=desk.demo.access.password, next=evil)
    assert page.path == "/console"


async def test_a_wrong_password_is_refused_in_words(desk: Desk) -> None:
    page = await _sign_in(desk, password="wrong")
    assert (page.status, page.name) == (422, "login")
    assert page.one("login-error").get("data-code") == "invalid_credentials"
    assert page.one("login").get("value") == desk.demo.access.login
    assert not page.one("password").get("value")


async def test_too_many_wrong_passwords_lock_and_say_how_long(desk: Desk) -> None:
    for _ in range(5):
        await _sign_in(desk, password="wrong")
    page = await _sign_in(desk, password=desk.demo.access.password)
    assert page.status == 429
    assert int(page.answer.headers["retry-after"]) == 1
    assert page.said("login-locked") == "Too many attempts. Try again in 1 second."


async def test_signing_out_ends_the_session_itself(desk: Desk) -> None:
    clerk = await desk.clerk()
    home = await clerk.get("/console")
    stolen = {"stampbook_session": clerk.client.cookies["stampbook_session"]}
    assert (await home.press("sign-out")).name == "login"
    clerk.client.cookies.update(stolen)
    assert (await clerk.get("/console")).name == "login"


async def test_a_session_of_the_console_does_not_open_the_api_nor_the_other_way(
    desk: Desk,
) -> None:
    clerk = await desk.clerk()
    token = clerk.client.cookies["stampbook_session"]
    answer = await desk.browser(authorization=f"Bearer {token}").get("/v1/session")
    assert answer.status_code == 401
    answer = await desk.browser(cookie=f"stampbook_session={token}").get("/v1/session")
    assert answer.status_code == 401
    body = {"login": desk.demo.access.login, "password": desk.demo.access.password}
    native = (await desk.browser().post("/v1/sessions", json=body)).json()["token"]
    for secret in (native, desk.facts["api_key"]):
        visitor = desk.stranger(cookie=f"stampbook_session={secret}")
        assert (await visitor.get("/console")).name == "login"


async def test_a_disabled_person_sees_nothing_more(desk: Desk) -> None:
    clerk = await desk.clerk(Role.SUPPORT)
    assert (await clerk.get("/console")).name == "home"
    await desk.api("POST", f"/v1/users/usr_{clerk.user:x}/disable")
    assert (await clerk.get("/console")).name == "login"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "null"},
    ],
)
async def test_another_site_cannot_send_our_forms(desk: Desk, headers: dict[str, str]) -> None:
    clerk = await desk.clerk()
    token = token_of(await clerk.get("/console"))
    answer = await clerk.client.post("/console/logout", data={"csrf_token": token}, headers=headers)
    assert answer.status_code == 403
    assert 'data-code="csrf"' in answer.text
    assert (await clerk.get("/console")).name == "home"


async def test_a_form_needs_the_token_of_its_own_session(desk: Desk) -> None:
    clerk, other = await desk.clerk(), await desk.clerk(Role.VIEWER)
    foreign = token_of(await other.get("/console"))
    for fields in ({}, {"csrf_token": ""}, {"csrf_token": "é"}, {"csrf_token": foreign}):
        answer = await clerk.client.post("/console/logout", data=fields)
        assert answer.status_code == 403, fields
    own = {"origin": "http://desk.test", "sec-fetch-site": "same-origin"}
    own["x-csrf-token"] = token_of(await clerk.get("/console"))
    answer = await clerk.client.post("/console/logout", headers=own)
    assert answer.status_code == 200
    assert answer.url.path == "/console/login"


@pytest.mark.parametrize(
    ("page", "sought"),
    [
        (None, "/console/login"),
        ("/console", "/console/login"),
        ("https://evil.example/elsewhere?x=1", "/console/login"),
        ("/console/accounts/acc_1/move?type=hold",
         "/console/login?next=%2Fconsole%2Faccounts%2Facc_1%2Fmove%3Ftype%3Dhold"),
    ],
)  # fmt: skip
async def test_who_was_signed_out_goes_on_at_the_page_that_was_open(
    desk: Desk, page: str | None, sought: str
) -> None:
    client = desk.browser()
    at = {"hx-current-url": f"http://desk.test{page}", "referer": f"http://desk.test{page}"}
    if page is None or page.startswith("https"):
        at = {} if page is None else {"hx-current-url": page, "referer": page}
    answer = await client.get("/console/guide/live", headers={"hx-request": "true", **at})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, sought)
    client.follow_redirects = False
    for form in ("/console/accounts/acc_1/move?type=hold", "/console/logout", "/console/me/theme"):
        answer = await client.post(form, headers=at)
        assert (answer.status_code, answer.headers["location"]) == (303, sought), form
    assert (await client.post("/console/login", headers=at)).status_code == 403


async def test_every_page_is_safe_by_its_headers(desk: Desk) -> None:
    clerk = await desk.clerk()
    for path in ("/console", "/console/login", "/console/nowhere"):
        answer = (await clerk.get(path)).answer
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"


async def test_cookies_are_for_the_console_alone(desk: Desk) -> None:
    client = desk.browser()
    page = await desk.stranger().get("/console")
    client.cookies = page.clerk.client.cookies
    client.follow_redirects = False
    access = desk.demo.access
    fields = {"login": access.login, "password": access.password, "csrf_token": token_of(page)}
    answer = await client.post("/console/login", data=fields)
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if "session=" in c]
    assert {"HttpOnly", "SameSite=Lax", "Path=/console"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


async def test_the_demo_fills_the_password_in(desk: Desk) -> None:
    assert not (await desk.stranger().get("/console")).has("demo-credentials")
    desk.is_demo()
    page = await desk.stranger().get("/console")
    login = desk.demo.access.login
    words = f"Demo data. Sign in as {login} – the password is filled in."
    assert page.said("demo-credentials") == words
    assert (await page.press("sign-in")).name == "home"


async def test_what_is_not_there_has_a_page(desk: Desk) -> None:
    clerk = await desk.clerk()
    page = await clerk.get("/console/nowhere")
    assert (page.status, page.name) == (404, "not-found")
    assert page.said("request-id")


async def test_language_and_theme_are_chosen_and_kept(desk: Desk) -> None:
    clerk = await desk.clerk()
    home = await clerk.get("/console")
    assert home.root.get("lang") == "en"
    client = clerk.client
    token = token_of(home)
    fields = {"csrf_token": token, "next": "/console"}
    await client.post("/console/me/language", data={**fields, "language": "ru"})
    await client.post("/console/me/theme", data={**fields, "theme": "dark"})
    home = await clerk.get("/console")
    assert (home.root.get("lang"), home.root.get("data-theme")) == ("ru", "dark")
    by_browser = await desk.stranger(**{"accept-language": "ru-RU,en;q=0.5"}).get("/console")
    assert by_browser.root.get("lang") == "ru"


async def test_what_is_typed_into_an_address_becomes_no_header(desk: Desk) -> None:
    clerk = await desk.clerk()
    clerk.client.follow_redirects = False
    typed = "x%0d%0aset-cookie:%20a=b"
    for path in (
        f"/console/visits/1/withdrawals/{typed}/cancel",
        f"/console/members/{typed}",
        f"/console/accounts/acc_1/statement?to={typed}",
        f"/console/search?q={typed}",
    ):
        answer = await clerk.client.get(path)
        assert "set-cookie" not in answer.headers, path
        assert "\n" not in answer.headers.get("location", ""), path
    answer = await desk.browser().get(f"/console/me?next={typed}", follow_redirects=False)
    assert "\n" not in answer.headers.get("location", "")
