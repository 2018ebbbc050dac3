"""Every page of support in both themes, both languages and a narrow window: with much on it, and
with nothing."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Demo, sign_in
from tests.browser.looking import check, check_in_both
from tests.browser.shops import Shop, clients, instant, open_shop


async def full(shop: Shop) -> dict[str, str]:
    """Something of everything: the paths of pages by name."""
    await shop.move("accrue", "200", reason="Welcome", expires_at=instant(60))
    expired = await shop.move("accrue", "80", expires_at=instant(40))
    await shop.api("POST", f"/transactions/{expired['id']}/expire", {})
    await shop.move("accrue", "60", activates_at=instant(30))
    held = await shop.move("hold", "25", timeout_s=86_400)
    paid = await shop.move("redeem", "20", reason="Coffee")
    gone = await shop.move("redeem", "10")
    await shop.api("POST", f"/transactions/{gone['id']}/cancel", {"reason": "till error"})
    visit, order = await shop.visit(), await shop.order()
    lots = await shop.api("GET", f"/accounts/{shop.account}/lots?limit=1")
    lot = lots["data"][0]["id"]
    return {
        "member": f"members/{shop.member}",
        "account": f"accounts/{shop.account}",
        "account-then": f"accounts/{shop.account}?as_of={instant(1)}",
        "statement": f"accounts/{shop.account}/statement",
        "move": f"accounts/{shop.account}/move?type=adjust",
        "lot": f"lots/{lot}",
        "transaction": f"transactions/{paid['id']}",
        "transaction-held": f"transactions/{held['id']}",
        "preview": f"transactions/{paid['id']}/cancel",
        "preview-refused": f"transactions/{gone['id']}/cancel",
        "visit": f"visits/vis_{visit:x}",
        "order": f"orders/{order}",
        "refund": f"orders/{order}/refund",
        "results": "search?q=ben",
        "approval": f"approvals/{await shop.asked()}",
        "approvals": "approvals",
    }


async def empty(shop: Shop) -> dict[str, str]:
    """Pages with nothing on them yet."""
    body = {"name": "Nobody Yet"}
    member = await shop.api("POST", f"/programs/{shop.program}/members", body)
    return {
        "member-empty": f"members/{member['id']}",
        "account-empty": f"accounts/{shop.account}",
        "results-empty": "search?q=000000000",
        "approvals-empty": "approvals?status=withdrawn",
        "audit-empty": "audit?entity=mbr_ffffff",
        "not-found": "members/mbr_ffffff",
    }


@pytest.mark.slow
async def test_pages_with_much_on_them(page: Page, demo: Demo) -> None:
    await sign_in(page, demo)
    async with clients(demo) as client:
        shop = await open_shop(demo, client)
        for name, path in (await full(shop)).items():
            await page.goto(f"/console/{path}")
            await check_in_both(page, name)


@pytest.mark.slow
async def test_pages_with_nothing_on_them(page: Page, demo: Demo) -> None:
    await sign_in(page, demo)
    await check_in_both(page, "home")
    async with clients(demo) as client:
        shop = await open_shop(demo, client)
        paths = {**await empty(shop), "audit": "audit", "health": "health"}
        for name, path in paths.items():
            await page.goto(f"/console/{path}")
            await check_in_both(page, name)


@pytest.mark.slow
async def test_a_preview_in_front_and_one_that_is_refused(page: Page, demo: Demo) -> None:
    await sign_in(page, demo)
    async with clients(demo) as client:
        shop = await open_shop(demo, client)
        await shop.move("accrue", "50")
        await page.goto(shop.path)
        await page.get_by_test_id("history").get_by_test_id("cancel").click()
        await page.get_by_role("dialog").get_by_test_id("amount").wait_for()
        await check(page, "preview-front")
        await page.goto(f"{shop.path}/move?type=redeem")
        await page.get_by_test_id("amount").fill("51")
        await page.get_by_test_id("preview").click()
        await page.get_by_test_id("refusal").wait_for()
        await check(page, "move-refused")
