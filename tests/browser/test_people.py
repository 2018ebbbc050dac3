"""People and keys in a real browser: who may come in, and that nothing is left when they go."""

from __future__ import annotations

import itertools
import re
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Demo, sign_in
from tests.browser.looking import check_in_both, check_spoken
from tests.browser.watching import watched

PASSWORD, OTHER = "battery staple", "staple battery"

_numbers = itertools.count(1)


async def sign_in_as(page: Page, login: str, password: str) -> None:
    await page.goto("/console")
    await page.get_by_test_id("login").fill(login)
    await page.get_by_test_id("password").fill(password)
    await page.get_by_test_id("login-form").get_by_role("button").click()


async def new_user(page: Page) -> str:
    """From the list to the page of a new person, with one form that is refused in between: the
    login."""
    login = f"nina.{next(_numbers)}@coffee.example"
    await page.goto("/console/users")
    await page.get_by_test_id("new-user").click()
    await page.get_by_test_id("login").fill(login)
    await page.get_by_test_id("password").fill("short")
    await page.get_by_test_id("role").select_option("support")
    await page.get_by_test_id("program_ids").first.check()
    await page.get_by_test_id("currency_id").select_option("cur_1")
    await page.get_by_test_id("per_transaction").fill("500")
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("refusal")).to_have_attribute("data-code", "weak_password")
    await expect(page.get_by_test_id("login")).to_have_value(login)
    await expect(page.get_by_test_id("program_ids").first).to_be_checked()
    await page.get_by_test_id("password").fill(PASSWORD)
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("flash")).to_contain_text(login)
    return login


async def new_key(page: Page, name: str) -> str:
    """A key of that name; its secret."""
    await page.goto("/console/keys")
    await page.get_by_test_id("new-key").click()
    await page.get_by_test_id("name").fill(name)
    await page.locator("[data-testid=scopes][value=read]").check()
    await page.get_by_test_id("save").click()
    return await page.get_by_test_id("secret").inner_text()


def row_of(page: Page, text: str) -> Any:
    return page.get_by_test_id("row").filter(has_text=text)


async def status_of(demo: Demo, secret: str) -> int:
    async with httpx.AsyncClient() as client:
        headers = {"Authorization": f"Bearer {secret}"}
        return (await client.get(f"{demo.origin}/v1/programs", headers=headers)).status_code


async def people_and_keys(browser: Browser, page: Page, demo: Demo, **options: Any) -> None:
    await sign_in(page, demo)
    login = await new_user(page)
    till = f"Till {next(_numbers)}."
    await page.get_by_test_id("disable").click()
    await expect(page.get_by_test_id("enable")).to_be_visible()
    await page.get_by_test_id("enable").click()
    await expect(page.get_by_test_id("disable")).to_be_visible()
    await page.get_by_test_id("unlock").click()
    await expect(page.get_by_test_id("flash")).to_contain_text("Failed sign-ins are forgotten.")
    async with watched(browser, demo.origin, **options) as theirs:
        await sign_in_as(theirs, login, PASSWORD)
        await expect(theirs.locator("[data-page=home]")).to_be_visible()
        await page.get_by_test_id("password").fill(OTHER)
        await page.get_by_test_id("set-password").click()
        await expect(page.get_by_test_id("flash")).to_contain_text(f"The password of {login}")
        await theirs.get_by_test_id("signed-in-as").click()
        await expect(theirs.get_by_test_id("login-form")).to_be_visible()
        await sign_in_as(theirs, login, OTHER)
        await expect(theirs.locator("[data-page=home]")).to_be_visible()
        await theirs.goto("/console/me")
        await theirs.get_by_test_id("password").fill(PASSWORD)
        await theirs.get_by_test_id("set-password").click()
        await expect(theirs.get_by_test_id("flash")).to_be_visible()
        await expect(theirs.locator("[data-page=me]")).to_be_visible()
    secret = await new_key(page, till)
    assert await status_of(demo, secret) == 200
    await row_of(page, till).get_by_test_id("overlap_s").select_option("0")
    await row_of(page, till).get_by_test_id("rotate").click()
    await expect(page.get_by_test_id("old-secret-until")).to_be_visible()
    rotated = await page.get_by_test_id("secret").inner_text()
    assert [await status_of(demo, each) for each in (secret, rotated)] == [401, 200]
    await row_of(page, till).get_by_test_id("revoke").click()
    await page.get_by_test_id("confirm").click()
    await expect(row_of(page, till).get_by_test_id("status")).to_have_attribute(
        "data-status", "revoked"
    )
    assert await status_of(demo, rotated) == 401


@pytest.mark.slow
async def test_people_and_keys(browser: Browser, own_page: Page, own_demo: Demo) -> None:
    await people_and_keys(browser, own_page, own_demo)


@pytest.mark.slow
async def test_the_same_without_javascript(
    browser: Browser, plain_page: Page, own_demo: Demo
) -> None:
    await people_and_keys(browser, plain_page, own_demo, java_script_enabled=False)


@pytest.mark.slow
async def test_after_signing_out_nothing_is_left(
    browser: Browser, own_page: Page, own_demo: Demo
) -> None:
    page = own_page
    await sign_in(page, own_demo)
    login = await new_user(page)
    await page.goto("/console/members/mbr_1")
    await expect(page.get_by_test_id("member-name")).to_be_visible()
    await page.get_by_test_id("sign-out").click()
    await expect(page.get_by_test_id("login-form")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_test_id("login-form")).to_be_visible()
    assert "Ada" not in await page.content()

    async with watched(browser, own_demo.origin) as theirs:
        await sign_in_as(theirs, login, PASSWORD)
        await theirs.goto("/console/members/mbr_1")
        await expect(theirs.get_by_test_id("member-name")).to_be_visible()
        await theirs.goto("/console/health")
        async with httpx.AsyncClient() as client:
            key = {"Authorization": f"Bearer {own_demo.facts['api_key']}"}
            users = f"{own_demo.origin}/v1/users"
            found = (await client.get(f"{users}?limit=200", headers=key)).json()["data"]
            (user,) = [each["id"] for each in found if each["login"] == login]
            answer = await client.post(f"{users}/{user}/disable", headers=key)
        assert answer.status_code == 200, answer.text
        await theirs.go_back()
        await expect(theirs.get_by_test_id("login-form")).to_be_visible()
        assert "Ada" not in await theirs.content()
        await theirs.get_by_test_id("login").fill(login)
        await theirs.get_by_test_id("password").fill(PASSWORD)
        await theirs.get_by_test_id("login-form").get_by_role("button").click()
        await expect(theirs.get_by_test_id("login-error")).to_be_visible()


@pytest.mark.slow
async def test_how_the_pages_look(own_page: Page, own_demo: Demo) -> None:
    page = own_page
    await sign_in(page, own_demo)
    for path, name in (
        ("/console/users", "users"),
        ("/console/users?q=nobody", "users-empty"),
        ("/console/keys", "keys"),
        ("/console/keys/new", "new-key"),
        ("/console/keys/key_1/revoke", "revoke-key"),
        ("/console/me", "me"),
    ):
        await page.goto(path)
        await check_in_both(page, name)
    for language in ("en", "ru"):
        await page.goto("/console/users")
        await page.get_by_test_id("language").select_option(language)
        await expect(page.locator("html")).to_have_attribute("lang", language)
        await page.goto("/console/users/new")
        await page.get_by_test_id("login").fill("x")
        await page.get_by_test_id("password").fill("short")
        await page.get_by_test_id("save").click()
        await expect(page.get_by_test_id("refusal")).to_be_visible()
        await check_spoken(page, "new-user-refused")
        await new_user(page)
        await check_spoken(page, "user")
        await new_key(page, "Till")
        await check_spoken(page, "made-key")
        await page.goto("/console/me")
        await page.get_by_test_id("add-totp").click()
        await expect(page.get_by_test_id("uri")).to_have_text(re.compile("^otpauth://"))
        await check_spoken(page, "me-second-factor")
