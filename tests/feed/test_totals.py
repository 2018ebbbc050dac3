"""Sums over a currency agree with its journals, wherever the follower is when they are read."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Note
from stampbook.domain.flows import FOLLOWER, QUARTER
from stampbook.domain.model import FOREVER, MAX_AMOUNT, Kind, State, Transaction
from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, SpentAccrual, Unit
from stampbook.ledger.following.projections import advance, empty
from stampbook.ledger.journal.totals import Open, Sum, What, activity, expiring, liability
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


def summed(rows: Sequence[Transaction], *, by_effective: bool) -> list[dict[What, Sum]]:
    """The buckets according to the journal, row by row."""
    buckets: list[dict[What, Sum]] = []
    for start, end in pairwise(BOUNDS):
        amounts: dict[What, list[int]] = defaultdict(list)
        for row in rows:
            if start <= (row.effective_at if by_effective else row.recorded_at) < end:
                amounts[What(row.kind, State.OUTSIDE, State.OUTSIDE)].append(row.amount)
                for posting in row.postings:
                    amounts[What(row.kind, posting.source, posting.target)].append(posting.amount)
        buckets.append({what: Sum(len(each), sum(each)) for what, each in amounts.items()})
    return buckets


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
            assert found.buckets == summed(rows, by_effective=by_effective)
        book = await ledger._read(name)
        assert book.number == account
        everything = await liability(store, currency)
        assert everything.rests_on == (position, total["n"])
        assert everything.open == open_in([book], 0, FOREVER)
        dated = await expiring(store, currency, EXPIRIES)
        assert dated.buckets == [open_in([book], start, end) for start, end in pairwise(EXPIRIES)]


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
    while await advance(store, now=0, limit=7):
        pass
    await check(ledger)
    everything = await liability(store, ledger.currencies["currency-c"].currency_id)
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
        assert found.buckets[0][what] == Sum(2 * rounds, amount)
        everything = await liability(store, currency)
        assert everything.open == Open(available=amount, lots=2 * rounds, accounts=2)
        await advance(store, now=0)
    await ledger.finish()


async def test_bounds_are_full_quarters(store: Store) -> None:
    with pytest.raises(ValueError, match="quarter"):
        await activity(store, 1, [START, START + 1])
