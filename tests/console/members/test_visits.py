"""A visit, click by click: looked at, given back, undone, and undone again."""

from __future__ import annotations

from decimal import Decimal

from stampbook.dialects.native import ids
from stampbook.programs.roles import Role
from tests.console.desk import Clerk, Desk, Page


def _visit(desk: Desk) -> str:
    return ids.write(ids.VISIT, desk.demo.coffee.visit)


def _account(desk: Desk) -> str:
    return ids.write(ids.ACCOUNT, desk.demo.coffee.account)


async def _balance(desk: Desk) -> str:
    found = await desk.api("GET", f"/v1/accounts/{_account(desk)}/balance")
    return str(found["active"])


async def _found(desk: Desk, clerk: Clerk) -> Page:
    answer = await clerk.client.get(
        "/console/search", params={"q": f"visit {desk.demo.coffee.visit}"}
    )
    return Page(clerk, answer)


async def test_a_visit_shows_what_each_card_paid_of_each_line(desk: Desk) -> None:
    page = await _found(desk, await desk.clerk(Role.VIEWER))
    assert (page.status, page.name) == (200, "visit")
    assert page.values("price") == ["20.00", "3000.00"]
    assert page.values("paid-by-card") == ["0.66", "99.34"]
    assert page.value("paid-by-card-total") == "100.00"
    assert [row.get("data-type") for row in page.all("row")] == ["redeem", "redeem"]
    assert not page.has("cancel-withdrawal")


async def test_the_way_of_a_visit_click_by_click(desk: Desk) -> None:
    clerk = await desk.clerk(Role.SUPPORT)
    preview = await (await _found(desk, clerk)).follow("cancel-withdrawal")
    assert (preview.status, preview.name) == (200, "preview")
    moved = {(row.get("data-from"), row.get("data-to"), row.get("data-value"))
             for row in preview.all("preview-row")}  # fmt: skip
    assert moved == {("spent", "available", "0.66"), ("spent", "available", "99.34")}
    assert preview.values("active") == ["150.00", "250.00"]
    assert "0.66 of Bag of beans" in preview.said("preview-head")
    assert "99.34 of Barista course" in preview.said("preview-head")
    assert await _balance(desk) == "150.00"

    unsaid = await preview.press("confirm")
    assert unsaid.status == 422
    assert await _balance(desk) == "150.00"

    done = await preview.press("confirm", reason="The till was wrong")
    assert (done.name, done.path) == ("visit", f"/console/visits/{_visit(desk)}")
    assert "100.00" in done.said("flash")
    assert await _balance(desk) == "250.00"
    assert not done.has("cancel-withdrawal")
    assert done.all("paid-by-card") == []

    undo = await done.follow("undo")
    assert undo.name == "preview"
    undone = await undo.press("confirm")
    assert await _balance(desk) == "150.00"
    again = await undone.follow("undo")
    await again.press("confirm", reason="It was wrong after all")
    assert await _balance(desk) == "250.00"

    journal = await desk.api("GET", f"/v1/accounts/{_account(desk)}/transactions")
    newest = [each for each in journal["data"] if each["type"] == "cancel"]
    assert {each["dialect"] for each in newest} == {"console"}
    assert {each["user_id"] for each in newest} == {ids.write(ids.USER, clerk.user or 0)}
    assert newest[-1]["reason"] == "The till was wrong"


async def test_a_double_click_gives_back_once(desk: Desk) -> None:
    clerk = await desk.clerk(Role.SUPPORT)
    preview = await (await _found(desk, clerk)).follow("cancel-withdrawal")
    for _ in range(2):
        done = await preview.press("confirm", reason="Till error")
        assert done.name == "visit"
    assert await _balance(desk) == "250.00"
    journal = await desk.api("GET", f"/v1/accounts/{_account(desk)}/transactions")
    assert sum(each["type"] == "cancel" for each in journal["data"]) == 2


async def test_what_moved_since_the_preview_is_shown_first(desk: Desk) -> None:
    clerk = await desk.clerk(Role.SUPPORT)
    preview = await (await _found(desk, clerk)).follow("cancel-withdrawal")
    body = {"type": "redeem", "amount": "50.00"}
    await desk.api("POST", f"/v1/accounts/{_account(desk)}/transactions", body)
    stale = await preview.press("confirm", reason="Till error")
    assert (stale.status, stale.name) == (409, "preview")
    assert stale.has("preview-stale")
    assert await _balance(desk) == "100.00"
    assert stale.values("active") == ["100.00", "200.00"]
    await stale.press("confirm", reason="Till error")
    assert await _balance(desk) == "200.00"


async def test_nothing_is_left_to_give_back_a_second_time(desk: Desk) -> None:
    clerk = await desk.clerk(Role.SUPPORT)
    first = await (await _found(desk, clerk)).follow("cancel-withdrawal")
    await first.press("confirm", reason="Till error")
    path = f"/console/visits/{_visit(desk)}/withdrawals/{_account(desk)}/cancel"
    second = await clerk.get(path)
    assert second.name == "preview"
    assert not second.has("confirm")


async def test_an_open_page_shows_what_another_dialect_did(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    page = await _found(desk, clerk)
    (part,) = [each for each in page.root.iter() if each.get("data-live") is not None]
    live = part.get("hx-get")
    assert (await clerk.client.get(live)).status_code == 204
    await desk.api("DELETE", f"/v1/visits/{_visit(desk)}/withdrawals/{_account(desk)}")
    fresh = await clerk.get(live)
    assert fresh.status == 200
    assert fresh.has("live")
    assert fresh.all("paid-by-card") == []
    (again,) = [each for each in fresh.root.iter() if each.get("data-live") is not None]
    assert (await clerk.client.get(again.get("hx-get"))).status_code == 204


async def test_who_may_not_cancel_is_refused(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    path = f"/console/visits/{_visit(desk)}/withdrawals/{_account(desk)}/cancel"
    page = await clerk.get(path)
    assert (page.status, page.name) == (403, "forbidden")
    assert Decimal(await _balance(desk)) == 150
