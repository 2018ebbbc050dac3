"""Accounts are decided by their owners, whichever process is asked; and nothing depends on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from stampbook.domain.commands import Accrue, Cancel, Command, Note, Redeem, Settle
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.journal import rows
from stampbook.ledger.lane import OVERLOADED
from stampbook.ledger.origin import Origin, begin
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.owners.letters import OwnerFailed
from stampbook.ledger.owners.links import LOOKS, OwnerLost
from stampbook.ledger.submission import Submission
from stampbook.storage.store import Store
from stampbook.watching.counting import MEMORY
from stampbook.watching.metrics import REFUSALS
from tests.owners.family import Family, family_of, until


@pytest.fixture
async def family(store: Store) -> AsyncIterator[Family]:
    async with family_of(store) as two:
        yield two


def asked(account: int, *commands: Command, **more: Any) -> Submission:
    return Submission(1, account, commands, **more)


def done(outcome: Outcome) -> Done:
    assert isinstance(outcome, Done), outcome
    return outcome


async def test_an_account_meets_its_owner_whoever_is_asked(family: Family) -> None:
    first, second = family.members
    for owner, other in ((first, second), (second, first)):
        (account,) = await family.accounts_of(owner.number)
        for each in (owner, other, owner):
            done(await each.ledger.submit(asked(account, Accrue(5))))
        assert owner.ledger.glimpse(account) is not None
        assert other.ledger.glimpse(account) is None
        await other.ledger.settle([account])
        assert other.ledger.glimpse(account) is None


async def test_many_at_once_meet_their_owners_in_their_order(family: Family) -> None:
    """Those of other processes' accounts are decided in one batch there, too."""
    first, second = family.members
    ours, theirs = await family.accounts_of(0, 2), await family.accounts_of(1, 2)
    items = [asked(each, Accrue(at + 1)) for at in range(40) for each in (*ours, *theirs)]
    outcomes = await first.ledger.submit_all(items, atomic=False)
    for account in (*ours, *theirs):
        amounts = [
            each.transaction.amount
            for each in map(done, outcomes)
            if each.account.number == account
        ]
        assert amounts == list(range(1, 41))
    assert second.store.arrived <= 4  # a batch for each shard, and what came meanwhile


async def test_an_answer_is_what_the_owner_answers(family: Family) -> None:
    """The same requests to an account of one's own and to another's: equal in all but numbers."""
    first = family.members[0]
    answers: list[list[Any]] = []
    for number in (0, 1):
        (account,) = await family.accounts_of(number)
        named = Accrue(50, note=Note(external_id=f"order {number}", reason="thanks"))
        asking = [
            asked(account, Accrue(100), key=f"key {account}"),
            asked(account, Accrue(100), key=f"key {account}"),
            asked(account, Accrue(101), key=f"key {account}"),
            asked(account, named),
            asked(account, named),
            asked(account, Redeem(10), Redeem(20)),
            asked(account, Redeem(10), Redeem(20_000)),
            asked(account, Redeem(30), dry_run=True),
            asked(account, Cancel(3)),
            asked(account, Cancel(3)),
            asked(account, Cancel(99)),
            asked(account, Redeem(2**70)),
            asked(account, Settle()),
            asked(account, Accrue(1), program=2**40),
            asked(account, Accrue(1))._replace(tenant=77),
        ]
        answers.append([_without_numbers(await first.ledger.submit(each)) for each in asking])
    assert answers[0] == answers[1]
    assert {type(each) for each in answers[0]} == {tuple, Refusal}


def _without_numbers(outcome: Outcome) -> Any:
    if isinstance(outcome, Refusal):
        return outcome
    account = outcome.account._replace(number=0, program=0, currency=0, member=0)
    moved = tuple(
        each._replace(account=0, hash=b"", seal=None, external_id=None)
        for each in outcome.transactions
    )
    lots = None if outcome.expiries is None else list(outcome.expiries.values())
    return (account, moved, *outcome[2:5], lots)


async def test_what_cannot_be_read_fails_alone(family: Family) -> None:
    """Nobody should be able to send it; those who ask beside it are answered all the same."""
    first = family.members[0]
    (account,) = await family.accounts_of(1)
    odd = Accrue(7, note=Note(reason=cast(Any, 5)))
    asking = [first.ledger.submit(asked(account, each)) for each in (Accrue(1), odd, Accrue(2))]
    one, failed, other = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(failed, OwnerFailed), failed
    assert isinstance(one, Done), one
    assert isinstance(other, Done), other
    assert other.account.active == 3


async def test_rows_and_log_lines_name_who_asks(family: Family) -> None:
    first = family.members[0]
    (account,) = await family.accounts_of(1)
    before = _refused()
    who = Origin("altcraft", "req-1", api_key_id=5, user_id=8)
    begin(who)
    row = done(await first.ledger.submit(asked(account, Accrue(5), key="once"))).transaction
    assert row.who == who.who
    kept = await rows.row(family.store, account, row.seq)
    assert kept is not None
    assert kept.who == who.who
    refusal = await first.ledger.submit(asked(account, Redeem(50)))
    assert isinstance(refusal, Refusal)
    assert (who.code, who.replayed) == (Code.INSUFFICIENT_POINTS, False)
    assert done(await first.ledger.submit(asked(account, Accrue(5), key="once"))).replayed
    assert who.replayed
    assert _refused() == before + 1


def _refused() -> int:
    return MEMORY.slab[REFUSALS.at[(Code.INSUFFICIENT_POINTS.value, "altcraft")]]


async def test_what_cannot_be_written_is_decided_where_it_comes(family: Family) -> None:
    first = family.members[0]
    (account,) = await family.accounts_of(1)
    planned = asked(account)._replace(planner=lambda *_: (Accrue(5),), identity="five")
    done(await first.ledger.submit(planned))
    assert first.ledger.glimpse(account) is not None


async def test_whose_an_account_is_is_asked_once(family: Family) -> None:
    """By the process that does not own it, and so does not have it in memory."""
    first = family.members[0]
    (account,) = await family.accounts_of(1)
    found = [await first.ledger.denominations.of(account) for _ in range(3)]
    assert found[0] is not None
    assert (found[0].tenant, found[0].scale) == (1, 2)
    assert found[0] == found[1] == found[2]
    assert first.store.fetched == 1
    first.ledger.forget([account])
    assert await first.ledger.denominations.of(account) == found[0]
    assert first.store.fetched == 2


async def test_twenty_requests_with_one_key_have_one_effect(family: Family) -> None:
    (account,) = await family.accounts_of(1)
    same = asked(account, Accrue(5), key=f"one {account}")
    outcomes = await asyncio.gather(
        *(family.members[at % 2].ledger.submit(same) for at in range(20))
    )
    assert len({done(each).transaction.seq for each in outcomes}) == 1
    assert sorted(done(each).replayed for each in outcomes) == [False] + [True] * 19


# -- the owner ends ------------------------------------------------------------------------


@pytest.mark.parametrize("has_landed", [False, True])
async def test_when_the_owner_dies(family: Family, has_landed: bool) -> None:
    """What has a name is decided again and has one effect; of what has none, the outcome is
    unknown, and it is not decided a second time."""
    first, second = family.members
    (account,) = await family.accounts_of(1)
    named = asked(account, Accrue(5), key=f"named {account}")
    by_id = asked(account, Accrue(7, note=Note(external_id=f"id {account}")))
    nameless, tried = asked(account, Accrue(11)), asked(account, Redeem(1), dry_run=True)
    second.store.gate.clear()
    asking = [
        asyncio.ensure_future(first.ledger.submit(each))
        for each in (named, by_id, nameless, tried, asked(account, Settle()))
    ]
    await until(lambda: second.store.arrived > 0)
    if has_landed:  # and only the answers are lost
        kept = second.owners._services.copy()
        for service in kept:
            service.flush = lambda: None  # type: ignore[method-assign]
        second.store.gate.set()
        await until(lambda: all(not each._deciding for each in kept))
    second.die()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(answers[2], OwnerLost)
    assert [done(each).replayed for each in answers[:2]] == [has_landed] * 2  # type: ignore[arg-type]
    assert done(await first.ledger.submit(named)).replayed
    amounts = [5, 7, 11] if has_landed else [5, 7]
    assert await _amounts(family.store, account) == amounts
    assert first.owners.others == set()


async def test_what_was_not_sent_yet_is_decided_here(family: Family) -> None:
    first = family.members[0]
    (account,) = await family.accounts_of(1)
    (link,) = first.owners._links.values()
    nameless = asyncio.ensure_future(first.ledger.submit(asked(account, Accrue(5))))
    await until(lambda: bool(link._waiting))
    assert link.transport is not None
    link.transport.abort()
    assert done(await nameless).transaction.amount == 5
    assert await _amounts(family.store, account) == [5]


async def _amounts(store: Store, account: int) -> list[int]:
    found = await store.fetch(
        "SELECT amount FROM transactions WHERE shard = $1 AND account_id = $2 ORDER BY amount",
        account % store.shards,
        account,
    )
    return [each["amount"] for each in found]


async def test_a_replacement_takes_the_places_again(family: Family) -> None:
    first, second = family.members
    (account,) = await family.accounts_of(1)
    second.die()
    await until(lambda: not first.owners.others)
    done(await first.ledger.submit(asked(account, Accrue(1))))
    await second.stop()
    family.members[1] = replacement = await family.born(1)
    await family.acquainted()
    done(await first.ledger.submit(asked(account, Accrue(1))))
    assert replacement.ledger.glimpse(account) is not None


async def test_who_leaves_finishes_what_was_handed_over(family: Family) -> None:
    first, second = family.members
    (account,) = await family.accounts_of(1)
    second.store.gate.clear()
    handed = asyncio.ensure_future(first.ledger.submit(asked(account, Accrue(5))))
    await until(lambda: second.store.arrived > 0)
    stopping = asyncio.ensure_future(second.owners.stop(10))
    await until(lambda: not first.owners.others)
    elsewhere = await first.ledger.submit(asked(account, Accrue(7)))
    assert done(elsewhere).transaction.amount == 7
    assert first.store.arrived == 1
    assert not stopping.done()
    second.store.gate.set()
    assert done(await handed).transaction.amount == 5
    await stopping


async def test_all_leave_at_once(store: Store) -> None:
    """Each waits for the others to have left, and none for ever."""
    async with family_of(store, 3) as family, asyncio.timeout(20):
        accounts = [each for number in range(3) for each in await family.accounts_of(number, 3)]
        asking = [
            asyncio.ensure_future(member.ledger.submit(asked(each, Accrue(1))))
            for member in family.members
            for each in accounts
        ]
        await asyncio.sleep(0)
        for member in family.members:
            member.owners.leave()
        for each in await asyncio.gather(*asking):
            done(each)
        await asyncio.gather(*(member.owners.stop(10) for member in family.members))


# -- bounds --------------------------------------------------------------------------------


async def test_what_waits_for_an_owner_is_bounded(store: Store) -> None:
    async with family_of(store, most=3) as family:
        first, second = family.members
        (account,) = await family.accounts_of(1)
        second.store.gate.clear()
        asking = [
            asyncio.ensure_future(first.ledger.submit(asked(account, Accrue(1)))) for _ in range(3)
        ]
        await until(lambda: first.ledger.is_full)
        assert await first.ledger.submit(asked(account, Accrue(1))) == OVERLOADED
        (link,) = first.owners._links.values()
        second.store.gate.set()
        for each in await asyncio.gather(*asking):
            done(each)
        assert not first.ledger.is_full
        link.pause_writing()  # the system's buffers are full
        assert await first.ledger.submit(asked(account, Accrue(1))) == OVERLOADED
        link.resume_writing()
        done(await first.ledger.submit(asked(account, Accrue(1))))


async def test_the_owners_full_queue_is_told(store: Store) -> None:
    async with family_of(store, 3, most=2) as family:
        first, second, owner = family.members
        (account,) = await family.accounts_of(2)
        owner.store.gate.clear()
        asking = [
            asyncio.ensure_future(each.ledger.submit(asked(account, Accrue(1))))
            for each in (first, second)
            for _ in range(2)
        ]
        await until(lambda: owner.store.arrived > 0)
        asking += [
            asyncio.ensure_future(owner.ledger.submit(asked(account, Accrue(1)))) for _ in range(5)
        ]
        await until(lambda: sum(each.done() for each in asking) >= 3)
        owner.store.gate.set()
        answers = await asyncio.gather(*asking)
        assert all(each == OVERLOADED or isinstance(each, Done) for each in answers)
        assert await _amounts(store, account) == [1 for each in answers if isinstance(each, Done)]


async def test_a_caller_who_gives_up_disturbs_nobody(family: Family) -> None:
    first, second = family.members
    (account,) = await family.accounts_of(1)
    second.store.gate.clear()
    gone = asyncio.ensure_future(first.ledger.submit(asked(account, Accrue(1))))
    waiting = asyncio.ensure_future(first.ledger.submit(asked(account, Accrue(2))))
    await until(lambda: second.store.arrived > 0)
    gone.cancel()
    await asyncio.wait([gone])
    second.store.gate.set()
    assert done(await waiting).transaction.amount == 2
    assert await _amounts(family.store, account) == [1, 2]


async def test_an_owner_that_says_nothing_counts_as_dead(family: Family) -> None:
    """It is stopped, or hangs: the connection does not end by itself."""
    first, second = family.members
    (account,) = await family.accounts_of(1)
    (service,) = second.owners._services
    service.data_received = lambda _: None  # type: ignore[method-assign, assignment]
    named = asked(account, Accrue(1), key=f"silent {account}")
    asking = [
        asyncio.ensure_future(first.ledger.submit(each))
        for each in (named, asked(account, Accrue(2)))
    ]
    await until(lambda: len(first.owners._links[1]._waiting) == 2)
    for _ in range(LOOKS + 3):
        for link in list(first.owners._links.values()):
            link.look()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert done(answers[0]).transaction.amount == 1  # type: ignore[arg-type]
    assert isinstance(answers[1], OwnerLost)


async def test_an_owner_that_takes_long_but_lives_is_waited_for(family: Family) -> None:
    first, second = family.members
    (account,) = await family.accounts_of(1)
    second.store.gate.clear()
    asking = asyncio.ensure_future(first.ledger.submit(asked(account, Accrue(1))))
    await until(lambda: second.store.arrived > 0)
    (link,) = first.owners._links.values()
    for _ in range(3 * LOOKS):
        link.look()
        await until(lambda: link._heard or not link._waiting)
    second.store.gate.set()
    assert done(await asking).transaction.amount == 1
