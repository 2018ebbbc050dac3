"""Merging two members in the console, and taking it back."""

from __future__ import annotations

from stampbook.programs.roles import Role
from tests.console.desk import Desk


async def _twin(desk: Desk) -> str:
    """Ada again, with an account of her own."""
    ada = await desk.api("GET", "/v1/members/mbr_1")
    body = {"name": "Ada Twice", "phone": "+7 912 000"}
    made = await desk.api("POST", f"/v1/programs/{ada['program_id']}/members", body)
    account = (await desk.api("GET", "/v1/members/mbr_1/accounts"))["data"][0]
    held = {"member_id": made["id"], "currency_id": account["currency_id"]}
    opened = await desk.api("POST", "/v1/accounts", held)
    await desk.api(
        "POST", f"/v1/accounts/{opened['id']}/transactions", {"type": "accrue", "amount": "7"}
    )
    return str(made["id"])


async def test_a_merge_is_shown_lot_by_lot_and_can_be_taken_back(desk: Desk) -> None:
    twin = await _twin(desk)
    clerk = await desk.clerk(Role.MANAGER)
    stays = await clerk.get("/console/members/mbr_1")
    before = stays.values("active")
    form = await (await clerk.get(f"/console/members/{twin}")).follow("merge")
    assert form.name == "merge"
    assert (await form.press("preview", into="no such person")).has("empty")
    preview = await form.press("preview", into=stays.said("member-name"))
    (row,) = preview.all("preview-row")
    assert row.get("data-lot").startswith("lot_")
    assert float(preview.value("moved")) == 7
    assert float(preview.value("active")) == float(before[0]) + 7

    without = await preview.press("confirm")
    assert (without.status, without.one("field-error").get("data-field")) == (422, "reason")
    done = await without.press("confirm", reason="registered twice")
    assert done.path == "/console/members/mbr_1"
    assert done.has("flash")
    assert done.one("merged-from").get("data-id") == twin
    assert float(done.values("active")[0]) == float(before[0]) + 7
    led = await clerk.get(f"/console/members/{twin}")
    assert led.path == "/console/members/mbr_1"

    back = await (await done.follow("undo")).press("confirm")
    assert (back.path, back.name) == (f"/console/members/{twin}", "member")
    assert float(back.values("active")[0]) == 7
    again = await clerk.get(done.one("undo-merge").get("href"))
    assert (again.status, again.has("confirm")) == (200, False)


async def test_what_is_in_the_way_is_said(desk: Desk) -> None:
    twin = await _twin(desk)
    account = (await desk.api("GET", f"/v1/members/{twin}/accounts"))["data"][0]["id"]
    hold = {"type": "hold", "amount": "3"}
    await desk.api("POST", f"/v1/accounts/{account}/transactions", hold)
    clerk = await desk.clerk(Role.MANAGER)
    page = await clerk.get(f"/console/members/{twin}/merge?into=mbr_1")
    assert (page.status, page.one("refusal").get("data-code")) == (409, "holds_open")
    assert not page.has("confirm")
    support = await desk.clerk(Role.SUPPORT)
    assert not (await support.get(f"/console/members/{twin}")).has("merge")
    assert (await support.get(f"/console/members/{twin}/merge")).status == 403


async def test_the_pages_are_in_russian(desk: Desk) -> None:
    twin = await _twin(desk)
    clerk = await desk.clerk(Role.MANAGER)
    clerk.client.cookies.set("stampbook_language", "ru")
    for path in ("merge", "merge?into=mbr_1"):
        page = await clerk.get(f"/console/members/{twin}/{path}")
        text = page.root.text_content()
        assert page.status == 200
        for english in ("Merge", "Stays", "What moves", "Preview"):
            assert english not in text, english
