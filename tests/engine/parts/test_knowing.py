"""What a round knows, and what it asks the store for: nothing twice, and all at once
(ledger/knowing.py)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from stampbook.domain.commands import Accrue, Cancel, Note, Redeem, Settle
from stampbook.domain.facts import Unloaded
from stampbook.ledger import knowing as module
from stampbook.ledger.cache import Cache
from stampbook.ledger.engine import Ledger
from stampbook.ledger.knowing import Knowing
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission, Transfer
from stampbook.ledger.writing import Writing
from stampbook.pacing import A_TURN, LARGE, LARGE_STATE, apart
from stampbook.storage.store import AccountFound, Demand, Guard, Store
from stampbook.watching.counting import MEMORY
from stampbook.watching.metrics import CACHE_REQUESTS
from tests.engine.parts.noting import Memory, Swollen, asking, lacking
from tests.files.test_slices import most_between_turns
from tests.storage.building import NOW, carry_out, complete_book, make_accounts, make_currency

UNKNOWN = 2**29
"""An account that is not there."""


def counted() -> tuple[int, int]:
    """How many accounts memory had, and how many it had not."""
    hit, miss = (MEMORY.slab[CACHE_REQUESTS.at[(name,)]] for name in ("hit", "miss"))
    return hit, miss


async def accounts_of(store: Store, count: int) -> list[int]:
    return await make_accounts(store, await make_currency(store), count)


async def spent(store: Store, account: int, *, times: int = 3) -> None:
    """Row 1 accrues, the rows after it redeem."""
    book = await complete_book(store, account)
    await carry_out(store, book, Accrue(100), *(Redeem(1) for _ in range(times)))


async def test_hits_and_misses_are_counted(store: Store) -> None:
    first, second, third = await accounts_of(store, 3)
    memory = Memory(store)
    for accounts, hits, misses in (
        ((first, second), 0, 2),
        ((first, second, third, first), 3, 1),
        ((first,), 1, 0),
        ((), 0, 0),
    ):
        before = counted()
        knowing = memory.round()
        knowing.foresee(asking(account, Accrue(1)) for account in accounts)
        after = counted()
        assert (after[0] - before[0], after[1] - before[1]) == (hits, misses)
        await knowing.load()


async def test_what_requests_need_is_foreseen_and_nothing_else(store: Store) -> None:
    known, unknown = await accounts_of(store, 2)
    await spent(store, known)
    memory = Memory(store)
    await memory.loaded(known)
    for items, needed in (
        ([asking(known, Accrue(1))], {}),
        ([asking(known, Cancel(2))], {known: [2]}),
        ([asking(known, Cancel(2), Cancel(4), Accrue(1))], {known: [2, 4]}),
        ([asking(known, Cancel(2)), asking(known, Cancel(3)), asking(known)], {known: [2, 3]}),
        # Rows that are not there yet may be made before the command's turn has come.
        ([asking(known, Cancel(5))], {}),
        ([asking(unknown, Accrue(1), Settle())], {unknown: []}),
        ([asking(unknown, Cancel(2)), asking(unknown, Accrue(1))], {unknown: [2]}),
        ([asking(unknown)], {unknown: []}),
    ):
        knowing = memory.round()
        knowing.foresee(items)
        assert lacking(knowing) == needed, items
    assert memory.store.asked() == []


async def test_what_is_lacking_is_asked_for_once_by_each_shard(store: Store) -> None:
    accounts = await accounts_of(store, 2 * store.shards)
    await spent(store, accounts[0])
    memory = Memory(store)
    knowing = memory.round()
    knowing.foresee(asking(account, Cancel(3)) for account in accounts)
    await knowing.load()
    asked = memory.store.asked()
    assert [what for what, _ in asked] == ["load"] * store.shards + ["policies"]
    expected = [Demand(each, opening=True, rows=frozenset((3,))) for each in accounts]
    assert sorted(each for what, some in asked if what == "load" for each in listed(some)) == (
        expected
    )
    assert all(knowing.is_fresh(book(knowing, each)) for each in accounts)
    assert set(book(knowing, accounts[0]).rows) == {3}
    # Further facts are those of the row up to which the account is known.
    knowing.lacking[accounts[0]] = Unloaded(rows=frozenset((2,)))
    await knowing.load()
    assert memory.store.asked() == [
        ("load", [Demand(accounts[0], upto=4, rows=frozenset((2,)))]),
    ]
    assert knowing.lacking == {}


def listed(demands: object) -> list[Demand]:
    assert isinstance(demands, list)
    return demands


def book(knowing: Knowing, account: int) -> Any:
    found = knowing.book(account)
    assert found is not None
    return found


async def test_an_account_that_is_not_there_is_asked_for_once(store: Store) -> None:
    (account,) = await accounts_of(store, 1)
    memory = Memory(store)
    knowing = memory.round()
    assert not knowing.is_missing(UNKNOWN)
    knowing.lacking = dict.fromkeys((UNKNOWN, account))
    await knowing.load()
    memory.store.asked()
    assert knowing.is_missing(UNKNOWN)
    assert knowing.book(UNKNOWN) is None
    # One that is named is not read for its names' sake.
    named = Accrue(1, note=Note(external_id="x"))
    await knowing.look_up([asking(UNKNOWN, named), asking(account, named)])
    assert memory.store.asked() == [("external ids", ["x"])]


async def test_subjects_are_known_after_they_were_asked_for(store: Store) -> None:
    known, other = await accounts_of(store, 2)
    written = await complete_book(store, known)
    await carry_out(store, written, Accrue(9, note=Note(subject="visit:1")), Redeem(1))
    memory = Memory(store)
    knowing = await memory.loaded(known, other)
    assert not knowing.knows_subject(known, "visit:1")
    knowing.lacking[known] = Unloaded(subjects=frozenset(("visit:1",)))
    await knowing.load()
    assert knowing.knows_subject(known, "visit:1")
    assert set(book(knowing, known).rows) == {1}
    assert not knowing.knows_subject(known, "visit:2")
    assert not knowing.knows_subject(other, "visit:1")
    knowing.reopen(book(knowing, known))
    await knowing.load()
    assert knowing.knows_subject(known, "visit:1"), "nothing has been written since"
    await carry_out(store, written, Redeem(1))
    knowing.reopen(book(knowing, known))
    await knowing.load()
    assert not knowing.knows_subject(known, "visit:1")


async def test_what_was_read_before_is_not_fresh_and_is_read_again_with_its_policy(
    store: Store,
) -> None:
    first, second = await accounts_of(store, 2)
    memory = Memory(store)
    assert (await memory.loaded(first, second)).is_fresh(book(memory.round(), first))
    knowing = memory.round()
    assert not knowing.is_fresh(book(knowing, first))
    for account, policies in ((first, True), (second, False), (first, False)):
        knowing.reopen(book(knowing, account))
        await knowing.load()
        asked = [what for what, _ in memory.store.asked()]
        assert asked == ["load", "policies"][: 1 + policies]
        assert knowing.is_fresh(book(knowing, account))


async def test_a_book_keeps_its_past_if_nothing_has_changed(store: Store) -> None:
    """Whatever another process has changed makes another book of it: a row, the account's status,
    its owner, the policy."""
    (account,) = await accounts_of(store, 1)
    written = await complete_book(store, account)
    await carry_out(store, written, Accrue(9), Redeem(1))
    memory = Memory(store)
    knowing = await memory.loaded(account)
    knowing.lacking[account] = Unloaded(rows=frozenset((2,)))
    await knowing.load()
    known = book(knowing, account)

    async def read_again() -> Any:
        knowing = memory.round()
        knowing.reopen(book(knowing, account))
        await knowing.load()
        assert knowing.is_fresh(book(knowing, account))
        return book(knowing, account)

    assert await read_again() is known
    assert set(known.rows) == {2}
    changes = (
        partial(carry_out, store, written, Redeem(1)),
        partial(store.execute, "UPDATE accounts SET status = 2, version = version + 1"),
        partial(store.execute, "UPDATE accounts SET status = 1, version = version + 1"),
        partial(store.execute, "UPDATE accounts SET merged_into = 7, version = version + 1"),
        partial(store.execute, "UPDATE currencies SET overdraft = 5, version = version + 1"),
    )
    for change in changes:
        await change()
        fresh = await read_again()
        assert fresh is not known
        assert not fresh.rows
        known = fresh
        assert await read_again() is known


async def test_an_account_of_an_older_policy_than_this_rounds_is_not_fresh(store: Store) -> None:
    """The round has read the account with the policy that memory had, then the policy itself."""
    first, second = await accounts_of(store, 2)
    memory = Memory(store)
    await memory.loaded(first, second)
    memory.caches[first % store.shards].forget(first)
    knowing = await memory.loaded(first)
    assert not knowing.is_fresh(book(knowing, first)), "its policy was remembered"
    knowing.reopen(book(knowing, second))
    await knowing.load()
    assert knowing.is_fresh(book(knowing, second))
    assert not knowing.is_fresh(book(knowing, first))


async def test_only_what_items_name_is_looked_up(store: Store) -> None:
    """Keys, guards and external ids, each in one question; nothing where nothing is named."""
    first, second = await accounts_of(store, 2)
    memory = Memory(store)
    await memory.loaded(first)
    named = Accrue(1, note=Note(external_id="x"))
    transfer = Transfer(1, second, first, 5, key="t", note=Note(external_id="y"))
    cases: tuple[tuple[list[Submission | Transfer], list[str]], ...] = (
        ([asking(first, Accrue(1))], []),
        ([asking(first, Accrue(1), key="k"), transfer._replace(note=Note())], ["keys"]),
        ([asking(first, Accrue(1), guard=Guard("order:1", 3))], ["guards"]),
        ([asking(first, named)], ["external ids"]),
        ([asking(first, named, key="k", guard=Guard("order:1", 3)), transfer], [
            "keys", "guards", "load", "external ids",
        ]),
    )  # fmt: skip
    for items, names in cases:
        knowing = memory.round()
        assert not any(map(knowing.is_looked_up, items))
        await knowing.look_up(items)
        assert all(map(knowing.is_looked_up, items))
        assert [what for what, _ in memory.store.asked()] == names


async def test_a_guard_has_moved_if_the_store_has_another_version(store: Store) -> None:
    (account,) = await accounts_of(store, 1)
    await store.execute("INSERT INTO guards (subject, version) VALUES ('order:1', 3)")
    knowing = Memory(store).round()
    await knowing.look_up([asking(account, guard=Guard("order:1", 2))])
    found = [knowing.has_moved("order:1", version) for version in (2, 3, 4)]
    assert found == [True, False, True]
    assert not knowing.has_moved("order:2", 7), "nobody has looked"


async def test_much_is_taken_on_a_thread(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the texts of the state, and by all that is found: rows, lots, redemptions."""
    (account,) = await accounts_of(store, 1)
    written = await complete_book(store, account)
    # Two lots of which nothing is left, and what spent them.
    await carry_out(store, written, Accrue(5), Redeem(5), Accrue(5), Redeem(5), Accrue(1))
    demand = Demand(account, opening=True, rows=frozenset((2, 4)))
    (found,) = await store.load(account % store.shards, [demand])
    size = len(found.rows) + len(found.lots) + len(found.redemptions)
    assert min(len(found.rows), len(found.lots), len(found.redemptions)) > 0
    threads: list[bool] = []

    async def noted(take: Callable[..., None], *given: Any) -> None:
        def run() -> None:
            threads.append(threading.current_thread() is not threading.main_thread())
            take(*given)

        await apart(run)

    monkeypatch.setattr(module, "apart", noted)
    for rows, state, taken in (
        (LARGE - size, LARGE_STATE, []),
        (LARGE - size + 1, 0, [True]),
        (0, LARGE_STATE + 1, [True]),
    ):
        memory = Memory(store)
        memory.store = swollen = Swollen(store)
        swollen.rows, swollen.state = rows, state
        knowing = memory.round()
        knowing.lacking = {account: Unloaded(rows=demand.rows)}
        await knowing.load()
        assert threads == taken
        assert set(book(knowing, account).rows) == {row.seq for row in found.rows}
        threads.clear()


async def test_accounts_are_taken_in_slices(store: Store) -> None:
    """Others have their turn after each so many: not sooner, and not later."""
    accounts = await accounts_of(store, 2 * A_TURN + 3)
    for count, most in ((A_TURN - 1, A_TURN - 1), (len(accounts), A_TURN)):
        caches = Memory(store).caches
        knowing = Knowing(store, caches)
        knowing.lacking = dict.fromkeys(accounts[:count])
        async with most_between_turns(partial(remembered, caches)) as found:
            await knowing.load()
        assert found == [most]


def remembered(caches: Sequence[Cache]) -> int:
    return sum(map(len, caches))


async def test_what_was_laid_by_is_not_read_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is short, so that each account is frozen after the next one was used."""
    monkeypatch.setattr("stampbook.ledger.engine.MAX_ROWS", store.shards)
    accounts = await accounts_of(store, 3 * store.shards)
    loads = 0
    load = store.load

    async def counted(shard: int, demands: Any) -> list[AccountFound]:
        nonlocal loads
        loads += len(demands)
        return await load(shard, demands)

    monkeypatch.setattr(store, "load", counted)
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    for times in range(3):
        for account in accounts:
            done = await ledger.submit(asking(account, Accrue(1)))
            assert isinstance(done, Done)
            assert done.account.active == times + 1
        assert loads == len(accounts)
    await ledger.stop()


async def test_a_save_warms_what_was_opened_or_written(store: Store) -> None:
    """What was used last stays longest: of memory for two, the third lets go of the first."""
    shard_of = store.shards
    accounts = [each for each in await accounts_of(store, 4 * shard_of) if each % shard_of == 1]
    first, second, third, fourth = accounts
    memory = Memory(store, max_books=2)
    cache = memory.caches[1]
    knowing = await memory.loaded(first, second)
    knowing.saved(Writing(store))
    assert len(cache) == 2
    writing = Writing(store)
    writing.books[first] = book(knowing, first)
    memory.round().saved(writing)
    knowing = await memory.loaded(third)
    knowing.saved(Writing(store))
    assert [cache.book(each) is not None for each in accounts] == [True, False, True, False]
    (await memory.loaded(fourth)).saved(Writing(store))
    assert [cache.book(each) is not None for each in accounts] == [False, False, True, True]


async def test_a_failed_save_forgets_what_was_opened_or_written_and_its_policy(
    store: Store,
) -> None:
    read, written, kept = await accounts_of(store, 3)
    memory = Memory(store)
    await memory.loaded(written, kept)
    knowing = await memory.loaded(read)
    assert [what for what, _ in memory.store.asked()] == []
    writing = Writing(store)
    knowing.failed(writing)
    assert [knowing.book(each) is not None for each in (read, written, kept)] == [False, True, True]
    names = memory.caches[0].names
    currency = book(knowing, kept).currency
    assert names.policy(currency) is not None
    writing.books[written] = book(knowing, written)
    knowing.failed(writing)
    assert [knowing.book(each) is not None for each in (read, written, kept)] == [
        False,
        False,
        True,
    ]
    assert names.policy(currency) is None


async def test_a_database_of_one_shard_has_one_memory(store: Store) -> None:
    """All that concerns no account is in the first, which may be the only one."""
    (account,) = await accounts_of(store, 1)
    memory = Memory(store)
    memory.caches = memory.caches[:1]
    knowing = memory.round()
    knowing.foresee([asking(account, Accrue(1))])
    assert lacking(knowing) == {account: []}
