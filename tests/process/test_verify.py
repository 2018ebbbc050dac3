"""`verify` on sound databases, on databases that were tampered with, and while a server runs."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest
from typer.testing import CliRunner

from stampbook.cli import app
from stampbook.domain.commands import Accrue, Cancel, Hold, Note, Redeem
from stampbook.domain.policy import PendingRule, PendingType, Period, Unit
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission, Transfer
from stampbook.programs import accounts, currencies, members, programs
from stampbook.programs.policies import Terms
from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from stampbook.storage.postgres.temporary import TemporaryPostgres
from tests.process.api import Api
from tests.process.conftest import Deployment
from tests.process.running import forked

DAY = 86_400_000_000
NOW = 1_800_000_000_000_000

ANNA, BERT = 1, 2


class Wrong(NamedTuple):
    """What someone does to the database by hand, and the first fault that reveals it."""

    sql: str
    account: int
    seq: int | None
    what: str


TAMPERED = {
    "journal amount": Wrong(
        "UPDATE transactions SET amount = amount + 1 WHERE account_id = 1 AND seq = 2",
        ANNA,
        2,
        "hash",
    ),
    "journal metadata": Wrong(
        "UPDATE transactions SET metadata = '{\"till\":4}' WHERE account_id = 1 AND seq = 1",
        ANNA,
        1,
        "texts",
    ),
    "journal reason": Wrong(
        "UPDATE transactions SET reason = NULL WHERE account_id = 2 AND seq = 1", BERT, 1, "texts"
    ),
    "journal postings": Wrong(
        "UPDATE transactions SET postings = '[[1,2' WHERE account_id = 1 AND seq = 3",
        ANNA,
        3,
        "cannot be read",
    ),
    "journal row gone": Wrong(
        "DELETE FROM transactions WHERE account_id = 1 AND seq = 2",
        ANNA,
        3,
        "row 2 of the journal is missing",
    ),
    "last journal row gone": Wrong(
        "DELETE FROM transactions WHERE account_id = 1 AND seq = 7",
        ANNA,
        None,
        "lot_rows has 4 rows, but the journal requires 3",
    ),
    "sums": Wrong(
        "UPDATE transactions SET spent = spent - 1, expired = expired + 1"
        " WHERE account_id = 1 AND seq = 7",
        ANNA,
        7,
        "its sums",
    ),
    "due": Wrong(
        "UPDATE transactions SET due_at = due_at + 1 WHERE account_id = 1 AND seq = 4",
        ANNA,
        4,
        "its sums",
    ),
    "state": Wrong(
        "UPDATE transactions SET state = state || ' ' WHERE account_id = 1 AND seq = 5",
        ANNA,
        5,
        "its state",
    ),
    "whole state": Wrong(
        "UPDATE transactions SET state_seq = state_seq - 1 WHERE account_id = 1 AND seq = 5",
        ANNA,
        5,
        "its state_seq",
    ),
    "row of a lot": Wrong(
        "UPDATE lot_rows SET closed = '[1,1,0]' WHERE account_id = 1 AND lot = 1 AND seq = 3",
        ANNA,
        3,
        "lot_rows says",
    ),
    "row of a lot gone": Wrong(
        "DELETE FROM lot_rows WHERE account_id = 1 AND lot = 1 AND seq = 2",
        ANNA,
        2,
        "lot_rows says None",
    ),
    "standing": Wrong(
        "UPDATE standings SET cancelled = cancelled - 1 WHERE account_id = 1 AND target = 2",
        ANNA,
        4,
        "standings says",
    ),
    "standing gone": Wrong(
        "DELETE FROM standings WHERE account_id = 1 AND target = 3",
        ANNA,
        3,
        "standings says None",
    ),
    "account due": Wrong(
        "UPDATE accounts SET due_at = due_at + 9000000000000000 WHERE account_id = 1",
        ANNA,
        None,
        "account.due_at",
    ),
    "position": Wrong(
        "UPDATE transactions SET position = position + 1000 WHERE account_id = 1 AND seq = 3",
        ANNA,
        4,
        "before its predecessor",
    ),
    "account gone": Wrong(
        "DELETE FROM accounts WHERE account_id = 2", BERT, 1, "without an account"
    ),
    "external id elsewhere": Wrong(
        "UPDATE external_ids SET seq = 2 WHERE external_id = 'order-1'", ANNA, 1, "leads elsewhere"
    ),
    "external id gone": Wrong(
        "DELETE FROM external_ids WHERE external_id = 'order-1'", ANNA, 1, "leads elsewhere"
    ),
    "external id of nothing": Wrong(
        "UPDATE external_ids SET external_id = 'order-2' WHERE external_id = 'order-1'",
        ANNA,
        1,
        "external id",
    ),
    "key of nothing": Wrong(
        "UPDATE transactions SET key_rows = 70 WHERE key_digest IS NOT NULL",
        ANNA,
        1,
        "idempotency key",
    ),
}
"""Each is applied to a fresh copy of the same history."""


async def make_history(url: str) -> None:
    """Two accounts with all kinds of rows: Anna's has lots that are pending, expire and pay."""
    migrate(url)
    async with opened_ledger(url) as ledger:
        store = ledger.store
        terms = Terms(
            pending=PendingRule(PendingType.PERIOD, period=Period(1, Unit.DAY)),
        )
        async with store.transaction() as writing:
            program = await programs.create(writing, tenant=1, name="Tried", now=NOW)
            currency = await currencies.create(
                writing, program, name="Points", terms=terms, now=NOW
            )
            people = [await members.create(writing, program, now=NOW) for _ in range(2)]
        opened = [
            await accounts.primary_or_open(store, member, currency, now=NOW) for member in people
        ]
        assert [account.account_id for account in opened] == [ANNA, BERT]
        note = Note(external_id="order-1", metadata='{"till":3}')
        first = Accrue(100, activates_at=NOW, expires_at=NOW + 90 * DAY, note=note)
        await do(ledger, ANNA, first, key="first")
        await do(ledger, ANNA, Redeem(60))
        await do(ledger, ANNA, Hold(10))
        await do(ledger, ANNA, Cancel(2, 20))
        await do(ledger, ANNA, Accrue(7))
        await do(ledger, BERT, Accrue(5, activates_at=NOW, note=Note(reason="Welcome")))
        moved = await ledger.transfer(Transfer(tenant=1, source=ANNA, receiver=BERT, amount=15))
        assert isinstance(moved, Done)
        await do(ledger, ANNA, Redeem(1))


async def do(
    ledger: Ledger, account: int, asked: Accrue | Redeem | Hold | Cancel, key: str | None = None
) -> None:
    outcome = await ledger.submit(Submission(tenant=1, account=account, commands=(asked,), key=key))
    assert isinstance(outcome, Done), outcome


@asynccontextmanager
async def opened_ledger(url: str) -> AsyncIterator[Ledger]:
    store = await open_store(url)
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    try:
        yield ledger
    finally:
        await ledger.stop()
        await store.close()


@pytest.fixture(scope="module")
def sqlite_history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history") / "history.sqlite"
    asyncio.run(make_history(str(path)))
    return path


@pytest.fixture(scope="module")
def postgres_history(postgres_server: TemporaryPostgres) -> Iterator[str]:
    name = "verify_history"
    asyncio.run(make_history(postgres_server.create_database(name)))
    yield name
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a copy of the database."""
    if request.param == "sqlite":
        copy = tmp_path / "copy.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_history"), copy)
        yield f"sqlite:{copy}"
        return
    template = request.getfixturevalue("postgres_history")
    server: TemporaryPostgres = request.getfixturevalue("postgres_server")
    yield server.create_database("verify_copy", template=template)
    server.drop_database("verify_copy")


async def tamper(url: str, statement: str) -> None:
    """Do what is possible only with the database's own tools."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:"))) as connection, connection:
            triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in triggers.fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            assert connection.execute(statement).rowcount == 1
        return
    postgres = await asyncpg.connect(url)
    try:
        await postgres.execute("SET session_replication_role = replica")
        assert (await postgres.execute(statement)).endswith(" 1")
    finally:
        await postgres.close()


def test_a_sound_database_ends_with_0(history: str, tmp_path: Path) -> None:
    ended = forked("verify", "--database", history, cwd=tmp_path)
    assert ended.stderr == ""
    assert (ended.returncode, ended.stdout) == (0, "2 accounts with 9 transactions are sound\n")


@pytest.mark.parametrize("case", TAMPERED, ids=[name.replace(" ", "-") for name in TAMPERED])
def test_what_was_tampered_with_is_named(history: str, case: str) -> None:
    wrong = TAMPERED[case]
    asyncio.run(tamper(history, wrong.sql))
    ended = CliRunner().invoke(app, ["verify", "--json", "--database", history])
    assert ended.exit_code == 1, ended.output
    told = json.loads(ended.stdout)
    assert told["sound"] is False
    first = told["faults"][0]
    assert (first["account_id"], first["seq"]) == (f"acc_{wrong.account}", wrong.seq)
    assert wrong.what in first["what"]
    assert {fault["account_id"] for fault in told["faults"]} == {f"acc_{wrong.account}"}


def test_the_fault_is_told_to_people(sqlite_history: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    shutil.copy(sqlite_history, copy)
    asyncio.run(tamper(f"sqlite:{copy}", TAMPERED["whole state"].sql))
    ended = forked("verify", "--database", str(copy), cwd=tmp_path)
    assert ended.returncode == 1
    assert ended.stdout == (
        "acc_1, transaction 5 (txn_800005): its state_seq is 4, the journal says 5\n"
    )
    assert ended.stderr == "stampbook: the database does not agree with its journal\n"


def test_one_program_alone(sqlite_history: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    shutil.copy(sqlite_history, copy)
    asked = ("verify", "--json", "--database", str(copy), "--program")
    whole = forked(*asked, "prg_1", cwd=tmp_path)
    assert (whole.returncode, json.loads(whole.stdout)["accounts"]) == (0, 2)
    assert forked(*asked, "prg_2", cwd=tmp_path).returncode == 1
    assert forked(*asked, "nonsense", cwd=tmp_path).returncode == 1


def test_it_reads_one_state_while_a_server_works(deployment: Deployment) -> None:
    """An account in use is never reported as wrong."""
    with deployment.serve() as server:
        api = Api(server.wait_until_ready(), deployment.secret)
        (account,) = api.open_accounts(1)
        api.move(account, "accrue", "1000000")
        with moving(Api(api.url, deployment.secret), account):
            found = [deployment.verify() for _ in range(3)]
        assert [told["sound"] for told in found] == [True] * 3, found
        assert server.stop() == 0


@contextmanager
def moving(api: Api, account: str) -> Iterator[None]:
    """Redeem points of the account and cancel that, over and over."""
    ending = threading.Event()

    def run() -> None:
        while not ending.is_set():
            redeemed = api.move(account, "redeem", "1")
            api.post(f"/v1/transactions/{redeemed['id']}/cancel")

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
