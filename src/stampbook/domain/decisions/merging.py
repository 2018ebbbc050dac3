"""Merged accounts: what one has open is held by the account that takes over from it.

Two accounts of one currency form a *passage*. All points that the old account could ever use pass
over, lot by lot, with their dates; its debts pass over, too. They are transfers to the journal,
whose subject names the passage, so every law of transfers holds for them.

A late cancel is still judged on the old account, as if nothing had passed: what is unspent at the
other end comes back first (`bring_back`), the cancel is decided, and what it left open passes over
again (`hand_over`). Afterwards the old account has nothing in any state of its balance.

Claims of a `clamp` cancel (§5.2) pass over as well: the points that they wait for come back at the
other end.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.commands import Note
from stampbook.domain.decisions.cancelling import let_others_pay
from stampbook.domain.decisions.entry import Entry
from stampbook.domain.decisions.returning import expired_to_spare, give_back_parts
from stampbook.domain.facts import Unloaded
from stampbook.domain.model import (
    AVAILABLE,
    CLAIMED,
    DEBITS,
    EXPIRED,
    FOREVER,
    MAX_AMOUNT,
    PASSAGE,
    PENDING,
    REVOKED,
    SPENT,
    Kind,
    Lot,
    Redemption,
    State,
    Transaction,
    split_number,
    transaction_number,
)
from stampbook.domain.refusals import Code, Refusal

MOVING: Final = (AVAILABLE, PENDING)

STATES: Final = (PENDING, AVAILABLE, SPENT)


def is_passing(row: Transaction) -> bool:
    """Whether the row belongs to a passage, and is nobody's act of its own."""
    return row.subject is not None and row.subject.startswith(PASSAGE)


def acts_first(rows: Iterable[Transaction]) -> list[Transaction]:
    """The rows of acts, then those that passed points on because of them."""
    return sorted(rows, key=is_passing)


class Passage(NamedTuple):
    """The way from a merged account to the one that took over, at the instant `now`.

    Both books are settled, and have all movements of `subject`.
    """

    source: Book
    receiver: Book
    now: int

    @property
    def subject(self) -> str:
        return subject_of(self.source.number, self.receiver.number)

    @property
    def note(self) -> Note:
        return Note(reason="merged", subject=self.subject)


def subject_of(source: int, receiver: int) -> str:
    """The subject of the rows between two accounts."""
    return f"{PASSAGE}{source}>{receiver}"


class Part(NamedTuple):
    """Points of one lot that passed over, and the lot that they became."""

    lot: Lot
    arrived: Lot


class Gone(NamedTuple):
    """Points that passed over in one transfer, as far as it is in force."""

    row: Transaction
    arrived: Transaction
    redemption: Redemption
    parts: list[Part]


class Owed(NamedTuple):
    """A debt that passed over: points lent to the old account, which the other one owes or paid."""

    row: Transaction
    lot: Lot
    paid: Transaction
    lots: list[Lot]


class Claim(NamedTuple):
    """A claim that passed over: the cancels of both ends of a transfer that did it."""

    row: Transaction
    lot: Lot
    redemption: Redemption
    arrived: Transaction
    there: Lot


class Passed(NamedTuple):
    """All that has passed over and is in force."""

    gone: list[Gone]
    owed: list[Owed]
    claims: list[Claim]


class Lacking(Exception):
    """The book lacks facts about a passage: `lack` says which. Nothing has changed."""

    def __init__(self, book: Book, lack: Unloaded) -> None:
        super().__init__(book.number)
        self.book = book
        self.lack = lack


# -- what has passed over ------------------------------------------------------------------


def passed(passage: Passage) -> Passed:
    """What has passed over and is in force. Raises Lacking."""
    source, receiver = passage.source, passage.receiver
    with _of(source):
        rows = _in_force(passage)
        debits = {row.seq: source.redemption(row.seq) for row in rows if row.kind in DEBITS}
        lots = {
            number: source.lot(number)
            for row in rows
            for number in (*_lots_moved(row), *(terms.lot for terms in row.terms))
        }
        originals = {row.root: source.row(row.root) for row in rows if row.kind is Kind.CANCEL}
        debits |= {seq: source.redemption(seq) for seq in originals}
    with _of(receiver):
        peers = {row.seq: receiver.row(split_number(row.peer)[1]) for row in rows}
        for each in filter(None, peers.values()):
            receiver.movement(each.seq)
            receiver.movement(each.root)
        there = {seq: _other_end(receiver, row) for seq, row in peers.items() if row is not None}
    found = Passed([], [], [])
    for row in rows:
        peer, others = peers[row.seq], there[row.seq]
        assert peer is not None
        if row.kind is Kind.TRANSFER_OUT:
            parts = [
                Part(lots[number], arrived)
                for number, arrived in zip(_lots_moved(row), others, strict=True)
            ]
            found.gone.append(Gone(row, peer, debits[row.seq], parts))
        elif row.kind is Kind.TRANSFER_IN:
            found.owed.append(Owed(row, lots[row.terms[0].lot], peer, others))
        else:
            (number,), (lot,) = dict.fromkeys(_lots_moved(row)), others
            found.claims.append(Claim(row, lots[number], debits[row.root], peer, lot))
    return found


def _in_force(passage: Passage) -> list[Transaction]:
    """The passage's rows in the old account that are in force. Raises Unloaded."""
    book, subject = passage.source, passage.subject
    rows = [row for _, row in sorted(book.rows.items()) if row.subject == subject]
    return [
        row
        for row in rows
        if (row.kind is not Kind.CANCEL or (row.shortfall and row.link == 1))
        and book.movement(row.seq).remaining
    ]


def _lots_moved(row: Transaction) -> list[int]:
    """The lots of which the row moved points, in its order."""
    return [posting.lot for posting in row.postings if posting.lot and posting.source in STATES]


def _other_end(book: Book, row: Transaction) -> list[Lot]:
    """The lots at the other end of the row. Raises Unloaded."""
    if row.kind is Kind.TRANSFER_IN:
        return book.lots_of(row)
    if row.kind is Kind.TRANSFER_OUT:
        return [book.lot(number) for number in book.redemption(row.seq).parts if number]
    (posting,) = (posting for posting in row.postings if posting.target is CLAIMED)
    book.movement(row.root)
    return [book.lot(posting.lot)]


@contextmanager
def _of(book: Book) -> Iterator[None]:
    """What is lacking within is lacking in the book."""
    try:
        yield
    except Unloaded as lack:
        raise Lacking(book, lack) from None


# -- passing over --------------------------------------------------------------------------


def hand_over(passage: Passage) -> list[Transaction]:
    """Let all that the old account has open pass over. Raises Lacking.

    Afterwards it has nothing in any state of its balance, unless it has holds.
    """
    source, receiver = passage.source, passage.receiver
    rows: list[Transaction] = []
    # Each look is a new one: what comes back may pay what the next has to give back.
    while freed := [owed for owed in passed(passage).owed if owed.lot.available]:
        rows += _repay(passage, freed[0], freed[0].lot.available)
    if source.owed:
        rows += _lend(passage, source.owed)
    for gone in passed(passage).gone:
        for part in gone.parts:
            rows += _pass_claim(passage, gone, part)
    left = [
        (lot, state, lot.split[state])
        for lot in sorted(
            (source.lots[number] for number in source.open_lots),
            key=lambda lot: (source.expires_at(lot), lot.seq),
        )
        for state in MOVING
        if lot.split[state]
    ]
    while left:
        amount, taken = 0, 0
        while taken < len(left) and amount + left[taken][2] <= MAX_AMOUNT:
            amount += left[taken][2]
            taken += 1
        rows += _pass_over(source, receiver, passage, left[:taken], amount)
        left = left[taken:]
    return rows


def _pass_over(
    source: Book,
    receiver: Book,
    passage: Passage,
    moving: list[tuple[Lot, State, int]],
    amount: int,
) -> list[Transaction]:
    """Each lot becomes a lot of the receiver, with the same dates."""
    leaving, arriving = Entry(source), Entry(receiver)
    redemption = source.new_redemption(leaving.seq, held=False)
    for lot, state, part in moving:
        leaving.move(lot, part, state, SPENT, redemption.seq)
        arriving.issue(
            part,
            into=state,
            activates_at=lot.activates_at,
            expires_at=source.expires_at(lot),
            now=passage.now,
            grace=lot.grace,
        )
    return _close_both(passage, leaving, arriving, Kind.TRANSFER_OUT, Kind.TRANSFER_IN, amount)


def _lend(passage: Passage, amount: int) -> list[Transaction]:
    """The receiver takes a debt over: it lends the points that pay it."""
    rows: list[Transaction] = []
    while amount:
        part = min(amount, MAX_AMOUNT)
        amount -= part
        lent, lending = Entry(passage.source), Entry(passage.receiver)
        lent.issue(
            part, into=AVAILABLE, activates_at=passage.now, expires_at=FOREVER, now=passage.now
        )
        lending.take(passage.receiver.new_redemption(lending.seq, held=False), part)
        rows += _close_both(passage, lent, lending, Kind.TRANSFER_IN, Kind.TRANSFER_OUT, part)
    return rows


def _pass_claim(passage: Passage, gone: Gone, part: Part) -> list[Transaction]:
    """A claim waits where its points will come back: those that own movements do not use."""
    lot, arrived = part.lot, part.arrived
    paid = gone.redemption.parts.get(lot.seq, 0)
    own = lot.held + lot.spent - paid
    amount = min(lot.claimed - own, paid, arrived.held + arrived.spent - arrived.claimed)
    if amount <= 0:
        return []
    here, there = Entry(passage.source), Entry(passage.receiver)
    here.move(lot, amount, SPENT, REVOKED, gone.redemption.seq)
    here.drop_claim(lot, amount)
    there.claim(arrived, amount)
    return _cancel_both(passage, here, there, gone.row, gone.arrived, amount, shortfall=amount)


# -- coming back ---------------------------------------------------------------------------


def bring_back(
    passage: Passage, *, expired: Collection[int] = (), claims: bool = False
) -> list[Transaction]:
    """Let all that is unspent at the other end come back to its lots. Raises Lacking.

    `expired` are lots of the old account whose points come back even if they have expired, as
    expired ones; with `claims` those come back that passed over.
    """
    rows: list[Transaction] = []
    if claims:
        for claim in passed(passage).claims:
            rows += _take_claim_back(passage, claim)
    for gone in passed(passage).gone:
        with _of(passage.receiver):
            spare = {
                part.arrived.seq: expired_to_spare(passage.receiver, part.arrived)
                for part in gone.parts
                if part.lot.seq in expired and not part.lot.claimed
            }
        rows += _come_back(passage, gone, spare)
    return rows


def _come_back(passage: Passage, gone: Gone, spare: dict[int, int]) -> list[Transaction]:
    left = dict(gone.redemption.parts)
    coming: list[tuple[Part, int, State]] = []
    for part in gone.parts:
        for state in (*MOVING, EXPIRED):
            there = (
                spare.get(part.arrived.seq, 0) if state is EXPIRED else part.arrived.split[state]
            )
            amount = min(there, left.get(part.lot.seq, 0))
            if amount:
                coming.append((part, amount, state))
                left[part.lot.seq] -= amount
    if not coming:
        return []
    leaving, arriving = Entry(passage.receiver), Entry(passage.source)
    for part, amount, state in coming:
        if state is EXPIRED:
            # What has expired stays expired at the other end, and is so here.
            arriving.move(part.lot, amount, SPENT, EXPIRED, gone.redemption.seq)
        else:
            leaving.move(part.arrived, amount, state, REVOKED)
            _return(arriving, part, amount, state, gone.redemption.seq)
    total = sum(amount for _, amount, _ in coming)
    return _cancel_both(passage, arriving, leaving, gone.row, gone.arrived, total)


def _return(entry: Entry, part: Part, amount: int, state: State, redemption: int) -> None:
    """Points are back in their lot, as they are at the other end; claims take them first."""
    lot, arrived = part
    claimed = min(amount, lot.claimed)
    if claimed:
        entry.move(lot, claimed, SPENT, REVOKED, redemption)
        entry.drop_claim(lot, claimed)
        amount -= claimed
    if not amount:
        return
    dates = arrived.activates_at, arrived.expires_at
    if not lot.sliding and dates != (lot.activates_at, lot.expires_at):
        entry.date(lot, activates_at=dates[0], expires_at=dates[1])
    entry.move(lot, amount, SPENT, state, redemption)


def _take_claim_back(passage: Passage, claim: Claim) -> list[Transaction]:
    """The claim waits here again; what it took at the other end is there again for now."""
    here, there = Entry(passage.source), Entry(passage.receiver)
    amount = passage.source.movement(claim.row.seq).remaining
    here.move(claim.lot, amount, REVOKED, SPENT, claim.redemption.seq)
    here.claim(claim.lot, amount)
    waiting = min(amount, claim.there.claimed)
    if waiting:
        there.drop_claim(claim.there, waiting)
    if amount > waiting:
        live = passage.now < passage.receiver.expires_at(claim.there)
        there.move(claim.there, amount - waiting, REVOKED, AVAILABLE if live else EXPIRED)
    return _cancel_both(passage, here, there, claim.row, claim.arrived, amount)


def _repay(passage: Passage, owed: Owed, amount: int) -> list[Transaction]:
    """Points that were lent are no longer needed: the debt shrinks, or who paid it has them."""
    here, there = Entry(passage.source), Entry(passage.receiver)
    here.move(owed.lot, amount, AVAILABLE, REVOKED)
    give_back_parts(there, owed.paid.seq, amount, now=passage.now, lots=owed.lots)
    return _cancel_both(passage, here, there, owed.row, owed.paid, amount)


# -- the undo ------------------------------------------------------------------------------


def take_back(passage: Passage) -> list[Transaction] | Refusal:
    """Undo the merge: all that passed over is where it came from. Raises Lacking.

    Refused when the other end no longer has it. The books may have changed then: pass copies.
    """
    lots = {part.lot.seq for gone in passed(passage).gone for part in gone.parts}
    rows = bring_back(passage, expired=lots, claims=True)
    if passed(passage).gone:
        detail = "points that came with the merge are spent or held"
        return Refusal(Code.INSUFFICIENT_POINTS, detail, passage.receiver.active)
    while known := passed(passage).owed:
        owed = known[0]
        amount = passage.source.movement(owed.row.seq).remaining
        with _of(passage.source):
            passage.source.require_paid_by([owed.lot])
        here, there = Entry(passage.source), Entry(passage.receiver)
        if owed.lot.available:
            here.move(owed.lot, owed.lot.available, AVAILABLE, REVOKED)
        let_others_pay(here, [owed.lot], owed.lot.spent + owed.lot.held)
        give_back_parts(there, owed.paid.seq, amount, now=passage.now, lots=owed.lots)
        rows += _cancel_both(passage, here, there, owed.row, owed.paid, amount)
    return rows


# -- rows ----------------------------------------------------------------------------------


def _close_both(
    passage: Passage, here: Entry, there: Entry, kind: Kind, other: Kind, amount: int
) -> list[Transaction]:
    here_number, there_number = _numbers(passage)
    now, note = passage.now, passage.note
    return [
        here.close(kind, amount, now=now, note=note, peer=there_number),
        there.close(other, amount, now=now, note=note, peer=here_number),
    ]


def _cancel_both(
    passage: Passage,
    here: Entry,
    there: Entry,
    row: Transaction,
    other: Transaction,
    amount: int,
    *,
    shortfall: int = 0,
) -> list[Transaction]:
    """Close the cancels of both ends of a transfer, or of such cancels."""
    numbers = reversed(_numbers(passage))
    return [
        entry.close(
            Kind.CANCEL,
            amount,
            now=passage.now,
            note=passage.note,
            target=target.seq,
            root=target.root,
            link=target.link + 1,
            peer=peer,
            shortfall=shortfall,
        )
        for entry, target, peer in zip((here, there), (row, other), numbers, strict=True)
    ]


def _numbers(passage: Passage) -> tuple[int, int]:
    """The numbers that the next rows of both accounts will have."""
    here, there = (
        transaction_number(account=book.number, seq=book.seq + 1)
        for book in (passage.source, passage.receiver)
    )
    return here, there
