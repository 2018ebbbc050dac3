"""The lists over the journal say what its replay says, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import pytest

from stampbook.domain.audit import rebuild
from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Commit, Hold, Note, Redeem, Release
from stampbook.domain.model import FOREVER, Kind, Lot, Movement, State, Transaction
from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, Unit
from stampbook.ledger.journal import figures, lots, names, rows
from stampbook.ledger.journal.lots import DatedLot
from stampbook.storage.store import Demand, Store
from stampbook.visits.movements import in_force
from stampbook.visits.movements.in_force import Event, Filter
from tests.attributes import described
from tests.laws.histories import PLAIN, START, plan_of
from tests.ledgers.on_store import TENANT, StoreLedger

HOUR = 3_600_000_000
STATES = (*State,)[State.PENDING : State.REVOKED + 1]
SLIDING = PLAIN._replace(
    expiry=ExpiryRule(ExpiryType.SLIDING, period=Period(30, Unit.DAY)), scale=2
)

STEPS: tuple[Command, ...] = (
    Accrue(100, expires_at=START + 2 * HOUR, note=Note(external_id="first")),
    Accrue(200, expires_at=FOREVER, note=Note(subject="referral:5", metadata='{"a":1}')),
    Accrue(70, activates_at=START + HOUR, expires_at=FOREVER),
    Redeem(120, note=Note(subject="visit:5")),  # 4
    Cancel(4, 20),
    Cancel(5),
    Cancel(4, 10),  # 7
    Cancel(4, 20),
    Cancel(8),
    Hold(60),  # 10
    Commit(10, 40),
    Hold(15),
    Release(12),
    Accrue(30, temporary=True),  # 14
    Redeem(1),
    Cancel(15),
    Accrue(40, expires_at=START + 2 * HOUR),  # 17
    Hold(25),  # of 17, whose rest expires
    Accrue(9),
    Cancel(19),
)


@pytest.fixture
async def ledger(store: Store) -> AsyncIterator[StoreLedger]:
    """Account a has the steps behind it and then three hours; b's lots slide."""
    ledger = StoreLedger(store)
    await ledger.found(plan_of(PLAIN, SLIDING))
    for at, step in enumerate(STEPS):
        ledger.set_clock(START + at)
        answer = await ledger.submit("a", step)
        assert answer.refused is None, (step, answer)
    ledger.set_clock(START + 10)
    await ledger.submit("b", Accrue(900))
    await ledger.submit("b", Redeem(400))
    ledger.set_clock(START + 3 * HOUR)
    await ledger.settle("a")
    yield ledger
    await ledger.finish()


async def replayed(ledger: StoreLedger, name: str) -> tuple[list[Transaction], Book]:
    """The account's journal, and the book that it makes."""
    account = ledger.accounts[name]
    (found,) = await ledger.store.load(
        account % ledger.store.shards, [Demand(account, opening=True)]
    )
    known = await ledger.engine.read(account, tenant=TENANT)
    assert found.facts is not None
    assert known is not None
    journal = await ledger.store.journal(account, after=0, limit=1_000)
    return journal, rebuild(found.facts, known.policy, journal)


def said(movement: Movement) -> tuple[object, ...]:
    return (
        movement.base,
        movement.status,
        movement.cancelled,
        movement.committed_by,
        (movement.released_by),
    )


def same(book: Book, found: Iterable[DatedLot], expected: Iterable[Lot]) -> bool:
    """Whether these lots of the book were found, with their dates."""
    dated = [(*described(lot), book.expires_at(lot)) for lot in expected]
    return [(*described(each.lot), each.expires_at) for each in found] == dated


async def test_rows_stand_as_the_replay_has_them(ledger: StoreLedger) -> None:
    account = ledger.accounts["a"]
    journal, book = await replayed(ledger, "a")
    assert {row.kind for row in journal} >= {Kind.ACTIVATE, Kind.EXPIRE}
    listed = [each async for each in rows.newest(ledger.store, account, limit=100)]
    assert [each.row for each in listed] == journal[::-1]
    for row, movement in listed:
        is_commit = row.kind is Kind.COMMIT
        original = book.movements.get(row.root if is_commit else row.seq)
        expected = Movement(seq=row.seq, base=row.amount) if original is None else original.copy()
        if is_commit:
            expected.committed_by = 0
        assert said(movement) == said(expected), row
        alone = await rows.current(ledger.store, account, row.seq)
        assert alone is not None
        assert (alone.row, said(alone.movement)) == (row, said(expected))
        assert await rows.row(ledger.store, account, row.seq) == row
    beyond = len(journal) + 1
    assert await rows.current(ledger.store, account, beyond) is None
    assert await rows.row(ledger.store, account, beyond) is None


async def test_pages_meet(ledger: StoreLedger) -> None:
    account = ledger.accounts["a"]
    journal, _ = await replayed(ledger, "a")
    down: list[Transaction] = []
    while page := [
        each.row
        async for each in rows.newest(
            ledger.store, account, before=down[-1].seq if down else rows.LATEST, limit=4
        )
    ]:
        down += page
    assert down == journal[::-1]
    up: list[Transaction] = []
    while found := (await rows.page(ledger.store, account, after=len(up), limit=4)).rows:
        up += found
    assert up == journal


async def test_a_page_knows_what_its_rows_go_back_to(ledger: StoreLedger) -> None:
    account = ledger.accounts["a"]
    journal, book = await replayed(ledger, "a")
    page = await rows.page(ledger.store, account, after=10, limit=1)
    (commit,) = page.rows
    assert commit.kind is Kind.COMMIT
    assert page.known[commit.root] == journal[9]
    assert said(page.movements[10]) == said(book.movements[10])


async def test_rows_by_kind_and_date(ledger: StoreLedger) -> None:
    account = ledger.accounts["a"]
    journal, _ = await replayed(ledger, "a")
    kinds = (Kind.REDEEM, Kind.HOLD)
    found = [each.row async for each in rows.newest(ledger.store, account, kinds=kinds, limit=100)]
    assert found == [row for row in journal[::-1] if row.kind in kinds]
    found = [
        each.row
        async for each in rows.newest(
            ledger.store, account, since=START + 2, until=START + 9, limit=100
        )
    ]
    assert [row.seq for row in found] == [9, 8, 7, 6, 5, 4, 3]


async def test_the_cancel_in_force_is_the_newest_that_nothing_took_back(
    ledger: StoreLedger,
) -> None:
    account = ledger.accounts["a"]

    async def cancel_of(seq: int) -> int:
        found = await rows.current(ledger.store, account, seq)
        assert found is not None
        return found.movement.cancelled_by

    assert await cancel_of(4) == 7  # 5 and 8 were cancelled
    assert await cancel_of(5) == 6
    assert await cancel_of(7) == 0
    assert await cancel_of(15) == 16


async def test_the_last_row_of_the_clock(ledger: StoreLedger) -> None:
    journal, _ = await replayed(ledger, "a")
    latest = max(row.recorded_at for row in journal if row.by_clock)
    assert await rows.last_by_clock_at(ledger.store, ledger.accounts["a"]) == latest
    assert await rows.last_by_clock_at(ledger.store, ledger.accounts["b"]) is None


async def test_what_is_in_force_of_subjects(ledger: StoreLedger) -> None:
    accounts = ledger.accounts.values()
    found = await rows.of_subjects(ledger.store, accounts, ["visit:5", "referral:5", "visit:6"])
    assert [(row.seq, amount) for row, amount in found] == [(2, 200), (4, 110)]


async def test_lots_are_those_of_the_replay(ledger: StoreLedger) -> None:
    store = ledger.store
    for name, account in ledger.accounts.items():
        _, book = await replayed(ledger, name)
        newest = sorted(book.lots.values(), key=lambda lot: -lot.seq)

        assert same(
            book, await lots.newest_lots(store, account, before=rows.LATEST, limit=99), newest
        )
        assert same(
            book,
            await lots.newest_lots(store, account, before=newest[0].seq, limit=1),
            newest[1:2],
        )
        for state in STATES:
            found = await lots.newest_lots(
                store, account, before=rows.LATEST, state=state, limit=99
            )
            assert same(book, found, (lot for lot in newest if lot.split[state]))
        live = await lots.live_lots(store, account)
        assert same(book, live.lots, [lot for lot in newest[::-1] if lot.available + lot.held])
        assert live.clock == book.clock


async def test_there_are_lots_in_every_state(ledger: StoreLedger) -> None:
    """Else the test above would say less."""
    _, book = await replayed(ledger, "a")
    for state in STATES:
        assert any(lot.split[state] for lot in book.lots.values()), state


async def test_transactions_by_external_id(ledger: StoreLedger, store: Store) -> None:
    async def found(
        external_id: str, tenant: int, program: int | None
    ) -> list[names.TransactionPlace]:
        return await names.by_external_id(
            store, external_id, tenant=tenant, program=program, deleted=False
        )

    assert await found("first", TENANT, None) == [(ledger.accounts["a"], 1)]
    assert await found("first", TENANT, ledger.program) == [(ledger.accounts["a"], 1)]
    assert await found("first", TENANT, ledger.program + 1) == []
    assert await found("first", TENANT + 1, None) == []
    assert await found("second", TENANT, None) == []
    await store.execute("UPDATE programs SET deleted_at = 1")
    assert await found("first", TENANT, None) == []
    assert await names.by_external_id(
        store, "first", tenant=TENANT, program=None, deleted=True
    ) == [(ledger.accounts["a"], 1)]
    await store.execute("UPDATE programs SET deleted_at = NULL")


async def test_due_accounts(ledger: StoreLedger) -> None:
    store, a, b = ledger.store, ledger.accounts["a"], ledger.accounts["b"]
    ledger.set_clock(START + 4 * HOUR)
    await ledger.submit("a", Accrue(5, expires_at=START + 5 * HOUR))
    assert await figures.due_among(store, [b, a], START + 5 * HOUR - 1) == []
    assert await figures.due_among(store, [b, a], START + 5 * HOUR) == [a]
    assert await figures.due_among(store, [b, a], FOREVER - 1) == [b, a]
    assert await figures.due_among(store, [b + 9, b], FOREVER - 1) == [b]
    assert await figures.due_among(store, [], FOREVER - 1) == []
    many = [*range(b + 9, b + 9 + figures.CHUNK), a, b]
    assert await figures.due_among(store, many, FOREVER - 1) == [a, b]
    assert await figures.due(store, START + 5 * HOUR, limit=9) == [a]
    assert await figures.due(store, START + 5 * HOUR, limit=9, program=ledger.program) == [a]
    assert await figures.due(store, START + 5 * HOUR, limit=9, program=ledger.program + 1) == []


async def test_the_last_row_of_a_program(ledger: StoreLedger, store: Store) -> None:
    journal, _ = await replayed(ledger, "a")
    latest = journal[-1].recorded_at
    assert await figures.last_row_at(store, store, program=ledger.program) == latest
    assert await figures.last_row_at(store, store, program=ledger.program + 1) == 0


async def test_what_is_in_force_of_a_program(ledger: StoreLedger, store: Store) -> None:
    wanted = Filter(program=ledger.program, start=0, end=FOREVER)
    expected: list[tuple[int, int, int, int]] = []
    for name, account in ledger.accounts.items():
        journal, book = await replayed(ledger, name)
        for row in journal:
            movement = book.movements.get(row.seq)
            amount = row.amount if movement is None else movement.remaining
            armed = movement is not None and movement.status.name == "TEMPORARY"
            later = row.kind in (Kind.COMMIT, Kind.RELEASE, Kind.ACTIVATE, Kind.CANCEL)
            if amount and not armed and not later:
                expected.append((row.recorded_at, account, row.seq, amount))
    expected.sort(reverse=True)
    found = await in_force.page(store, wanted, scale=2, skip=0, limit=100)
    assert [(each.recorded_at, each.account, each.seq, each.amount) for each in found] == expected
    assert {each.scale for each in found} == {0, 2}
    assert await in_force.count(store, wanted, scale=2) == len(expected)
    assert await in_force.page(store, wanted, scale=2, skip=3, limit=2) == found[3:5]
    whole = await in_force.page(store, wanted, scale=0, skip=0, limit=100)
    assert whole == [each for each in found if not each.scale]
    for narrowed, kept in (
        (wanted._replace(events=[Event.REFERRAL]), lambda each: each.event is Event.REFERRAL),
        (wanted._replace(visits=[5]), lambda each: each.seq in (2, 4) and not each.scale),
        (wanted._replace(account=ledger.accounts["b"]), lambda each: each.scale),
        (wanted._replace(end=START + 2), lambda each: each.recorded_at < START + 2),
    ):
        some = await in_force.page(store, narrowed, scale=2, skip=0, limit=100)
        assert some == [each for each in found if kept(each)]
        assert some
