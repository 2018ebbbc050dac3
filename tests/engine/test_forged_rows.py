"""Rows that were written with the database's own tools and hashed like the ledger's: `verify` names
them, whatever they refer to."""

from __future__ import annotations

import pytest

from stampbook.domain.audit import JournalFault
from stampbook.domain.commands import Accrue
from stampbook.domain.hashing import encode_postings, row_hash
from stampbook.domain.model import AVAILABLE, OUTSIDE, OWED, SPENT, Kind, Posting
from stampbook.ledger.engine import Ledger
from stampbook.ledger.submission import Submission
from stampbook.storage.store import Store
from stampbook.verifying.accounts import verify_accounts
from tests.storage.building import NOW, make_accounts, make_currency
from tests.tampering import edit_journal

FORGED = (
    Posting(1, 10, AVAILABLE, SPENT, 2),
    Posting(1, 10, AVAILABLE, SPENT, 7),
    Posting(1, 10, AVAILABLE, SPENT, -3),
    Posting(0, 10, OUTSIDE, OWED, 0),
    Posting(5, 10, OUTSIDE, AVAILABLE, 0),
)


@pytest.mark.parametrize("kind", [Kind.ACCRUE, Kind.CANCEL, Kind.COMMIT])
@pytest.mark.parametrize("posting", FORGED)
async def test_what_it_refers_to_is_not_there(store: Store, posting: Posting, kind: Kind) -> None:
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    (account,) = await make_accounts(store, await make_currency(store), 1)
    for _ in range(2):
        await ledger.submit(Submission(1, account, (Accrue(100),)))
    await ledger.stop()
    first, second = await store.journal(account, after=0, limit=2)
    forged = second._replace(kind=kind, postings=(*second.postings, posting))
    assert await edit_journal(
        store,
        "UPDATE transactions SET kind = $1, postings = $2, hash = $3 WHERE seq = 2",
        int(kind),
        encode_postings(forged.postings),
        row_hash(first.hash, forged),
    )
    assert [(fault.account, fault.seq) for fault in await faults(store)] == [(account, 2)]


async def faults(store: Store) -> list[JournalFault]:
    """What is wrong with the accounts."""
    return [
        fault
        for shard in range(store.shards)
        async for verified in verify_accounts(store, shard)
        for fault in verified.faults
    ]
