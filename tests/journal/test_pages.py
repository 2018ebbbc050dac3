"""Pages of journals and the lots of accounts are what a replay says, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from stampbook.domain.audit import rebuild
from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Commit, Hold, Note, Redeem, Release
from stampbook.domain.model import (
    FOREVER,
    MAX_SEQUENCE,
    AccountStatus,
    Kind,
    Lot,
    State,
    Transaction,
    transaction_number,
)
from stampbook.domain.policy import SpentAccrual
from stampbook.ledger.journal import figures, lots, many, pages
from stampbook.ledger.journal.pages import ALL, Chosen, Spot, Which
from stampbook.storage.store import Demand, Store
from tests.attributes import described
from tests.laws.histories import PLAIN, START
from tests.ledgers.on_store import TENANT, StoreLedger
from tests.ledgers.seen import AccountPlan, Plan

HOUR = 3_600_000_000
SUBJECT = Note(subject="added:3")
STEPS: tuple[tuple[int, Command], ...] = (
    (0, Accrue(100, expires_at=START + 2 * HOUR)),
    (0, Accrue(50)),
    (0, Accrue(70, activates_at=START + 9 * HOUR, expires_at=START + 20 * HOUR)),  # lot 3
    (1, Accrue(5, activates_at=START + 9 * HOUR, note=SUBJECT)),
    (1, Accrue(30, temporary=True, timeout_s=36_000)),  # 5
    (2, Redeem(120)),
    (2, Cancel(6, 20)),
    (2, Hold(40)),  # 8
    (5, Commit(8, 30)),
    (5, Hold(5)),
    (5, Release(10)),
    (5, Hold(20)),  # all that is available
    (7, Accrue(4)),  # 13
    (7, Redeem(4)),
    (7, Cancel(13)),  # all of it is spent: this moves no points
    (8, Accrue(6)),
)
CLAMPING = PLAIN._replace(spent_accrual=SpentAccrual.CLAMP)
PLAN = Plan(
    {"euro": CLAMPING, "dollar": CLAMPING},
    {
        "a": AccountPlan("a", "euro"),
        "b": AccountPlan("b", "euro"),
        "c": AccountPlan("c", "euro"),
        "d": AccountPlan("d", "dollar"),
        "empty": AccountPlan("e", "euro"),
    },
)
ORDERS = pytest.mark.parametrize("descending", [False, True])


@pytest.fixture
async def ledger(store: Store) -> AsyncIterator[StoreLedger]:
    """Account a has the steps behind it, several of them at one instant, and then three hours."""
    ledger = StoreLedger(store)
    await ledger.found(PLAN)
    for at, step in STEPS:
        ledger.set_clock(START + at)
        answer = await ledger.submit("a", step)
        assert answer.refused is None, (step, answer)
    for name in "bcd":
        await ledger.submit(name, Accrue(7, activates_at=START + 9 * HOUR))
        await ledger.submit(name, Accrue(8, activates_at=START + 9 * HOUR))
        await ledger.submit(name, Accrue(9))
    ledger.set_clock(START + 3 * HOUR)
    await ledger.settle("a")
    yield ledger
    await ledger.finish()


async def replayed(ledger: StoreLedger, name: str) -> tuple[list[Transaction], Book]:
    """The account's journal, and the book that it makes."""
    account, store = ledger.accounts[name], ledger.store
    (found,) = await store.load(account % store.shards, [Demand(account, opening=True)])
    known = await ledger.engine.read(account, tenant=TENANT)
    assert found.facts is not None
    assert known is not None
    journal = await store.journal(account, after=0, limit=1_000)
    return journal, rebuild(found.facts, known.policy, journal)


def listed(journal: Sequence[Transaction], which: Which) -> list[Spot]:
    """The rows of a list in the order of the journal."""
    spots = []
    for row in journal:
        root = journal[row.root - 1].kind
        settles = root is Kind.HOLD and row.kind in (Kind.COMMIT, Kind.RELEASE)
        moves = row.effect or any(posting.source is State.PENDING for posting in row.postings)
        if not settles and (row.effect if which is Which.CHANGES else moves or row.seq == row.root):
            spots.append(Spot(row.recorded_at, row.seq))
    return spots


@ORDERS
@pytest.mark.parametrize("which", Which)
async def test_pages_meet(ledger: StoreLedger, which: Which, descending: bool) -> None:
    journal, _ = await replayed(ledger, "a")
    expected = listed(journal, which)
    assert len(ALL) < len(expected) < len(journal)
    for limit in (1, 4, 100):
        found: list[Spot] = []
        while page := await pages.page(
            ledger.store,
            ledger.accounts["a"],
            which=which,
            after=found[-1].seq if found else None,
            descending=descending,
            limit=limit,
        ):
            assert len(page) <= limit
            found += page
        assert found == (expected[::-1] if descending else expected)


@ORDERS
async def test_pages_by_instant_meet(ledger: StoreLedger, descending: bool) -> None:
    journal, _ = await replayed(ledger, "a")
    sign = -1 if descending else 1
    expected = sorted(
        listed(journal, Which.EVENTS), key=lambda spot: (sign * spot.recorded_at, -sign * spot.seq)
    )
    found: list[Spot] = []
    while page := await pages.page_by_instant(
        ledger.store,
        ledger.accounts["a"],
        which=Which.EVENTS,
        after=found[-1] if found else None,
        descending=descending,
        limit=2,
    ):
        found += page
    assert found == expected
    assert found not in (sorted(expected), sorted(expected, reverse=True))
    beyond = Spot(START + 2, MAX_SEQUENCE + 1)
    page = await pages.page_by_instant(
        ledger.store,
        ledger.accounts["a"],
        which=Which.EVENTS,
        after=beyond,
        descending=descending,
        limit=100,
    )
    at = START + 2
    later = [s for s in expected if (s.recorded_at < at if descending else s.recorded_at >= at)]
    assert page == later


async def test_what_is_chosen(ledger: StoreLedger) -> None:
    journal, _ = await replayed(ledger, "a")
    account = ledger.accounts["a"]
    two = frozenset(transaction_number(account=account, seq=seq) for seq in (2, 7))
    elsewhere = frozenset({transaction_number(account=account + 1, seq=3)})
    early, named, rest = Chosen(until=START + 2), Chosen(numbers=two), Chosen(but=two | elsewhere)
    for chosen, kept in (
        ((), lambda spot: False),
        ([early], lambda spot: spot.recorded_at < START + 2),
        ([Chosen(since=START + 2)], lambda spot: spot.recorded_at >= START + 2),
        ([named], lambda spot: spot.seq in (2, 7)),
        ([rest], lambda spot: spot.seq not in (2, 7)),
        ([Chosen(numbers=elsewhere)], lambda spot: False),
        ([early.narrowed(named)], lambda spot: spot.seq == 2),
        ([early, named], lambda spot: spot.recorded_at < START + 2 or spot.seq == 7),
        ([named.narrowed(rest)], lambda spot: False),
    ):
        found = await pages.page(
            ledger.store,
            account,
            which=Which.EVENTS,
            chosen=chosen,
            after=None,
            descending=False,
            limit=100,
        )
        assert found == [spot for spot in listed(journal, Which.EVENTS) if kept(spot)], chosen


async def test_the_last_row_before_an_instant(ledger: StoreLedger) -> None:
    journal, _ = await replayed(ledger, "a")
    for at in {row.recorded_at + more for row in journal for more in (-1, 0, 1)}:
        expected = sum(row.recorded_at < at for row in journal)
        assert await pages.last_before(ledger.store, ledger.accounts["a"], at) == expected
    assert await pages.last_before(ledger.store, ledger.accounts["a"], FOREVER) == len(journal)
    assert await pages.last_before(ledger.store, ledger.accounts["empty"], FOREVER) == 0


async def test_originals(ledger: StoreLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "AT_ONCE", 2)
    found = await pages.originals(ledger.store, ledger.accounts["a"], [8, 4, 10, 4, 99])
    assert found == {
        4: (Kind.ACCRUE, "added:3", 0),
        8: (Kind.HOLD, None, 9),
        10: (Kind.HOLD, None, 0),
    }


def same(found: Sequence[Lot], expected: Sequence[Lot]) -> bool:
    """Whether they have the same data, in the same order."""
    return [described(lot) for lot in found] == [described(lot) for lot in expected]


async def test_lots_are_those_of_the_replay(ledger: StoreLedger) -> None:
    store, account = ledger.store, ledger.accounts["a"]
    _, book = await replayed(ledger, "a")
    born = sorted(book.lots.values(), key=lambda lot: lot.seq)
    deadlines = {
        lot.seq: book.movements[lot.accrued_by].deadline_at
        if lot.accrued_by in book.movements
        else FOREVER
        for lot in born
    }
    opened = await lots.open_lots(store, account)
    assert same([each.lot for each in opened], [lot for lot in born if lot.is_open])
    assert 0 < len(opened) < len(born)
    assert any(lot.held and not lot.available for lot, _ in opened)
    pending = await lots.pending_lots(store, account)
    assert same([each.lot for each in pending], [lot for lot in born if lot.pending])
    found = [(each.lot.seq, each.deadline_at) for each in opened]
    found += [(each.lot.seq, each.deadline_at) for each in pending]
    assert all(deadlines[seq] == deadline_at for seq, deadline_at in found)
    assert {each.deadline_at for each in pending} == {FOREVER, START + 1 + 10 * HOUR}
    assert [each.subject for each in pending] == [None, "added:3", None]


async def test_lots_that_expire(ledger: StoreLedger) -> None:
    store, account = ledger.store, ledger.accounts["a"]
    _, book = await replayed(ledger, "a")
    at = START + 2 * HOUR
    for after, until, expected in (
        (at - 1, at, [1]),  # closed
        (at, FOREVER - 1, [3]),
        (0, FOREVER - 1, [3]),
        (0, at - 1, []),
    ):
        found = await lots.lots_expiring(store, account, after=after, until=until, sliding=False)
        assert same(found, [book.lots[seq] for seq in expected])
    assert not await lots.lots_expiring(store, account, after=0, until=FOREVER, sliding=True)


@ORDERS
async def test_rows_of_many_accounts(ledger: StoreLedger, descending: bool) -> None:
    """In the order of the accounts, each with its rows; not of members who were deleted."""
    store = ledger.store
    currency = ledger.currencies["euro"].currency_id
    expected = [
        transaction_number(account=ledger.accounts[name], seq=spot.seq)
        for name in "abc"
        for spot in listed((await replayed(ledger, name))[0], Which.CHANGES)
    ]
    if descending:
        expected.reverse()

    async def rows(limit: int, after: int | None = None) -> list[int]:
        return await many.rows(
            store,
            [currency],
            tenant=TENANT,
            which=Which.CHANGES,
            after=after,
            descending=descending,
            limit=limit,
        )

    assert await rows(100) == expected
    assert await rows(3) == expected[:3]
    last = ledger.accounts["c" if descending else "a"]
    later = [number for number in expected if number >> 23 != last]
    assert await rows(100, last) == later
    await store.execute(
        """
        UPDATE members SET status = 'deleted', deleted_at = 1
        WHERE member_id = (SELECT member_id FROM accounts WHERE account_id = $1)
        """,
        last,
    )
    assert await rows(100) == later


@ORDERS
async def test_pending_lots_of_many_accounts(ledger: StoreLedger, descending: bool) -> None:
    store, a = ledger.store, ledger.accounts["a"]
    currencies = [each.currency_id for each in ledger.currencies.values()]
    names = "dcba" if descending else "abcd"

    async def pending(limit: int, since: int | None = None) -> list[tuple[int, list[int]]]:
        found = await many.pending_lots(
            store, currencies, tenant=TENANT, since=since, descending=descending, limit=limit
        )
        for each in found:
            alone = await lots.pending_lots(store, each.account)
            assert same([part.lot for part in each.lots], [part.lot for part in alone])
            assert [part[1:] for part in each.lots] == [part[1:] for part in alone]
        return [(each.account, [part.lot.seq for part in each.lots]) for each in found]

    of = {name: (ledger.accounts[name], [3, 4, 5] if name == "a" else [1, 2]) for name in names}
    assert await pending(9) == [of[name] for name in names]
    assert await pending(2) == [of[name] for name in names[:2]]
    assert await pending(2, ledger.accounts[names[2]]) == [of[name] for name in names[2:]]
    await store.execute(
        "UPDATE accounts SET status = $1 WHERE account_id = $2", int(AccountStatus.CLOSED), a
    )
    assert await pending(9) == [of[name] for name in names if name != "a"]


async def test_due_accounts(ledger: StoreLedger) -> None:
    store, program = ledger.store, ledger.program
    assert await figures.due_in(store, program, START + 3 * HOUR) == []
    due = {ledger.accounts[name] for name in "abcd"}
    assert set(await figures.due_in(store, program, START + 9 * HOUR)) == due
    assert await figures.due_in(store, program + 1, START + 9 * HOUR) == []
