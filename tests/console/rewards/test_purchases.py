"""Buying a reward for a member and taking it back, click by click: previews, acts, refusals."""

from __future__ import annotations

import pytest

from stampbook.programs.roles import Role
from tests.console.desk import Desk, Page
from tests.console.rewards.counter import Counter, open_counter


@pytest.fixture
async def counter(desk: Desk) -> Counter:
    return await open_counter(desk)


async def _bought(counter: Counter, page: Page, **typed: str) -> Page:
    """The purchase's page, from the member's."""
    preview = await (await page.follow("buy")).press("preview", **typed)
    assert preview.name == "preview", preview.text
    return await preview.press("confirm")


async def test_a_reward_is_bought_as_its_preview_says(counter: Counter) -> None:
    reward = await counter.reward(stock=5)
    await counter.reward(name="Draft", status="draft")
    await counter.reward(name="Elsewhere", offered=False)
    clerk = await counter.desk.clerk(Role.SUPPORT)
    form = await (await clerk.get(f"/console/members/{counter.member}")).follow("buy")
    assert (form.name, len(form.one("reward"))) == ("buy", 1)
    preview = await form.press("preview", quantity="3")
    assert (preview.status, preview.name) == (200, "preview")
    assert "3 pieces of Mug for Ben" in preview.said("preview-head")
    assert preview.values("active") == ["100.00", "70.00"]
    assert preview.value("effect") == "-30.00"
    assert "2 pieces are left then." in preview.said("also")
    assert await counter.active() == "100.00"
    done = await preview.press("confirm")
    assert (done.name, done.value("points"), done.value("quantity")) == ("purchase", "30.00", "3")
    assert await counter.active() == "70.00"
    assert (await counter.read(reward))["offer"]["stock"] == 2
    assert [row.get("data-type") for row in done.all("row")] == ["redeem"]
    again = await preview.press("confirm")
    assert again.path == done.path
    assert await counter.active() == "70.00"
    assert (await done.follow("undo")).name == "preview"


async def test_codes_are_shown_to_whom_they_are_handed_out(counter: Counter) -> None:
    reward = await counter.reward(type="code", code="pool", stock=None)
    codes = {"codes": ["A-1", "A-2", "A-3"]}
    await counter.desk.api("POST", f"/v1/rewards/{reward}/codes", codes)
    clerk = await counter.desk.clerk(Role.SUPPORT)
    member = await clerk.get(f"/console/members/{counter.member}")
    done = await _bought(counter, member, quantity="2")
    shown = {each.text for each in done.all("code")}
    assert len(shown) == 2
    assert shown < {"A-1", "A-2", "A-3"}
    listed = await clerk.get(f"/console/rewards/{reward}")
    assert [row.get("data-id") for row in listed.all("row")] == [done.path.rpartition("/")[2]]
    assert (listed.value("codes-free"), listed.value("codes-issued")) == ("1", "2")


async def test_a_reward_of_points_moves_both_accounts(counter: Counter) -> None:
    await counter.reward(type="points", points={"currency_id": counter.miles, "amount": "7"})
    clerk = await counter.desk.clerk(Role.SUPPORT)
    form = await (await clerk.get(f"/console/members/{counter.member}")).follow("buy")
    preview = await form.press("preview", quantity="2")
    assert preview.values("active") == ["100.00", "80.00", "0", "14"]
    done = await preview.press("confirm")
    assert done.value("gained") == "14"
    back = await (await done.follow("refund")).press("follow", quantity="1")
    assert back.values("active") == ["80.00", "90.00", "14", "7"]
    refunded = await back.press("confirm", reason="One was enough")
    assert refunded.value("refunded") == "1"
    assert await counter.active() == "90.00"


async def test_the_refusals_of_a_purchase_are_said(counter: Counter) -> None:
    costly = await counter.reward(
        name="Kettle", costs=[{"currency_id": counter.stars, "points": "500.00"}]
    )
    mug = await counter.reward(stock=1)
    clerk = await counter.desk.clerk(Role.SUPPORT)
    form = await (await clerk.get(f"/console/members/{counter.member}")).follow("buy")
    poor = await form.press("preview", reward=costly)
    assert (poor.status, poor.one("refusal").get("data-code")) == (409, "insufficient_points")
    assert "100.00" in poor.said("refusal")
    many = await form.press("preview", reward=mug, quantity="2")
    assert (many.status, many.one("refusal").get("data-code")) == (409, "out_of_stock")
    assert many.one("quantity").get("value") == "2"
    for text in ("0", "-1", "two", "1001"):
        wrong = await form.press("preview", reward=mug, quantity=text)
        assert (wrong.status, wrong.one("field-error").get("data-field")) == (422, "quantity")
    nothing = await form.press("preview", reward="rwd_999")
    assert (nothing.status, nothing.one("field-error").get("data-field")) == (422, "reward")
    preview = await form.press("preview", reward=mug)
    await counter.desk.api("POST", f"/v1/rewards/{mug}/deactivate")
    late = await preview.press("confirm")
    assert (late.status, late.one("refusal").get("data-code")) == (409, "reward_inactive")
    assert await counter.active() == "100.00"


async def test_what_has_moved_since_the_preview_is_shown_first(counter: Counter) -> None:
    await counter.reward()
    clerk = await counter.desk.clerk(Role.SUPPORT)
    form = await (await clerk.get(f"/console/members/{counter.member}")).follow("buy")
    preview = await form.press("preview")
    await counter.shop.move("redeem", "5.00")
    stale = await preview.press("confirm")
    assert (stale.status, stale.has("preview-stale")) == (409, True)
    assert stale.values("active") == ["95.00", "85.00"]
    done = await stale.press("confirm")
    assert done.name == "purchase"
    refund = await done.follow("refund")
    await counter.shop.move("redeem", "5.00")
    moved = await refund.press("confirm", reason="Cold")
    assert (moved.status, moved.has("preview-stale")) == (409, True)
    assert (await moved.press("confirm", reason="Cold")).value("refunded") == "1"
    assert await counter.active() == "90.00"


async def test_pieces_are_taken_back_one_by_one(counter: Counter) -> None:
    reward = await counter.reward(stock=10)
    bought = await counter.bought(reward, 3)
    clerk = await counter.desk.clerk(Role.SUPPORT)
    page = await clerk.get(f"/console/purchases/{bought['id']}")
    preview = await page.follow("refund")
    assert (preview.name, preview.one("quantity").get("value")) == ("preview", "3")
    assert preview.values("active") == ["70.00", "100.00"]
    assert "3 pieces go back to the stock." in preview.said("also")
    one = await preview.press("follow", quantity="1")
    assert one.values("active") == ["70.00", "80.00"]
    assert await counter.active() == "70.00"
    silent = await one.press("confirm")
    assert (silent.status, silent.one("field-error").get("data-field")) == (422, "reason")
    done = await one.press("confirm", reason="Broken", stock="write_off")
    assert done.name == "purchase"
    assert done.all("status")[0].get("data-status") == "partly_refunded"
    assert (done.value("refunded"), done.value("written-off")) == ("1", "1")
    assert (await counter.read(reward))["offer"]["stock"] == 7
    row = (await counter.shop.rows())[0]
    assert (row["type"], row["reason"]) == ("cancel", "Broken")
    rest = await done.follow("refund")
    for text in ("3", "0", "x"):
        wrong = await rest.press("confirm", quantity=text, reason="All")
        assert wrong.status in (409, 422)
        assert wrong.has("refusal")
    last = await rest.press("confirm", reason="All of it")
    assert not last.has("refund")
    assert last.all("status")[0].get("data-status") == "refunded"
    assert await counter.active() == "100.00"
    over = await clerk.get(f"/console/purchases/{bought['id']}/refund")
    assert (over.status, over.one("refusal").get("data-code")) == (409, "already_cancelled")
    assert not over.has("confirm")


async def test_used_codes_and_what_is_not_refundable_need_a_word(counter: Counter) -> None:
    reward = await counter.reward(type="code", refundable=False, stock=None)
    bought = await counter.bought(reward, 2)
    used = bought["codes"][0]["code"]
    await counter.desk.api("POST", f"/v1/codes/{used}/use")
    clerk = await counter.desk.clerk(Role.SUPPORT)
    path = f"/console/purchases/{bought['id']}/refund"
    refused = await clerk.get(path)
    assert (refused.status, refused.one("refusal").get("data-code")) == (409, "not_refundable")
    allowed = await refused.press("follow", policy="allow")
    assert (allowed.status, allowed.one("refusal").get("data-code")) == (409, "code_used")
    assert allowed.one("policy").get("checked") is not None
    kept = await allowed.press("follow", codes="keep")
    assert kept.status == 200
    assert used in kept.said("also")
    done = await kept.press("confirm", reason="Goodwill")
    states = {each["code"]: each["state"] for each in
              (await counter.purchase(bought["id"]))["codes"]}  # fmt: skip
    assert sorted(states.values()) == ["used", "voided"]
    assert done.value("refunded") == "2"


async def test_a_member_s_purchases_are_listed(counter: Counter) -> None:
    reward = await counter.reward(costs=[{"currency_id": counter.stars, "points": "1.00"}],
                                  stock=None)  # fmt: skip
    clerk = await counter.desk.clerk(Role.VIEWER)
    empty = await clerk.get(f"/console/members/{counter.member}/purchases")
    assert (empty.name, empty.has("empty")) == ("purchases", True)
    bought = [(await counter.bought(reward))["id"] for _ in range(55)]
    page = await clerk.get(f"/console/members/{counter.member}")
    newest = [row.get("data-id") for row in page.all("purchase-row")]
    assert newest == bought[: -len(newest) - 1 : -1]
    assert not page.has("buy")
    first = await page.follow("all-purchases")
    older = await first.follow("load-more")
    ids = [row.get("data-id") for each in (first, older) for row in each.all("row")]
    assert ids == bought[::-1]
    of_reward = await clerk.get(f"/console/rewards/{reward}")
    assert len(of_reward.all("row")) == 50
    assert len((await of_reward.follow("load-more")).all("row")) == 5


async def test_what_a_purchase_moved_leads_back_to_it(counter: Counter) -> None:
    bought = await counter.bought(await counter.reward())
    clerk = await counter.desk.clerk(Role.VIEWER)
    page = await clerk.get(f"/console/transactions/{bought['transaction_id']}")
    assert f"/console/purchases/{bought['id']}" in page.text


async def test_over_a_person_s_limit_nothing_is_bought(counter: Counter) -> None:
    await counter.reward()
    desk = counter.desk
    clerk = await desk.clerk(Role.SUPPORT)
    limit = {"currency_id": counter.stars, "per_transaction": "5.00"}
    await desk.api("PATCH", f"/v1/users/usr_{clerk.user:x}", {"limits": [limit]})
    form = await (await clerk.get(f"/console/members/{counter.member}")).follow("buy")
    page = await form.press("preview")
    assert page.one("needs-limit").get("data-code") == "limit_exceeded"
    assert "5.00" in page.said("needs-limit")


async def test_a_second_person_is_asked_where_the_program_wants_it(counter: Counter) -> None:
    await counter.reward()
    desk = counter.desk
    await desk.api("PATCH", f"/v1/currencies/{counter.stars}/options", {"approval_above": "5.00"})
    clerk = await desk.clerk(Role.SUPPORT)
    form = await (await clerk.get(f"/console/members/{counter.member}")).follow("buy")
    preview = await form.press("preview")
    assert preview.said("confirm") == "Ask for approval"
    asked = await preview.press("confirm")
    assert asked.name == "member"
    assert "Buy Mug for Ben" in asked.said("waiting")
    assert (await asked.follow("look")).path == asked.one("approval").get("href")
    again = await (await asked.follow("buy")).press("preview")
    assert "twice" in again.said("waiting")
    assert (await again.press("confirm")).one("look").get("href") == asked.one("look").get("href")
    assert await counter.active() == "100.00"


async def test_a_viewer_buys_and_refunds_nothing(counter: Counter) -> None:
    bought = await counter.bought(await counter.reward())
    viewer = await counter.desk.clerk(Role.VIEWER)
    page = await viewer.get(f"/console/purchases/{bought['id']}")
    assert (page.status, page.has("refund")) == (200, False)
    for path in (f"purchases/{bought['id']}/refund", f"members/{counter.member}/buy"):
        refused = await viewer.get(f"/console/{path}")
        assert (refused.status, refused.name) == (403, "forbidden")
    support = await counter.desk.clerk(Role.SUPPORT)
    await counter.desk.api("PATCH", f"/v1/users/usr_{support.user:x}", {"program_ids": ["prg_1"]})
    for path in (f"purchases/{bought['id']}", f"purchases/{bought['id']}/refund",
                 f"members/{counter.member}/buy"):  # fmt: skip
        assert (await support.get(f"/console/{path}")).status == 404


async def test_the_pages_are_in_russian(counter: Counter) -> None:
    bought = await counter.bought(await counter.reward(type="code"), 2)
    clerk = await counter.desk.clerk(Role.SUPPORT)
    clerk.client.cookies.set("stampbook_language", "ru")
    member, purchase = f"members/{counter.member}", f"purchases/{bought['id']}"
    for path in (f"{member}/buy", f"{member}/purchases", purchase, f"{purchase}/refund"):
        page = await clerk.get(f"/console/{path}")
        assert page.status == 200
        body = page.root.text_content()
        for english in ("Reward", "Pieces", "Codes", "Refund", "Paid", "Back", "Stock"):
            assert english not in body, (path, english)
