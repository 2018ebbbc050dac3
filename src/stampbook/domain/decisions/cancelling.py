"""Cancel: undo one transaction, whole or in part, and leave every other one in force.

A decision is one flat list of refusals in the order of `Code`, then the line after which nothing
is refused, then the change. Here are the aim of a cancel and the cancel of an original
(semantics.md §5.1, §5.2); chains of cancels (§5.4) are in domain.decisions.recancelling.
"""

from typing import NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.commands import Cancel
from stampbook.domain.decisions.entry import Entry
from stampbook.domain.decisions.guards import amount_refusal, effective_refusal
from stampbook.domain.decisions.holding import original_of
from stampbook.domain.decisions.returning import absorbed, give_back_parts
from stampbook.domain.model import (
    AVAILABLE,
    CREDITS,
    FOREVER,
    HELD,
    MICROSECONDS,
    PENDING,
    REVOKED,
    SPENT,
    Kind,
    Lot,
    Movement,
    Redemption,
    State,
    Status,
    Transaction,
)
from stampbook.domain.policy import SpentAccrual
from stampbook.domain.refusals import Code, Refusal


class AlreadyCancelled(NamedTuple):
    """A repeat of a cancel that has had its effect: nothing changes, and nothing is refused.

    `transaction` is the one that took the original back (a cancel, or a release).
    """

    transaction: Transaction


class Aim(NamedTuple):
    """What a cancel is aimed at: the row named, the original of its chain, and the amount.

    `peer` is the number that the cancel of a transfer's other leg will have.
    """

    row: Transaction
    original: Transaction
    amount: int
    peer: int = 0

    @property
    def restores(self) -> bool:
        """Whether the cancel puts the original back in force, as every second link does."""
        return self.row.link % 2 == 1


def take_aim(book: Book, command: Cancel, now: int) -> Aim | AlreadyCancelled | Refusal:
    """What the cancel is aimed at, or why it cannot be done. Changes nothing."""
    named = book.row(command.target)
    if named is None:
        return Refusal(Code.NOT_FOUND, "no such transaction")
    refusal = amount_refusal(command.amount) or effective_refusal(command.note.effective_at, now)
    if refusal:
        return refusal
    # §4: a commit and its original are one movement, so a commit's number names the original.
    row = named if named.kind is Kind.CANCEL else original_of(book, command.target)
    if row is None:
        return Refusal(
            Code.NOT_CANCELLABLE, "activations, expiries and releases cannot be cancelled"
        )
    root = book.row(row.root)
    assert root is not None
    movement = book.movement(row.seq)
    # §5.3: a second cancel of what is wholly cancelled changes nothing.
    if not movement.remaining:
        return _repeat(book, movement, command.amount)
    amount = movement.remaining if command.amount is None else command.amount
    aim = Aim(row, root, amount)
    return (
        _released_refusal(book, aim, now)
        or _chain_refusal(book, aim)
        or _pending_refusal(book, command, aim)
        or _window_refusal(book, row, now)
        or _excess_refusal(book, movement, amount)
        or aim
    )


def _repeat(book: Book, movement: Movement, amount: int | None) -> AlreadyCancelled | Refusal:
    """Cancelling what is wholly taken back succeeds if no amount is asked for."""
    by = movement.released_by or movement.cancelled_by
    if amount is not None:
        return Refusal(Code.ALREADY_CANCELLED, "wholly cancelled already", book.active, by)
    row = book.row(by)
    assert row is not None
    return AlreadyCancelled(row)


def _released_refusal(book: Book, aim: Aim, now: int) -> Refusal | None:
    """Whether an original that would come back was released, or would be at once."""
    if not aim.restores:
        return None
    released = book.movement(aim.original.seq).status is Status.RELEASED
    if released or deadline_again(book, aim) <= now:
        return Refusal(Code.ALREADY_RELEASED, "it was rolled back meanwhile", book.active)
    return None


def _chain_refusal(book: Book, aim: Aim) -> Refusal | None:
    """§5.4: only the newest link of a chain can be cancelled."""
    if aim.restores or not aim.row.link:
        return None
    if aim.amount > book.movement(aim.original.seq).remaining:
        return Refusal(
            Code.NOT_CANCELLABLE, "only the newest cancel of a chain can be cancelled", book.active
        )
    return None


def _pending_refusal(book: Book, command: Cancel, aim: Aim) -> Refusal | None:
    """Whether all that is in force of an accrual is still pending, if that was asked for."""
    if not command.only_pending or aim.restores or aim.original.kind not in CREDITS:
        return None
    pending = sum(lot.pending for lot in book.lots_of(aim.original))
    if book.movement(aim.original.seq).remaining <= pending:
        return None
    return Refusal(Code.NOT_CANCELLABLE, "its points are no longer pending", book.active)


def _window_refusal(book: Book, row: Transaction, now: int) -> Refusal | None:
    """§5.5: whether the currency still lets the transaction be cancelled."""
    window_s = book.policy.cancel_window_s
    if window_s is None or now <= row.recorded_at + window_s * MICROSECONDS:
        return None
    return Refusal(Code.CANCEL_WINDOW_PASSED, "the cancel window has passed", book.active)


def _excess_refusal(book: Book, movement: Movement, amount: int) -> Refusal | None:
    """§5.3: the sum of partial cancels never exceeds the original."""
    if amount <= movement.remaining:
        return None
    return Refusal(Code.EXCEEDS_ORIGINAL, "more than what is left of the transaction", book.active)


def deadline_again(book: Book, aim: Aim) -> int:
    """The deadline that an original has again when it comes back in force, or FOREVER."""
    original = aim.original
    if not aim.restores or original.deadline_at == FOREVER:
        return FOREVER
    movement = book.movement(original.seq)
    if movement.status is Status.TEMPORARY:
        return original.deadline_at
    waits_for_event = any(
        lot.activates_at == FOREVER and not lot.locked for lot in book.lots_of(original)
    )
    if not waits_for_event:
        return FOREVER
    commit = book.row(movement.committed_by) if movement.committed_by else None
    return original.deadline_at if commit is None else commit.deadline_at


# -- the cancel of an original -------------------------------------------------------


def cancel_debit(book: Book, command: Cancel, aim: Aim, now: int) -> Transaction:
    """Give back what a redemption or hold took (§5.1). Never refused."""
    redemption = book.redemption(aim.original.seq)
    lots = [book.lot(seq) for seq in redemption.parts if seq]

    # After this point nothing is refused and nothing is missing.
    entry = Entry(book)
    give_back_parts(entry, redemption.seq, aim.amount, now=now, lots=lots)
    return close_cancel(entry, command, aim, now)


def cancel_credit(book: Book, command: Cancel, aim: Aim, now: int) -> Transaction | Refusal:
    """Take an accrual back: what is unused first, the rest by the currency's policy (§5.2)."""
    policy = book.policy.spent_accrual
    lots = book.lots_of(aim.original)
    share = _shares(book, aim, lots)
    if share.used and policy is SpentAccrual.REFUSE:
        return Refusal(
            Code.POINTS_ALREADY_SPENT, "points of this accrual are spent or held", book.active
        )
    debt = share.used if policy is SpentAccrual.DEBT else 0
    if debt:
        book.require_paid_by(lots)

    # After this point nothing is refused and nothing is missing.
    entry = Entry(book)
    # The reverse of the spending order: the lots that would be spent last give first.
    last_first = sorted(lots, key=lambda lot: (book.expires_at(lot), lot.seq), reverse=True)
    _revoke_unused(entry, last_first, share.unused)
    # §5.2: unused points went first, above; otherwise `debt` would let them pay again.
    if debt:
        let_others_pay(entry, last_first, debt)
    else:
        _claim(entry, last_first, share.used)
    if aim.original.kind is Kind.REINSTATE:
        _unmark(entry, aim.original, aim.amount)
    return close_cancel(entry, command, aim, now, shortfall=share.used - debt)


class Shares(NamedTuple):
    """How the cancel of an accrual divides: unused points taken, used points concerned.

    The rest of its amount had expired, and stays expired.
    """

    unused: int
    used: int


def _shares(book: Book, aim: Aim, lots: list[Lot]) -> Shares:
    # §5.2: a partial cancel takes what is unused first.
    unused = min(aim.amount, sum(lot.pending + lot.available for lot in lots))
    # §5.2: expired points stay expired; they absorb their share of the cancel, once.
    absorbable = sum(lot.expired for lot in lots) - absorbed(book, aim.original, lots)
    # Law 2: the rest is spent or held, and no earlier cancel has claimed it.
    return Shares(unused, max(0, aim.amount - unused - absorbable))


def _revoke_unused(entry: Entry, lots: list[Lot], amount: int) -> None:
    """§5.2: pending → revoked, available → revoked."""
    for state in (PENDING, AVAILABLE):
        for lot in lots:
            part = min(amount, lot.split[state])
            if part:
                entry.move(lot, part, state, REVOKED)
                amount -= part
    assert amount == 0


def _claim(entry: Entry, lots: list[Lot], amount: int) -> None:
    """§5.2, `clamp`: used points stay with their redemptions, but are revoked if they return."""
    for lot in lots:
        part = min(amount, lot.held + lot.spent - lot.claimed)
        if part:
            entry.claim(lot, part)
            amount -= part
    assert amount == 0


def let_others_pay(entry: Entry, lots: list[Lot], amount: int) -> None:
    """§5.2, `debt`: take `amount` of used points away from the lots; other lots pay instead.

    The newest redemption loses its points first. Then the remaining lots, soonest expiry first,
    pay the redemptions that lost points, the oldest first; what no lot pays is a deficit.
    """
    book = entry.book
    lost: dict[int, int] = {}
    unclaimed = {lot.seq: lot.held + lot.spent - lot.claimed for lot in lots}
    paid = [(redemption, lot) for lot in lots for redemption in book.redemptions_of(lot)]
    for redemption, lot in sorted(paid, key=lambda pair: pair[0].seq, reverse=True):
        part = min(amount, redemption.parts[lot.seq], unclaimed[lot.seq])
        if part:
            entry.move(lot, part, state_of_paid(redemption), REVOKED, redemption.seq)
            unclaimed[lot.seq] -= part
            lost[redemption.seq] = lost.get(redemption.seq, 0) + part
            amount -= part
    assert amount == 0
    # Only now, when all losses are known: the oldest redemption has the first choice of lots.
    for seq in sorted(lost):
        entry.take(book.redemption(seq), lost[seq])


def _unmark(entry: Entry, original: Transaction, amount: int) -> None:
    """§5.5: a cancelled reinstatement may be made again."""
    for posting in original.postings:
        if posting.target is State.REINSTATED:
            entry.unmark_reinstated(entry.book.lot(posting.lot), amount)


def state_of_paid(redemption: Redemption) -> State:
    """The state of the points that pay for the redemption or hold."""
    return HELD if redemption.held else SPENT


def close_cancel(
    entry: Entry,
    command: Cancel,
    aim: Aim,
    now: int,
    *,
    shortfall: int = 0,
    deadline_at: int = FOREVER,
) -> Transaction:
    """Write the cancel's row. `deadline_at`: the deadline that a temporary original has again."""
    return entry.close(
        Kind.CANCEL,
        aim.amount,
        now=now,
        note=command.note,
        target=aim.row.seq,
        root=aim.original.seq,
        link=aim.row.link + 1,
        peer=aim.peer,
        shortfall=shortfall,
        deadline_at=deadline_at,
    )
