"""What a store loads is what a complete book knows (storage.store.Demand)."""

from __future__ import annotations

import random

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Commit, Hold, Note, Redeem, Release
from stampbook.domain.model import FOREVER, AccountStatus, Kind, Status, Sums
from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, Unit
from stampbook.domain.recording import MOST_PARTS
from stampbook.domain.state import take_state
from stampbook.storage.store import AccountFound, Demand, Store
from tests.ledgers.in_memory import contents, open_contents
from tests.storage.building import (
    DAY,
    NOW,
    Expected,
    carry_out,
    complete_book,
    default_movement,
    lively_book,
    load_one,
    make_account,
    make_accounts,
    make_currency,
    same,
)


async def opened(store: Store, complete: Book) -> Book:
    """The account's book as the store opens it."""
    found = await load_one(store, Demand(complete.number, opening=True))
    assert found.facts is not None
    book = Book(found.facts, complete.policy)
    if found.states:
        take_state(book, found.states)
    return book


def assert_found(book: Book, partial: Book, found: AccountFound, demand: Demand) -> None:
    """All that the demand names is there, and nothing is there that is not as it should be.

    `partial`: the book as the store opens it; what is open is there already.
    """
    expected = Expected(book, demand)
    assert found.paid_by == demand.paid_by
    assert all(type(row.kind) is Kind and type(row.by_clock) is bool for row in found.rows)
    partial.take_found(found.lots, found.redemptions, found.movements, found.rows)
    assert expected.rows.issubset(partial.rows)
    assert expected.lots.issubset(partial.lots)
    assert expected.redemptions <= partial.redemptions.keys()
    assert all(row == book.rows[seq] for seq, row in partial.rows.items())
    assert all(same(lot, book.lots[seq]) for seq, lot in partial.lots.items())
    for seq, redemption in partial.redemptions.items():
        if book.redemption(seq).parts:
            assert same(redemption, book.redemption(seq))
        else:
            assert not redemption.parts
            assert redemption.held == (book.movement(seq).status is Status.TEMPORARY)
    for seq, row in partial.rows.items():
        assert same(partial.movements.get(seq) or default_movement(row), book.movement(seq))
    for seq, movement in partial.movements.items():
        assert same(movement, book.movement(seq))


async def test_an_account_that_does_not_exist(store: Store) -> None:
    for demand in (Demand(77, opening=True), Demand(77, rows=frozenset({1})), Demand(77)):
        found = await load_one(store, demand)
        assert found.facts is None
        assert [*found.states, *found.rows, *found.lots, *found.redemptions, *found.movements] == []


async def test_a_new_account(store: Store) -> None:
    account = await make_account(store)
    found = await load_one(store, Demand(account, opening=True))
    facts = found.facts
    assert facts is not None
    assert facts.number == account
    assert facts.shard == account % store.shards
    assert type(facts.status) is AccountStatus
    assert (facts.version, facts.seq, facts.clock, facts.state_seq) == (1, 0, 0, 0)
    assert facts.head == bytes(32)
    assert facts.sums == Sums()
    assert [*found.states, *found.lots, *found.redemptions, *found.movements] == []


async def test_before_the_first_row_there_is_nothing(store: Store) -> None:
    account = await make_account(store)
    await carry_out(store, await complete_book(store, account), Accrue(10), Redeem(4))
    last = Demand(account, rows=frozenset({1}), paid_by=frozenset({1}))
    found = await load_one(store, last)
    assert ([row.seq for row in found.rows], len(found.redemptions)) == ([1, 2], 1)
    found = await load_one(store, last._replace(upto=0))
    assert [*found.rows, *found.movements, *found.redemptions, *found.lots] == []


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("policy", ["debt", "clamp"])
async def test_demands_of_an_account_with_a_history(store: Store, policy: str, seed: int) -> None:
    account = await make_account(store, spent_accrual=policy, overdraft=300)
    book = await lively_book(store, account, seed=seed)
    every = frozenset(range(1, book.seq + 1))
    for demand in (
        Demand(account, rows=every),
        Demand(account, subjects=frozenset({"visit 1"})),
        Demand(account, lots=frozenset(book.lots)),
        Demand(account, paid_by=frozenset(book.lots)),
        Demand(account, redemptions=frozenset(book.redemptions)),
    ):
        partial = await opened(store, book)
        assert_found(book, partial, await load_one(store, demand), demand)
    dice = random.Random(seed)
    for _ in range(25):
        demand = random_demand(book, dice)
        found = await load_one(store, demand)
        assert_found(book, await opened(store, book), found, demand)
        assert (found.facts is not None) == demand.opening


def random_demand(book: Book, dice: random.Random) -> Demand:
    def some(numbers: list[int]) -> frozenset[int]:
        return frozenset(dice.sample(numbers, min(len(numbers), dice.randint(0, 2))))

    return Demand(
        book.number,
        opening=dice.random() < 0.3,
        rows=some(list(book.rows)),
        lots=some(list(book.lots)),
        paid_by=some(list(book.lots)),
        redemptions=some([row.seq for row in book.rows.values() if row.seq in book.redemptions]),
        subjects=frozenset(dice.sample(["visit 1", "visit 2"], dice.randint(0, 1))),
    )


@pytest.mark.parametrize("seed", range(4))
async def test_opening_brings_all_that_is_open(store: Store, seed: int) -> None:
    account = await make_account(store, overdraft=300)
    book = await lively_book(store, account, seed=seed)
    assert contents(await opened(store, book)) == open_contents(book)


async def test_facts_as_they_were_after_an_older_row(store: Store) -> None:
    """Of each row: the account, its state, and what its transactions had become by then."""
    account = await make_account(store, overdraft=300)
    book = await complete_book(store, account)
    past: list[Book] = []
    for command in (
        Accrue(100),
        Hold(30),
        Redeem(60),
        Cancel(1),
        Commit(2, amount=20),
        Cancel(3, amount=10),
        Accrue(200),
        Cancel(6),
    ):
        await carry_out(store, book, command)
        past.append(book.copy())
    assert [each.seq for each in past] == list(range(1, 9))
    for then in past:
        every = frozenset(range(1, then.seq + 1))
        demand = Demand(account, opening=True, upto=then.seq, rows=every)
        found = await load_one(store, demand)
        assert found.facts == then.facts()
        partial = Book(found.facts, book.policy)
        take_state(partial, found.states)
        assert contents(partial) == open_contents(then)
        assert_found(then, partial, found, demand)


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
    assert found[2].facts is None
    del found[2], demands[2]
    for book, each, demand in zip(books, found, demands, strict=True):
        assert_found(book, await opened(store, book), each, demand)


async def test_a_deficit_is_loaded_with_all_parts(store: Store) -> None:
    account = await make_account(store)
    book = await complete_book(store, account)
    await carry_out(store, book, Accrue(100), Accrue(40), Redeem(130), Cancel(1))
    assert book.owed == 90
    (redemption,) = (await opened(store, book)).redemptions.values()
    assert redemption.parts == {0: 90, 2: 40}
    assert not redemption.held


async def test_a_redemption_without_parts_is_known(store: Store) -> None:
    account = await make_account(store)
    book = await complete_book(store, account)
    await carry_out(store, book, Accrue(100), Redeem(30), Cancel(2), Hold(20), Cancel(4))
    await carry_out(store, book, Hold(10), Commit(6), Cancel(6), Hold(5), Release(9))
    found = await load_one(store, Demand(account, redemptions=frozenset({2, 4, 6, 9})))
    held = {redemption.seq: redemption.held for redemption in found.redemptions}
    assert held == {2: False, 4: True, 6: False, 9: False}
    assert not any(redemption.parts for redemption in found.redemptions)


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
    assert book.lots[1].claimed == 30
    assert book.lots[1].sliding
    assert book.lots[3].locked
    assert book.movements[5].status is Status.RELEASED
    demand = Demand(account, rows=frozenset(book.rows))
    assert_found(book, await opened(store, book), await load_one(store, demand), demand)


@pytest.mark.parametrize("lots", [MOST_PARTS, MOST_PARTS + 1, 3 * MOST_PARTS])
async def test_an_allocation_of_many_parts(store: Store, lots: int) -> None:
    """It is in its versions, or gathered from postings, as it was after each row."""
    account = await make_account(store, overdraft=100)
    book = await complete_book(store, account)
    await carry_out(store, book, *(Accrue(2) for _ in range(lots)))
    past: list[Book] = []
    hold = lots + 1
    for command in (
        Hold(2 * lots + 60, timeout_s=60),
        Cancel(1),
        Commit(hold, amount=2 * lots + 1),
        Cancel(hold, amount=lots),
        Accrue(40),
        Cancel(2),
        Cancel(hold),
        Cancel(hold + 6),
    ):
        await carry_out(store, book, command)
        past.append(book.copy())
    assert book.seq == lots + len(past)
    for then in past:
        for demand in (
            Demand(account, opening=True, upto=then.seq, redemptions=frozenset({hold})),
            Demand(account, opening=True, upto=then.seq, paid_by=frozenset({3, lots})),
            Demand(account, opening=True, upto=then.seq, rows=frozenset({then.seq})),
        ):
            found = await load_one(store, demand)
            assert found.facts is not None
            partial = Book(found.facts, book.policy)
            take_state(partial, found.states)
            assert_found(then, partial, found, demand)


@pytest.mark.parametrize("count", [7, 999, 1_000, 1_001, 2_500])
async def test_many_lots_are_all_opened(store: Store, count: int) -> None:
    """Some waiting, several expiring together, some never; a state of several lines."""
    account = await make_account(store)
    book = await complete_book(store, account)
    dice = random.Random(count)
    await carry_out(
        store,
        book,
        *(
            Accrue(
                10,
                expires_at=dice.choice([None, NOW + dice.randint(100, 300) * DAY]),
                activates_at=dice.choice([None, NOW + dice.randint(1, 50) * 1_000]),
            )
            for _ in range(count)
        ),
    )
    assert len(book.open_lots) == count
    assert contents(await opened(store, book)) == open_contents(book)


async def test_lots_that_slide_together_are_opened_together(store: Store) -> None:
    account = await make_account(
        store, expiry=ExpiryRule(ExpiryType.SLIDING, period=Period(30, Unit.DAY))
    )
    book = await complete_book(store, account)
    await carry_out(store, book, *(Accrue(1) for _ in range(70)))
    await carry_out(store, book, Accrue(1), now=NOW + DAY)
    assert book.slides_at < FOREVER
    partial = await opened(store, book)
    assert {partial.expires_at(lot) for lot in partial.lots.values()} == {NOW + 31 * DAY}
    assert contents(partial) == open_contents(book)


async def test_the_last_rows(store: Store) -> None:
    accounts = await make_accounts(store, await make_currency(store), 4)
    mine = [account for account in accounts if account % store.shards == 1]
    book = await complete_book(store, mine[0])
    await carry_out(store, book, Accrue(1), Accrue(1))
    asked = [*mine, mine[-1] + 1000 * store.shards]
    assert await store.last_rows(1, asked) == dict.fromkeys(asked, 0) | {mine[0]: 2}
    assert await store.last_rows(1, []) == {}


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
