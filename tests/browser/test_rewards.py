"""A reward from its form to a member and back, and an order taken back with all that follows."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Demo, sign_in
from tests.browser.looking import check


class Till:
    """The program of the demo's address book, by the native API."""

    def __init__(self, demo: Demo, client: httpx.AsyncClient) -> None:
        self.demo = demo
        self._client = client
        self.program = ""
        self.currency = ""
        self.member = ""
        self.account = ""

    async def find(self) -> None:
        hits = (await self.ask("GET", "/v1/search?q=ada@coffee.example"))["data"]
        self.member, self.program = hits[0]["id"], hits[0]["program_id"]
        (account,) = (await self.ask("GET", f"/v1/members/{self.member}/accounts"))["data"]
        self.account, self.currency = account["id"], account["currency_id"]

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.demo.facts['api_key']}"}
        url = f"{self.demo.origin}{path}"
        answer = await self._client.request(method, url, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def active(self) -> str:
        balance = await self.ask("GET", f"/v1/accounts/{self.account}/balance")
        return str(balance["active"])


async def _till(demo: Demo, client: httpx.AsyncClient) -> Till:
    till = Till(demo, client)
    await till.find()
    return till


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


async def sell(page: Page, till: Till, *, checks: bool) -> None:
    """Make a reward with codes, sell two pieces, and take one of them back."""
    await page.goto(f"/console/rewards?program={till.program}")
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
    await _paste(page, "CINE-1\nCINE-2\nCINE-3", from_file=checks)
    await page.get_by_test_id("add-codes").click()
    await expect(page.get_by_test_id("codes-free")).to_have_attribute("value", "3")
    await page.get_by_test_id("stock").fill("10")
    await page.get_by_test_id("offer").click()
    await expect(page.get_by_test_id("stock-left")).to_have_attribute("value", "3")
    await page.get_by_test_id("activate").click()
    await expect(page.get_by_test_id("deactivate")).to_be_visible()

    await page.goto(f"/console/members/{till.member}")
    await page.get_by_test_id("buy").click()
    await page.get_by_test_id("quantity").fill("2")
    await _look(page, "buy", checks=checks)
    before = await till.active()
    await page.get_by_test_id("preview").click()
    await expect(page.get_by_test_id("preview-head")).to_contain_text("Cinema ticket")
    await _look(page, "buy-preview", checks=checks)
    await page.get_by_test_id("confirm").click()
    await expect(page.locator("[data-page=purchase]")).to_be_visible()
    await expect(page.get_by_test_id("code")).to_have_count(2)
    assert float(await till.active()) == float(before) - 80
    await _look(page, "purchase", checks=checks)

    await page.get_by_test_id("refund").click()
    await page.get_by_test_id("quantity").fill("1")
    await page.get_by_test_id("follow").click()
    await expect(page.get_by_test_id("effect")).to_have_attribute("value", "40.00")
    await _look(page, "purchase-refund", checks=checks)
    await page.get_by_test_id("reason").fill("One was enough")
    await page.get_by_test_id("confirm").click()
    await expect(page.get_by_test_id("refunded")).to_have_attribute("value", "1")
    assert float(await till.active()) == float(before) - 40

    await page.goto(f"/console/rewards?program={till.program}")
    await page.get_by_role("link", name="Cinema ticket").click()
    await expect(page.get_by_test_id("codes-voided")).to_have_attribute("value", "1")
    await _look(page, "reward", checks=checks)
    await page.get_by_test_id("delete").click()
    await page.get_by_test_id("confirm").click()
    await expect(page.get_by_test_id("used-by")).to_be_visible()
    await _look(page, "reward-in-use", checks=checks)


async def _order(till: Till) -> str:
    """A paid order of 100.00: 20.00 points paid for it, and it earned 10.00."""
    await till.ask("PATCH", f"/v1/currencies/{till.currency}/options", {
        "exchange": {"points": "1.00", "money": "1.00"},
    })  # fmt: skip
    rule = await till.ask("POST", f"/v1/programs/{till.program}/rules", {
        "name": "A tenth of every order",
        "trigger": {"type": "order_paid"},
        "earnings": [{"effects": [{"type": "per", "currency_id": till.currency,
                                   "basis": "order.total", "every": "10.00", "points": "1.00"}]}],
    })  # fmt: skip
    await till.ask("POST", f"/v1/rules/{rule['id']}/activate")
    made = await till.ask("POST", f"/v1/programs/{till.program}/orders", {
        "external_id": "9001", "member_id": till.member, "money": "EUR", "amount": "100.00",
        "lines": [{"item": "tea", "quantity": 2, "amount": "30.00"},
                  {"item": "cake", "amount": "70.00"}],
    })  # fmt: skip
    path = f"/v1/programs/{till.program}/orders/external:9001"
    payment = {"account_id": till.account, "max_points": "20.00"}
    await till.ask("POST", f"{path}/payments", payment)
    await till.ask("POST", f"{path}/pay")
    return str(made["id"])


async def take_back(page: Page, till: Till, *, checks: bool) -> None:
    """Take half of an order back, as its cascade says, and restore it."""
    order = await _order(till)
    before = float(await till.active())
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
    assert float(await till.active()) == before + 5
    await page.get_by_test_id("undo").click()
    await page.get_by_test_id("confirm").click()
    await expect(page.locator("[data-page=order]")).to_be_visible()
    assert float(await till.active()) == before


@pytest.mark.slow
async def test_a_reward_is_sold_and_taken_back(own_page: Page, own_demo: Demo) -> None:
    async with httpx.AsyncClient() as client:
        till = await _till(own_demo, client)
        await sign_in(own_page, own_demo)
        await sell(own_page, till, checks=True)
        await take_back(own_page, till, checks=True)


@pytest.mark.slow
async def test_the_same_without_javascript(plain_page: Page, own_demo: Demo) -> None:
    async with httpx.AsyncClient() as client:
        till = await _till(own_demo, client)
        await sign_in(plain_page, own_demo)
        await sell(plain_page, till, checks=False)
        await take_back(plain_page, till, checks=False)


@pytest.mark.slow
async def test_the_pages_in_russian(own_page: Page, own_demo: Demo) -> None:
    async with httpx.AsyncClient() as client:
        till = await _till(own_demo, client)
        path = f"/v1/programs/{till.program}"
        cost = {"currency_id": till.currency, "points": "10.00"}
        reward = await till.ask("POST", f"{path}/rewards", {
            "name": "Кружка", "type": "code", "code": "pool", "status": "active", "costs": [cost],
        })  # fmt: skip
        await till.ask("PUT", f"{path}/offers/{reward['id']}", {"stock": 9})
        codes = {"codes": ["A-1", "A-2", "A-3"]}
        await till.ask("POST", f"/v1/rewards/{reward['id']}/codes", codes)
        bought = await till.ask("POST", f"/v1/members/{till.member}/purchases", {
            "reward_id": reward["id"], "quantity": 2,
        })  # fmt: skip
        bound = {"kind": "accrual", "currency_id": till.currency, "min_amount": "5"}
        promotion = await till.ask("POST", f"{path}/promotions", {"name": "Лето", "rules": [bound]})
        body = {"name": "Торт", "type": "material"}
        benefit = await till.ask("POST", f"{path}/benefits", body)
    await sign_in(own_page, own_demo)
    language = {"name": "stampbook_language", "value": "ru", "url": own_demo.origin}
    await own_page.context.add_cookies([language])  # type: ignore[list-item]
    new = f"/console/promotions/new?program={till.program}"
    for address, name in (
        (f"/console/rewards?program={till.program}", "rewards"),
        (f"/console/rewards/{reward['id']}", "reward"),
        (f"/console/purchases/{bought['id']}/refund", "purchase-refund"),
        (f"/console/members/{till.member}", "member"),
        (f"/console/promotions?program={till.program}", "promotions"),
        (f"/console/promotions/{promotion['id']}", "promotion"),
        (f"/console/promotions/{benefit['id']}", "benefit"),
        (new, "promotion-new"),
        (f"{new}&kind=benefit&type=points_proportional", "benefit-new"),
    ):
        await own_page.goto(address)
        await check(own_page, f"{name}-ru")
