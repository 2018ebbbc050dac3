"""What reports and statements answer, as JSON and as tables, and what they refuse."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from stampbook.dialects import instants
from stampbook.dialects.native.sheets import prefers_csv
from stampbook.ledger.journal.cohorts import Became
from stampbook.reporting import statement
from stampbook.reporting.rates import breakage_rate, worth
from tests.http.native.asking import Api, Clock, fine, made, refused
from tests.http.native.people.signing import as_person

SPAN = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-04T00:00:00Z"}
NAMES = ("liability", "expiring", "activity", "breakage")


async def cards(api: Api, count: int = 1, **currency: Any) -> tuple[str, str, list[str]]:
    """A program with a currency, and accounts in it."""
    program = (await api.program(timezone=currency.pop("timezone", "UTC")))["id"]
    number = (await api.currency(program, **currency))["id"]
    accounts = []
    for _ in range(count):
        body = {"member_id": (await api.member(program))["id"], "currency_id": number}
        accounts.append(made(await api.post("/accounts", body))["id"])
    return program, number, accounts


async def report(api: Api, program: str, name: str, **params: Any) -> Any:
    return fine(await api.get(f"/programs/{program}/reports/{name}", **params))


async def sheet(api: Api, path: str, **params: Any) -> tuple[httpx.Response, list[list[str]]]:
    answer = await api.ask("GET", path, params=params, headers={"Accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    return answer, list(csv.reader(io.StringIO(answer.text)))


async def test_liability_and_what_it_is_worth(api: Api, clock: Clock) -> None:
    unit = {"amount": "1", "money": "0.0333"}
    program, currency, (account, other) = await cards(api, 2, unit_value=unit, overdraft="50")
    assert fine(await api.get(f"/currencies/{currency}"))["unit_value"] == {
        "amount": "1.00",
        "money": "0.0333",
    }
    await api.accrue(account, "100", expires_at="2026-04-01T00:00:00Z")
    await api.accrue(account, "20", activates_at="2026-05-01T00:00:00Z")
    await api.hold(account, "30")
    await api.redeem(other, "12.50")
    before = clock.text()
    clock.advance(seconds=1)
    await api.accrue(other, "40")
    assert await report(api, program, "liability", as_of=before) == {
        "as_of": before,
        "currency_id": currency,
        "available": "70.00",
        "pending": "20.00",
        "held": "30.00",
        "outstanding": "120.00",
        "deficit": "12.50",
        "net": "107.50",
        "accounts": 2,
        "by_expiry": [
            {"month": "2026-03", "outstanding": "100.00"},
            {"month": None, "outstanding": "20.00"},
        ],
        "value": "4.00",  # 3.996
    }
    found = await report(api, program, "liability")
    assert (found["as_of"], found["outstanding"], found["deficit"]) == (
        clock.text(),
        "147.50",
        "0.00",
    )
    fine(await api.patch(f"/currencies/{currency}", {"unit_value": None}))
    assert (await report(api, program, "liability"))["value"] is None
    for amount, money in (("0", "1"), ("1", "0"), ("1", "-1")):
        body = {"unit_value": {"amount": amount, "money": money}}
        answer = await api.patch(f"/currencies/{currency}/options", body)
        refused(answer, 422, "invalid_request")


async def test_holds_that_lack_points_are_in_the_total(api: Api) -> None:
    program, _, (account,) = await cards(api, overdraft="50")
    await api.accrue(account, "10")
    await api.hold(account, "30")
    found = await report(api, program, "liability")
    assert (found["held"], found["deficit"], found["net"]) == ("10.00", "20.00", "10.00")
    assert found["net"] == (await api.balance(account))["total"]


async def test_an_empty_program(api: Api) -> None:
    program, _, _ = await cards(api, 0)
    found = await report(api, program, "liability")
    assert (found["outstanding"], found["accounts"], found["by_expiry"]) == ("0.00", 0, [])
    for name in ("expiring", "activity", "breakage"):
        data = (await report(api, program, name, **SPAN))["data"]
        assert [each["begins_at"] for each in data] == [
            f"2026-03-0{day}T00:00:00Z" for day in (1, 2, 3)
        ]
        figures = [
            value
            for each in data
            for key, value in each.items()
            if not key.endswith("_at") and key not in ("rate", "mature")
        ]
        assert set(figures) <= {"0.00", 0}
        assert {key for each in data for key in each} > {"begins_at", "ends_at"}


async def test_points_expire_in_the_day_that_ends(api: Api) -> None:
    """With a day of 23 hours: clocks in Berlin go forward on 29 March 2026."""
    program, _, (account,) = await cards(api, timezone="Europe/Berlin")
    await api.accrue(account, "7", expires_at="2026-03-29T22:00:00Z")  # the end of the 29th
    await api.accrue(account, "5", expires_at="2026-03-29T22:00:00.000001Z")
    await api.hold(account, "3")
    span = {"from": "2026-03-27T23:00:00Z", "to": "2026-03-31T22:00:00Z"}
    found = await report(api, program, "expiring", **span)
    assert [(each["begins_at"], each["amount"], each["held"]) for each in found["data"]] == [
        ("2026-03-27T23:00:00Z", "0.00", "0.00"),
        ("2026-03-28T23:00:00Z", "4.00", "3.00"),
        ("2026-03-29T22:00:00Z", "5.00", "0.00"),
        ("2026-03-30T22:00:00Z", "0.00", "0.00"),
    ]
    assert [(each["lots"], each["accounts"]) for each in found["data"]] == [
        (0, 0), (1, 1), (1, 1), (0, 0),
    ]  # fmt: skip


async def test_debts_that_are_paid_and_debts_that_are_cancelled(api: Api, clock: Clock) -> None:
    program, _, (account,) = await cards(api, overdraft="100")
    first = await api.redeem(account, "30")
    await api.redeem(account, "20")
    clock.advance(days=1)
    await api.accrue(account, "10")
    clock.advance(days=1)
    fine(await api.cancel(first["id"], {"amount": "25"}))
    rows = (await report(api, program, "activity", **SPAN))["data"]
    names = ("opening", "created", "paid", "cancelled", "closing")
    fields = [f"{each}_deficit" if each.endswith("ing") else f"deficit_{each}" for each in names]
    assert [[row[name] for name in fields] for row in rows] == [
        ["0.00", "50.00", "0.00", "0.00", "50.00"],
        ["50.00", "0.00", "10.00", "0.00", "40.00"],
        # 20 of it were not paid for; the 5 that come back pay the other debt.
        ["40.00", "0.00", "5.00", "20.00", "15.00"],
    ]
    assert [(row["issued"], row["redeemed"], row["returned"]) for row in rows] == [
        ("0.00", "0.00", "0.00"),
        ("10.00", "10.00", "0.00"),
        ("0.00", "5.00", "5.00"),
    ]


async def test_transfers_are_in_no_other_figure(api: Api) -> None:
    program, _, (account, other) = await cards(api, 2, overdraft="100")
    await api.accrue(account, "40")
    await api.redeem(other, "5")
    body = {"from_account_id": account, "to_account_id": other, "amount": "30"}
    fine(await api.post("/transfers", body))
    (row,) = (await report(api, program, "activity", resolution="month", **SPAN))["data"]
    assert (row["transferred"], row["issued"], row["redeemed"]) == ("30.00", "40.00", "5.00")
    assert (row["closing"], row["deficit_paid"], row["closing_deficit"]) == (
        "35.00",
        "5.00",
        "0.00",
    )
    assert (row["transactions"], row["accounts"], row["new_members"]) == (4, 2, 2)


async def test_merges_are_transfers(api: Api) -> None:
    """Their debts too: nothing is issued by them, and no debt is created."""
    program = (await api.program())["id"]
    currency = (await api.currency(program, overdraft="50"))["id"]
    people, accounts = [], []
    for _ in range(2):
        people.append((await api.member(program))["id"])
        body = {"member_id": people[-1], "currency_id": currency}
        accounts.append(made(await api.post("/accounts", body))["id"])
    await api.accrue(accounts[0], "20")
    await api.redeem(accounts[0], "32")
    await api.accrue(accounts[1], "7")

    async def row() -> Any:
        (only,) = (await report(api, program, "activity", resolution="month", **SPAN))["data"]
        return only

    before = await row()
    fine(await api.post(f"/members/{people[0]}/merge", {"into": people[1], "reason": "one person"}))
    after = await row()
    changed = {name: (before[name], after[name]) for name in after if after[name] != before[name]}
    assert changed == {
        "transferred": ("0.00", "12.00"),
        # The 7 points pay a part of the debt.
        "redeemed": ("20.00", "27.00"),
        "deficit_paid": ("0.00", "7.00"),
        "closing": ("7.00", "0.00"),
        "closing_deficit": ("12.00", "5.00"),
        "transactions": (3, 5),
    }


async def test_breakage(api: Api, clock: Clock) -> None:
    program, _, (account,) = await cards(api, 1, scale=0)
    expiry = "2026-03-03T00:00:00Z"
    await api.accrue(account, "6", expires_at=expiry, effective_at="2026-02-28T23:00:00Z")
    await api.accrue(account, "3", expires_at=expiry)
    revoked = await api.accrue(account, "2")
    await api.redeem(account, "4")
    fine(await api.cancel(revoked["id"]))
    span = {"from": "2026-02-28T00:00:00Z", "to": "2026-03-02T00:00:00Z"}

    async def rows(**more: Any) -> list[list[Any]]:
        data = (await report(api, program, "breakage", **span, **more))["data"]
        return [list(each.values())[2:] for each in data]

    before = clock.text()
    clock.advance(days=2)
    after = [
        ["6", "0", "4", "2", "0", "0.333333", True],
        ["5", "2", "0", "3", "0", "1.000000", True],
    ]
    assert await rows() == after
    assert await rows(as_of=before) == [
        ["6", "0", "4", "0", "2", "0.000000", False],
        ["5", "2", "0", "0", "3", "0.000000", False],
    ]
    assert await rows() == after


def test_quotients_are_rounded_half_up() -> None:
    assert breakage_rate(Became(3, 0, 1, 2, 0)) == "0.666667"
    assert breakage_rate(Became(2_000_000, 0, 0, 1, 1_999_999)) == "0.000001"
    assert breakage_rate(Became(2_000_001, 0, 0, 1, 2_000_000)) == "0.000000"
    assert breakage_rate(Became(5, 5, 0, 0, 0)) is None
    assert worth(1, 1, 5_000, digits=2) == 1
    assert worth(1, 1, 4_999, digits=2) == 0
    assert worth(10**30, 3, 10_000, digits=2) == (10**30 * 2 + 3) // 6


async def test_a_statement(api: Api, clock: Clock) -> None:
    _, currency, (account,) = await cards(api)
    earned = await api.accrue(account, "10", expires_at="2026-03-05T00:00:00Z")
    clock.advance(days=1)
    since = clock.text()
    spent = await api.redeem(account, "4", reason="A coffee")
    clock.advance(days=9)
    path = f"/accounts/{account}/statement"
    found = fine(await api.get(path, **{"from": since}))
    assert (found["account_id"], found["currency_id"]) == (account, currency)
    assert (found["opening"], found["closing"]) == ("10.00", "0.00")
    names = ("at", "transaction_id", "type", "effect", "balance_after")
    spending, expiry = found["rows"]
    assert [spending[name] for name in names] == [since, spent["id"], "redeem", "-4.00", "6.00"]
    assert spending["text"] == "“A coffee” took 4.00, all from 1 Mar."
    assert expiry["text"] == "6.00 expired at midnight, earned 1 Mar."
    assert (expiry["at"], expiry["effect"]) == ("2026-03-05T00:00:00Z", "-6.00")
    russian = fine(await api.get(path, language="ru", to=since))
    assert [each["transaction_id"] for each in russian["rows"]] == [earned["id"]]
    assert russian["rows"][0]["text"] == "Начислено 10,00."
    later = fine(await api.get(path, **{"from": "2026-03-06T00:00:00Z"}))
    assert (later["opening"], later["rows"], later["closing"]) == ("0.00", [], "0.00")
    refused(await api.get(path, language="de"), 422, "invalid_request", "language")
    span = {"from": since, "to": since}
    refused(await api.get(path, **span), 422, "invalid_request", "to")


async def test_a_statement_has_a_limit(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, (account,) = await cards(api)
    for _ in range(3):
        await api.accrue(account, "1")
    path = f"/accounts/{account}/statement"
    monkeypatch.setattr(statement, "AT_ONCE", 2)
    assert [each["balance_after"] for each in fine(await api.get(path))["rows"]] == [
        "1.00", "2.00", "3.00",
    ]  # fmt: skip
    monkeypatch.setattr(statement, "LONGEST", 2)
    refused(await api.get(path), 422, "invalid_request", "to")


async def test_tables(api: Api, clock: Clock) -> None:
    """The same figures as the JSON has; nothing that a spreadsheet would execute."""
    program, currency, (account,) = await cards(api, overdraft="50")
    await api.accrue(account, "10", expires_at="2026-04-01T00:00:00Z")
    await api.redeem(account, "30")
    await api.accrue(account, "5")
    path = f"/programs/{program}/reports"
    answer, lines = await sheet(api, f"{path}/liability")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == 'attachment; filename="liability.csv"'
    assert "accept" in answer.headers["vary"]
    assert answer.text.endswith("\r\n")
    assert lines[0] == ["as_of", "currency_id", "figure", "month", "amount"]
    figures = {line[2]: line[4] for line in lines[1:]}
    found = await report(api, program, "liability")
    assert (figures["deficit"], figures["net"], figures["value"]) == ("15.00", "-15.00", "")
    assert figures["outstanding"] == found["outstanding"]
    for name in NAMES[1:]:
        json = await report(api, program, name, **SPAN)
        _, lines = await sheet(api, f"{path}/{name}", **SPAN)
        assert lines[0] == ["as_of", "currency_id", *json["data"][0]]
        for line, each in zip(lines[1:], json["data"], strict=True):
            assert line == [
                clock.text(),
                currency,
                *("" if value is None else str(value).lower() if value in (True, False)
                  and isinstance(value, bool) else str(value) for value in each.values()),
            ]  # fmt: skip
    _, lines = await sheet(api, f"/accounts/{account}/statement")
    assert [line[-1] for line in lines] == [
        "balance_after", "0.00", "10.00", "-20.00", "-15.00", "-15.00",
    ]  # fmt: skip
    assert [line[2] for line in lines] == [
        "type", "opening", "accrue", "redeem", "accrue", "closing",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/csv", True),
        ("TEXT/CSV; charset=utf-8", True),
        ("text/csv, */*", True),
        ("*/*, text/csv", False),
        ("application/json;q=0.5, text/csv", True),
        ("text/csv;q=0.5, application/json", False),
        ("text/csv;q=0", False),
        ("text/csv;q=much", False),
        ("text/html", False),
        ("", False),
    ],
)
def test_who_wants_a_table(accept: str, wanted: bool) -> None:
    assert prefers_csv(accept) is wanted


async def test_what_is_refused(api: Api, stranger: Api) -> None:
    program, currency, (account,) = await cards(api)
    path = f"/programs/{program}/reports"
    for name in NAMES[1:]:
        for left_out in SPAN:
            rest = {key: value for key, value in SPAN.items() if key != left_out}
            answer = await api.get(f"{path}/{name}", **rest)
            refused(answer, 422, "invalid_request", left_out)
        swapped = {"from": SPAN["to"], "to": SPAN["from"]}
        refused(await api.get(f"{path}/{name}", **swapped), 422, "invalid_request", "to")
        longest = {"from": "2024-01-01T00:00:00Z", "to": "2026-09-27T00:00:00Z"}
        assert len((await report(api, program, name, **longest))["data"]) == 1_000
        beyond = {**longest, "to": "2026-09-27T00:15:00Z"}
        answer = await api.get(f"{path}/{name}", **beyond)
        refused(answer, 422, "invalid_request", "resolution")
        answer = await api.get(f"{path}/{name}", **SPAN, resolution="hour")
        refused(answer, 422, "invalid_request", "resolution")
    for name in ("activity", "breakage"):
        for edge, value in SPAN.items():
            span = {**SPAN, edge: value.replace("00:00Z", "00:01Z")}
            refused(await api.get(f"{path}/{name}", **span), 422, "invalid_request", edge)
    answer = await api.get(f"{path}/activity", **SPAN, by="moon")
    refused(answer, 422, "invalid_request", "by")
    for name in ("liability", "breakage"):
        span = SPAN if name == "breakage" else {}
        answer = await api.get(f"{path}/{name}", **span, as_of="2026-03-01T12:00:01Z")
        refused(answer, 422, "invalid_request", "as_of")
    other = await cards(api)
    refused(await api.get(f"{path}/liability", currency_id=other[1]), 404, "not_found")
    await api.currency(program, name="Stars")
    refused(await api.get(f"{path}/liability"), 422, "invalid_request", "currency_id")
    refused(await stranger.get(f"{path}/liability", currency_id=currency), 404, "not_found")
    refused(await stranger.get(f"/accounts/{account}/statement"), 404, "not_found")


async def test_who_may_look(api: Api) -> None:
    """Viewers of the program may, people of other programs may not."""
    program, _, (account,) = await cards(api)
    await api.accrue(account, "10")
    viewer = await as_person(api, "viewer", role="viewer", program_ids=[program])
    other = await as_person(api, "other", role="admin", program_ids=[(await api.program())["id"]])
    for name in NAMES:
        params = {} if name == "liability" else SPAN
        found = await report(api, program, name, **params)
        assert await report(viewer, program, name, **params) == found
        answer = await other.get(f"/programs/{program}/reports/{name}", **params)
        refused(answer, 404, "not_found")
    assert fine(await viewer.get(f"/accounts/{account}/statement"))["closing"] == "10.00"
    refused(await other.get(f"/accounts/{account}/statement"), 404, "not_found")


async def test_weeks_begin_on_monday(api: Api) -> None:
    program, _, _ = await cards(api, 0)
    span = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-17T00:00:00Z", "resolution": "week"}
    data = (await report(api, program, "activity", **span))["data"]
    assert [each["begins_at"][:10] for each in data] == [
        "2026-03-01", "2026-03-02", "2026-03-09", "2026-03-16",
    ]  # fmt: skip
    assert instants.read(data[-1]["ends_at"]) == instants.read(span["to"])
