"""Rows of histories and timelines offer their cancel where it is possible, and only there."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.console.accounts.offering import NOT_CANCELLABLE
from stampbook.programs.roles import Role
from tests.console.desk import ONE_STORE, Clerk, Desk, Page
from tests.console.rewards.counter import Counter, open_counter


async def _shop(desk: Desk) -> tuple[Counter, str]:
    """A shop in which everything has happened after which a movement cannot be cancelled by itself,
    and the order of which something was refunded."""
    counter = await open_counter(desk)
    shop, api = counter.shop, desk.api
    reward = await counter.reward(stock=9)
    await counter.bought(reward, 2)
    refunded = await counter.bought(reward, 2)
    await api("POST", f"/v1/purchases/{refunded['id']}/refund", {"quantity": 1})
    again = await counter.bought(reward)
    await api("POST", f"/v1/purchases/{again['id']}/refund", {})
    held = await shop.move("hold", "2", timeout_s=600)
    committed = await shop.act(held, "commit")
    await shop.act(committed, "cancel")
    await shop.act(await shop.move("hold", "1", timeout_s=600), "release")
    await shop.act(await shop.move("hold", "3", timeout_s=600), "commit")
    await shop.act(await shop.move("accrue", "1", activates_at="event"), "activate")
    paid = await _order(counter)
    path = f"/v1/programs/{counter.program}/orders/{paid}"
    await api("POST", f"{path}/pay", {})
    await api("POST", f"{path}/refunds", {"amount": "8.00"})
    other = await shop.another()
    await other.move("accrue", "7")
    account = await api("GET", f"/v1/accounts/{other.id}")
    await api("POST", f"/v1/members/{account['member_id']}/merge", {"into": counter.member})
    return counter, paid


async def _order(counter: Counter) -> str:
    """An order of 10.00, of which 4.00 stars have paid."""
    api, orders = counter.desk.api, f"/v1/programs/{counter.program}/orders"
    rate = {"exchange": {"points": "1.00", "money": "1.00"}}
    await api("PATCH", f"/v1/currencies/{counter.stars}/options", rate)
    body = {"member_id": counter.member, "external_id": "7", "amount": "10.00", "money": "EUR"}
    made = await api("POST", orders, body)
    pays = {"account_id": counter.shop.id, "max_points": "4.00"}
    await api("POST", f"{orders}/{made['id']}/payments", pays)
    return str(made["id"])


async def _is_possible(desk: Desk, name: str) -> bool:
    client = desk.browser(authorization=f"Bearer {desk.facts['api_key']}")
    answer = await client.post(f"/v1/transactions/{name}/cancel?dry_run=true")
    return answer.status_code == 200 and not answer.json().get("already_cancelled")


def _offered(row: Any) -> tuple[str, str] | None:
    """The word and the address of what the row offers."""
    for each in row.iter("a"):
        if each.get("data-testid") == "cancel":
            return each.get("data-word"), each.get("href")
        if each.get("data-testid") == "place":
            return "look", each.get("href")
    return None


async def _hold_true(clerk: Clerk, desk: Desk, page: Page) -> set[str]:
    """What the rows of the page offer, each of which is looked at."""
    words = set()
    for row in page.all("row"):
        name = row.get("data-id")
        if not name.startswith("txn_"):
            continue
        word, path = _offered(row) or ("", "")
        words.add(word)
        kind, status = row.get("data-type"), row.get("data-status")
        is_open = status in ("in_force", "partly_cancelled") and kind not in NOT_CANCELLABLE
        is_possible = is_open and await _is_possible(desk, name)
        assert (word in ("cancel", "undo", "refund")) == is_possible, (name, kind, word)
        if not word:
            continue
        there = await clerk.get(path)
        assert there.status == 200, (name, path)
        assert there.has("confirm") == is_possible, (name, path)
    return words


@ONE_STORE
async def test_a_row_offers_what_its_page_can_do(desk: Desk) -> None:
    counter, order = await _shop(desk)
    clerk = await desk.clerk(Role.MANAGER)
    history = await clerk.get(counter.shop.path)
    assert await _hold_true(clerk, desk, history) == {"", "cancel", "undo", "refund", "look"}
    looked = {found[1] for row in history.all("row") if (found := _offered(row))}
    assert f"/console/orders/{order}" in looked
    assert f"/console/members/{counter.member}" in looked
    member = await clerk.get(f"/console/members/{counter.member}")
    assert {"refund", "look", "cancel"} <= await _hold_true(clerk, desk, member)


@pytest.fixture
async def counter(desk: Desk) -> Counter:
    return await open_counter(desk)


@ONE_STORE
async def test_the_cancel_of_what_paid_for_a_reward_is_its_refund(counter: Counter) -> None:
    bought = await counter.bought(await counter.reward(stock=5), 2)
    clerk = await counter.desk.clerk(Role.SUPPORT)
    transaction = await clerk.get(f"/console/transactions/{bought['transaction_id']}")
    assert "Refund" in transaction.said("cancel")
    refund = await transaction.follow("cancel")
    assert refund.path == f"/console/purchases/{bought['id']}/refund"
    by_address = await clerk.get(f"/console/transactions/{bought['transaction_id']}/cancel")
    assert by_address.path == refund.path
    done = await by_address.press("confirm", reason="Broken")
    assert (done.name, done.value("refunded")) == ("purchase", "2")
    assert await counter.active() == "100.00"
    assert (await counter.purchase(bought["id"]))["state"] == "refunded"
    cancelled = await clerk.get(f"/console/transactions/{bought['transaction_id']}")
    assert not cancelled.has("undo")
    assert "Buy the reward again" in cancelled.said("not-cancellable")
    assert (await cancelled.follow("place")).name == "purchase"


@ONE_STORE
async def test_a_plain_cancel_says_what_stays(counter: Counter) -> None:
    await _order(counter)
    clerk = await counter.desk.clerk(Role.SUPPORT)
    payment = (await counter.shop.rows())[0]
    preview = await clerk.get(f"/console/transactions/{payment['id']}/cancel")
    assert "Order 7 It stays as it is" in preview.said("also")
