"""Previews of acts upon transactions: they show what then happens, or nothing happens."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stampbook.programs.roles import Role
from tests.console.accounts.shop import Shop, allocations, figures, moves, open_shop
from tests.console.desk import Clerk, Desk, Page


async def preview(clerk: Clerk, row: Any, act: str = "cancel") -> Page:
    page = await clerk.get(f"/console/transactions/{row['id']}/{act}")
    assert (page.status, page.name) == (200, "preview")
    return page


async def paid(shop: Shop) -> Any:
    """100.50 from two lots, for order 1001."""
    await shop.move("accrue", "80", expires_at=shop.date(30))
    await shop.move("accrue", "40", reason="Welcome")
    return await shop.move("redeem", "100.50", external_id="order-1001")


async def test_find_cancel_and_undo(desk: Desk) -> None:
    shop = await open_shop(desk)
    row = await paid(shop)
    clerk = await desk.clerk(Role.SUPPORT)
    account = await clerk.get(shop.path)
    button = next(
        each for each in account.all("cancel") if f"/{row['id']}/" in each.get("href", "")
    )
    page = await clerk.get(button.get("href"))
    assert page.said("preview-head").startswith("Cancel order 1001? 100.50 stars go back")
    assert figures(page, "before") == await shop.balance()
    assert figures(page, "before")["active"] == "19.50"
    assert figures(page, "after")["active"] == "120.00"
    assert page.one("amount").get("value") == "100.50"
    assert page.one("amount").get("max") == "100.50"
    assert page.one("amount").get("min") == "0.01"
    done = await page.press("confirm", reason="till error")
    assert (done.status, done.name) == (200, "account")
    assert done.said("flash").startswith("Cancelled. 100.50 stars are back.")
    assert (await shop.balance())["active"] == "120.00"
    cancel = (await shop.rows())[0]
    assert (cancel["reason"], cancel["dialect"]) == ("till error", "console")
    assert cancel["user_id"] == f"usr_{clerk.user:x}"
    assert moves(page) == allocations(cancel)
    undo = await done.follow("undo")
    assert undo.name == "preview"
    assert undo.said("preview-head").startswith("Undo the cancel?")
    done = await undo.press("confirm")
    assert done.said("flash").startswith("The cancel is undone. 100.50 stars are used again.")
    assert (await shop.balance())["active"] == "19.50"


async def test_a_part_by_comma_or_point(desk: Desk) -> None:
    shop = await open_shop(desk)
    row = await paid(shop)
    clerk = await desk.clerk(Role.SUPPORT)
    page = await preview(clerk, row)
    followed = await page.press("follow", amount="20,5")
    assert len(await shop.rows()) == 3
    assert figures(followed, "after")["active"] == "40.00"
    assert followed.one("amount").get("value") == "20,5"
    done = await followed.press("confirm", reason="x")
    assert done.said("flash").startswith("Cancelled. 20.50 stars are back.")
    assert (await shop.balance())["active"] == "40.00"
    page = await preview(clerk, row)
    assert page.one("amount").get("value") == "80.00"


async def test_the_figures_follow_the_amount_as_a_fragment(desk: Desk) -> None:
    shop = await open_shop(desk)
    row = await paid(shop)
    clerk = await desk.clerk(Role.SUPPORT)
    path = f"/console/transactions/{row['id']}/cancel?part=figures&amount="
    part = await clerk.get(path + "0.5", **{"hx-request": "true"})
    assert part.root.get("id") == "preview-figures"
    assert figures(part, "after")["active"] == "20.00"
    part = await clerk.get(path + "1000", **{"hx-request": "true"})
    assert part.one("refusal").get("data-code") == "exceeds_original"
    assert not part.has("preview-row")
    front = await clerk.get(f"/console/transactions/{row['id']}/cancel", **{"hx-request": "true"})
    assert front.has("confirm")
    assert not front.has("page")


async def test_a_reason_is_needed(desk: Desk) -> None:
    shop = await open_shop(desk)
    page = await preview(await desk.clerk(Role.SUPPORT), await paid(shop))
    assert page.one("reason").get("required") is not None
    again = await page.press("confirm", reason="")
    assert again.status == 422
    assert again.one("field-error").get("id") == "reason-error"
    assert again.one("reason").get("aria-describedby") == "reason-error"
    assert len(await shop.rows()) == 3


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [("1000", 409, "exceeds_original"), ("x", 422, "invalid_request"), ("0", 422, None)],
)
async def test_an_amount_that_cannot_be_is_refused_in_words(
    desk: Desk, amount: str, status: int, code: str | None
) -> None:
    shop = await open_shop(desk)
    page = await preview(await desk.clerk(Role.SUPPORT), await paid(shop))
    again = await page.press("confirm", reason="x", amount=amount)
    assert (again.status, again.name) == (status, "preview")
    refusal = again.one("refusal")
    assert code is None or refusal.get("data-code") == code
    assert again.one("amount").get("value") == amount
    assert again.has("confirm")
    assert len(await shop.rows()) == 3


async def test_what_is_cancelled_says_so_with_a_link(desk: Desk) -> None:
    shop = await open_shop(desk)
    row = await paid(shop)
    cancel = await shop.act(row, "cancel")
    page = await preview(await desk.clerk(Role.SUPPORT), row)
    refusal = page.one("refusal")
    assert refusal.get("data-code") == "already_cancelled"
    assert "This was cancelled on 28 Nov" in page.said("refusal")
    assert page.one("look").get("href") == f"/console/transactions/{cancel['id']}"
    assert not page.has("confirm")


async def test_several_are_cancelled_together_or_none(desk: Desk) -> None:
    shop = await open_shop(desk)
    await shop.move("accrue", "80")
    first, second = await shop.move("redeem", "0.66"), await shop.move("redeem", "70")
    clerk = await desk.clerk(Role.SUPPORT)
    page = await clerk.get(f"/console/transactions/{first['id']}/cancel?also={second['id']}")
    assert not page.has("amount")
    assert figures(page, "after")["active"] == "80.00"
    assert [each[3] for each in moves(page)] == ["0.66", "70.00"]
    done = await page.press("confirm", reason="the till was wrong")
    assert done.said("flash").startswith("Cancelled. 70.66 stars are back.")
    assert [row["type"] for row in await shop.rows()][:2] == ["cancel", "cancel"]
    undo = await done.follow("undo")
    await undo.press("confirm")
    assert (await shop.balance())["active"] == "9.34"
    await shop.act(second, "cancel")
    await shop.act(first, "cancel", amount="0.06")
    page = await clerk.get(f"/console/transactions/{first['id']}/cancel?also={second['id']}")
    done = await page.press("confirm", reason="x")
    assert (await shop.balance())["active"] == "80.00"


async def test_a_double_click_has_one_effect(desk: Desk) -> None:
    shop = await open_shop(desk)
    page = await preview(await desk.clerk(Role.SUPPORT), await paid(shop))
    pages = await asyncio.gather(*(page.press("confirm", reason="x") for _ in range(3)))
    again = await page.press("confirm", reason="x")
    for each in (*pages, again):
        assert each.said("flash").startswith("Cancelled. 100.50 stars are back.")
    assert len(await shop.rows()) == 4


async def test_what_came_between_is_shown_and_nothing_is_written(desk: Desk) -> None:
    shop = await open_shop(desk)
    page = await preview(await desk.clerk(Role.SUPPORT), await paid(shop))
    await shop.move("accrue", "5")
    again = await page.press("confirm", reason="x")
    assert (again.status, again.name) == (409, "preview")
    words = "Something happened since you looked. This is what would happen now."
    assert again.said("preview-stale") == words
    assert figures(again, "before")["active"] == "24.50"
    assert again.one("reason").get("value") == "x"
    assert len(await shop.rows()) == 4
    done = await again.press("confirm")
    assert done.has("flash")
    assert (await shop.balance())["active"] == "125.00"


async def test_of_two_people_who_confirm_at_once_one_succeeds(desk: Desk) -> None:
    shop = await open_shop(desk)
    await shop.move("accrue", "80")
    rows = [await shop.move("redeem", "1") for _ in range(4)]
    clerk, other = await desk.clerk(Role.SUPPORT), await desk.clerk(Role.MANAGER)
    pages = [
        await preview(each, row)
        for each, row in zip((clerk, other, clerk, other), rows, strict=True)
    ]
    answers = await asyncio.gather(*(page.press("confirm", reason="x") for page in pages))
    assert sorted(page.status for page in answers) == [200, 409, 409, 409]
    assert sum(page.has("preview-stale") for page in answers) == 3
    assert (await shop.balance())["active"] == "77.00"


async def test_an_expiry_that_changes_the_preview_is_shown_first(desk: Desk) -> None:
    shop = await open_shop(desk)
    await shop.move("accrue", "80", expires_at=shop.date(0.1))
    row = await shop.move("redeem", "60")
    page = await preview(await desk.clerk(Role.SUPPORT), row)
    shop.pass_hours(6)
    stale = await page.press("confirm", reason="x")
    assert stale.status == 409
    assert stale.has("preview-stale")
    assert "expire at once" in stale.said("preview-head")
    assert ("available", "expired") in [each[1:3] for each in moves(stale)]
    done = await stale.press("confirm")
    assert done.has("flash")


async def test_time_that_changes_nothing_does_not_count(desk: Desk) -> None:
    shop = await open_shop(desk)
    row = await paid(shop)
    await shop.move("accrue", "7", expires_at=shop.date(0.1))
    await shop.move("hold", "7", timeout_s=86_400)
    page = await preview(await desk.clerk(Role.SUPPORT), row)
    shop.pass_hours(6)
    assert (await page.press("confirm", reason="x")).has("flash")


async def test_an_award_that_was_used_becomes_a_debt_or_falls_short(desk: Desk) -> None:
    clerk = await desk.clerk(Role.SUPPORT)
    for policy, after, shortfall in (("debt", "-60.00", None), ("clamp", "20.00", "80.00")):
        shop = await open_shop(desk, spent_accrual=policy)
        award = await shop.move("accrue", "100")
        await shop.move("redeem", "80")
        await shop.move("accrue", "20")
        page = await preview(clerk, award)
        assert page.has("policy")
        if shortfall:
            assert page.value("shortfall") == shortfall
        shown = figures(page, "after")
        await page.press("confirm", reason="x")
        assert shown == await shop.balance()
        assert shown["active"] == ("-60.00" if policy == "debt" else after)
        assert moves(page) == allocations((await shop.rows())[0])
    shop = await open_shop(desk, spent_accrual="refuse")
    award = await shop.move("accrue", "100")
    await shop.move("redeem", "80")
    page = await preview(clerk, award)
    assert page.one("refusal").get("data-code") == "points_already_spent"


async def test_pending_points_become_usable_or_are_cancelled(desk: Desk) -> None:
    shop = await open_shop(desk)
    rows = [await shop.move("accrue", "60", activates_at=shop.date(30)) for _ in range(2)]
    clerk = await desk.clerk(Role.SUPPORT)
    account = await clerk.get(shop.path)
    assert len(account.all("pending-lot")) == 2
    page = await clerk.get(account.all("activate-now")[0].get("href"))
    assert figures(page, "after") == {
        "active": "60.00", "pending": "60.00", "held": "0.00", "deficit": "0.00",
    }  # fmt: skip
    done = await page.press("confirm")
    assert done.said("flash").startswith("Done. 60.00 stars are available now.")
    left = rows[1] if (await shop.rows())[0]["activates"] == rows[0]["id"] else rows[0]
    page = await preview(clerk, left)
    assert figures(page, "after")["pending"] == "0.00"
    done = await page.press("confirm", reason="The beans were returned")
    assert done.said("flash").startswith("Cancelled. 60.00 stars are taken back.")
    assert (await shop.balance())["pending"] == "0.00"


async def test_who_may_not_act_sees_no_preview(desk: Desk) -> None:
    shop = await open_shop(desk)
    row = await paid(shop)
    viewer = await desk.clerk(Role.VIEWER)
    for act in ("cancel", "commit", "release", "activate", "expire"):
        page = await viewer.get(f"/console/transactions/{row['id']}/{act}")
        assert (page.status, page.name) == (403, "forbidden")
    page = await viewer.get(f"/console/transactions/{row['id']}")
    assert page.status == 200
    assert not page.has("cancel")
    assert not page.has("not-cancellable")


async def test_beyond_ones_limit_a_manager_is_needed(desk: Desk) -> None:
    shop = await open_shop(desk)
    row = await paid(shop)
    clerk = await desk.clerk(Role.SUPPORT)
    limit = {"currency_id": shop.currency["id"], "per_transaction": "50.00"}
    await desk.api("PATCH", f"/v1/users/usr_{clerk.user:x}", {"limits": [limit]})
    page = await preview(clerk, row)
    assert page.said("needs-limit") == "This is over your limit of 50.00. Ask a manager."
    part = await clerk.get(f"/console/transactions/{row['id']}/cancel?amount=10")
    assert part.status == 200
    assert not part.has("needs-limit")


async def test_a_second_person_is_asked_where_one_is_needed(desk: Desk) -> None:
    shop = await open_shop(desk, approval_above="50")
    row = await paid(shop)
    clerk = await desk.clerk(Role.SUPPORT)
    page = await preview(clerk, row)
    assert page.said("confirm") == "Ask for approval"
    done = await page.press("confirm", reason="x")
    assert "Sent for approval" in done.said("flash")
    approval = await done.follow("look")
    assert approval.name == "approval"
    assert approval.said("request") == "Cancel a movement of Ben"
    assert len(await shop.rows()) == 3


async def test_names_and_reasons_are_text(desk: Desk) -> None:
    evil = "<script>alert(1)</script>"
    shop = await open_shop(desk, evil, name=evil)
    await shop.move("accrue", "5", reason=evil)
    row = await shop.move("redeem", "5", reason=evil, external_id=evil)
    clerk = await desk.clerk(Role.SUPPORT)
    page = await preview(clerk, row)
    assert "<script>alert" not in page.text
    assert evil in page.root.text_content()
    done = await page.press("confirm", reason=evil)
    assert "<script>alert" not in done.text
    page = await clerk.get(f"/console/transactions/{row['id']}")
    assert "<script>alert" not in page.text


async def test_in_russian(desk: Desk) -> None:
    shop = await open_shop(desk)
    row = await paid(shop)
    clerk = await desk.clerk(Role.SUPPORT)
    clerk.client.cookies.set("stampbook_language", "ru", path="/console")
    page = await preview(clerk, row)
    assert page.root.get("lang") == "ru"
    assert page.one("amount").get("value") == "100,50"
    assert "Отменить" in page.said("preview-head")
    done = await page.press("confirm", reason="ошибка кассы")
    assert "100,50" in done.said("flash")
    assert "Cancelled" not in done.said("flash")


async def test_what_is_not_there_has_no_preview(desk: Desk) -> None:
    clerk = await desk.clerk(Role.SUPPORT)
    shop = await open_shop(desk)
    row = await paid(shop)
    for path in ("txn_fffffff/cancel", "acc_1/cancel", f"{row['id']}/cancel?also=acc_1"):
        page = await clerk.get(f"/console/transactions/{path}")
        assert (page.status, page.name) == (404, "not-found"), path
