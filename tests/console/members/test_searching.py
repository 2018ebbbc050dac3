"""The search finds what is known of a member, in every dialect's spelling, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.dialects.native import ids
from stampbook.dialects.spelling import altcraft
from stampbook.dialects.spelling.voucherify import PointsBucket, Prefix, spell, spell_bucket
from stampbook.domain.model import transaction_number
from stampbook.programs import members, programs, tenants
from stampbook.programs.roles import Role
from stampbook.visits import locations
from stampbook.visits.locations import Limit
from tests.console.desk import Clerk, Desk, Page

PHONE = "+7 (916) 555-14-38"


async def _at(clerk: Clerk, sought: str) -> Page:
    """The page to which the search leads."""
    answer = await clerk.client.get("/console/search", params={"q": sought})
    return Page(clerk, answer)


async def _member(desk: Desk, program: int = 0, **known: Any) -> str:
    """A member of the coffee house with what is known of them."""
    program = program or desk.demo.coffee.program
    path = f"/v1/programs/{ids.write(ids.PROGRAM, program)}/members"
    return str((await desk.api("POST", path, known))["id"])


def _spellings(desk: Desk) -> dict[str, str]:
    """What somebody may paste or say, and the page of the one thing that it names."""
    demo = desk.demo
    coffee, points, club = demo.coffee, demo.points, demo.club
    accrual, redemption = points.transaction.number, club.transaction.number
    lot = transaction_number(account=points.account, seq=points.transaction.terms[0].lot)
    paula = f"/console/members/{ids.write(ids.MEMBER, points.member)}"
    ada = f"/console/members/{ids.write(ids.MEMBER, club.member)}"
    visit = f"/console/visits/{ids.write(ids.VISIT, coffee.visit)}"
    card = f"/console/accounts/{ids.write(ids.ACCOUNT, coffee.account)}"
    order = f"/console/transactions/{ids.write(ids.TRANSACTION, redemption)}"
    given = f"/console/transactions/{ids.write(ids.TRANSACTION, accrual)}"
    held = f"/console/accounts/{ids.write(ids.ACCOUNT, points.account)}"
    return {
        ids.write(ids.MEMBER, points.member): paula,
        spell(Prefix.MEMBER, points.member): paula,
        f"cust_m{points.member:018x}": paula,
        altcraft.write_profile(club.member): ada,
        ids.write(ids.ACCOUNT, points.account): held,
        spell(Prefix.CARD, points.account): held,
        spell_bucket(PointsBucket(points.account, 20_000)): held,
        ids.write(ids.TRANSACTION, accrual): given,
        spell(Prefix.TRANSACTION, accrual): given,
        altcraft.write_transaction(redemption): order,
        altcraft.write_transaction(redemption).upper(): order,
        f"transaction {redemption}": order,
        ids.write(ids.LOT, lot): f"/console/lots/{ids.write(ids.LOT, lot)}",
        spell(Prefix.PENDING_BUCKET, lot): f"/console/lots/{ids.write(ids.LOT, lot)}",
        ids.write(ids.VISIT, coffee.visit): visit,
        f"visit {coffee.visit}": visit,
        f"Visit #{coffee.visit}": visit,
        f"визит {coffee.visit}": visit,
        f"Визит № {coffee.visit}": visit,
        f"record {coffee.record}": visit,
        f"запись {coffee.record}": visit,
        f"card {coffee.account}": card,
        f"карта {coffee.account}": card,
        "order-1001": order,
        "order 1001": order,
        "ORDER #1001": order,
        "заказ 1001": order,
        "0002": f"/console/members/{ids.write(ids.MEMBER, coffee.member)}",
        "+49 (1700) 000-002": f"/console/members/{ids.write(ids.MEMBER, coffee.member)}",
        "ADA@coffee.example": ada,
        "guest-2": f"/console/members/{ids.write(ids.MEMBER, demo.wallet.member)}",
        "client guest-2": f"/console/members/{ids.write(ids.MEMBER, demo.wallet.member)}",
        "walter": f"/console/members/{ids.write(ids.MEMBER, demo.wallet.member)}",
        "WAL wallet": f"/console/members/{ids.write(ids.MEMBER, demo.wallet.member)}",
        spell(Prefix.PROGRAM, points.program): "/console/programs/"
        + ids.write(ids.PROGRAM, points.program),
    }


async def test_each_spelling_of_each_thing_leads_straight_to_its_page(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    client = clerk.client
    client.follow_redirects = False
    for sought, path in _spellings(desk).items():
        answer = await client.get("/console/search", params={"q": sought})
        assert (answer.status_code, answer.headers.get("location")) == (303, path), sought


async def test_a_member_is_found_by_all_that_is_known(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    known: dict[str, Any] = {
        "name": "Пётр Ильич Ёжиков",
        "phone": PHONE,
        "email": "Petr.Ilich@mail.example",
    }
    petr = await _member(desk, **known, external_id="CRM/77")
    account = await desk.api(
        "POST",
        "/v1/accounts",
        {"member_id": petr, "currency_id": "cur_1", "number": "9001-5"},
    )
    names = ("пётр", "ПЕТР", "ёжик", "ежик", "ильич петр", "petr", "petr.ilich@MAIL.example")
    numbers = (PHONE, "79165551438", "8 916 555 14 38", "1438", "5551", "916555", "CRM/77")
    found = (*names, *numbers)
    for sought in found:
        assert (await _at(clerk, sought)).path == f"/console/members/{petr}", sought
    assert (await _at(clerk, "9001-5")).path == f"/console/accounts/{account['id']}"
    for sought in ("жиков", "438", "петр ада", "mail.example", "nobody@mail.example", "crm", "%"):
        page = await _at(clerk, sought)
        assert page.name == "results", sought
        assert not any(each.get("data-id") == petr for each in page.all("result")), sought


async def test_what_changes_is_found_by_what_it_is_now(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    name = await _member(desk, name="Berta Alt", phone="4444555566")
    await desk.api("PATCH", f"/v1/members/{name}", {"name": "Berta Neu", "phone": "7777888899"})
    for sought in ("berta", "neu", "8899"):
        assert (await _at(clerk, sought)).path == f"/console/members/{name}"
    for sought in ("alt", "5566"):
        assert (await _at(clerk, sought)).has("no-results")
    await desk.api("DELETE", f"/v1/members/{name}")
    for sought in ("berta", "8899", name):
        assert (await _at(clerk, sought)).has("no-results")


async def test_many_are_shown_by_kind_and_twenty_of_each(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    named = [
        await _member(desk, name=f"Zoe {'x' * at}", external_id=f"zoe-{at}") for at in range(23)
    ]
    await desk.api(
        "POST", "/v1/programs/prg_1/orders",
        {"external_id": "zoe", "member_id": named[0], "money": "EUR", "amount": "1.00"},
    )  # fmt: skip
    page = await _at(clerk, "zoe")
    kinds = [each.get("data-kind") for each in page.all("result")]
    assert kinds == ["member"] * 20 + ["order"]
    assert page.has("results")
    assert page.has("more")
    assert {each.get("data-id") for each in page.all("result")[:20]} == set(named[3:])


async def test_nothing_found_says_what_to_try(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    for sought in (
        "zzz",
        "visit 99999",
        "txn_fffffffff",
        "x" * 400,
        "' OR 1=1 --",
        '" *',
        "a:b | c",
    ):
        page = await _at(clerk, sought)
        assert (page.status, page.name) == (200, "results")
        assert "Nobody has this number" in page.said("no-results"), sought
    page = await clerk.get("/console/search")
    assert page.has("no-results")


async def test_last_digits_find_orders_and_movements(desk: Desk) -> None:
    clerk = await desk.clerk(Role.SUPPORT)
    club = desk.demo.club.transaction.number
    found = await _at(clerk, "1001")
    assert found.path == f"/console/transactions/{ids.write(ids.TRANSACTION, club)}"
    made = {}
    for name in ("INV-2026-001234", "INV-2026-017777", "web/88"):
        order = {"external_id": name, "amount": "5.00", "money": "EUR"}
        made[name] = await desk.api("POST", "/v1/programs/prg_1/orders", order)
    for digits, name in (("1234", "INV-2026-001234"), ("7777", "INV-2026-017777")):
        assert (await _at(clerk, digits)).path == f"/console/orders/{made[name]['id']}"
    assert (await _at(clerk, "777")).path.endswith(made["INV-2026-017777"]["id"])
    assert (await _at(clerk, "9999")).has("no-results")


async def test_a_name_is_text(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    evil = "<script>alert(1)</script>"
    first = await _member(desk, name=f"{evil} A", external_id="<b>")
    await _member(desk, name=f"{evil} B")
    for page in (await _at(clerk, evil), await clerk.get(f"/console/members/{first}")):
        assert "<script>alert" not in page.text
        assert evil in page.root.text_content()


async def test_nobody_finds_what_is_of_a_program_that_they_may_not_see(desk: Desk) -> None:
    clerk = await desk.clerk(Role.SUPPORT)
    assert clerk.user is not None
    async with desk.store.transaction() as writing:
        limit = frozenset({Limit(desk.demo.points.program)})
        await locations.limit_user(writing, clerk.user, limit, now=desk.now)
    desk.context.people.forget_all()
    paula = f"/console/members/{ids.write(ids.MEMBER, desk.demo.points.member)}"
    own = {sought for sought, path in _spellings(desk).items() if path == paula}
    for sought, path in _spellings(desk).items():
        page = await _at(clerk, sought)
        if sought in own:
            assert page.path == path
        elif not path.startswith(("/console/accounts/acc_3", "/console/transactions/txn_18",
                                  "/console/lots/", "/console/programs/prg_2")):  # fmt: skip
            assert page.has("no-results"), sought
    for path in (f"/console/members/{ids.write(ids.MEMBER, desk.demo.club.member)}",
                 f"/console/visits/{ids.write(ids.VISIT, desk.demo.coffee.visit)}"):  # fmt: skip
        assert (await clerk.get(path)).status == 404


async def test_nobody_finds_another_tenants_people(desk: Desk) -> None:
    clerk = await desk.clerk(Role.ADMIN)
    async with desk.store.transaction() as writing:
        other = await tenants.create(writing, name="Other", now=desk.now)
        program = await programs.create(
            writing, tenant=other.tenant_id, name="Theirs", timezone="UTC", now=desk.now
        )
        theirs = await members.create(
            writing, program, now=desk.now, name="Xenia", email="x@x.example", phone="5550001112"
        )
    named = (ids.write(ids.MEMBER, theirs.member_id), spell(Prefix.MEMBER, theirs.member_id))
    for sought in ("xenia", "x@x.example", "5550001112", "1112", *named):
        assert (await _at(clerk, sought)).has("no-results"), sought


@pytest.mark.parametrize("page", ["members", "accounts", "transactions", "visits", "lots"])
async def test_an_address_with_another_spelling_leads_to_the_native_one(
    desk: Desk, page: str
) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    demo = desk.demo
    accrual = demo.points.transaction.number
    lot = transaction_number(account=demo.points.account, seq=demo.points.transaction.terms[0].lot)
    spelled, native = {
        "members": (spell(Prefix.MEMBER, demo.points.member), ids.write("mbr", demo.points.member)),
        "accounts": (str(demo.coffee.account), ids.write("acc", demo.coffee.account)),
        "transactions": (spell(Prefix.TRANSACTION, accrual), ids.write("txn", accrual)),
        "visits": (str(demo.coffee.visit), ids.write("vis", demo.coffee.visit)),
        "lots": (spell(Prefix.PENDING_BUCKET, lot), ids.write("lot", lot)),
    }[page]
    if page == "transactions":  # its page is another part's
        spelled, native = f"{spelled}/cancel", f"{native}/cancel"
        clerk = await desk.clerk(Role.SUPPORT)
    clerk.client.follow_redirects = False
    answer = await clerk.client.get(f"/console/{page}/{spelled}?x=1")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/console/{page}/{native}?x=1",
    )
    answer = await clerk.client.get(f"/console/{page}/nothing_1")
    assert answer.status_code == 404
