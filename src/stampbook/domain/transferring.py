"""Transfers: a redemption here and an accrual there, one unit; lots keep their expiry."""

from typing import NamedTuple

from stampbook.domain.accruing import room_refusal
from stampbook.domain.book import Book
from stampbook.domain.cancelling import Aim, AlreadyCancelled, take_aim
from stampbook.domain.commands import Cancel, Note
from stampbook.domain.entry import Entry
from stampbook.domain.guards import (
    account_refusal,
    amount_refusal,
    effective_refusal,
    funds_refusal,
)
from stampbook.domain.model import (
    AVAILABLE,
    DEBITS,
    Kind,
    Transaction,
    transaction_number,
)
from stampbook.domain.recancelling import carry_out
from stampbook.domain.refusals import Code, Refusal


class Legs(NamedTuple):
    """Both rows of a transfer or of its cancel: what left, what arrived."""

    source: Transaction
    receiver: Transaction


def decide_transfer(
    source: Book, receiver: Book, amount: int, note: Note, now: int
) -> Legs | Refusal:
    """Move `amount` of available points to another account of the program.

    Each lot that pays becomes a lot of the receiver with the same expiry. An overdraft
    is not used: only points that are there can be moved. Both books must be settled.
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
    source.require_spendable(amount)

    # After this point nothing is refused and nothing is missing.
    leaving, arriving = Entry(source), Entry(receiver)
    leaving.take(source.new_payee(leaving.seq, held=False), amount)
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

    `asked` is the account of the transaction named, `other` that of its peer. The leg that
    arrived goes first, by the policy of the receiving currency; the leg that left comes
    back by what could be taken.
    """
    aim = take_aim(asked, command, now)
    if not isinstance(aim, Aim):
        return aim
    note = command.note._replace(external_id=None)
    twin = Cancel(target=other_target, amount=aim.amount, note=note)
    other_aim = take_aim(other, twin, now)
    if isinstance(other_aim, AlreadyCancelled):
        return Refusal(Code.NOT_CANCELLABLE, "the other leg was cancelled otherwise")
    if isinstance(other_aim, Refusal):
        return other_aim
    numbers = [transaction_number(account=b.number, seq=b.seq + 1) for b in (asked, other)]
    pairs = [
        (asked, command, aim._replace(peer=numbers[1])),
        (other, twin, other_aim._replace(peer=numbers[0])),
    ]
    # Case 38: what the receiver's policy lets go decides how much the sender gets back, so the leg
    # that arrived goes first; the way back begins at the other end.
    debits_last = sorted(pairs, key=lambda pair: pair[2].original.kind in DEBITS)
    if aim.restores:
        debits_last.reverse()
    rows: list[Transaction] = []
    for book, each, each_aim in debits_last:
        shortfall = rows[0].shortfall if rows else 0
        if shortfall == each_aim.amount:
            return Refusal(Code.POINTS_ALREADY_SPENT, "nothing of the transfer is left")
        row = carry_out(book, each, each_aim._replace(amount=each_aim.amount - shortfall), now)
        if isinstance(row, Refusal):
            return row
        rows.append(row)
    if aim.restores:
        rows.reverse()
    return Legs(rows[1], rows[0])


def _pair_refusal(source: Book, receiver: Book) -> Refusal | None:
    if source.tenant != receiver.tenant or source.program != receiver.program:
        return Refusal(Code.NOT_FOUND, "no such account in this program")
    if source.number == receiver.number:
        return Refusal(Code.INVALID_REQUEST, "an account cannot transfer to itself")
    if source.policy.scale != receiver.policy.scale:
        return Refusal(Code.INVALID_REQUEST, "the currencies have different scales")
    return None
