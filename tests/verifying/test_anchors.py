"""Anchors: what a hand in the database cannot hide from one who has kept them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from stampbook.domain.audit import JournalFault
from stampbook.domain.commands import Accrue, Note
from stampbook.domain.model import MICROSECONDS
from stampbook.ledger.engine import Ledger
from stampbook.ledger.submission import Submission
from stampbook.programs import programs, tenants
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from stampbook.verifying.accounts import verify_accounts
from stampbook.verifying.anchor_lines import (
    Anchor,
    BadKey,
    BadLine,
    Head,
    Heads,
    heads_of,
    read_key,
    read_line,
    write_line,
)
from stampbook.verifying.anchored import verify_anchors
from stampbook.verifying.anchors import make_anchors
from stampbook.verifying.audit_log import verify_audit
from stampbook.worker.anchoring import anchorer
from tests.storage.building import NOW, make_accounts, make_currency
from tests.tampering import edit_audit, edit_journal, rewrite_reason

DAY = 86_400 * MICROSECONDS
KEY, OTHER_KEY = b"a key of sixteen", b"another of sixteen"
PATIENCE_S = 20.0


class Kept:
    """A store with four accounts, and a file of anchors beside it."""

    def __init__(self, store: Store, file: Path) -> None:
        self.store = store
        self.file = file
        self.now = NOW
        self.accounts: list[int] = []

    async def fill(self) -> None:
        self.accounts = await make_accounts(self.store, await make_currency(self.store), 4)
        await self.move(*self.accounts, *self.accounts)
        for name in ("Coffee", "Tea"):
            async with self.store.transaction() as writing:
                await programs.create(writing, tenant=1, name=name, now=self.now)

    async def move(self, *accounts: int) -> None:
        ledger = Ledger(self.store, clock=lambda: self.now)
        await ledger.start()
        for account in accounts:
            await ledger.submit(Submission(1, account, (Accrue(100, note=Note(reason="sold")),)))
        await ledger.stop()

    async def anchor(self, *, daily: bool = False, key: bytes | None = None) -> list[Anchor]:
        """Make anchors, and keep them in the file."""
        made = await make_anchors(self.store, now=self.now, key=key, daily=daily)
        with self.file.open("a") as file:
            file.writelines(f"{write_line(each)}\n" for each in made)
        return made

    async def faults(self, key: bytes | None = None) -> list[JournalFault]:
        return [fault async for fault in verify_anchors(self.store, self.file, key=key)]

    async def seen_without(self) -> list[JournalFault]:
        """What is found without the file."""
        found = [fault async for fault in verify_audit(self.store)]
        for shard in range(self.store.shards):
            async for account in verify_accounts(self.store, shard):
                found += account.faults
        return found


@pytest.fixture
async def kept(own_store: Store, tmp_path: Path) -> Kept:
    found = Kept(own_store, tmp_path / "anchors.jsonl")
    await found.fill()
    return found


async def test_a_sound_database_agrees_with_its_anchors(kept: Kept) -> None:
    await kept.anchor()
    await kept.move(kept.accounts[0])
    await kept.anchor(daily=True)
    kept.now += DAY
    await kept.move(kept.accounts[1])
    await kept.anchor(daily=True)
    assert await kept.faults() == []


async def test_the_root_can_be_computed_by_anybody(kept: Kept) -> None:
    (anchor,) = await kept.anchor()
    lines = []
    for account in sorted(kept.accounts):
        row = (await kept.store.journal(account, after=0, limit=9))[-1]
        lines.append(f"{account} {row.seq} {row.hash.hex()}\n")
    lines.append(f"audit {anchor.audit.number} {anchor.audit.hash}\n")
    assert anchor.root == sha256("".join(lines).encode()).hexdigest()
    assert (anchor.accounts, anchor.rows) == (4, 8)


async def test_a_journal_rewritten_with_fresh_hashes_is_named(kept: Kept) -> None:
    await kept.anchor()
    await rewrite_reason(kept.store, kept.accounts[2], 1, "stolen")
    assert await kept.seen_without() == []
    (fault,) = await kept.faults()
    assert (fault.account, fault.seq) == (kept.accounts[2], 2)
    assert fault.what.startswith("the row is not the one that anchor anc_1 of 20")


async def test_so_is_what_moved_before_a_later_anchor(kept: Kept) -> None:
    """A daily anchor names what has moved; the others are in the one before."""
    await kept.anchor(daily=True)
    kept.now += DAY
    await kept.move(kept.accounts[0])
    (later,) = await kept.anchor(daily=True)
    assert [head.account for head in heads_of(later)] == [kept.accounts[0]]
    await rewrite_reason(kept.store, kept.accounts[3], 2, "stolen")
    assert [fault.account for fault in await kept.faults()] == [kept.accounts[3]]
    # By the later one alone it is not named, but the root differs.
    kept.file.write_text(write_line(later))
    assert [fault.what for fault in await kept.faults()] == [
        f"{kept.file} lacks anchor anc_1, which anchor anc_2 of {later.at} follows",
        f"anchor anc_2 of {later.at} has another root than the journals",
    ]


async def test_truncated_and_deleted_journals_are_named(kept: Kept) -> None:
    await kept.anchor()
    one, other = kept.accounts[1], kept.accounts[3]
    for table in ("transactions", "lot_rows", "standings"):
        await edit_journal(
            kept.store, f"DELETE FROM {table} WHERE account_id = $1 AND seq = 2", one
        )
    (fault,) = await kept.faults()
    assert fault.account == one
    assert fault.what.startswith("its journal no longer has row 2, which anchor anc_1")
    for table in ("lot_rows", "standings", "holdings", "transactions", "accounts"):
        statement = f"DELETE FROM {table} WHERE account_id IN ($1, $2)"
        await edit_journal(kept.store, statement, one, other)
    assert [fault.account for fault in await kept.seen_without()] == []
    assert [fault.account for fault in await kept.faults()] == [one]


async def test_a_rewritten_audit_log_is_found(kept: Kept) -> None:
    """With fresh hashes: it is as if its last act had never been."""
    await kept.anchor()
    row = await kept.store.fetch_one(
        "SELECT hash, number FROM audit ORDER BY number DESC LIMIT 1 OFFSET 1"
    )
    assert row is not None
    await edit_audit(kept.store, "DELETE FROM audit WHERE number > $1", row["number"])
    await kept.store.execute(
        "UPDATE audit_heads SET number = $1, hash = $2", row["number"], bytes(row["hash"])
    )
    assert await kept.seen_without() == []
    (fault,) = await kept.faults()
    assert fault.what.startswith(f"the audit log does not have row {row['number'] + 1} as anchor")


async def test_signatures(kept: Kept) -> None:
    (anchor,) = await kept.anchor(key=KEY)
    assert await kept.faults(KEY) == await kept.faults() == []
    (fault,) = await kept.faults(OTHER_KEY)
    assert (
        fault.what == f"anchor anc_1 of {anchor.at} is not signed with the key in anchor_key_file"
    )


@pytest.mark.parametrize(
    "forge",
    [
        lambda line: {**line, "rows": 9},
        lambda line: {**line, "heads": ""},
        lambda line: {**line, "audit": {"number": 0, "hash": ""}},
        lambda line: {**line, "previous": "anc_7"},
        lambda line: {**line, "signature": None},
    ],
)
async def test_a_signature_covers_the_whole_line(
    kept: Kept, forge: Callable[[dict[str, object]], dict[str, object]]
) -> None:
    (anchor,) = await kept.anchor(key=KEY)
    kept.file.write_text(json.dumps(forge(json.loads(write_line(anchor)))))
    assert "is not signed" in (await kept.faults(KEY))[0].what


async def test_one_a_day_whatever_the_number_of_workers(kept: Kept, own_address: str) -> None:
    other = await open_store(own_address)
    made = await asyncio.gather(
        *(make_anchors(each, now=NOW, key=None, daily=True) for each in (kept.store, other) * 3)
    )
    assert sum(map(len, made)) == 1
    assert await make_anchors(other, now=NOW + DAY, key=None, daily=True)
    await other.close()


async def test_the_worker_makes_them(kept: Kept, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_bytes(KEY)
    passes = anchorer(kept.store, lambda: NOW, str(key_file))
    running = asyncio.create_task(passes.run())
    async with asyncio.timeout(PATIENCE_S):
        while not (rows := await kept.store.fetch("SELECT line FROM anchors")):
            await kept.store.fetch("SELECT 1 AS one")
    passes.stop()
    await running
    kept.file.write_text(rows[0]["line"])
    assert await kept.faults(KEY) == []


async def test_each_tenant_has_its_own(kept: Kept) -> None:
    async with kept.store.transaction() as writing:
        tenant = await tenants.create(writing, name="Another", now=NOW)
        await programs.create(writing, tenant=tenant.tenant_id, name="Tea", now=NOW)
    first, second = await kept.anchor()
    assert (first.tenant, first.accounts) == (1, 4)
    assert (second.tenant, second.accounts, second.heads) == (tenant.tenant_id, 0, "")
    assert await kept.faults() == []


def test_heads_are_short() -> None:
    heads, wanted = Heads(), []
    for account, seq in ((1, 1), (128, 127), (129, 128), (2**30, 2**23 - 1)):
        digest = sha256(f"{account}".encode()).digest()
        heads.add(account, seq, digest)
        wanted.append(Head(account, seq, digest[:8]))
    line = json.loads(LINE) | {"heads": heads.text()}
    assert list(heads_of(read_line(json.dumps(line)))) == wanted
    assert len(heads.text()) <= 16 * len(wanted) + 4


LINE = json.dumps(
    {"id": "anc_1", "tenant": 1, "at": "2026-11-28T00:00:00Z", "position": 1, "accounts": 1,
     "rows": 1, "root": "00", "audit": {"number": 0, "hash": ""}, "previous": None, "heads": ""}
)  # fmt: skip


@pytest.mark.parametrize("heads", ["?", "AQ==", "AAAA", "gICAgICAgICAgICAgIA="])
def test_heads_that_cannot_be_read(heads: str) -> None:
    with pytest.raises(BadLine):
        list(heads_of(read_line(json.dumps(json.loads(LINE) | {"heads": heads}))))


def test_keys_that_cannot_be_used(tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_text("secret\n")
    for path, what in ((short, "at least 16 bytes"), (tmp_path / "none", "No such file")):
        with pytest.raises(BadKey, match=what):
            read_key(str(path))
    assert read_key("") is None
