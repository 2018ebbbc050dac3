"""Movements by hand, click by click without a script: form, preview, act."""

from __future__ import annotations

import asyncio

import pytest

from stampbook.programs.roles import Role
from tests.console.accounts.shop import Shop, allocations, figures, moves, open_shop
from tests.console.desk import Clerk, Desk, Page


async def form(clerk: Clerk, shop: Shop, kind: str, more: str = "") -> Page:
    page = await clerk.get(f"{shop.path}/move?type={kind}{more}")
    assert (page.status, page.name) == (200, "move")
    return page


async def test_adjust_both_ways_and_undo(desk: Desk) -> None:
    shop = await open_shop(desk)
    clerk = await desk.clerk(Role.SUPPORT)
    account = await clerk.get(shop.path)
    page = await account.follow("adjust")
    page = await page.press(
        "preview", direction="give", amount="1234,5", reason="Goodwill", expires_at="2027-03-01"
    )
    assert page.name == "preview"
    assert figures(page, "after")["active"] == "1234.50"
    assert not await shop.rows()
    done = await page.press("confirm")
    assert done.said("flash").startswith("Done. 1,234.50 stars are given.")
    row = (await shop.rows())[0]
    assert (row["type"], row["reason"], row["dialect"]) == ("adjust", "Goodwill", "console")
    assert moves(page) == allocations(row)
    assert row["allocations"][0]["expires_at"] == "2027-03-02T00:00:00Z"
    page = await form(clerk, shop, "adjust")
    page = await page.press("preview", direction="take", amount="34.5", reason="Wrong member")
    done = await page.press("confirm")
    assert done.said("flash").startswith("Done. 34.50 stars are taken.")
    assert (await shop.balance())["active"] == "1200.00"
    undo = await done.follow("undo")
    await undo.press("confirm", reason="x")
    assert (await shop.balance())["active"] == "1234.50"


async def test_give_and_take(desk: Desk) -> None:
    shop = await open_shop(desk)
    clerk = await desk.clerk(Role.SUPPORT)
    page = await (await form(clerk, shop, "accrue")).press("preview", amount="10")
    await page.press("confirm")
    page = await (await form(clerk, shop, "redeem")).press("preview", amount="4", reason="Coffee")
    await page.press("confirm")
    assert [row["type"] for row in await shop.rows()] == ["redeem", "accrue"]
    assert (await shop.balance())["active"] == "6.00"


async def test_hold_commit_and_release(desk: Desk) -> None:
    shop = await open_shop(desk)
    await shop.move("accrue", "50")
    clerk = await desk.clerk(Role.SUPPORT)
    for act, amount, after in (("commit", "10", "40.00"), ("release", "", "40.00")):
        page = await (await form(clerk, shop, "hold")).press("preview", amount="25", minutes="45")
        assert figures(page, "after")["held"] == "25.00"
        done = await page.press("confirm")
        assert done.name == "transaction"
        row = (await shop.rows())[0]
        assert done.one("deadline").get("datetime") == row["deadline_at"]
        page = await done.follow(act)
        assert figures(page, "before") == await shop.balance()
        shown = await page.press("follow", amount=amount) if amount else page
        done = await shown.press("confirm")
        assert done.has("flash")
        assert figures(shown, "after") == await shop.balance()
        assert figures(shown, "after")["active"] == after


async def test_reinstate_what_has_expired(desk: Desk) -> None:
    shop = await open_shop(desk)
    await shop.move("accrue", "50", expires_at=shop.date(0.2), effective_at=shop.date(-30))
    await shop.move("redeem", "10")
    shop.pass_hours(6)
    clerk = await desk.clerk(Role.SUPPORT)
    lot = (await desk.api("GET", f"/v1/accounts/{shop.id}/lots"))["data"][0]["id"]
    page = await form(clerk, shop, "reinstate", f"&lot={lot}")
    assert page.one("amount").get("value") == "40.00"
    assert page.one("expires_at").get("value") >= "2026-11-28"
    again = await page.press("preview", amount="15", expires_at="2027-01-31", reason="")
    assert again.status == 422
    assert again.one("field-error").get("data-field") == "reason"
    page = await again.press("preview", reason="Goodwill")
    assert figures(page, "after")["active"] == "15.00"
    done = await page.press("confirm")
    assert done.said("flash").startswith("Done. 15.00 stars are available again.")
    row = (await shop.rows())[0]
    assert row["type"] == "reinstate"
    assert moves(page) == allocations(row)
    page = await form(clerk, shop, "reinstate", f"&lot={lot}")
    too_much = await page.press("preview", amount="26", reason="x")
    assert too_much.name == "move"
    assert too_much.has("refusal")


async def test_transfer(desk: Desk) -> None:
    shop = await open_shop(desk)
    other = await shop.another()
    await shop.move("accrue", "50")
    await other.move("accrue", "1")
    clerk = await desk.clerk(Role.SUPPORT)
    page = await (await form(clerk, shop, "transfer")).press(
        "preview", to_account=other.id, amount="20"
    )
    assert [each.get("value") for each in page.all("active")] == ["50.00", "30.00", "1.00", "21.00"]
    await other.move("accrue", "1")
    stale = await page.press("confirm")
    assert (stale.status, stale.has("preview-stale")) == (409, True)
    done = await stale.press("confirm")
    assert done.said("flash").startswith("Done. 20.00 stars are transferred.")
    assert (await other.balance())["active"] == "22.00"
    await (await done.follow("undo")).press("confirm", reason="x")
    assert (await other.balance())["active"] == "2.00"


async def test_another_date_for_what_waits(desk: Desk) -> None:
    shop = await open_shop(desk)
    row = await shop.move("accrue", "60", activates_at=shop.date(30), expires_at=shop.date(90))
    clerk = await desk.clerk(Role.SUPPORT)
    page = await (await clerk.get(shop.path)).follow("change-date")
    assert page.one("activates_at").get("value") == "2026-12-28"
    page = await page.press("preview", activates_at="2026-12-05", reason="Early")
    assert figures(page, "after") == await shop.balance()
    done = await page.press("confirm")
    assert done.said("flash").startswith("Done. 60.00 stars have another date.")
    (lot,) = [
        each
        for each in (await desk.api("GET", f"/v1/accounts/{shop.id}/lots"))["data"]
        if each["pending"] == "60.00"
    ]
    assert lot["activates_at"] == "2026-12-05T00:00:00Z"
    assert lot["expires_at"] == shop.date(90)
    assert (await desk.api("GET", f"/v1/transactions/{row['id']}"))["status"] == "cancelled"


@pytest.mark.parametrize(
    ("kind", "typed", "field"),
    [
        ("accrue", {"amount": ""}, "amount"),
        ("accrue", {"amount": "many"}, "amount"),
        ("accrue", {"amount": "-5"}, "amount"),
        ("accrue", {"amount": "1.234"}, "amount"),
        ("accrue", {"amount": "5", "expires_at": "tomorrow"}, "expires_at"),
        ("hold", {"amount": "5", "minutes": "0"}, "minutes"),
        ("hold", {"amount": "5", "minutes": "²"}, "minutes"),
        ("adjust", {"amount": "5", "reason": ""}, "reason"),
        ("transfer", {"amount": "5", "to_account": ""}, "to_account"),
    ],
)
async def test_what_cannot_be_read_is_said_at_its_field(
    desk: Desk, kind: str, typed: dict[str, str], field: str
) -> None:
    shop = await open_shop(desk)
    await shop.move("accrue", "10")
    page = await form(await desk.clerk(Role.SUPPORT), shop, kind)
    again = await page.press("preview", **typed)
    assert (again.status, again.name) == (422, "move")
    assert again.one("field-error").get("data-field") == field
    for name, text in typed.items():
        if name != "direction":
            assert again.one(name).get("value") == text
    assert len(await shop.rows()) == 1


async def test_too_little_is_said_in_words(desk: Desk) -> None:
    shop = await open_shop(desk)
    await shop.move("accrue", "12.50")
    page = await form(await desk.clerk(Role.SUPPORT), shop, "redeem")
    again = await page.press("preview", amount="20")
    assert (again.status, again.name) == (409, "move")
    assert again.one("refusal").get("data-code") == "insufficient_points"
    assert again.said("refusal") == "Only 12.50 are available."


async def test_a_double_click_has_one_effect_and_a_movement_between_none(desk: Desk) -> None:
    shop = await open_shop(desk)
    clerk = await desk.clerk(Role.SUPPORT)
    page = await (await form(clerk, shop, "accrue")).press("preview", amount="10")
    await asyncio.gather(*(page.press("confirm") for _ in range(3)))
    assert len(await shop.rows()) == 1
    page = await (await form(clerk, shop, "redeem")).press("preview", amount="10")
    await shop.move("redeem", "1")
    stale = await page.press("confirm")
    assert stale.status == 409
    assert stale.one("refusal").get("data-code") == "insufficient_points"
    assert len(await shop.rows()) == 2


async def test_rights_limits_and_second_persons(desk: Desk) -> None:
    shop = await open_shop(desk, approval_above="50")
    viewer = await desk.clerk(Role.VIEWER)
    page = await viewer.get(f"{shop.path}/move?type=accrue")
    assert (page.status, page.name) == (403, "forbidden")
    clerk = await desk.clerk(Role.SUPPORT)
    page = await (await form(clerk, shop, "accrue")).press("preview", amount="60")
    assert page.said("confirm") == "Ask for approval"
    done = await page.press("confirm")
    assert done.one("look").get("href").startswith("/console/approvals/apr_")
    limit = {"currency_id": shop.currency["id"], "per_transaction": "20.00"}
    await desk.api("PATCH", f"/v1/users/usr_{clerk.user:x}", {"limits": [limit]})
    again = await (await form(clerk, shop, "accrue")).press("preview", amount="30")
    assert again.said("needs-limit") == "This is over your limit of 20.00. Ask a manager."
    assert not await shop.rows()
    for path in ("move?type=steal", "move", "move?type=reinstate&lot=lot_1", "move?type=reinstate"):
        assert (await clerk.get(f"{shop.path}/{path}")).status == 404
