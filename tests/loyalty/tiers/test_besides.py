"""Tiers by what a member buys, and tiers for members of a segment."""

from __future__ import annotations

from stampbook.domain.commands import Accrue
from stampbook.loyalty.events import segments
from stampbook.loyalty.tiers.groups import NewTier
from stampbook.loyalty.tiers.machine import NO_TIER
from stampbook.loyalty.tiers.terms import Retention, Span, Terms
from tests.laws.histories import START
from tests.ledgers.on_store import TENANT
from tests.loyalty.tiers.test_standing import DAY, METALS, World, world

__all__ = ["world"]


async def order(
    world: World,
    number: int,
    total: int,
    *,
    effective_at: int,
    paid_at: int | None,
    is_shared: bool = False,
) -> None:
    """An order; `is_shared`: it names no program, and the program has seen it."""
    await world.store.execute(
        """
        INSERT INTO orders (order_id, tenant_id, program_id, member_id, status, money, scale,
                            amount, total, lines, effective_at, paid_at, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, 'EUR', 2, $6, $6, '[]', $7, $8, $7, $7)
        """,
        number,
        TENANT,
        None if is_shared else world.program.program_id,
        None if is_shared else world.member.member_id,
        "created" if paid_at is None else "paid",
        total,
        effective_at,
        paid_at,
    )
    if paid_at is not None:
        await world.store.execute(
            """
            INSERT INTO events (event_id, tenant_id, program_id, kind, member_id, effective_at,
                                created_at, position, order_id)
            VALUES ($1, $2, $3, 'order_paid', $4, $5, $6, $1, $1)
            """,
            number,
            TENANT,
            world.program.program_id,
            world.member.member_id,
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
    await order(world, 3, 200, effective_at=START + DAY, paid_at=START + DAY, is_shared=True)
    await order(world, 4, 500, effective_at=START - 5 * DAY, paid_at=START + DAY)
    await refund(world, 1, 1, 200, START + 2 * DAY, START + 4 * DAY)
    await world.do(Accrue(7))
    seen = []
    for day in (0, 1, 2, 3, 4):
        world.ledger.set_clock(START + day * DAY)
        found = await world.history(group)
        seen.append((found.tier, found.points))
    assert seen == [(0, 900), (1, 1100), (0, 900), (0, 900), (1, 1100)]


async def test_a_refunded_order_was_no_activity(world: World) -> None:
    group = await world.group(Terms(basis="spend", retention=Retention("sliding", Span(3, "day"))))
    await order(world, 1, 900, effective_at=START, paid_at=START)
    await order(world, 2, 50, effective_at=START + DAY, paid_at=START + DAY)
    ends = []
    for day in (0, 1, 2):
        world.ledger.set_clock(START + day * DAY)
        if day == 2:
            await refund(world, 1, 2, 50, START + 2 * DAY)
        ends.append((await world.history(group)).steps[-1].ends_at)
    assert ends == [ends[0], ends[0] + DAY, ends[0]]


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


async def test_who_leaves_a_segment_was_in_its_tier(world: World) -> None:
    group = await world.group(Terms(), (*METALS, NewTier("Vip", 50, segment="vip")))
    await world.do(Accrue(60))

    async def enter(day: int) -> None:
        await world.store.execute(
            """
            INSERT INTO segment_members (program_id, segment, member_id, entered_at)
            VALUES ($1, 'vip', $2, $3)
            """,
            world.program.program_id,
            world.member.member_id,
            START + day * DAY,
        )

    await enter(1)
    async with world.store.transaction() as writing:
        member = world.member.member_id
        assert await segments.leave(writing, member, "vip", now=START + 3 * DAY)
        assert not await segments.leave(writing, member, "vip", now=START + 4 * DAY)
    await enter(5)
    world.ledger.set_clock(START + 6 * DAY)
    found = await world.history(group)
    assert [(step.tier, step.entered_at, step.cause) for step in found.steps] == [
        (0, START + DAY, "segment"),
        (NO_TIER, START + 3 * DAY, "segment"),
        (0, START + 5 * DAY, "segment"),
    ]
