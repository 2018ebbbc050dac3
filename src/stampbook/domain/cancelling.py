"""Cancel: undo one transaction, whole or in part, and leave every other one standing.


A cancel is itself a transaction that points at what it cancels, so a cancel can be
cancelled too (semantics.md §5.4). The chain of a movement alternates: an original
(link 0), its cancel (link 1, takes it back), the cancel of that (link 2, puts it
back in force), and so on. Only what is in force itself can be cancelled.
"""

from collections import Counter
from typing import NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.commands import Cancel
from stampbook.domain.entry import Entry
from stampbook.domain.guards import amount_refusal, effective_refusal, funds_refusal
from stampbook.domain.holding import original_of
from stampbook.domain.model import (
    AVAILABLE,
    CREDITS,
    DEBITS,
    EXPIRED,
    FOREVER,
    MICROSECONDS,
    OUTSIDE,
    PENDING,
    REVOKED,
    SPENT,
    Kind,
    Lot,
    Movement,
    Payee,
    State,
    Status,
    Transaction,
)
from stampbook.domain.policy import SpentAccrual
from stampbook.domain.refusals import Code, Refusal
from stampbook.domain.settling import give_back_parts
from stampbook.domain.undoing import (
    absorbed,
    expired_to_spare,
    is_exact_possible,
    reach_of_reversal,
    reverse_exactly,
)


class AlreadyCancelled(NamedTuple):
    """A repeat of a cancel that has had its effect: nothing changes, and that is fine.


    `transaction` is the one that took the original back (a cancel, or a release).
    """

    transaction: Transaction


class Aim(NamedTuple):
    """What a cancel is aimed at: the row named, the chain's original, how much of it.

    `peer` is the number that the cancel of a transfer's other leg will have.
    """

    row: Transaction
    original: Transaction
    amount: int
    peer: int = 0

    @property
    def restores(self) -> bool:
        """Whether the original comes back in force: every second link of its chain."""
        return self.row.link % 2 == 1


class Elsewhere(NamedTuple):
    """The transaction is one leg of a transfer: both accounts must be at hand."""

    peer: int


Outcome = Transaction | AlreadyCancelled | Elsewhere | Refusal


def decide_cancel(book: Book, command: Cancel, now: int) -> Outcome:
    """Undo the transaction `target`; see the module for chains, semantics.md §5 for the rules."""
    aim = take_aim(book, command, now)
    if not isinstance(aim, Aim):
        return aim
    if aim.original.peer:
        return Elsewhere(aim.row.peer)
    return carry_out(book, command, aim, now)


def carry_out(book: Book, command: Cancel, aim: Aim, now: int) -> Transaction | Refusal:
    """Do what was aimed at, on one account."""
    if aim.row.link:
        return _undo(book, command, aim, now)
    if aim.original.kind in DEBITS:
        return _cancel_debit(book, command, aim, now)
    return _cancel_credit(book, command, aim, now)


def take_aim(book: Book, command: Cancel, now: int) -> Aim | AlreadyCancelled | Refusal:
    """What the cancel is aimed at, or why it cannot be done. Changes nothing."""
    row = book.row(command.target)
    if row is None:
        return Refusal(Code.NOT_FOUND, "no such transaction")
    if row.kind is not Kind.CANCEL:
        original = original_of(book, command.target)
        if original is None:
            return Refusal(
                Code.NOT_CANCELLABLE, "activations, expiries and releases cannot be cancelled"
            )
        row = original
    root = book.row(row.root)
    assert root is not None
    movement = book.movement(row.seq)
    refusal = amount_refusal(command.amount) or effective_refusal(command.note.effective_at, now)
    if refusal:
        return refusal
    if not movement.remaining:
        return _repeat(book, movement, command.amount)
    amount = movement.remaining if command.amount is None else command.amount
    aim = Aim(row, root, amount)
    return (
        _chain_refusal(book, aim, now)
        or _pending_refusal(book, command, aim)
        or _window_refusal(book, row, now)
        or _excess_refusal(book, movement, amount)
        or aim
    )


def _chain_refusal(book: Book, aim: Aim, now: int) -> Refusal | None:
    """Whether the newest link of a chain is meant, and its original can come back."""
    movement = book.movement(aim.original.seq)
    if aim.restores:
        if movement.status is Status.RELEASED or _deadline_again(book, aim) <= now:
            return Refusal(Code.ALREADY_RELEASED, "it was rolled back meanwhile", book.active)
    elif aim.row.link and aim.amount > movement.remaining:
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
    """Whether the currency still lets the transaction be cancelled."""
    window_s = book.policy.cancel_window_s
    if window_s is None or now <= row.recorded_at + window_s * MICROSECONDS:
        return None
    return Refusal(Code.CANCEL_WINDOW_PASSED, "the cancel window has passed", book.active)


def _excess_refusal(book: Book, movement: Movement, amount: int) -> Refusal | None:
    """Whether so much is left of the transaction."""
    if amount <= movement.remaining:
        return None
    return Refusal(Code.EXCEEDS_ORIGINAL, "more than what is left of the transaction", book.active)


def _repeat(book: Book, movement: Movement, amount: int | None) -> AlreadyCancelled | Refusal:
    """Cancelling what is wholly taken back: fine if nothing more is asked for."""
    by = movement.released_by or movement.cancelled_by
    if amount is not None:
        return Refusal(Code.ALREADY_CANCELLED, "wholly cancelled already", book.active, by)
    row = book.row(by)
    assert row is not None
    return AlreadyCancelled(row)


# -- cancel of an original -----------------------------------------------------------


def _cancel_debit(book: Book, command: Cancel, aim: Aim, now: int) -> Transaction:
    """The allocation is reversed, in the reverse of the order of taking (§5.1)."""
    payee = book.payee(aim.original.seq)
    lots = [book.lot(seq) for seq in payee.parts if seq]
    entry = Entry(book)
    give_back_parts(entry, payee.seq, aim.amount, now=now, lots=lots)
    return close_cancel(entry, command, aim, now)


def _cancel_credit(book: Book, command: Cancel, aim: Aim, now: int) -> Transaction | Refusal:
    """What is unused goes first; what is spent or held, by the currency's policy (§5.2)."""
    lots = book.lots_of(aim.original)
    plan = _plan(book, aim, lots)
    if plan.used and book.policy.spent_accrual is SpentAccrual.REFUSE:
        return Refusal(
            Code.POINTS_ALREADY_SPENT, "points of this accrual are spent or held", book.active
        )
    debt = plan.used if book.policy.spent_accrual is SpentAccrual.DEBT else 0
    if debt:
        book.payers_loaded(lots)
        book.require_spendable(debt + _available(lots))
    entry = Entry(book)
    withdraw(entry, plan, lots, debt=debt)
    if aim.original.kind is Kind.REINSTATE:
        _unmark(entry, aim.original, aim.amount)
    return close_cancel(entry, command, aim, now, shortfall=plan.used - debt)


class Plan(NamedTuple):
    """How the cancel of an accrual divides: unused points taken, points used already."""

    unused: int
    used: int


def _plan(book: Book, aim: Aim, lots: list[Lot]) -> Plan:
    """Unused points go first; what has expired stays expired and absorbs its share;
    only the rest concerns what was spent or is held."""
    unused = min(aim.amount, sum(lot.pending for lot in lots) + _available(lots))
    before = absorbed(book, aim.original, lots)
    absorbable = max(0, sum(lot.expired for lot in lots) - before)
    rest = aim.amount - unused
    usable = sum(lot.held + lot.spent - lot.doomed for lot in lots)
    return Plan(unused, min(usable, max(0, rest - absorbable)))


def _available(lots: list[Lot]) -> int:
    return sum(lot.available for lot in lots)


def withdraw(entry: Entry, plan: Plan, lots: list[Lot], *, debt: int) -> None:
    """Revoke what is unused; re-source `debt` of what is used, doom the rest of it."""
    book = entry.book
    left = plan.unused
    last_first = sorted(lots, key=lambda lot: (book.expires_at(lot), lot.seq), reverse=True)
    for state in (PENDING, AVAILABLE):
        for lot in last_first:
            part = min(left, lot.split[state])
            if part:
                entry.move(lot, part, state, REVOKED)
                left -= part
    if debt:
        _resource(entry, last_first, debt)
        return
    left = plan.used
    for lot in last_first:
        part = min(left, lot.held + lot.spent - lot.doomed)
        if part:
            entry.doom(lot, part)
            left -= part


def _resource(entry: Entry, lots: list[Lot], amount: int) -> None:
    """Take `amount` of used points away from the lots; other lots pay instead.


    Who was paid last loses first. The oldest of those who lost is paid first by the
    lots that are left, soonest expiry first; what no lot pays is its deficit.
    """
    book = entry.book
    lost: dict[int, int] = {}
    spare = {lot.seq: lot.held + lot.spent - lot.doomed for lot in lots}
    claims = [(payee, lot) for lot in lots for payee in book.payees_of(lot)]
    for payee, lot in sorted(claims, key=lambda claim: claim[0].seq, reverse=True):
        part = min(amount, payee.parts[lot.seq], spare[lot.seq])
        if part:
            entry.move(lot, part, _paid(payee), REVOKED, payee.seq)
            spare[lot.seq] -= part
            lost[payee.seq] = lost.get(payee.seq, 0) + part
            amount -= part
    for seq in sorted(lost):
        entry.take(book.payee(seq), lost[seq])


def _paid(payee: Payee) -> State:
    return State.HELD if payee.held else SPENT


def _unmark(entry: Entry, original: Transaction, amount: int) -> None:
    """A cancelled reinstatement may be made again."""
    for posting in original.postings:
        if posting.target is State.REINSTATED:
            entry.unmark_reinstated(entry.book.lot(posting.lot), amount)


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


# -- cancel of a cancel --------------------------------------------------------------


def _undo(book: Book, command: Cancel, aim: Aim, now: int) -> Transaction | Refusal:
    """Reverse a cancel: exactly, where its own postings still stand; else by the rules."""
    deadline_at = _deadline_again(book, aim)
    whole = aim.amount == aim.row.amount and not book.movement(aim.row.seq).cancelled
    if whole and is_exact_possible(book, aim.row, now):
        refusal = _reversal_refusal(book, aim)
        if refusal:
            return refusal
        book.require_spendable(reach_of_reversal(aim.row))
        entry = Entry(book)
        reverse_exactly(entry, aim.row)
        return close_cancel(entry, command, aim, now, deadline_at=deadline_at)
    if not aim.restores:
        again = _cancel_debit if aim.original.kind in DEBITS else _cancel_credit
        return again(book, command, aim, now)
    if aim.original.kind in CREDITS:
        return _restore_credit(book, command, aim, now, deadline_at)
    return _restore_debit(book, command, aim, now, deadline_at)


def _deadline_again(book: Book, aim: Aim) -> int:
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


def _reversal_refusal(book: Book, aim: Aim) -> Refusal | None:
    """A redemption comes back in force only if the active balance suffices."""
    taken = aim.row.effect
    if aim.original.kind in DEBITS and aim.restores and taken > 0:
        return funds_refusal(book, taken)
    return None


def _restore_debit(
    book: Book, command: Cancel, aim: Aim, now: int, deadline_at: int
) -> Transaction | Refusal:
    """The same lots pay again where they can, other lots otherwise (§5.4)."""
    payee = book.payee(aim.original.seq)
    plan = _refilled(book, aim)
    left = aim.amount - sum(part for _, part, _ in plan)
    active_part = sum(part for _, part, state in plan if state is AVAILABLE)
    refusal = funds_refusal(book, left + active_part) if left + active_part else None
    if refusal:
        return refusal
    book.require_spendable(left + active_part)
    entry = Entry(book)
    for lot, part, state in plan:
        entry.move(lot, part, state, _paid(payee), payee.seq)
    entry.take(payee, left)
    return close_cancel(entry, command, aim, now, deadline_at=deadline_at)


def _refilled(book: Book, aim: Aim) -> list[tuple[Lot, int, State]]:
    """What can pay again of what the cancel gave back, soonest expiry first."""
    plan: list[tuple[Lot, int, State]] = []
    before = _returned(aim.row, aim.original.seq)
    lots = [book.lot(seq) for seq in before]
    left, revived = aim.amount, Counter[int]()
    for lot in sorted(lots, key=lambda lot: (book.expires_at(lot), lot.seq)):
        available, expired = before[lot.seq]
        if expired:
            spare = expired_to_spare(book, lot, taken=revived[lot.accrued_by])
            expired = min(left, expired, spare)
            revived[lot.accrued_by] += expired
        available = min(left - expired, available, lot.available)
        left -= expired + available
        plan += [
            (lot, part, state)
            for part, state in ((expired, EXPIRED), (available, AVAILABLE))
            if part
        ]
    return plan


def _returned(row: Transaction, payee: int) -> dict[int, tuple[int, int]]:
    """What a cancel gave back, by lot: to available, and to expired."""
    given: dict[int, tuple[int, int]] = {}
    for posting in row.postings:
        available, expired = given.get(posting.lot, (0, 0))
        if posting.payee == payee and posting.target is AVAILABLE:
            given[posting.lot] = available + posting.amount, expired
        elif posting.source is AVAILABLE and posting.target is EXPIRED:
            given[posting.lot] = available - posting.amount, expired + posting.amount
        elif posting.source is OUTSIDE and posting.target is AVAILABLE:
            given[posting.lot] = available + posting.amount, expired  # born of grace
    return given


def _restore_credit(
    book: Book, command: Cancel, aim: Aim, now: int, deadline_at: int
) -> Transaction | Refusal:
    """revoked → available, or pending, or expired, as its dates say now (§5.4)."""
    lots = book.lots_of(aim.original)
    soonest_first = sorted(lots, key=lambda lot: (book.expires_at(lot), lot.seq))
    for posting in aim.original.postings:
        if posting.target is State.REINSTATED:
            reinstated = book.lot(posting.lot)
            if aim.amount > expired_to_spare(book, reinstated):
                return Refusal(
                    Code.EXCEEDS_ORIGINAL, "the lot was reinstated otherwise", book.active
                )
    entry = Entry(book)
    left = aim.amount
    for lot in soonest_first:
        part = min(left, lot.doomed)
        if part:
            entry.spare(lot, part)
            left -= part
    for lot in soonest_first:
        part = min(left, lot.revoked)
        if part:
            entry.move(lot, part, REVOKED, _dated_state(book, lot, now))
            left -= part
    for posting in aim.original.postings:
        if posting.target is State.REINSTATED:
            entry.mark_reinstated(book.lot(posting.lot), aim.amount)
    return close_cancel(entry, command, aim, now, deadline_at=deadline_at)


def _dated_state(book: Book, lot: Lot, now: int) -> State:
    """Where a lot's unused points belong at `now`."""
    if lot.locked or now < lot.activates_at:
        return PENDING
    return AVAILABLE if now < book.expires_at(lot) else EXPIRED
