"""Whose accounts are, and with how many decimals: from memory, or from the store with few questions
(ledger/denominations.py)."""

from __future__ import annotations

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue
from stampbook.domain.model import AccountStatus
from stampbook.ledger.denominations import CHUNK, Denomination, Denominations
from stampbook.ledger.engine import Ledger
from stampbook.ledger.submission import Submission
from stampbook.storage.store import Store
from tests.storage.building import NOW, make_accounts, make_currency

NOBODY = 2**29
"""No account has this number."""


def nothing(account: int) -> Book | None:
    return None


async def set_status(store: Store, account: int, status: AccountStatus) -> None:
    await store.execute(
        "UPDATE accounts SET status = $1 WHERE shard = $2 AND account_id = $3",
        int(status),
        account % store.shards,
        account,
    )


async def test_accounts_that_memory_does_not_know_are_read_together(store: Store) -> None:
    first, second = await make_currency(store), await make_currency(store)
    accounts = await make_accounts(store, first, CHUNK + 3)
    others = await make_accounts(store, second, 2)
    known = Denominations(store, nothing, [nothing] * store.shards)
    found = await known.of_all([*accounts, *others, NOBODY, accounts[0]])
    assert found.keys() == {*accounts, *others}
    for currency, numbers in ((first, accounts), (second, others)):
        row = await store.fetch_one(
            "SELECT program_id FROM currencies WHERE currency_id = $1", currency
        )
        assert row is not None
        expected = Denomination(1, row["program_id"], currency, 2, AccountStatus.OPEN)
        assert {found[each] for each in numbers} == {expected}
        assert await known.of(numbers[0]) == expected
    assert await known.of(NOBODY) is None


async def test_a_closed_account_is_asked_for_again_and_an_open_one_is_not(store: Store) -> None:
    """The undo of a merge opens accounts again; who closes one tells its own process."""
    account, other = await make_accounts(store, await make_currency(store), 2)
    known = Denominations(store, nothing, [nothing] * store.shards)

    async def status() -> AccountStatus | None:
        found = await known.of(account)
        return None if found is None else found.status

    await set_status(store, account, AccountStatus.CLOSED)
    assert await status() is AccountStatus.CLOSED
    await set_status(store, account, AccountStatus.OPEN)
    assert await status() is AccountStatus.OPEN
    await set_status(store, account, AccountStatus.CLOSED)
    assert await status() is AccountStatus.OPEN
    known.forget(other)
    assert await status() is AccountStatus.OPEN
    known.forget(account)
    assert await status() is AccountStatus.CLOSED


async def test_memory_is_asked_first_unless_it_says_closed(store: Store) -> None:
    currency = await make_currency(store)
    accounts = await make_accounts(store, currency, 2)
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    for account in accounts:
        await ledger.submit(Submission(1, account, (Accrue(1),)))
    await store.execute("UPDATE currencies SET scale = 0 WHERE currency_id = $1", currency)
    assert all(each.scale == 2 for each in (await ledger.denominations.of_all(accounts)).values())
    for account in accounts:
        found = await ledger.denominations.of(account)
        assert found is not None
        assert (found.currency, found.scale) == (currency, 2)
        book = ledger.glimpse(account)
        assert book is not None
        book.status = AccountStatus.CLOSED
        asked = await ledger.denominations.of(account)
        assert asked is not None
        assert (asked.status, asked.scale) == (AccountStatus.OPEN, 0)
    await ledger.stop()
