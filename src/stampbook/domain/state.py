"""The state of an account as a text: everything that a journal row leaves open.

Version 1. Lines of JSON. The first is an array:

    [1, whole, lots_made, slides_at, slid_at, [lot, …], [closed lot, …],
     [transaction, …], [closed transaction, …]]

`whole` is 1 if all that is open is there; else the text has only what the row changed, and the
numbers of what it left closed. Each further line is an array of more lots, so that no line is
long. An instant that never comes is null. A lot is an array of integers, zeros at its end left
out:

    [number, accrued_by, created_at, activates_at - created_at, expires_at - created_at,
     flags (1 sliding, 2 grace, 4 locked), available, pending, held, spent, expired, revoked,
     claimed, reinstated]

An open transaction has a deadline or owes:

    [number, base, status, cancelled, deadline_at, committed_by, released_by, cancelled_by,
     [[lot, amount], …], all]

Its parts are null unless it owes (lot 0 is its deficit). `all` is 1 if all parts are there, 0 if
only those that the row changed, with 0 for what is gone.

The text is a function of the journal's rows up to its own, the same on every store: `verify`
computes it anew.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from stampbook.domain.book import Book
from stampbook.domain.model import FOREVER, Lot, Movement, Redemption, Status
from stampbook.domain.packing import (
    AT_AVAILABLE,
    Fields,
    Kept,
    activation_of,
    expiring_at,
    is_sliding,
    lot_fields,
    read_lot,
)
from stampbook.domain.packing import expiry_of as expiry_of_fields
from stampbook.domain.touched import Touched
from stampbook.domain.windows import expiry_of

VERSION: Final = 1

LOTS_A_LINE: Final = 1_000

_encode: Final = msgspec.json.encode
_decode: Final = msgspec.json.decode


# -- writing -----------------------------------------------------------------------------


def whole_state(book: Book) -> str:
    """All that is open in the account."""
    opened = book.open_lots
    numbers = sorted(opened) if len(opened) > 1 else opened
    transactions: Sequence[Fields] = ()
    if book.deadlines.keys or book.owing.keys:
        open_transactions = sorted({key[1] for key in (*book.deadlines.keys, *book.owing.keys)})
        transactions = [_transaction_fields(book, seq, None) for seq in open_transactions]
    if len(numbers) <= LOTS_A_LINE:
        first = fields_of(book, numbers)
        return _encode((VERSION, 1, *_head(book), first, (), transactions, ())).decode()
    numbers = list(numbers)
    lines: list[Any] = []
    for start in range(0, len(numbers), LOTS_A_LINE):
        line = fields_of(book, numbers[start : start + LOTS_A_LINE])
        lines.append(line if lines else (VERSION, 1, *_head(book), line, (), transactions, ()))
    return b"\n".join(map(_encode, lines)).decode()


def fields_of(book: Book, numbers: Iterable[int]) -> list[Fields]:
    """The lots as they are written; those that nobody has made are as they were read."""
    made, packed = book.lots.made, book.lots.packed
    return [packed[seq] if seq in packed else lot_fields(made[seq]) for seq in numbers]


def changed_state(book: Book, touched: Touched) -> str:
    """The changes of a row: the touched things that are open, and those that are now closed."""
    known = book.lots
    open_lots: list[Fields] = []
    closed: list[int] = []
    for seq in sorted(touched.lots):
        if seq in book.open_lots:
            open_lots.append(lot_fields(known[seq]))
        else:
            closed.append(seq)
    changed: dict[int, list[int]] = {}
    for redemption, lot in sorted(touched.parts):
        changed.setdefault(redemption, []).append(lot)
    open_transactions: list[Fields] = []
    closed_transactions: list[int] = []
    for seq in sorted({*touched.movements, *changed}):
        if _is_open(book, seq):
            some = None if seq in touched.debtors else changed.get(seq, ())
            open_transactions.append(_transaction_fields(book, seq, some))
        else:
            closed_transactions.append(seq)
    first, more = open_lots[:LOTS_A_LINE], open_lots[LOTS_A_LINE:]
    lines = [
        _encode((VERSION, 0, *_head(book), first, closed, open_transactions, closed_transactions))
    ]
    for start in range(0, len(more), LOTS_A_LINE):
        lines.append(_encode(more[start : start + LOTS_A_LINE]))
    return b"\n".join(lines).decode()


def _head(book: Book) -> tuple[int, int | None, int]:
    slides_at = book.slides_at
    return book.lots_made, None if slides_at == FOREVER else slides_at, book.slid_at


def lot_text(lot: Lot) -> str:
    """A lot by itself."""
    return _encode(lot_fields(lot)).decode()


def parts_fields(
    redemption: Redemption, lots: Iterable[int] | None = None
) -> list[tuple[int, int]]:
    """The parts of an allocation by lot: all, or those of the lots, 0 for a removed part."""
    parts = redemption.parts
    if lots is None:
        return sorted(parts.items())
    return [(lot, parts.get(lot, 0)) for lot in lots]


def parts_text(redemption: Redemption) -> str:
    """All parts of an allocation by themselves: `[[lot, amount], …]`."""
    return _encode(parts_fields(redemption)).decode()


def _is_open(book: Book, seq: int) -> bool:
    movement, redemption = book.movements.get(seq), book.redemptions.get(seq)
    armed = movement is not None and movement.deadline_at != FOREVER
    return armed or (redemption is not None and bool(redemption.parts.get(0)))


def _transaction_fields(book: Book, seq: int, lots: Sequence[int] | None) -> Fields:
    """`lots`: those whose parts have changed; None: all."""
    movement, redemption = book.movement(seq), book.redemptions.get(seq)
    parts: list[tuple[int, int]] | None = None
    if redemption is not None and redemption.parts.get(0):
        parts = parts_fields(redemption, lots)
    return [
        seq,
        movement.base,
        int(movement.status),
        movement.cancelled,
        None if movement.deadline_at == FOREVER else movement.deadline_at,
        movement.committed_by,
        movement.released_by,
        movement.cancelled_by,
        parts,
        int(lots is None),
    ]


# -- reading -----------------------------------------------------------------------------


def lot_of_text(text: str) -> Lot:
    """The lot of a text by itself."""
    return read_lot(_decode(text))


def read_parts(text: str) -> dict[int, int]:
    """The parts of an allocation: `[[lot, amount], …]`."""
    return dict(_decode(text))


def take_state(book: Book, texts: Sequence[str]) -> None:
    """Fill a new book with everything that is open after a row, from its state and earlier ones.

    See `read_state`.
    """
    state = read_state(texts)
    slides_at, slid_at = state.slides_at, state.slid_at
    book.lots_made, book.slides_at, book.slid_at = state.lots_made, slides_at, slid_at
    book.lots = state.lots
    packed = book.lots.packed
    book.open_lots.update(packed)
    spendable, waiting, deadlines = book.spendable.keys, book.waiting.keys, book.deadlines.keys
    for seq, fields in packed.items():
        if fields[AT_AVAILABLE]:
            spendable.append((expiry_of_fields(fields, slides_at, slid_at), seq))
        activates_at = activation_of(fields)
        if activates_at is not None:
            waiting.append((activates_at, seq))
    for movement in state.movements.values():
        book.movements[movement.seq] = movement
        if movement.deadline_at != FOREVER:
            deadlines.append((movement.deadline_at, movement.seq))
    for redemption in state.redemptions.values():
        book.redemptions[redemption.seq] = redemption
        book.owing.keys.append((0, redemption.seq))
        book.owing_parts += len(redemption.parts)
    for window in (book.spendable, book.waiting, book.deadlines, book.owing):
        window.keys.sort()


def read_state(texts: Sequence[str]) -> "OpenState":
    """The open state after a row. `texts` begin with a whole state; each changes the one before.

    Raises ValueError for a text of a version that is not known.
    """
    state = OpenState()
    for text in texts:
        state.lay_over(text)
    return state


class OpenState:
    """The open state of an account: lots, and transactions with a deadline or a deficit."""

    def __init__(self) -> None:
        self.lots_made = 0
        self.slides_at = FOREVER
        self.slid_at = 0
        self.lots: Kept[Lot] = Kept(read_lot)
        self.movements: dict[int, Movement] = {}
        self.redemptions: dict[int, Redemption] = {}

    def expires_at(self, lot: Lot) -> int:
        """When the lot expires: for a sliding lot, the account's common expiry."""
        return expiry_of(lot, self.slides_at, self.slid_at)

    def lay_over(self, text: str) -> None:
        """Apply the state of a later row."""
        head, *lines = text.split("\n")
        version, whole, made, slides_at, slid_at, lots, closed, open_, gone = _decode(head)
        if version != VERSION:
            raise ValueError(f"a state of version {version}: it is of a newer release")
        if whole:
            self.lots, self.movements, self.redemptions = Kept(read_lot), {}, {}
        self._slide(made, FOREVER if slides_at is None else slides_at, slid_at)
        for seq in closed:
            self.lots.drop(seq)
        self._take_lots(lots)
        for line in lines:
            self._take_lots(_decode(line))
        for seq in gone:
            self.movements.pop(seq, None)
            self.redemptions.pop(seq, None)
        for fields in open_:
            self._take_transaction(*fields)

    def _take_lots(self, lots: Iterable[Fields]) -> None:
        self.lots.pack({fields[0]: fields for fields in lots})

    def _slide(self, lots_made: int, slides_at: int, slid_at: int) -> None:
        """Re-date the living sliding lots as the row did, before its own changes are applied."""
        moved = slides_at != self.slides_at
        self.lots_made, self.slides_at, self.slid_at = lots_made, slides_at, slid_at
        if moved and slides_at != FOREVER:
            packed = self.lots.packed
            for seq, fields in packed.items():
                if is_sliding(fields) and expiry_of_fields(fields, slides_at, slid_at) == slides_at:
                    packed[seq] = expiring_at(fields, slides_at)

    def _take_transaction(
        self,
        seq: int,
        base: int,
        status: int,
        cancelled: int,
        deadline_at: int | None,
        committed_by: int,
        released_by: int,
        cancelled_by: int,
        parts: list[list[int]] | None,
        whole: int,
    ) -> None:
        movement = self.movements[seq] = Movement(
            seq=seq,
            base=base,
            status=Status(status),
            cancelled=cancelled,
            deadline_at=FOREVER if deadline_at is None else deadline_at,
            committed_by=committed_by,
            released_by=released_by,
            cancelled_by=cancelled_by,
        )
        if parts is None:
            self.redemptions.pop(seq, None)
            return
        held = movement.status is Status.TEMPORARY
        redemption = None if whole else self.redemptions.get(seq)
        if redemption is None:
            redemption = self.redemptions[seq] = Redemption(seq=seq, held=held)
        redemption.held = held
        for lot, amount in parts:
            if amount:
                redemption.parts[lot] = amount
            else:
                redemption.parts.pop(lot, None)
