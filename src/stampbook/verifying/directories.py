"""Checks of the whole database: rows without an account, and the two directories.

Each check is one statement that finds the first wrong row, with a view of its own. The database
scans its tables; nothing is collected here.
"""

from collections.abc import AsyncIterator
from typing import Final

from stampbook.domain.audit import JournalFault
from stampbook.storage.finding import each_look
from stampbook.storage.store import APART, Store, Transacting

CHECKS: Final = {
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
    "an account whose member belongs to another program": """
        SELECT a.account_id, 0 AS seq FROM accounts a
        WHERE NOT EXISTS (SELECT 1 FROM members m
                          WHERE m.member_id = a.member_id AND m.program_id = a.program_id
                            AND m.tenant_id = a.tenant_id)
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
    "an external id of an account that its program does not have": """
        SELECT e.account_id, e.seq FROM external_ids e
        WHERE NOT EXISTS (SELECT 1 FROM accounts a
                          WHERE a.shard = e.shard AND a.account_id = e.account_id
                            AND a.program_id = e.program_id)
        LIMIT 1
    """,
}
"""What must not exist, and the statement that finds the first such row."""

CHECKS_OF_TWO: Final = {
    "a row of the journal without an account": f"""
        WITH a AS {APART} (SELECT a.shard, a.account_id FROM accounts a WHERE {{a}})
        SELECT t.account_id, t.seq FROM transactions t
        WHERE {{t}} AND NOT EXISTS (
            SELECT 1 FROM a WHERE a.shard = t.shard AND a.account_id = t.account_id
        )
        LIMIT 1
    """,  # noqa: S608 - a constant
    "an open lot without an account": f"""
        WITH a AS {APART} (SELECT a.shard, a.account_id FROM accounts a WHERE {{a}})
        SELECT o.account_id, 0 AS seq FROM holdings o
        WHERE {{o}} AND NOT EXISTS (
            SELECT 1 FROM a WHERE a.shard = o.shard AND a.account_id = o.account_id
        )
        LIMIT 1
    """,  # noqa: S608 - a constant
    "an idempotency key that refers to rows that do not exist": f"""
        WITH k AS {APART} (
            SELECT k.shard, k.account_id, k.seq, k.count FROM repeated_keys k
            WHERE {{k}} AND k.count > 0
        )
        SELECT k.account_id, k.seq FROM k
        WHERE NOT EXISTS (SELECT 1 FROM transactions t
                          WHERE {{t}} AND t.shard = k.shard AND t.account_id = k.account_id
                            AND t.seq = k.seq + k.count - 1)
        LIMIT 1
    """,  # noqa: S608 - a constant
    "an external id that refers to a row without it": f"""
        WITH e AS {APART} (
            SELECT e.shard, e.account_id, e.seq, e.external_id FROM external_ids e WHERE {{e}}
        )
        SELECT e.account_id, e.seq FROM e
        WHERE NOT EXISTS (
            SELECT 1 FROM transactions t
            WHERE {{t}} AND t.shard = e.shard AND t.account_id = e.account_id
              AND t.seq = e.seq AND t.external_id = e.external_id
        )
        LIMIT 1
    """,  # noqa: S608 - a constant
}
"""The same of tables of the journal and tables beside it: `{t}` stands for what holds for the rows
`t` of the shards that one statement looks at."""


async def verify_directories(store: Store, reading: Transacting) -> AsyncIterator[JournalFault]:
    """The first fault of each kind. `seq` is 0 if it concerns the account itself."""
    statements = list(CHECKS.items())
    for look in each_look(store):
        within = {each: look.of(each) for each in "aekot"}
        statements += [(what, sql.format(**within)) for what, sql in CHECKS_OF_TWO.items()]
    for what, sql in statements:
        row = await reading.fetch_one(sql)
        if row is not None:
            yield JournalFault(row["account_id"], row["seq"], what)


async def verify_copies(store: Store) -> AsyncIterator[JournalFault]:
    """The first fault of each kind in each shard, where a distributed database has parts of the
    journal twice."""
    for what, sql in store.copies.items():
        for shard in range(store.shards):
            row = await store.fetch_one(sql, shard)
            if row is not None:
                yield JournalFault(row["account_id"], row["seq"], what)
