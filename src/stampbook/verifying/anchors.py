"""Anchors: what the journals and the audit log were, to be kept where nobody can rewrite it.

People who can write to the database can rewrite a journal with new hashes, and nothing in the
database shows it. An anchor that was kept elsewhere does. Rows of the journal never change, so
heads up to a position are read account by account, in short reads, while servers go on writing.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime
from itertools import accumulate
from typing import Final, NamedTuple

from msgspec.structs import replace

from stampbook.domain.model import MICROSECONDS
from stampbook.storage.outbox import writing as outbox
from stampbook.storage.outbox.writing import Outgoing
from stampbook.storage.store import APART, Store, Transacting, UniqueViolation
from stampbook.verifying.anchor_lines import (
    Anchor,
    AuditHead,
    Heads,
    Root,
    read_line,
    signature_of,
    write_line,
)

RANGE: Final = 500
"""Account numbers of each shard that are looked at in one read."""

MOST_AT_ONCE: Final = 8 * 1024 * 1024
"""Characters of the anchors of one page: an anchor that names a million accounts has twice that."""

TRIES: Final = 5
"""How often an anchor is numbered anew because another process has taken its number."""

DAY: Final = 86_400 * MICROSECONDS
NONE: Final = AuditHead(0, "")

_HEADS: Final = f"""
    WITH a AS {APART} (
        SELECT tenant_id, account_id FROM accounts
        WHERE shard = $1 AND account_id > $2 AND account_id <= $3
    )
    SELECT h.tenant_id, h.account_id, h.seq, t.position, t.hash
    FROM (
        SELECT a.tenant_id, a.account_id, (
            SELECT t.seq FROM transactions t
            WHERE t.shard = $1 AND t.account_id = a.account_id AND t.position <= $4
            ORDER BY t.seq DESC LIMIT 1
        ) AS seq
        FROM a
    ) h
    JOIN transactions t ON t.shard = $1 AND t.account_id = h.account_id AND t.seq = h.seq
"""  # noqa: S608 - a constant


class Found(NamedTuple):
    """The last row of an account up to a position."""

    account: int
    tenant: int
    seq: int
    position: int
    hash: bytes


async def heads_upto(store: Store, position: int) -> AsyncIterator[Found]:
    """The last row of every account up to the position, by account."""
    row = await store.fetch_one("SELECT max(account_id) AS last FROM accounts")
    last = (row and row["last"]) or 0
    step = RANGE * store.shards
    for after in range(0, last, step):
        found = []
        for shard in range(store.shards):
            for each in await store.fetch(_HEADS, shard, after, after + step, position):
                found.append(
                    Found(
                        each["account_id"],
                        each["tenant_id"],
                        each["seq"],
                        each["position"],
                        bytes(each["hash"]),
                    )
                )
        for head in sorted(found):
            yield head


class _Making:
    """The anchor of a tenant, while the heads of all tenants are read."""

    def __init__(self, previous: Anchor | None) -> None:
        self.previous = previous
        self.root = Root()
        self.heads = Heads()
        self.accounts = 0
        self.rows = 0

    def add(self, head: Found) -> None:
        self.root.add(head.account, head.seq, head.hash)
        self.accounts += 1
        self.rows += head.seq
        if self.previous is None or head.position > self.previous.position:
            self.heads.add(head.account, head.seq, head.hash)


async def make_anchors(
    store: Store, *, now: int, key: bytes | None, daily: bool = False
) -> list[Anchor]:
    """Make an anchor of each tenant and keep it in the database. Writes.

    A daily one names what has moved since the daily one before, and is made once a day, whatever
    the number of processes: there may be none to make. Any other names all accounts.
    """
    day = now // DAY
    position = await store.complete_upto()
    making: dict[int, _Making] = {}
    for tenant in await _tenants(store, day if daily else None):
        making[tenant] = _Making(await _last_daily(store, tenant) if daily else None)
    if making:
        async for head in heads_upto(store, position):
            if head.tenant in making:
                making[head.tenant].add(head)
    anchors = []
    for tenant, one in making.items():
        audit = await _audit_head(store, tenant)
        anchor = Anchor(
            id="",
            tenant=tenant,
            at=_text(now),
            position=position,
            accounts=one.accounts,
            rows=one.rows,
            root=one.root.end(audit),
            audit=audit,
            previous=one.previous.id if one.previous else None,
            heads=one.heads.text(),
        )
        kept = await _keep(store, anchor, now=now, day=day if daily else None, key=key)
        anchors += [kept] if kept else []
    return anchors


def _text(instant: int) -> str:
    """The instant in RFC 3339, to the second."""
    moment = datetime.fromtimestamp(instant // MICROSECONDS, UTC)
    return moment.isoformat().replace("+00:00", "Z")


async def _tenants(store: Store, day: int | None) -> list[int]:
    """All tenants; or those that have no anchor of the day, once they have anything to keep."""
    rows = await store.fetch(
        """
        SELECT t.tenant_id FROM tenants t
        WHERE CAST($1 AS bigint) < 0
           OR (NOT EXISTS (SELECT 1 FROM anchors a WHERE a.tenant_id = t.tenant_id AND a.day = $1)
               AND (EXISTS (SELECT 1 FROM audit_heads h WHERE h.tenant_id = t.tenant_id)
                    OR EXISTS (SELECT 1 FROM programs p WHERE p.tenant_id = t.tenant_id)))
        ORDER BY t.tenant_id
        """,
        -1 if day is None else day,
    )
    return [row["tenant_id"] for row in rows]


async def _audit_head(db: Transacting, tenant: int) -> AuditHead:
    row = await db.fetch_one("SELECT number, hash FROM audit_heads WHERE tenant_id = $1", tenant)
    return NONE if row is None else AuditHead(row["number"], bytes(row["hash"]).hex())


async def _keep(
    store: Store, anchor: Anchor, *, now: int, day: int | None, key: bytes | None
) -> Anchor | None:
    """The anchor with its number and signature; None if another process has made that of the
    day."""
    for _ in range(TRIES):
        try:
            async with store.transaction() as writing:
                if day is not None and await _has_day(writing, anchor.tenant, day):
                    return None
                row = await writing.fetch_one(
                    "SELECT coalesce(max(number), 0) + 1 AS number FROM anchors"
                    " WHERE tenant_id = $1",
                    anchor.tenant,
                )
                assert row is not None
                number = row["number"]
                kept = replace(anchor, id=f"anc_{number:x}")
                if key is not None:
                    kept = replace(kept, signature=signature_of(kept, key))
                await writing.execute(
                    "INSERT INTO anchors (tenant_id, number, at, day, line)"
                    " VALUES ($1, $2, $3, $4, $5)",
                    anchor.tenant,
                    number,
                    now,
                    day,
                    write_line(kept),
                )
                outgoing = Outgoing("anchor.created", now, anchor.tenant, kept)
                await outbox.put(writing, outgoing)
        except UniqueViolation:  # another process has made one meanwhile, perhaps that of the day
            continue
        return kept
    raise RuntimeError("the anchor could not be numbered")


async def _has_day(db: Transacting, tenant: int, day: int) -> bool:
    """Whether the tenant has the anchor of the day."""
    row = await db.fetch_one(
        "SELECT 1 AS found FROM anchors WHERE tenant_id = $1 AND day = $2", tenant, day
    )
    return row is not None


async def _last_daily(db: Transacting, tenant: int) -> Anchor | None:
    row = await db.fetch_one(
        "SELECT line FROM anchors WHERE tenant_id = $1 AND day IS NOT NULL"
        " ORDER BY number DESC LIMIT 1",
        tenant,
    )
    return None if row is None else read_line(row["line"])


async def page(
    db: Transacting, *, tenant: int, before: int | None = None, limit: int
) -> list[Anchor]:
    """The tenant's anchors with numbers below `before`, the newest first. There may be fewer than
    there are, if together they would be longer than MOST_AT_ONCE; but one, if there is one."""
    rows = await db.fetch(
        "SELECT number, length(line) AS length FROM anchors WHERE tenant_id = $1 AND number < $2"
        " ORDER BY number DESC LIMIT $3",
        tenant,
        2**53 if before is None else before,
        limit,
    )
    lengths = list(accumulate(row["length"] for row in rows))
    fitting = max(1, sum(length <= MOST_AT_ONCE for length in lengths))
    found = []
    for row in rows[:fitting]:
        line = await db.fetch_one(
            "SELECT line FROM anchors WHERE tenant_id = $1 AND number = $2", tenant, row["number"]
        )
        assert line is not None
        found.append(read_line(line["line"]))
    return found


async def hashes_of(
    db: Transacting, shards: int, places: Collection[tuple[int, int]]
) -> dict[tuple[int, int], bytes]:
    """The hashes of rows of the journal, by account and number; rows that are not there are left
    out."""
    by_shard: dict[int, list[str]] = defaultdict(list)
    for account, seq in places:
        by_shard[account % shards].append(f"({int(account)}, {int(seq)})")
    found = {}
    for shard, listed in by_shard.items():
        rows = await db.fetch(
            "SELECT account_id, seq, hash FROM transactions WHERE shard = $1"  # noqa: S608
            f" AND (account_id, seq) IN (VALUES {', '.join(listed)})",
            shard,
        )
        found.update({(row["account_id"], row["seq"]): bytes(row["hash"]) for row in rows})
    return found
