"""Tiers by what a member buys, and tiers for members of a segment."""

from __future__ import annotations

from stampbook.domain.commands import Accrue
from stampbook.loyalty.tiers.groups import NewTier
from stampbook.loyalty.tiers.machine import NO_TIER
from stampbook.loyalty.tiers.terms import Span, Terms
from tests.laws.histories import START
from tests.ledgers.on_store import TENANT
from tests.loyalty.tiers.test_standing import DAY, METALS, World, world

__all__ = ["world"]


async def order(
    world: World, number: int, total: int, *, effective_at: int, paid_at: int | None
) -> None:
    await world.store.execute(
        """
        INSERT INTO orders (order_id, tenant_id, program_id, member_id, status, money, scale,
                            amount, total, lines, effective_at, paid_at, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, 'EUR', 2, $6, $6, '[]', $7, $8, $7, $7)
        """,
        number,
        TENANT,
        world.program.program_id,
        world.member.member_id,
        "created" if paid_at is None else "paid",
        total,
        effective_at,
        paid_at,
    )


async def refund(
    world: World, number: int, order: int, amount: int, at: int, voided_at: int | None = None
) -> None:
    await world.store.execute(
        """
        INSERT INTO refunds (refund_id, tenant_id, program_id, order_id, fingerprint, cause, amount,
                             lines, effects, created_at, voided_at)
        VALUES ($1, $2, $3, $4, '', 'refund', $5, '[]', '[]', $6, $7)
        """,
        number,
        TENANT,
        world.program.program_id,
        order,
        amount,
        at,
        voided_at,
    )


async def test_orders_in_force_are_spent(world: World) -> None:
    group = await world.group(Terms(basis="spend", period=Span(1, "year")))
    await order(world, 1, 900, effective_at=START, paid_at=START)
    await order(world, 2, 5000, effective_at=START, paid_at=None)
    await order(world, 3, 200, effective_at=START + DAY, paid_at=START + DAY)
    await order(world, 4, 500, effective_at=START - 5 * DAY, paid_at=START + DAY)
    await refund(world, 1, 1, 200, START + 2 * DAY, START + 4 * DAY)
    await world.do(Accrue(7))
    seen = []
    for day in (0, 1, 2, 3, 4):
        world.ledger.set_clock(START + day * DAY)
        found = await world.history(group)
        seen.append((found.tier, found.points))
    assert seen == [(0, 900), (1, 1100), (0, 900), (0, 900), (1, 1100)]


async def test_segments_open_tiers(world: World) -> None:
    group = await world.group(Terms(), (*METALS, NewTier("Vip", 50, segment="vip")))
    await world.do(Accrue(60))
    assert await world.tier(group) == NO_TIER
    world.ledger.set_clock(START + DAY)
    await world.store.execute(
        """
        INSERT INTO segment_members (program_id, segment, member_id, entered_at)
        VALUES ($1, 'vip', $2, $3)
        """,
        world.program.program_id,
        world.member.member_id,
        START + DAY,
    )
    found = await world.history(group)
    assert [(step.tier, step.entered_at, step.cause) for step in found.steps] == [
        (0, START + DAY, "segment")
    ]
    assert group.tiers[0].name == "Vip"
