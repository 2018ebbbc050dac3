"""How journal rows change a book: the one way for decisions and for replay.

A decision (domain.decisions.entry) applies each posting as it makes it and ends with
`append_row`; replay (domain.audit) does the same with what the journal says. So the
journal alone rebuilds every lot, balance and allocation (law 8).
"""

from stampbook.domain.book import Book
from stampbook.domain.model import (
    AVAILABLE,
    CLAIMED,
    EXPIRED,
    FOREVER,
    HELD,
    ORIGINALS,
    OWED,
    REINSTATED,
    SPENT,
    Kind,
    Lot,
    LotTerms,
    Movement,
    Posting,
    State,
    Status,
    Transaction,
)


def append_row(book: Book, row: Transaction) -> None:
    """Make the row the journal's last, with all that follows from it for movements.

    Its postings are already applied. Decisions and replay both end here.
    """
    _apply_standing(book, row)
    book.seq = row.seq
    book.clock = row.recorded_at
    book.head = row.hash
    book.rows[row.seq] = row


def apply_terms(book: Book, terms: LotTerms) -> None:
    """Give a lot the dates that a journal row names."""
    lot = book.lot(terms.lot)
    if lot.pending and not lot.locked and lot.activates_at != FOREVER:
        book.waiting.discard((lot.activates_at, lot.seq))
    if lot.available:
        book.spendable.discard((book.expires_at(lot), lot.seq))
    lot.activates_at = terms.activates_at
    lot.expires_at = terms.expires_at
    lot.locked = terms.locked
    if lot.available:
        book.spendable.add((book.expires_at(lot), lot.seq))
    if lot.pending and not lot.locked and lot.activates_at != FOREVER:
        book.waiting.add((lot.activates_at, lot.seq))
    book.touched.lots.add(lot.seq)


def apply_posting(book: Book, posting: Posting) -> None:
    """The one place where amounts move: decisions and replay both go through it."""
    lot_seq, amount, source, target, redemption_seq = posting
    if lot_seq == 0:
        _apply_debt(book, redemption_seq, amount if target is OWED else -amount)
        return
    lot = book.lot(lot_seq)
    book.touched.lots.add(lot_seq)
    if source >= CLAIMED or target >= CLAIMED:
        _apply_mark(lot, amount, source, target)
        return
    split, sums = lot.split, book.split
    pending, available = split[1], split[2]
    # Law 1: what leaves one state enters another, in the lot and in the account's sums alike.
    split[source] -= amount
    split[target] += amount
    sums[source] -= amount
    sums[target] += amount
    if split[1] or split[2] or split[3]:
        book.open_lots.add(lot_seq)
    else:
        book.open_lots.discard(lot_seq)
    if (pending == 0) != (split[1] == 0) and lot.activates_at != FOREVER and not lot.locked:
        key = (lot.activates_at, lot_seq)
        (book.waiting.add if split[1] else book.waiting.discard)(key)
    if (available == 0) != (split[2] == 0):
        key = (book.expires_at(lot), lot_seq)
        (book.spendable.add if split[2] else book.spendable.discard)(key)
    if redemption_seq:
        _apply_part(book, redemption_seq, lot_seq, amount, source, target)


def _apply_mark(lot: Lot, amount: int, source: State, target: State) -> None:
    """Apply a posting that counts something besides the six states of the lot."""
    if source is CLAIMED or target is CLAIMED:
        lot.claimed += amount if target is CLAIMED else -amount
    else:
        lot.reinstated += amount if target is REINSTATED else -amount


def _apply_part(
    book: Book, redemption_seq: int, lot_seq: int, amount: int, source: State, target: State
) -> None:
    """Change the allocation of the redemption that the posting pays, or stops paying."""
    redemption = book.redemption(redemption_seq)
    paid_after = target is SPENT or target is HELD
    if paid_after and source is HELD:
        # §4, commit: the same points go on paying, so the allocation stays as it is.
        book.touched.parts.add((redemption_seq, lot_seq))
        return
    parts = redemption.parts
    known = len(parts)
    part = parts.get(lot_seq, 0) + (amount if paid_after else -amount)
    if part:
        parts[lot_seq] = part
    else:
        parts.pop(lot_seq, None)
    if 0 in parts:
        book.owing_parts += len(parts) - known
    book.touched.parts.add((redemption_seq, lot_seq))
    if source is SPENT and (target is AVAILABLE or target is EXPIRED):
        book.restored += amount


def _apply_debt(book: Book, redemption_seq: int, amount: int) -> None:
    redemption = book.redemption(redemption_seq)
    before = redemption.parts.get(0, 0)
    known = len(redemption.parts) if before else 0
    after = before + amount
    if after:
        redemption.parts[0] = after
    else:
        redemption.parts.pop(0, None)
    book.owing_parts += (len(redemption.parts) if after else 0) - known
    book.owed += amount
    if redemption.held:
        book.owed_held += amount
    if not before:
        book.owing.add((0, redemption_seq))
        book.touched.debtors.add(redemption_seq)
    elif not after:
        book.owing.discard((0, redemption_seq))
    book.touched.parts.add((redemption_seq, 0))


def _apply_standing(book: Book, row: Transaction) -> None:
    """Change the standing of the transactions that the row concerns."""
    kind = row.kind
    if kind in ORIGINALS:
        _begin(book, row)
    elif kind is Kind.CANCEL:
        _count_cancel(book, row)
    elif kind is Kind.COMMIT:
        _count_commit(book, row)
    elif kind is Kind.RELEASE:
        movement = book.movement(row.root)
        movement.status = Status.RELEASED
        movement.released_by = row.seq
        book.arm(movement, FOREVER)
    elif kind is Kind.ACTIVATE and not row.by_clock:
        book.arm(book.movement(row.root), FOREVER)


def _begin(book: Book, row: Transaction) -> None:
    """A new original: only one with a deadline differs from what its row says."""
    if row.deadline_at == FOREVER:
        return
    temporary = row.kind is Kind.HOLD or any(terms.locked for terms in row.terms)
    status = Status.TEMPORARY if temporary else Status.IN_FORCE
    movement = book.new_movement(Movement(seq=row.seq, base=row.amount, status=status))
    book.arm(movement, row.deadline_at)


def _count_commit(book: Book, row: Transaction) -> None:
    movement = book.movement(row.root)
    # §4, commit: what is in force, `base` less `cancelled`, is now the committed amount.
    movement.base = row.amount + movement.cancelled
    movement.status = Status.IN_FORCE
    movement.committed_by = row.seq
    book.arm(movement, row.deadline_at)
    if row.root in book.redemptions and book.redemptions[row.root].held:
        redemption = book.redemption(row.root)
        book.owed_held -= redemption.parts.get(0, 0)
        redemption.held = False


def _count_cancel(book: Book, row: Transaction) -> None:
    """Odd links take the original back, even links put it in force again."""
    original = book.movement(row.root)
    target = book.movement(row.target)
    if target is not original:
        target.cancelled += row.amount
        target.cancelled_by = row.seq
        book.touched.movements.add(target.seq)
    if row.link % 2 == 0:
        original.cancelled -= row.amount
    else:
        original.cancelled += row.amount
        original.cancelled_by = row.seq
    book.touched.movements.add(original.seq)
    if row.deadline_at != FOREVER:
        book.arm(original, row.deadline_at)
    elif not original.remaining:
        # Nothing is in force that a deadline could roll back.
        book.arm(original, FOREVER)


def slide(book: Book, slides_at: int, at: int) -> None:
    """Re-date the living sliding lots at `at`, before a row's postings; FOREVER: do nothing.

    Lots whose common expiry has come by then stay expired.
    """
    if slides_at == FOREVER:
        return
    # §3: lots that lived under a common expiry which has passed keep it (windows.expiry_of), so the
    # new one cannot revive them.
    if book.slides_at <= at:
        book.slid_at = book.slides_at
    book.slides_at = slides_at
    for key in book.spendable.keys.copy():
        lot = book.lots[key[1]]
        if key[0] != slides_at and lot.sliding and book.expires_at(lot) == slides_at:
            book.spendable.discard(key)
            book.lot(lot.seq).expires_at = slides_at
            book.spendable.add((slides_at, lot.seq))
