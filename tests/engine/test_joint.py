"""Joint requests: several accounts and rows outside the ledger, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from stampbook.domain.commands import Accrue, Cancel, Redeem
from stampbook.domain.policy import SpentAccrual
from stampbook.domain.refusals import Code
from stampbook.ledger.joint import (
    Acting,
    Beside,
    Guard,
    Joined,
    Joint,
    JointRefused,
    Planned,
    join_anew,
)
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Transfer
from stampbook.ledger.work import StaleGuard
from stampbook.storage.store import Store
from tests.engine.test_at_once import Two
from tests.laws.histories import PLAIN
from tests.migration.checking import faults

PUT = "INSERT INTO guards (subject, version) VALUES ($1, 10)"
TAKE = "UPDATE guards SET version = version - 1 WHERE subject = $1 AND version > 5"


@pytest.fixture
async def two(store: Store) -> AsyncIterator[Two]:
    engines = Two(store)
    await engines.found(PLAIN, PLAIN)
    yield engines
    await engines.finish()


def tenant_of(two: Two) -> int:
    return two.first.tenant


async def join(
    two: Two, plan: object, *, guards: tuple[Guard, ...] = (), dry_run: bool = False
) -> Joined:
    accounts = tuple(two.first.accounts.values())
    joint = Joint(tenant_of(two), accounts, plan, guards=guards, dry_run=dry_run)  # type: ignore[arg-type]
    return await two.first.engine.join(joint)


async def test_a_plan_sees_what_it_has_done(two: Two) -> None:
    """It redeems of one account what it has accrued there, and accrues half of it in the other."""
    a, b = two.first.accounts["a"], two.first.accounts["b"]

    def plan(acting: Acting) -> Planned:
        acting.do(a, Accrue(100))
        spent = acting.do(a, Redeem(acting.book(a).active))
        acting.do(b, Accrue(spent[0].amount // 2))
        return Planned(spent[0].amount, (Beside(PUT, [("one",)]),))

    joined = await join(two, plan)
    assert joined.result == 100
    assert {account: len(rows) for account, rows in joined.rows.items()} == {a: 2, b: 1}
    assert (await two.second.balance("b")).active == 50
    assert await two.first.store.find_guards(["one"]) == {"one": 10}


async def test_a_refusal_takes_everything_back(two: Two) -> None:
    a, b = two.first.accounts["a"], two.first.accounts["b"]

    def plan(acting: Acting) -> Planned:
        acting.do(a, Accrue(100))
        acting.do(b, Redeem(1))
        raise AssertionError("not reached")

    with pytest.raises(JointRefused) as refused:
        await join(two, plan)
    assert refused.value.account == b
    assert refused.value.refusal.code is Code.INSUFFICIENT_POINTS
    assert (await two.first.balance("a")).active == 0


async def test_a_plan_may_go_on_after_a_refusal(two: Two) -> None:
    a = two.first.accounts["a"]

    def plan(acting: Acting) -> Planned:
        with pytest.raises(JointRefused):
            acting.do(a, Redeem(1))
        acting.do(a, Accrue(3))
        return Planned(None)

    await join(two, plan)
    assert (await two.second.balance("a")).active == 3


async def test_a_refused_cancel_of_a_transfer_leaves_nothing_behind(store: Store) -> None:
    """One end can be taken back and the other cannot: the plan goes on without either."""
    two = Two(store)
    clamp = PLAIN._replace(spent_accrual=SpentAccrual.CLAMP)
    await two.found(clamp, clamp)
    a, b = two.first.accounts["a"], two.first.accounts["b"]
    try:
        await join(two, lambda acting: Planned(acting.do(a, Accrue(100))))
        legs = await two.first.engine.transfer(Transfer(tenant_of(two), a, b, 100))
        assert isinstance(legs, Done)
        sent, came = legs.transactions
        await join(two, lambda acting: Planned(acting.do(b, Redeem(100))))

        def plan(acting: Acting) -> Planned:
            acting.do(b, Accrue(5))
            for account, row in ((a, sent), (b, came)):
                with pytest.raises(JointRefused) as refused:
                    acting.do(account, Cancel(row.seq))
                assert refused.value.refusal.code is Code.POINTS_ALREADY_SPENT
            acting.do(b, Redeem(2))
            return Planned(None)

        joined = await join(two, plan)
        assert {account: len(rows) for account, rows in joined.rows.items()} == {b: 2}
        assert (await two.second.balance("b")).active == 3
        last = await store.last_rows(b % store.shards, [b])
        assert last == {b: came.seq + 3}
        assert await faults(store) == []
    finally:
        await two.finish()


async def test_a_dry_run_writes_nothing(two: Two) -> None:
    a = two.first.accounts["a"]

    def plan(acting: Acting) -> Planned:
        acting.do(a, Accrue(100))
        return Planned(acting.book(a).active, (Beside(PUT, [("dry",)]),))

    assert (await join(two, plan, dry_run=True, guards=(Guard("x", 0),))).result == 100
    assert (await two.second.balance("a")).active == 0
    assert await two.first.store.find_guards(["dry", "x"]) == {}


async def test_old_rows_are_loaded(two: Two) -> None:
    """What a plan cancels may be closed long ago; a repeated cancel does nothing."""
    a = two.first.accounts["a"]
    spent = [await two.first.submit("a", Accrue(10)) for _ in range(3)]
    await two.first.submit("a", Redeem(30))
    two.first.engine.forget([a])

    def plan(acting: Acting) -> Planned:
        rows = [acting.do(a, Cancel(each.rows[0].seq)) for each in spent]
        again = acting.do(a, Cancel(spent[0].rows[0].seq))
        return Planned((len(rows), len(again)))

    assert (await join(two, plan)).result == (3, 0)
    assert (await two.second.balance("a")).deficit == 30


async def test_a_plan_may_look_at_old_rows(two: Two) -> None:
    a = two.first.accounts["a"]
    spent = [await two.first.submit("a", Accrue(10)) for _ in range(3)]
    await two.first.submit("a", Redeem(30))
    two.first.engine.forget([a])

    def plan(acting: Acting) -> Planned:
        return Planned([acting.book(a).movement(each.rows[0].seq).remaining for each in spent])

    assert (await join(two, plan)).result == [10, 10, 10]


@pytest.mark.parametrize("taken", [(PUT, "twice"), (TAKE, "absent")])
async def test_rows_beside_that_cannot_be_written_are_stale(
    two: Two, taken: tuple[str, str]
) -> None:
    a = two.first.accounts["a"]
    await two.first.store.execute(PUT, "twice")

    def plan(acting: Acting) -> Planned:
        acting.do(a, Accrue(100))
        return Planned(None, (Beside(taken[0], [(taken[1],)]),))

    with pytest.raises(StaleGuard):
        await join(two, plan)
    assert (await two.second.balance("a")).active == 0


async def test_a_guard_that_has_moved_is_stale(two: Two) -> None:
    """A guard of version 0 must be new; each one that is saved grows by one."""
    a = two.first.accounts["a"]

    def plan(acting: Acting) -> Planned:
        acting.do(a, Accrue(1))
        return Planned(None)

    await join(two, plan, guards=(Guard("order:1", 0),))
    for version in (0, 2):
        with pytest.raises(StaleGuard):
            await join(two, plan, guards=(Guard("order:1", version),))
    await join(two, plan, guards=(Guard("order:1", 1),))
    assert await two.first.store.find_guards(["order:1"]) == {"order:1": 2}
    assert (await two.second.balance("a")).active == 2


async def test_only_rows_beside(two: Two) -> None:
    await join(two, lambda acting: Planned(7, (Beside(PUT, [("alone",)]),)))
    assert await two.first.store.find_guards(["alone"]) == {"alone": 10}


async def test_an_account_of_others_does_not_exist(two: Two) -> None:
    """Nor does one that the request did not name."""
    a, b = two.first.accounts["a"], two.first.accounts["b"]
    for tenant, accounts, account in ((tenant_of(two) + 1, (a,), a), (tenant_of(two), (a,), b)):

        def plan(acting: Acting, account: int = account) -> Planned:
            acting.do(account, Accrue(1))
            return Planned(None)

        with pytest.raises(JointRefused) as refused:
            await two.first.engine.join(Joint(tenant, accounts, plan))
        assert refused.value.refusal.code is Code.NOT_FOUND


async def test_twenty_rivals_for_five(two: Two) -> None:
    """Two processes build anew until nothing is left; what was taken is what was accrued."""
    a, b = two.first.accounts["a"], two.first.accounts["b"]
    await two.first.store.execute(PUT, "stock")

    async def take(ledger: object, account: int) -> bool:
        async def build() -> Joint:
            def plan(acting: Acting) -> Planned:
                acting.do(account, Accrue(1))
                return Planned(True, (Beside(TAKE, [("stock",)]),))

            if (await two.first.store.find_guards(["stock"]))["stock"] <= 5:
                raise LookupError
            return Joint(tenant_of(two), (account,), plan)

        try:
            return bool((await join_anew(ledger.join, build)).result)  # type: ignore[attr-defined]
        except LookupError:
            return False

    engines = (two.first.engine, two.second.engine)
    taken = await asyncio.gather(*(take(engines[n % 2], (a, b)[n // 2 % 2]) for n in range(20)))
    assert sum(taken) == 5
    balances = [(await two.first.balance(name)).active for name in "ab"]
    assert sum(balances) == 5
