"""A picture's values equal a replay of the journal, and its future what the ledger says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import strategies as st

from stampbook.console.pictures.history import Range, lots_history
from stampbook.console.pictures.values import DAY_US, Level, LotsHistory, Split, split_at
from stampbook.domain.audit import apply_row, rebuild
from stampbook.domain.commands import Accrue, Cancel, Command, Hold, Note, Redeem
from stampbook.domain.model import Kind, Lot, Transaction, split_number, transaction_number
from stampbook.domain.policy import Policy
from stampbook.ledger.engine import Ledger
from stampbook.storage.store import Demand, Store
from tests.conftest import CAMPAIGN_EXAMPLES
from tests.laws.conftest import StoredPlace, on_a_store
from tests.laws.histories import GENEROUS, PLAIN, START, Act, histories, plan_of, policies
from tests.laws.test_laws import MANY, Open, holds, told
from tests.ledgers.on_store import TENANT, StoreLedger

pytestmark = pytest.mark.hypothesis

ALL = 60


@pytest.fixture(params=["sqlite", "postgres"])
def stored_place(request: pytest.FixtureRequest) -> Iterator[StoredPlace]:
    with on_a_store(request.getfixturevalue(f"{request.param}_address")) as stored:
        yield replace(stored, examples=CAMPAIGN_EXAMPLES or 25)


def split_of(lot: Lot) -> Split:
    return Split(lot.available, lot.held, lot.pending, lot.spent, lot.expired, lot.revoked)


async def rows_of(ledger: StoreLedger, name: str) -> list[Transaction]:
    return await ledger.store.journal(ledger.accounts[name], after=0, limit=5_000)


async def drawn(ledger: StoreLedger, **asked: Any) -> LotsHistory:
    found = await lots_history(
        ledger.engine, ledger.store, ledger.accounts["a"], tenant=TENANT, **asked
    )
    assert found is not None
    return found


async def replayed(ledger: StoreLedger) -> dict[int, dict[int, Split]]:
    """The lots after the last row of each instant, by replaying the journal."""
    rows = await rows_of(ledger, "a")
    known = await ledger.engine.read(ledger.accounts["a"], tenant=TENANT)
    assert known is not None
    book = rebuild(known.identity(), known.policy, [])
    found: dict[int, dict[int, Split]] = {}
    for row in rows:
        apply_row(book, row)
        book.head, book.seq, book.clock = row.hash, row.seq, row.recorded_at
        found[row.recorded_at] = {seq: split_of(lot) for seq, lot in book.lots.items()}
    return found


async def check_past(ledger: StoreLedger, history: LotsHistory) -> None:
    """All that the picture says of the time up to `at`."""
    by_instant = await replayed(ledger)
    instants = [at for at in by_instant if history.since <= at <= history.at]
    lives = {split_number(life.number)[1]: life for life in history.lots}
    for at in instants:
        for seq, life in lives.items():
            assert life.at(at) == by_instant[at].get(seq, Split()), (at, seq)
        said = history.levels[[level.at for level in history.levels].index(at)]
        await same_as(ledger, said)
    for life in history.lots:
        assert [each.at for each in life.levels] == sorted({each.at for each in life.levels})
        assert all(sum(each.split) == life.issued for each in life.levels)


async def same_as(ledger: StoreLedger, level: Level) -> None:
    """The account's figures at the level's instant, as the ledger answers them."""
    balance = await ledger.balance("a", level.at)
    assert level.available - level.deficit == balance.active
    assert (level.held, level.pending, level.deficit) == (
        balance.held,
        balance.pending,
        balance.deficit,
    )
    assert level.total == balance.total


def test_it_equals_a_replay(stored_place: StoredPlace) -> None:
    async def law(open_ledger: Open, history: list[Act], policy: Policy, back: int) -> None:
        async with told(open_ledger, history, policy) as teller:
            ledger = teller.ledger
            assert isinstance(ledger, StoreLedger)
            await ledger.settle("a")
            for asked in (
                {"range_": Range.ALL, "lanes": ALL},
                {"lanes": ALL},
                {"range_": Range.ALL, "lanes": 2, "at": teller.now - back * DAY_US // 2},
            ):
                found = await drawn(ledger, **asked)
                await check_past(ledger, found)
                if asked.get("range_") is Range.ALL and found.lots and "at" not in asked:
                    known = await ledger.engine.read(ledger.accounts["a"], tenant=TENANT)
                    assert known is not None
                    assert len(found.lots) == known.lots_made
                open_now = [sum(life.at(found.at)[:3]) for life in found.lots]
                others = found.others
                if others is not None:
                    open_now.append(sum(split_at(others.levels, found.at)))
                now = found.now()
                held = now.held - (await lacking_of_holds(ledger, found))
                assert sum(open_now) == now.available + held + now.pending

    holds(
        stored_place,
        law,
        history=histories(verbs=MANY),
        policy=policies(),
        back=st.integers(0, 8),
    )


async def lacking_of_holds(ledger: StoreLedger, history: LotsHistory) -> int:
    book = await ledger.engine.read(ledger.accounts["a"], tenant=TENANT, at=history.at)
    assert book is not None
    return book.owed_held


def test_the_future_is_what_the_ledger_answers(stored_place: StoredPlace) -> None:
    async def law(open_ledger: Open, history: list[Act], policy: Policy) -> None:
        async with told(open_ledger, history, policy) as teller:
            ledger = teller.ledger
            assert isinstance(ledger, StoreLedger)
            found = await drawn(ledger, lanes=ALL)
            for level in found.levels:
                if level.at > found.at:
                    await same_as(ledger, level)
                    await same_lots(ledger, found, level.at)
            # Nothing happens between the levels either.
            end = await ledger.balance("a", found.until)
            assert found.levels[-1].total == end.total

    holds(stored_place, law, history=histories(verbs=MANY), policy=policies())


async def same_lots(ledger: StoreLedger, history: LotsHistory, at: int) -> None:
    book = await ledger.engine.read(ledger.accounts["a"], tenant=TENANT, at=at)
    assert book is not None
    for life in history.lots:
        seq = split_number(life.number)[1]
        if seq in book.lots:
            assert life.at(at) == split_of(book.lots[seq])


def test_lanes_are_in_the_order_in_which_lots_pay(stored_place: StoredPlace) -> None:
    async def law(open_ledger: Open, history: list[Act], policy: Policy) -> None:
        async with told(open_ledger, history, policy) as teller:
            ledger = teller.ledger
            assert isinstance(ledger, StoreLedger)
            await ledger.settle("a")
            active = (await ledger.balance("a")).active
            if active <= 0:
                return
            account = ledger.accounts["a"]
            outcome = await ledger.engine.submit(
                ledger.submission("a", Redeem(active), dry_run=True)
            )
            (row,) = outcome.transactions  # type: ignore[union-attr]
            paid = [posting.lot for posting in row.postings if posting.lot]
            found = await drawn(ledger, lanes=ALL)
            numbers = [life.number for life in found.lots[: len(paid)]]
            assert numbers == [transaction_number(account=account, seq=seq) for seq in paid]

    holds(stored_place, law, history=histories(verbs=MANY), policy=policies())


# -- single cases ------------------------------------------------------------------------------


async def made(store: Store, *steps: Command, policy: Policy = PLAIN) -> StoreLedger:
    ledger = StoreLedger(store)
    await ledger.found(plan_of(policy))
    for at, step in enumerate(steps):
        ledger.set_clock(START + at * DAY_US)
        answer = await ledger.submit("a", step)
        assert answer.refused is None, step
    return ledger


async def test_what_comes_is_dated(store: Store) -> None:
    ledger = await made(
        store,
        Accrue(100, expires_at=START + 50 * DAY_US, note=Note(external_id="order-1")),
        Accrue(60, activates_at=START + 20 * DAY_US, expires_at=START + 70 * DAY_US),
        Hold(30, timeout_s=10 * 86_400),
        Redeem(20),
    )
    found = await drawn(ledger)
    future = [(level.at - START) / DAY_US for level in found.levels if level.at > found.at]
    assert future == [12, 20, 50, 70]
    assert [level.available for level in found.levels if level.at > found.at] == [80, 140, 60, 0]
    assert [(life.source, life.expiring) for life in found.lots] == [("order-1", 80), ("", 60)]
    assert not found.is_cut
    await ledger.finish()


async def test_later_lots_are_folded_and_cancels_marked(store: Store) -> None:
    accruals = [Accrue(10, expires_at=START + (400 + at) * DAY_US) for at in range(15)]
    ledger = await made(store, *accruals, Redeem(35), Cancel(16, 12))
    account = ledger.accounts["a"]
    found = await drawn(ledger, chosen=transaction_number(account=account, seq=16))
    assert len(found.lots) == 12
    assert found.others is not None
    assert found.others.count == 3
    assert split_at(found.others.levels, found.at) == Split(available=10)  # the last; two are spent
    cancels = {each.transaction for life in found.lots for each in life.cancels}
    assert cancels == {transaction_number(account=account, seq=17)}
    assert [split_number(each.transaction)[1] for each in found.chosen] == [16, 17]
    assert [len(each.lots) for each in found.chosen] == [4, 2]
    assert found.is_cut  # thirteen months are less than 414 days
    await ledger.finish()


async def test_of_another_tenant_there_is_nothing(store: Store) -> None:
    ledger = await made(store, Accrue(10))
    account, engine, other = ledger.accounts["a"], ledger.engine, ledger.program + 1
    assert await lots_history(engine, store, account, tenant=TENANT + 1) is None
    assert await lots_history(engine, store, account, tenant=TENANT, program=other) is None
    await ledger.finish()


class Counted:
    """A store that counts statements, loads, and the rows that it answers."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked = self.rows = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def fetch(self, sql: str, *args: object) -> Any:
        found = await self._store.fetch(sql, *args)
        self.asked, self.rows = self.asked + 1, self.rows + len(found)
        return found

    async def fetch_one(self, sql: str, *args: object) -> Any:
        self.asked, self.rows = self.asked + 1, self.rows + 1
        return await self._store.fetch_one(sql, *args)

    async def load(self, shard: int, demands: list[Demand]) -> Any:
        found = await self._store.load(shard, demands)
        self.asked += 1
        self.rows += sum(len(each.states) + len(each.rows) + len(each.lots) for each in found)
        return found

    async def journal(self, account: int, *, after: int, limit: int) -> Any:
        raise AssertionError("a picture reads no whole rows")


async def test_what_a_long_account_costs(store: Store) -> None:
    """A few statements, however long the journal, and each row of the range once."""
    costs = []
    for pairs in (20, 200):
        ledger = await made(store, Accrue(1_000), policy=GENEROUS)
        for pair in range(pairs):
            ledger.set_clock(START + DAY_US + pair)
            await ledger.submit("a", Accrue(10, expires_at=START + 60 * DAY_US))
            await ledger.submit("a", Redeem(10))
        counted: Any = Counted(store)
        engine = Ledger(counted, clock=lambda: START + 30 * DAY_US)
        found = await lots_history(engine, counted, ledger.accounts["a"], tenant=TENANT)
        assert found is not None
        assert len(found.lots) == 12
        costs.append((counted.asked, counted.rows - 2 * pairs))
        # Seen from a year later, the range has no row of it but the last one before.
        later: Any = Counted(store)
        engine = Ledger(later, clock=lambda: START + 400 * DAY_US)
        await lots_history(engine, later, ledger.accounts["a"], tenant=TENANT, range_=Range.DAYS)
        assert later.rows < 20
        await ledger.finish()
    assert costs[0] == costs[1]
    assert costs[0][0] <= 7
    assert costs[0][1] <= 40


async def test_a_lot_that_pays_back_after_its_expiry(store: Store) -> None:
    ledger = await made(
        store, Accrue(100, expires_at=START + 3 * DAY_US), Redeem(40), Accrue(5), Accrue(5)
    )
    ledger.set_clock(START + 9 * DAY_US)
    await ledger.settle("a")
    seq = next(row.seq for row in await rows_of(ledger, "a") if row.kind is Kind.REDEEM)
    await ledger.submit("a", Cancel(seq))
    found = await drawn(ledger)
    life = next(life for life in found.lots if life.issued == 100)
    assert [each.split for each in life.levels][-2:] == [
        Split(spent=40, expired=60),
        Split(expired=100),
    ]
    assert life.cancels
    await ledger.finish()
