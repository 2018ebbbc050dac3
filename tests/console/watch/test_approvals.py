"""What waits for a second person: the list, the page of one, and who decides how."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stampbook.programs.roles import Role
from tests.console.accounts.shop import Shop, allocations, figures, moves, open_shop
from tests.console.desk import ONE_STORE, Clerk, Desk, Page


async def ask(clerk: Clerk, shop: Shop, amount: str = "60", kind: str = "accrue") -> Page:
    """Ask for a movement above the amount of the currency, by its form: the approval's page."""
    page = await clerk.get(f"{shop.path}/move?type={kind}")
    page = await page.press("preview", amount=amount, reason="Sorry")
    assert page.said("confirm") == "Ask for approval"
    done = await page.press("confirm")
    assert done.said("flash").startswith("Sent for approval.")
    page = await done.follow("look")
    assert page.name == "approval"
    return page


async def test_asked_seen_and_approved(desk: Desk) -> None:
    shop = await open_shop(desk, approval_above="50")
    anna, ben = await desk.clerk(Role.SUPPORT), await desk.clerk(Role.MANAGER)
    asked = await ask(anna, shop)
    assert asked.said("request") == "Give points to Ben"
    assert asked.value("asked-amount") == "60.00"
    assert asked.said("asked-reason") == "Sorry"
    assert asked.one("status").get("data-status") == "pending"
    assert asked.has("same-person")
    assert not asked.has("approve")
    home = await ben.get("/console")
    assert home.said("waiting-count") == "1"
    page = await ben.get(asked.path)
    assert figures(page, "before") == await shop.balance()
    assert figures(page, "after")["active"] == "60.00"
    assert page.said("preview-head").startswith("Give 60.00")
    assert page.said("requested-by").startswith("Support ·")
    done = await page.press("approve")
    assert done.said("flash") == "Approved, and done."
    assert done.one("status").get("data-status") == "done"
    assert done.one("decided-by").get("data-id") == f"usr_{ben.user:x}"
    assert not done.has("approve")
    (row,) = await shop.rows()
    assert moves(page) == allocations(row)
    shown = await done.follow("transaction")
    assert shown.one("by-user").get("data-id") == f"usr_{anna.user:x}"
    assert shown.said("approved-by") == f"usr_{ben.user:x}"
    assert (await ben.get("/console")).said("approvals-waiting").startswith("Nothing waits.")


async def test_rejected_with_a_reason(desk: Desk) -> None:
    shop = await open_shop(desk, approval_above="50")
    asked = await ask(await desk.clerk(Role.SUPPORT), shop)
    ben = await desk.clerk(Role.MANAGER)
    page = await ben.get(asked.path)
    again = await page.press("reject", reason="")
    assert (again.status, again.name) == (422, "approval")
    assert again.one("field-error").get("data-field") == "reason"
    done = await again.press("reject", reason="Too much")
    assert done.one("status").get("data-status") == "rejected"
    assert done.said("decision-reason") == "Too much"
    assert not await shop.rows()
    listed = await ben.get("/console/approvals?status=rejected")
    assert [row.get("data-id") for row in listed.all("row")] == [asked.path.rpartition("/")[2]]
    assert not (await ben.get("/console/approvals?status=pending")).has("row")


async def test_withdrawn_by_the_one_who_asked_alone(desk: Desk) -> None:
    shop = await open_shop(desk, approval_above="50")
    anna = await desk.clerk(Role.SUPPORT)
    asked = await ask(anna, shop)
    ben = await desk.clerk(Role.MANAGER)
    page = await ben.get(asked.path)
    assert not page.has("withdraw")
    assert not page.has("same-person")
    done = await asked.press("withdraw")
    assert done.one("status").get("data-status") == "withdrawn"
    late = await page.press("approve")
    assert late.status == 409
    assert late.one("refusal").get("data-code") == "conflict"
    assert not await shop.rows()


async def test_nobody_approves_what_they_asked_for(desk: Desk) -> None:
    shop = await open_shop(desk, approval_above="50")
    ben = await desk.clerk(Role.MANAGER)
    asked = await ask(ben, shop)
    assert asked.said("same-person").startswith("You have asked for this")
    assert not asked.has("approve")
    assert (await ben.get("/console")).said("approvals-waiting").startswith("Nothing waits.")
    token = asked.all("withdraw")[0].getparent().getparent().find("input").get("value")
    answer = await ben.client.post(f"{asked.path}/approve", data={"csrf_token": token})
    page = Page(ben, answer)
    assert page.status == 409
    assert page.one("refusal").get("data-code") == "same_person"
    assert page.said("refusal") == "Another person must do this."
    anna = await desk.clerk(Role.SUPPORT)
    seen = await anna.get(asked.path)
    assert seen.has("before")
    for act in ("approve", "reject", "withdraw"):
        assert not seen.has(act)


async def test_the_limits_of_both_are_said(desk: Desk) -> None:
    shop = await open_shop(desk, approval_above="50")
    asked = await ask(await desk.clerk(Role.SUPPORT), shop)
    ben = await desk.clerk(Role.MANAGER)
    limit = {"currency_id": shop.currency["id"], "per_transaction": "55.00"}
    await desk.api("PATCH", f"/v1/users/usr_{ben.user:x}", {"limits": [limit]})
    ben = await desk.at_desk(ben.user or 0)
    page = await ben.get(asked.path)
    assert page.said("needs-limit") == "This is over your limit of 55.00. Ask a manager."
    assert not page.has("approve")
    assert page.has("reject")
    other = await desk.clerk(Role.ADMIN)
    done = await (await other.get(asked.path)).press("approve")
    assert done.one("status").get("data-status") == "done"


async def test_what_came_between_is_shown_and_nothing_is_decided(desk: Desk) -> None:
    shop = await open_shop(desk, approval_above="50")
    asked = await ask(await desk.clerk(Role.SUPPORT), shop)
    ben = await desk.clerk(Role.MANAGER)
    page = await ben.get(asked.path)
    await shop.move("accrue", "1")
    stale = await page.press("approve")
    assert (stale.status, stale.has("preview-stale")) == (409, True)
    assert stale.one("status").get("data-status") == "pending"
    assert figures(stale, "after")["active"] == "61.00"
    assert stale.has("reject")
    pages = await asyncio.gather(*(stale.press("approve") for _ in range(3)))
    assert {each.status for each in pages} <= {200, 409}
    assert (await shop.balance())["active"] == "61.00"


async def test_what_cannot_be_done_says_why(desk: Desk) -> None:
    shop = await open_shop(desk, approval_above="50")
    await shop.move("accrue", "100")
    anna, ben = await desk.clerk(Role.SUPPORT), await desk.clerk(Role.MANAGER)
    asked = await ask(anna, shop, "80", "redeem")
    page = await ben.get(asked.path)
    await shop.move("redeem", "87.50")
    now = await ben.get(asked.path)
    assert now.said("refusal") == "Only 12.50 are available."
    assert not now.has("approve")
    stale = await page.press("approve")
    assert stale.status == 409
    name = asked.path.rpartition("/")[2]
    await desk.api("PATCH", f"/v1/programs/{shop.program['id']}", {"name": "Shop"})
    answer = await ben.client.post(f"{asked.path}/approve", data=_fields(page, drop="seq"))
    failed = Page(ben, answer)
    assert failed.one("status").get("data-status") == "failed"
    assert failed.one("problem").get("data-code") == "insufficient_points"
    assert failed.said("problem") == "It was refused: Only 12.50 are available."
    assert "Nothing was written" in failed.said("flash")
    listed = await ben.get("/console/approvals")
    (row,) = listed.all("row")
    assert (row.get("data-id"), row.get("data-status")) == (name, "failed")


def _fields(page: Page, drop: str) -> dict[str, str]:
    form = next(each for each in page.one("approve").iterancestors() if each.tag == "form")
    return {name: value for name, value in form.form_values() if name != drop}


async def test_every_kind_of_act_is_put_in_words(desk: Desk) -> None:
    shop = await open_shop(desk, approval_above="50")
    anna, ben = await desk.clerk(Role.SUPPORT), await desk.clerk(Role.MANAGER)
    other = await shop.another()
    given = await shop.move("accrue", "500")
    waiting = await shop.move("accrue", "70", activates_at=shop.date(30))
    held = await shop.move("hold", "60", timeout_s=86_400)
    expected: dict[str, str] = {}

    async def wants(text: str, page: Page) -> None:
        done = await page.press("confirm", reason="x")
        asked = await done.follow("look")
        assert asked.said("request") == text
        seen = await ben.get(asked.path)
        assert seen.status == 200
        assert figures(seen, "before") == await shop.balance()
        if not seen.has("refusal"):
            assert figures(seen, "after") == figures(page, "after")
        expected[asked.path.rpartition("/")[2]] = text

    async def form(kind: str, **typed: str) -> Page:
        page = await anna.get(f"{shop.path}/move?type={kind}{typed.pop('more', '')}")
        return await page.press("preview", reason="x", **typed)

    await wants("Take points from Ben", await form("redeem", amount="60"))
    await wants("Put points of Ben on hold", await form("hold", amount="60", minutes="5"))
    await wants("Adjust the balance of Ben", await form("adjust", amount="60", direction="take"))
    page = await anna.get(f"/console/transactions/{given['id']}/cancel")
    await wants("Cancel a movement of Ben", page)
    for act, row, text in (
        ("commit", held, "Confirm a movement of Ben"),
        ("release", held, "Release a movement of Ben"),
        ("activate", waiting, "Make points of Ben usable now"),
    ):
        await wants(text, await anna.get(f"/console/transactions/{row['id']}/{act}"))
    again = await form(
        "change-date", more=f"&transaction={waiting['id']}", activates_at="2026-12-05"
    )
    await wants("Cancel a movement of Ben, and 1 further act", again)
    cancel = await shop.act(await shop.move("redeem", "60"), "cancel")
    page = await anna.get(f"/console/transactions/{cancel['id']}/cancel")
    await wants("Undo a cancel of Ben", page)
    page = await form("transfer", to_account=other.id, amount="60")
    done = await page.press("confirm")
    asked = await done.follow("look")
    assert asked.said("request") == "Transfer points from Ben to Ben"
    assert len((await ben.get(asked.path)).all("before")) == 2
    expected[asked.path.rpartition("/")[2]] = asked.said("request")
    listed = await ben.get("/console/approvals")
    found = {row.get("data-id"): row.xpath(".//a")[0].text_content() for row in listed.all("row")}
    assert found == expected
    home = await ben.get("/console")
    assert home.said("waiting-count") == str(len(expected))
    assert len(home.one("approvals-waiting").xpath(".//li")) == 3


async def test_requests_of_the_api_are_shown_too(desk: Desk) -> None:
    shop = await open_shop(desk, approval_above="50")
    clerk, ben = await desk.clerk(Role.SUPPORT), await desk.clerk(Role.MANAGER)
    operations = [{"op": "accrue", "account_id": shop.id, "amount": "60"}] * 3
    name = await _asked_by(desk, clerk, "/v1/bulk", {"atomic": True, "operations": operations})
    page = await ben.get(f"/console/approvals/{name}")
    assert page.said("request") == "Give points to Ben, and 2 further acts"
    assert not page.has("asked-amount")
    assert figures(page, "after")["active"] == "180.00"
    done = await page.press("approve")
    assert done.one("status").get("data-status") == "done"
    assert (await shop.balance())["active"] == "180.00"


async def _asked_by(desk: Desk, clerk: Clerk, path: str, body: Any) -> str:
    """The approval for which a request of a person waits that comes by the native API."""
    client = desk.browser()
    login = await client.post(
        "/v1/sessions", json={"login": "support@desk.example", "password": "correct horse"}
    )
    token = login.json()["token"]
    answer = await client.post(path, json=body, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["approval"]["id"])


async def test_a_visit_and_an_order_that_wait(desk: Desk) -> None:
    ben, anna = await desk.clerk(Role.MANAGER), await desk.clerk(Role.SUPPORT)
    visit = await ben.get("/console/visits/vis_1")
    path = visit.one("cancel-withdrawal").get("href")
    account = await desk.api("GET", f"/v1/accounts/{path.split('/')[-2]}")
    await desk.api("PATCH", f"/v1/currencies/{account['currency_id']}", {"approval_above": "1"})
    anna = await desk.at_desk(anna.user or 0)
    done = await (await anna.get(path)).press("confirm", reason="The till was wrong")
    asked = await done.follow("look")
    assert asked.said("request") == "Give back what the card paid for visit 1"
    assert asked.said("asked-reason") == "The till was wrong"
    assert (await anna.get("/console/visits/vis_1")).one("waiting").get("data-id") in asked.path
    assert (await anna.get(path)).has("waiting")
    page = await ben.get(asked.path)
    assert figures(page, "before") != figures(page, "after")
    done = await page.press("approve")
    assert done.one("status").get("data-status") == "done"
    visit = await ben.get("/console/visits/vis_1")
    assert not visit.has("cancel-withdrawal")


async def test_rights_and_what_is_not_there(desk: Desk) -> None:
    shop = await open_shop(desk, approval_above="50")
    asked = await ask(await desk.clerk(Role.SUPPORT), shop)
    viewer = await desk.clerk(Role.VIEWER)
    page = await viewer.get(asked.path)
    assert page.has("before")
    for act in ("approve", "reject", "withdraw"):
        assert not page.has(act)
    assert (await viewer.get("/console/approvals/apr_ffff")).status == 404
    assert (await viewer.get("/console/approvals/mbr_1")).status == 404
    nobody = await desk.stranger().get(asked.path)
    assert nobody.name == "login"


@ONE_STORE
async def test_what_waits_is_shown_where_it_would_be_asked_for_again(desk: Desk) -> None:
    shop = await open_shop(desk, approval_above="50")
    award = await shop.move("accrue", "90")
    anna, ben = await desk.clerk(Role.SUPPORT), await desk.clerk(Role.MANAGER)
    asked = await ask(anna, shop)
    name = asked.path.rpartition("/")[2]
    desk.now += 60_000_000
    account = await anna.get(shop.path)
    assert account.one("waiting").get("data-id") == name
    assert account.value("waiting-amount") == "60.00"
    assert "Support" in account.said("waiting")
    assert (await account.follow("approval")).path == asked.path
    member = await anna.get(f"/console/members/{shop.member}")
    assert member.one("waiting").get("data-id") == name

    # The same again, by whom it may be and however it is spelled, is the same approval.
    for clerk, amount in ((anna, "60"), (ben, "60,0")):
        form = await clerk.get(f"{shop.path}/move?type=accrue")
        preview = await form.press("preview", amount=amount, reason="Again")
        assert "twice" in preview.said("waiting")
        done = await preview.press("confirm")
        assert done.said("flash").startswith("This was asked for already")
        assert (await done.follow("look")).path == asked.path
    form = await anna.get(f"{shop.path}/move?type=accrue")
    other = await (await form.press("preview", amount="61")).press("confirm")
    assert (await other.follow("look")).path != asked.path
    listed = await ben.get("/console/approvals?status=pending")
    assert len(listed.all("row")) == 2

    # An act upon a transaction is shown there, and on its account, as long as it waits.
    address = f"/console/transactions/{award['id']}"
    sent = await (await anna.get(f"{address}/cancel")).press("confirm", reason="x")
    cancel = await sent.follow("look")
    assert (await anna.get(address)).one("waiting").get("data-id") in cancel.path
    assert len((await anna.get(shop.path)).all("waiting")) == 3
    preview = await anna.get(f"{address}/cancel")
    assert preview.has("waiting")
    assert (await (await preview.press("confirm", reason="y")).follow("look")).path == cancel.path
    await cancel.press("withdraw")
    assert not (await anna.get(address)).has("waiting")
    assert len((await anna.get(shop.path)).all("waiting")) == 2


async def test_the_list_goes_on_and_says_when_it_is_empty(desk: Desk) -> None:
    ben = await desk.clerk(Role.MANAGER)
    assert "Nobody has asked" in (await ben.get("/console/approvals")).said("empty")
    shop = await open_shop(desk, approval_above="50")
    anna = await desk.clerk(Role.SUPPORT)
    page = await (await anna.get(f"{shop.path}/move?type=accrue")).press("preview", amount="60")
    for number in range(51):
        await page.press("confirm", idempotency_key=f"key-{number}", amount=f"60.{number:02}")
    listed = await ben.get("/console/approvals?status=pending")
    assert len(listed.all("row")) == 50
    rest = await listed.follow("load-more")
    assert len(rest.all("row")) == 1
    assert (await ben.get("/console")).said("waiting-count") == "50+"
    assert "Nothing fits" in (await ben.get("/console/approvals?status=failed")).said("empty")


async def test_nobody_decides_after_a_week(desk: Desk) -> None:
    shop = await open_shop(desk, approval_above="50")
    asked = await ask(await desk.clerk(Role.SUPPORT), shop)
    desk.now += 8 * 86_400_000_000
    ben = await desk.clerk(Role.MANAGER)
    page = await ben.get(asked.path)
    assert page.one("status").get("data-status") == "expired"
    assert not page.has("approve")
    assert not page.has("before")


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>"])
async def test_names_and_reasons_are_text_in_russian_too(desk: Desk, evil: str) -> None:
    shop = await open_shop(desk, evil, approval_above="50", name=evil)
    anna, ben = await desk.clerk(Role.SUPPORT), await desk.clerk(Role.MANAGER)
    page = await (await anna.get(f"{shop.path}/move?type=accrue")).press(
        "preview", amount="60", reason=evil
    )
    asked = await (await page.press("confirm")).follow("look")
    ben.client.cookies.set("stampbook_language", "ru", path="/console")
    for path in (asked.path, "/console/approvals", "/console"):
        page = await ben.get(path)
        assert page.root.get("lang") == "ru"
        assert "<script>alert" not in page.text
        assert evil in page.root.text_content()
    assert "Give points" not in page.text
