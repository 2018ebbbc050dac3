"""A member's page, and what changes members: by whom, and in what words they are refused."""

from __future__ import annotations

from stampbook.dialects.native import ids
from stampbook.programs.roles import Role
from tests.console.desk import Desk


def _ada(desk: Desk) -> str:
    return ids.write(ids.MEMBER, desk.demo.club.member)


async def test_a_member_has_a_card_for_each_account_with_the_balances_of_the_api(
    desk: Desk,
) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    page = await clerk.get(f"/console/members/{_ada(desk)}")
    assert (page.status, page.name, page.said("member-name")) == (200, "member", "Ada Address")
    (card,) = page.all("account-card")
    balance = await desk.api("GET", f"/v1/accounts/{card.get('data-id')}/balance")
    for figure in ("active", "pending", "held", "deficit"):
        assert page.value(figure) == balance[figure]
    assert page.has("next-expiration")
    assert [row.get("data-kind") for row in page.all("row")] == ["transaction"] * 2
    path = f"/v1/accounts/{card.get('data-id')}/transactions"
    listed = (await desk.api("GET", path))["data"]
    assert page.values("effect") == [each["effect"] for each in listed]


async def test_the_timeline_goes_over_all_that_a_member_has(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    currency = await desk.api(
        "POST", "/v1/programs/prg_1/currencies", {"name": "Miles", "scale": 0}
    )
    second = await desk.api(
        "POST", "/v1/accounts", {"member_id": "mbr_1", "currency_id": currency["id"]}
    )
    for at in range(60):
        desk.now += 1_000_000
        account = ("acc_1", str(second["id"]))[at % 2]
        path = f"/v1/accounts/{account}/transactions"
        await desk.api("POST", path, {"type": "accrue", "amount": "1"})
    desk.now += 1_000_000
    await desk.api("POST", "/v1/programs/prg_1/orders", {
        "external_id": "3001", "member_id": "mbr_1", "money": "EUR", "amount": "5.00",
    })  # fmt: skip
    first = await clerk.get("/console/members/mbr_1")
    kinds = [row.get("data-kind") for row in first.all("row")]
    assert kinds == ["order"] + ["transaction"] * 49
    older = await first.follow("load-more")
    assert not older.has("load-more")
    shown = [row.get("data-id") for page in (first, older) for row in page.all("row")]
    assert len(shown) == len(set(shown)) == 60 + 1 + 3 + 1
    assert "vis_1" in shown
    instants = [each.get("datetime") for page in (first, older) for each in page.all("at")]
    assert instants == sorted(instants, reverse=True)


async def test_registering_changing_and_removing(desk: Desk) -> None:
    clerk = await desk.clerk(Role.MANAGER)
    nobody = await clerk.get("/console/search?q=nora")
    assert (await nobody.follow("new-member")).name == "member-edit"
    form = await clerk.get("/console/members/new?program=prg_1")
    assert form.name == "member-edit"
    empty = await form.press("save")
    assert empty.status == 422
    assert empty.has("field-error")
    made = await form.press("save", name="Nora", phone="555 66 77", external_id="n-1")
    assert (made.name, made.said("member-name")) == ("member", "Nora")
    name = made.path.rpartition("/")[2]

    taken = await form.press("save", name="Other", external_id="n-1", idempotency_key="another")
    assert (taken.status, taken.one("refusal").get("data-code")) == (409, "member_exists")
    assert taken.one("name").get("value") == "Other"

    changed = await (await made.follow("edit")).press("save", name="Nora Neu", email="")
    assert changed.said("member-name") == "Nora Neu"
    member = await desk.api("GET", f"/v1/members/{name}")
    assert (member["phone"], member["email"]) == ("555 66 77", None)

    opened = await changed.press("open-account", currency="cur_1", number="77-1")
    assert opened.name == "account"
    (account,) = (await desk.api("GET", f"/v1/members/{name}/accounts"))["data"]
    assert (account["number"], account["primary"]) == ("77-1", True)
    twice = await changed.press(
        "open-account", currency="cur_1", number="77-1", idempotency_key="another"
    )
    assert twice.status == 422
    assert twice.has("refusal")

    removed = await (await changed.follow("delete")).press("confirm")
    assert removed.has("flash")
    assert (await clerk.get(f"/console/members/{name}")).status == 404


async def test_what_a_role_may_not_do_is_not_there(desk: Desk) -> None:
    path = f"/console/members/{_ada(desk)}"
    rights = {
        Role.VIEWER: (),
        Role.SUPPORT: ("edit", "open-account"),
        Role.MANAGER: ("edit", "open-account", "delete"),
    }
    pages = {"edit": f"{path}/edit", "new": "/console/members/new", "delete": f"{path}/delete"}
    for role, may in rights.items():
        clerk = await desk.clerk(role)
        page = await clerk.get(path)
        for action in ("edit", "open-account", "delete"):
            assert page.has(action) == (action in may), (role, action)
        for action, address in pages.items():
            needed = Role.MANAGER if action == "delete" else Role.SUPPORT
            assert (await clerk.get(address)).status == (200 if role.covers(needed) else 403)


async def test_the_pages_are_in_russian_for_those_who_read_it(desk: Desk) -> None:
    clerk = await desk.clerk(Role.SUPPORT)
    clerk.client.cookies.set("stampbook_language", "ru")
    for path in (f"/console/members/{_ada(desk)}", "/console/search?q=zz", "/console/visits/vis_1",
                 "/console/orders", "/console/members/new"):  # fmt: skip
        page = await clerk.get(path)
        assert page.status == 200
        body = page.root.text_content()
        for english in ("Movements", "Nobody", "Balances", "What it was for", "Register", "Orders"):
            assert english not in body, (path, english)
