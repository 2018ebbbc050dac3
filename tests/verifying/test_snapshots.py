"""How long the verification looks at one view of the database, and that it misses nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from stampbook.domain.audit import JournalFault
from stampbook.domain.commands import Accrue, Redeem
from stampbook.ledger.engine import Ledger
from stampbook.ledger.submission import Submission
from stampbook.storage.store import Store, Transacting, Unavailable
from stampbook.verifying import accounts
from stampbook.verifying.flow_sums import Tally
from stampbook.verifying.projections import verify_flows
from stampbook.verifying.sharing import verify_all
from tests.storage.building import NOW, make_accounts, make_currency
from tests.tampering import edit_journal

ROWS = 41
LONG = 10


async def filled(store: Store, count: int, rows: int) -> list[int]:
    """New accounts with so many rows each."""
    numbers = await make_accounts(store, await make_currency(store), count)
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    for at in range(rows):
        command = Redeem(30) if at % 3 == 2 else Accrue(100)
        for number in numbers:
            await ledger.submit(Submission(1, number, (command,)))
    await ledger.stop()
    return numbers


class Snapshots:
    """Counts the views, and calls `between` after each."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._snapshot = store.snapshot
        monkeypatch.setattr(store, "snapshot", self._counted)

    async def between(self) -> None:
        """What others do meanwhile."""

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[Transacting]:
        self.count += 1
        async with self._snapshot() as reading:
            yield reading
        await self.between()


async def faults(store: Store) -> tuple[int, list[JournalFault]]:
    """How many rows were verified, and what is wrong."""
    rows, found = 0, []
    for shard in range(store.shards):
        async for account in accounts.verify_accounts(store, shard):
            rows += account.transactions
            found += account.faults
    return rows, found


async def test_a_long_journal_takes_several_views(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it grows in between."""
    monkeypatch.setattr(accounts, "LONG", LONG)
    (number,) = await filled(store, 1, ROWS)
    snapshots = Snapshots(store, monkeypatch)
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()

    async def more() -> None:
        if snapshots.count <= 3:
            await ledger.submit(Submission(1, number, (Redeem(1),)))

    monkeypatch.setattr(snapshots, "between", more)
    rows, found = await faults(store)
    await ledger.stop()
    assert (found, snapshots.count) == ([], 5 + 1 + store.shards)
    assert ROWS < rows <= ROWS + 3


@pytest.mark.parametrize("seq", [1, LONG, LONG + 1, ROWS - LONG, ROWS])
async def test_a_fault_in_any_part_is_named(
    store: Store, monkeypatch: pytest.MonkeyPatch, seq: int
) -> None:
    monkeypatch.setattr(accounts, "LONG", LONG)
    (number,) = await filled(store, 1, ROWS)
    await edit_journal(store, "UPDATE transactions SET amount = amount + 1 WHERE seq = $1", seq)
    rows, (fault,) = await faults(store)
    assert (fault.account, fault.seq, rows) == (number, seq, seq - 1)


async def test_short_journals_share_a_view(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many of them as have few rows together."""
    monkeypatch.setattr(accounts, "LONG", LONG)
    await filled(store, 8, 3)
    snapshots = Snapshots(store, monkeypatch)
    assert await faults(store) == (24, [])
    assert snapshots.count == {1: 4, 2: 6, 64: 72}[store.shards]  # 64 with Citus


async def test_parts_are_the_whole(store: Store, store_address: str) -> None:
    """In processes of their own, too."""
    await filled(store, 5, 7)
    kept = Tally(await store.complete_upto())
    for shard in range(store.shards):
        async for _ in accounts.verify_accounts(store, shard, tally=kept):
            pass
    for processes in (1, 2):
        joined = Tally(kept.position)
        parts = [
            part
            async for part in verify_all(
                store, store_address, processes=processes, position=kept.position
            )
        ]
        for part in parts:
            joined.join(part.sums)
        assert sum(part.accounts for part in parts) == 5
        assert sum(part.transactions for part in parts) == 35
        assert list(verify_flows(kept, joined)) == []
    assert kept.sums


async def test_a_process_that_cannot_begin(store: Store, tmp_path: Path) -> None:
    """It has no such database; a process that is killed ends the same way."""
    await filled(store, 1, 1)
    with pytest.raises(Unavailable, match="--processes 1"):
        async for _ in verify_all(store, f"sqlite:{tmp_path}/none.sqlite", processes=2):
            pass
