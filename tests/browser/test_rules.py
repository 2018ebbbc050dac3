"""Rules and tiers, click by click: a ladder of tiers, and a rule from its first field to what it
would give."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Demo, sign_in
from tests.browser.looking import check

CLUB = "prg_3"
"""The club of the demo."""


async def make_tiers(page: Page) -> None:
    """Two tiers of the club, which its members have."""
    await page.goto(f"/console/tiers/new?program={CLUB}")
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


async def fill_in_a_rule(page: Page) -> None:
    """A rule with two earnings, before it is saved."""
    await page.goto(f"/console/rules/new?program={CLUB}")
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


@pytest.mark.slow
async def test_a_rule_and_tiers(own_page: Page, own_demo: Demo) -> None:
    page = own_page
    await sign_in(page, own_demo)
    await make_tiers(page)
    await fill_in_a_rule(page)
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
async def test_the_same_without_javascript(plain_page: Page, own_demo: Demo) -> None:
    await sign_in(plain_page, own_demo)
    await make_tiers(plain_page)
    await fill_in_a_rule(plain_page)
    await try_save_and_activate(plain_page)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_pages_are_for_everybody(own_page: Page, own_demo: Demo, language: str) -> None:
    page = own_page
    await sign_in(page, own_demo)
    await page.get_by_test_id("language").select_option(language)
    await expect(page.locator(f"html[lang={language}]")).to_be_attached()
    for path in ("rules", "tiers"):
        await page.goto(f"/console/{path}?program={CLUB}")
        await expect(page.get_by_test_id("empty")).to_be_visible()
        await check(page, f"{path}-empty-{language}")
    await make_tiers(page)
    await check(page, f"tier-group-{language}")
    await page.goto("/console/tiers/new")
    await page.get_by_test_id("save").click()
    await check(page, f"tier-group-new-{language}")
    await fill_in_a_rule(page)
    await page.get_by_test_id("add-hours").click()
    await page.get_by_test_id("more-to-try").click()
    await page.get_by_test_id("add-line").click()
    await page.get_by_test_id("line_amount").fill("60")
    await page.get_by_test_id("try").click()
    await expect(page.get_by_test_id("evaluation")).to_be_visible()
    await check(page, f"rule-new-{language}")
    await page.get_by_test_id("points-2").fill("a few")
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("field-error")).to_be_visible()
    await check(page, f"rule-refused-{language}")
    await page.get_by_test_id("points-2").fill("1")
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("flash")).to_be_visible()
    await check(page, f"rule-{language}")
    for path in ("rules", "tiers", "rules/rul_1/delete", "tiers/tgr_1/delete"):
        await page.goto(f"/console/{path}" if "_" in path else f"/console/{path}?program={CLUB}")
        await check(page, f"{path.replace('/', '-')}-{language}")
