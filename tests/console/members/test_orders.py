"""An order, click by click: what it earned and what paid for it, refunds with all that follows."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from stampbook.console.members.refunds import KEPT, STEPS
from stampbook.loyalty.orders.effects import Keep, StepWord
from stampbook.programs.roles import Role
from tests.console.desk import Clerk, Desk, Page


async def _order(desk: Desk) -> str:
    """An order of 100.00 for which 25.00 points paid, and that earned 10.00."""
    await desk.api("PATCH", "/v1/currencies/cur_1/options", {
        "exchange": {"points": "1.00", "money": "1.00"},
    })  # fmt: skip
    rule = await desk.api("POST", "/v1/programs/prg_1/rules", {
        "name": "A tenth of every order",
        "trigger": {"type": "order_paid"},
        "earnings": [{"effects": [{"type": "per", "currency_id": "cur_1", "basis": "order.total",
                                   "every": "10.00", "points": "1.00"}]}],
    })  # fmt: skip
    await desk.api("POST", f"/v1/rules/{rule['id']}/activate")
    made = await desk.api("POST", "/v1/programs/prg_1/orders", {
        "external_id": "2002", "member_id": "mbr_2", "money": "EUR", "amount": "100.00",
        "lines": [{"item": "tea", "quantity": 2, "amount": "30.00"},
                  {"item": "<script>cake</script>", "amount": "70.00"}],
    })  # fmt: skip
    path = "/v1/programs/prg_1/orders/external:2002"
    await desk.api("POST", f"{path}/payments", {"account_id": "acc_2", "max_points": "25.00"})
    await desk.api("POST", f"{path}/pay", {"reason": "Paid at the till"})
    return str(made["id"])


async def _balance(desk: Desk) -> str:
    return str((await desk.api("GET", "/v1/accounts/acc_2/balance"))["active"])


async def _read(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = await desk.api("GET", "/v1/programs/prg_1/orders/external:2002")
    return found


async def _found(clerk: Clerk) -> Page:
    answer = await clerk.client.get("/console/search", params={"q": "order 2002"})
    return Page(clerk, answer)


async def test_an_order_shows_what_it_earned_and_what_paid(desk: Desk) -> None:
    order = await _order(desk)
    page = await _found(await desk.clerk(Role.VIEWER))
    assert (page.name, page.path) == ("order", f"/console/orders/{order}")
    assert page.value("total") == "100.00"
    assert page.values("line-total") == ["30.00", "70.00"]
    assert page.value("paid-by-card") == "25.00"
    assert (page.value("given"), page.value("in-force")) == ("10.00", "10.00")
    assert {row.get("data-type") for row in page.all("row")} == {"accrue", "redeem"}
    assert "<script>cake" not in page.text
    assert not page.has("refund")
    assert not page.has("cancel")
    listed = await page.clerk.get("/console/orders?program=prg_1")
    assert [row.get("data-id") for row in listed.all("row")] == [order]


async def test_a_refund_its_undo_and_once_more(desk: Desk) -> None:
    await _order(desk)
    clerk = await desk.clerk(Role.SUPPORT)
    assert await _balance(desk) == "85.00"
    preview = await (await _found(clerk)).follow("refund")
    assert (preview.name, preview.one("amount").get("value")) == ("preview", "100.00")
    assert preview.values("value") == ["25.00", "10.00"]

    part = await preview.press("follow", amount="20,00")
    assert part.status == 200
    steps = {row.get("data-step"): row for row in part.all("cascade-row")}
    assert set(steps) == {"return", "take_back"}
    assert part.said("rule") == "A tenth of every order"
    assert part.values("value") == ["5.00", "2.00"]
    assert part.values("active") == ["85.00", "88.00"]
    assert await _balance(desk) == "85.00"

    done = await part.press("confirm", reason="The tea was cold")
    assert done.name == "order"
    assert "20.00" in done.said("flash")
    assert await _balance(desk) == "88.00"
    assert (await _read(desk))["refunds"][0]["reason"] == "The tea was cold"

    void = await done.follow("undo")
    assert void.name == "preview"
    assert void.values("active") == ["88.00", "85.00"]
    undone = await void.press("confirm")
    assert await _balance(desk) == "85.00"
    again = await undone.follow("undo")
    assert again.one("amount").get("value") == "20.00"
    await again.press("confirm", reason="It was cold after all")
    assert await _balance(desk) == "88.00"


async def test_single_lines_are_taken_back(desk: Desk) -> None:
    await _order(desk)
    clerk = await desk.clerk(Role.SUPPORT)
    preview = await (await _found(clerk)).follow("refund")
    shown = await preview.press("follow", **{"line.1": "1"})
    assert shown.values("value") == ["3.75", "2.00"]
    done = await shown.press("confirm", reason="One cup was cold")
    taken = (await _read(desk))["refunds"][0]
    assert [(each["line"], each["quantity"]) for each in taken["lines"]] == [("1", "1.000")]
    again = await (await done.follow("undo")).press("confirm")
    assert (await again.follow("undo")).values("value") == ["3.75", "2.00"]


async def test_the_amount_may_be_changed_without_a_look(desk: Desk) -> None:
    await _order(desk)
    clerk = await desk.clerk(Role.SUPPORT)
    preview = await (await _found(clerk)).follow("refund")
    await preview.press("confirm", amount="20.00", reason="The tea was cold")
    assert await _balance(desk) == "88.00"


async def test_what_has_changed_since_the_preview_is_shown_first(desk: Desk) -> None:
    await _order(desk)
    clerk = await desk.clerk(Role.SUPPORT)
    preview = await (await _found(clerk)).follow("refund")
    path = "/v1/programs/prg_1/orders/external:2002/refunds"
    await desk.api("POST", path, {"amount": "50.00", "reason": "Half"})
    stale = await preview.press("confirm", reason="All")
    assert (stale.status, stale.name) == (409, "preview")
    assert len((await _read(desk))["refunds"]) == 1


@pytest.mark.parametrize("amount", ["-1", "abc", "100.01", "0"])
async def test_a_wrong_amount_is_refused_beside_its_field(desk: Desk, amount: str) -> None:
    await _order(desk)
    clerk = await desk.clerk(Role.SUPPORT)
    preview = await (await _found(clerk)).follow("refund")
    page = await preview.press("confirm", amount=amount, reason="Too much")
    assert page.status in (409, 422)
    assert page.name == "preview"
    assert page.has("refusal")
    assert page.one("amount").get("value") == amount
    assert await _balance(desk) == "85.00"


async def test_a_cancel_takes_all_back_and_its_undo_restores_it(desk: Desk) -> None:
    await _order(desk)
    clerk = await desk.clerk(Role.SUPPORT)
    preview = await (await _found(clerk)).follow("cancel")
    assert preview.name == "preview"
    assert preview.values("active") == ["85.00", "100.00"]
    assert (await preview.press("confirm")).status == 422
    done = await preview.press("confirm", reason="Never delivered")
    assert done.all("status")[0].get("data-status") == "cancelled"
    assert await _balance(desk) == "100.00"
    assert (await _read(desk))["refunds"][-1]["reason"] == "Never delivered"
    await (await done.follow("undo")).press("confirm")
    assert await _balance(desk) == "85.00"
    assert (await _read(desk))["status"] == "paid"


async def test_a_double_click_refunds_once(desk: Desk) -> None:
    await _order(desk)
    clerk = await desk.clerk(Role.SUPPORT)
    preview = await (await _found(clerk)).follow("refund")
    for _ in range(2):
        page = await preview.press("confirm", amount="20.00", reason="Cold")
        assert page.name == "order"
    assert len((await _read(desk))["refunds"]) == 1


async def test_a_viewer_takes_nothing_back(desk: Desk) -> None:
    order = await _order(desk)
    clerk = await desk.clerk(Role.VIEWER)
    for act in ("refund", "cancel", "refunds/ref_1/void"):
        page = await clerk.get(f"/console/orders/{order}/{act}")
        assert (page.status, page.name) == (403, "forbidden")
    assert (await clerk.get("/console/orders/ord_1")).status == 404
    assert (await clerk.get("/console/orders?program=prg_99")).status == 404


async def test_what_stays_is_said_with_the_reason(desk: Desk) -> None:
    benefit = await desk.api("POST", "/v1/programs/prg_1/benefits", {
        "name": "Cake", "type": "material", "status": "active",
    })  # fmt: skip
    for name, effect, more in (
        ("A tenth, kept", {"type": "fixed", "currency_id": "cur_1", "points": "7.00"},
         {"on_partial": "keep", "condition": "order.total > 9000"}),
        ("Cake for all", {"type": "benefit", "benefit_id": benefit["id"]}, {}),
    ):  # fmt: skip
        fields: dict[str, Any] = {**more}
        earning: dict[str, Any] = {"effects": [effect]}
        if "condition" in fields:
            earning["condition"] = fields.pop("condition")
        rule = await desk.api("POST", "/v1/programs/prg_1/rules", {
            "name": name, "trigger": {"type": "order_paid"}, "earnings": [earning], **fields,
        })  # fmt: skip
        await desk.api("POST", f"/v1/rules/{rule['id']}/activate")
    await _order(desk)
    clerk = await desk.clerk(Role.SUPPORT)
    whole = await (await _found(clerk)).follow("refund")
    assert [row.get("data-reason") for row in whole.all("kept-row")] == ["handed_out"]
    assert "A benefit (Cake for all): The goods were handed out." in whole.said("kept")
    part = await whole.press("follow", amount="20")
    assert "on_partial" in [row.get("data-reason") for row in part.all("kept-row")]
    assert "Points (A tenth, kept): The rule keeps what it gave" in part.said("kept")


def test_every_reason_has_its_words() -> None:
    """All that the ledger says in Keep, and in what of a grant stays."""
    said = set(re.findall(r"`(\w+)`", str(Keep.__doc__).partition("reason`:")[2]))
    assert set(KEPT) == said
    assert set(STEPS) == set(get_args(StepWord))
