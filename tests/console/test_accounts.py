"""The account page by plain HTTP: the figures, why, the picture, the history."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from stampbook.dialects.native import ids
from stampbook.programs.roles import Role
from stampbook.storage.store import AccountFound, Demand
from tests.console.desk import ONE_STORE, Desk, Page


def _stars(desk: Desk) -> str:
    return ids.write(ids.ACCOUNT, desk.demo.club.account)


async def _move(desk: Desk, account: str, **body: object) -> str:
    made = await desk.api("POST", f"/v1/accounts/{account}/transactions", body)
    return str(made["id"])


def check_why(page: Page) -> None:
    """The parts add up to what is available, to the last digit; what is pending or held is beside
    them."""
    assert sum(map(Decimal, page.values("why-part"))) == Decimal(page.value("active"))
    beside = {"pending": Decimal(0), "held": Decimal(0)}
    for part in page.all("why-beside"):
        beside[part.get("data-kind")] += Decimal(part.get("value"))
    assert beside == {name: Decimal(page.value(name)) for name in beside}


async def test_an_account_says_what_is_on_it_and_why(desk: Desk) -> None:
    clerk, account = await desk.clerk(Role.VIEWER), _stars(desk)
    await _move(desk, account, type="hold", amount="25.00", timeout_s=3600)
    await _move(desk, account, type="accrue", amount="7.25", activates_at="2027-01-01T00:00:00Z")
    page = await clerk.get(f"/console/accounts/{account}")
    assert (page.status, page.name) == (200, "account")
    balance = await desk.api("GET", f"/v1/accounts/{account}/balance")
    for figure in ("active", "pending", "held", "total", "deficit"):
        assert page.value(figure) == balance[figure]
    check_why(page)
    assert [row.get("data-type") for row in page.one("history").iter("tr")][1:] == [
        "accrue",
        "hold",
        "redeem",
        "accrue",
    ]


async def test_a_viewer_looks_and_support_acts(desk: Desk) -> None:
    account = _stars(desk)
    desk.is_demo()
    actions = ("accrue", "redeem", "hold", "adjust", "transfer", "cancel")
    viewer, support = await desk.clerk(Role.VIEWER), await desk.clerk(Role.SUPPORT)
    page, home = await viewer.get(f"/console/accounts/{account}"), await viewer.get("/console")
    assert not any(page.has(action) for action in actions)
    assert home.has("guide-look")
    assert not home.has("guide-preview")
    page, home = await support.get(f"/console/accounts/{account}"), await support.get("/console")
    assert all(page.has(action) for action in actions)
    assert home.has("guide-preview")


async def test_a_program_that_does_not_run_takes_cancels_alone(desk: Desk) -> None:
    account, clerk = _stars(desk), await desk.clerk(Role.SUPPORT)
    await _move(desk, account, type="accrue", amount="7.25", activates_at="2027-01-01T00:00:00Z")
    program = ids.write(ids.PROGRAM, desk.demo.club.program)
    later, now = "2026-12-24T00:00:00Z", "2026-11-28T12:00:00Z"
    for change in ({"status": "inactive"}, {"starts_at": later}, {"ends_at": now}):
        before = {"status": "active", "starts_at": None, "ends_at": None}
        await desk.api("PATCH", f"/v1/programs/{program}", {**before, **change})
        page = await clerk.get(f"/console/accounts/{account}")
        assert page.has("not-running"), change
        acts = ("accrue", "redeem", "hold", "adjust", "transfer", "activate-now", "change-date")
        assert [act for act in acts if page.has(act)] == [], change
        preview = await clerk.get(page.all("cancel")[0].get("href"))
        assert preview.has("confirm"), change


async def test_a_row_says_which_application_made_it(desk: Desk) -> None:
    clerk, account = await desk.clerk(Role.VIEWER), _stars(desk)
    await _move(desk, account, type="accrue", amount="7.25")
    page = await clerk.get(f"/console/accounts/{account}")
    assert "API key demo" in page.one("history").text_content()


async def test_the_past_is_shown_as_it_was_and_cannot_be_changed(desk: Desk) -> None:
    clerk, account = await desk.clerk(), _stars(desk)
    before = desk.now
    desk.now += 3_600_000_000
    await _move(desk, account, type="redeem", amount="100")
    desk.now += 3_600_000_000
    page = await clerk.get(f"/console/accounts/{account}?as_of=2026-11-28T12:00:00Z")
    assert page.said("as-of").startswith("As it was at")
    assert page.one("as_of").get("value") == "2026-11-28T13:00:00"
    assert page.value("active") == "399.50"
    check_why(page)
    assert len(page.one("history").findall(".//tbody/tr")) == 2
    assert not any(page.has(action) for action in ("redeem", "cancel", "reinstate"))
    local = await clerk.get(f"/console/accounts/{account}?as_of=2026-11-28T13:00")
    assert local.value("active") == "399.50", "without an offset it is the program's clock"
    assert before < desk.now
    wrong = await clerk.get(f"/console/accounts/{account}?as_of=yesterday")
    assert (wrong.status, wrong.one("refusal").get("data-code")) == (422, "invalid_request")


async def test_a_change_by_any_dialect_is_on_the_open_page(desk: Desk) -> None:
    clerk, account = await desk.clerk(), _stars(desk)
    page = await clerk.get(f"/console/accounts/{account}")
    live = page.root.xpath("//*[@data-live]")[0].get("hx-get")
    answer = await clerk.client.get(live, headers={"hx-request": "true"})
    assert (answer.status_code, answer.content) == (204, b"")
    await _move(desk, account, type="redeem", amount="0.50")
    part = Page(clerk, await clerk.client.get(live, headers={"hx-request": "true"}))
    assert part.status == 200
    assert part.value("active") == "399.00"
    assert part.said("live").startswith("1 new movement")
    assert not part.has("page"), "a fragment"
    again = part.root.xpath("//*[@data-live]")[0].get("hx-get")
    assert (await clerk.client.get(again)).status_code == 204
    await _move(desk, account, type="redeem", amount="0.50")
    part = Page(clerk, await clerk.client.get(again))
    assert part.said("live").startswith("2 new movements"), "since the page was opened"


async def test_the_history_goes_on_and_can_be_filtered(desk: Desk) -> None:
    clerk, account = await desk.clerk(), _stars(desk)
    for _ in range(60):
        await _move(desk, account, type="redeem", amount="1")
    seen: list[str] = []
    page = await clerk.get(f"/console/accounts/{account}")
    while True:
        seen += [row.get("data-id") for row in page.one("history").findall(".//tbody/tr")]
        if not page.has("load-more"):
            break
        page = await page.follow("load-more")
    assert len(seen) == len(set(seen)) == 62
    page = await clerk.get(f"/console/accounts/{account}?type=accrue&from=2026-11-28&to=2026-11-28")
    assert len(page.one("history").findall(".//tbody/tr")) == 1
    page = await clerk.get(f"/console/accounts/{account}?to=2026-11-27")
    assert page.has("empty")


async def test_names_and_reasons_are_text(desk: Desk) -> None:
    clerk, account = await desk.clerk(), _stars(desk)
    member = ids.write(ids.MEMBER, desk.demo.club.member)
    evil = "<script>alert(1)</script>"
    await desk.api("PATCH", f"/v1/members/{member}", {"name": evil})
    await _move(desk, account, type="accrue", amount="1", reason=evil, external_id=evil)
    for path in (f"accounts/{account}", f"accounts/{account}/statement"):
        page = await clerk.get(f"/console/{path}")
        assert "<script>alert" not in page.text
        assert evil in page.root.text_content()


async def test_a_cancelled_row_says_so_and_leads_to_its_cancel(desk: Desk) -> None:
    clerk, account = await desk.clerk(), _stars(desk)
    order = ids.write(ids.TRANSACTION, desk.demo.club.transaction.number)
    cancel = await desk.api("POST", f"/v1/transactions/{order}/cancel", {"reason": "till error"})
    page = await clerk.get(f"/console/accounts/{account}")
    (row,) = [each for each in page.all("row") if each.get("data-id") == order]
    assert row.get("data-status") == "cancelled"
    (link,) = row.xpath(".//*[@data-testid='cancelled-by']")
    assert link.get("href") == f"/console/transactions/{cancel['id']}"
    (row,) = [each for each in page.all("row") if each.get("data-id") == cancel["id"]]
    (link,) = row.xpath(".//*[@data-testid='cancels']")
    assert link.get("href") == f"/console/transactions/{order}"


async def test_the_statement_begins_ends_and_adds_up(desk: Desk) -> None:
    desk.now += 86_400_000_000
    clerk, account = await desk.clerk(), _stars(desk)
    await _move(desk, account, type="redeem", amount="10")
    page = await clerk.get(f"/console/accounts/{account}/statement?from=2026-11-29&to=2026-11-29")
    assert page.value("opening") == "399.50"
    assert page.value("closing") == "389.50"
    assert page.values("effect") == ["-10.00"]
    whole = await clerk.get(f"/console/accounts/{account}/statement")
    effects = sum(map(Decimal, whole.values("effect")))
    assert Decimal(whole.value("opening")) + effects == Decimal(whole.value("closing"))
    wrong = await clerk.get(f"/console/accounts/{account}/statement?from=2026-11-29&to=2026-11-28")
    assert (wrong.status, wrong.name) == (422, "statement")


async def test_a_lot_shows_its_life(desk: Desk) -> None:
    clerk, account = await desk.clerk(), _stars(desk)
    (lot,) = (await desk.api("GET", f"/v1/accounts/{account}/lots"))["data"]
    page = await clerk.get(f"/console/lots/{lot['id']}")
    assert (page.status, page.name) == (200, "lot")
    assert page.value("lot-available") == "399.50"
    assert page.value("lot-spent") == "100.50"
    assert page.has("lots-picture")
    assert len(page.one("history").findall(".//tbody/tr")) == 2
    for name in ("lot_0", "lot_ffffffffff", "lot_zz", "txn_1", "<b>"):
        assert (await clerk.get(f"/console/lots/{name}")).status == 404


@pytest.mark.parametrize("name", ["acc_0", "acc_ffff", "acc_", "zz", "acc_%00"])
async def test_what_is_no_account_is_not_found(desk: Desk, name: str) -> None:
    clerk = await desk.clerk()
    page = await clerk.get(f"/console/accounts/{name}")
    assert (page.status, page.name) == (404, "not-found")


async def test_a_person_of_one_program_sees_no_other(desk: Desk) -> None:
    clerk, account = await desk.clerk(Role.SUPPORT), _stars(desk)
    program = ids.write(ids.PROGRAM, desk.demo.coffee.program)
    body = {"limits": [{"program_id": program}]}
    await desk.api("PUT", "/v1/users/support@desk.example/limits", body)
    desk.context.people.forget_all()
    own = ids.write(ids.ACCOUNT, desk.demo.coffee.account)
    (lot,) = (await desk.api("GET", f"/v1/accounts/{account}/lots"))["data"]
    assert (await clerk.get(f"/console/accounts/{own}")).status == 200
    for path in (f"accounts/{account}", f"accounts/{account}/live", f"lots/{lot['id']}"):
        assert (await clerk.get(f"/console/{path}")).status == 404


async def test_russian_is_russian(desk: Desk) -> None:
    clerk, account = await desk.clerk(), _stars(desk)
    clerk.client.cookies.set("stampbook_language", "ru")
    page = await clerk.get(f"/console/accounts/{account}")
    assert page.root.get("lang") == "ru"
    assert page.one("active").text == "399,50"
    assert page.value("active") == "399.50"


@ONE_STORE
async def test_a_page_reads_an_account_a_few_times(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is open is read as often whatever the page has: twenty rows that offer their cancels
    need no more than one, and nothing else that memory has from the page before."""
    clerk, account = await desk.clerk(Role.SUPPORT), _stars(desk)
    load, wanted = desk.store.load, list[Demand]()

    async def counted(shard: int, demands: Sequence[Demand]) -> list[AccountFound]:
        wanted.extend(demands)
        return await load(shard, demands)

    monkeypatch.setattr(desk.store, "load", counted)
    counts = []
    for count in (1, 20):
        for _ in range(count):
            await _move(desk, account, type="redeem", amount="1")
        wanted.clear()
        page = await clerk.get(f"/console/accounts/{account}")
        assert len(page.all("cancel")) >= count
        counts.append((len(wanted), sum(each.opening for each in wanted)))
    assert counts == [(8, 7), (7, 7)]
