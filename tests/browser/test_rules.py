"""Rules and tiers, click by click: a rule from its first field to an award, a ladder of tiers."""

from __future__ import annotations

from playwright.async_api import Page, expect

SHOP = "prg_3"
"""The club of the demo, where Ada is."""


async def fill_in_a_ladder(page: Page) -> None:
    """Two tiers of the club, active."""
    await page.goto(f"/console/tiers/new?program={SHOP}")
    await page.get_by_test_id("name").fill("Metals")
    await page.get_by_test_id("tier_name", exact=True).fill("Silver")
    await page.get_by_test_id("threshold", exact=True).fill("100")
    await page.get_by_test_id("tier_name-2").fill("Gold")
    await page.get_by_test_id("threshold-2").fill("1000")
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("flash")).to_be_visible()
    await expect(page.get_by_test_id("tier")).to_have_count(2)
    await page.get_by_test_id("activate").click()
    await expect(page.get_by_test_id("status")).to_have_attribute("data-status", "active")
