"""What a preview shows is what the act then does, whatever has happened on the account before."""

from __future__ import annotations

from random import Random
from typing import Any

import httpx
import pytest

from stampbook.programs.roles import Role
from tests.console.accounts.shop import Shop, allocations, figures, moves, open_shop
from tests.console.desk import Clerk, Desk

STEPS = 30
PREVIEWS = 15

POLICIES: tuple[dict[str, Any], ...] = (
    {"spent_accrual": "debt"},
    {"spent_accrual": "clamp", "expired_restore": "grace", "grace": 86_400},
    {"spent_accrual": "debt", "overdraft": "20"},
)


async def happen(shop: Shop, random: Random) -> None:
    """Something that the native API does, or refuses."""
    amount = f"{random.randint(1, 4000) / 100:.2f}"
    kind = random.choice(("accrue", "accrue", "accrue", "redeem", "redeem", "hold", "act", "time"))
    if kind == "time":
        shop.pass_hours(random.choice((0, 0, 1)))
        return
    body: dict[str, Any] = {"type": kind, "amount": amount}
    path = f"/v1/accounts/{shop.id}/transactions"
    if kind == "accrue":
        if random.random() < 0.6:
            body["expires_at"] = shop.date(random.choice((0.05, 0.2, 3, 40)))
        if random.random() < 0.3:
            body["activates_at"] = shop.date(random.choice((0.02, 2)))
        body["temporary"] = random.random() < 0.15
    if kind == "hold":
        body["timeout_s"] = random.choice((1_800, 86_400))
    rows = await shop.rows()
    if kind == "act":
        if not rows:
            return
        row = random.choice(rows)
        path = f"/v1/transactions/{row['id']}/{random.choice(('cancel', 'commit', 'release'))}"
        body = {}
    client = shop.desk.browser(authorization=f"Bearer {shop.desk.facts['api_key']}")
    answer: httpx.Response = await client.post(path, json=body)
    assert answer.status_code < 500, answer.text


async def confirm(shop: Shop, clerk: Clerk, random: Random) -> bool:
    """Preview an act upon a random row, maybe of a part, and do it. False: it was refused."""
    row = random.choice(await shop.rows())
    act = random.choice(("cancel", "cancel", "cancel", "commit", "release", "activate", "expire"))
    page = await clerk.get(f"/console/transactions/{row['id']}/{act}")
    if act in ("activate", "expire") and page.status == 404:  # it has given no points
        return False
    assert (page.status, page.name) == (200, "preview"), (act, row, page.name)
    if page.has("amount") and page.has("confirm") and random.random() < 0.5:
        most = float(page.one("amount").get("max"))
        part = f"{random.randint(1, max(1, int(most * 100))) / 100:.2f}"
        page = await page.press("follow", amount=part, reason="x")
    if page.has("refusal"):
        assert not page.has("preview-row")
        return False
    assert figures(page, "before") == await shop.balance()
    written = len(await shop.rows())
    done = await page.press("confirm", reason="x")
    assert done.has("flash"), (act, row, done.text)
    rows = await shop.rows()
    assert len(rows) == written + 1
    assert figures(page, "after") == await shop.balance(), (act, row, rows[0])
    assert moves(page) == allocations(rows[0])
    assert page.values("shortfall") in ([], [rows[0]["shortfall"]])
    return True


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_shown_is_what_happens(desk: Desk, seed: int) -> None:
    random = Random(seed)
    shop = await open_shop(desk, **POLICIES[seed])
    clerk = await desk.clerk(Role.SUPPORT)
    await shop.move("accrue", "50")
    confirmed = 0
    for step in range(STEPS):
        await happen(shop, random)
        if step % 2 and await confirm(shop, clerk, random):
            confirmed += 1
    for _ in range(PREVIEWS):
        confirmed += await confirm(shop, clerk, random)
    assert confirmed > PREVIEWS // 3
