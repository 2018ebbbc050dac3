"""The reports as pages: the same figures as the native API, in the chart and in the table, and each
of them leads to what it counts."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

from stampbook.console.reports.behind import FIGURES, STATES
from stampbook.ledger.journal.behind.holders import STATES as HELD
from stampbook.programs.roles import Role
from stampbook.reporting.activity import FIGURES as MOVED
from tests.console.accounts.shop import Shop, open_shop
from tests.console.desk import Clerk, Desk, Page

SPAN = "from=2026-11-27&to=2026-11-29"
INSTANTS = "from=2026-11-27T00:00:00Z&to=2026-11-30T00:00:00Z"


async def busy_shop(desk: Desk) -> Shop:
    """A shop in which each figure counts something."""
    unit = {"amount": "10", "money": "1"}
    shop = await open_shop(desk, overdraft="50", unit_value=unit)
    owing = await shop.another()
    await owing.move("redeem", "12.50")
    await owing.move("accrue", "2.50")
    await shop.move("accrue", "40", activates_at=shop.date(20))
    await shop.move("accrue", "1100", expires_at=shop.date(40))
    spent = await shop.move("redeem", "45")
    await shop.act(spent, "cancel", amount="5", reason="till error")
    hold = await shop.move("hold", "20")
    await shop.act(hold, "release")
    await shop.move("hold", "10")
    mistake = await shop.move("accrue", "7", expires_at=shop.date(50))
    await shop.act(mistake, "cancel", reason="till error")
    await shop.move("accrue", "9", expires_at=shop.date(1 / 12))
    shop.pass_hours(3)
    return shop


def rows_of(page: Page, testid: str = "row") -> dict[str, dict[str, str]]:
    """The exact figures of a table, by row."""
    return {
        row.get("data-id"): {
            each.get("data-testid"): each.get("value") for each in row.iter("data")
        }
        for row in page.all(testid)
    }


def bars_of(page: Page) -> dict[tuple[str, str], str]:
    return {
        (bar.get("data-bucket"), bar.get("data-series")): bar.get("value")
        for bar in page.all("bar")
    }


async def counted(clerk: Clerk, link: str) -> list[Page]:
    """The pages of the list that a figure leads to."""
    pages = [await clerk.get(link)]
    while pages[-1].has("load-more"):
        pages.append(await pages[-1].follow("load-more"))
    assert {page.status for page in pages} == {200}, link
    assert {page.name for page in pages} == {"report-rows"}
    return pages


def links_of(page: Page) -> list[tuple[str, str, str]]:
    """Each figure that leads somewhere: its name, its value, and where to."""
    found = []
    for data in page.root.iter("data"):
        link = data.getparent()
        if link.tag == "a" and data.get("data-testid") != "rate":
            found.append((data.get("data-testid"), data.get("value"), link.get("href")))
    return found


async def test_figures_are_those_of_the_api(desk: Desk) -> None:
    shop, clerk = await busy_shop(desk), await desk.clerk(Role.VIEWER)
    path = f"/v1/programs/{shop.program['id']}/reports"
    currency = f"currency_id={shop.currency['id']}"
    series = {
        "activity": ("issued", "returned", "reinstated", "redeemed", "expired", "revoked"),
        "expiring": ("amount", "held"),
        "breakage": ("rate",),
    }
    for name, drawn in series.items():
        span = "from=2026-11-20T00:00:00Z&to=2027-01-15T00:00:00Z"
        said = await desk.api("GET", f"{path}/{name}?{currency}&{span}&resolution=week")
        page = await clerk.get(
            f"/console/reports/{name}?{currency}&from=2026-11-20&to=2027-01-14&resolution=week"
        )
        assert (page.status, page.name) == (200, "report")
        rows = rows_of(page)
        more = rows_of(page, "more-row")
        assert list(rows) == [each["begins_at"] for each in said["data"]]
        assert bars_of(page) == {
            (each["begins_at"], one): each[one]
            for each in said["data"]
            for one in drawn
            if Decimal(each[one] or 0)
        }
        for each in said["data"]:
            shown = {**more.get(each["begins_at"], {}), **rows[each["begins_at"]]}
            assert shown.items() <= {key: str(value) for key, value in each.items()}.items()
        (totals,) = page.all("totals")
        for data in totals.iter("data"):
            one = data.get("data-testid").removeprefix("total-")
            values = [Decimal(each[one]) for each in said["data"]]
            assert Decimal(data.get("value")) == sum(values), one
        answer = await clerk.client.get(page.one("csv").get("href"))
        assert answer.headers["content-type"].startswith("text/csv")
        lines = list(csv.DictReader(io.StringIO(answer.text)))
        assert [line["begins_at"] for line in lines] == list(rows)
    said = await desk.api("GET", f"{path}/liability?{currency}")
    page = await clerk.get(f"/console/reports/liability?{currency}")
    for one in ("available", "pending", "held", "outstanding", "deficit", "net", "value"):
        assert page.value(one) == said[one], one
    months = {each["month"] or "never": each["outstanding"] for each in said["by_expiry"]}
    assert {name: row["by-expiry"] for name, row in rows_of(page).items()} == months
    assert bars_of(page) == {(name, "outstanding"): value for name, value in months.items()}
    assert (await clerk.client.get(page.one("csv").get("href"))).text.startswith("as_of,")


async def test_each_figure_leads_to_what_it_counts(desk: Desk) -> None:
    shop, clerk = await busy_shop(desk), await desk.clerk(Role.VIEWER)
    currency = f"currency_id={shop.currency['id']}"
    rows = {row["id"]: row for row in [*await shop.rows()]}
    page = await clerk.get(f"/console/reports/activity?{currency}&{SPAN}")
    seen = set()
    for name, value, link in links_of(page):
        pages = await counted(clerk, link)
        listed = [row for each in pages for row in each.all("row")]
        assert listed, name
        seen.add(name)
        if name in ("transactions", "cancels", "new_members"):
            assert len(listed) == int(value), name
        elif "/lots?" in link:
            assert Decimal(value) == sum_of(pages, states_of(name)), name
        else:
            assert {row.get("data-id") for row in listed} & rows.keys() or "deficit" in name
    assert {"issued", "returned", "redeemed", "expired", "revoked", "closing"} <= seen
    assert {"held", "released", "deficit_created", "deficit_paid", "cancels"} <= seen
    page = await clerk.get(f"/console/reports/expiring?{currency}&from=2026-11-28&to=2027-01-31")
    for name, value, link in links_of(page):
        pages = await counted(clerk, link)
        if name == "lots":
            assert sum(len(each.all("row")) for each in pages) == int(value)
        elif name in ("amount", "held"):
            states = ["held"] if name == "held" else ["available", "pending"]
            assert Decimal(value) == sum_of(pages, states)
    for at in ("", "&as_of=2026-11-28T12:30"):
        page = await clerk.get(f"/console/reports/liability?{currency}{at}")
        for name, value, link in links_of(page):
            if name not in ("net", "accounts"):
                pages = await counted(clerk, link)
                assert Decimal(value) == sum_of(pages, states_of(name)), (name, at)
    page = await clerk.get(f"/console/reports/breakage?{currency}&{SPAN}")
    (link,) = {link for _, _, link in links_of(page)}
    (only,) = await counted(clerk, link)
    assert {row.get("data-type") for row in only.all("row")} == {"accrue"}


def states_of(name: str) -> list[str]:
    if name.endswith("deficit"):
        return ["deficit"]
    return [name] if name in STATES else ["available", "pending", "held"]


def sum_of(pages: list[Page], states: list[str]) -> Decimal:
    values = [value for page in pages for state in states for value in page.values(state)]
    return sum(map(Decimal, values), Decimal(0))


def test_each_figure_has_a_word() -> None:
    assert FIGURES.keys() == set(MOVED)
    assert STATES.keys() == HELD.keys()


async def test_what_is_asked_for_is_in_the_address(desk: Desk) -> None:
    shop, clerk = await busy_shop(desk), await desk.clerk(Role.VIEWER)
    index = await clerk.get(f"/console/reports?currency_id={shop.currency['id']}")
    assert index.name == "reports"
    paths = {each.get("data-id"): each.get("href") for each in index.all("report")}
    assert list(paths) == ["liability", "expiring", "activity", "breakage"]
    page = await clerk.get(paths["activity"])
    assert len(page.all("row")) == 30
    button = page.one("filters").find(".//button")
    button.set("data-testid", "show")
    page = await page.press("show", resolution="month", by="effective")
    assert page.path.startswith("/console/reports/activity?currency_id=")
    assert "resolution=month&by=effective" in page.path
    assert not page.has("opening")
    wrong: Any = {
        "from=then": "from",
        "from=2026-11-29&to=2026-11-28": "to",
        "from=2020-01-01&to=2026-11-28&resolution=day": "resolution",
        "from=2026-11-28T10:07": "from",
    }
    for query, name in wrong.items():
        page = await clerk.get(f"/console/reports/activity?{query}")
        assert page.status == 422, query
        assert [each.get("data-field") for each in page.all("field-error")] == [name]
        assert not page.has("chart")
    for as_of in ("yesterday", "2027-01-01"):
        page = await clerk.get(f"/console/reports/liability?as_of={as_of}")
        assert (page.status, page.one("field-error").get("data-field")) == (422, "as_of")
    for path in (f"transactions?{INSTANTS}&figure=moons", "lots?state=moons", "members?from=x"):
        page = await clerk.get(f"/console/reports/{path}")
        assert (page.status, page.has("refusal")) == (422, True), path
    assert (await clerk.get("/console/reports/activity?currency_id=cur_77")).status == 404
    assert (await clerk.get("/console/reports/activity.csv?from=then")).status == 422


async def test_people_see_the_reports_of_their_programs(desk: Desk) -> None:
    shop = await open_shop(desk)
    clerk = await desk.clerk(Role.VIEWER)
    body = {"program_ids": [shop.program["id"]]}
    await desk.api("PATCH", f"/v1/users/usr_{clerk.user:x}", body)
    page = await clerk.get("/console/reports/liability")
    assert [each.get("value") for each in page.one("currency_id").iter("option")] == [
        shop.currency["id"]
    ]
    assert page.has("empty")
    for path in ("activity", "activity.csv", f"transactions?{INSTANTS}"):
        sign = "&" if "?" in path else "?"
        answer = await clerk.get(f"/console/reports/{path}{sign}currency_id=cur_1")
        assert answer.status == 404, path


async def test_amounts_and_dates_are_those_of_the_language(desk: Desk) -> None:
    shop, clerk = await busy_shop(desk), await desk.clerk(Role.VIEWER)
    clerk.client.cookies.set("stampbook_language", "ru", path="/console")
    page = await clerk.get(f"/console/reports/liability?currency_id={shop.currency['id']}")
    assert page.value("available") == "1050.00"
    assert page.said("available") == "1 050,00"
    assert "янв" in page.said("chart")
