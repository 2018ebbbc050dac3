"""One journal row in the making: amounts move, deficits are paid, the row is hashed."""

from stampbook.domain.applying import append_row, apply_posting, apply_terms, slide
from stampbook.domain.book import Book, Touched
from stampbook.domain.commands import NO_NOTE, Note
from stampbook.domain.hashing import row_hash, seal_of
from stampbook.domain.invariants import BrokenInvariant
from stampbook.domain.model import (
    AVAILABLE,
    CLAIMED,
    EXPIRED,
    FOREVER,
    HELD,
    NOBODY,
    OUTSIDE,
    OWED,
    REINSTATED,
    SPENT,
    Kind,
    Lot,
    LotTerms,
    Payee,
    Posting,
    State,
    Transaction,
)
from stampbook.domain.recording import record

PAID = (HELD, SPENT)
"""The states of what pays for a redemption or hold."""

LIVE = (AVAILABLE, EXPIRED)
"""Where points go that a redemption or hold gives back, unless a claim takes them."""


class Entry:
    """One journal row in the making.

    Open it once every guard has passed; `move` as the decision says; `close` pays
    deficits with what became available, hashes the row and appends it to the book.
    """

    __slots__ = ("balance_before", "book", "postings", "seq", "slides_at", "terms")

    def __init__(self, book: Book, *, slides_at: int = FOREVER, now: int = 0) -> None:
        slide(book, slides_at, now)
        book.touched = Touched()
        self.book = book
        self.seq = book.seq + 1
        self.slides_at = slides_at
        self.balance_before = book.active
        self.postings: list[Posting] = []
        self.terms: list[LotTerms] = []

    def issue(
        self,
        amount: int,
        *,
        into: State,
        activates_at: int,
        expires_at: int,
        now: int,
        sliding: bool = False,
        grace: bool = False,
        locked: bool = False,
    ) -> Lot:
        """Make a lot of `amount` in state `into`."""
        book = self.book
        book.lots_made += 1
        lot = Lot(
            seq=book.lots_made,
            accrued_by=self.seq,
            activates_at=activates_at,
            expires_at=expires_at,
            created_at=now,
            sliding=sliding,
            grace=grace,
            locked=locked,
        )
        book.lots[lot.seq] = lot
        self.terms.append(LotTerms(lot.seq, activates_at, expires_at, sliding, grace, locked))
        self.move(lot, amount, OUTSIDE, into)
        return lot

    def date(self, lot: Lot, *, activates_at: int, expires_at: int) -> None:
        """Give a lot that nothing dated yet its dates, and unlock it."""
        apply_terms(
            self.book,
            LotTerms(lot.seq, activates_at, expires_at, lot.sliding, lot.grace, False),
        )
        self.terms.append(
            LotTerms(lot.seq, activates_at, expires_at, lot.sliding, lot.grace, False)
        )

    def move(self, lot: Lot, amount: int, source: State, target: State, payee: int = 0) -> None:
        """Move `amount` (> 0) of the lot from one state to another. Raises BrokenInvariant."""
        # Law 13: what comes back to a lot passes the one door, domain.returning.give_back.
        if payee and lot.claimed and target in LIVE and source in PAID:
            raise BrokenInvariant(f"points come back past a claim on lot {lot.seq}")
        self.post(Posting(lot.seq, amount, source, target, payee))

    def owe(self, payee: int, amount: int) -> None:
        """What `payee` lacks grows by `amount`."""
        self.post(Posting(0, amount, OUTSIDE, OWED, payee))

    def forgive(self, payee: int, amount: int) -> None:
        """What `payee` lacks shrinks by `amount`."""
        self.post(Posting(0, amount, OWED, OUTSIDE, payee))

    def claim(self, lot: Lot, amount: int) -> None:
        """Note that `amount` of what comes back to the lot will be revoked (policy `clamp`)."""
        self.post(Posting(lot.seq, amount, OUTSIDE, CLAIMED))

    def drop_claim(self, lot: Lot, amount: int) -> None:
        """Take `amount` back of what `claim` noted."""
        self.post(Posting(lot.seq, amount, CLAIMED, OUTSIDE))

    def mark_reinstated(self, lot: Lot, amount: int) -> None:
        """Of the lot's expired part, `amount` lives on in a lot that an operator made."""
        self.post(Posting(lot.seq, amount, OUTSIDE, REINSTATED))

    def unmark_reinstated(self, lot: Lot, amount: int) -> None:
        """Take `amount` back of what `mark_reinstated` noted."""
        self.post(Posting(lot.seq, amount, REINSTATED, OUTSIDE))

    def post(self, posting: Posting) -> None:
        """Apply a posting and write it down. Raises BrokenInvariant before it changes anything."""
        _, amount, source, target, _ = posting
        # Law 12: facts are positive, and say that something moved.
        if amount <= 0 or source is target:
            raise BrokenInvariant(f"a posting of {amount} from {source!r} to {target!r}")
        apply_posting(self.book, posting)
        self.postings.append(posting)

    def take(self, payee: Payee, amount: int, *, overdraw: bool = True) -> int:
        """Let available lots pay `amount` for the payee, soonest expiry first.

        What no lot pays becomes the payee's deficit, if `overdraw`. Returns it.
        """
        book = self.book
        target = HELD if payee.held else SPENT
        # §4, redeem: soonest expiry first, then lowest lot number, never-expiring lots last: the
        # order of `spendable`, whose keys are (expiry, lot).
        soonest = book.spendable.keys
        while amount and soonest:
            lot = book.lots[soonest[0][1]]
            part = min(amount, lot.available)
            self.move(lot, part, AVAILABLE, target, payee.seq)
            amount -= part
        if amount and overdraw:
            self.owe(payee.seq, amount)
        return amount

    def pay_deficits(self) -> None:
        """Let what is available pay what is owed, the oldest deficit first."""
        book = self.book
        # §2: available points always pay a deficit first, so one beside the other never stands.
        while book.owed and book.split[AVAILABLE]:
            key = book.owing.first
            assert key is not None
            payee = book.payees[key[1]]
            paid = min(payee.parts[0], book.split[AVAILABLE])
            self.forgive(payee.seq, paid)
            left = self.take(payee, paid, overdraw=False)
            assert left == 0

    def close(
        self,
        kind: Kind,
        amount: int,
        *,
        now: int,
        note: Note = NO_NOTE,
        target: int = 0,
        root: int = 0,
        link: int = 0,
        peer: int = 0,
        by_clock: bool = False,
        deadline_at: int = FOREVER,
        shortfall: int = 0,
    ) -> Transaction:
        """Finish the row: deficits paid, balances, hash; append it to the book.

        `deadline_at`: when what the row puts in force is rolled back by the clock.
        """
        self.pay_deficits()
        book = self.book
        content = (
            book.number,
            self.seq,
            kind,
            amount,
            self.balance_before,
            book.active,
            now,
            now if note.effective_at is None else note.effective_at,
            target,
            root or self.seq,
            link,
            peer,
            by_clock,
            deadline_at,
            self.slides_at,
            shortfall,
            note.external_id,
            note.reason,
            note.actor,
            note.metadata,
            note.subject,
            NOBODY if by_clock else book.who,
            seal_of(note.reason, note.actor, note.metadata),
            tuple(self.postings),
            tuple(self.terms),
        )
        row = Transaction._make((*content, row_hash(book.head, content)))
        append_row(book, row)
        book.records.append(record(book, row))
        return row
