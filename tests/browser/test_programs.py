"""From the list of programs to a changed policy, in a real browser, on both databases."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Demo, sign_in
from tests.browser.looking import check


async def speak_russian(page: Page, demo: Demo) -> None:
    cookie = {"name": "stampbook_language", "value": "ru", "url": demo.origin}
    await page.context.add_cookies([cookie])  # type: ignore[list-item]


async def change_a_policy(page: Page) -> None:
    """From the first page to a saved policy, by what the pages themselves offer."""
    await page.get_by_test_id("nav").get_by_role("link", name="Programs").click()
    await expect(page.locator("[data-page=programs]")).to_be_visible()
    await page.get_by_test_id("program").filter(has_text="Bean Points").click()
    await expect(page.get_by_test_id("program-name")).to_have_text("Bean Points")
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
async def test_a_manager_changes_a_policy(own_page: Page, own_demo: Demo) -> None:
    await sign_in(own_page, own_demo)
    await change_a_policy(own_page)


@pytest.mark.slow
async def test_the_same_without_javascript(plain_page: Page, own_demo: Demo) -> None:
    await sign_in(plain_page, own_demo)
    await change_a_policy(plain_page)


@pytest.mark.slow
async def test_a_program_is_made(own_page: Page, own_demo: Demo) -> None:
    page = own_page
    await sign_in(page, own_demo)
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
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_pages_are_for_everybody(page: Page, demo: Demo, language: str) -> None:
    await sign_in(page, demo)
    if language == "ru":
        await speak_russian(page, demo)
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
        await check(page, f"{name}-{language}")
    for dates, name in (("", "currency-refused"), ("12-31", "policy-preview")):
        # A picture leaves empty styles on fields, which the policy would not let be copied.
        await page.goto("/console/currencies/cur_1")
        await page.get_by_test_id("expiry").select_option("calendar")
        await page.get_by_test_id("expiry_dates").fill(dates)
        await page.get_by_test_id("preview").click()
        shown = page.get_by_test_id("save" if dates else "field-error")
        await expect(shown).to_be_visible()
        await check(page, f"{name}-{language}")
