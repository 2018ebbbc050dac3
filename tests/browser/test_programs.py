"""From the list of programs to a changed policy, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Demo, sign_in
from tests.browser.looking import check, check_in_both, check_spoken
from tests.browser.shops import Shop, clients, open_shop
from tests.browser.watching import watched


async def change_a_policy(page: Page, shop: Shop) -> None:
    """From the first page to a saved policy, by what the pages themselves offer."""
    for amount in ("20", "30"):
        await shop.move("accrue", amount)
    name = f"Shop {shop.number}"
    await page.get_by_test_id("nav").get_by_role("link", name="Programs").click()
    await expect(page.locator("[data-page=programs]")).to_be_visible()
    await page.get_by_test_id("program").filter(has_text=re.compile(rf"{name}\b")).click()
    await expect(page.get_by_test_id("program-name")).to_have_text(name)
    await page.get_by_test_id("currency").click()
    await expect(page.get_by_test_id("policy-form")).to_be_visible()
    lots = await page.get_by_test_id("open-lots").get_attribute("value")

    await page.get_by_test_id("spent_accrual").select_option("clamp")
    await page.get_by_test_id("expiry").select_option("rolling")
    await page.get_by_test_id("preview").click()
    error = page.get_by_test_id("field-error")
    await expect(error).to_have_attribute("data-field", "expiry_value")
    await expect(page.get_by_test_id("spent_accrual")).to_have_value("clamp")

    await page.get_by_test_id("expiry_value").fill("12")
    await page.get_by_test_id("preview").click()
    await expect(page.locator("[data-page=preview]")).to_be_visible()
    await expect(page.get_by_test_id("open-lots")).to_have_attribute("value", str(lots))
    said = f"This applies to new points; {lots} open lots keep their dates."
    await expect(page.get_by_test_id("preview-head")).to_have_text(said)
    await expect(page.get_by_test_id("row")).to_have_count(2)

    await page.get_by_test_id("back").click()
    await expect(page.get_by_test_id("expiry_value")).to_have_value("12")
    await page.get_by_test_id("preview").click()
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("flash")).to_have_text("Saved.")
    force = page.locator("[data-field=expiry][data-choice=rolling]").get_by_test_id("in-force")
    await expect(force).to_be_visible()


@pytest.mark.slow
async def test_a_manager_changes_a_policy(page: Page, demo: Demo) -> None:
    await sign_in(page, demo)
    async with clients(demo) as client:
        await change_a_policy(page, await open_shop(demo, client))


@pytest.mark.slow
async def test_the_same_without_javascript(browser: Browser, demo: Demo) -> None:
    async with (
        watched(browser, demo.origin, java_script_enabled=False) as page,
        clients(demo) as client,
    ):
        await sign_in(page, demo)
        await change_a_policy(page, await open_shop(demo, client))


@pytest.mark.slow
async def test_a_program_is_made(page: Page, demo: Demo) -> None:
    await sign_in(page, demo)
    await page.goto("/console/programs")
    await page.get_by_test_id("new-program").click()
    await page.get_by_test_id("name").fill("Tea club")
    await page.get_by_test_id("timezone").fill("Asia/Tbilisi")
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("program-name")).to_have_text("Tea club")
    await page.get_by_test_id("new-currency").click()
    await page.get_by_test_id("name").fill("Leaves")
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("currency-name")).to_have_text("Leaves")
    await page.get_by_role("link", name="Tea club").click()
    await expect(page.get_by_test_id("currency")).to_have_text("Leaves")
    await check(page, "program-new")


@pytest.mark.slow
async def test_the_pages_are_for_everybody(page: Page, demo: Demo) -> None:
    await sign_in(page, demo)
    for path, name in (
        ("/console/programs", "programs"),
        ("/console/programs/new", "program-form"),
        ("/console/programs/prg_1", "program"),
        ("/console/programs/prg_1/edit", "program-edit"),
        ("/console/programs/prg_1/currencies/new", "currency-new"),
        ("/console/programs/prg_1/locations/new", "location-new"),
        ("/console/currencies/cur_1", "currency"),
    ):
        await page.goto(path)
        await check_in_both(page, name)
    for language in ("en", "ru"):
        await page.get_by_test_id("language").select_option(language)
        await expect(page.locator(f"html[lang={language}]")).to_be_attached()
        for dates, name in (("", "currency-refused"), ("12-31", "policy-preview")):
            # A picture leaves empty styles on fields, which the policy would not let be copied.
            await page.goto("/console/currencies/cur_1")
            await page.get_by_test_id("expiry").select_option("calendar")
            await page.get_by_test_id("expiry_dates").fill(dates)
            await page.get_by_test_id("preview").click()
            shown = page.get_by_test_id("save" if dates else "field-error")
            await expect(shown).to_be_visible()
            await check_spoken(page, name)
