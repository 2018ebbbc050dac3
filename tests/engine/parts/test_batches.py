"""What is written, and with what it is guarded: one batch for each shard (ledger/writing.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar, cast

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Command, Note, Redeem
from stampbook.domain.deciding import decide
from stampbook.domain.model import FOREVER, Transaction
from stampbook.ledger.submission import Transfer
from stampbook.ledger.work import Fingerprinted
from stampbook.ledger.writing import Writing
from stampbook.pacing import A_TURN
from stampbook.storage.store import (
    Batch,
    Beside,
    ExternalIdRow,
    Guard,
    Key,
    KeyRow,
    SaveConflict,
    Store,
)
from tests.engine.parts.noting import Noting, asking
from tests.laws.histories import PLAIN
from tests.ledgers.in_memory import empty_book
from tests.storage.building import DAY, NOW, complete_book, make_accounts, make_currency, save_book

Found = TypeVar("Found")

PUT = Beside("INSERT INTO guards (subject, version) VALUES ($1, 1)", [("a",)])
OTHER = Beside("INSERT INTO guards (subject, version) VALUES ($1, 2)", [("b",)])


async def turns_of_others(work: Awaitable[Found]) -> tuple[Found, int]:
    """What the work gives, and how often others had their turn meanwhile."""
    turns, ends = 0, False

    async def count() -> None:
        nonlocal turns
        while not ends:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await asyncio.sleep(0)
    before = turns
    found = await work
    counted = turns - before
    ends = True
    await counting
    return found, counted


def moved(book: Book, *commands: Command) -> Book:
    """The book with the rows of these commands, which are not saved."""
    for command in commands:
        assert isinstance(decide(book, command, NOW), Transaction), command
    return book


def books_apart(*rows: int) -> list[Book]:
    """Books of as many accounts, each on a shard of its own, with so many rows to be saved."""
    books = [empty_book(number, PLAIN) for number in range(len(rows))]
    for book, count in zip(books, rows, strict=True):
        book.shard = book.number
        moved(book, *[Accrue(1)] * count)
    return books


async def books_of(store: Store, *rows: int) -> list[Book]:
    """The same of accounts that the store has, which need not have so many shards."""
    numbers = await make_accounts(store, await make_currency(store), store.shards)
    numbers = sorted(numbers, key=lambda each: each % store.shards)[: len(rows)]
    books = [await complete_book(store, each) for each in numbers]
    return [moved(book, *[Accrue(1)] * count) for book, count in zip(books, rows, strict=True)]


def writing_of(store: Store, books: Iterable[Book] = ()) -> tuple[Writing, Noting]:
    noting = Noting(store)
    writing = Writing(cast(Store, noting))
    writing.books = {book.number: book for book in books}
    return writing, noting


async def test_nothing_is_written_where_nothing_was_decided(store: Store) -> None:
    writing, noting = writing_of(store)
    assert await writing.batches() == []
    assert noting.asked() == []


async def test_each_shard_has_a_batch_in_their_order(store: Store) -> None:
    books = books_apart(1, 2, 3)
    writing, noting = writing_of(store, reversed(books))
    batches = await writing.batches()
    assert [batch.shard for batch in batches] == [book.shard for book in books]
    assert [batch.accounts for batch in batches] == [[(book.number, 1)] for book in books]
    assert [len(batch.records) for batch in batches] == [1, 2, 3]
    assert {tuple(batch.policies) for batch in batches} == {((books[0].currency, 1),)}
    assert noting.asked() == []


async def test_others_have_their_turn_after_so_many_rows(sqlite_store: Store) -> None:
    for rows, turns in (
        ((A_TURN - 1, 1), 0),
        ((A_TURN, 1), 1),
        ((A_TURN + 1, 1), 1),
        ((A_TURN,), 0),
        ((1, A_TURN - 1, 1), 1),
        ((A_TURN, A_TURN - 1, 1), 1),
        ((A_TURN, A_TURN, 1), 2),
        ((A_TURN, 1, A_TURN - 2, 1), 1),
        ((A_TURN, 1, A_TURN - 1, 1), 2),
    ):
        writing, _ = writing_of(sqlite_store, books_apart(*rows))
        batches, found = await turns_of_others(writing.batches())
        assert [len(batch.records) for batch in batches] == list(rows)
        assert found == turns, rows


async def test_guards_and_what_is_beside_need_no_rows(store: Store) -> None:
    """They are written in the first shard's batch, even alone."""
    writing, noting = writing_of(store)
    writing.guard("order:2", 5)
    writing.guard("order:1", 4)
    guards = [Guard("order:1", 4), Guard("order:2", 5)]
    assert await writing.batches() == [Batch(0, guards=guards)]
    writing.write_beside([PUT], [Key(1, "k")])
    (batch,) = await writing.batches()
    assert batch == Batch(0, guards=guards, key_texts=[Key(1, "k")], beside=[PUT])
    writing.clear()
    assert await writing.batches() == []
    writing.write_beside([PUT], ())
    assert await writing.batches() == [Batch(0, beside=[PUT])]
    assert noting.asked() == []


async def test_what_is_for_all_batches_is_in_the_first_and_what_comes_last_in_the_last(
    store: Store,
) -> None:
    """Guards and keys that must be free are looked at before anything is written; what is beside
    the ledger may change the accounts of every batch."""
    books = books_apart(1, 1, 1)
    writing, _ = writing_of(store, books)
    writing.guard("order:1", 4)
    writing.write_beside([PUT], [Key(1, "k")])
    for rows in ([("b",)], [("c",), ("d",)]):
        writing.gather_beside([OTHER._replace(rows=rows)])
    work = Fingerprinted(asking(books[0].number, Accrue(1), key="own"))
    writing.remember(work, books[0].rows[1], 1)
    batches = await writing.batches()
    guards = [Guard("order:1", 4)]
    assert [batch.accounts for batch in batches] == [[(number, 1)] for number in range(3)]
    assert [batch.guards for batch in batches] == [guards, (), ()]
    assert [list(batch.key_texts) for batch in batches] == [[Key(1, "own"), Key(1, "k")], [], []]
    gathered = OTHER._replace(rows=[("b",), ("c",), ("d",)])
    assert [list(batch.beside) for batch in batches] == [[], [], [PUT, gathered]]


async def test_keys_must_be_free_whatever_is_written(store: Store) -> None:
    """Also where nothing is written beside the ledger; where nothing is written at all, they may
    be taken."""
    (book,) = await books_of(store, 1)
    writing, _ = writing_of(store)
    writing.write_beside((), [Key(1, "k")])
    assert await writing.batches() == []
    writing.books[book.number] = book
    (batch,) = await writing.batches()
    assert list(batch.key_texts) == [Key(1, "k")]
    work = Fingerprinted(asking(book.number, Accrue(1), key="k"))
    other, _ = writing_of(store)
    other.remember(work, book.rows[1], 1, already=True)
    writing.books.clear()
    (used,) = await other.batches()
    twin = book.copy()
    await save_book(store, twin)
    await store.save([used])
    moved(twin, Accrue(1))
    writing.books[book.number] = twin
    with pytest.raises(SaveConflict):
        await store.save(await writing.batches())


async def test_what_is_gathered_alone_is_written_too(store: Store) -> None:
    books = await books_of(store, 1, 1)
    writing, _ = writing_of(store, books)
    writing.gather_beside([OTHER])
    assert [list(batch.beside) for batch in await writing.batches()] == [[], [OTHER]]


async def test_guards_that_move_are_read_unless_their_version_is_known(store: Store) -> None:
    """What nobody has ever written cannot move, so that nothing guards the save."""
    await store.execute("INSERT INTO guards (subject, version) VALUES ('order:1', 3)")
    writing, noting = writing_of(store, await books_of(store, 1))
    assert not writing.is_guarded("order:1")
    writing.move(["order:1", "order:9"])
    assert [writing.is_guarded(each) for each in ("order:1", "order:2", "order:9")] == [
        True,
        False,
        True,
    ]
    (batch,) = await writing.batches()
    assert batch.guards == [Guard("order:1", 3)]
    assert noting.asked() == [("guards", ["order:1", "order:9"])]
    writing.clear()
    writing.guard("order:1", 3)
    assert writing.is_guarded("order:1")
    writing.move(["order:1"])
    (batch,) = await writing.batches()
    assert batch.guards == [Guard("order:1", 3)]
    assert noting.asked() == []


async def test_each_key_is_written_with_its_rows_or_beside_them(store: Store) -> None:
    """With the first row of its answer, if that is new and nothing else is to be known of it."""
    first, second = await books_of(store, 3, 1)
    writing, _ = writing_of(store, [first, second])
    shards = store.shards

    def row_of(
        name: str, account: int, seq: int, *, already: bool = False, named: bool = False
    ) -> KeyRow:
        digest, shard = Key(1, name).digest, account % shards
        return KeyRow(digest, b"f" * 16, shard, account, seq, 1, already, named)

    number, third = first.number, first.number + 2 * shards
    kept = [
        row_of("new", number, 1),
        row_of("again", number, 1),
        row_of("already", number, 2, already=True),
        row_of("named", number, 3, named=True),
        row_of("old", number, 4),
        row_of("other", second.number, 1),
        row_of("third", third, 1),
    ]
    for row in kept:
        name = next(each for each in NAMES if Key(1, each).digest == row.digest)
        writing.use(Key(1, name), row)
    batches = await writing.batches()
    assert [batch.shard for batch in batches] == [first.shard, second.shard]
    assert batches[0].keys == {(number, 1): kept[0]}
    assert batches[0].repeated == [*kept[1:5], kept[6]]
    assert [key.text for key in batches[0].key_texts] == [*NAMES[:5], "third"]
    assert batches[1].keys == {(second.number, 1): kept[5]}
    assert batches[1].repeated == []


NAMES = ("new", "again", "already", "named", "old", "other", "third")


async def test_a_key_of_a_shard_without_rows_has_a_batch_of_its_own(store: Store) -> None:
    first, second = await books_of(store, 1, 0)
    writing, _ = writing_of(store, [first])
    account = second.number
    used = KeyRow(Key(1, "k").digest, b"f" * 16, account % store.shards, account, 1, 1, True)
    writing.use(Key(1, "k"), used)
    batches = await writing.batches()
    assert batches[1] == Batch(
        second.shard,
        records=[],
        accounts=[],
        due=[],
        repeated=[used],
        key_texts=[Key(1, "k")],
        external_ids=[],
        policies=[],
    )
    assert batches[0].key_texts == []


async def test_what_a_request_uses_names_its_place(store: Store) -> None:
    (book,) = await books_of(store, 0)
    note = Note(external_id="x")
    moved(book, Accrue(9, note=note), Redeem(1))
    writing, _ = writing_of(store, [book])
    work = Fingerprinted(asking(book.number, Accrue(9, note=note), Redeem(1), key="k"))
    writing.remember(work, book.rows[1], 2)
    writing.remember(Fingerprinted(asking(book.number, Redeem(1))), book.rows[2], 1)
    writing.remember_external_ids(book.program, work, book.rows.values())
    place = book.number % store.shards, book.number, 1
    assert [row for _, row in writing.keys.values()] == [
        KeyRow(Key(1, "k").digest, work.fingerprint(), *place, 2, False)
    ]
    assert list(writing.external_ids.values()) == [
        ExternalIdRow(book.program, "x", work.content(), *place)
    ]
    (batch,) = await writing.batches()
    assert batch.external_ids == list(writing.external_ids.values())
    other = Transfer(1, book.number, 7, 5, key="already")
    writing.remember(Fingerprinted(other), book.rows[1], 1, already=True)
    assert [row.already for _, row in writing.keys.values()] == [False, True]


async def test_an_external_id_is_written_where_its_row_is(store: Store) -> None:
    first, second = await books_of(store, 1, 1)
    writing, _ = writing_of(store, [first, second])
    for book in (first, second):
        row = book.rows[1]._replace(external_id=f"x{book.number}")
        writing.take_external_id(book.program, row, b"f" * 16)
    batches = await writing.batches()
    assert [[row.account for row in batch.external_ids] for batch in batches] == [
        [first.number],
        [second.number],
    ]


async def test_only_what_is_due_earlier_than_before_is_noted(store: Store) -> None:
    (book,) = await books_of(store, 0)
    found = []
    for commands in (
        [Accrue(1)],
        [Accrue(1), Accrue(1, expires_at=NOW + 2 * DAY)],
        [Accrue(1, expires_at=NOW + 2 * DAY)],
        [Accrue(1, expires_at=NOW + 3 * DAY)],
        [Accrue(1, expires_at=NOW + DAY), Accrue(1)],
    ):
        moved(book, *commands)
        writing, _ = writing_of(store, [book])
        (batch,) = await writing.batches()
        found.append(batch.due)
        await store.save([batch])
        book.saved()
    early, earlier = [(book.number, NOW + 2 * DAY)], [(book.number, NOW + DAY)]
    assert found == [[], early, [], [], earlier]
    assert book.saved_due_at == NOW + DAY < FOREVER
