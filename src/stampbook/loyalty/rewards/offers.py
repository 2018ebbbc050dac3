"""Offers: a reward in a program, with what is left of it."""

from functools import partial
from typing import Any, Final

from stampbook.domain.model import MAX_AMOUNT
from stampbook.loyalty.rewards.columns import with_columns
from stampbook.loyalty.rewards.model import Offer
from stampbook.programs import auditing
from stampbook.programs.faults import Gone, Invalid
from stampbook.storage.store import Row, Transacting

_sql: Final = partial(with_columns, kind=Offer)


def _offer(row: Row) -> Offer:
    return Offer._make(row[column] for column in Offer._fields)


async def put(
    writing: Transacting, *, tenant: int, program: int, reward: int, stock: int | None, now: int
) -> Offer:
    """Offer the reward in the program, or offer it again, with this stock (None: unlimited).

    The caller has checked that both exist. Writes; raises Invalid.
    """
    if stock is not None and not 0 <= stock <= MAX_AMOUNT:
        raise Invalid("stock", "must be between 0 and 9 * 10^15")
    await _watch(writing, reward, tenant=tenant, program=program, now=now)
    row = await writing.fetch_one(
        _sql("""
        INSERT INTO offers (tenant_id, program_id, reward_id, stock, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $5)
        ON CONFLICT (program_id, reward_id) DO UPDATE
        SET stock = excluded.stock, updated_at = excluded.updated_at, ended_at = NULL
        RETURNING {columns}
        """),
        tenant,
        program,
        reward,
        stock,
        now,
    )
    assert row is not None
    return _offer(row)


async def _watch(writing: Transacting, reward: int, *, tenant: int, program: int, now: int) -> None:
    """Let the audit log tell where the reward is offered, with which stock. Writes."""

    async def told(db: Transacting) -> dict[str, Any]:
        found = await of_reward(db, reward, tenant=tenant)
        return {"offers": {str(each.program_id): each.stock for each in found}}

    await auditing.watch(
        writing,
        auditing.REWARD,
        reward,
        told,
        tenant=tenant,
        now=now,
        program=program,
        part="offers",
    )


async def get(
    db: Transacting, *, tenant: int, program: int, reward: int, ended: bool = False
) -> Offer | None:
    """The program's offer of the reward; with `ended` also one that has ended."""
    row = await db.fetch_one(
        _sql("""
        SELECT {columns} FROM offers
        WHERE tenant_id = $1 AND program_id = $2 AND reward_id = $3
        """),
        tenant,
        program,
        reward,
    )
    if row is None or (row["ended_at"] is not None and not ended):
        return None
    return _offer(row)


async def of_reward(db: Transacting, reward: int, *, tenant: int) -> list[Offer]:
    """The present offers of the reward, by program."""
    rows = await db.fetch(
        _sql("""
        SELECT {columns} FROM offers
        WHERE reward_id = $1 AND tenant_id = $2 AND ended_at IS NULL ORDER BY program_id
        """),
        reward,
        tenant,
    )
    return [_offer(row) for row in rows]


async def page(
    db: Transacting, *, tenant: int, program: int, limit: int, after: int = 0
) -> list[Offer]:
    """The program's present offers by number, those above `after`."""
    rows = await db.fetch(
        _sql("""
        SELECT {columns} FROM offers
        WHERE tenant_id = $1 AND program_id = $2 AND offer_id > $3 AND ended_at IS NULL
        ORDER BY offer_id LIMIT $4
        """),
        tenant,
        program,
        after,
        limit,
    )
    return [_offer(row) for row in rows]


async def end(writing: Transacting, *, tenant: int, program: int, reward: int, now: int) -> Offer:
    """Take the reward off the program; purchases can still be refunded. Writes; raises Gone."""
    await _watch(writing, reward, tenant=tenant, program=program, now=now)
    row = await writing.fetch_one(
        _sql("""
        UPDATE offers SET ended_at = $4, updated_at = $4
        WHERE tenant_id = $1 AND program_id = $2 AND reward_id = $3 AND ended_at IS NULL
        RETURNING {columns}
        """),
        tenant,
        program,
        reward,
        now,
    )
    if row is None:
        raise Gone
    return _offer(row)
