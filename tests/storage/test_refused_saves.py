"""A batch is saved whole or not at all, and only while all that it was decided by still holds."""

from __future__ import annotations

import pytest

from stampbook.domain.commands import Accrue
from stampbook.domain.deciding import decide
from stampbook.domain.model import AccountStatus
from stampbook.storage.store import Batch, Demand, Guard, Key, KeyRow, Store
from tests.storage.batches import (
    FINGERPRINT,
    assert_refused,
    decided,
    everything,
    external_row,
    keyed,
)
from tests.storage.building import (
    NOW,
    batch_of,
    complete_book,
    load_one,
    make_account,
    make_accounts,
    make_currency,
)


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
