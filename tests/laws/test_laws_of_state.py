"""What is stored beside the journal is a function of its rows (law 8): an account opened from it
equals the account that the rows make, now and after each of them, including closed facts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from hypothesis import strategies as st

from stampbook.domain.audit import rebuild, replay_row
from stampbook.domain.book import Book
from stampbook.domain.model import Record, Transaction
from stampbook.domain.policy import Policy
from stampbook.domain.state import take_state, whole_state
from stampbook.storage.store import Demand, Store
from tests.attributes import described
from tests.laws.conftest import Place, StoredPlace
from tests.laws.histories import Act, histories, policies
from tests.laws.test_laws import MANY, Open, holds, pytestmark, told
from tests.ledgers.in_memory import InMemoryLedger, contents, open_contents
from tests.ledgers.on_store import StoreLedger

__all__ = ["pytestmark"]

MUCH = st.lists(
    st.builds(
        Act,
        st.just("accrue"),
        st.just("a"),
        st.integers(1, 20),
        lasts=st.sampled_from([None, 2, 4]),
    ),
    min_size=9,
    max_size=30,
)
"""A history with so much open that the state is not written whole in each row."""

OF_TWO = st.tuples(
    st.one_of(st.just([]), MUCH), histories(accounts="aab", verbs=(*MANY, "transfer"))
).map(lambda parts: [*parts[0], *parts[1]])
PAGE = 500

EXAMPLES = 25
"""More than for other laws, because what a store must find depends on the history."""


def test_law_08_a_book_opened_from_states(place: Place) -> None:
    """After each row, from the states since the last whole one, and from a whole one alone."""

    async def law(open_ledger: Open, history: list[Act], first: Policy, second: Policy) -> None:
        async with told(open_ledger, history, first, second) as teller:
            for name in "ab":
                await teller.ledger.settle(name)
                if isinstance(teller.ledger, InMemoryLedger):
                    book = teller.ledger.books[name]
                    rows = [record.row for record in book.records]
                else:
                    assert isinstance(teller.ledger, StoreLedger)
                    book, rows = await stored(teller.ledger, name)
                made: list[Record] = []
                async for then in replayed(book, rows, made):
                    expected = open_contents(then)
                    since = made[-1].state_seq - 1
                    for texts in (
                        [record.state for record in made[since:]],
                        [whole_state(then)],
                    ):
                        opened = Book(then.facts(), then.policy)
                        take_state(opened, texts)
                        assert contents(opened) == expected

    holds(place, law, history=OF_TWO, first=policies(), second=policies())


def test_law_08_what_a_store_loads(stored_place: StoredPlace) -> None:
    """After each row, the account can be opened as it was then, and every closed lot, allocation
    and transaction is found as it was, all at once and one by one."""

    async def law(
        open_ledger: Open, history: list[Act], first: Policy, second: Policy, which: int
    ) -> None:
        async with told(open_ledger, history, first, second) as teller:
            assert isinstance(teller.ledger, StoreLedger)
            for name in "ab":
                book, rows = await stored(teller.ledger, name)
                made: list[Record] = []
                async for then in replayed(book, rows, made):
                    if then.seq in (1 + which % len(rows), len(rows)):
                        await loads(stored_place.store, then)

    holds(
        replace(stored_place, examples=max(stored_place.examples, EXAMPLES)),
        law,
        history=OF_TWO,
        first=policies(),
        second=policies(),
        which=st.integers(0, 40),
    )


async def loads(store: Store, then: Book) -> None:
    """Check that the store returns the account as it was after the book's last row."""
    number, upto = then.number, then.seq
    opening = Demand(number, opening=True, upto=upto)
    lots, redemptions = frozenset(then.lots), frozenset(then.redemptions)
    everything = opening._replace(
        rows=frozenset(range(1, upto + 1)), lots=lots, paid_by=lots, redemptions=redemptions
    )
    assert contents(await loaded(store, then, opening)) == open_contents(then)
    found = await loaded(store, then, everything)
    assert contents(found) == contents(then)
    assert dict(found.rows.items()) == dict(then.rows.items())
    assert found.known_paid_by == lots
    for demand in (
        *(opening._replace(lots=frozenset((lot,))) for lot in lots),
        *(opening._replace(redemptions=frozenset((redemption,))) for redemption in redemptions),
        *(opening._replace(paid_by=frozenset((lot,))) for lot in lots),
        *(opening._replace(rows=frozenset((row,))) for row in range(1, upto + 1)),
    ):
        some = await loaded(store, then, demand)
        assert demand.lots.issubset(some.lots)
        assert demand.redemptions <= some.redemptions.keys()
        assert demand.rows.issubset(some.rows)
        for lot in demand.paid_by:
            paid = {seq for seq, redemption in then.redemptions.items() if lot in redemption.parts}
            assert paid <= some.redemptions.keys()
        held, whole = contents(some), contents(then)
        for part in ("lots", "parts", "movements"):
            assert held[part].items() <= {**whole[part], **plain(some, then)[part]}.items()


def plain(some: Book, then: Book) -> dict[str, dict[int, list[object]]]:
    """Transactions that have not changed count as known without a movement, but one that was
    loaded without its row is still included."""
    movements = {seq: described(then.movement(seq)) for seq in some.movements}
    return {"lots": {}, "parts": {}, "movements": movements}


async def loaded(store: Store, then: Book, demand: Demand) -> Book:
    (found,) = await store.load(then.shard, [demand])
    assert found.facts is not None
    assert found.facts == then.facts()
    book = Book(found.facts, then.policy)
    take_state(book, found.states)
    book.take_found(found.lots, found.redemptions, found.movements, found.rows)
    book.known_paid_by |= found.paid_by
    return book


async def stored(ledger: StoreLedger, name: str) -> tuple[Book, list[Transaction]]:
    """The account, and its journal in the store."""
    number = ledger.accounts[name]
    known = await ledger.engine.read(number, tenant=ledger.tenant)
    assert known is not None
    rows: list[Transaction] = []
    while page := await ledger.store.journal(number, after=len(rows), limit=PAGE):
        rows += page
    return known, rows


async def replayed(book: Book, rows: list[Transaction], made: list[Record]) -> AsyncIterator[Book]:
    """The complete book after each of the rows; what the row makes is added to `made`."""
    then = rebuild(book.identity(), book.policy, ())
    for row in rows:
        record = replay_row(then, row)
        assert isinstance(record, Record), record
        made.append(record)
        yield then
