"""Transfers: a redemption here and an accrual there, as one unit; lots keep their expiry."""

from typing import NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.commands import Cancel, Note
from stampbook.domain.decisions.accruing import room_refusal
from stampbook.domain.decisions.cancelling import Aim, AlreadyCancelled, take_aim
from stampbook.domain.decisions.entry import Entry
from stampbook.domain.decisions.guards import (
    account_refusal,
    amount_refusal,
    effective_refusal,
    funds_refusal,
)
from stampbook.domain.decisions.recancelling import carry_out
from stampbook.domain.model import (
    AVAILABLE,
    CLAIMED,
    CREDITS,
    Kind,
    Transaction,
    transaction_number,
)
from stampbook.domain.refusals import Code, Refusal


class Legs(NamedTuple):
    """Both rows of a transfer or of its cancel: what left, what arrived."""

    source: Transaction
    receiver: Transaction


def decide_transfer(
    source: Book, receiver: Book, amount: int, note: Note, now: int
) -> Legs | Refusal:
    """Move `amount` of available points to another account of the program.

    Each lot that pays becomes a lot of the receiver with the same expiry. No overdraft is used:
    only points that exist can be moved. Both books must be settled.
    """
    refusal = (
        amount_refusal(amount)
        or effective_refusal(note.effective_at, now)
        or _pair_refusal(source, receiver)
        or account_refusal(source, now)
        or account_refusal(receiver, now)
        or funds_refusal(source, amount, overdraft=0)
        or room_refusal(receiver, amount)
    )
    if refusal:
        return refusal

    # After this point nothing is refused and nothing is missing.
    leaving, arriving = Entry(source), Entry(receiver)
    # Neither row slides an expiry: sending points to and fro must not prolong their life. Each
    # posting is one lot's part, so each lot's expiry goes over with its own points.
    leaving.take(source.new_redemption(leaving.seq, held=False), amount)
    for posting in leaving.postings:
        lot = source.lots[posting.lot]
        arriving.issue(
            posting.amount,
            into=AVAILABLE,
            activates_at=now,
            expires_at=source.expires_at(lot),
            now=now,
        )
    out_number = transaction_number(account=source.number, seq=leaving.seq)
    in_number = transaction_number(account=receiver.number, seq=arriving.seq)
    return Legs(
        leaving.close(Kind.TRANSFER_OUT, amount, now=now, note=note, peer=in_number),
        arriving.close(
            Kind.TRANSFER_IN, amount, now=now, note=note._replace(external_id=None), peer=out_number
        ),
    )


def decide_transfer_cancel(
    asked: Book, other: Book, command: Cancel, other_target: int, now: int
) -> Legs | AlreadyCancelled | Refusal:
    """Cancel both legs of a transfer (or of its cancel), or neither.

    `asked` is the account of the transaction named, `other` that of its peer. Both books must be
    settled, and may be changed by a decision that is refused in the end: pass copies.
    """
    aim = take_aim(asked, command, now)
    if not isinstance(aim, Aim):
        return aim
    # Under `clamp` less may come back at one end than was asked at the other, so the legs of a
    # chain may differ in amount: cancelling the whole of one means the whole of the other.
    whole = command.amount is None or (
        aim.row.link > 0 and aim.amount == asked.movement(aim.row.seq).remaining
    )
    note = command.note._replace(external_id=None)
    twin = Cancel(target=other_target, amount=None if whole else aim.amount, note=note)
    other_aim = take_aim(other, twin, now)
    if isinstance(other_aim, AlreadyCancelled):
        return _only_short(asked, aim, command)
    if isinstance(other_aim, Refusal):
        return other_aim
    if not whole and aim.row.amount != other_aim.row.amount:
        return Refusal(Code.NOT_CANCELLABLE, "a cancel that fell short is cancelled as a whole")
    numbers = [transaction_number(account=b.number, seq=b.seq + 1) for b in (asked, other)]
    legs = [
        Leg(asked, command, aim._replace(peer=numbers[1])),
        Leg(other, twin, other_aim._replace(peer=numbers[0])),
    ]
    left, arrived = sorted(legs, key=lambda leg: leg.aim.original.kind in CREDITS)
    return (_restore if aim.restores else _take_back)(left, arrived, now)


class Leg(NamedTuple):
    """One end of a transfer that is to be cancelled."""

    book: Book
    command: Cancel
    aim: Aim

    def cancel(self, now: int, amount: int | None = None) -> Transaction | Refusal:
        """Cancel the amount aimed at, or less."""
        aim = self.aim if amount is None else self.aim._replace(amount=amount)
        return carry_out(self.book, self.command, aim, now)


def _take_back(left: Leg, arrived: Leg, now: int) -> Legs | Refusal:
    """The amount that the receiver's policy lets go decides how much the sender gets back."""
    taken = arrived.cancel(now)
    if isinstance(taken, Refusal):
        return taken
    # §5.2, `clamp`: what the receiver has used stays with them, so it cannot go back, too.
    back = taken.amount - taken.shortfall
    if not back:
        return Refusal(Code.POINTS_ALREADY_SPENT, "nothing of the transfer is left")
    if back > left.aim.amount:
        return Refusal(Code.NOT_CANCELLABLE, "the two ends of the transfer have gone on apart")
    returned = left.cancel(now, back)
    return returned if isinstance(returned, Refusal) else Legs(returned, taken)


def _restore(left: Leg, arrived: Leg, now: int) -> Legs | Refusal:
    """The way back begins at the other end: the sender must have the points that leave again."""
    gone = left.cancel(now)
    if isinstance(gone, Refusal):
        return gone
    come = arrived.cancel(now)
    if isinstance(come, Refusal):
        return come
    # A claim that a later cancel laid would be dropped first: the sender would pay for points that
    # never arrive. So the cancel that fell short comes back before the older ones.
    dropped = sum(posting.amount for posting in come.postings if posting.source is CLAIMED)
    if dropped > arrived.aim.row.shortfall:
        return Refusal(Code.NOT_CANCELLABLE, "a later cancel of the transfer fell short")
    return Legs(gone, come)


def _only_short(asked: Book, aim: Aim, command: Cancel) -> AlreadyCancelled | Refusal:
    """The part of this leg that remains is what its cancel could not take from the other end."""
    by = asked.movement(aim.row.seq).cancelled_by
    row = asked.row(by)
    if command.amount is not None or row is None:
        return Refusal(Code.ALREADY_CANCELLED, "wholly cancelled already", asked.active, by)
    return AlreadyCancelled(row)


def _pair_refusal(source: Book, receiver: Book) -> Refusal | None:
    if source.tenant != receiver.tenant or source.program != receiver.program:
        return Refusal(Code.NOT_FOUND, "no such account in this program")
    if source.number == receiver.number:
        return Refusal(Code.INVALID_REQUEST, "an account cannot transfer to itself")
    if source.policy.scale != receiver.policy.scale:
        return Refusal(Code.INVALID_REQUEST, "the currencies have different scales")
    return None
