"""Every path of support on an account, click by click, with JavaScript and without it."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Demo, sign_in
from tests.browser.shops import PASSWORD, Shop, clients, day, instant, open_shop
from tests.browser.watching import watched


async def said(page: Page, text: str) -> None:
    await expect(page.get_by_test_id("flash")).to_contain_text(text)


async def confirm(page: Page, reason: str = "") -> None:
    """Confirm the preview that is shown, whole page or in front of one."""
    await expect(page.locator("[data-page=preview]")).to_be_visible()
    if reason:
        await page.get_by_test_id("reason").fill(reason)
    await page.get_by_test_id("confirm").click()


async def find_cancel_and_undo(page: Page, shop: Shop) -> None:
    """Path 1: by e-mail to the member, the account, why, a cancel of a part, and its undo."""
    await shop.move("accrue", "120", reason="Welcome")
    await shop.move("redeem", "100.50", external_id=f"order-1001-{shop.number}")
    await page.get_by_test_id("search-box").fill(shop.email)
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("member-name")).to_contain_text("Ben Buyer")
    await page.get_by_test_id("account-card").get_by_role("link").click()
    await expect(page.get_by_test_id("why-sum")).to_contain_text("19.50")
    await page.get_by_test_id("history").get_by_test_id("cancel").first.click()
    await page.get_by_test_id("amount").fill("20.50")
    await confirm(page, "till error")
    await said(page, "Cancelled. 20.50 stars are back.")
    assert await shop.active() == "40.00"
    await page.get_by_test_id("undo").click()
    await confirm(page)
    await said(page, "The cancel is undone. 20.50 stars are used again.")
    assert await shop.active() == "19.50"


async def take_a_visit_back(page: Page, shop: Shop) -> None:
    """Path 2: a visit of two lines, for which a card paid."""
    await shop.move("accrue", "50")
    number = await shop.visit()
    await page.get_by_test_id("search-box").fill(f"visit {number}")
    await page.keyboard.press("Enter")
    lines = page.get_by_test_id("visit-line")
    await expect(lines).to_have_count(2)
    paid = lines.get_by_test_id("paid-by-card")
    assert [await each.get_attribute("value") for each in await paid.all()] == ["17.14", "12.86"]
    await page.get_by_test_id("cancel-withdrawal").click()
    await expect(page.get_by_test_id("preview-row")).to_have_count(2)
    await confirm(page, "The till was wrong")
    await said(page, "Cancelled. 30.00 stars are back.")
    assert await shop.active() == "50.00"


async def free_what_waits(page: Page, shop: Shop) -> None:
    """Path 3: pending points are usable now, on another day, or gone."""
    for _ in range(3):
        await shop.move("accrue", "60", activates_at=instant(30), expires_at=instant(90))
    await page.goto(shop.path)
    pending = page.get_by_test_id("pending-lot")
    await expect(pending).to_have_count(3)
    await pending.first.get_by_test_id("activate-now").click()
    await confirm(page)
    await said(page, "Done. 60.00 stars are available now.")
    await pending.first.get_by_test_id("change-date").click()
    await page.get_by_test_id("activates_at").fill(day(5))
    await page.get_by_test_id("reason").fill("Early")
    await page.get_by_test_id("preview").click()
    await confirm(page)
    await said(page, "Done. 60.00 stars have another date.")
    await pending.last.get_by_test_id("cancel").click()
    await confirm(page, "Returned")
    await said(page, "Cancelled. 60.00 stars are taken back.")
    assert (await shop.balance())["pending"] == "60.00"


async def reinstate(page: Page, shop: Shop) -> None:
    """Path 4: a part of what has expired of a lot can be used again."""
    row = await shop.move("accrue", "80", expires_at=instant(40))
    await shop.api("POST", f"/transactions/{row['id']}/expire", {})
    await page.goto(f"{shop.path}?range=all")
    await page.get_by_test_id("lots").get_by_test_id("reinstate").click()
    await expect(page.get_by_test_id("amount")).to_have_value("80.00")
    await expect(page.get_by_test_id("expires_at")).to_have_value(day(39))
    await page.get_by_test_id("amount").fill("15")
    await page.get_by_test_id("expires_at").fill(day(10))
    await page.get_by_test_id("reason").fill("Goodwill")
    await page.get_by_test_id("preview").click()
    await confirm(page)
    await said(page, "Done. 15.00 stars are available again.")
    assert await shop.active() == "15.00"


async def adjust(page: Page, shop: Shop) -> None:
    """Path 5: give and take by hand, with a reason; one that is refused is kept as typed."""
    for direction, amount in (("give", "100"), ("take", "40")):
        await page.goto(shop.path)
        await page.get_by_test_id("adjust").click()
        await page.get_by_test_id("direction").select_option(direction)
        await page.get_by_test_id("amount").fill("1.234")
        await page.get_by_test_id("reason").fill("Counted anew")
        await page.get_by_test_id("preview").click()
        await expect(page.get_by_test_id("field-error")).to_be_visible()
        await expect(page.get_by_test_id("reason")).to_have_value("Counted anew")
        await page.get_by_test_id("amount").fill(amount)
        await page.get_by_test_id("preview").click()
        await confirm(page)
        await said(page, "Done.")
    assert await shop.active() == "60.00"


async def hold(page: Page, shop: Shop) -> None:
    """Path 6: a hold with its clock, confirmed in part; another one released."""
    await shop.move("accrue", "50")
    for act in ("commit", "release"):
        await page.goto(shop.path)
        await page.get_by_test_id("hold").click()
        await page.get_by_test_id("amount").fill("25")
        await page.get_by_test_id("minutes").fill("45")
        await page.get_by_test_id("preview").click()
        await confirm(page)
        await expect(page.locator("[data-page=transaction]")).to_be_visible()
        row = (await shop.rows())[0]
        deadline = page.get_by_test_id("deadline")
        await expect(deadline).to_have_attribute("datetime", row["deadline_at"])
        await page.get_by_test_id(act).click()
        if act == "commit":
            await page.get_by_test_id("amount").fill("10")
        await confirm(page)
        await expect(page.get_by_test_id("flash")).to_be_visible()
    assert await shop.active() == "40.00"
    assert (await shop.balance())["held"] == "0.00"


PATHS = (find_cancel_and_undo, take_a_visit_back, free_what_waits, reinstate, adjust, hold)


async def walk(page: Page, demo: Demo) -> None:
    await sign_in(page, demo)
    async with clients(demo) as client:
        for path in PATHS:
            await path(page, await open_shop(demo, client))


@pytest.mark.slow
async def test_all_acts_on_an_account(page: Page, demo: Demo) -> None:
    await walk(page, demo)


@pytest.mark.slow
async def test_all_acts_without_javascript(browser: Browser, demo: Demo) -> None:
    async with watched(browser, demo.origin, java_script_enabled=False) as page:
        await walk(page, demo)


@pytest.mark.slow
async def test_two_people_agree(browser: Browser, page: Page, demo: Demo) -> None:
    """Path 13: one asks, sees that another must decide, and the other approves or rejects."""
    async with clients(demo) as client:
        shop = await open_shop(demo, client, approval_above="50")
        login = await shop.person("support")
        async with watched(browser, demo.origin) as other:
            await sign_in(other, demo, login=login, password=PASSWORD)
            for decision, status in (("approve", "done"), ("reject", "rejected")):
                await ask(other, shop)
                await sign_in(page, demo)
                await page.get_by_test_id("nav").get_by_text("Approvals").click()
                await page.get_by_test_id("row").first.get_by_role("link").click()
                await expect(page.get_by_test_id("request")).to_have_text(
                    "Give points to Ben Buyer"
                )
                await expect(page.get_by_test_id("preview-head")).to_contain_text("60.00")
                if decision == "reject":
                    await page.get_by_test_id("reason").fill("Too much")
                await page.get_by_test_id(decision).click()
                await expect(page.locator(f"[data-status={status}]")).to_be_visible()
            await other.reload()
            await expect(other.get_by_test_id("decision-reason")).to_have_text("Too much")
        assert [row["amount"] for row in await shop.rows()] == ["60.00"]


async def ask(page: Page, shop: Shop) -> None:
    await page.goto(f"{shop.path}/move?type=accrue")
    await page.get_by_test_id("amount").fill("60")
    await page.get_by_test_id("preview").click()
    await expect(page.get_by_test_id("confirm")).to_have_text("Ask for approval")
    await confirm(page)
    await page.get_by_test_id("flash").get_by_test_id("look").click()
    await expect(page.get_by_test_id("same-person")).to_be_visible()
