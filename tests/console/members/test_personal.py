"""A member's data as a file, and erasing a member: who may, what is said before, what is left."""

from __future__ import annotations

from msgspec.json import decode

from stampbook.programs.roles import Role
from tests.console.accounts.shop import open_shop
from tests.console.desk import PASSWORD, Desk


async def test_all_that_is_kept_is_a_file(desk: Desk) -> None:
    clerk = await desk.clerk(Role.MANAGER)
    page = await clerk.get("/console/members/mbr_1")
    assert not page.has("erase")
    answer = await clerk.client.get(page.one("export").get("href"))
    assert answer.headers["content-disposition"] == 'attachment; filename="member.json"'
    assert answer.headers["cache-control"] == "no-store"
    document = decode(answer.content)
    assert [each["id"] for each in document["members"]] == ["mbr_1"]
    audit = await clerk.get("/console/audit?action=member.exported")
    assert audit.one("by-user").text == "Manager"
    support = await desk.clerk(Role.SUPPORT)
    page = await support.get("/console/members/mbr_1")
    assert not any(page.has(each) for each in ("export", "erase"))
    assert (await clerk.get("/console/members/mbr_777/export")).status == 404


async def test_a_member_is_erased(desk: Desk) -> None:
    shop = await open_shop(desk, member="Zacharias", overdraft="50")
    await shop.move("accrue", "80", reason="Zacharias came by")
    hold = await shop.move("hold", "30")
    member = (await desk.api("GET", f"/v1/accounts/{shop.id}"))["member_id"]
    clerk = await desk.clerk(Role.ADMIN)
    page = await (await clerk.get(f"/console/members/{member}")).follow("erase")
    assert (page.status, page.name) == (200, "member-erase")
    assert page.one("refusal").get("data-code") == "holds_open"
    assert not page.has("confirm")
    await shop.act(hold, "release")

    page = await clerk.get(page.path)
    (lost,) = page.all("forfeited")
    assert (lost.get("data-id"), page.value("lost-amount")) == (shop.id, "80.00")
    again = await page.press("confirm", reason="")
    assert (again.status, again.one("field-error").get("data-field")) == (422, "reason")
    again = await again.press("confirm", reason="Asked by letter")
    assert (again.status, again.one("refusal").get("data-code")) == (409, "balance_not_zero")
    assert (await shop.balance())["active"] == "80.00"

    desk.now += 11 * 60_000_000
    asked = await again.press("confirm", reason="Asked by letter", forfeit="true")
    assert asked.name == "confirm-password"
    assert (await shop.balance())["active"] == "80.00"
    done = await asked.press("confirm", password=PASSWORD)
    assert done.said("flash") == "Erased. Nothing is left that says who this was."
    assert (done.name, done.one("member-name").text) == ("member", member)
    assert done.all("status")[0].get("data-status") == "erased"
    assert not any(done.has(each) for each in ("edit", "merge", "delete", "erase", "open-account"))
    assert "Zacharias" not in done.text
    assert (await shop.balance())["active"] == "0.00"
    assert (await clerk.get("/console/search?q=Zacharias")).has("no-results")
