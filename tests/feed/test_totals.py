"""Sums over a currency agree with its journals, wherever the follower is when they are read."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import pytest

from stampbook.domain.audit import rebuild
from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Note
from stampbook.domain.flows import FOLLOWER, QUARTER, flows_of
from stampbook.domain.model import FOREVER, MAX_AMOUNT, Kind, State, Transaction
from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, SpentAccrual, Unit
from stampbook.ledger.following.projections import advance, empty
from stampbook.ledger.journal.cohorts import Became, cohorts
from stampbook.ledger.journal.owed import NEVER, Amounts, liability
from stampbook.ledger.journal.totals import Bucket, Open, Sum, What, activity, expiring
from stampbook.storage.positions import START as FIRST
from stampbook.storage.positions import position_of
from stampbook.storage.store import Store
from tests.laws.histories import (
    BY_HAND,
    CHANGES,
    DAY,
    GENEROUS,
    ORIGINALS,
    PLAIN,
    START,
    Act,
    Teller,
    plan_of,
)
from tests.ledgers.on_store import StoreLedger
from tests.ledgers.seen import AccountPlan, Plan

SLIDING = PLAIN._replace(expiry=ExpiryRule(ExpiryType.SLIDING, Period(3, Unit.DAY)))
OWING = GENEROUS._replace(spent_accrual=SpentAccrual.DEBT)
VERBS = (*ORIGINALS, *ORIGINALS, *CHANGES, *BY_HAND, "transfer", "wait", "wait")
BOUNDS = [
    START - DAY,
    *(START + day * DAY + 4 * QUARTER for day in range(0, 60, 2)),
    START + 999 * DAY,
]
EXPIRIES = [*BOUNDS, FOREVER]
DAYS = (None, None, 1, 2, 4)


def random_act(dice: random.Random) -> Act:
    return Act(
        dice.choice(VERBS),
        dice.choice("abc"),
        dice.randint(1, 120),
        dice.randint(0, 12),
        dice.choice([None, None, 3, 40]),
        dice.choice(DAYS),
        dice.choice(DAYS),
    )


async def rows_of(ledger: StoreLedger, name: str) -> list[Transaction]:
    return await ledger.store.journal(ledger.accounts[name], after=0, limit=10_000)


def summed(
    rows: Sequence[Transaction], bounds: Sequence[int], *, by_effective: bool
) -> list[Bucket]:
    """The buckets according to the journal, row by row."""
    buckets: list[Bucket] = []
    for start, end in pairwise(bounds):
        amounts: dict[What, list[int]] = defaultdict(list)
        there = [
            row
            for row in rows
            if start <= (row.effective_at if by_effective else row.recorded_at) < end
        ]
        for row in there:
            for flow, amount in flows_of(row):
                amounts[What(flow.kind, flow.source, flow.target)].append(amount)
        sums = {what: Sum(len(each), sum(each)) for what, each in amounts.items()}
        buckets.append(Bucket(sums, len({row.account for row in there})))
    return buckets


def day_of(at: int) -> tuple[int, int]:
    return at - at % DAY, at - at % DAY + DAY


def owed_by(books: Sequence[Book]) -> tuple[Amounts, int, list[tuple[tuple[int, int], int]]]:
    """What is open after replays, how many accounts have a total, and what expires on which day."""
    days: dict[tuple[int, int], int] = defaultdict(int)
    for book in books:
        for lot in book.lots.values():
            if lot.is_open:
                at = book.expires_at(lot)
                days[NEVER if at == FOREVER else day_of(at - 1)] += (
                    lot.pending + lot.available + lot.held
                )
    return (
        Amounts(
            sum(book.split[State.PENDING] for book in books),
            sum(book.split[State.AVAILABLE] for book in books),
            sum(book.split[State.HELD] for book in books),
            sum(book.owed for book in books),
            sum(book.owed_held for book in books),
        ),
        sum(book.total != 0 for book in books),
        sorted(days.items()),
    )


def became(
    books: Sequence[Book], rows: Sequence[Transaction], bounds: Sequence[int]
) -> list[Became]:
    """What became of the lots of each span after replays."""
    given = {(row.account, row.seq): row.effective_at for row in rows}
    found: list[Became] = []
    for start, end in pairwise(bounds):
        lots = [
            lot
            for book in books
            for lot in book.lots.values()
            if start <= given[book.number, lot.accrued_by] < end
        ]
        found.append(
            Became(
                sum(lot.issued for lot in lots),
                sum(lot.revoked for lot in lots),
                sum(lot.spent for lot in lots),
                sum(lot.expired for lot in lots),
                sum(lot.pending + lot.available + lot.held for lot in lots),
            )
        )
    return found


def open_in(books: Sequence[Book], start: int, end: int) -> Open:
    """What is open after a replay, in lots whose last live instant is in the span."""
    lots = [
        (book.number, lot)
        for book in books
        for lot in book.lots.values()
        if lot.is_open and start <= book.expires_at(lot) - 1 < end
    ]
    owing = [book for book in books if book.owed and end == FOREVER]
    return Open(
        sum(lot.pending for _, lot in lots),
        sum(lot.available for _, lot in lots),
        sum(lot.held for _, lot in lots),
        sum(book.owed for book in owing),
        len(lots),
        len({number for number, _ in lots} | {book.number for book in owing}),
    )


async def check(ledger: StoreLedger) -> None:
    """Every sum of every currency equals that of a replay."""
    store = ledger.store
    position = await position_of(store, FOLLOWER)
    total = await store.fetch_one(
        "SELECT count(*) AS n FROM transactions WHERE position > $1", position
    )
    assert total is not None
    for name, account in ledger.accounts.items():
        currency = ledger.currencies[f"currency-{name}"].currency_id
        rows = await rows_of(ledger, name)
        for by_effective in (False, True):
            found = await activity(store, currency, BOUNDS, by_effective=by_effective)
            assert found.rests_on == (position, total["n"])
            assert found.buckets == summed(rows, BOUNDS, by_effective=by_effective)
            (before,) = summed(rows, [0, BOUNDS[0]], by_effective=by_effective)
            assert found.before == before.sums
        book = await ledger.book(name)
        assert book.number == account
        everything = await liability(store, currency, day_of)
        assert everything.rests_on == (position, total["n"])
        assert everything[1:] == owed_by([book])
        assert everything.net == book.total
        dated = await expiring(store, currency, EXPIRIES)
        assert dated.buckets == [open_in([book], start, end) for start, end in pairwise(EXPIRIES)]
        given = await cohorts(store, currency, BOUNDS)
        assert given.rests_on == (position, total["n"])
        assert given.buckets == became([book], rows, BOUNDS)


async def check_past(ledger: StoreLedger, at: int) -> None:
    """Every sum of every currency at a past instant equals that of a replay."""
    for name in ledger.accounts:
        currency = ledger.currencies[f"currency-{name}"].currency_id
        rows = [row for row in await rows_of(ledger, name) if row.recorded_at <= at]
        last = await ledger.book(name)
        book = rebuild(last.identity(), last.policy, rows)
        everything = await liability(ledger.store, currency, day_of, as_of=at)
        assert everything[1:] == owed_by([book])
        given = await cohorts(ledger.store, currency, BOUNDS, as_of=at)
        assert given.buckets == became([book], rows, BOUNDS)


@pytest.mark.parametrize("seed", range(4))
async def test_sums_of_random_histories(store: Store, seed: int) -> None:
    """The follower stops at random places, and is emptied once."""
    dice = random.Random(seed)
    ledger = StoreLedger(store)
    teller = Teller(ledger)
    await teller.begin(plan_of(PLAIN, SLIDING, OWING))
    for at in range(10):
        for _ in range(dice.randint(5, 25)):
            await teller.act(random_act(dice))
        for _ in range(dice.randint(0, 3)):
            await advance(store, now=at, limit=dice.choice([1, 3, 10, 500]))
        if at == 5:
            await empty(store, now=at)
            assert await position_of(store, FOLLOWER) == FIRST
        await check(ledger)
        await check_past(ledger, dice.randint(START - DAY, ledger.now))
    while await advance(store, now=0, limit=7):
        pass
    await check(ledger)
    rows = [row for name in ledger.accounts for row in await rows_of(ledger, name)]
    for row in dice.choices(rows, k=10):
        await check_past(ledger, row.recorded_at - dice.randint(0, 1))
    everything = await liability(store, ledger.currencies["currency-c"].currency_id, day_of)
    assert everything.rests_on.newer == 0
    await ledger.finish()


async def test_an_earlier_effective_instant(store: Store) -> None:
    ledger = StoreLedger(store)
    await ledger.found(plan_of(PLAIN))
    ledger.set_clock(START + DAY)
    await ledger.submit("a", Accrue(5, note=Note(effective_at=START - DAY // 2)))
    for _ in range(2):
        await check(ledger)
        await advance(store, now=0)
    await ledger.finish()


async def test_sums_have_no_limit(store: Store) -> None:
    """A sum of more than a thousand of the largest amounts, which does not fit into 64 bits."""
    ledger = StoreLedger(store)
    accounts = {name: AccountPlan(name, "points") for name in "ab"}
    await ledger.found(Plan({"points": PLAIN}, accounts))
    ledger.set_clock(START)
    rounds = 520
    for _ in range(rounds):
        for name in accounts:
            answer = await ledger.submit(name, Accrue(MAX_AMOUNT))
            assert answer.refused is None
    amount = 2 * rounds * MAX_AMOUNT
    assert amount > FOREVER
    currency = ledger.currencies["points"].currency_id
    what = What(Kind.ACCRUE, State.OUTSIDE, State.AVAILABLE)
    for _ in range(4):
        found = await activity(store, currency, [START, START + QUARTER])
        assert found.buckets[0].sums[what] == Sum(2 * rounds, amount)
        everything = await liability(store, currency, day_of)
        assert everything.amounts == Amounts(available=amount)
        assert everything.accounts == 2
        assert everything.by_expiry == [(NEVER, amount)]
        (given,) = (await cohorts(store, currency, [START, START + QUARTER])).buckets
        assert given == Became(amount, 0, 0, 0, amount)
        await advance(store, now=0)
    await ledger.finish()


async def test_bounds_are_full_quarters(store: Store) -> None:
    with pytest.raises(ValueError, match="quarter"):
        await activity(store, 1, [START, START + 1])
    with pytest.raises(ValueError, match="quarter"):
        await cohorts(store, 1, [START, START + 1])
