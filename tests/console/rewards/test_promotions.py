"""Promotions and benefits, click by click: made, changed, switched on and off, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.programs.roles import Role
from tests.console.desk import Desk
from tests.console.rewards.counter import Counter, open_counter


@pytest.fixture
async def counter(desk: Desk) -> Counter:
    return await open_counter(desk)


async def _promotion(counter: Counter, **fields: Any) -> str:
    path = f"/v1/programs/{counter.program}/promotions"
    made = await counter.desk.api("POST", path, {"name": "Summer", **fields})
    return str(made["id"])


async def _benefit(counter: Counter, **fields: Any) -> str:
    body = {"name": "Cake", "type": "material", "status": "active", **fields}
    path = f"/v1/programs/{counter.program}/benefits"
    return str((await counter.desk.api("POST", path, body))["id"])


async def test_the_list_says_which_are_active_now(counter: Counter) -> None:
    on = await _promotion(counter, external_id="S-1")
    later = await _promotion(counter, starts_at="2027-01-01T00:00:00Z")
    off = await _promotion(counter, status="inactive")
    benefit = await _benefit(counter, stock=5)
    clerk = await counter.desk.clerk(Role.VIEWER)
    path = f"/console/promotions?program={counter.program}"
    page = await clerk.get(path)
    assert (page.status, page.name) == (200, "promotions")
    assert [row.get("data-id") for row in page.all("row")] == [on, later, off]
    assert "Not at this time" in page.all("row")[1].text_content()
    assert [row.get("data-id") for row in page.all("benefit-row")] == [benefit]
    assert page.value("stock-left") == "5"
    for active, found in (("true", [on]), ("false", [later, off])):
        some = await clerk.get(f"{path}&active={active}")
        assert [row.get("data-id") for row in some.all("row")] == found
    assert not page.has("new-promotion")
    assert not page.has("new-benefit")


async def test_empty_lists_and_long_ones(counter: Counter) -> None:
    manager = await counter.desk.clerk(Role.MANAGER)
    path = f"/console/promotions?program={counter.program}"
    empty = await manager.get(path)
    assert (empty.has("empty"), empty.has("no-benefits")) == (True, True)
    for number in range(52):
        await _promotion(counter, name=f"Week {number}")
        await _benefit(counter, name=f"Cake {number}", status="draft")
    page = await manager.get(path)
    assert len(page.all("row")) == len(page.all("benefit-row")) == 50
    assert len((await page.follow("load-more")).all("row")) == 2
    assert len((await page.follow("more-benefits")).all("benefit-row")) == 2


async def test_a_promotion_is_made_changed_ended_and_begun_again(counter: Counter) -> None:
    manager = await counter.desk.clerk(Role.MANAGER)
    listed = await manager.get(f"/console/promotions?program={counter.program}")
    form = await listed.follow("new-promotion")
    bounds = {
        "kind-1": "accrual", "currency-1": counter.stars,
        "min_amount-1": "5", "max_amount-1": "1 000,50",
    }  # fmt: skip
    more = await form.press("another", name="Summer", **bounds)
    assert more.one("kind-2") is not None
    assert more.one("name").get("value") == "Summer"
    made = await more.press(
        "save", name="Summer", description="All of June", external_id="S-1",
        starts_at="2026-11-01T00:00", ends_at="2026-12-01T00:00", status="active",
        **bounds, **{"kind-2": "redemption", "currency-2": counter.miles, "static_amount-2": "70"},
    )  # fmt: skip
    assert (made.name, made.said("promotion-name")) == ("promotions", "Summer")
    name = made.path.rpartition("/")[2]

    async def read() -> Any:
        return await counter.desk.api("GET", f"/v1/promotions/{name}")

    found = await read()
    assert found["rules"] == [
        {"kind": "accrual", "currency_id": counter.stars, "static_amount": None,
         "min_amount": "5.00", "max_amount": "1000.50"},
        {"kind": "redemption", "currency_id": counter.miles, "static_amount": "70",
         "min_amount": None, "max_amount": None},
    ]  # fmt: skip
    assert (found["starts_at"], found["active"]) == ("2026-11-01T00:00:00Z", True)
    assert (made.value("min_amount"), made.value("static_amount")) == ("5.00", "70")

    changed = await made.press("save", name="Winter", description="", ends_at="")
    assert changed.said("promotion-name") == "Winter"
    found = await read()
    assert (found["name"], found["description"], found["ends_at"]) == ("Winter", None, None)
    assert found["starts_at"] == "2026-11-01T00:00:00Z"
    wrong = await changed.press("save", ends_at="2026-10-01T00:00")
    assert (wrong.status, wrong.one("field-error").get("data-field")) == (422, "ends_at")

    ended = await changed.press("deactivate")
    assert (await read())["status"] == "inactive"
    await ended.press("activate")
    assert (await read())["status"] == "active"


@pytest.mark.parametrize(
    ("typed", "status", "field"),
    [
        ({"name": ""}, 422, "name"),
        ({"external_id": "S-1"}, 409, "external_id"),
        ({"starts_at": "soon"}, 422, "starts_at"),
        ({"static_amount-1": "abc"}, 422, "static_amount-1"),
        ({"static_amount-1": "0"}, 422, "static_amount-1"),
        ({"min_amount-1": "9", "max_amount-1": "5"}, 422, "static_amount-1"),
    ],
)
async def test_what_is_wrong_with_a_promotion_is_said(
    counter: Counter, typed: dict[str, str], status: int, field: str
) -> None:
    await _promotion(counter, external_id="S-1")
    manager = await counter.desk.clerk(Role.MANAGER)
    form = await manager.get(f"/console/promotions/new?program={counter.program}")
    page = await form.press("save", **{"name": "Summer", **typed})
    assert (page.status, page.name) == (status, "promotions")
    assert [each.get("data-field") for each in page.all("field-error")] == [field]
    for name, text in typed.items():
        assert page.one(name).get("value") == text


async def test_benefits_of_every_type(counter: Counter) -> None:
    manager = await counter.desk.clerk(Role.MANAGER)
    typed = {
        "material": {"sku": "cake", "stock": "5"},
        "code": {},
        "points": {"gives": "7,50", "gives_currency": counter.stars},
        "points_proportional": {
            "gives": "2", "gives_currency": counter.stars, "every": "10.00",
            "basis": "order.total", "mode": "rate", "round": "half_up",
        },
    }  # fmt: skip
    for type_, fields in typed.items():
        path = f"/console/promotions/new?program={counter.program}&kind=benefit&type={type_}"
        page = await (await manager.get(path)).press("save", name="Cake", **fields)
        assert (page.status, page.name) == (200, "promotions")
        read = await counter.desk.api("GET", f"/v1/benefits/{page.path.rpartition('/')[2]}")
        assert (read["type"], read["status"]) == (type_, "draft")
        again = await page.press("save", name="Cheese cake", idempotency_key=type_)
        assert again.has("flash")
        after = await counter.desk.api("GET", f"/v1/benefits/{read['id']}")
        assert after == {**read, "name": "Cheese cake", "updated_at": after["updated_at"]}
    assert read["points_proportional"]["mode"] == "rate"
    assert (await manager.get(f"/console/promotions/new?program={counter.program}"
                              "&kind=benefit&type=mug")).status == 404  # fmt: skip


async def test_a_benefit_is_activated_drafted_and_refused(counter: Counter) -> None:
    benefit = await _benefit(counter, status="draft", sku="cake")
    manager = await counter.desk.clerk(Role.MANAGER)
    page = await manager.get(f"/console/promotions/{benefit}")
    active = await page.press("activate")
    assert active.all("status")[0].get("data-status") == "active"
    assert active.one("sku").get("disabled") is not None
    for text in ("-1", "many"):
        wrong = await active.press("save", stock=text)
        assert (wrong.status, wrong.one("field-error").get("data-field")) == (422, "stock")
    stocked = await active.press("save", stock="4")
    assert stocked.value("stock-left") == "4"
    drafted = await stocked.press("deactivate")
    assert drafted.all("status")[0].get("data-status") == "draft"


async def test_the_rule_that_gives_a_benefit_is_named(counter: Counter) -> None:
    benefit = await _benefit(counter)
    rule = await counter.desk.api("POST", f"/v1/programs/{counter.program}/rules", {
        "name": "Cake <for> all",
        "trigger": {"type": "order_paid"},
        "earnings": [{"effects": [{"type": "benefit", "benefit_id": benefit}]}],
    })  # fmt: skip
    await counter.desk.api("POST", f"/v1/rules/{rule['id']}/activate")
    manager = await counter.desk.clerk(Role.MANAGER)
    page = await manager.get(f"/console/promotions/{benefit}")
    asked = await page.follow("delete")
    for refused in (await asked.press("confirm"), await page.press("deactivate")):
        assert (refused.status, refused.one("refusal").get("data-code")) == (409, "in_use")
        assert "Cake <for> all" in refused.said("used-by")
        assert "<for>" not in refused.text
    await counter.desk.api("POST", f"/v1/rules/{rule['id']}/deactivate")
    gone = await asked.press("confirm", idempotency_key="another")
    assert (gone.name, gone.has("flash")) == ("promotions", True)
    assert (await manager.get(f"/console/promotions/{benefit}")).status == 404


async def test_who_may_do_what(counter: Counter) -> None:
    pages = {"promotion": await _promotion(counter), "benefit": await _benefit(counter)}
    for role in (Role.VIEWER, Role.SUPPORT, Role.MANAGER):
        clerk = await counter.desk.clerk(role)
        may = role is Role.MANAGER
        for name in pages.values():
            page = await clerk.get(f"/console/promotions/{name}")
            assert (page.status, page.has("save"), page.has("deactivate")) == (200, may, may)
        for path in ("new", f"{pages['benefit']}/delete"):
            answer = await clerk.get(f"/console/promotions/{path}")
            assert answer.status == (200 if may else 403)
    bound = await counter.desk.clerk(Role.MANAGER, login="bound@desk.example")
    await counter.desk.api("PATCH", f"/v1/users/usr_{bound.user:x}", {"program_ids": ["prg_1"]})
    for name in pages.values():
        assert (await bound.get(f"/console/promotions/{name}")).status == 404
    assert (await bound.get(f"/console/promotions?program={counter.program}")).status == 404
    # Promotions are ended, not deleted: the journal names them.
    manager = await counter.desk.clerk(Role.ADMIN)
    answer = await manager.get(f"/console/promotions/{pages['promotion']}/delete")
    assert answer.status == 404


async def test_the_pages_are_in_russian(counter: Counter) -> None:
    promotion, benefit = await _promotion(counter), await _benefit(counter)
    clerk = await counter.desk.clerk(Role.MANAGER)
    clerk.client.cookies.set("stampbook_language", "ru")
    new = f"/new?program={counter.program}"
    kinds = (f"{new}&kind=benefit", f"{new}&kind=benefit&type=points_proportional")
    for path in (f"?program={counter.program}", f"/{promotion}", f"/{benefit}", new, *kinds):
        page = await clerk.get(f"/console/promotions{path}")
        assert page.status == 200
        body = page.root.text_content()
        for english in ("Promotion", "Benefit", "Status", "Save", "Name", "Bound", "Count"):
            assert english not in body, (path, english)
