"""Batches of one accrual and one redemption, and what a refused save must leave as it was."""

from __future__ import annotations

import pytest

from stampbook.domain.commands import Accrue, Redeem
from stampbook.domain.deciding import decide
from stampbook.storage.store import Batch, ExternalIdRow, Key, KeyRow, SaveConflict, Store
from tests.storage.building import NOW, batch_of, complete_book, make_account

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
