"""The exact reversal of a cancel: its own postings, backwards.

It is possible where everything that the cancel moved is still where the cancel put it, the dates
allow the way back, and the account obeys every law afterwards. Then cancel ∘ cancel restores every
lot and allocation exactly (law 7); otherwise the general rules of domain.decisions.recancelling
apply.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from stampbook.domain.book import Book
from stampbook.domain.decisions.entry import Entry
from stampbook.domain.decisions.returning import absorbed, expired_to_spare
from stampbook.domain.model import (
    AVAILABLE,
    CLAIMED,
    CREDITS,
    EXPIRED,
    HELD,
    OUTSIDE,
    OWED,
    PENDING,
    REINSTATED,
    REVOKED,
    SPENT,
    Lot,
    Posting,
    State,
    Transaction,
)

PAYING: Final = (SPENT, HELD, OWED)
"""Where points, or a deficit, are a redemption's."""

Changes = Counter[tuple[int, State]]
"""By how much each state of each lot would change."""


def is_exact_possible(book: Book, row: Transaction, now: int) -> bool:
    """Whether the cancel `row` can be taken back posting by posting. Raises Unloaded."""
    postings = list(backwards(row))
    changes: Changes = Counter()
    for lot, amount, source, target, _ in postings:
        if lot:
            changes[lot, source] -= amount
            changes[lot, target] += amount
    # Everything that the reversal touches is loaded first: Unloaded must not be raised halfway.
    lots = [book.lot(seq) for seq in {lot for lot, _ in changes}]
    for posting in postings:
        if posting.redemption:
            book.redemption(posting.redemption)
    if not all(_dates_allow(book, lot, changes, now) for lot in lots):
        return False
    # Law 7 comes first: where nothing happened since, the way back leads to where it came from.
    if row.seq == book.seq:
        return True
    return (
        all(_redemption_agrees(book, posting) for posting in postings if posting.redemption)
        and _are_where_they_were_put(book, postings)
        and all(_lot_allows(lot, changes) for lot in lots)
        and all(_expired_allows(book, lot, changes) for lot in lots)
        and all(
            _accrual_allows(book, seq, row, changes)
            for seq in {row.root, *(lot.accrued_by for lot in lots)}
        )
    )


def backwards(row: Transaction) -> Iterable[Posting]:
    """The postings that take the row's back, the last first.

    A lot that the row issued (grace) cannot be unmade: its points are revoked.
    """
    for lot, amount, source, target, redemption in reversed(row.postings):
        born = lot and source is OUTSIDE and target < OWED
        yield Posting(lot, amount, target, REVOKED if born else source, redemption)


def claimed_again(row: Transaction) -> int:
    """How much the row's exact reversal claims of what is spent or held: its shortfall."""
    return sum(posting.amount for posting in backwards(row) if posting.target is CLAIMED)


def reverse_exactly(entry: Entry, row: Transaction) -> None:
    """Take the row's postings back, the last first. `is_exact_possible` must have said so."""
    for posting in backwards(row):
        entry.post(posting)


def _redemption_agrees(book: Book, posting: Posting) -> bool:
    """Whether the redemption is still held, or still spent, as it was for the posting."""
    if not posting.lot:
        return True
    side = posting.source if posting.source in (SPENT, HELD) else posting.target
    return book.redemption(posting.redemption).held == (side is HELD)


def _are_where_they_were_put(book: Book, postings: Iterable[Posting]) -> bool:
    """Whether each posting finds what it moves, after those before it.

    Sums would not do: what a cancel gave back may have paid the same redemption again in its row,
    and may pay it no longer. Then the row's postings add up to nothing, but the points are gone.
    """
    left: dict[tuple[int, int, State], int] = {}
    for lot, amount, source, target, redemption in postings:
        for state, change in ((source, -amount), (target, amount)):
            if state is OUTSIDE or state in (CLAIMED, REINSTATED):
                continue
            place = (redemption if state in PAYING else 0, lot, state)
            if place not in left:
                left[place] = (
                    book.redemption(redemption).parts.get(lot, 0)
                    if state in PAYING
                    else book.lot(lot).split[state]
                )
            left[place] += change
            if left[place] < 0:
                return False
    return True


def _dates_allow(book: Book, lot: Lot, changes: Changes, now: int) -> bool:
    """Whether points that would become available are live, and pending ones still have a date to
    come."""
    if changes[lot.seq, AVAILABLE] > 0 and now >= book.expires_at(lot):
        return False
    return changes[lot.seq, PENDING] <= 0 or lot.locked or now < lot.activates_at


def _lot_allows(lot: Lot, changes: Changes) -> bool:
    """Laws 1 and 13 for one lot as it would be."""
    after = [part + changes[lot.seq, State(n)] for n, part in enumerate(lot.split)]
    claimed = lot.claimed + changes[lot.seq, CLAIMED]
    reinstated = lot.reinstated + changes[lot.seq, REINSTATED]
    returned = sum(changes[lot.seq, state] for state in (PENDING, AVAILABLE, EXPIRED))
    return (
        min(after[PENDING:]) >= 0
        and 0 <= claimed <= after[HELD] + after[SPENT]
        and 0 <= reinstated <= after[EXPIRED]
        # Law 13: no claim is left that should have taken points that would come back, or are there.
        and not (claimed and (returned > 0 or after[PENDING] or after[AVAILABLE]))
    )


def _accrual_allows(book: Book, seq: int, row: Transaction, changes: Changes) -> bool:
    """Law 2 for one accrual: its cancelled amount is revoked, claimed or expired."""
    accrual = book.row(seq)
    assert accrual is not None
    if accrual.kind not in CREDITS:
        return True  # a redemption, or the cancel that made a lot of grace
    lots = book.lots_of(accrual)
    left = absorbed(book, accrual, lots)
    for lot in lots:
        left -= changes[lot.seq, REVOKED] + changes[lot.seq, CLAIMED]
    if row.root == seq:
        left += row.amount if row.link % 2 == 0 else -row.amount
    return 0 <= left <= sum(lot.expired + changes[lot.seq, EXPIRED] for lot in lots)


def _expired_allows(book: Book, lot: Lot, changes: Changes) -> bool:
    """Whether the expired points that move, or are marked as reinstated again, are free."""
    needed = max(-changes[lot.seq, EXPIRED], changes[lot.seq, REINSTATED])
    return needed <= 0 or needed <= expired_to_spare(book, lot)
