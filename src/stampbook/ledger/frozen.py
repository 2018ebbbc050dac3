"""Packed books: they take a tenth of the memory until the account is needed again.

The facts and the state of a book are packed into a few hundred bytes, and its last rows with what
else is known of the past into some hundred more for each. Unpacking takes 20 µs and little more for
each row or lot, reading it from the store a hundred times as long.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Final, NamedTuple

import msgspec

from stampbook.domain.book import Book
from stampbook.domain.facts import AccountFacts
from stampbook.domain.model import Movement, Redemption, Status, movement_values
from stampbook.domain.packing import Fields, pack_row
from stampbook.domain.policy import Policy
from stampbook.domain.state import fields_of, take_state, whole_state

MOST: Final = 64
"""How many of its last rows a packed book keeps."""


class Past(NamedTuple):
    """What a book knows besides what is open.

    `rows` are packed, by number, with the present standing of each, and of others, in `movements`;
    `lots` are closed ones. `paid_by` has the lots of which everything is known that they pay for,
    `subjects` the subjects of which all movements are.
    """

    rows: dict[int, bytes]
    movements: list[tuple[int, int, int, int, int, int, int, int]]
    redemptions: list[tuple[int, bool, dict[int, int]]]
    lots: dict[int, Fields]
    paid_by: set[int]
    subjects: set[str]


_LENGTH: Final = 4
"""The bytes that say how long the first part of a packed book is."""

_encode: Final = msgspec.msgpack.Encoder().encode
_read_present: Final = msgspec.msgpack.Decoder(tuple[AccountFacts, str]).decode
_read_past: Final = msgspec.msgpack.Decoder(Past).decode


def freeze(book: Book, subjects: Collection[str]) -> bytes:
    """A saved book, packed, with the subjects of which it has all movements."""
    assert not book.records, "only a saved book can be packed"
    present, past = _encode((book.facts(), whole_state(book))), b""
    with suppress(OverflowError):  # see pack_row
        past = _encode(_past(book, subjects))
    return b"".join((len(present).to_bytes(_LENGTH), present, past))


def without_past(frozen: bytes) -> bytes:
    """The packed book with what is open alone, which is sound as well."""
    return frozen[: _LENGTH + int.from_bytes(frozen[:_LENGTH])]


def thaw(frozen: bytes, policy_of: Callable[[int], Policy | None]) -> tuple[Book, set[str]] | None:
    """The book, with the policy of its currency, and the subjects that it was packed with; None if
    the policy is not known."""
    end = _LENGTH + int.from_bytes(frozen[:_LENGTH])
    facts, state = _read_present(frozen[_LENGTH:end])
    policy = policy_of(facts.currency)
    if policy is None:
        return None
    book = Book(facts, policy)
    take_state(book, (state,))
    if len(frozen) == end:
        return book, set()
    past = _read_past(frozen[end:])
    book.rows.packed = past.rows
    book.lots.packed.update(past.lots)
    for seq, base, status, *others in past.movements:
        if seq not in book.movements:
            book.movements[seq] = Movement(seq, base, Status(status), *others)
    for seq, held, parts in past.redemptions:
        if seq not in book.redemptions:
            book.redemptions[seq] = Redemption(seq, held, parts)
    book.known_paid_by = past.paid_by
    return book, past.subjects


def _past(book: Book, subjects: Collection[str]) -> Past:
    rows, lots, opened = book.rows, book.lots, book.open_lots
    movements, redemptions = list(book.movements.values()), list(book.redemptions.values())
    closed, paid_by = [seq for seq in lots if seq not in opened], book.known_paid_by
    kept: Collection[int] = rows
    if max(len(rows), len(closed), len(movements), len(redemptions)) > MOST:
        # A row whose standing is not there is as it was written: either both are kept, or neither.
        kept = frozenset(sorted(rows)[-MOST:])
        movements = [each for each in movements if each.seq in kept]
        redemptions = [each for each in redemptions if each.seq in kept]
        closed = sorted(closed)[-MOST:]
        paid_by, subjects = set(), ()
    return Past(
        {seq: rows.packed[seq] if seq in rows.packed else pack_row(rows.made[seq]) for seq in kept},
        [movement_values(each) for each in movements],
        [(each.seq, each.held, each.parts) for each in redemptions],
        dict(zip(closed, fields_of(book, closed), strict=True)),
        paid_by,
        set(subjects),
    )
