"""One journal row in the making: amounts move, deficits are paid, the row is hashed."""

from stampbook.domain.applying import append_row, apply_posting, apply_terms, slide
from stampbook.domain.book import Book
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
    Posting,
    Redemption,
    State,
    Transaction,
)
from stampbook.domain.recording import record
from stampbook.domain.touched import Touched

PAID = (HELD, SPENT)
"""The states of points that pay for a redemption or hold."""

LIVE = (AVAILABLE, EXPIRED)
"""The states to which a redemption or hold gives points back, unless a claim takes them."""


class Entry:
    """One journal row in the making.

    Open it once every guard has passed; `move` as the decision says; `close` pays deficits with
    the points that became available, hashes the row and appends it to the book.
    """

    __slots__ = ("balance_before", "book", "postings", "seq", "slides_at", "terms")

    def __init__(self, book: Book, *, slides_at: int = FOREVER, now: int = 0) -> None:
        # §3: sliding lots get their new date before anything moves: this row spends by it.
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
        lot = Lot(
            seq=book.lots_made + 1,
            accrued_by=self.seq,
            activates_at=activates_at,
            expires_at=expires_at,
            created_at=now,
            sliding=sliding,
            grace=grace,
            locked=locked,
        )
        book.new_lot(lot)
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

    def move(
        self, lot: Lot, amount: int, source: State, target: State, redemption: int = 0
    ) -> None:
        """Move `amount` (> 0) of the lot from one state to another. Raises BrokenInvariant."""
        # Law 13: points come back to a lot with claims only through returning.give_back, which
        # lets the claims take them first.
        if redemption and lot.claimed and target in LIVE and source in PAID:
            raise BrokenInvariant(f"points come back past a claim on lot {lot.seq}")
        self.post(Posting(lot.seq, amount, source, target, redemption))

    def owe(self, redemption: int, amount: int) -> None:
        """Let the deficit of `redemption` grow by `amount`."""
        self.post(Posting(0, amount, OUTSIDE, OWED, redemption))

    def forgive(self, redemption: int, amount: int) -> None:
        """Let the deficit of `redemption` shrink by `amount`."""
        self.post(Posting(0, amount, OWED, OUTSIDE, redemption))

    def claim(self, lot: Lot, amount: int) -> None:
        """Note that `amount` of what comes back to the lot will be revoked (policy `clamp`)."""
        self.post(Posting(lot.seq, amount, OUTSIDE, CLAIMED))

    def drop_claim(self, lot: Lot, amount: int) -> None:
        """Withdraw `amount` of what `claim` noted."""
        self.post(Posting(lot.seq, amount, CLAIMED, OUTSIDE))

    def mark_reinstated(self, lot: Lot, amount: int) -> None:
        """Note that `amount` of the lot's expired part lives on in a lot that an operator made."""
        self.post(Posting(lot.seq, amount, OUTSIDE, REINSTATED))

    def unmark_reinstated(self, lot: Lot, amount: int) -> None:
        """Withdraw `amount` of what `mark_reinstated` noted."""
        self.post(Posting(lot.seq, amount, REINSTATED, OUTSIDE))

    def post(self, posting: Posting) -> None:
        """Apply a posting and write it down. Raises BrokenInvariant before it changes anything."""
        _, amount, source, target, _ = posting
        # Law 12: facts are positive, and say that something moved.
        if amount <= 0 or source is target:
            raise BrokenInvariant(f"a posting of {amount} from {source!r} to {target!r}")
        apply_posting(self.book, posting)
        self.postings.append(posting)

    def take(self, redemption: Redemption, amount: int) -> None:
        """Let available lots pay `amount` for the redemption, soonest expiry first.

        The rest becomes the redemption's deficit.
        """
        book = self.book
        target = HELD if redemption.held else SPENT
        # §4, redeem: soonest expiry first, then lowest lot number, never-expiring lots last: the
        # order of `spendable`, whose keys are (expiry, lot).
        soonest = book.spendable.keys
        while amount and soonest:
            lot = book.lot(soonest[0][1])
            part = min(amount, lot.available)
            self.move(lot, part, AVAILABLE, target, redemption.seq)
            amount -= part
        if amount:
            self.owe(redemption.seq, amount)

    def pay_deficits(self) -> None:
        """Let available points pay the deficits, the oldest first."""
        book = self.book
        # §2: available points always pay a deficit first, so an account never has both.
        while book.owed and book.split[AVAILABLE]:
            key = book.owing.first
            assert key is not None
            redemption = book.redemption(key[1])
            paid = min(redemption.parts[0], book.split[AVAILABLE])
            self.forgive(redemption.seq, paid)
            self.take(redemption, paid)

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

        `deadline_at`: when the clock rolls back what the row puts in force.
        """
        # §2: the balance after a row never has available points beside a deficit.
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
        own_hash = book.head if book.draft else row_hash(book.head, content)
        row = Transaction._make((*content, own_hash))
        append_row(book, row)
        book.records.append(record(book, row))
        return row
