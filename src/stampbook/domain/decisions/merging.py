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

from collections.abc import Collection, Mapping

from stampbook.domain.book import Book
from stampbook.domain.decisions.cancelling import let_others_pay
from stampbook.domain.decisions.entry import Entry
from stampbook.domain.decisions.passing import (
    MOVING,
    Claim,
    Gone,
    Owed,
    Part,
    Passage,
    facts_of,
    passed,
)
from stampbook.domain.decisions.returning import expired_to_spare, give_back_parts
from stampbook.domain.model import (
    AVAILABLE,
    EXPIRED,
    FOREVER,
    MAX_AMOUNT,
    REVOKED,
    SPENT,
    Kind,
    Lot,
    State,
    Transaction,
    transaction_number,
)
from stampbook.domain.refusals import Code, Refusal

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
            (source.lot(number) for number in source.open_lots),
            key=lambda lot: (source.expires_at(lot), lot.seq),
        )
        for state in MOVING
        if lot.split[state]
    ]
    while left:
        amount, taken = left[0][2], 1
        # What one row brought activates by hand together, so each pending lot has a row of its own.
        while (
            taken < len(left)
            and left[0][1] is left[taken][1] is AVAILABLE
            and amount + left[taken][2] <= MAX_AMOUNT
        ):
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
    passage: Passage,
    *,
    expired: Collection[int] = (),
    claims: bool = False,
    only: Mapping[int, int] | None = None,
) -> list[Transaction]:
    """Let all that is unspent at the other end come back to its lots. Raises Lacking.

    `expired` are lots of the old account whose points come back even if they have expired, as
    expired ones; with `claims` those come back that passed over. `only`: no other lots than these,
    and of each at most so much.
    """
    rows: list[Transaction] = []
    if claims:
        for claim in passed(passage).claims:
            rows += _take_claim_back(passage, claim)
    for gone in passed(passage).gone:
        spare: dict[int, int] = {}
        for part in gone.parts:
            if part.lot.seq in expired and not part.lot.claimed:
                taken = sum(spare.values())
                spare[part.arrived.seq] = _expired_there(passage, gone, part, taken)
        rows += _come_back(passage, gone, spare, only)
    return rows


def _expired_there(passage: Passage, gone: Gone, part: Part, taken: int) -> int:
    """How much of the part has expired at the other end and has not come back. Raises Lacking.

    `taken`: how much comes back of the other lots. What has come back as expired is still expired
    there, and absorbs the row's cancel with all of its lots: so what is spent there counts, too.
    """
    arrived = part.arrived
    alive = arrived.pending + arrived.available + arrived.held + arrived.spent - arrived.claimed
    with facts_of(passage.receiver):
        spare = expired_to_spare(passage.receiver, arrived, taken=taken)
    return max(0, min(spare, gone.redemption.parts.get(part.lot.seq, 0) - alive))


def _come_back(
    passage: Passage, gone: Gone, spare: dict[int, int], only: Mapping[int, int] | None
) -> list[Transaction]:
    left = dict(gone.redemption.parts)
    if only is not None:
        left = {lot: min(amount, only.get(lot, 0)) for lot, amount in left.items()}
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
        with facts_of(passage.source):
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
