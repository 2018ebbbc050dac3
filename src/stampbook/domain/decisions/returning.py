"""How points come back to the lots that paid for a redemption or hold.

Every way back ends in `give_back`: cancel, release, deadline, the smaller commit of a hold,
and a cancel of a cancel by the general rules. (An exact reversal takes postings back one by
one; domain.decisions.reversing makes sure that no points pass a claim in this way. `Entry.move`
refuses everything else.) So law 13 holds whatever chain of cancels leads here: points that a
cancel of the lot's accrual has claimed are revoked first.
"""

from stampbook.domain.book import Book
from stampbook.domain.decisions.entry import Entry
from stampbook.domain.model import (
    AVAILABLE,
    CREDITS,
    EXPIRED,
    HELD,
    MICROSECONDS,
    REVOKED,
    SPENT,
    Lot,
    Redemption,
    Transaction,
)
from stampbook.domain.policy import ExpiredRestore


def give_back_parts(entry: Entry, seq: int, amount: int, *, now: int, lots: list[Lot]) -> None:
    """Give back `amount` of a redemption's allocation, in the reverse of the order of taking.

    `lots` are those of the allocation; the caller has loaded them.
    """
    book = entry.book
    redemption = book.redemption(seq)
    # §5.1: the deficit part vanishes first.
    owed = min(amount, redemption.parts.get(0, 0))
    if owed:
        entry.forgive(seq, owed)
        amount -= owed
    # §5.1: then lot by lot, from the latest expiry to the soonest.
    for lot in sorted(lots, key=lambda lot: (book.expires_at(lot), lot.seq), reverse=True):
        if not amount:
            break
        part = min(amount, redemption.parts.get(lot.seq, 0))
        if part:
            give_back(entry, lot, part, redemption=redemption, now=now)
            amount -= part
    assert amount == 0, "law 2: the allocation of a redemption is its amount in force"


def give_back(entry: Entry, lot: Lot, amount: int, *, redemption: Redemption, now: int) -> None:
    """Return `amount` that the redemption took from the lot: the one door of law 13."""
    book = entry.book
    source = HELD if redemption.held else SPENT
    # §5.1, last rule: points that a cancel of their accrual has claimed are revoked on their way.
    claimed = min(amount, lot.claimed)
    if claimed:
        entry.move(lot, claimed, source, REVOKED, redemption.seq)
        entry.drop_claim(lot, claimed)
        amount -= claimed
    if not amount:
        return
    # §5.1: a live lot has its points again, with the dates that it always had.
    if now < book.expires_at(lot):
        entry.move(lot, amount, source, AVAILABLE, redemption.seq)
        return
    # §5.1: a lot past its expiry has them back expired, in the same instant. Under `grace` a new
    # lot lives on for them; a lot born of grace is never given grace again, or cancels would
    # prolong a life without end.
    policy = book.policy
    if policy.expired_restore is ExpiredRestore.GRACE and not lot.grace:
        entry.move(lot, amount, source, EXPIRED, redemption.seq)
        entry.issue(
            amount,
            into=AVAILABLE,
            activates_at=now,
            expires_at=now + policy.grace_s * MICROSECONDS,
            now=now,
            grace=True,
        )
        return
    # Two postings: the first takes the points from the redemption, the second is the expiry, which
    # belongs to no redemption.
    entry.move(lot, amount, source, AVAILABLE, redemption.seq)
    entry.move(lot, amount, AVAILABLE, EXPIRED)


def absorbed(book: Book, accrual: Transaction, lots: list[Lot]) -> int:
    """How much of an accrual's cancelled amount had expired. Raises Unloaded.

    §5.2: expired points stay expired, so cancelling them moves nothing. The cancelled amount of an
    accrual is therefore the sum of what was revoked of its lots, what is claimed of them, and this.
    """
    return book.movement(accrual.seq).cancelled - sum(lot.revoked + lot.claimed for lot in lots)


def expired_to_spare(book: Book, lot: Lot, *, taken: int = 0) -> int:
    """How much of a lot's expired part is free to come back. Raises Unloaded.

    Points that live on by a reinstatement are not, nor those that absorbed cancels of the accrual.
    `taken`: how many more of the accrual's expired points are not free.
    """
    row = book.row(lot.accrued_by)
    assert row is not None
    spare = lot.expired - lot.reinstated
    # Cancels are absorbed by an accrual's expired points together, not by a certain lot's: so the
    # bound of the accrual counts besides the lot's own.
    if row.kind in CREDITS:
        lots = book.lots_of(row)
        unclaimed = sum(each.expired - each.reinstated for each in lots)
        spare = min(spare, unclaimed - absorbed(book, row, lots) - taken)
    return max(0, spare)
