"""Rules and tiers, click by click: a ladder of tiers, and a rule from its first field to what it
would give."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Demo, sign_in
from tests.browser.looking import check_spoken
from tests.browser.shops import clients, open_shop
from tests.browser.watching import watched


async def make_tiers(page: Page, program: str) -> None:
    """Two tiers of the program, which its members have."""
    await page.goto(f"/console/tiers/new?program={program}")
    await page.get_by_test_id("name").fill("Metals")
    await page.get_by_test_id("tier_name").fill("Silver")
    await page.get_by_test_id("threshold").fill("100")
    await page.get_by_test_id("tier_name-2").fill("Gold")
    await page.get_by_test_id("threshold-2").fill("1000")
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("flash")).to_be_visible()
    await expect(page.get_by_test_id("tier")).to_have_count(2)
    await page.get_by_test_id("activate").click()
    await expect(page.get_by_test_id("deactivate")).to_be_visible()


async def fill_in_a_rule(page: Page, program: str) -> None:
    """A rule with two earnings, before it is saved."""
    await page.goto(f"/console/rules/new?program={program}")
    await page.get_by_test_id("name").fill("Five for every ten")
    await page.get_by_test_id("type").select_option("per")
    await page.get_by_test_id("points").fill("5")
    await page.get_by_test_id("every").fill("10.00")
    await page.get_by_test_id("condition").fill("order.total >= 5000")
    await page.get_by_test_id("add-earning").click()
    await expect(page.get_by_test_id("earning_name-2")).to_be_focused()
    await page.get_by_test_id("points-2").fill("1")


async def try_save_and_activate(page: Page) -> None:
    await page.get_by_test_id("try").click()
    await expect(page.get_by_test_id("evaluation")).to_contain_text("50.00 Stars")
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("flash")).to_be_visible()
    await page.get_by_test_id("activate").click()
    await expect(page.get_by_test_id("deactivate")).to_be_visible()
    await expect(page.get_by_test_id("summary")).to_contain_text("for every full 10.00")


async def opened(demo: Demo) -> str:
    """A program of the test's own, whose currency is called Stars."""
    async with clients(demo) as client:
        return (await open_shop(demo, client)).program


@pytest.mark.slow
async def test_a_rule_and_tiers(page: Page, demo: Demo) -> None:
    await sign_in(page, demo)
    program = await opened(demo)
    await make_tiers(page, program)
    await fill_in_a_rule(page, program)
    # The condition is checked while it is typed; fields that do not belong are not there.
    await expect(page.get_by_test_id("every-2")).to_be_hidden()
    await expect(page.get_by_test_id("trigger_name")).to_be_hidden()
    await page.get_by_test_id("condition-2").fill("order.totl > 1")
    await expect(page.get_by_test_id("field-error")).to_contain_text("totl")
    await page.get_by_test_id("condition-2").fill("order.total > 1")
    await expect(page.get_by_test_id("understood")).to_be_visible()
    await page.get_by_test_id("points-2").fill("a few")
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("points-2")).to_be_focused()
    await expect(page.get_by_test_id("field-error")).to_have_attribute("data-field", "points-2")
    await page.get_by_test_id("points-2").fill("1")
    await try_save_and_activate(page)


@pytest.mark.slow
async def test_the_same_without_javascript(browser: Browser, demo: Demo) -> None:
    program = await opened(demo)
    async with watched(browser, demo.origin, java_script_enabled=False) as page:
        await sign_in(page, demo)
        await make_tiers(page, program)
        await fill_in_a_rule(page, program)
        await try_save_and_activate(page)


@pytest.mark.slow
async def test_the_pages_are_for_everybody(page: Page, demo: Demo) -> None:
    await sign_in(page, demo)
    for language in ("en", "ru"):
        program = await opened(demo)
        await page.get_by_test_id("language").select_option(language)
        await expect(page.locator(f"html[lang={language}]")).to_be_attached()
        await look_at_all(page, program)


async def look_at_all(page: Page, program: str) -> None:
    """The pages of rules and tiers, in the language that the page has."""
    for path in ("rules", "tiers"):
        await page.goto(f"/console/{path}?program={program}")
        await expect(page.get_by_test_id("empty")).to_be_visible()
        await check_spoken(page, f"{path}-empty")
    await make_tiers(page, program)
    group = urlsplit(page.url).path
    await check_spoken(page, "tier-group")
    await page.goto("/console/tiers/new")
    await page.get_by_test_id("save").click()
    await check_spoken(page, "tier-group-new")
    await fill_in_a_rule(page, program)
    await page.get_by_test_id("add-hours").click()
    await expect(page.get_by_test_id("remove-hours-1")).to_be_visible()
    await page.get_by_test_id("more-to-try").click()
    await page.get_by_test_id("add-line").click()
    await page.get_by_test_id("line_amount").fill("60")
    await page.get_by_test_id("try").click()
    await expect(page.get_by_test_id("evaluation")).to_be_visible()
    await check_spoken(page, "rule-new")
    await page.get_by_test_id("points-2").fill("a few")
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("field-error")).to_be_visible()
    await check_spoken(page, "rule-refused")
    await page.get_by_test_id("points-2").fill("1")
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("flash")).to_be_visible()
    rule = urlsplit(page.url).path
    await check_spoken(page, "rule")
    for path, name in (
        (f"/console/rules?program={program}", "rules"),
        (f"/console/tiers?program={program}", "tiers"),
        (f"{rule}/delete", "rule-delete"),
        (f"{group}/delete", "tier-group-delete"),
    ):
        await page.goto(path)
        await check_spoken(page, name)
