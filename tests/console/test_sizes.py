"""What goes over the wire: the first visit with all that its page is made of, and later pages."""

from __future__ import annotations

import re

from stampbook.programs.roles import Role
from tests.console.accounts.shop import open_shop
from tests.console.desk import Clerk, Desk

FIRST = 120_000
LATER = 40_000

ASSET = re.compile(r'"(/console/static/[^"#]+)')


async def _sent(clerk: Clerk, path: str) -> tuple[int, str]:
    """The bytes of an answer as they are sent, with its headers, and its text."""
    answer = await clerk.client.get(path)
    assert answer.status_code == 200, path
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    return head + int(answer.headers["content-length"]), answer.text


async def test_pages_are_small(desk: Desk) -> None:
    shop = await open_shop(desk)
    for number in range(60):
        await shop.move("accrue", "80", expires_at=shop.date(30 + number), reason=f"Order {number}")
    for number in range(60):
        row = await shop.move("redeem", "70.50", external_id=f"order-{number}")
        if number % 2 == 0:
            await shop.act(row, "cancel", reason="till error")
    member = (await desk.api("GET", f"/v1/accounts/{shop.id}"))["member_id"]
    desk.is_demo()
    clerk = await desk.clerk(Role.ADMIN)
    pages = {
        "home": "/console",
        "member": f"/console/members/{member}",
        "account": shop.path,
        "transaction": f"/console/transactions/{row['id']}",
        "preview": f"/console/transactions/{row['id']}/cancel",
        "visit": "/console/visits/vis_1",
        "audit": "/console/audit",
    }
    for language in ("en", "ru"):
        clerk.client.cookies.set("stampbook_language", language, path="/console")
        for name, path in pages.items():
            size, text = await _sent(clerk, path)
            assert size <= LATER, (name, language, size)
            assets = set(ASSET.findall(text))
            first = size + sum([(await _sent(clerk, each))[0] for each in sorted(assets)])
            assert first <= FIRST, (name, language, first)
