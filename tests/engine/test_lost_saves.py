"""A save whose answer is lost, on either store: whatever became of it, its effect is there once.

The store is the real one; only its answers are lost, as a broken connection loses them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, cast

import pytest

from stampbook.domain.commands import NO_NOTE, Accrue, Cancel, Command, Note, Redeem
from stampbook.domain.refusals import Code
from stampbook.ledger import saving
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.submission import Submission, Transfer
from stampbook.storage.postgres.citus import CitusStore
from stampbook.storage.store import Batch, OutcomeUnknown, SaveConflict, Store, Unavailable
from stampbook.storage.tables import TRANSACTIONS
from stampbook.verifying.accounts import verify_accounts
from tests.storage.building import DAY, NOW, make_accounts, make_currency

Save = Callable[[Sequence[Batch]], Awaitable[None]]


class Losing:
    """A store that loses the answers of some saves. `ways`: what becomes of the next ones."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.ways: list[str] = []
        self.saves = 0
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self.after_conflict: Callable[[], None] = lambda: None
        self._late: list[asyncio.Future[None]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def save(self, batches: Sequence[Batch]) -> None:
        self.saves += 1
        way = self.ways.pop(0) if self.ways else "answered"
        if way == "landed":
            await self._store.save(batches)
        if way == "late":  # it is still on its way while it is saved again
            self._late.append(asyncio.ensure_future(self._store.save(batches)))
            if self.meanwhile is not None:
                await self.meanwhile()
        if way == "overtaken":  # another server is first
            assert self.meanwhile is not None
            await self.meanwhile()
        if way == "unavailable":
            raise Unavailable("the server is starting")
        if way == "answered":
            try:
                await self._store.save(batches)
            except SaveConflict:
                self.after_conflict()
                raise
        else:
            raise OutcomeUnknown("the connection is lost")

    async def landed(self) -> list[BaseException | None]:
        """What became of the saves that were late."""
        return await asyncio.gather(*self._late, return_exceptions=True)


WAYS = [
    ["landed"],
    ["lost"],
    ["late"],
    ["landed", "landed"],
    ["lost", "lost"],
    ["lost", "landed"],
    ["landed", "lost"],
    ["late", "late", "unavailable"],
    ["landed", "unavailable", "lost"],
]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "ASK_PAUSE_S", 0)


async def begin(store: Store, accounts: int = 1) -> tuple[Losing, Ledger, list[int]]:
    losing = Losing(store)
    ledger = Ledger(cast(Store, losing), clock=lambda: NOW)
    await ledger.start()
    numbers = await make_accounts(store, await make_currency(store), accounts)
    return losing, ledger, numbers


async def assert_sound(store: Store, accounts: Sequence[int], rows: Sequence[int]) -> None:
    """The accounts have as many rows, and everything beside them is as they make it."""
    for account, count in zip(accounts, rows, strict=True):
        assert len(await store.journal(account, after=0, limit=99)) == count
    for shard in range(store.shards):
        async for verified in verify_accounts(store, shard):
            assert not verified.faults, verified.faults


@pytest.mark.parametrize("key", [None, "K"])
@pytest.mark.parametrize("ways", WAYS, ids="-".join)
async def test_a_movement(store: Store, ways: list[str], key: str | None) -> None:
    losing, ledger, (account,) = await begin(store)
    commands: list[Command] = [
        Accrue(100, expires_at=NOW + DAY, note=Note(external_id="x", reason="a reason")),
        Redeem(30),
        Cancel(2),
    ]
    for at, command in enumerate(commands):
        losing.ways = ways.copy()
        asked = Submission(1, account, (command,), key=key and f"{key}{at}")
        outcome = await ledger.submit(asked)
        assert isinstance(outcome, Done)
        assert not outcome.replayed
        await losing.landed()
        assert not losing.ways
        if key:
            again = await ledger.submit(asked)
            assert isinstance(again, Done)
            assert again.replayed
            assert again.transactions == outcome.transactions
    await assert_sound(store, [account], [3])
    await ledger.stop()


@pytest.mark.parametrize("ways", WAYS, ids="-".join)
async def test_a_repeat(store: Store, ways: list[str]) -> None:
    """What is saved is a key alone: of a cancel that had been made."""
    losing, ledger, (account,) = await begin(store)
    await ledger.submit(Submission(1, account, (Accrue(100),)))
    await ledger.submit(Submission(1, account, (Redeem(30),)))
    first = await ledger.submit(Submission(1, account, (Cancel(2),), key="first"))
    losing.ways = ways.copy()
    second = await ledger.submit(Submission(1, account, (Cancel(2),), key="second"))
    await losing.landed()
    assert not losing.ways
    assert isinstance(first, Done)
    assert isinstance(second, Done)
    assert second.already
    assert second.transactions == first.transactions
    again = await ledger.submit(Submission(1, account, (Cancel(2),), key="second"))
    assert isinstance(again, Done)
    assert again.already
    assert again.replayed
    await assert_sound(store, [account], [3])
    assert len(await store.fetch("SELECT 1 FROM repeated_keys")) == 1
    await ledger.stop()


@pytest.mark.parametrize("ways", WAYS, ids="-".join)
async def test_a_transfer_between_shards(store: Store, ways: list[str]) -> None:
    """Both legs or none."""
    losing, ledger, accounts = await begin(store, 2)
    assert accounts[0] % store.shards != accounts[1] % store.shards
    await ledger.submit(Submission(1, accounts[0], (Accrue(100),)))
    losing.ways = ways.copy()
    outcome = await ledger.transfer(
        Transfer(1, accounts[0], accounts[1], 40, key="K", note=NO_NOTE)
    )
    await losing.landed()
    assert isinstance(outcome, Done)
    again = await ledger.transfer(Transfer(1, accounts[0], accounts[1], 40, key="K", note=NO_NOTE))
    assert isinstance(again, Done)
    assert again.replayed
    await assert_sound(store, accounts, [2, 1])
    await ledger.stop()


@pytest.mark.parametrize("ways", WAYS, ids="-".join)
async def test_many_accounts_at_once(store: Store, ways: list[str]) -> None:
    losing, ledger, accounts = await begin(store, 10)
    accounts = [account for account in accounts if account % store.shards == 1]
    losing.ways = ways.copy()
    outcomes = await asyncio.gather(
        *(ledger.submit(Submission(1, account, (Accrue(10),))) for account in accounts)
    )
    await losing.landed()
    assert [active(outcome) for outcome in outcomes] == [10] * len(accounts)
    await assert_sound(store, accounts, [1] * len(accounts))
    await ledger.stop()


def active(outcome: Outcome) -> int:
    assert isinstance(outcome, Done)
    return outcome.account.active


@pytest.mark.parametrize("key", [None, "K"])
async def test_another_server_overtakes_it(store: Store, key: str | None) -> None:
    """What did not land is decided again, after what another server has done meanwhile."""
    losing, ledger, (account,) = await begin(store)
    other = Ledger(store, clock=lambda: NOW)
    await other.start()
    await ledger.submit(Submission(1, account, (Accrue(100),)))

    async def meanwhile() -> None:
        await other.submit(Submission(1, account, (Redeem(80),)))

    losing.ways, losing.meanwhile = ["overtaken"], meanwhile
    outcome = await ledger.submit(Submission(1, account, (Redeem(30),), key=key))
    assert not isinstance(outcome, Done)
    assert outcome.code is Code.INSUFFICIENT_POINTS
    await assert_sound(store, [account], [2])
    await other.stop()
    await ledger.stop()


@pytest.mark.parametrize("keys", [("K", "K"), ("K", "L"), ("K", None)])
async def test_another_server_is_asked_the_same(
    store: Store, keys: tuple[str | None, str | None]
) -> None:
    """Its row has the place, the instant and all that is hashed of the one that was lost; only
    under the same key is it the same request."""
    losing, ledger, (account,) = await begin(store)
    other = Ledger(store, clock=lambda: NOW)
    await other.start()
    await ledger.submit(Submission(1, account, (Accrue(20),)))

    async def meanwhile() -> None:
        await other.submit(Submission(1, account, (Redeem(15),), key=keys[1]))

    losing.ways, losing.meanwhile = ["overtaken"], meanwhile
    outcome = await ledger.submit(Submission(1, account, (Redeem(15),), key=keys[0]))
    if keys[0] == keys[1]:
        assert active(outcome) == 5
    else:
        assert not isinstance(outcome, Done)
        assert outcome.code is Code.INSUFFICIENT_POINTS
    await assert_sound(store, [account], [2])
    await other.stop()
    await ledger.stop()


async def test_a_policy_changes_while_it_is_on_its_way(postgres_store: Store) -> None:
    """The server is still at work on the lost save when it refuses the same rows, decided by what
    is outdated: that they will not be saved does not follow."""
    store = postgres_store
    losing, ledger, (account,) = await begin(store)
    await ledger.submit(Submission(1, account, (Accrue(100),)))
    release = asyncio.Event()
    occupying = await occupied(store, account, release)

    async def meanwhile() -> None:
        while not await is_one_waiting(store):
            pass
        await store.execute("UPDATE currencies SET version = version + 1")
        losing.after_conflict = release.set

    losing.ways, losing.meanwhile = ["late"], meanwhile
    outcome = await ledger.submit(Submission(1, account, (Redeem(30),)))
    await occupying
    assert await losing.landed() == [None]
    assert active(outcome) == 70
    await assert_sound(store, [account], [2])
    await ledger.stop()


async def is_one_waiting(store: Store) -> bool:
    """Whether a statement waits for a lock: on the node of the account, if that is another one."""
    waiting = "SELECT count(*) AS result FROM pg_locks WHERE NOT granted"
    if isinstance(store, CitusStore):
        waiting = f"SELECT result FROM run_command_on_workers($${waiting}$$)"
    return any(int(row["result"]) for row in await store.fetch(waiting))


async def occupied(store: Store, account: int, until: asyncio.Event) -> asyncio.Future[None]:
    """Have the place of the account's second row taken by a transaction that is then undone."""
    begun = asyncio.Event()

    async def occupy() -> None:
        columns = (*TRANSACTIONS.columns, "position")
        values = ", ".join("2" if name == "seq" else name for name in columns)
        with suppress(UndoneError):
            async with store.transaction() as writing:
                await writing.execute(
                    f"INSERT INTO transactions ({', '.join(columns)})"
                    f" SELECT {values} FROM transactions WHERE account_id = $1",
                    account,
                )
                begun.set()
                await until.wait()
                raise UndoneError

    occupying = asyncio.ensure_future(occupy())
    await begun.wait()
    return occupying


class UndoneError(Exception):
    """Rolls a transaction back."""


async def test_a_database_that_does_not_come_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller learns that the outcome is unknown, and a retry with the key finds it out."""
    monkeypatch.setattr(saving, "ASKING_S", 0.05)
    losing, ledger, (account,) = await begin(store)
    asked = Submission(1, account, (Accrue(100),), key="K")
    for first, replayed in (("lost", False), ("landed", True)):
        losing.ways = [first, *["unavailable"] * 100_000]
        with pytest.raises(OutcomeUnknown):
            await ledger.submit(asked)
        losing.ways = []
        outcome = await ledger.submit(asked)
        assert isinstance(outcome, Done)
        assert outcome.replayed is replayed
        assert active(outcome) == 100
        (account,) = await make_accounts(store, await make_currency(store))
        asked = Submission(1, account, (Accrue(100),), key="L")
    await ledger.stop()
