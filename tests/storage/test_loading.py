"""What a store loads is what a complete book knows (storage.store.Demand)."""

from __future__ import annotations

import random

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Commit, Hold, Note, Redeem, Release
from stampbook.domain.deciding import decide
from stampbook.domain.model import FOREVER, AccountStatus, Kind, Status
from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, Unit
from stampbook.storage.store import PAGE, AccountFound, Demand, Store
from tests.storage.building import (
    DAY,
    NOW,
    Expected,
    carry_out,
    complete_book,
    default_movement,
    expected_page,
    lively_book,
    load_one,
    make_account,
    make_accounts,
    make_currency,
    same,
    window_keys,
)


def assert_found(book: Book, found: AccountFound, demand: Demand) -> None:
    """All that the demand names is there, and nothing is there that is not as it should be."""
    expected = Expected(book, demand)
    rows = {row.seq: row for row in found.rows}
    lots = {lot.seq: lot for lot in found.lots}
    payees = {payee.seq: payee for payee in found.payees}
    movements = {movement.seq: movement for movement in found.movements}
    assert found.exists
    assert found.version == book.saved_version
    assert found.payers_of == demand.payers_of
    assert expected.rows <= rows.keys()
    assert expected.lots <= lots.keys()
    assert expected.payees <= payees.keys()
    assert all(row == book.rows[seq] for seq, row in rows.items())
    assert all(type(row.kind) is Kind and type(row.by_clock) is bool for row in rows.values())
    assert all(same(lot, book.lots[seq]) for seq, lot in lots.items())
    assert all(
        same(payee, book.payee(seq)) if book.payee(seq).parts else not payee.parts
        for seq, payee in payees.items()
    )
    for seq, row in rows.items():
        assert same(movements.get(seq) or default_movement(row), book.movement(seq))
    assert all(same(movement, book.movement(seq)) for seq, movement in movements.items())


async def test_an_account_that_does_not_exist(store: Store) -> None:
    for demand in (Demand(77, opening=True), Demand(77, rows=frozenset({1})), Demand(77)):
        found = await load_one(store, demand)
        assert not found.exists
        assert found.facts is None
        assert found.version == 0
        assert [*found.rows, *found.lots, *found.payees, *found.movements] == []


async def test_a_new_account(store: Store) -> None:
    account = await make_account(store)
    found = await load_one(store, Demand(account, opening=True))
    assert found.exists
    facts = found.facts
    assert facts is not None
    assert facts.number == account
    assert facts.shard == account % store.shards
    assert type(facts.status) is AccountStatus
    assert (facts.version, facts.seq, facts.lots, facts.clock, facts.issued) == (1, 0, 0, 0, 0)
    assert facts.head == bytes(32)
    assert (facts.slides_at, facts.slid_at, facts.next_due_at) == (FOREVER, 0, FOREVER)
    assert found.horizons == dict.fromkeys(("spendable", "waiting", "deadlines", "owing"))
    assert [*found.lots, *found.payees, *found.movements] == []


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("policy", ["debt", "clamp"])
async def test_demands_of_an_account_with_a_history(store: Store, policy: str, seed: int) -> None:
    account = await make_account(store, spent_accrual=policy, overdraft=300)
    book = await lively_book(store, account, seed=seed)
    opened = await load_one(store, Demand(account, opening=True))
    assert opened.facts == book.facts()
    every = frozenset(range(1, book.seq + 1))
    for demand in (
        Demand(account, rows=every),
        Demand(account, subjects=frozenset({"visit 1"})),
        Demand(account, lots=frozenset(book.lots)),
        Demand(account, payers_of=frozenset(book.lots)),
        Demand(account, payees=frozenset(book.payees)),
    ):
        assert_found(book, await load_one(store, demand), demand)
    dice = random.Random(seed)
    for _ in range(25):
        demand = random_demand(book, dice)
        found = await load_one(store, demand)
        assert_found(book, found, demand)
        assert (found.facts is not None) == demand.opening


def random_demand(book: Book, dice: random.Random) -> Demand:
    def some(numbers: list[int]) -> frozenset[int]:
        return frozenset(dice.sample(numbers, min(len(numbers), dice.randint(0, 2))))

    return Demand(
        book.number,
        opening=dice.random() < 0.3,
        rows=some(list(book.rows)),
        lots=some(list(book.lots)),
        payers_of=some(list(book.lots)),
        payees=some([row.seq for row in book.rows.values() if row.seq in book.payees]),
        subjects=frozenset(dice.sample(["visit 1", "visit 2"], dice.randint(0, 1))),
    )


@pytest.mark.parametrize("seed", range(4))
async def test_opening_brings_the_windows(store: Store, seed: int) -> None:
    account = await make_account(store, overdraft=300)
    book = await lively_book(store, account, seed=seed)
    found = await load_one(store, Demand(account, opening=True))
    partial = Book(book.facts(), book.policy)
    for lot in found.lots:
        partial.take_lot(lot)
    for payee in found.payees:
        partial.take_payee(payee)
    for movement in found.movements:
        partial.take_movement(movement)
    for name in ("spendable", "waiting", "deadlines", "owing"):
        assert window_keys(partial, name) == window_keys(book, name)
        assert found.horizons[name] is None
    for payee in found.payees:
        assert same(payee, book.payees[payee.seq])


async def test_a_batch_of_many_accounts(store: Store) -> None:
    currency = await make_currency(store)
    accounts = [
        account
        for account in await make_accounts(store, currency, 8)
        if account % store.shards == 0
    ]
    books = [await lively_book(store, account, seed=account, steps=15) for account in accounts]
    demands = [Demand(accounts[0], rows=frozenset({1}))]
    demands += [Demand(account, opening=True, rows=frozenset({1, 2})) for account in accounts[1:]]
    demands.insert(2, Demand(10_000 * store.shards, opening=True))
    found = await store.load(0, demands)
    assert [each.account for each in found] == [demand.account for demand in demands]
    assert not found[2].exists
    del found[2], demands[2]
    for book, each, demand in zip(books, found, demands, strict=True):
        assert_found(book, each, demand)


async def test_a_deficit_is_loaded_with_all_parts(store: Store) -> None:
    account = await make_account(store)
    book = await complete_book(store, account)
    await carry_out(store, book, Accrue(100), Accrue(40), Redeem(130), Cancel(1))
    assert book.owed == 90
    found = await load_one(store, Demand(account, opening=True))
    (payee,) = found.payees
    assert payee.parts == {0: 90, 2: 40}
    assert not payee.held


async def test_a_payee_without_parts_is_known(store: Store) -> None:
    account = await make_account(store)
    book = await complete_book(store, account)
    await carry_out(store, book, Accrue(100), Redeem(30), Cancel(2), Hold(20), Cancel(4))
    await carry_out(store, book, Hold(10), Commit(6), Cancel(6), Hold(5), Release(9))
    found = await load_one(store, Demand(account, payees=frozenset({2, 4, 6, 9})))
    held = {payee.seq: payee.held for payee in found.payees}
    assert held == {2: False, 4: True, 6: False, 9: True}
    assert not any(payee.parts for payee in found.payees)


async def test_every_field_of_a_row(store: Store) -> None:
    account = await make_account(store)
    book = await complete_book(store, account)
    note = Note(
        external_id="till-7/☕",
        reason="опечатка 'quoted' \"so\" \\ \n",
        actor="анна@till-3",
        metadata='{"n": 1.50, "s": "é\\u0000"}',
        effective_at=NOW - 40 * DAY,
        subject="visit:42",
    )
    await carry_out(store, book, Accrue(9 * 10**15, expires_at=NOW + DAY, note=note))
    await carry_out(store, book, Accrue(7, temporary=True, note=note), Hold(3, timeout_s=60))
    rows = await store.journal(account, after=0, limit=10)
    assert rows == [book.rows[seq] for seq in sorted(book.rows)]
    assert rows[0].metadata == note.metadata
    assert rows[2].deadline_at == NOW + 60_000_000


async def test_every_field_of_a_lot_and_of_a_movement(store: Store) -> None:
    account = await make_account(
        store,
        spent_accrual="clamp",
        expiry=ExpiryRule(ExpiryType.SLIDING, period=Period(30, Unit.DAY)),
    )
    book = await complete_book(store, account)
    await carry_out(store, book, Accrue(100), Redeem(60), Cancel(1, amount=70), Accrue(50))
    await carry_out(store, book, Accrue(9, temporary=True, timeout_s=1), now=NOW + DAY)
    await carry_out(store, book, Accrue(9), now=NOW + 2 * DAY)
    assert book.lots[1].doomed == 30
    assert book.lots[1].sliding
    assert book.lots[3].locked
    assert book.movements[5].status is Status.RELEASED
    demand = Demand(account, rows=frozenset(book.rows))
    assert_found(book, await load_one(store, demand), demand)


# -- pages --------------------------------------------------------------------------------


async def account_with_lots(store: Store, count: int) -> Book:
    """An account with so many lots, several expiring together, some never."""
    account = await make_account(store)
    book = await complete_book(store, account)
    dice = random.Random(count)
    for _ in range(count):
        expires_at = dice.choice([None, NOW + dice.randint(1, 300) * DAY])
        waits = dice.random() < 0.5
        activates_at = NOW + dice.randint(1, 50) * 1_000 if waits else None
        decide(book, Accrue(10, expires_at=expires_at, activates_at=activates_at), NOW)
    await carry_out(store, book)
    return book


@pytest.mark.parametrize("name", ["spendable", "waiting"])
async def test_windows_come_in_pages(store: Store, name: str) -> None:
    book = await account_with_lots(store, 1000)
    keys = window_keys(book, name)
    assert len(keys) > 4 * PAGE
    found = await load_one(store, Demand(book.number, opening=True))
    horizon = found.horizons[name]
    page, expected_horizon = expected_page(keys, None)
    assert horizon == expected_horizon
    lots = {lot.seq for lot in found.lots}
    assert {seq for _, seq in page} <= lots
    assert len(lots) <= 2 * PAGE
    seen = len(page)
    while horizon is not None:
        page, expected_horizon = expected_page(keys, horizon)
        found = await load_one(store, Demand(book.number, after={name: horizon}))
        assert [lot.seq for lot in found.lots] == [seq for _, seq in page]
        assert all(same(lot, book.lots[lot.seq]) for lot in found.lots)
        assert found.horizons == {name: expected_horizon}
        assert found.version == book.saved_version
        horizon = expected_horizon
        seen += len(page)
    assert seen == len(keys)


@pytest.mark.parametrize("count", [PAGE - 1, PAGE, PAGE + 1])
async def test_the_horizon_tells_whether_there_is_more(store: Store, count: int) -> None:
    account = await make_account(store)
    book = await complete_book(store, account)
    await carry_out(store, book, *(Accrue(1, expires_at=NOW + DAY) for _ in range(count)))
    found = await load_one(store, Demand(account, opening=True))
    assert len(found.lots) == min(count, PAGE)
    assert found.horizons["spendable"] == ((NOW + DAY, PAGE) if count > PAGE else None)


async def test_deadlines_come_in_pages(store: Store) -> None:
    account = await make_account(store)
    book = await complete_book(store, account)
    await carry_out(store, book, Accrue(1000), *(Hold(1, timeout_s=9) for _ in range(PAGE + 9)))
    found = await load_one(store, Demand(account, opening=True))
    horizon = found.horizons["deadlines"]
    assert horizon == (NOW + 9_000_000, PAGE + 1)
    assert [movement.seq for movement in found.movements] == list(range(2, PAGE + 2))
    found = await load_one(store, Demand(account, after={"deadlines": horizon}))
    assert [movement.seq for movement in found.movements] == list(range(PAGE + 2, PAGE + 11))
    assert found.horizons == {"deadlines": None}


async def test_lots_that_slide_together_are_loaded_together(store: Store) -> None:
    account = await make_account(
        store, expiry=ExpiryRule(ExpiryType.SLIDING, period=Period(30, Unit.DAY))
    )
    book = await complete_book(store, account)
    await carry_out(store, book, *(Accrue(1) for _ in range(3 * PAGE)))
    assert book.slides_at < FOREVER
    found = await load_one(store, Demand(account, opening=True))
    assert len(found.lots) == 3 * PAGE
    assert found.horizons["spendable"] is None


async def test_the_journal_in_stretches(store: Store) -> None:
    account = await make_account(store)
    book = await complete_book(store, account)
    await carry_out(store, book, *(Accrue(each) for each in range(1, 11)))
    assert [row.seq for row in await store.journal(account, after=0, limit=4)] == [1, 2, 3, 4]
    assert [row.seq for row in await store.journal(account, after=8, limit=4)] == [9, 10]
    assert await store.journal(account, after=10, limit=4) == []
    assert await store.journal(account + 1, after=0, limit=4) == []


async def test_due_accounts_the_longest_due_first(store: Store) -> None:
    currency = await make_currency(store)
    accounts = await make_accounts(store, currency, 8)
    mine = [account for account in accounts if account % store.shards == 0]
    for at, account in enumerate(accounts):
        book = await complete_book(store, account)
        if account != mine[-1]:
            await carry_out(store, book, Accrue(5, expires_at=NOW + (8 - at) * DAY))
        else:
            await carry_out(store, book, Accrue(5))
    expected = list(reversed(mine[:-1]))
    assert await store.due_accounts(0, NOW, 10) == []
    assert await store.due_accounts(0, NOW + 9 * DAY, 10) == expected
    assert await store.due_accounts(0, NOW + 9 * DAY, 2) == expected[:2]
    assert await store.due_accounts(0, FOREVER, 10) == expected
    assert await store.due_accounts(0, FOREVER, 10, program=1) == expected
    assert await store.due_accounts(0, FOREVER, 10, program=2) == []
