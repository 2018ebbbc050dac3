"""Many requests at once: hard cases 14, 34 and 36, and two cancels at once (semantics.md 5.3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from stampbook.domain.commands import (
    NO_NOTE,
    Accrue,
    Cancel,
    Command,
    Commit,
    Hold,
    Redeem,
    Release,
)
from stampbook.domain.policy import Policy
from stampbook.domain.refusals import Code
from stampbook.ledger.engine import Ledger
from stampbook.ledger.owners.mailboxes import Mailboxes
from stampbook.storage.store import Store
from tests.laws.histories import DAY, PLAIN, START, plan_of
from tests.ledgers.on_store import StoreLedger
from tests.ledgers.seen import Answer
from tests.owners.family import until


class Two:
    """Two engines on one store, as two servers would have them, or two processes of one server,
    which own accounts; and their ledgers."""

    def __init__(self, store: Store, *, own: bool = False) -> None:
        self.first, self.second = StoreLedger(store), StoreLedger(store)
        self._mailboxes = Mailboxes(2)
        self._owners = [
            each.engine.share(self._mailboxes.of(number))
            for number, each in enumerate((self.first, self.second))
            if own
        ]

    async def found(self, *policies: Policy) -> None:
        await self.first.found(plan_of(*policies))
        await self.second.engine.start()
        for each in self._owners:
            each.start()
        await until(lambda: all(each.others for each in self._owners))
        for field in ("accounts", "names", "currencies", "program"):
            setattr(self.second, field, getattr(self.first, field))
        self.at(START)

    def at(self, now: int) -> None:
        self.first.set_clock(now)
        self.second.set_clock(now)

    async def finish(self) -> None:
        await asyncio.gather(*(each.stop(10) for each in self._owners))
        self._mailboxes.close()
        await self.second.finish()
        await self.first.finish()


@pytest.fixture(params=[False, True], ids=["servers", "processes"])
async def two(store: Store, request: pytest.FixtureRequest) -> AsyncIterator[Two]:
    engines = Two(store, own=request.param)
    yield engines
    await engines.finish()


def done(answers: Sequence[Answer]) -> list[Answer]:
    return [answer for answer in answers if answer.refused is None and not answer.already]


async def test_case_36_the_last_points_are_spent_once(two: Two) -> None:
    """20 requests at once for the last 100 points, 15 each, through two processes."""
    await two.found(PLAIN)
    await two.first.submit("a", Accrue(100))
    asking = [each.submit("a", Redeem(15)) for _ in range(10) for each in (two.first, two.second)]
    answers = await asyncio.gather(*asking)
    assert len(done(answers)) == 6
    refusals = {answer.refused for answer in answers if answer.refused}
    assert refusals == {Code.INSUFFICIENT_POINTS}
    assert (await two.first.balance("a")).active == 10


async def test_case_36_within_an_overdraft(two: Two) -> None:
    await two.found(PLAIN._replace(overdraft=50))
    await two.first.submit("a", Accrue(100))
    asking = [each.submit("a", Hold(20)) for _ in range(10) for each in (two.first, two.second)]
    answers = await asyncio.gather(*asking)
    assert len(done(answers)) == 7
    balance = await two.first.balance("a")
    assert (balance.active, balance.deficit, balance.held) == (-40, 40, 140)


async def test_an_account_whose_first_rows_two_processes_write(two: Two) -> None:
    """What one of them has written is no part of the empty account that the other remembers: the
    other's save fails, and it decides again."""
    await two.found(PLAIN._replace(overdraft=100))
    for each in (two.first, two.second):
        assert await each.submit("a", Accrue(1), dry_run=True)
    for command in (Accrue(10), Redeem(4), Redeem(3), Redeem(20)):
        await two.second.submit("a", command)
    asked: list[tuple[str, Command, str]]
    asked = [("a", Accrue(20), "1"), ("a", Redeem(5), "2"), ("a", Cancel(1), "3")]
    answers = await two.first.submit_all(asked, atomic=False)
    assert [answer.refused for answer in answers] == [None] * 3
    assert (await two.first.balance("a")).active == 20 - 4 - 3 - 20 - 5


async def test_two_cancels_at_once_have_one_effect(two: Two) -> None:
    await two.found(PLAIN)
    await two.first.submit("a", Accrue(100))
    for turn in range(5):
        spent = await two.first.submit("a", Redeem(60))
        seq = spent.rows[0].seq
        answers = await asyncio.gather(
            *(each.submit("a", Cancel(seq)) for each in (two.first, two.second) * 3)
        )
        assert len(done(answers)) == 1, turn
        assert {answer.rows for answer in answers} == {done(answers)[0].rows}
        assert (await two.first.balance("a")).active == 100


async def test_two_partial_cancels_at_once_never_exceed_the_original(two: Two) -> None:
    await two.found(PLAIN)
    await two.first.submit("a", Accrue(100))
    spent = await two.first.submit("a", Redeem(100))
    asking = [
        each.submit("a", Cancel(spent.rows[0].seq, 30))
        for _ in range(4)
        for each in (two.first, two.second)
    ]
    answers = await asyncio.gather(*asking)
    assert len(done(answers)) == 3
    assert (await two.first.balance("a")).active == 90


async def test_case_14_commit_release_and_cancel_race(two: Two) -> None:
    """Exactly one of them takes effect, whichever it is."""
    await two.found(PLAIN)
    await two.first.submit("a", Accrue(100))
    for _ in range(5):
        before = await two.first.balance("a")
        held = await two.first.submit("a", Hold(10))
        seq = held.rows[0].seq
        answers = await asyncio.gather(
            two.first.submit("a", Commit(seq)),
            two.second.submit("a", Release(seq)),
            two.second.submit("a", Cancel(seq)),
            two.first.submit("a", Release(seq)),
        )
        commit, release, cancel, other_release = answers
        balance = await two.first.balance("a")
        assert balance.held == 0
        if commit.refused is None and cancel not in done(answers):
            assert balance.active == before.active - 10
        else:
            assert balance.active == before.active
        ends = [each for each in (commit, release, other_release) if each.refused is None]
        assert len(ends) + (cancel in done(answers) and not ends) == 1


async def test_case_14_at_the_deadline_the_roll_back_wins(two: Two) -> None:
    await two.found(PLAIN)
    await two.first.submit("a", Accrue(100))
    held = await two.first.submit("a", Hold(60, timeout_s=86_400))
    seq = held.rows[0].seq
    two.at(START + DAY)
    answers = await asyncio.gather(
        two.first.submit("a", Commit(seq)),
        two.second.settle("a"),
        two.second.submit("a", Commit(seq)),
        two.first.settle("a"),
    )
    assert [answers[0], answers[2]] == [Answer(Code.ALREADY_RELEASED)] * 2
    assert (await two.first.balance("a")).active == 100
    rows = await two.first.journal("a")
    assert [row.kind.wire for row in rows] == ["accrue", "hold", "release"]


async def test_case_34_a_retry_after_a_lost_answer(two: Two) -> None:
    """The caller is gone before the answer; another process is asked the same again."""
    await two.found(PLAIN)
    lost = asyncio.ensure_future(two.first.submit("a", Accrue(100), key="K1"))
    await asyncio.sleep(0)
    lost.cancel()
    first = await two.second.submit("a", Accrue(100), key="K1")
    again = await two.second.submit("a", Accrue(100), key="K1")
    assert again == first._replace(replayed=True)
    assert (await two.second.balance("a")).active == 100
    assert len(await two.second.journal("a")) == 1


async def test_case_34_the_same_key_at_once(two: Two) -> None:
    await two.found(PLAIN)
    asking = [
        each.submit("a", Accrue(100), key="K1")
        for _ in range(5)
        for each in (two.first, two.second)
    ]
    answers = await asyncio.gather(*asking)
    assert sum(not answer.replayed for answer in answers) == 1
    assert len({answer.rows for answer in answers}) == 1
    assert (await two.first.balance("a")).active == 100


async def test_transfers_in_a_circle_at_once(two: Two) -> None:
    """Transfers that cross do not wait for each other for ever, and lose nothing."""
    await two.found(PLAIN, PLAIN, PLAIN)
    for name in "abc":
        await two.first.submit(name, Accrue(100))
    asking = [
        each.transfer(source, receiver, 7, note=NO_NOTE)
        for _ in range(3)
        for source, receiver in ("ab", "bc", "ca", "ba")
        for each in (two.first, two.second)
    ]
    answers = await asyncio.gather(*asking)
    assert [answer.refused for answer in answers if answer.refused] == []
    total = sum([(await two.first.balance(name)).active for name in "abc"])
    assert total == 300
    assert (await two.first.balance("a")).active == 100 + 6 * 7 * 2 - 6 * 7


async def test_a_full_queue_says_come_again(store: Store) -> None:
    ledger = StoreLedger(store)
    ledger.engine = Ledger(store, clock=lambda: ledger.now, max_batch=1, max_queue=2)
    await ledger.found(plan_of(PLAIN))
    ledger.set_clock(START)
    answers = await asyncio.gather(*(ledger.submit("a", Accrue(1)) for _ in range(20)))
    overloaded = [answer for answer in answers if answer.refused]
    assert {answer.refused for answer in overloaded} == {Code.OVERLOADED}
    assert (await ledger.balance("a")).active == 20 - len(overloaded)
    await ledger.finish()
