"""The page of a transaction: what it did, by whom, what became of it, what can be done."""

from __future__ import annotations

from stampbook.programs.roles import Role
from tests.console.accounts.shop import open_shop
from tests.console.desk import Clerk, Desk, Page


async def opened(clerk: Clerk, name: str) -> Page:
    page = await clerk.get(f"/console/transactions/{name}")
    assert (page.status, page.name) == (200, "transaction")
    return page


async def test_a_redemption_and_its_cancels(desk: Desk) -> None:
    shop = await open_shop(desk)
    await shop.move("accrue", "20")
    row = await shop.move("redeem", "5", external_id="order-7", reason="Coffee")
    clerk = await desk.clerk(Role.SUPPORT)
    page = await opened(clerk, row["id"])
    assert (page.value("balance-before"), page.value("effect"), page.value("balance-after")) == (
        "20.00", "-5.00", "15.00",
    )  # fmt: skip
    (posting,) = page.all("posting")
    lot = row["allocations"][0]["lot_id"]
    assert (posting.get("data-lot"), posting.get("data-from")) == (lot, "available")
    assert page.said("by-key") == row["api_key_id"]
    assert page.said("dialect") == "native"
    assert row["request_id"] in page.said("request-id")
    done = await (await page.follow("cancel")).press("confirm", reason="x")
    assert done.has("flash")
    cancel = (await shop.rows())[0]
    page = await opened(clerk, row["id"])
    assert page.one("cancelled-by").get("data-id") == cancel["id"]
    assert all(len(each) for each in page.root.iter("dl")), "no heading with nothing below it"
    assert page.one("undo").get("href") == f"/console/transactions/{cancel['id']}/cancel"
    assert not page.has("cancel")
    page = await opened(clerk, cancel["id"])
    assert page.one("cancels").get("data-id") == row["id"]
    assert page.said("dialect") == "console"
    assert page.one("by-user").get("data-id") == f"usr_{clerk.user:x}"
    await (await page.follow("undo")).press("confirm")
    assert (await shop.balance())["active"] == "15.00"
    page = await opened(clerk, row["id"])
    assert page.one("status").get("data-status") == "in_force"
    assert page.has("cancel")


async def test_what_cannot_be_cancelled_says_why(desk: Desk) -> None:
    shop = await open_shop(desk, spent_accrual="refuse")
    award = await shop.move("accrue", "20")
    await shop.move("redeem", "5")
    clerk = await desk.clerk(Role.SUPPORT)
    page = await opened(clerk, award["id"])
    assert page.one("not-cancellable").get("data-code") == "points_already_spent"
    assert not page.has("cancel")
    waits = await shop.move("accrue", "3", activates_at="event")
    made = await shop.act(waits, "activate")
    page = await opened(clerk, made["id"])
    assert page.one("not-cancellable").get("data-code") == "not_cancellable"
    assert page.one("activates").get("data-id") == waits["id"]


async def test_what_waits_can_be_made_usable(desk: Desk) -> None:
    shop = await open_shop(desk)
    row = await shop.move("accrue", "3", activates_at=shop.date(3))
    clerk = await desk.clerk(Role.SUPPORT)
    page = await (await opened(clerk, row["id"])).follow("activate")
    assert (await page.press("confirm")).has("flash")
    assert (await shop.balance())["active"] == "3.00"
    assert not (await opened(clerk, row["id"])).has("activate")


async def test_an_open_page_learns_what_has_become_of_it(desk: Desk) -> None:
    shop = await open_shop(desk)
    await shop.move("accrue", "20")
    row = await shop.move("hold", "5")
    clerk = await desk.clerk(Role.VIEWER)
    page = await opened(clerk, row["id"])
    (part,) = [each for each in page.root.iter() if each.get("id") == "live-part"]
    path = part.get("hx-get")
    assert (await clerk.get(path, **{"hx-request": "true"})).status == 204
    await shop.act(row, "commit", amount="2")
    live = await clerk.get(path, **{"hx-request": "true"})
    assert live.status == 200
    assert live.has("committed-by")
    assert not live.has("deadline")
    assert live.root.get("hx-get") != path
    assert (await clerk.get(live.root.get("hx-get"), **{"hx-request": "true"})).status == 204


async def test_of_another_program_nothing_is_seen(desk: Desk) -> None:
    shop = await open_shop(desk)
    row = await shop.move("accrue", "20")
    clerk = await desk.clerk(Role.SUPPORT)
    other = await open_shop(desk)
    bound = {"program_ids": [other.program["id"]]}
    await desk.api("PATCH", f"/v1/users/usr_{clerk.user:x}", bound)
    for path in (row["id"], f"{row['id']}/cancel", f"{row['id']}/live?since=x"):
        assert (await clerk.get(f"/console/transactions/{path}")).status == 404
