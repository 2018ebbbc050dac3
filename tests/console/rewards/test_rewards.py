"""Rewards, click by click: the list, the form, stock, codes, status, and their end."""

from __future__ import annotations

import pytest

from stampbook.programs.roles import Role
from tests.console.desk import Desk
from tests.console.rewards.counter import Counter, open_counter


@pytest.fixture
async def counter(desk: Desk) -> Counter:
    return await open_counter(desk)


async def test_the_list_says_what_each_costs_and_what_is_left(counter: Counter) -> None:
    desk = counter.desk
    mug = await counter.reward()
    voucher = await counter.reward(
        name="Voucher", type="code", code="pool", stock=None,
        costs=[{"currency_id": counter.stars, "points": "5.00", "condition": "member.days > 9"},
               {"currency_id": counter.stars, "points": "7.00"}],
    )  # fmt: skip
    await desk.api("POST", f"/v1/rewards/{voucher}/codes", {"codes": ["A", "B", "C"]})
    await counter.reward(name="Endless", stock=None)
    await counter.reward(name="Secret", status="draft", offered=False)
    clerk = await desk.clerk(Role.VIEWER)
    page = await clerk.get(f"/console/rewards?program={counter.program}")
    assert (page.status, page.name) == (200, "rewards")
    rows = page.all("row")
    assert [row.get("data-id") for row in rows[:2]] == [mug, voucher]
    assert [row.get("data-status") for row in rows] == ["active", "active", "active", "draft"]
    assert page.values("cost") == ["10.00", "5.00", "10.00", "10.00"]
    assert page.values("stock-left") == ["10", "3"]
    assert "and 1 other price" in rows[1].text_content()
    assert "no limit" in rows[2].text_content()
    assert "not on offer" in rows[3].text_content()
    assert not page.has("new-reward")
    assert page.has("nav")
    drafts = await page.clerk.get(f"/console/rewards?program={counter.program}&status=draft")
    assert [row.get("data-status") for row in drafts.all("row")] == ["draft"]
    codes = await page.clerk.get(f"/console/rewards?program={counter.program}&type=code")
    assert [row.get("data-id") for row in codes.all("row")] == [voucher]
    for none in ("status=inactive", "status=nonsense"):
        nothing = await page.clerk.get(f"/console/rewards?program={counter.program}&{none}")
        assert (nothing.status, nothing.has("empty")) == (200, True)
    assert (await page.clerk.get("/console/rewards?program=prg_99")).status == 404


async def test_the_list_goes_on(counter: Counter) -> None:
    for number in range(53):
        await counter.reward(name=f"Mug {number}", offered=False, status="draft")
    clerk = await counter.desk.clerk(Role.VIEWER)
    page = await clerk.get(f"/console/rewards?program={counter.program}")
    assert len(page.all("row")) == 50
    assert len((await page.follow("load-more")).all("row")) == 3


async def test_an_empty_list_says_what_to_do(desk: Desk) -> None:
    counter = await open_counter(desk)
    manager = await desk.clerk(Role.MANAGER)
    page = await manager.get(f"/console/rewards?program={counter.program}")
    assert page.has("empty")
    assert (await page.follow("new-reward")).name == "reward"


async def test_a_reward_of_goods_is_made_offered_and_sold(counter: Counter) -> None:
    manager = await counter.desk.clerk(Role.MANAGER)
    form = await manager.get(f"/console/rewards/new?program={counter.program}")
    made = await form.press(
        "save", name="Mug <b>", sku="mug-1", refundable="true",
        **{"points-1": "1 0,50", "currency-1": counter.stars},
    )  # fmt: skip
    assert (made.status, made.name, made.said("reward-name")) == (200, "reward", "Mug <b>")
    assert made.has("flash")
    assert "Mug <b>" not in made.text
    assert made.all("status")[0].get("data-status") == "draft"
    offered = await made.press("offer", stock="20")
    assert offered.value("stock-left") == "20"
    assert offered.has("not-active")
    active = await offered.press("activate")
    assert active.all("status")[0].get("data-status") == "active"
    read = await counter.read(made.path.rpartition("/")[2])
    assert (read["sku"], read["status"], read["offer"]["stock"]) == ("mug-1", "active", 20)
    assert read["costs"][0]["points"] == "10.50"
    assert read["refundable"] is True


async def test_all_fields_of_a_reward_are_saved_and_shown_again(counter: Counter) -> None:
    manager = await counter.desk.clerk(Role.MANAGER)
    form = await manager.get(f"/console/rewards/new?program={counter.program}&type=points")
    rows: dict[str, str | list[str]] = {
        "points-1": "8", "currency-1": counter.stars, "condition-1": "member.days > 365",
        "points-2": "10", "currency-2": counter.stars,
        "days-1": ["1", "5"], "from-1": "09:00", "to-1": "00:00",
    }  # fmt: skip
    saved = await form.press(
        "save", name="Miles", gives="70", gives_currency=counter.miles,
        starts_at="2026-12-01T08:30", ends_at="2026-12-31T00:00",
        frequency="3", frequency_period="month", cooldown="2", cooldown_unit="hour", **rows,
    )  # fmt: skip
    name = saved.path.rpartition("/")[2]
    read = await counter.read(name)
    assert read["points"] == {"currency_id": counter.miles, "amount": "70"}
    assert [(each["points"], each["condition"]) for each in read["costs"]] == [
        ("8.00", "member.days > 365"), ("10.00", None),
    ]  # fmt: skip
    assert read["hours"] == [{"days": [1, 5], "from": "09:00", "to": "24:00"}]
    assert read["limits"] == {
        "cooldown": {"n": 2, "unit": "hour"}, "frequency": {"max": 3, "period": "month"},
    }  # fmt: skip
    assert (read["starts_at"], read["ends_at"]) == ("2026-12-01T08:30:00Z", "2026-12-31T00:00:00Z")
    assert read["refundable"] is True
    again = await saved.press("save")
    assert again.has("flash")
    assert await counter.read(name) == {
        **read,
        "updated_at": (await counter.read(name))["updated_at"],
    }
    rows = {"days-1": [], "from-1": "", "to-1": "", "points-2": "", "condition-1": ""}
    emptied = await again.press("save", starts_at="", frequency="", cooldown="", **rows)
    assert emptied.has("flash")
    read = await counter.read(name)
    assert (read["starts_at"], read["hours"], len(read["costs"])) == (None, [], 1)
    assert read["limits"] == {"cooldown": None, "frequency": None}
    assert read["ends_at"] == "2026-12-31T00:00:00Z"


async def test_seconds_that_a_field_does_not_show_stay(counter: Counter) -> None:
    reward = await counter.reward(ends_at="2026-12-31T23:59:59Z")
    manager = await counter.desk.clerk(Role.MANAGER)
    page = await (await manager.get(f"/console/rewards/{reward}")).press("save", name="Cup")
    assert page.said("reward-name") == "Cup"
    assert (await counter.read(reward))["ends_at"] == "2026-12-31T23:59:59Z"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"points-1": ""}, "points-1"),
        ({"points-1": "abc"}, "points-1"),
        ({"points-1": "0"}, "points-1"),
        ({"condition-1": "member.colour =="}, "condition-1"),
        ({"points-2": "1.005"}, "points-2"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"starts_at": "2026-12-02T00:00", "ends_at": "2026-12-01T00:00"}, "ends_at"),
        ({"days-1": ["1"]}, "from-1"),
        ({"days-1": ["1"], "from-1": "18:00", "to-1": "09:00"}, "from-1"),
        ({"frequency": "many"}, "frequency"),
        ({"frequency": "0"}, "frequency"),
        ({"cooldown": "5000"}, "cooldown"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(
    counter: Counter, typed: dict[str, str | list[str]], field: str
) -> None:
    manager = await counter.desk.clerk(Role.MANAGER)
    form = await manager.get(f"/console/rewards/new?program={counter.program}")
    page = await form.press("save", **{"name": "Mug", "points-1": "10", **typed})
    assert (page.status, page.name) == (422, "reward")
    assert page.has("refusal")
    assert [each.get("data-field") for each in page.all("field-error")] == [field]
    named = page.one(field)
    assert f"{field}-error" in named.get("aria-describedby")
    for name, text in typed.items():
        if isinstance(text, str):
            assert page.one(name).get("value") == text
    rewards = await counter.desk.api("GET", f"/v1/programs/{counter.program}/rewards")
    assert rewards["data"] == []


async def test_stock_is_changed_and_the_offer_ended(counter: Counter) -> None:
    reward = await counter.reward(stock=5)
    manager = await counter.desk.clerk(Role.MANAGER)
    page = await manager.get(f"/console/rewards/{reward}")
    unlimited = await page.press("offer", stock="")
    assert unlimited.has("no-limit")
    assert (await counter.read(reward))["offer"]["stock"] is None
    for text in ("-1", "many", "1.5"):
        wrong = await unlimited.press("offer", stock=text)
        assert (wrong.status, wrong.one("field-error").get("data-field")) == (422, "stock")
        assert wrong.one("stock").get("value") == text
    ended = await unlimited.press("end-offer")
    assert ended.has("not-on-offer")
    assert (await counter.read(reward))["offer"] is None
    assert (await page.press("end-offer", idempotency_key="other")).status == 200


async def test_codes_are_pasted_counted_and_listed(counter: Counter) -> None:
    reward = await counter.reward(type="code", code="pool", stock=None)
    manager = await counter.desk.clerk(Role.MANAGER)
    page = await manager.get(f"/console/rewards/{reward}")
    assert page.value("codes-free") == "0"
    added = await page.press("add-codes", codes="A-1\r\nA-2, A-3;A-4\tA-5\n\n")
    assert "5 codes are added." in added.said("flash")
    assert added.value("codes-free") == added.value("stock-left") == "5"
    bought = await counter.bought(reward, 2)
    await counter.desk.api("POST", f"/v1/codes/{bought['codes'][0]['code']}/use")
    shown = await manager.get(f"/console/rewards/{reward}")
    figures = [shown.value(f"codes-{state}") for state in ("free", "issued", "used", "voided")]
    assert figures == ["3", "1", "1", "0"]
    assert len(shown.all("code-row")) == 5
    used = await manager.get(f"/console/rewards/{reward}?state=used")
    assert len(used.all("code-row")) == 1
    taken = await shown.press("add-codes", codes="B-1 A-1")
    assert (taken.status, taken.one("field-error").get("data-field")) == (409, "codes")
    assert "A-1" in taken.said("field-error")
    assert taken.one("codes").text == "B-1 A-1"
    for wrong in ("", "a/b", " ".join(f"C-{number}" for number in range(1001))):
        refused = await shown.press("add-codes", codes=wrong)
        assert (refused.status, refused.has("field-error")) == (422, True)
    assert (await manager.get(f"/console/rewards/{reward}")).value("codes-free") == "3"
    viewer = await counter.desk.clerk(Role.SUPPORT)
    seen = await viewer.get(f"/console/rewards/{reward}")
    assert seen.value("codes-free") == "3"
    assert "A-5" not in seen.text


async def test_many_codes_are_shown_in_pages(counter: Counter) -> None:
    reward = await counter.reward(type="code", code="pool", stock=None)
    codes = [f"A-{number}" for number in range(60)]
    await counter.desk.api("POST", f"/v1/rewards/{reward}/codes", {"codes": codes})
    manager = await counter.desk.clerk(Role.MANAGER)
    first = await manager.get(f"/console/rewards/{reward}")
    assert len(first.all("code-row")) == 50
    assert len((await first.follow("more-codes")).all("code-row")) == 10


async def test_what_is_handed_out_is_locked_once_it_was_active(counter: Counter) -> None:
    reward = await counter.reward(sku="mug")
    manager = await counter.desk.clerk(Role.MANAGER)
    page = await manager.get(f"/console/rewards/{reward}")
    assert page.one("sku").get("disabled") is not None
    off = await page.press("deactivate")
    assert off.all("status")[0].get("data-status") == "inactive"
    assert (await counter.read(reward))["status"] == "inactive"
    await off.press("activate")
    drafted = await page.press("draft", idempotency_key="draft")
    assert drafted.one("sku").get("disabled") is None
    await (await drafted.press("activate", idempotency_key="again")).press("offer", stock="3")
    await counter.bought(reward)
    refused = await page.press("draft", idempotency_key="last")
    assert (refused.status, refused.one("refusal").get("data-code")) == (409, "invalid_transition")


async def test_a_deletion_says_what_is_in_the_way(counter: Counter) -> None:
    reward = await counter.reward()
    manager = await counter.desk.clerk(Role.MANAGER)
    asked = await (await manager.get(f"/console/rewards/{reward}")).follow("delete")
    refused = await asked.press("confirm")
    assert (refused.status, refused.one("refusal").get("data-code")) == (409, "in_use")
    assert "Shop offers it" in refused.said("used-by")
    page = await manager.get(f"/console/rewards/{reward}")
    await page.press("end-offer")
    gone = await asked.press("confirm", idempotency_key="another")
    assert (gone.name, gone.has("flash")) == ("rewards", True)
    assert (await manager.get(f"/console/rewards/{reward}")).status == 404


async def test_what_a_role_may_not_do_is_not_there(counter: Counter) -> None:
    reward = await counter.reward(type="code", code="pool")
    for role in (Role.VIEWER, Role.SUPPORT, Role.MANAGER):
        clerk = await counter.desk.clerk(role)
        page = await clerk.get(f"/console/rewards/{reward}")
        assert page.status == 200
        may = role is Role.MANAGER
        for action in ("save", "offer", "end-offer", "add-codes", "deactivate", "draft", "delete"):
            assert page.has(action) == may, (role, action)
        for path in ("/console/rewards/new", f"/console/rewards/{reward}/delete"):
            assert (await clerk.get(path)).status == (200 if may else 403)


async def test_people_of_one_program_see_its_rewards_alone(counter: Counter) -> None:
    reward = await counter.reward()
    desk = counter.desk
    clerk = await desk.clerk(Role.MANAGER)
    await desk.api("PATCH", f"/v1/users/usr_{clerk.user:x}", {"program_ids": ["prg_1"]})
    listed = await clerk.get("/console/rewards")
    assert (listed.status, listed.all("row")) == (200, [])
    assert (await clerk.get(f"/console/rewards?program={counter.program}")).status == 404
    for path in ("", "/delete"):
        assert (await clerk.get(f"/console/rewards/{reward}{path}")).status == 404


async def test_the_pages_are_in_russian(counter: Counter) -> None:
    reward = await counter.reward(type="code", code="pool")
    clerk = await counter.desk.clerk(Role.MANAGER)
    clerk.client.cookies.set("stampbook_language", "ru")
    for path in ("", f"/{reward}", f"/{reward}/delete", f"/new?program={counter.program}"):
        page = await clerk.get(f"/console/rewards{path}")
        assert page.status == 200
        body = page.root.text_content()
        for english in ("Rewards", "Price", "Stock", "Codes", "Delete", "Save", "Kind"):
            assert english not in body, (path, english)
