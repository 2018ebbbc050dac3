"""What a save writes can be read again; batches, shards and servers save at once."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Note, Redeem
from stampbook.domain.deciding import decide
from stampbook.domain.state import take_state
from stampbook.storage.opening import open_store
from stampbook.storage.store import Batch, Demand, Key, SaveConflict, Store
from tests.storage.batches import assert_refused, decided, external_row, key_row, keyed
from tests.storage.building import (
    NOW,
    batch_of,
    carry_out,
    complete_book,
    load_one,
    make_account,
    make_accounts,
    make_currency,
)

# -- values -------------------------------------------------------------------------------

ODD = [
    '"',
    "\\",
    '\\"',
    "{}",
    "{,}",
    "null",
    "NULL",
    "",
    " a ",
    "\n",
    "'",
    "☕",
    '{"a": "\\""}',
    'a","b',
]
"""Texts with a meaning of their own wherever a column is written as one text."""


@pytest.mark.parametrize("texts", [ODD, ["plain", "texts"], [None, *ODD], [None, None], ["one"]])
async def test_texts_come_back_as_they_were(store: Store, texts: list[str | None]) -> None:
    book = await complete_book(store, await make_account(store))
    for text in texts:
        decide(book, Accrue(1, note=Note(reason=text, metadata=text, subject=text)), NOW)
    batch = batch_of(book)
    keys = [text for text in texts if text is not None]
    external_ids = [external_row(batch, text) for text in texts if text is not None]
    batch = keyed(batch, *keys)
    await store.save([batch._replace(external_ids=external_ids)])
    assert await store.journal(book.number, after=0, limit=99) == [
        record.row for record in batch.records
    ]
    found = await store.find_keys([Key(1, key) for key in keys])
    assert sorted(found) == sorted(batch.keys.values())
    taken = await store.find_external_ids([(row.program, row.external_id) for row in external_ids])
    assert sorted(taken) == sorted(external_ids)


async def test_the_account_is_as_the_last_record_says(store: Store) -> None:
    batch = await decided(store)
    await store.save([batch])
    row, sums, _, state_seq, *_ = batch.records[-1]
    found = await load_one(store, Demand(row.account, opening=True))
    assert found.facts is not None
    assert found.facts.sums == sums
    assert found.facts[8:12] == (row.seq, row.recorded_at, row.hash, state_seq)
    assert found.states == [record.state for record in batch.records[state_seq - 1 :]]


# -- several batches ----------------------------------------------------------------------


async def test_batches_of_two_shards_in_one_commit(store: Store) -> None:
    currency = await make_currency(store)
    one, other = await make_accounts(store, currency, 2)
    batches = [await decided(store, one), await decided(store, other)]
    await assert_refused(store, batches[0], batches[1]._replace(policies=[(currency, 9)]))
    await store.save(batches)
    for account in (one, other):
        assert len(await store.journal(account, after=0, limit=9)) == 2


@pytest.mark.parametrize("reason", ["half a letter: \ud83d", "?"])
async def test_a_value_that_no_column_takes_fails_alone(store: Store, reason: str) -> None:
    """It is a bug of whoever let it in, and another batch saved with it is none the worse."""
    currency = await make_currency(store)
    one, other = await make_accounts(store, currency, 2)
    batches = [await decided(store, one), await decided(store, other)]
    record = batches[0].records[0]
    row = record.row._replace(reason=reason, amount=2**70 if reason == "?" else 1)
    batches[0] = batches[0]._replace(records=[record._replace(row=row)])
    outcomes = await asyncio.gather(
        *(store.save([batch]) for batch in batches), return_exceptions=True
    )
    assert isinstance(outcomes[0], ValueError | OverflowError | asyncpg.DataError)
    assert outcomes[1] is None
    assert await store.journal(one, after=0, limit=9) == []
    assert len(await store.journal(other, after=0, limit=9)) == 2


async def test_a_batch_of_keys_alone(store: Store) -> None:
    batch = await decided(store)
    await store.save([batch])
    key = key_row(batch, already=True)
    await store.save([Batch(batch.shard, repeated=[key], key_texts=[Key(1, "k")])])
    assert await store.find_keys([Key(1, "k")]) == [key]


async def test_a_key_that_must_be_free_is_none_of_a_row(store: Store) -> None:
    """Nor one that was repeated, nor one of a write outside the ledger. It is not taken by that."""
    currency = await make_currency(store)
    one, other = await make_accounts(store, currency, 2)
    first = await decided(store, one)
    await store.save([keyed(first, "row")])
    repeated = key_row(first, "repeated", already=True)
    texts = [Key(1, "repeated")]
    await store.save([Batch(first.shard, repeated=[repeated], key_texts=texts)])
    await store.execute(
        "INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body, created_at)"
        " VALUES (1, 'write', $1, 200, '', 0)",
        b"f" * 16,
    )
    second = await decided(store, other)
    for taken in ("row", "repeated", "write"):
        with pytest.raises(SaveConflict):
            await store.save([second._replace(key_texts=[Key(1, "free"), Key(1, taken)])])
        assert await store.journal(other, after=0, limit=9) == []
    await store.save([second._replace(key_texts=[Key(1, "free"), Key(2, "row")])])
    assert len(await store.journal(other, after=0, limit=9)) == 2
    assert await store.find_keys([Key(1, "free")]) == []


async def test_saves_at_once(store: Store) -> None:
    currency = await make_currency(store)
    accounts = await make_accounts(store, currency, 20)
    batches = [await decided(store, account) for account in accounts]
    batches[7] = batches[7]._replace(policies=[(currency, 9)])
    outcomes = await asyncio.gather(
        *(store.save([batch]) for batch in batches), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes].count(SaveConflict) == 1
    assert isinstance(outcomes[7], SaveConflict)
    for at, account in enumerate(accounts):
        assert len(await store.journal(account, after=0, limit=9)) == (0 if at == 7 else 2)


async def test_parts_come_and_go(store: Store) -> None:
    account = await make_account(store)
    book = await complete_book(store, account)
    await carry_out(store, book, Accrue(100), Accrue(50), Redeem(120))
    await carry_out(store, book, Cancel(3, amount=60))
    found = await load_one(store, Demand(account, redemptions=frozenset({3})))
    assert found.redemptions[0].parts == book.redemptions[3].parts == {1: 60}
    await carry_out(store, book, Redeem(10), Cancel(5), Cancel(3))
    found = await load_one(store, Demand(account, redemptions=frozenset({3, 5})))
    assert [redemption.parts for redemption in found.redemptions] == [{}, {}]


# -- names --------------------------------------------------------------------------------


async def test_names_are_found(store: Store) -> None:
    batch = await decided(store)
    external_id = external_row(batch, "x" * 255)
    await store.save([keyed(batch, "ключ")._replace(external_ids=[external_id])])
    asked = [Key(1, "ключ"), Key(2, "ключ"), Key(1, "other")]
    assert await store.find_keys(asked) == [key_row(batch, "ключ")]
    wanted = [(1, "x" * 255), (2, "x" * 255), (1, "x")]
    assert await store.find_external_ids(wanted) == [external_id]
    assert await store.find_keys([]) == []
    assert await store.find_external_ids([]) == []
    assert await store.find_guards([]) == {}
    assert await store.policies([]) == []


# -- two servers --------------------------------------------------------------------------


async def test_two_stores_move_one_account(store: Store, store_address: str) -> None:
    other = await open_store(store_address)
    try:
        account = await make_account(store)
        await carry_out(store, await complete_book(store, account), Accrue(9))
        for _ in range(10):
            books = []
            for at, each in enumerate((store, other)):
                found = await load_one(each, Demand(account, opening=True))
                assert found.facts is not None
                (policy,) = await each.policies([found.facts.currency])
                book = Book(found.facts, policy)
                take_state(book, found.states)
                decide(book, Accrue(at + 1), NOW)
                books.append(book)
            outcomes = await asyncio.gather(
                *(
                    each.save([batch_of(book)])
                    for each, book in zip((store, other), books, strict=True)
                ),
                return_exceptions=True,
            )
            kinds = sorted(type(outcome).__name__ for outcome in outcomes)
            assert kinds == ["NoneType", "SaveConflict"]
    finally:
        await other.close()


async def test_two_stores_want_one_key(store: Store, store_address: str) -> None:
    other = await open_store(store_address)
    try:
        currency = await make_currency(store)
        for at, account in enumerate(await make_accounts(store, currency, 10)):
            batches = [await decided(store, account)]
            (second,) = await make_accounts(store, currency)
            batches.append(await decided(store, second))
            outcomes = await asyncio.gather(
                *(
                    each.save([keyed(batch, f"k{at}")])
                    for each, batch in zip((store, other), batches, strict=True)
                ),
                return_exceptions=True,
            )
            kinds = sorted(type(outcome).__name__ for outcome in outcomes)
            assert kinds == ["NoneType", "SaveConflict"]
    finally:
        await other.close()
