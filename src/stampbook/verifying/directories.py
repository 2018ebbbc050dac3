"""What stands beside the accounts: rows without an account, and the two directories.

Each check is one statement that finds the first row that is wrong; the database walks its
tables, nothing is gathered here.
"""

from collections.abc import AsyncIterator
from typing import Final

from stampbook.domain.audit import Fault
from stampbook.storage.store import Transacting

CHECKS: Final = {
    "a row of the journal without an account": """
        SELECT t.account_id, t.seq FROM transactions t
        WHERE NOT EXISTS (SELECT 1 FROM accounts a
                          WHERE a.shard = t.shard AND a.account_id = t.account_id)
        LIMIT 1
    """,
    "a lot without an account": """
        SELECT t.account_id, t.accrued_by AS seq FROM lots t
        WHERE NOT EXISTS (SELECT 1 FROM accounts a
                          WHERE a.shard = t.shard AND a.account_id = t.account_id)
        LIMIT 1
    """,
    "an allocation without an account": """
        SELECT t.account_id, t.txn_seq AS seq FROM allocations t
        WHERE NOT EXISTS (SELECT 1 FROM accounts a
                          WHERE a.shard = t.shard AND a.account_id = t.account_id)
        LIMIT 1
    """,
    "a standing without an account": """
        SELECT t.account_id, t.seq FROM movements t
        WHERE NOT EXISTS (SELECT 1 FROM accounts a
                          WHERE a.shard = t.shard AND a.account_id = t.account_id)
        LIMIT 1
    """,
    "an account whose member is of another program": """
        SELECT a.account_id, 0 AS seq FROM accounts a
        WHERE NOT EXISTS (SELECT 1 FROM members m
                          WHERE m.member_id = a.member_id AND m.program_id = a.program_id
                            AND m.tenant_id = a.tenant_id)
        LIMIT 1
    """,
    "an idempotency key that names rows that do not exist": """
        SELECT k.account_id, k.seq FROM idempotency_keys k
        WHERE k.account_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM accounts a
                          WHERE a.shard = k.shard AND a.account_id = k.account_id
                            AND a.tenant_id = k.tenant_id AND a.seq >= k.seq + k.count - 1)
        LIMIT 1
    """,
    "an external id that names a row that does not have it": """
        SELECT e.account_id, e.seq FROM external_ids e
        WHERE NOT EXISTS (SELECT 1 FROM transactions t
                          JOIN accounts a ON a.shard = t.shard AND a.account_id = t.account_id
                          WHERE t.shard = e.shard AND t.account_id = e.account_id
                            AND t.seq = e.seq AND t.external_id = e.external_id
                            AND a.program_id = e.program_id)
        LIMIT 1
    """,
}
"""What must not be there, and the statement that finds the first such row."""


async def verify_directories(reading: Transacting) -> AsyncIterator[Fault]:
    """The first fault of each kind in CHECKS. `seq` 0: the account itself is concerned."""
    for what, sql in CHECKS.items():
        row = await reading.fetch_one(sql)
        if row is not None:
            yield Fault(row["account_id"], row["seq"], what)
