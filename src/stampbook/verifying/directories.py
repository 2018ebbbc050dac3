"""Checks of the whole database: rows without an account, and the two directories.

Each check is one statement that finds the first wrong row, with a view of its own. The database
scans its tables; nothing is collected here.
"""

from collections.abc import AsyncIterator
from typing import Final

from stampbook.domain.audit import JournalFault
from stampbook.storage.store import Transacting

CHECKS: Final = {
    "a row of the journal without an account": """
        SELECT t.account_id, t.seq FROM transactions t
        WHERE NOT EXISTS (SELECT 1 FROM accounts a
                          WHERE a.shard = t.shard AND a.account_id = t.account_id)
        LIMIT 1
    """,
    "a row of the journal that the feed has before its predecessor": """
        SELECT t.account_id, t.seq FROM transactions t
        JOIN transactions p ON p.shard = t.shard AND p.account_id = t.account_id
                           AND p.seq = t.seq - 1
        WHERE p.position >= t.position
        LIMIT 1
    """,
    "a row of a lot without a row of the journal": """
        SELECT l.account_id, l.seq FROM lot_rows l
        WHERE NOT EXISTS (SELECT 1 FROM transactions t
                          WHERE t.shard = l.shard AND t.account_id = l.account_id
                            AND t.seq = l.seq)
        LIMIT 1
    """,
    "a standing without a row of the journal": """
        SELECT s.account_id, s.seq FROM standings s
        WHERE NOT EXISTS (SELECT 1 FROM transactions t
                          WHERE t.shard = s.shard AND t.account_id = s.account_id
                            AND t.seq = s.seq)
        LIMIT 1
    """,
    "an open lot without an account": """
        SELECT o.account_id, 0 AS seq FROM holdings o
        WHERE NOT EXISTS (SELECT 1 FROM accounts a
                          WHERE a.shard = o.shard AND a.account_id = o.account_id)
        LIMIT 1
    """,
    "an account whose member belongs to another program": """
        SELECT a.account_id, 0 AS seq FROM accounts a
        WHERE NOT EXISTS (SELECT 1 FROM members m
                          WHERE m.member_id = a.member_id AND m.program_id = a.program_id
                            AND m.tenant_id = a.tenant_id)
        LIMIT 1
    """,
    "an idempotency key that refers to rows that do not exist": """
        SELECT k.account_id, k.seq FROM repeated_keys k
        WHERE NOT EXISTS (SELECT 1 FROM transactions t
                          WHERE t.shard = k.shard AND t.account_id = k.account_id
                            AND t.seq = k.seq + k.count - 1)
        LIMIT 1
    """,
    "an idempotency key of rows that do not exist": """
        SELECT k.account_id, k.seq FROM transactions k
        WHERE k.key_rows > 1
          AND NOT EXISTS (SELECT 1 FROM transactions t
                          WHERE t.shard = k.shard AND t.account_id = k.account_id
                            AND t.seq = k.seq + k.key_rows - 1)
        LIMIT 1
    """,
    "an external id that refers to a row without it": """
        SELECT e.account_id, e.seq FROM external_ids e
        WHERE NOT EXISTS (SELECT 1 FROM transactions t
                          JOIN accounts a ON a.shard = t.shard AND a.account_id = t.account_id
                          WHERE t.shard = e.shard AND t.account_id = e.account_id
                            AND t.seq = e.seq AND t.external_id = e.external_id
                            AND a.program_id = e.program_id)
        LIMIT 1
    """,
}
"""What must not exist, and the statement that finds the first such row."""


async def verify_directories(reading: Transacting) -> AsyncIterator[JournalFault]:
    """The first fault of each kind in CHECKS. `seq` is 0 if it concerns the account itself."""
    for what, sql in CHECKS.items():
        row = await reading.fetch_one(sql)
        if row is not None:
            yield JournalFault(row["account_id"], row["seq"], what)
