"""The page of events: the last ones and what comes, those of a day, and filters."""

from __future__ import annotations

import pytest

from stampbook.console.webhooks import events
from stampbook.programs.roles import Role
from tests.console.desk import Desk, Page


async def accrue(desk: Desk, account: str = "acc_1") -> str:
    body = {"type": "accrue", "amount": "1", "reason": "<script>"}
    row = await desk.api("POST", f"/v1/accounts/{account}/transactions", body)
    return str(row["id"])


async def newest(desk: Desk) -> str:
    rows = await desk.api("GET", "/v1/accounts/acc_1/transactions?limit=1")
    return str(rows["data"][0]["id"])


def ids(page: Page) -> list[str]:
    return [each.get("data-id") for each in page.all("row")]


def tail_of(page: Page) -> str:
    (part,) = [each for each in page.root.iter() if each.get("id") == "tail"]
    return str(part.get("hx-get"))


async def test_an_open_page_shows_what_comes(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    page = await clerk.get("/console/events")
    everything = (await desk.api("GET", "/v1/events?from=last&limit=1000"))["data"]
    seen = [each for each in everything if not each["type"].startswith(("webhook.", "anchor."))]
    assert ids(page) == [each["id"] for each in seen[::-1][: events.ROWS]]
    live = tail_of(page)
    assert (await clerk.client.get(live)).status_code == 204
    made = [await accrue(desk) for _ in range(3)]
    fresh = await clerk.get(live)
    assert [each.get("href").rpartition("/")[2] for each in fresh.all("transaction")] == made[::-1]
    assert "&lt;script&gt;" in fresh.text
    assert "<script>" not in fresh.text
    assert (await clerk.client.get(tail_of(fresh))).status_code == 204
    for _ in range(events.ROWS + 1):
        await accrue(desk)
    answer = await clerk.client.get(tail_of(fresh))
    assert answer.headers["hx-refresh"] == "true"
    page = await clerk.get("/console/events")
    assert len(page.all("row")) == events.ROWS
    assert page.all("transaction")[0].get("href").endswith(await newest(desk))


async def test_filters_and_days(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    await accrue(desk)
    page = await clerk.get("/console/events")
    page = await page.press("filter", type="transaction.*", account_id="acc_1")
    assert {each.get("data-type").partition(".")[0] for each in page.all("row")} == {"transaction"}
    await accrue(desk, "acc_2")
    assert (await clerk.client.get(tail_of(page))).status_code == 204
    await accrue(desk)
    assert len((await clerk.get(tail_of(page))).all("row")) == 1
    expected = (await desk.api("GET", "/v1/events?limit=1000"))["data"]
    found: list[str] = []
    page = await clerk.get("/console/events?from=2020-01-01&program_id=prg_1")
    while True:
        found += ids(page)
        assert "hx-get" not in page.text
        if not page.has("load-more"):
            break
        page = await page.follow("load-more")
    assert found == [each["id"] for each in expected if each["program_id"] == "prg_1"]
    assert (await clerk.get("/console/events?from=2030-01-01")).has("empty")


@pytest.mark.parametrize(
    ("query", "field"),
    [("type=lots.*", "type"), ("account_id=me", "account_id"), ("account_id=acc_fff", "account_id"),
     ("program_id=prg_fff", "program_id"), ("from=then", "from")],
)  # fmt: skip
async def test_what_is_not_understood(desk: Desk, query: str, field: str) -> None:
    page = await (await desk.clerk(Role.VIEWER)).get(f"/console/events?{query}")
    assert (page.status, page.name) == (422, "events")
    assert page.one("field-error").get("data-field") == field


async def test_those_who_see_no_webhooks_see_the_events_of_a_transaction(desk: Desk) -> None:
    clerk = await desk.clerk(Role.VIEWER)
    page = await clerk.get(f"/console/transactions/{await accrue(desk)}")
    assert [each.get("data-type") for each in page.all("event")] == ["transaction.created"]
    assert not page.has("delivery")
