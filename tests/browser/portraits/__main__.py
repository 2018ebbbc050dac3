"""Writes docs/images/console-*.png anew: `python -m tests.browser.portraits`. It needs a Chromium.

The account that they show has what an account can have: points of several months that expire on
different days, points that are pending, a hold, and a redemption that two lots paid.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Page, ViewportSize, async_playwright

from tests.browser.conftest import Demo, sign_in
from tests.browser.finding import chromium
from tests.browser.vendoring import ROOT
from tests.process.running import Running

IMAGES = ROOT / "docs" / "images"
SIZE: ViewportSize = {"width": 1180, "height": 800}


def day(days: int) -> str:
    """An instant so many days from now."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


HOLD_S = 25 * 86_400

MOVEMENTS: list[dict[str, Any]] = [
    {"type": "accrue", "amount": "120", "at": -150, "expires": 30, "reason": "Opening week"},
    {"type": "accrue", "amount": "90", "at": -100, "expires": 80, "reason": "Order 1017"},
    {"type": "accrue", "amount": "140", "at": -45, "expires": 135, "reason": "Order 1049"},
    {"type": "redeem", "amount": "160", "at": -20, "reason": "Order 1058", "paid": True},
    {"type": "hold", "amount": "60", "at": 0, "timeout_s": HOLD_S, "reason": "New Year dinner"},
    {"type": "accrue", "amount": "75", "at": 0, "activates": 14, "expires": 194, "reason": "Tea"},
]


async def open_account(client: httpx.AsyncClient) -> tuple[str, str]:
    """The account, and the redemption that two lots paid."""

    async def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await client.post(f"/v1{path}", json=body)
        assert answer.status_code < 300, answer.text
        made: dict[str, Any] = answer.json()
        return made

    program = (await post("/programs", {"name": "Kettle & Leaf"}))["id"]
    currency = {"name": "Leaves", "scale": 0, "backdating": True}
    currency = await post(f"/programs/{program}/currencies", currency)
    member = await post(f"/programs/{program}/members", {"name": "Ben Buyer"})
    body = {"member_id": member["id"], "currency_id": currency["id"]}
    account = (await post("/accounts", body))["id"]
    paid = ""
    for movement in MOVEMENTS:
        body = {
            name: movement[name]
            for name in ("type", "amount", "reason", "timeout_s")
            if name in movement
        }
        if movement["at"]:
            body["effective_at"] = day(movement["at"])
        for name in ("activates", "expires"):
            if name in movement:
                body[f"{name}_at"] = day(movement[name])
        made = await post(f"/accounts/{account}/transactions", body)
        if movement.get("paid"):
            paid = made["id"]
    return account, paid


async def take(page: Page, account: str, paid: str) -> None:
    """The three pictures."""
    await page.goto(f"/console/accounts/{account}")
    await page.screenshot(path=IMAGES / "console-account.png", full_page=True, caret="initial")
    lots = page.locator("figure")
    await lots.first.screenshot(path=IMAGES / "console-lots.png", caret="initial")
    await page.goto(f"/console/transactions/{paid}/cancel")
    await page.screenshot(path=IMAGES / "console-preview.png", full_page=True, caret="initial")


async def main() -> None:
    """See the module."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "facts.json"
        with Running("demo", "--port", "0", "--json", str(file), cwd=Path(name)) as running:
            running.wait_for("Press Ctrl-C to end the demo.")
            facts = json.loads(file.read_text("utf-8"))
            demo = Demo(facts["base_url"], facts)
            headers = {"authorization": f"Bearer {facts['api_key']}"}
            async with httpx.AsyncClient(base_url=demo.origin, headers=headers) as client:
                account, paid = await open_account(client)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=chromium(), args=["--no-sandbox"]
                )
                page = await browser.new_page(base_url=demo.origin, viewport=SIZE)
                await sign_in(page, demo)
                await take(page, account, paid)
                await browser.close()
            assert running.stop() == 0


if __name__ == "__main__":
    asyncio.run(main())
