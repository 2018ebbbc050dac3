"""What is stored beside a journal row: sums, state, and rows by which old facts are found.

All of it is a function of the journal's rows up to that one (law 8): decisions and replay both
end with the same `record`, and `verify` compares one with the other.
"""

from typing import Final

from stampbook.domain.book import Book
from stampbook.domain.model import HELD, SPENT, LotRow, Record, Standing, Transaction
from stampbook.domain.state import changed_state, lot_text, parts_text, whole_state

LOTS_A_ROW: Final = 8
"""The state is written whole when the number of rows since the last whole one reaches an eighth of
the number of open things. A lot takes about 64 bytes, so a row carries 512 bytes of whole states on
average, however many lots are open, and a load reads few rows more than that eighth."""

MOST_PARTS: Final = 32
"""The parts of a longer allocation are gathered from postings, not repeated in each standing."""


def record(book: Book, row: Transaction) -> Record:
    """The record of a row that has just been appended to the journal."""
    touched = book.touched
    del book.touched
    if book.draft:
        return Record(row, book.sums(), "", book.state_seq, (), ())
    if is_whole(book, row.seq):
        state = whole_state(book)
        book.state_seq = row.seq
    else:
        state = changed_state(book, touched)
    targets = touched.movements
    for redemption, _ in touched.parts:
        if redemption != row.seq:
            targets.add(redemption)
    standings = tuple([_standing(book, row, seq) for seq in sorted(targets)]) if targets else ()
    lots = _lot_rows(book, row, touched.lots)
    return Record(row, book.sums(), state, book.state_seq, lots, standings)


def is_whole(book: Book, seq: int) -> bool:
    """Whether to write the state after row `seq` whole, if as much is open then as now."""
    return seq == 1 or (seq - book.state_seq) * LOTS_A_ROW >= _weight(book)


def _weight(book: Book) -> int:
    """How much is open: lots, deadlines, and the parts of redemptions with a deficit."""
    return len(book.open_lots) + len(book.deadlines.keys) + book.owing_parts


def _lot_rows(book: Book, row: Transaction, touched: set[int]) -> tuple[LotRow, ...]:
    open_lots = book.open_lots
    concerned = touched - open_lots
    for lot, _, source, target, redemption in row.postings:
        if redemption and lot and target in _PAID and source not in _PAID:
            concerned.add(lot)
    if not concerned:
        return ()
    return tuple(
        [
            LotRow(seq, None if seq in open_lots else lot_text(book.lots[seq]))
            for seq in sorted(concerned)
        ]
    )


_PAID: Final = (HELD, SPENT)


def _standing(book: Book, row: Transaction, seq: int) -> Standing:
    """The version of a transaction's movement after the row."""
    movement, redemption = book.movement(seq), book.redemptions.get(seq)
    parts: str | None = None
    if seq != row.seq and redemption is not None and len(redemption.parts) <= MOST_PARTS:
        parts = parts_text(redemption)
    return Standing(
        seq,
        movement.base,
        movement.status,
        movement.cancelled,
        movement.deadline_at,
        movement.committed_by,
        movement.released_by,
        movement.cancelled_by,
        parts,
    )
