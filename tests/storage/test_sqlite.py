"""What only SQLite does: one file, one writer, a log that must not grow for ever."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from stampbook.domain.commands import Accrue
from stampbook.domain.deciding import decide
from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from stampbook.storage.sqlite import checkpoints as sqlite_checkpoints
from stampbook.storage.sqlite.connections import connect
from stampbook.storage.sqlite.store import OTHER_READERS, SqliteStore
from stampbook.storage.store import Store, Unavailable
from tests.storage.building import (
    NOW,
    batch_of,
    carry_out,
    complete_book,
    make_account,
    make_accounts,
    make_currency,
)


def path_of(address: str) -> Path:
    return Path(address.removeprefix("sqlite:"))


def test_a_commit_is_durable_and_waits_for_no_checkpoint(own_sqlite_address: str) -> None:
    with closing(connect(path_of(own_sqlite_address), writing=True)) as connection:
        settings = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "wal_autocheckpoint")
        }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "wal_autocheckpoint": 0,
    }


def test_values_are_bound_as_they_are(own_sqlite_address: str) -> None:
    """Also those for which the module would look for an adapter."""
    values = [None, b"", b"\0x", True, False, 0, -(2**63), 1.5, "", "ё"]
    asked = f"SELECT {', '.join('?, typeof(?)' for _ in values)}"
    with closing(connect(path_of(own_sqlite_address), writing=False)) as connection:
        row = connection.execute(asked, [each for each in values for _ in "??"]).fetchone()
    kinds = ["null", "blob", "blob", *["integer"] * 4, "real", "text", "text"]
    assert list(row[::2]) == values
    assert list(row[1::2]) == kinds


def test_a_reader_cannot_write(own_sqlite_address: str) -> None:
    with (
        closing(connect(path_of(own_sqlite_address), writing=False)) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("DELETE FROM ledger")


async def test_a_file_that_stays_locked(own_sqlite_store: Store, own_sqlite_address: str) -> None:
    assert isinstance(own_sqlite_store, SqliteStore)
    account = await make_account(own_sqlite_store)
    book = await complete_book(own_sqlite_store, account)
    decide(book, Accrue(5), NOW)
    await own_sqlite_store.write(lambda connection: connection.execute("PRAGMA busy_timeout = 20"))
    with closing(sqlite3.connect(path_of(own_sqlite_address), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            await own_sqlite_store.save([batch_of(book)])
        with pytest.raises(Unavailable):
            await own_sqlite_store.execute("DELETE FROM user_tokens")
        assert await own_sqlite_store.fetch("SELECT 1 FROM accounts") != []
        other.execute("ROLLBACK")
    await own_sqlite_store.save([batch_of(book)])


async def test_saves_that_wait_share_a_commit(own_sqlite_store: Store) -> None:
    currency = await make_currency(own_sqlite_store)
    accounts = await make_accounts(own_sqlite_store, currency, 30)
    batches = []
    for account in accounts:
        book = await complete_book(own_sqlite_store, account)
        decide(book, Accrue(5), NOW)
        batches.append(batch_of(book))
    assert isinstance(own_sqlite_store, SqliteStore)
    said: list[str] = []
    await own_sqlite_store.write(lambda connection: connection.set_trace_callback(said.append))
    await asyncio.gather(*(own_sqlite_store.save([batch]) for batch in batches))
    assert said.count("COMMIT") <= 2
    assert said.count("RELEASE one_group") == len(batches)


async def test_the_log_starts_anew_under_steady_writing(
    own_sqlite_store: Store, own_sqlite_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_checkpoints, "PAUSE_S", 0.01)
    monkeypatch.setattr(sqlite_checkpoints, "LONG_LOG", 50)
    log = Path(f"{path_of(own_sqlite_address)}-wal")
    account = await make_account(own_sqlite_store)
    book = await complete_book(own_sqlite_store, account)
    for _ in range(300):
        await carry_out(own_sqlite_store, book, Accrue(5))
    assert log.stat().st_size < 300 * 5 * 4096


async def test_the_log_is_gone_after_closing(own_sqlite_address: str) -> None:
    store = await open_store(own_sqlite_address)
    account = await make_account(store)
    await store.close()
    assert not Path(f"{path_of(own_sqlite_address)}-wal").exists()
    store = await open_store(own_sqlite_address)
    assert len(await store.fetch("SELECT 1 FROM accounts WHERE account_id = $1", account)) == 1
    await store.close()


async def test_closing_finishes_what_is_being_saved(own_sqlite_address: str) -> None:
    store = await open_store(own_sqlite_address)
    account = await make_account(store)
    book = await complete_book(store, account)
    decide(book, Accrue(5), NOW)
    saving = asyncio.create_task(store.save([batch_of(book)]))
    await asyncio.sleep(0)
    await store.close()
    await saving


async def test_a_save_whose_caller_goes_away(own_sqlite_store: Store) -> None:
    currency = await make_currency(own_sqlite_store)
    one, other = await make_accounts(own_sqlite_store, currency, 2)
    books = [await complete_book(own_sqlite_store, account) for account in (one, other)]
    for book in books:
        decide(book, Accrue(5), NOW)
    saves = [asyncio.create_task(own_sqlite_store.save([batch_of(book)])) for book in books]
    await asyncio.sleep(0)
    saves[0].cancel()
    await saves[1]
    assert len(await own_sqlite_store.journal(one, after=0, limit=9)) in (0, 1)
    assert len(await own_sqlite_store.journal(other, after=0, limit=9)) == 1


async def test_servers_that_open_a_new_file_together(tmp_path: Path) -> None:
    address = f"sqlite:{tmp_path}/new.sqlite"
    await asyncio.to_thread(migrate, address)
    stores = await asyncio.gather(*(open_store(address) for _ in range(4)))
    await asyncio.gather(
        *(each.execute("INSERT INTO account_numbers DEFAULT VALUES") for each in stores)
    )
    assert len(await stores[0].fetch("SELECT account_id FROM account_numbers")) == 4
    await asyncio.gather(*(each.close() for each in stores))


async def test_a_backup_while_it_is_written_to(own_sqlite_store: Store, tmp_path: Path) -> None:
    account = await make_account(own_sqlite_store)
    book = await complete_book(own_sqlite_store, account)
    await carry_out(own_sqlite_store, book, Accrue(5))
    copy = tmp_path / "backup.sqlite"
    assert isinstance(own_sqlite_store, SqliteStore)
    with closing(sqlite3.connect(tmp_path / "stampbook.sqlite")) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    backup = await open_store(str(copy))
    assert await backup.journal(account, after=0, limit=9) == [book.rows[1]]
    await backup.close()


async def test_a_transaction_that_is_cancelled_while_it_begins(
    own_sqlite_store: Store, own_sqlite_address: str
) -> None:
    async def write() -> None:
        async with own_sqlite_store.transaction() as writing:
            await writing.execute("INSERT INTO tenants (name, created_at) VALUES ('two', 0)")

    with closing(sqlite3.connect(path_of(own_sqlite_address), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        task = asyncio.create_task(write())
        await asyncio.sleep(0.05)
        task.cancel()
        other.execute("ROLLBACK")
        await asyncio.gather(task, return_exceptions=True)
    await write()
    assert len(await own_sqlite_store.fetch("SELECT 1 FROM tenants")) == 2


async def test_a_commit_that_fails_keeps_nobody_from_writing(own_sqlite_store: Store) -> None:
    async def write_what_no_commit_takes() -> None:
        async with own_sqlite_store.transaction() as writing:
            await writing.execute("PRAGMA defer_foreign_keys = ON")
            await writing.execute("INSERT INTO user_tokens VALUES ($1, 999, 0)", b"t" * 32)

    with pytest.raises(sqlite3.IntegrityError):
        await write_what_no_commit_takes()
    assert await own_sqlite_store.fetch("SELECT 1 FROM user_tokens") == []
    await make_account(own_sqlite_store)


async def test_who_gives_up_while_a_view_begins_leaves_the_connection_free(
    sqlite_store: Store,
) -> None:
    """The thread begins it all the same: it is ended before somebody else has the connection."""

    async def look() -> None:
        async with sqlite_store.snapshot() as reading:
            await reading.fetch("SELECT 1")

    for _ in range(2 * OTHER_READERS):
        looking = asyncio.create_task(look())
        await asyncio.sleep(0)
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking
    await asyncio.gather(*(look() for _ in range(2 * OTHER_READERS)))


async def test_who_gives_up_while_a_write_begins_leaves_nothing_open(sqlite_store: Store) -> None:
    for _ in range(3):
        putting_off = asyncio.create_task(sqlite_store.put_off(0, [1]))
        await asyncio.sleep(0)
        putting_off.cancel()
        with pytest.raises(asyncio.CancelledError):
            await putting_off
        async with sqlite_store.transaction() as writing:
            await writing.fetch("SELECT 1")
