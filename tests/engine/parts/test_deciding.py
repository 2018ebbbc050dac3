"""How one batch is decided: what waits for what, who looks first, and what is settled
(ledger/round.py)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import pytest

from stampbook import pacing
from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Note, Redeem, Settle
from stampbook.domain.model import Kind, Transaction
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.origin import Origin
from stampbook.ledger.submission import ANY_TENANT, Submission
from stampbook.ledger.work import Guilty, StaleGuard, Work
from stampbook.loyalty.orders.guarding import OrderGuardian
from stampbook.storage.store import Beside, Guard, Store
from tests.engine.parts.deciding import (
    TOO_MUCH,
    Bound,
    decided,
    done,
    failure,
    rows,
    saved,
    work_of,
)
from tests.engine.parts.noting import Memory, asking
from tests.files.test_slices import most_between_turns
from tests.storage.building import NOW, carry_out, complete_book, make_accounts, make_currency

DAY = 86_400_000_000

BESIDE = "INSERT INTO guards (subject, version) VALUES ($1, 1)"


async def accounts_of(store: Store, number: int) -> list[int]:
    """New accounts of one currency and one shard."""
    made = await make_accounts(store, await make_currency(store), number * store.shards)
    return [each for each in made if each % store.shards == made[0] % store.shards]


async def test_what_waits_for_a_load_lets_others_go_first_and_keeps_its_place(
    store: Store,
) -> None:
    first, second = await accounts_of(store, 2)
    book = await complete_book(store, first)
    await carry_out(store, book, Accrue(10), Redeem(4))
    memory = Memory(store)
    await memory.loaded(first, second)
    order: list[int] = []

    def noting(number: int, *commands: Command) -> Submission:
        def plan(book: Book, now: int) -> Sequence[Command]:
            for command in commands:
                if isinstance(command, Cancel):
                    book.movement(command.target)
            order.append(number)
            return commands

        account = first if number < 4 else second
        return asking(account, planner=plan, identity=str(number))

    works = [
        work_of(noting(1, Cancel(2))),
        work_of(noting(2, Redeem(9))),
        work_of(noting(3, Accrue(5))),
        work_of(noting(4, Accrue(7))),
        work_of(noting(5, Redeem(7))),
    ]
    await decided(memory, *works)
    assert order == [4, 5, 1, 2, 3]
    assert [rows(work) for work in works] == [[(3, 4)], [(4, 9)], [(5, 5)], [(1, 7)], [(2, 7)]]
    assert [what for what, _ in memory.store.asked()] == ["load"]


async def test_others_have_their_turn_when_a_slice_is_over(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock with which every slice is over at once, and by one that stands still."""
    (account,) = await accounts_of(store, 1)
    for step, most in ((1, 1), (0, 5)):
        instants = count(0, step)
        monkeypatch.setattr(pacing, "perf_counter", lambda instants=instants: next(instants))
        works = [work_of(asking(account, Accrue(1))) for _ in range(5)]
        memory = Memory(store)
        await memory.loaded(account)

        def results(works: Sequence[Work] = works) -> int:
            return sum(work.result is not None for work in works)

        async with most_between_turns(results) as found:
            await decided(memory, *works)
        assert found == [most]


async def test_a_guard_that_moved_fails_its_work_alone(store: Store) -> None:
    """Of two works on one guard, the second comes too late. The others are not decided anew."""
    first, second = await accounts_of(store, 2)
    guard = Guard("order:1", 4)
    works = [
        work_of(asking(first, Accrue(1), guard=guard)),
        work_of(asking(first, Accrue(2), guard=guard)),
        work_of(asking(first, Accrue(3))),
        work_of(asking(second, Accrue(4))),
    ]
    memory = Memory(store)
    round_ = await decided(memory, *works)
    assert isinstance(failure(works[1]), StaleGuard)
    assert [rows(works[at]) for at in (0, 2, 3)] == [[(1, 1)], [(2, 3)], [(1, 4)]]
    (batch,) = await round_.writing.batches()
    assert batch.guards == [guard]
    round_.knowing.failed(round_.writing)
    # What the store says of it is asked for again only after a save that failed.
    await store.execute("INSERT INTO guards (subject, version) VALUES ('order:1', 5)")
    stale = work_of(asking(first, Accrue(1), guard=guard))
    knowing = memory.round()
    await knowing.look_up([stale.item])
    round_.knowing = knowing
    round_.writing.clear()
    await round_.run([stale])
    assert isinstance(failure(stale), StaleGuard)


async def test_what_the_caller_has_seen_is_compared_before_anything_is_written(
    store: Store,
) -> None:
    """The settled account's last row, for those who say which; the ledger itself has seen none."""
    (account,) = await accounts_of(store, 1)
    memory = Memory(store)
    dated = Accrue(10, expires_at=NOW + 1)
    await saved(memory, work_of(asking(account, dated)))
    other = {account + store.shards: 7}
    for seen, commands, moved, last in (
        ({account: 1}, (Accrue(1),), True, 2),  # the clock has written a row since
        ({account: 2}, (Accrue(1),), False, 3),
        ({account: 2}, (Accrue(1),), True, 3),
        ({account: 4}, (Accrue(1),), True, 3),
        (other, (Accrue(1),), False, 4),
        ({account: 3}, (), True, 4),
        ({account: 4}, (), False, 4),
    ):
        work = work_of(asking(account, *commands), origin=Origin(expected=dict(seen)))
        await saved(memory, work, now=NOW + 1)
        if moved:
            assert isinstance(work.result, Refusal)
            assert work.result.code is Code.ACCOUNT_MOVED
        else:
            assert rows(work) == [(last, 1)][: len(commands)]
        assert await store.last_rows(account % store.shards, [account]) == {account: last}


async def test_the_ledgers_own_requests_have_seen_nothing(store: Store) -> None:
    (account,) = await accounts_of(store, 1)
    memory = Memory(store)
    await saved(memory, work_of(asking(account, Accrue(10, expires_at=NOW + 1))))
    own = Submission(ANY_TENANT, account, (Settle(),))
    work = work_of(own, origin=Origin(expected={account: 7}))
    await saved(memory, work, now=NOW + 1)
    assert [row.kind for row in await store.journal(account, after=1, limit=9)] == [Kind.EXPIRE]
    assert done(work).account.active == 0


@pytest.mark.parametrize("commands", [(Accrue(5),), (Accrue(5), Redeem(5))])
async def test_what_a_person_may_not_do_is_not_done(
    store: Store, commands: tuple[Command, ...]
) -> None:
    (account,) = await accounts_of(store, 1)
    memory = Memory(store)
    total = sum(command.amount for command in commands if isinstance(command, Accrue | Redeem))
    beside = Beside(BESIDE, [("person:1",)])
    for most, dry_run in ((total - 1, False), (total - 1, True), (total, True), (total, False)):
        work = work_of(
            asking(account, *commands, dry_run=dry_run), overseeing=Bound(most, (beside,))
        )
        await saved(memory, work)
        if most < total:
            assert work.result == TOO_MUCH
        else:
            assert [row.seq for row in done(work).transactions] == [1, 2][: len(commands)]
        is_written = most == total and not dry_run
        found = await store.last_rows(account % store.shards, [account])
        assert found == {account: len(commands) if is_written else 0}
        assert await store.find_guards(["person:1"]) == ({"person:1": 1} if is_written else {})
    # Where nothing is written, nobody is asked.
    nothing = work_of(asking(account, Settle()), overseeing=Bound(-1, (beside,)))
    await saved(memory, nothing)
    assert done(nothing).transactions == ()


async def test_what_is_decided_elsewhere_leaves_the_book_as_it_is(store: Store) -> None:
    """A movement that would come back under a guard: not even what is due is settled."""
    (account,) = await accounts_of(store, 1)
    memory = Memory(store)
    book = await complete_book(store, account)
    paid = Redeem(4, note=Note(subject="order:1"))
    await carry_out(store, book, Accrue(9, expires_at=NOW + DAY), paid, Cancel(2))
    guardian = OrderGuardian(store)
    for later in (0, DAY):
        work = work_of(asking(account, Cancel(3)))
        round_ = await decided(memory, work, now=NOW + later, guardian=guardian)
        assert round_.elsewhere == [work]
        assert work.result is None
        assert round_.writing.books == {}
    unguarded = work_of(asking(account, Cancel(3)))
    assert not (await decided(memory, unguarded)).elsewhere
    assert rows(unguarded) == [(4, 4)]


async def test_rows_beside_are_made_of_the_rows_that_were_written(store: Store) -> None:
    (account,) = await accounts_of(store, 1)
    memory = Memory(store)

    def beside(written: Sequence[Transaction]) -> Sequence[Beside]:
        return [Beside(BESIDE, [(f"row:{each.seq}",) for each in written])]

    works = [
        work_of(asking(account, Accrue(5), beside=beside)),
        work_of(asking(account, Redeem(9), beside=beside)),
        work_of(asking(account, Redeem(2), Accrue(1), beside=beside)),
        work_of(asking(account, Accrue(1), beside=beside, dry_run=True)),
    ]
    await saved(memory, *works)
    names = [f"row:{seq}" for seq in range(1, 6)]
    assert set(await store.find_guards(names)) == {"row:1", "row:2", "row:3"}


async def test_a_repeat_of_a_group_has_all_of_its_rows(store: Store) -> None:
    (account,) = await accounts_of(store, 1)
    memory = Memory(store)
    group = asking(account, Accrue(5), Redeem(2), Redeem(1), key="k")
    await saved(memory, work_of(group))
    work = work_of(group)
    await saved(memory, work)
    assert work.repeats is not None
    assert (work.repeats.seq, work.repeats.count) == (1, 3)


async def test_a_refusal_looks_up_only_what_its_request_would_use_up(store: Store) -> None:
    """A key that is not used up, as by a dry run, need not be looked up; and what names nothing is
    not decided twice."""
    (account,) = await accounts_of(store, 1)
    plans = 0

    def plan(book: Book, now: int) -> Sequence[Command]:
        nonlocal plans
        plans += 1
        return [Redeem(9)]

    named = Redeem(9, note=Note(external_id="x"))
    read = ["load", "policies"]
    for item, asked, times in (
        (asking(account, planner=plan, identity="p"), read, 1),
        (asking(account, planner=plan, identity="p", dry_run=True), read, 1),
        (asking(account, planner=plan, identity="p", dry_run=True, key="k"), read, 1),
        (asking(account, planner=plan, identity="p", key="k"), [*read, "keys"], 2),
        (asking(account, Redeem(9), key="k", dry_run=True), read, 0),
        (asking(account, named, dry_run=True), [*read, "external ids"], 0),
    ):
        plans = 0
        memory = Memory(store)
        work = work_of(item)
        await decided(memory, work)
        assert isinstance(work.result, Refusal)
        assert [what for what, _ in memory.store.asked()] == asked
        assert plans == times, item


async def test_settling_within_a_group_is_no_end_of_it(store: Store) -> None:
    (account,) = await accounts_of(store, 1)
    memory = Memory(store)
    work = work_of(asking(account, Settle(), Accrue(5), Settle()))
    await saved(memory, work)
    assert rows(work) == [(1, 5)]


async def test_what_raises_is_told_from_the_works_beside_it(store: Store) -> None:
    (account,) = await accounts_of(store, 1)
    error = LookupError("a fault")

    def plan(book: Book, now: int) -> Sequence[Command]:
        raise error

    works = [
        work_of(asking(account, Accrue(1))),
        work_of(asking(account, planner=plan, identity="p")),
    ]
    with pytest.raises(Guilty) as guilty:
        await decided(Memory(store), *works)
    assert (guilty.value.work, guilty.value.error) == (works[1], error)
