"""Reports in a real browser: what is asked for, the chart, its figures, and what they count."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import Demo, sign_in
from tests.browser.looking import check, check_in_both
from tests.browser.shops import clients, instant, open_shop


async def test_reports(page: Page, demo: Demo) -> None:
    """The four reports, empty and full, in both themes and languages; from a figure of the activity
    to the movement that it counts; the table for spreadsheets; the page as it is printed."""
    async with clients(demo) as client:
        shop = await open_shop(demo, client)
        await sign_in(page, demo)
        await page.goto(f"/console/reports/activity?currency_id={shop.currency}")
        await expect(page.get_by_test_id("row")).to_have_count(30)
        await expect(page.get_by_test_id("bar")).to_have_count(0)
        await check(page, "report-empty")
        await shop.move("accrue", "80", expires_at=instant(30))
        spent = await shop.move("redeem", "30.50")
        await shop.api("POST", f"/transactions/{spent['id']}/cancel", {"amount": "10"})
        await shop.move("hold", "20")

        await page.get_by_test_id("nav").get_by_role("link", name="Reports").click()
        await expect(page.locator("[data-page=reports]")).to_be_visible()
        await page.get_by_test_id("currency_id").select_option(shop.currency)
        await page.get_by_test_id("filters").get_by_role("button").click()
        await check(page, "reports")
        await page.locator("[data-testid=report][data-id=activity]").click()
        await page.get_by_test_id("resolution").select_option("month")
        await page.get_by_test_id("filters").get_by_role("button").click()
        await expect(page).to_have_url(re.compile("resolution=month"))
        bars = page.get_by_test_id("bar")
        await expect(bars).to_have_count(3)
        for series, value in (("issued", "80.00"), ("returned", "10.00"), ("redeemed", "30.50")):
            bar = page.locator(f"[data-testid=bar][data-series={series}]")
            await expect(bar).to_have_attribute("value", value)
        boxes = [await bars.nth(place).bounding_box() for place in range(3)]
        given, returned, used = (box for box in boxes if box is not None)
        assert returned["y"] < given["y"] < used["y"]
        await check_in_both(page, "report-activity")
        await page.emulate_media(media="print")
        await expect(page.get_by_test_id("filters")).to_be_hidden()
        await expect(page.get_by_test_id("csv")).to_be_hidden()
        await expect(page.get_by_test_id("chart")).to_be_visible()
        await page.emulate_media(media="screen")
        async with page.expect_download() as download:
            await page.get_by_test_id("csv").click()
        assert (await download.value).suggested_filename == "activity.csv"

        await page.locator("td a:has([data-testid=redeemed])").last.click()
        await expect(page.locator("[data-page=report-rows]")).to_be_visible()
        await expect(page.get_by_test_id("row")).to_have_attribute("data-id", spent["id"])
        await check_in_both(page, "report-transactions")
        await page.get_by_test_id("sentence").click()
        await expect(page.locator("[data-page=transaction]")).to_be_visible()

        for name in ("liability", "expiring", "breakage"):
            await page.goto(f"/console/reports/{name}?currency_id={shop.currency}")
            await expect(page.get_by_test_id("chart")).to_be_visible()
            await check_in_both(page, f"report-{name}")
        await page.goto(f"/console/reports/liability?currency_id={shop.currency}")
        await page.get_by_test_id("held").click()
        await expect(page.get_by_test_id("row").get_by_test_id("held")).to_have_attribute(
            "value", "20.00"
        )
        await check(page, "report-lots")


async def test_personal_data(page: Page, demo: Demo) -> None:
    """A member's data as a file, and the member erased."""
    async with clients(demo) as client:
        shop = await open_shop(demo, client)
        await shop.move("accrue", "80")
        await sign_in(page, demo)
        await page.goto(f"/console/members/{shop.member}")
        async with page.expect_download() as download:
            await page.get_by_test_id("export").click()
        assert (await download.value).suggested_filename == "member.json"
        await page.get_by_test_id("erase").click()
        await expect(page.get_by_test_id("forfeited")).to_be_visible()
        await check_in_both(page, "member-erase")
        await page.get_by_test_id("reason").fill("asked by letter")
        await page.get_by_test_id("forfeit").check()
        await page.get_by_test_id("confirm").click()
        await expect(page.get_by_test_id("flash")).to_contain_text("Erased.")
        await expect(page.get_by_test_id("member-name")).to_have_text(shop.member)
        await expect(page.get_by_test_id("erase")).to_have_count(0)
