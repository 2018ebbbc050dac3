"""What people do in the console, click by click, in a real browser."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Demo, sign_in
from tests.browser.looking import check_in_both

CARDS = ("altegio", "voucherify", "altcraft")


async def cancel_and_undo(page: Page, card: str) -> None:
    """From the first page to a cancel and back again, by what the pages themselves offer."""
    await page.goto("/console")
    await page.get_by_test_id(f"guide-{card}").get_by_test_id("guide-preview").click()
    await expect(page.locator("[data-page=preview]")).to_be_visible()
    await page.get_by_test_id("reason").fill("till error")
    await page.get_by_test_id("confirm").click()
    await expect(page.get_by_test_id("flash")).to_contain_text("Cancelled.")
    await page.goto("/console")
    await undo(page, card)


async def undo(page: Page, card: str) -> None:
    """From the first page, back to as it was before the cancel."""
    cancelled = page.locator(f"[data-testid=guide-{card}][data-state=cancelled]")
    await expect(cancelled).to_be_visible()
    await cancelled.get_by_test_id("guide-undo").click()
    await page.get_by_test_id("confirm").click()
    await expect(page.get_by_test_id("flash")).to_be_visible()
    await page.goto("/console")
    await expect(page.locator(f"[data-testid=guide-{card}][data-state=open]")).to_be_visible()


@pytest.mark.slow
async def test_a_newcomer_undoes_three_mistakes(own_page: Page, own_demo: Demo) -> None:
    await sign_in(own_page, own_demo)
    for card in CARDS:
        await cancel_and_undo(own_page, card)


@pytest.mark.slow
async def test_the_same_without_javascript(plain_page: Page, own_demo: Demo) -> None:
    await sign_in(plain_page, own_demo)
    for card in CARDS:
        await cancel_and_undo(plain_page, card)


@pytest.mark.slow
async def test_a_cancel_by_an_api_turns_the_card_of_an_open_page(
    own_page: Page, own_demo: Demo
) -> None:
    await sign_in(own_page, own_demo)
    at = own_demo.facts["altcraft"]
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"{own_demo.origin}/api/v1.1/loyalty/cancel_transaction",
            json={"transaction_id": at["transaction_id"]},
            headers={"Authorization": f"Bearer {at['token']}"},
        )
    assert answer.status_code == 200, answer.text
    turned = own_page.locator("[data-testid=guide-altcraft][data-state=cancelled]")
    await expect(turned).to_be_visible(timeout=5_000)
    await undo(own_page, "altcraft")


@pytest.mark.slow
async def test_support_finds_a_member_and_sees_why(page: Page, demo: Demo) -> None:
    await page.goto("/console/login")
    await check_in_both(page, "login")
    await sign_in(page, demo)
    await page.keyboard.type("ada@coffee.example")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("member-name")).to_contain_text("Ada Address")
    await page.get_by_test_id("account-card").get_by_role("link").first.click()
    await expect(page.locator("[data-page=account]")).to_be_visible()
    await expect(page.get_by_test_id("why-sum")).to_contain_text("399.50")
    await page.get_by_test_id("history").get_by_test_id("sentence").first.click()
    await expect(page.locator("[data-page=transaction]")).to_be_visible()
    await page.get_by_test_id("cancel").first.click()
    await expect(page.get_by_test_id("preview-head")).to_contain_text("100.50 stars")
