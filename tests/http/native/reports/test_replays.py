"""Every report equals a replay of the journals, whether a worker ran or not."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stampbook.dialects import instants
from stampbook.dialects.native import ids
from stampbook.domain.flows import quarter
from stampbook.domain.model import MICROSECONDS, SEQUENCE_BITS, Kind, State
from stampbook.ledger.following.projections import advance
from stampbook.storage.store import Store
from tests.feed.test_totals import OWING, SLIDING, random_act
from tests.http.native.asking import Api, Clock, fine
from tests.http.native.reports.replaying import OPEN, Replay, replay
from tests.laws.histories import DAY, START, Teller
from tests.ledgers.on_store import StoreLedger
from tests.ledgers.seen import AccountPlan, Plan

BERLIN = "Europe/Berlin"
CURRENCIES = {"sliding": SLIDING._replace(overdraft=50), "owing": OWING}


class Club:
    """Three accounts in one currency, and the reports about it."""

    def __init__(self, api: Api, ledger: StoreLedger, clock: Clock) -> None:
        self.api, self.ledger, self.clock = api, ledger, clock

    async def report(self, name: str, **params: Any) -> Any:
        (currency,) = self.ledger.currencies.values()
        program = ids.write(ids.PROGRAM, self.ledger.program)
        params["currency_id"] = ids.write(ids.CURRENCY, currency.currency_id)
        named = {"from" if name == "since" else name: each for name, each in params.items()}
        return fine(await self.api.get(f"/programs/{program}/reports/{name}", **named))

    async def entries(self, name: str, **params: Any) -> list[dict[str, Any]]:
        """A list behind a report, from its pages."""
        found: list[dict[str, Any]] = []
        page = await self.report(name, limit=7, **params)
        while page["next_cursor"] is not None:
            assert len(page["data"]) == 7
            found += page["data"]
            page = await self.report(name, limit=7, cursor=page["next_cursor"], **params)
        return [*found, *page["data"]]

    async def periods(self, name: str, edges: list[int], **params: Any) -> list[dict[str, Any]]:
        """The rows of a report by days, whose bounds are these."""
        since, to = instants.write(edges[0]), instants.write(edges[-1])
        data: list[dict[str, Any]] = (await self.report(name, since=since, to=to, **params))["data"]
        bounds = [(instants.write(begin), instants.write(end)) for begin, end in pairwise(edges)]
        assert [(each["begins_at"], each["ends_at"]) for each in data] == bounds
        return [{key: plain(value) for key, value in each.items()} for each in data]


def plain(value: Any) -> Any:
    """Amounts as integers; anything else as it is."""
    try:
        return int(value) if isinstance(value, str) else value
    except ValueError:
        return value


def days() -> list[int]:
    """Begins of days in Berlin, from before the history to after it, over the spring's change."""
    first = START - DAY - 3_600 * MICROSECONDS
    spring = instants.read("2026-03-28T23:00:00Z")
    edges = [at for at in range(first, first + 120 * DAY, DAY) if at <= spring]
    return [*edges, *(spring + at * DAY - 3_600 * MICROSECONDS for at in range(1, 20))]


async def compare(club: Club, found: Replay, dice: random.Random) -> None:
    now, edges = club.clock.now, days()
    zone = ZoneInfo(BERLIN)
    past = [None, dice.randint(START - DAY, now), dice.choice(found.rows).recorded_at]
    for at in past:
        then = found if at is None else found.at(at)
        as_of = {} if at is None else {"as_of": instants.write(at)}
        answer = await club.report("liability", **as_of)
        assert answer["as_of"] == instants.write(now if at is None else at)
        expected = then.liability(zone)
        months = [(each["month"], int(each["outstanding"])) for each in answer["by_expiry"]]
        assert months == expected.pop("by_expiry")
        assert {name: plain(answer[name]) for name in expected} == expected
        assert sum(amount for _, amount in months) == plain(answer["outstanding"])
        balances = [
            fine(await club.api.get(f"/accounts/{ids.write(ids.ACCOUNT, number)}/balance", **as_of))
            for number in club.ledger.accounts.values()
        ]
        assert plain(answer["net"]) == sum(int(each["total"]) for each in balances)
        for row, cohort in zip(
            await club.periods("breakage", edges, **as_of), then.breakage(edges), strict=True
        ):
            assert {name: row[name] for name in cohort} == cohort
            assert row["issued"] == sum(
                row[each] for each in ("revoked", "spent", "expired", "open")
            )
    for row, expected in zip(
        await club.periods("expiring", edges), found.expiring(edges), strict=True
    ):
        assert {name: row[name] for name in expected} == expected
    await compare_activity(club, found, edges)


async def compare_activity(club: Club, found: Replay, edges: list[int]) -> None:
    recorded = await club.periods("activity", edges)
    effective = await club.periods("activity", edges, by="effective")
    for rows, expected in (
        (recorded, found.activity(edges, lambda row: row.recorded_at)),
        (effective, found.activity(edges, lambda row: row.effective_at)),
    ):
        for row, figures in zip(rows, expected, strict=True):
            row["deficit_gone"] = row["deficit_paid"] + row["deficit_cancelled"]
            assert {name: row[name] for name in figures} == figures
    for end, row in zip(edges[1:], recorded, strict=True):
        then = found.at(end - 1)
        assert (row["closing"], row["closing_deficit"]) == (then.outstanding, then.deficit)
        come = row["issued"] + row["returned"] + row["reinstated"]
        gone = row["redeemed"] + row["expired"] + row["revoked"]
        assert row["closing"] == row["opening"] + come - gone
        assert row["closing_deficit"] == row["opening_deficit"] + row["deficit_created"] - (
            row["deficit_paid"] + row["deficit_cancelled"]
        )
    for before, after in pairwise(recorded):
        assert before["closing"] == after["opening"]
        assert before["closing_deficit"] == after["opening_deficit"]
    names = ("opening", "closing", "opening_deficit", "closing_deficit")
    assert {row[name] for row in effective for name in names} == {None}


async def compare_lists(club: Club, found: Replay, dice: random.Random) -> None:
    """What is behind a figure is each row that moved it, and each lot that has something."""
    edges = days()
    begin, end = sorted(dice.sample(edges, 2))
    span = {"since": instants.write(begin), "to": instants.write(end)}
    postings = {
        "expired": (OPEN, [State.EXPIRED]),
        "returned": ([State.SPENT], OPEN),
        "deficit_created": ([State.OUTSIDE], [State.OWED]),
        "given": ([State.OUTSIDE], [state for state in State if 0 < state < State.OWED]),
    }
    for by, dated in (("recorded", "recorded_at"), ("effective", "effective_at")):
        rows = sorted(
            (quarter(getattr(row, dated)), row.account, row.seq, row)
            for row in found.rows
            if begin <= getattr(row, dated) < end
        )
        for figure in ("transactions", "cancels", *postings):
            listed = await club.entries("activity/transactions", **span, by=by, figure=figure)
            sources, targets = postings.get(figure, ((), ()))
            assert [each["id"] for each in listed] == [
                ids.write(ids.TRANSACTION, row.number)
                for *_, row in rows
                if figure == "transactions"
                or (figure == "cancels" and row.kind is Kind.CANCEL)
                or any(each.source in sources and each.target in targets for each in row.postings)
            ], (figure, by)
    at = dice.choice([None, dice.randint(START - DAY, club.clock.now)])
    then = found if at is None else found.at(at)
    as_of = {} if at is None else {"as_of": instants.write(at)}
    for state in ("available", "held", "pending"):
        listed = await club.entries("liability/lots", state=state, **as_of)
        have = sorted(
            (expires_at, book.number, lot.seq, getattr(lot, state))
            for book, lot, expires_at in then.lots()
            if getattr(lot, state)
        )
        assert [(each["lot_id"], int(each[state])) for each in listed] == [
            (lot_id(account, seq), amount) for _, account, seq, amount in have
        ]
    owing = {book.number: book.owed for book in then.books if book.owed}
    listed = await club.entries("liability/lots", state="deficit", **as_of)
    assert {ids.read(ids.ACCOUNT, each["account_id"]): int(each["deficit"]) for each in listed} == (
        owing
    )
    listed = await club.entries("liability/lots", **span, **as_of)
    assert [each["lot_id"] for each in listed] == [
        lot_id(*place)
        for _, *place in sorted(
            (expires_at, book.number, lot.seq)
            for book, lot, expires_at in then.lots()
            if lot.is_open and begin <= expires_at - 1 < end
        )
    ]


def lot_id(account: int, seq: int) -> str:
    return ids.write(ids.LOT, account << SEQUENCE_BITS | seq)


async def compare_statements(club: Club, found: Replay, dice: random.Random) -> None:
    for number in club.ledger.accounts.values():
        since = dice.randint(START - DAY, club.clock.now)
        until = dice.randint(since + 1, club.clock.now + DAY)
        account = ids.write(ids.ACCOUNT, number)
        span = {"from": instants.write(since), "to": instants.write(until)}
        answer = fine(await club.api.get(f"/accounts/{account}/statement", **span))
        rows = [
            row for row in found.rows if row.account == number and since <= row.recorded_at < until
        ]
        assert [each["transaction_id"] for each in answer["rows"]] == [
            ids.write(ids.TRANSACTION, row.number) for row in rows
        ]
        balance = int(answer["opening"])
        assert balance == next(
            book.active for book in found.at(since - 1).books if book.number == number
        )
        for each in answer["rows"]:
            balance += int(each["effect"])
            assert int(each["balance_after"]) == balance
            assert each["text"]
        assert int(answer["closing"]) == balance


@pytest.mark.parametrize("works", [False, True])
@pytest.mark.parametrize("currency", CURRENCIES)
async def test_random_histories(
    api: Api, store: Store, clock: Clock, currency: str, works: bool
) -> None:
    dice = random.Random(f"{currency} {works}")
    policy = CURRENCIES[currency]._replace(timezone=BERLIN)
    accounts = {name: AccountPlan(name, "points") for name in "abc"}
    ledger = StoreLedger(store)
    teller = Teller(ledger)
    await teller.begin(Plan({"points": policy}, accounts))
    club = Club(api, ledger, clock)
    for _ in range(3):
        for _ in range(dice.randint(10, 25)):
            await teller.act(random_act(dice))
            if works and dice.random() < 0.3:
                await ledger.engine.settle(list(ledger.accounts.values()))
                await advance(store, now=0, limit=dice.choice([3, 500]))
        clock.now = teller.now + dice.randint(0, 2 * DAY)
        found = await replay(ledger, clock.now)
        await compare(club, found, dice)
        await compare_statements(club, found, dice)
        await compare_lists(club, found, dice)
        teller.now = clock.now
        ledger.set_clock(clock.now)
        for number in ledger.accounts.values():
            ledger.engine.forget([number])
    await ledger.finish()
