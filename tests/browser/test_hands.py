"""The keyboard alone, two windows at once, and hands that click twice."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Demo, sign_in
from tests.browser.shops import Shop, clients, open_shop

FOCUS = "document.activeElement.dataset.testid ?? document.activeElement.textContent.trim()"


async def focused(page: Page) -> str:
    return str(await page.evaluate(FOCUS))


async def press(page: Page, key: str) -> None:
    """Press the key once the page's scripts have run: before that nobody hears it."""
    await page.wait_for_load_state("domcontentloaded")
    await page.keyboard.press(key)


async def tab_to(page: Page, testid: str, *, most: int = 12) -> None:
    """Press Tab until what has this test id has the focus."""
    for _ in range(most):
        if await focused(page) == testid:
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{testid} is not reached from {await focused(page)}")


@pytest.mark.slow
async def test_path_one_by_keyboard_alone(page: Page, demo: Demo) -> None:
    await sign_in(page, demo)
    async with clients(demo) as client:
        shop, other = await open_shop(demo, client), await open_shop(demo, client)
        await shop.move("accrue", "120", reason="Welcome")
        await shop.move("redeem", "20", reason="Coffee")
        await page.goto("/console/health")
        await by_keyboard(page, shop, other)


async def by_keyboard(page: Page, shop: Shop, other: Shop) -> None:
    await press(page, "/")
    assert await focused(page) == "search-box"
    await page.keyboard.type("Ben Buyer")
    await press(page, "Enter")
    result = page.get_by_test_id("result").and_(page.locator(f"[data-id={shop.member}]"))
    await expect(result).to_be_visible()
    for _ in range(10):
        await press(page, "ArrowDown")
        if await result.evaluate("each => each === document.activeElement"):
            break
    await press(page, "Enter")
    await expect(page.get_by_test_id("member-name")).to_be_visible()
    card = page.get_by_test_id("account-card").get_by_role("link")
    for _ in range(40):
        await press(page, "Tab")
        if await card.evaluate("each => each === document.activeElement"):
            break
    await press(page, "Enter")
    await expect(page.get_by_test_id("why")).to_be_visible()
    await press(page, "ArrowDown")
    assert await focused(page) == "row"
    await press(page, "c")
    preview = page.locator("[role=dialog][data-page=preview]")
    await expect(preview).to_be_visible()
    await press(page, "Escape")
    await expect(preview).to_be_hidden()
    assert await focused(page) == "row"
    await press(page, "c")
    await expect(preview).to_be_visible()
    await tab_to(page, "reason")
    await page.keyboard.type("till error")
    await tab_to(page, "confirm")
    await press(page, "Enter")
    await expect(page.get_by_test_id("flash")).to_contain_text("Cancelled. 20.00 stars are back.")
    await tab_to(page, "undo", most=60)
    await press(page, "Enter")
    await expect(page.locator("[data-page=preview]")).to_be_visible()
    await tab_to(page, "confirm", most=60)
    await press(page, "Enter")
    await expect(page.get_by_test_id("flash")).to_contain_text("The cancel is undone.")
    assert await shop.active() == "100.00"
    await press(page, "?")
    await expect(page.get_by_role("dialog").get_by_text("Search")).to_be_visible()
    await press(page, "Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()


KEYS_AT_ONCE = """
document.addEventListener("htmx:before:settle", () => {
  const key = { key: "?", code: "Slash", shiftKey: true, bubbles: true };
  document.body.dispatchEvent(new KeyboardEvent("keydown", key));
}, { once: true });
"""


async def test_a_dialog_opened_as_a_page_comes_stays(page: Page, demo: Demo) -> None:
    await sign_in(page, demo)
    async with clients(demo) as client:
        shop = await open_shop(demo, client)
    await page.goto(f"{shop.path}/move?type=accrue")
    await page.get_by_test_id("amount").fill("5")
    await page.evaluate(KEYS_AT_ONCE)
    await page.get_by_test_id("preview").click()
    await expect(page.get_by_test_id("confirm")).to_be_attached()
    await page.wait_for_function("!document.querySelector('.htmx-added, .htmx-settling')")
    await expect(page.get_by_role("dialog").get_by_text("Search")).to_be_visible()


@pytest.mark.slow
async def test_two_windows_and_double_clicks(page: Page, demo: Demo) -> None:
    await sign_in(page, demo)
    async with clients(demo) as client:
        shop = await open_shop(demo, client)
        await shop.move("accrue", "120", reason="Welcome")
        row = await shop.move("redeem", "20", reason="Coffee")
        await page.goto(f"/console/transactions/{row['id']}/cancel")
        second = await page.context.new_page()
        await second.goto(f"{shop.path}/move?type=accrue")
        await second.get_by_test_id("amount").fill("5")
        await second.get_by_test_id("preview").click()
        await second.get_by_test_id("confirm").dblclick()
        await expect(second.get_by_test_id("flash")).to_contain_text("Done.")
        assert len(await shop.rows()) == 3
        await back_and_forth(second, shop)
        await page.get_by_test_id("reason").fill("till error")
        await page.get_by_test_id("confirm").click()
        await expect(page.get_by_test_id("preview-stale")).to_be_visible()
        await expect(page.get_by_test_id("reason")).to_have_value("till error")
        assert len(await shop.rows()) == 3
        await page.get_by_test_id("confirm").dblclick()
        await expect(page.get_by_test_id("flash")).to_contain_text("20.00 stars are back.")
        assert len(await shop.rows()) == 4
        assert await shop.active() == "125.00"
        live = second.get_by_test_id("live")
        await expect(live).to_contain_text("1 new movement", timeout=5_000)
        await second.close()


async def back_and_forth(page: Page, shop: Shop) -> None:
    """The address is that of the page, and leads to it again."""
    await expect(page).to_have_url(re.compile(f"{shop.path}$"))
    await page.go_back()
    await expect(page.get_by_test_id("preview")).to_be_visible()
    await expect(page).to_have_url(re.compile(r"/move\?type=accrue$"))
    await page.go_forward()
    await expect(page).to_have_url(re.compile(f"{shop.path}$"))
    await expect(page.get_by_test_id("why")).to_be_visible()


@pytest.mark.slow
async def test_signing_out_in_one_window_ends_the_other(page: Page, demo: Demo) -> None:
    await sign_in(page, demo)
    await page.goto("/console/health")
    second = await page.context.new_page()
    await second.goto("/console/audit")
    await second.get_by_test_id("sign-out").click()
    await expect(second.locator("[data-page=login]")).to_be_visible()
    await second.go_back()
    await expect(second.locator("[data-page=login]")).to_be_visible()
    await page.get_by_role("link", name="Audit").click()
    await expect(page.locator("[data-page=login]")).to_be_visible()
    await second.close()
