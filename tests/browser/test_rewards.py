"""A reward from its form to a member and back, and an order taken back with all that follows."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Demo, sign_in
from tests.browser.looking import check
from tests.browser.shops import Shop, clients, open_shop
from tests.browser.watching import watched


async def _shop(demo: Demo, client: httpx.AsyncClient) -> Shop:
    """One with a member who has something to spend."""
    shop = await open_shop(demo, client)
    await shop.move("accrue", "200")
    return shop


async def _look(page: Page, name: str, *, checks: bool) -> None:
    if checks:
        await check(page, name)


async def _paste(page: Page, codes: str, *, from_file: bool) -> None:
    """Put the codes into their field: by hand, or out of a file where scripts run."""
    picker = page.get_by_test_id("codes-file")
    if from_file:
        file = {"name": "codes.csv", "mimeType": "text/csv", "buffer": codes.encode()}
        await picker.set_input_files(file)  # type: ignore[arg-type]
        await expect(page.get_by_test_id("codes")).to_have_value(codes)
    else:
        await expect(picker).to_be_hidden()
        await page.get_by_test_id("codes").fill(codes)


async def sell(page: Page, shop: Shop, *, checks: bool) -> None:
    """Make a reward with codes, sell two pieces, and take one of them back."""
    await page.goto(f"/console/rewards?program={shop.program}")
    await _look(page, "rewards-empty", checks=checks)
    await page.get_by_test_id("new-reward").click()
    await page.get_by_test_id("type-code").click()
    await expect(page.get_by_test_id("code")).to_be_visible()
    await page.get_by_test_id("name").fill("Cinema ticket")
    await page.get_by_test_id("code").select_option("pool")
    await page.get_by_test_id("points-1").fill("0")
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("field-error")).to_be_visible()
    await expect(page.get_by_test_id("name")).to_have_value("Cinema ticket")
    await _look(page, "reward-new", checks=checks)
    await page.get_by_test_id("points-1").fill("40")
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("flash")).to_be_visible()
    await _paste(page, "\n".join(f"CINE-{shop.number}-{at}" for at in range(3)), from_file=checks)
    await page.get_by_test_id("add-codes").click()
    await expect(page.get_by_test_id("codes-free")).to_have_attribute("value", "3")
    await page.get_by_test_id("stock").fill("10")
    await page.get_by_test_id("offer").click()
    await expect(page.get_by_test_id("stock-left")).to_have_attribute("value", "3")
    await page.get_by_test_id("activate").click()
    await expect(page.get_by_test_id("deactivate")).to_be_visible()

    await page.goto(f"/console/members/{shop.member}")
    await page.get_by_test_id("buy").click()
    await page.get_by_test_id("quantity").fill("2")
    await _look(page, "buy", checks=checks)
    before = await shop.active()
    await page.get_by_test_id("preview").click()
    await expect(page.get_by_test_id("preview-head")).to_contain_text("Cinema ticket")
    await _look(page, "buy-preview", checks=checks)
    await page.get_by_test_id("confirm").click()
    await expect(page.locator("[data-page=purchase]")).to_be_visible()
    await expect(page.get_by_test_id("code")).to_have_count(2)
    assert float(await shop.active()) == float(before) - 80
    await _look(page, "purchase", checks=checks)

    await page.get_by_test_id("refund").click()
    await page.get_by_test_id("quantity").fill("1")
    await page.get_by_test_id("follow").click()
    await expect(page.get_by_test_id("effect")).to_have_attribute("value", "40.00")
    await _look(page, "purchase-refund", checks=checks)
    await page.get_by_test_id("reason").fill("One was enough")
    await page.get_by_test_id("confirm").click()
    await expect(page.get_by_test_id("refunded")).to_have_attribute("value", "1")
    assert float(await shop.active()) == float(before) - 40

    await page.goto(f"/console/rewards?program={shop.program}")
    await page.get_by_role("link", name="Cinema ticket").click()
    await expect(page.get_by_test_id("codes-voided")).to_have_attribute("value", "1")
    await _look(page, "reward", checks=checks)
    await page.get_by_test_id("delete").click()
    await page.get_by_test_id("confirm").click()
    await expect(page.get_by_test_id("used-by")).to_be_visible()
    await _look(page, "reward-in-use", checks=checks)


async def _order(shop: Shop) -> str:
    """A paid order of 100.00: 20.00 points paid for it, and it earned 10.00."""
    await shop.api("PATCH", f"/currencies/{shop.currency}/options", {
        "exchange": {"points": "1.00", "money": "1.00"},
    })  # fmt: skip
    rule = await shop.api("POST", f"/programs/{shop.program}/rules", {
        "name": "A tenth of every order",
        "trigger": {"type": "order_paid"},
        "earnings": [{"effects": [{"type": "per", "currency_id": shop.currency,
                                   "basis": "order.total", "every": "10.00", "points": "1.00"}]}],
    })  # fmt: skip
    await shop.api("POST", f"/rules/{rule['id']}/activate")
    made = await shop.api("POST", f"/programs/{shop.program}/orders", {
        "external_id": "9001", "member_id": shop.member, "money": "EUR", "amount": "100.00",
        "lines": [{"item": "tea", "quantity": 2, "amount": "30.00"},
                  {"item": "cake", "amount": "70.00"}],
    })  # fmt: skip
    path = f"/programs/{shop.program}/orders/external:9001"
    payment = {"account_id": shop.account, "max_points": "20.00"}
    await shop.api("POST", f"{path}/payments", payment)
    await shop.api("POST", f"{path}/pay")
    return str(made["id"])


async def take_back(page: Page, shop: Shop, *, checks: bool) -> None:
    """Take half of an order back, as its cascade says, and restore it."""
    order = await _order(shop)
    before = float(await shop.active())
    await page.goto(f"/console/orders/{order}")
    await _look(page, "order", checks=checks)
    await page.get_by_test_id("refund").click()
    await page.get_by_test_id("amount").fill("50")
    await page.get_by_test_id("follow").click()
    for step, amount in (("return", "10.00"), ("take_back", "5.00")):
        row = page.locator(f"[data-testid=cascade-row][data-step={step}]")
        await expect(row.get_by_test_id("value")).to_have_attribute("value", amount)
    await _look(page, "cascade", checks=checks)
    await page.get_by_test_id("reason").fill("The cake was stale")
    await page.get_by_test_id("confirm").click()
    await expect(page.get_by_test_id("flash")).to_be_visible()
    assert float(await shop.active()) == before + 5
    await page.get_by_test_id("undo").click()
    await page.get_by_test_id("confirm").click()
    await expect(page.locator("[data-page=order]")).to_be_visible()
    assert float(await shop.active()) == before


@pytest.mark.slow
async def test_a_reward_is_sold_and_taken_back(page: Page, demo: Demo) -> None:
    await sign_in(page, demo)
    async with clients(demo) as client:
        shop = await _shop(demo, client)
        await sell(page, shop, checks=True)
        await take_back(page, shop, checks=True)


@pytest.mark.slow
async def test_the_same_without_javascript(browser: Browser, demo: Demo) -> None:
    async with (
        watched(browser, demo.origin, java_script_enabled=False) as page,
        clients(demo) as client,
    ):
        await sign_in(page, demo)
        shop = await _shop(demo, client)
        await sell(page, shop, checks=False)
        await take_back(page, shop, checks=False)


@pytest.mark.slow
async def test_the_pages_in_russian(page: Page, demo: Demo) -> None:
    async with clients(demo) as client:
        shop = await _shop(demo, client)
        path = f"/programs/{shop.program}"
        cost = {"currency_id": shop.currency, "points": "10.00"}
        reward = await shop.api("POST", f"{path}/rewards", {
            "name": "Кружка", "type": "code", "code": "pool", "status": "active", "costs": [cost],
        })  # fmt: skip
        await shop.api("PUT", f"{path}/offers/{reward['id']}", {"stock": 9})
        codes = {"codes": ["A-1", "A-2", "A-3"]}
        await shop.api("POST", f"/rewards/{reward['id']}/codes", codes)
        bought = await shop.api("POST", f"/members/{shop.member}/purchases", {
            "reward_id": reward["id"], "quantity": 2,
        })  # fmt: skip
        bound = {"kind": "accrual", "currency_id": shop.currency, "min_amount": "5"}
        promotion = await shop.api("POST", f"{path}/promotions", {"name": "Лето", "rules": [bound]})
        body = {"name": "Торт", "type": "material"}
        benefit = await shop.api("POST", f"{path}/benefits", body)
    await sign_in(page, demo)
    language = {"name": "stampbook_language", "value": "ru", "url": demo.origin}
    await page.context.add_cookies([language])  # type: ignore[list-item]
    new = f"/console/promotions/new?program={shop.program}"
    for address, name in (
        (f"/console/rewards?program={shop.program}", "rewards"),
        (f"/console/rewards/{reward['id']}", "reward"),
        (f"/console/purchases/{bought['id']}/refund", "purchase-refund"),
        (f"/console/members/{shop.member}", "member"),
        (f"/console/promotions?program={shop.program}", "promotions"),
        (f"/console/promotions/{promotion['id']}", "promotion"),
        (f"/console/promotions/{benefit['id']}", "benefit"),
        (new, "promotion-new"),
        (f"{new}&kind=benefit&type=points_proportional", "benefit-new"),
    ):
        await page.goto(address)
        await check(page, f"{name}-ru")
