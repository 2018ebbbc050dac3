"""An order that comes in several times, or at once with others, has one effect."""

from __future__ import annotations

import asyncio

import pytest

from stampbook.loyalty.model import Frequency, Limits
from stampbook.programs import members
from tests.loyalty.orders.shop import DAY, TENANT, Shop, earning, fixed, line, taken


async def test_20_the_same_order_several_times(shop: Shop) -> None:
    await shop.p()
    for _ in range(3):
        await shop.put("A", 100_00)
    assert await shop.awards() == [(1, 100)]
    await asyncio.gather(*(shop.put("B", 100_00) for _ in range(20)))
    assert await shop.awards("B") == [(2, 100)]
    assert await shop.active() == 200


async def test_22_a_refund_that_is_sent_twenty_times_at_once(shop: Shop) -> None:
    await shop.p()
    await shop.put("A", 100_00)
    found = await asyncio.gather(*(shop.refund(30_00, external_id="r") for _ in range(20)))
    assert len({each.refund.number for each in found}) == 1
    assert sum(not each.replayed for each in found) == 1
    assert await shop.active() == 70


async def test_12_a_limit_revives_nothing(shop: Shop) -> None:
    await shop.rule(earning(fixed(shop.points, 100)), limits=Limits(frequency=Frequency(1, "day")))
    await shop.put("A", 10_00)
    await shop.put("B", 10_00)
    assert (await shop.in_force("A"), await shop.in_force("B")) == (100, 0)
    await shop.cancel("A")
    await shop.put("C", 10_00)
    assert (await shop.in_force("B"), await shop.in_force("C")) == (0, 100)


async def test_38_a_member_who_was_inactive_earns_nothing_later(shop: Shop) -> None:
    await shop.p()
    number = shop.member.member_id
    async with shop.store.transaction() as writing:
        _, accounts = await members.update(
            writing, number, {"status": "inactive"}, tenant=TENANT, now=shop.now
        )
    shop.ledger.forget(accounts)
    await shop.put("A", 100_00)
    async with shop.store.transaction() as writing:
        _, accounts = await members.update(
            writing, number, {"status": "active"}, tenant=TENANT, now=shop.now
        )
    shop.ledger.forget(accounts)
    await shop.put("A", 100_00)
    assert await shop.awards() == []
    assert taken((await shop.refund()).effects) == []


async def test_38_a_condition_that_names_what_is_missing(shop: Shop) -> None:
    await shop.rule(earning(fixed(shop.points, 100), condition='order.metadata.channel == "web"'))
    saved = await shop.put("A", 100_00)
    (judged,) = saved.judged
    assert [verdict.reason for verdict in judged.verdicts] == ["error"]
    assert await shop.active() == 0


async def test_a_preview_writes_nothing(shop: Shop) -> None:
    await shop.p()
    preview = await shop.put("A", 100_00, dry_run=True)
    assert [award.amount for award in preview.judged[0].awards] == [100]
    assert await shop.find("A") is None
    assert await shop.active() == 0


@pytest.mark.parametrize("at_once", [2, 7])
async def test_parts_of_one_order_at_once(shop: Shop, at_once: int) -> None:
    await shop.p()
    await shop.put("A", None, line("tea", 30_00), line("cake", 70_00))
    await asyncio.gather(*(shop.refund(10_00) for _ in range(at_once)))
    assert (await shop.order()).refunded == at_once * 10_00
    assert await shop.active() == 100 - at_once * 10


async def test_a_day_later_the_rules_of_that_day_count(shop: Shop) -> None:
    await shop.rule(earning(fixed(shop.points, 100)), starts_at=shop.now + DAY)
    await shop.put("A", 10_00)
    shop.now += DAY
    await shop.put("B", 10_00)
    assert (await shop.in_force("A"), await shop.in_force("B")) == (0, 100)
