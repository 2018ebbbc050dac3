"""Rules at the desk: the list, the editor, trials, and the way from a draft to the end."""

from __future__ import annotations

from typing import Any

from stampbook.programs.roles import Role
from tests.console.accounts.shop import Shop, open_shop
from tests.console.desk import Desk, Page

NEW = "/console/rules/new"


async def rule_of(desk: Desk, page: Page) -> Any:
    """The rule of the page, as the API has it."""
    return await desk.api("GET", f"/v1/rules/{page.path.rpartition('/')[2]}")


async def test_from_a_draft_to_a_rule_that_counts(desk: Desk) -> None:
    shop = await open_shop(desk)
    clerk = await desk.clerk(Role.MANAGER)
    form = await clerk.get(f"{NEW}?program={shop.program['id']}")
    assert (form.status, form.name) == (200, "rule")
    tried = await form.press("try", name="Every order", points="5", condition="order.total >= 5000")
    assert tried.status == 200
    assert tried.value("award") == "5.00"
    (row,) = tried.all("evaluated")
    assert (row.get("data-reason"), row.get("data-id")) == ("matched", "")
    made = await tried.press("save")
    assert (made.status, made.name) == (200, "rule")
    assert made.has("flash")
    rule = await rule_of(desk, made)
    assert rule["status"] == "draft"
    active = await made.press("activate")
    assert active.one("status").get("data-status") == "active"
