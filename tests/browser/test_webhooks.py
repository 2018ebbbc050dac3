"""A webhook from its form to events that arrive, with a receiver that fails first."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import Demo, sign_in
from tests.browser.looking import check, check_in_both
from tests.browser.shops import Shop, clients, open_shop
from tests.webhooks.receiving import Answer, Got, Receiver, receiving, signatures

GONE = 410


async def new_webhook(page: Page, shop: Shop, url: str) -> str:
    """From the list to a new webhook, with one form that is refused in between: its secret."""
    await page.get_by_test_id("nav").get_by_role("link", name="Webhooks").click()
    await page.get_by_test_id("new-webhook").first.click()
    await page.get_by_test_id("url").fill("https://10.0.0.1/events")
    await page.get_by_test_id("events").fill("transaction.*")
    await page.get_by_test_id("program_id").select_option(shop.program)
    await page.get_by_test_id("save").click()
    error = page.get_by_test_id("field-error")
    await expect(error).to_have_attribute("data-field", "url")
    await check(page, "new-webhook-refused")
    await page.get_by_test_id("url").fill(url)
    await page.get_by_test_id("save").click()
    secret = await page.get_by_test_id("secret").inner_text()
    await check(page, "webhook-made")
    return secret


async def a_failed_delivery(page: Page, receiver: Receiver) -> None:
    """A test that fails is found by the filter, looked at, and sent again: it arrives meanwhile."""
    await page.get_by_test_id("test").click()
    await expect(page.get_by_test_id("flash")).to_contain_text("500")
    await page.get_by_test_id("filters").get_by_test_id("status").select_option("failed")
    await page.get_by_test_id("filter").click()
    await expect(page).to_have_url(re.compile("status=failed"))
    await page.get_by_test_id("delivery").click()
    await expect(page.get_by_test_id("body")).to_contain_text("webhook.test")
    await expect(page.get_by_test_id("response")).to_have_text("<b>no</b>")
    await check_in_both(page, "delivery")
    receiver.choose = lambda got: Answer()
    await page.get_by_test_id("redeliver").click()
    await expect(page.get_by_test_id("flash")).to_be_visible()
    await expect(page.get_by_test_id("try")).to_have_count(2)
    status = page.locator("#live-part").get_by_test_id("status")
    await expect(status).to_have_attribute("data-status", "delivered")


async def test_a_webhook_click_by_click(page: Page, demo: Demo) -> None:
    async with receiving() as receiver, clients(demo) as client:
        shop = await open_shop(demo, client)
        receiver.choose = lambda got: Answer(500, body=b"<b>no</b>")
        await sign_in(page, demo)
        secret = await new_webhook(page, shop, receiver.url)
        await a_failed_delivery(page, receiver)
        assert all(signatures(each, secret) for each in receiver.got)

        await page.get_by_test_id("webhook").click()
        path = page.url.partition("?")[0]
        await page.get_by_test_id("rotate").click()
        second = await page.get_by_test_id("secret").inner_text()
        assert second != secret
        await page.goto(path)
        await expect(page.get_by_test_id("secret")).to_have_count(0)

        row = await shop.move("accrue", "80")
        delivered = page.locator("[data-testid=row][data-status=delivered]")
        await expect(delivered).to_have_count(2)  # the open page has it by itself
        assert signatures(receiver.got[-1], secret)
        assert signatures(receiver.got[-1], second)
        await page.get_by_test_id("redeliver-range").click()
        await page.get_by_test_id("from").fill("2020-01-01T00:00")
        await page.get_by_test_id("status").select_option("all")
        await check(page, "redeliver-range")
        await page.get_by_test_id("redeliver-range").click()
        await expect(page.get_by_test_id("flash")).to_contain_text("2 events are sent again")

        await _disabled(page, shop, receiver, path)

        await page.goto(f"/console/transactions/{row['id']}")
        await expect(page.get_by_test_id("event")).to_have_count(1)
        await check(page, "transaction-events")
        await page.get_by_test_id("delivery").click()
        await expect(page.locator("[data-page=delivery]")).to_be_visible()

        await page.goto(f"/console/events?program_id={shop.program}")
        await expect(page.get_by_test_id("tail")).to_be_visible()
        row = await shop.move("redeem", "30")
        first = page.get_by_test_id("row").first
        await expect(first.get_by_test_id("transaction")).to_have_attribute(
            "href", re.compile(row["id"])
        )
        await first.get_by_test_id("type-of-event").click()
        await expect(first.get_by_test_id("body")).to_contain_text(row["id"])
        await check_in_both(page, "events")

        await page.goto(path)
        await page.get_by_test_id("delete").click()
        await check(page, "webhook-delete")
        await page.get_by_test_id("confirm").click()
        await expect(page.get_by_test_id("flash")).to_be_visible()


async def _disabled(page: Page, shop: Shop, receiver: Receiver, path: str) -> None:
    """An answer disables it: all pages say so, until it is enabled and goes on."""

    def gone(got: Got) -> Answer:
        return Answer(GONE)

    await expect(page.locator("[data-testid=row][data-status=delivered]")).to_have_count(2)
    receiver.choose, before = gone, len(receiver.got)
    await shop.move("accrue", "5")
    await receiver.has_got(before + 1)
    await expect(page.locator("[data-testid=row][data-status=pending]")).to_have_count(1)
    await page.goto("/console/programs")
    await expect(page.get_by_test_id("webhook-stopped")).to_be_visible()
    await check(page, "webhook-stopped")
    await page.get_by_test_id("webhook-stopped").get_by_role("link").click()
    await expect(page.get_by_test_id("disabled-reason")).to_have_attribute("data-reason", "gone")
    await check_in_both(page, "webhook-disabled")
    receiver.choose = lambda got: Answer()
    await page.get_by_test_id("enable").click()
    await expect(page.get_by_test_id("flash")).to_be_visible()
    await expect(page.get_by_test_id("webhook-stopped")).to_have_count(0)
    await expect(page.locator("[data-testid=row][data-status=delivered]")).to_have_count(3)
    assert receiver.got[-1].event["data"]["transaction"]["amount"] == "5.00"
