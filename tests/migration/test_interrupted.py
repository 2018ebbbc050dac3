"""A migration that dies goes on where it was, and no server works with a half-migrated database."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn, cast

import asyncpg
import pytest

from stampbook.pacing import run_apart
from stampbook.storage import converting, migrating
from stampbook.storage.address import is_postgres, sqlite_path
from stampbook.storage.applied import CONVERSION, FOLDER, SchemaOlder, known
from stampbook.storage.converting import Progress, _old_content, _old_hash, convert_journal, ignore
from stampbook.storage.migrating import MigrationFailed, migrate, pending
from stampbook.storage.opening import open_or_create, open_store
from stampbook.storage.postgres.temporary import TemporaryPostgres
from stampbook.storage.store import Store
from stampbook.storage.tables import TRANSACTIONS
from tests.migration.checking import faults, rows
from tests.migration.restoring import restore
from tests.process.forking import environment_of
from tests.process.running import forked
from tests.turns import WHOLE

ROWS_A_PAGE = 400
"""Few, so that there are many statements at which to die."""

STRIDE = 3 if WHOLE else 19
"""By how many deaths one is later than the one before: odd, so that both kinds come by turns."""

STATEMENTS = ("fetch", "fetch_one", "load", "policies", "save")


class KilledError(Exception):
    """In the place of a process that is gone."""


class Mortal:
    """A store that dies at its n-th statement: before it, or after it was committed."""

    def __init__(self, store: Store, statements: int, *, after: bool) -> None:
        self._store = store
        self._left = statements
        self._after = after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return self._counted(found) if name in STATEMENTS else found

    def _counted(self, statement: Any) -> Any:
        async def run(*arguments: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise KilledError
            answer = await statement(*arguments)
            if self._left == 0:
                raise KilledError
            return answer

        return run


@pytest.fixture(scope="session")
def old_template(postgres_server: TemporaryPostgres) -> str:
    """The recorded database on PostgreSQL, to be copied."""
    restore(postgres_server.create_database("old_template"))
    return "old_template"


@pytest.fixture(params=["sqlite", "postgres"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of the recorded database, as it was recorded."""
    if request.param == "sqlite":
        address = f"sqlite:{tmp_path}/old.sqlite"
        restore(address)
        yield address
        return
    server: TemporaryPostgres = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("old_template")
    yield server.create_database("old", template=template)
    server.drop_database("old")


def run_sql(url: str, sql: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    if is_postgres(url):
        run_apart(run())
    else:
        with closing(sqlite3.connect(sqlite_path(url))) as connection:
            connection.executescript(sql)


def read_sql(url: str, sql: str) -> list[dict[str, Any]]:
    async def run() -> list[Any]:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetch(sql)
        finally:
            await connection.close()

    if is_postgres(url):
        return list(map(dict, run_apart(run())))
    with closing(sqlite3.connect(sqlite_path(url))) as connection:
        connection.row_factory = sqlite3.Row
        return list(map(dict, connection.execute(sql)))


async def sound(url: str, expected: int) -> None:
    store = await open_store(url)
    assert await faults(store) == []
    assert await rows(store) == expected
    await store.close()


async def counted(url: str) -> int:
    """How many rows the new journal has while it is being filled."""
    if is_postgres(url):
        connection = await asyncpg.connect(url)
        found = await connection.fetchval("SELECT count(*) FROM transactions")
        await connection.close()
        return int(found)
    with closing(sqlite3.connect(sqlite_path(url))) as file:
        return int(file.execute("SELECT count(*) FROM transactions").fetchone()[0])


def all_rows(url: str) -> int:
    """How many rows the recorded journal has."""
    told: list[int] = []
    with pytest.raises(KilledError):
        migrate(url, report=lambda progress: _stop(told, progress))
    return told[0]


def _stop(told: list[int], progress: Progress) -> NoReturn:
    told.append(progress.total)
    raise KilledError


async def test_killed_at_every_statement(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run dies some statements later than the one before; what it committed is kept.

    Little is kept in memory, so that old facts are brought again."""
    monkeypatch.setattr(converting, "KEPT", 100)
    total = await asyncio.to_thread(all_rows, old)
    reached = await counted(old)
    assert 0 < reached < total
    runs = 0
    for deaths in itertools.count(2, STRIDE):
        store = await migrating.open_converting(old)
        mortal = cast(Store, Mortal(store, deaths // 2, after=bool(deaths % 2)))
        try:
            await convert_journal(mortal, ignore, page=ROWS_A_PAGE)
            break
        except KilledError:
            runs += 1
        finally:
            await store.close()
        before, reached = reached, await counted(old)
        assert before <= reached <= total
    reached = await counted(old)
    assert reached == total
    assert runs > 5, runs
    assert await asyncio.to_thread(migrate, old) == [known(old)[CONVERSION]]
    await sound(old, total)


async def test_no_server_starts_on_a_half_migrated_database(old: str) -> None:
    total = await asyncio.to_thread(all_rows, old)
    for opening in (open_store, open_or_create):
        with pytest.raises(SchemaOlder, match=r"half migrated.* Run `stampbook migrate`"):
            await opening(old)
    names = await asyncio.to_thread(pending, old)
    assert names == [known(old)[CONVERSION]]
    await asyncio.to_thread(migrate, old)
    await sound(old, total)


def test_old_rows_are_not_dropped_before_they_are_converted(old: str) -> None:
    """Also not by somebody who applies the files by hand."""
    all_rows(old)
    folder = FOLDER / ("postgres" if is_postgres(old) else "sqlite")
    text = (folder / known(old)[CONVERSION]).read_text().partition("-- migrate:down")[0]
    with pytest.raises((asyncpg.PostgresError, sqlite3.Error), match="converted"):
        run_sql(old, f"BEGIN; {text}; COMMIT;")
    run_sql(old, "SELECT hash FROM old_transactions")


async def test_keys_are_found_by_an_index(old: str) -> None:
    """A page does not read the keys of all accounts."""
    await asyncio.to_thread(all_rows, old)
    store = await migrating.open_converting(old)
    values = (0, 1, 2, 3, 4)
    if is_postgres(old):
        async with store.transaction() as writing:
            await writing.execute("SET LOCAL enable_seqscan = off")
            plan = await writing.fetch(f"EXPLAIN {converting.KEYS}", *values)
    else:
        plan = await store.fetch(f"EXPLAIN QUERY PLAN {converting.KEYS}", *values)
    await store.close()
    assert any("idempotency_keys_rows" in str(tuple(row.values())) for row in map(dict, plan)), plan


async def test_two_at_once(old: str) -> None:
    names = await asyncio.to_thread(pending, old)
    with ThreadPoolExecutor(2) as threads:
        applied = list(threads.map(migrate, [old] * 2))
    assert sorted(name for each in applied for name in each) == names
    store = await open_store(old)
    assert await faults(store) == []
    await store.close()


BREAKS = {
    "its amount": "UPDATE transactions SET amount = amount + 1",
    "its reason": "UPDATE transactions SET reason = 'other'",
    "the hash of the row before": "UPDATE transactions SET hash = old.hash FROM (SELECT hash"
    " FROM transactions WHERE account_id = 5 AND seq = 6) AS old",
}


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_chain_stops_it(old: str, how: str) -> None:
    change = f"{BREAKS[how]} WHERE account_id = 5 AND seq = 7;"
    if is_postgres(old):
        run_sql(old, f"ALTER TABLE transactions DISABLE TRIGGER USER; {change}")
    else:
        trigger = "CREATE TRIGGER transactions_not_edited BEFORE UPDATE ON transactions"
        run_sql(
            old, f"DROP TRIGGER transactions_not_edited; {change} {trigger} BEGIN SELECT 1; END;"
        )
    for _ in range(2):
        with pytest.raises(MigrationFailed, match=r"account acc_5 .*transaction 7: the hash"):
            migrate(old)


async def test_a_row_that_breaks_a_law_stops_nothing(old: str) -> None:
    """Earlier releases could write postings of nothing. Later rows are still refused."""
    before, row = read_sql(old, "SELECT * FROM transactions WHERE account_id = 14 AND seq > 12")
    row["postings"] = row["postings"][:-1] + ",[5,0,1,2,0]]"
    digest = _old_hash(bytes(before["hash"]), _old_content(row)).hex()
    change = f"UPDATE transactions SET postings = '{row['postings']}'"
    where = "WHERE account_id = 14 AND seq = 14;"
    if is_postgres(old):
        check = "ALTER TABLE transactions DROP CONSTRAINT transactions_postings;"
        change = f"{check} {change}, hash = decode('{digest}', 'hex')"
        run_sql(old, f"ALTER TABLE transactions DISABLE TRIGGER USER; {change} {where}")
    else:
        trigger = "CREATE TRIGGER transactions_not_edited BEFORE UPDATE ON transactions"
        change = f"{change}, hash = x'{digest}' {where}"
        run_sql(
            old, f"DROP TRIGGER transactions_not_edited; {change} {trigger} BEGIN SELECT 1; END;"
        )
    await asyncio.to_thread(migrate, old)
    store = await open_store(old)
    (fault,) = await faults(store)
    assert (fault.account, fault.seq, fault.what) == (
        14,
        14,
        "a posting is not positive, or goes nowhere",
    )
    columns = ", ".join((*TRANSACTIONS.columns, "position"))
    later = columns.replace("position", "position + 10000").replace(" seq,", " seq + 1,")
    with pytest.raises(Exception, match="posting"):
        await store.execute(
            f"INSERT INTO transactions ({columns})"
            f" SELECT {later} FROM transactions WHERE account_id = 14 AND seq = 14"
        )
    await store.close()


def test_killed_from_outside(old: str, tmp_path: Path) -> None:
    """A real process, ended at a line of its progress, and the command that goes on."""
    program = [sys.executable, "-c", REPORTING, str(ROWS_A_PAGE), "migrate", "--database", old]
    with subprocess.Popen(
        program, cwd=tmp_path, env=environment_of(), stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        for _ in range(3):
            line = running.stderr.readline()
            assert re.fullmatch(r"converted [\d,]+ of 4,\d+ transactions, [\d,]+ a second\n", line)
        running.send_signal(signal.SIGKILL)
    refused = forked("serve", "--port", "0", "--database", old, cwd=tmp_path)
    assert (refused.returncode, "half migrated" in refused.stderr) == (2, True), refused.stderr
    done = forked("migrate", "--database", old, cwd=tmp_path)
    assert (done.returncode, "converted" in done.stderr) == (0, True), done.stderr
    assert "applied" in done.stdout
    listed = forked("audit", "--json", "--database", old, cwd=tmp_path)
    [told] = json.loads(listed.stdout)
    assert told["action"] == "migration.applied"
    assert done.stdout.split()[-1] == told["entity"] == told["changes"]["migrations"]["after"][-1]
    verified = forked("verify", "--database", old, cwd=tmp_path)
    assert verified.returncode == 0, verified.stdout


REPORTING = """
import sys
from functools import partial
from stampbook.commands import migrating as commands
from stampbook.storage import converting, migrating
commands.REPORT_EVERY_S = 0.0
page = int(sys.argv.pop(1))
migrating.convert_journal = partial(migrating.convert_journal, page=page)
from stampbook.cli import main
main()
"""
"""The command, telling of each page."""
