"""Imports share the event loop: whatever is done row by row gives others their turn after a few."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import pytest

from stampbook.domain.commands import Accrue, Command
from stampbook.domain.model import Transaction
from stampbook.files.importing import people
from stampbook.files.importing.identity import Occurrences, identity_of
from stampbook.files.importing.judging import Judging, Named
from stampbook.files.importing.overseen import Overseen
from stampbook.files.importing.unit import UNIT
from stampbook.files.reading.columns import Kind
from stampbook.files.reading.items import Item, Person, Terms, Unit
from stampbook.files.vendors.table import opened
from stampbook.ledger.joint import Acting, Joint, Planned
from stampbook.pacing import A_TURN
from stampbook.programs import accounts
from stampbook.storage.store import Row, Store
from tests.files.kit import NOW, TENANT, Shop, opened_shop
from tests.files.test_importing import Killed, die

ROWS = 4 * A_TURN + 3


def lots(first: int, *, named: bool = True) -> str:
    """Lots of as many members."""
    listed = (f"{f'L{first + n}' if named else ''},M{n},1,stamps\n" for n in range(ROWS))
    return "lot_id,external_id,amount,currency\n" + "".join(listed)


@asynccontextmanager
async def most_between_turns(count: Any) -> AsyncIterator[list[int]]:
    """By how much the count grows at most while nobody else has a turn."""
    most, ends = [0], False

    async def watch() -> None:
        before = count()
        while not ends:
            await asyncio.sleep(0)
            most[0], before = max(most[0], count() - before), count()

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    yield most
    ends = True
    await watching


class Counting:
    """Does nothing, and counts how often."""

    now = NOW

    def __init__(self) -> None:
        self.done = 0

    def do(self, account: int, command: Command) -> Sequence[Transaction]:
        self.done += 1
        return ()


@pytest.fixture
async def shop(store: Store) -> AsyncIterator[Shop]:
    async with opened_shop(store) as made:
        await made.take(lots(0))
        yield made


async def test_rows_are_judged_in_slices(shop: Shop) -> None:
    terms = Terms(Kind.LOTS, {"stamps": Unit(shop.currencies["stamps"], "stamps", 0)}, "UTC")
    with Occurrences() as occurrences:
        rows = opened("csv", BytesIO(lots(ROWS).encode()), terms).rows()
        unit = [
            Named(row, identity_of(row.item, "default", occurrences)) for row in rows if row.item
        ]
    items = [each.row.item for each in unit if each.row.item]
    known = await people.find(
        shop.store, shop.program.program_id, items, "default", shards=shop.store.shards
    )
    acting = Counting()
    steps = Judging(unit, known, {}, {}, {}, Overseen()).tally(acting)
    slices, before = [], 0
    while next(steps, steps) is not steps:
        slices.append(acting.done - before)
        before = acting.done
    assert [*slices, acting.done - before] == [A_TURN] * 4 + [3]


async def test_a_long_plan_runs_in_slices(shop: Shop) -> None:
    done = 0

    def plan(acting: Acting) -> Any:
        nonlocal done
        for at in range(ROWS):
            if at and not at % A_TURN:
                yield
            acting.do(account, Accrue(1))
            done += 1
        return Planned(done)

    (account, *_) = (await shop.people()).values()
    async with most_between_turns(lambda: done) as most:
        joined = await shop.ledger.join(Joint(TENANT, (account,), plan))
    assert (joined.result, len(joined.rows[account])) == (ROWS, ROWS)
    assert most == [A_TURN]


class Noting:
    """A reading store that notes what it is asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[tuple[str, tuple[object, ...]]] = []

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        self.asked.append((sql, args))
        return await self._store.fetch(sql, *args)

    async def fetch_one(self, sql: str, *args: object) -> Row | None:
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None


async def test_a_unit_finds_its_people_by_keys(sqlite_store: Store) -> None:
    """However many members the program has: nothing is read from end to end."""
    async with opened_shop(sqlite_store) as shop:
        program = shop.program.program_id
        await shop.take("external_id,amount,currency,card_number\nM1,1,stamps,C1\n", "balances")
        persons = [Person(f"M{n}") for n in range(UNIT // 3)]
        persons += [Person(email=f"m{n}@example.com") for n in range(UNIT // 3)]
        persons += [Person(phone=f"+7912{n:07}") for n in range(UNIT // 3)]
        items = [
            Item(Kind.BALANCES, each, card_number=f"C{n}", card_id=f"C{n}")
            for n, each in enumerate(persons)
        ]
        noting, shards = Noting(sqlite_store), sqlite_store.shards
        await people.find(noting, program, items, "default", shards=shards)  # type: ignore[arg-type]
        await accounts.of_ids(noting, program, range(UNIT), shards=shards)  # type: ignore[arg-type]
        plans = [
            (sql, row["detail"])
            for sql, args in noting.asked
            for row in await sqlite_store.fetch(f"EXPLAIN QUERY PLAN {sql}", *args)
        ]
    assert {table for _, plan in plans for table in plan.split()[1:2]} >= {"members", "accounts"}
    whole = [each for each in plans if each[1].startswith("SCAN") or "members_program" in each[1]]
    assert whole == []


class Watched(BytesIO):
    """A file that notes from where it was read."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.places: list[int] = []

    def readline(self, size: int | None = -1, /) -> bytes:
        self.places.append(self.tell())
        return super().readline(size)


@pytest.mark.parametrize("named", [True, False])
async def test_a_resumed_import_reads_only_what_it_must(
    store: Store, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    """What has ids of its own is not read again. Of other rows, equal ones are still counted."""
    monkeypatch.setattr("stampbook.files.importing.running.UNIT", A_TURN)
    content = lots(0, named=named) + lots(ROWS, named=False).partition("\n")[2]
    async with opened_shop(store) as shop:
        for _ in range(2):
            running = shop.running(content)
            running.on_unit = die
            await running.open()
            with pytest.raises(Killed):
                await running.run()
        file = Watched(content.encode())
        running = shop.running(file)
        await running.open()
        file.places.clear()
        report = await running.run()
        header, place = content.index("\n") + 1, _after(content, 2 * A_TURN)
        assert min(file.places) == (place if named else header)
        assert (report.run.created, report.run.rows_read) == (2 * ROWS, 2 * ROWS)
        again = await shop.take(content)
        assert (again.run.created, again.run.unchanged) == (0, 2 * ROWS)


def _after(content: str, rows: int) -> int:
    return sum(map(len, content.splitlines(keepends=True)[: rows + 1]))
