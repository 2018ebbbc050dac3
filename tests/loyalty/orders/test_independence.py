"""Laws of what does not matter: what changes after an award (R4), other orders (R14), and batches,
stores and the worker (R15). Random histories; R4 and R15 play the same one twice and compare."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stampbook.domain.policy import (
    ExpiryRule,
    ExpiryType,
    PendingRule,
    PendingType,
    Period,
    Unit,
)
from stampbook.ledger.joint import JointRefused
from stampbook.loyalty.events import storing as events
from stampbook.loyalty.events.awarding import fire
from stampbook.loyalty.events.model import Occurrence
from stampbook.loyalty.faults import Refused
from stampbook.loyalty.model import Trigger
from stampbook.loyalty.orders.judged import judged_by
from stampbook.loyalty.rules import storing as rules
from stampbook.loyalty.rules.storing import Rule
from stampbook.loyalty.tiers import groups
from stampbook.loyalty.tiers.groups import Status as GroupStatus
from stampbook.loyalty.tiers.terms import Downgrade, Retention
from stampbook.programs import members, programs
from stampbook.programs.faults import Gone
from stampbook.storage.store import Store
from tests.conftest import CAMPAIGN_EXAMPLES
from tests.loyalty.orders.shop import DAY, TENANT, Shop, earning, fixed, per, taken
from tests.loyalty.orders.tiers import open_gold

TOTALS = st.lists(st.integers(1_00, 150_00), min_size=1, max_size=4)
"""What orders cost."""

REFUNDS = st.lists(
    st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(1, 80_00))),
    min_size=1,
    max_size=5,
)
"""Of which order how much is taken back; None: all that remains."""

on_stores: Callable[..., settings] = settings(
    max_examples=12 if CAMPAIGN_EXAMPLES else 6,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


async def opened(store: Store) -> Shop:
    """A program of its own."""
    return await Shop(store).open()


async def refund(shop: Shop, name: str, amount: int | None) -> object:
    """What the refund took, or why there was none."""
    try:
        return taken((await shop.refund(amount, order=name)).effects)
    except Refused as refused:
        return refused.code


# -- R4 ----------------------------------------------------------------------------------


class Judging(NamedTuple):
    """A shop whose rules read all kinds of facts."""

    shop: Shop
    rules: Sequence[Rule]


async def open_judging(store: Store) -> Judging:
    shop = await opened(store)
    at_once = {"retention": Retention(), "downgrade": Downgrade("multi")}
    await open_gold(shop, basis="balance", period=None, **at_once)
    await shop.give(950)
    async with store.transaction() as writing:
        shop.member, _ = await members.update(
            writing,
            shop.member.member_id,
            {"metadata": '{"city": "Riga"}'},
            tenant=TENANT,
            now=shop.now,
        )
    found = [
        await shop.rule(earning(per(shop.points)), on_partial="proportional"),
        await shop.rule(
            earning(fixed(shop.points, 500), condition='member.metadata.city == "Riga"')
        ),
        await shop.rule(
            earning(per(shop.points, points="3"), condition='order.metadata.from == "web"')
        ),
        await shop.rule(earning(fixed(shop.points, 70), condition="order.total >= 5000")),
    ]
    return Judging(shop, found)


async def meddle(judging: Judging, what: str) -> None:
    """Something that rules read, or a rule, is changed."""
    shop, store = judging.shop, judging.shop.store
    async with store.transaction() as writing:
        if what == "rules":
            nine = (earning(per(shop.points, points="9")),)
            for each in judging.rules:
                rule = await rules.get(writing, each.rule_id, tenant=TENANT)
                if rule is not None:
                    changed = rule.newest._replace(earnings=nine)
                    with suppress(Gone):  # it was deleted
                        await rules.update(writing, rule, now=shop.now, content=changed)
        elif what == "deletion":
            for each in judging.rules:
                rule = await rules.get(writing, each.rule_id, tenant=TENANT)
                if rule is not None:
                    if rule.status == "active":
                        rule = await rules.deactivate(writing, rule, now=shop.now)
                    with suppress(Gone):  # it was deleted
                        await rules.delete(writing, rule, now=shop.now)
        elif what == "member":
            changes = {"metadata": "{}", "status": "inactive"}
            _, forget = await members.update(
                writing, shop.member.member_id, changes, tenant=TENANT, now=shop.now
            )
            shop.ledger.forget(forget)
        elif what == "program":
            await programs.update(
                writing,
                shop.program.program_id,
                {"status": "inactive", "timezone": "Asia/Tokyo"},
                tenant=TENANT,
                now=shop.now,
            )
        elif what == "tiers":
            page = await groups.page(
                writing, shop.program.program_id, after=0, limit=9, active=True
            )
            for group in page:
                await groups.set_status(writing, group, GroupStatus.INACTIVE, now=shop.now)


@on_stores
@given(
    TOTALS,
    REFUNDS,
    st.lists(st.sampled_from(["rules", "deletion", "member", "program", "tiers"]), min_size=1),
)
async def test_r4_what_changes_later_changes_nothing(
    store: Store, totals: list[int], refunds: list[tuple[int, int | None]], changes: list[str]
) -> None:
    told = []
    for meddling in (False, True):
        judging = await open_judging(store)
        shop = judging.shop
        try:
            for at, total in enumerate(totals):
                await shop.put(f"o{at}", total, metadata={"from": "web" if at % 2 else "shop"})
            pending = list(changes) if meddling else []
            seen: list[object] = []
            for place, amount in refunds:
                if pending:
                    await meddle(judging, pending.pop())
                seen.append(await refund(shop, f"o{place % len(totals)}", amount))
                seen += [await shop.in_force(f"o{at}") for at in range(len(totals))]
            told.append((seen, await shop.standing()))
        finally:
            await shop.ledger.stop()
    assert told[0] == told[1], "R4"


# -- R14 ---------------------------------------------------------------------------------


@on_stores
@given(
    st.lists(st.tuples(st.booleans(), st.integers(1_00, 150_00)), min_size=2, max_size=6),
    st.integers(0, 5),
    st.one_of(st.none(), st.integers(1, 80_00)),
)
async def test_r14_other_orders_keep_their_awards(
    store: Store, orders: list[tuple[bool, int]], place: int, amount: int | None
) -> None:
    shop = await opened(store)
    try:
        plain = await shop.rule(earning(per(shop.points)))
        counts = await shop.rule(
            earning(per(shop.points, points="5"), condition="totals.sold >= 20000"),
            earning(per(shop.points, points="3")),
        )
        people = shop.member, await shop.new_member()
        for at, (first, total) in enumerate(orders):
            await shop.put(f"o{at}", total, member=people[first])
        names = [f"o{at}" for at in range(len(orders))]
        before = [await by_rule(shop, name) for name in names]
        place %= len(orders)
        await refund(shop, names[place], amount)
        for at, name in enumerate(names):
            now = await by_rule(shop, name)
            if at == place:
                continue
            assert now[plain.rule_id] == before[at][plain.rule_id], "R14: it reads no totals"
            if at < place or orders[at][0] != orders[place][0]:
                assert now == before[at], "R14: it did not count the order"
            assert now[counts.rule_id] <= before[at][counts.rule_id], "R3"
    finally:
        await shop.ledger.stop()


async def by_rule(shop: Shop, order: str) -> dict[int, int]:
    """What is in force of the order's awards, by rule."""
    (event,) = await judged_by(shop.store, await shop.order(order))
    held = await events.awards_of(shop.store, event.event, tenant=TENANT)
    return {each.award.rule: each.in_force for each in held}


# -- R15 ---------------------------------------------------------------------------------

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("order"), st.integers(1_00, 150_00)),
        st.tuples(st.just("refund"), st.integers(0, 80_00)),
        st.tuples(st.just("void"), st.just(0)),
        st.tuples(st.just("spend"), st.integers(1, 60)),
        st.tuples(st.just("wait"), st.integers(1, 4)),
    ),
    max_size=9,
)

WAITING: dict[str, Any] = {
    "pending": PendingRule(PendingType.PERIOD, Period(2, Unit.DAY)),
    "expiry": ExpiryRule(ExpiryType.ROLLING, Period(5, Unit.DAY)),
}


async def play(store: Store, steps: Sequence[tuple[str, int]], *, sweeps: bool) -> list[object]:
    """What is seen after each step of a history; `sweeps`: the worker runs every twelve hours."""
    shop = await opened(store)
    seen: list[object] = []
    try:
        shop.points = await shop.currency("waiting", **WAITING)
        await shop.rule(
            earning(per(shop.points), condition="order.total >= 5000"),
            earning(fixed(shop.points, 20), condition="totals.orders >= 2"),
        )
        orders = 0
        made: list[tuple[str, object]] = []
        account = (await shop.account()).account_id
        for what, number in steps:
            if what == "wait":
                for _ in range(2 * number):
                    shop.now += DAY // 2
                    if sweeps:
                        await shop.ledger.settle([account])
                continue
            try:
                if what == "order":
                    orders += 1
                    await shop.put(f"o{orders}", number)
                elif what == "refund" and orders:
                    name = f"o{1 + number % orders}"
                    found = await shop.refund(number or None, order=name)
                    made.append((name, found))
                    seen.append((taken(found.effects), found.effects.balances and len(made)))
                elif what == "void" and made:
                    name, found = made.pop()  # type: ignore[assignment]
                    await shop.void(found, order=name)
                elif what == "spend":
                    await shop.spend(number)
            except (Refused, JointRefused, AssertionError) as refused:
                seen.append(type(refused).__name__)
            seen.append(await shop.standing())
            seen += [await shop.in_force(f"o{at + 1}") for at in range(orders)]
    finally:
        await shop.ledger.stop()
    return seen


@on_stores
@given(STEPS)
async def test_r15_stores_and_the_worker_make_no_difference(
    sqlite_store: Store, postgres_store: Store, steps: list[tuple[str, int]]
) -> None:
    first = await play(sqlite_store, steps, sweeps=False)
    assert await play(sqlite_store, steps, sweeps=True) == first
    assert await play(postgres_store, steps, sweeps=False) == first


@on_stores
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=12))
async def test_r15_batches_make_no_difference(store: Store, played: list[tuple[int, int]]) -> None:
    """Events that come at once give what they give one after the other: each member's own in
    their order."""
    told = []
    for at_once in (False, True):
        shop = await opened(store)
        try:
            await shop.rule(
                earning(per(shop.points, basis="event.metadata.n", every=1)),
                trigger=Trigger.CUSTOM_EVENT,
                name="played",
            )
            people = [shop.member, await shop.new_member(), await shop.new_member()]
            whats = [
                Occurrence(
                    tenant=TENANT,
                    program=shop.program.program_id,
                    member=people[who].member_id,
                    kind=Trigger.CUSTOM_EVENT,
                    external_id=f"e{at}",
                    name="played",
                    metadata=f'{{"n": {n}}}',
                )
                for at, (who, n) in enumerate(played)
            ]
            if at_once:
                await asyncio.gather(*(fire(shop.awarding, [what]) for what in whats))
            else:
                for what in whats:
                    await fire(shop.awarding, [what])
            told.append([await shop.standing(member=person) for person in people])
        finally:
            await shop.ledger.stop()
    assert told[0] == told[1], "R15"
    assert [each.active for each in told[0]] == [
        sum(n for who, n in played if who == person) for person in range(3)
    ]
