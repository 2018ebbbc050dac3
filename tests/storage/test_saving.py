"""A batch is saved whole or not at all, and only while what it was decided by still stands."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Note, Redeem
from stampbook.domain.deciding import decide
from stampbook.domain.model import AccountStatus
from stampbook.domain.state import take_state
from stampbook.storage.opening import open_store
from stampbook.storage.store import (
    Batch,
    Demand,
    ExternalIdRow,
    Guard,
    Key,
    KeyRow,
    SaveConflict,
    Store,
)
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

TABLES = (
    "accounts",
    "transactions",
    "lot_rows",
    "standings",
    "repeated_keys",
    "external_ids",
    "visits",
)
FINGERPRINT = bytes(range(16))


async def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables that a save may write."""
    return {
        table: sorted(
            (tuple(row.values()) if hasattr(row, "values") else tuple(row))
            for row in await store.fetch(f"SELECT * FROM {table}")
        )
        for table in TABLES
    }


async def assert_refused(store: Store, *batches: Batch) -> None:
    """The save is a conflict, and leaves no trace."""
    before = await everything(store)
    with pytest.raises(SaveConflict):
        await store.save(batches)
    assert await everything(store) == before


async def decided(store: Store, account: int | None = None) -> Batch:
    """A batch of one accrual and one redemption."""
    book = await complete_book(store, account or await make_account(store))
    decide(book, Accrue(100), NOW)
    decide(book, Redeem(30), NOW)
    return batch_of(book)


def key_row(batch: Batch, key: str = "k", *, tenant: int = 1, already: bool = False) -> KeyRow:
    row = batch.records[0].row
    digest = Key(tenant, key).digest
    return KeyRow(digest, FINGERPRINT, batch.shard, row.account, row.seq, 2, already)


def keyed(batch: Batch, *keys: str, tenant: int = 1, repeated: bool = False) -> Batch:
    """The batch with keys of its rows, the first of the first; or repeated ones of the first."""
    texts = [Key(tenant, key) for key in keys]
    if repeated:
        rows = [key_row(batch, key, tenant=tenant, already=True) for key in keys]
        return batch._replace(repeated=rows, key_texts=texts)
    of_rows = {
        (record.row.account, record.row.seq): key_row(batch, key, tenant=tenant)._replace(
            seq=record.row.seq
        )
        for key, record in zip(keys, batch.records, strict=False)
    }
    assert len(of_rows) == len(keys)
    return batch._replace(keys=of_rows, key_texts=texts)


def external_row(batch: Batch, external_id: str = "x", *, program: int = 1) -> ExternalIdRow:
    row = batch.records[0].row
    return ExternalIdRow(program, external_id, FINGERPRINT, batch.shard, row.account, row.seq)


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


# -- guards -------------------------------------------------------------------------------


async def test_the_account_is_as_the_last_record_says(store: Store) -> None:
    batch = await decided(store)
    await store.save([batch])
    row, sums, _, state_seq, *_ = batch.records[-1]
    found = await load_one(store, Demand(row.account, opening=True))
    assert found.facts is not None
    assert found.facts.sums == sums
    assert found.facts[8:12] == (row.seq, row.recorded_at, row.hash, state_seq)
    assert found.states == [record.state for record in batch.records[state_seq - 1 :]]


async def test_an_account_that_moved(store: Store) -> None:
    batch = await decided(store)
    await store.save([batch])
    await assert_refused(store, batch)


async def test_an_account_whose_status_changed(store: Store) -> None:
    batch = await decided(store)
    account = batch.records[0].row.account
    await store.execute(
        "UPDATE accounts SET status = 1, version = version + 1 WHERE account_id = $1", account
    )
    await assert_refused(store, batch)
    found = await load_one(store, Demand(account, opening=True))
    assert found.facts is not None
    assert found.facts.status is AccountStatus.MEMBER_INACTIVE


async def test_an_account_that_does_not_exist(store: Store) -> None:
    batch = await decided(store)
    ((account, version),) = batch.accounts
    stranger = account + 1000 * store.shards
    await assert_refused(store, Batch(batch.shard, accounts=[(stranger, version)]))


async def test_one_of_many_accounts_changed(store: Store) -> None:
    currency = await make_currency(store)
    accounts = await make_accounts(store, currency, 6)
    mine = [account for account in accounts if account % store.shards == 1]
    batches = [await decided(store, account) for account in mine]
    await store.execute("UPDATE accounts SET version = version + 1 WHERE account_id = $1", mine[-1])
    together = Batch(
        1,
        [each for batch in batches for each in batch.records],
        [each for batch in batches for each in batch.accounts],
    )
    await assert_refused(store, together)


async def test_one_of_many_accounts_moved(store: Store) -> None:
    currency = await make_currency(store)
    accounts = await make_accounts(store, currency, 6)
    mine = [account for account in accounts if account % store.shards == 1]
    batches = [await decided(store, account) for account in mine]
    await store.save(batches[-1:])
    await assert_refused(
        store,
        Batch(
            1,
            [each for batch in batches for each in batch.records],
            [each for batch in batches for each in batch.accounts],
        ),
    )


async def test_a_journal_number_that_is_taken(store: Store) -> None:
    """The number alone guards an account: another row of the same place is refused."""
    account = await make_account(store)
    batch = await decided(store, account)
    book = await complete_book(store, account)
    decide(book, Accrue(7), NOW)
    await store.save([batch])
    await assert_refused(store, batch_of(book)._replace(accounts=[]))


async def test_a_policy_that_changed(store: Store) -> None:
    batch = await decided(store)
    ((currency, version),) = batch.policies
    await store.execute(
        "UPDATE currencies SET version = version + 1 WHERE currency_id = $1", currency
    )
    await assert_refused(store, batch)
    await store.save([batch._replace(policies=[(currency, version + 1)])])


async def test_a_policy_that_does_not_exist(store: Store) -> None:
    batch = await decided(store)
    await assert_refused(store, batch._replace(policies=[*batch.policies, (999, 1)]))


ODD_GUARDS = ["visit:12", 'a "b", (c)', "d\\e'{f}", "Ж:1", " "]


@pytest.mark.parametrize("subject", ODD_GUARDS)
async def test_a_guard_that_has_moved(store: Store, subject: str) -> None:
    for each in ODD_GUARDS:
        await store.execute("INSERT INTO guards VALUES ($1, 4)", each)
    batch = await decided(store)
    await assert_refused(store, batch._replace(guards=[Guard(subject, 3)]))
    await assert_refused(store, batch._replace(guards=[Guard(subject, 4), Guard("gone", 1)]))
    await store.save([batch._replace(guards=[Guard(subject, 4)])])
    versions = dict.fromkeys(ODD_GUARDS, 4) | {subject: 5}
    assert await store.find_guards([*ODD_GUARDS, "gone"]) == versions


async def test_a_key_that_is_taken(store: Store) -> None:
    first, second = await decided(store), await decided(store)
    await store.save([keyed(first, "k")])
    await assert_refused(store, keyed(second, "k"))
    await assert_refused(store, keyed(second, "new", "new"))
    await store.save([keyed(second, "k", tenant=2)])


async def test_a_repeated_key_that_is_taken(store: Store) -> None:
    first, second = await decided(store), await decided(store)
    await store.save([first, second])
    await store.save(
        [keyed(Batch(first.shard, first.records), "k", repeated=True)._replace(records=())]
    )
    again = keyed(Batch(second.shard, second.records), "k", repeated=True)._replace(records=())
    await assert_refused(store, again)


@pytest.mark.parametrize("first_is_repeated", [True, False])
async def test_a_key_is_used_once_by_new_rows_and_repeats(
    store: Store, first_is_repeated: bool
) -> None:
    """The keys of rows and those that name older rows are one name space."""
    old, new = await decided(store), await decided(store)
    await store.save([old])
    repeat = keyed(old, "k", repeated=True)._replace(records=(), due=(), accounts=())
    moves = keyed(new, "k")
    first, second = (repeat, moves) if first_is_repeated else (moves, repeat)
    await store.save([first])
    await assert_refused(store, second)


async def test_a_key_that_another_write_has_taken(store: Store) -> None:
    await store.execute(
        """
        INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body, created_at)
        VALUES (1, 'k', $1, 201, '{}', 0)
        """,
        FINGERPRINT,
    )
    batch = await decided(store)
    (found,) = await store.find_keys([Key(1, "k")])
    assert found == KeyRow(Key(1, "k").digest, FINGERPRINT, 0, 0, 0, 0, False)
    await assert_refused(store, keyed(batch, "k"))
    await store.save([batch])
    repeat = keyed(batch, "k", repeated=True)._replace(records=(), due=(), accounts=())
    await assert_refused(store, repeat)


async def test_an_external_id_that_is_taken(store: Store) -> None:
    first, second = await decided(store), await decided(store)
    await store.save([first._replace(external_ids=[external_row(first)])])
    await assert_refused(store, second._replace(external_ids=[external_row(second)]))
    await store.save([second._replace(external_ids=[external_row(second, program=2)])])


async def test_a_rule_of_the_schema_is_no_conflict(store: Store) -> None:
    """It is a bug, and nothing of the batch is written."""
    batch = await decided(store)
    first, second = batch.records
    wrong = second._replace(sums=second.sums._replace(available=1))
    before = await everything(store)
    with pytest.raises(Exception, match="transactions_balance"):
        await store.save([batch._replace(records=[first, wrong])])
    assert await everything(store) == before


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


# -- several batches ----------------------------------------------------------------------


async def test_batches_of_two_shards_in_one_commit(store: Store) -> None:
    currency = await make_currency(store)
    one, other = await make_accounts(store, currency, 2)
    batches = [await decided(store, one), await decided(store, other)]
    await assert_refused(store, batches[0], batches[1]._replace(policies=[(currency, 9)]))
    await store.save(batches)
    for account in (one, other):
        assert len(await store.journal(account, after=0, limit=9)) == 2


async def test_a_batch_of_keys_alone(store: Store) -> None:
    batch = await decided(store)
    await store.save([batch])
    key = key_row(batch, already=True)
    await store.save([Batch(batch.shard, repeated=[key], key_texts=[Key(1, "k")])])
    assert await store.find_keys([Key(1, "k")]) == [key]


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
    found = await load_one(store, Demand(account, payees=frozenset({3})))
    assert found.payees[0].parts == book.payees[3].parts == {1: 60}
    await carry_out(store, book, Redeem(10), Cancel(5), Cancel(3))
    found = await load_one(store, Demand(account, payees=frozenset({3, 5})))
    assert [payee.parts for payee in found.payees] == [{}, {}]


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
