"""Idempotency keys of joint requests: one effect for each key, and the same answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from stampbook.domain.commands import Accrue
from stampbook.domain.refusals import Code, Refusal
from stampbook.edge.context import Context
from stampbook.edge.once import Keyed, KeyReused, join_once, keyed_of
from stampbook.ledger.joint import Acting, Joint, JointRefused, Known, Planned
from stampbook.storage.store import Store
from tests.engine.test_at_once import Two
from tests.laws.histories import PLAIN


def keyed(two: Two, key: str | None, what: str = "x") -> Keyed | None:
    return keyed_of("test", tenant=two.first.tenant, key=two.first._key(key), fields={"what": what})


def accruing(two: Two, amount: int = 5) -> Callable[[], Awaitable[Joint | Known]]:
    account = two.first.accounts["a"]

    async def build() -> Joint | Known:
        def plan(acting: Acting) -> Planned:
            acting.do(account, Accrue(amount))
            return Planned({"balance": acting.book(account).active})

        return Joint(two.first.tenant, (account,), plan)

    return build


async def test_a_key_has_one_effect_and_one_answer(store: Store) -> None:
    two = Two(store)
    await two.found(PLAIN)
    context = Context(store, two.first.engine, two.first.engine.clock)
    build, key = accruing(two), keyed(two, "k")
    at_once = await asyncio.gather(*(join_once(context, key, build) for _ in range(4)))
    assert sorted(each.replayed for each in at_once) == [False, True, True, True]
    replay = await join_once(context, key, build, status=201)
    assert (bytes(replay.value), replay.replayed, replay.status) == (b'{"balance":5}', True, 200)
    with pytest.raises(KeyReused):
        await join_once(context, keyed(two, "k", "other"), build)
    assert (await two.second.balance("a")).active == 5
    await two.finish()


async def test_a_movements_key_is_taken(store: Store) -> None:
    """And a key of a joint request that was refused is free."""
    two = Two(store)
    await two.found(PLAIN)
    await two.first.submit("a", Accrue(1), key="m")
    context = Context(store, two.first.engine, two.first.engine.clock)
    with pytest.raises(KeyReused):
        await join_once(context, keyed(two, "m"), accruing(two))
    with pytest.raises(JointRefused):
        await join_once(context, keyed(two, "free"), accruing(two, 10**16))
    assert not (await join_once(context, keyed(two, "free"), accruing(two))).replayed
    assert (await two.second.balance("a")).active == 6
    await two.finish()


async def test_what_refuses_a_request_may_be_its_own_effect(store: Store) -> None:
    """The same request comes twice, and the other is done between two looks of this one."""
    two = Two(store)
    await two.found(PLAIN)
    context = Context(store, two.first.engine, two.first.engine.clock)
    key = keyed(two, "k")

    async def build() -> Joint | Known:
        await join_once(context, key, accruing(two))
        raise JointRefused(0, Refusal(Code.ALREADY_CANCELLED, "it was done"))

    answer = await join_once(context, key, build)
    assert (bytes(answer.value), answer.replayed) == (b'{"balance":5}', True)
    assert (await two.second.balance("a")).active == 5
    await two.finish()


async def test_what_had_nothing_to_do_takes_its_key(store: Store) -> None:
    """A retry does not do what others have made possible since."""
    two = Two(store)
    await two.found(PLAIN)
    context = Context(store, two.first.engine, two.first.engine.clock)
    is_done = True

    async def build() -> Joint | Known:
        return Known({"done": True}) if is_done else await accruing(two)()

    first = await join_once(context, keyed(two, "k"), build, status=201)
    assert (first.value, first.replayed, first.status) == ({"done": True}, False, 201)
    await join_once(context, None, build)
    is_done = False
    at_once = await asyncio.gather(*(join_once(context, keyed(two, "k"), build) for _ in range(3)))
    for each in at_once:
        assert (bytes(each.value), each.replayed, each.status) == (b'{"done":true}', True, 201)
    with pytest.raises(KeyReused):
        await join_once(context, keyed(two, "k", "other"), build)
    assert (await two.second.balance("a")).active == 0
    await two.finish()
