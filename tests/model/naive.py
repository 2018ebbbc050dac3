"""A second ledger, written from docs/concepts/semantics.md and decision 0001 alone.

It is meant to be obviously right, not fast. An account is a bag of points, each with a lot, a
state and the redemption it pays for; everything else is found by going through the whole bag.
Refusals are exceptions, and a refused command is undone by restoring a copy. Only the arithmetic
of dates is shared with the domain (domain/policy.py has its own tests).
"""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stampbook.domain import policy as dates
from stampbook.domain.commands import (
    Accrue,
    Activate,
    Cancel,
    Command,
    Commit,
    Expire,
    Hold,
    Note,
    Redeem,
    Release,
    Settle,
)
from stampbook.domain.model import FOREVER, MAX_AMOUNT, AccountStatus, Kind
from stampbook.domain.policy import ExpiryType, PendingType, Policy
from stampbook.domain.refusals import Code
from tests.model.checking import check

SECOND = 1_000_000
STATES = ("pending", "available", "held", "spent", "expired", "revoked")
GIVING = (Kind.ACCRUE, Kind.ADJUST_CREDIT, Kind.REINSTATE, Kind.TRANSFER_IN)
TAKING = (Kind.REDEEM, Kind.HOLD, Kind.ADJUST_DEBIT, Kind.TRANSFER_OUT)

Spot = tuple[int, str, int]
"""Where points are: lot (0: none, a deficit), state, and the row they pay for (0: none)."""


class Refused(Exception):
    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


class AlreadyDone(Exception):
    """What was requested has already been done, by this row."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


class Move(NamedTuple):
    """An amount that moved from one spot to another; None: from or to outside."""

    amount: int
    source: Spot | None
    target: Spot | None


@dataclass
class Entry:
    """A row of the journal, and what has become of it."""

    n: int
    kind: Kind
    amount: int
    at: int
    before: int
    after: int = 0
    target: int = 0
    root: int = 0
    link: int = 0
    shortfall: int = 0
    peer: tuple[str, int] | None = None
    deadline: int = FOREVER
    first_deadline: int = FOREVER
    effective: int = 0
    moves: list[Move] = field(default_factory=list)
    marks: list[tuple[str, int, int]] = field(default_factory=list)
    temporary: bool = False
    reinstates: int = 0
    # what has become of it
    standing: str = "in force"
    base: int = 0
    cancelled: int = 0
    cancelled_by: int = 0
    released_by: int = 0


@dataclass
class Lot:
    """The dates of a lot and its two flags; its points are in the account's bag."""

    n: int
    row: int
    activates: int
    expires: int
    sliding: bool = False
    of_sliding: bool = False
    """A sliding lot. It stays one after its common expiry, because its commit still counts."""
    grace: bool = False
    locked: bool = False
    claimed: int = 0
    """What cancels of its accrual claim: it is revoked as soon as it comes back (`clamp`)."""
    reinstated: int = 0
    """How much of it has been reinstated."""


class Account:
    """One account. `submit` is the only way to change it; `books` is everything visible."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.status = AccountStatus.OPEN
        self.clock = 0
        self.rows: dict[int, Entry] = {}
        self.lots: dict[int, Lot] = {}
        self.bag: Counter[Spot] = Counter()
        self.slides = FOREVER
        self.restored = 0

    # -- looking ---------------------------------------------------------------------

    def sum(self, state: str, lot: int | None = None, payee: int | None = None) -> int:
        return sum(
            amount
            for (each_lot, each_state, each_payee), amount in self.bag.items()
            if each_state == state
            and (lot is None or each_lot == lot)
            and (payee is None or each_payee == payee)
        )

    @property
    def owed(self) -> int:
        return self.sum("owed")

    @property
    def active(self) -> int:
        return self.sum("available") - self.owed

    def is_hold(self, payee: int) -> bool:
        """Whether the row is a hold that is neither committed nor released."""
        return self.rows[payee].kind is Kind.HOLD and self.rows[payee].standing == "temporary"

    def paid_state(self, payee: int) -> str:
        return "held" if self.is_hold(payee) else "spent"

    def expiry(self, lot: Lot) -> int:
        return self.slides if lot.sliding else lot.expires

    def spending_order(self, lots: list[Lot]) -> list[Lot]:
        return sorted(lots, key=lambda lot: (self.expiry(lot), lot.n))

    def allocation(self, payee: int) -> dict[int, int]:
        return {
            lot: amount
            for (lot, _, each), amount in sorted(self.bag.items())
            if each == payee and amount
        }

    def lots_of(self, row: int) -> list[Lot]:
        return [lot for lot in self.lots.values() if lot.row == row]

    def made(self, lot: int, row: int) -> bool:
        return lot in self.lots and self.lots[lot].row == row

    def absorbed(self, row: int) -> int:
        """What cancels of an accrual have taken of its expired points, which stay expired."""
        lots = self.lots_of(row)
        revoked = sum(self.sum("revoked", lot.n) for lot in lots)
        return self.rows[row].cancelled - revoked - sum(lot.claimed for lot in lots)

    def in_force(self, row: int) -> int:
        entry = self.rows[row]
        return 0 if entry.standing == "released" else entry.base - entry.cancelled

    def figures(self) -> dict[str, int]:
        held = self.sum("held") + sum(
            amount
            for (_, state, payee), amount in self.bag.items()
            if state == "owed" and self.is_hold(payee)
        )
        pending = self.sum("pending")
        return {
            "active": self.active,
            "pending": pending,
            "held": held,
            "total": self.active + pending + held,
            "deficit": self.owed,
            "issued": sum(self.sum(state) for state in STATES),
            "spent": self.sum("spent"),
            "expired": self.sum("expired"),
            "revoked": self.sum("revoked"),
            "restored": self.restored,
        }

    def upcoming(self, state: str) -> tuple[int, int] | None:
        """How much the clock will change next, and when."""
        lots = [lot for lot in self.lots.values() if self.sum(state, lot.n) and not lot.locked]
        when = {lot.n: lot.activates if state == "pending" else self.expiry(lot) for lot in lots}
        first = min(when.values(), default=FOREVER)
        if first == FOREVER:
            return None
        return first, sum(self.sum(state, n) for n, at in when.items() if at == first)

    # -- the door ---------------------------------------------------------------------

    def submit(self, command: Command, now: int) -> Entry | None:
        """Carry out a command. Raises Refused or AlreadyDone, but time passes even then."""
        now = max(now, self.clock)
        self.pass_time(now)
        kept = self.keep()
        try:
            return self.decide(command, now)
        except (Refused, AlreadyDone):
            self.go_back(kept)
            raise

    def keep(self) -> dict[str, Any]:
        """The state to restore after a refusal. The moves of a closed row never change."""
        return self.__dict__ | {
            "rows": {n: copy.copy(row) for n, row in self.rows.items()},
            "lots": {n: copy.copy(lot) for n, lot in self.lots.items()},
            "bag": self.bag.copy(),
        }

    def go_back(self, kept: dict[str, Any]) -> None:
        self.__dict__.update(kept)

    def decide(self, command: Command, now: int) -> Entry | None:
        from tests.model.undoing import cancel

        match command:
            case Accrue():
                return self.accrue(command, now)
            case Redeem() | Hold():
                return self.spend(command, now)
            case Commit():
                return self.commit(command, now)
            case Release():
                return self.release(command, now)
            case Activate():
                return self.activate(command, now)
            case Expire():
                return self.expire(command, now)
            case Cancel():
                return cancel(self, command, now)
            case Settle():
                return None

    # -- time -------------------------------------------------------------------------

    def pass_time(self, now: int) -> None:
        """Settle everything that is due, one by one, in the order of semantics.md §3."""
        while due := self.next_due(now):
            at, rank, number = due
            at = max(at, self.clock)
            if rank == 0:
                self.roll_back(number, at)
            elif rank == 1:
                self.activate_by_time(self.lots[number], at)
            else:
                self.expire_by_time(self.lots[number], at)

    def next_due(self, now: int) -> tuple[int, int, int] | None:
        return min((each for each in self.due() if each[0] <= now), default=None)

    def due(self) -> list[tuple[int, int, int]]:
        """Everything the clock will do: the instant, the rank at it, and the row or lot."""
        due = [(row.deadline, 0, row.n) for row in self.rows.values()]
        for lot in self.lots.values():
            if self.sum("pending", lot.n) and not lot.locked:
                due.append((lot.activates, 1, lot.n))
            if self.sum("available", lot.n):
                due.append((self.expiry(lot), 2, lot.n))
        return [each for each in due if each[0] < FOREVER]

    def activate_by_time(self, lot: Lot, at: int) -> None:
        row = self.open(Kind.ACTIVATE, self.sum("pending", lot.n), at, target=lot.row)
        self.slide_by_activation(lot, at)
        self.make_available(row, lot, at)
        self.close(row)

    def expire_by_time(self, lot: Lot, at: int) -> None:
        row = self.open(Kind.EXPIRE, self.sum("available", lot.n), at, target=lot.row)
        self.move(row, row.amount, (lot.n, "available", 0), (lot.n, "expired", 0))
        self.close(row)

    def slide(self, at: int, *, always: bool = True) -> None:
        """Activity postpones the expiry of sliding lots; lots that were past it stay dead."""
        policy = self.policy
        if policy.expiry.type is not ExpiryType.SLIDING:
            return
        passed = self.slides <= at
        if not always and not passed and self.slides != FOREVER:
            return
        if passed:
            for lot in self.lots.values():
                if lot.sliding and lot.activates <= self.slides:
                    lot.sliding = False
        new = dates.period_end(policy.expiry, at, policy.timezone)
        before, self.slides = self.slides, new if self.slides == FOREVER else max(new, self.slides)
        for lot in self.lots.values():
            if lot.sliding and self.sum("available", lot.n) and before != self.slides:
                lot.expires = self.slides

    def slide_by_activation(self, lot: Lot, at: int) -> None:
        """A lot that activates at the very instant of the common expiry does not postpone it."""
        if lot.of_sliding and at != self.slides:
            self.slide(at)

    # -- rows and moves ----------------------------------------------------------------

    def open(
        self, kind: Kind, amount: int, now: int, *, target: int = 0, root: int = 0, link: int = 0
    ) -> Entry:
        n = len(self.rows) + 1
        row = Entry(n, kind, amount, now, self.active, target=target, root=root or n, link=link)
        row.base = amount
        self.rows[n] = row
        return row

    def close(self, row: Entry) -> Entry:
        """Available points pay what is owed, the oldest first."""
        for payee in sorted({spot[2] for spot, amount in self.bag.items() if amount}):
            debt = self.bag[(0, "owed", payee)]
            if payee and debt:
                paid = min(debt, self.sum("available"))
                if paid:
                    self.move(row, paid, (0, "owed", payee), None)
                    self.pay(row, payee, paid)
        row.after = self.active
        self.clock = row.at
        check(self)
        return row

    def move(self, row: Entry, amount: int, source: Spot | None, target: Spot | None) -> None:
        if not amount:
            return
        assert amount > 0
        if source is not None:
            assert self.bag[source] >= amount, (source, amount, self.bag)
            self.bag[source] -= amount
            if not self.bag[source]:
                del self.bag[source]
        if target is not None:
            self.bag[target] += amount
        if source and target and source[1] == "spent" and target[1] in ("available", "expired"):
            self.restored += amount
        row.moves.append(Move(amount, source, target))

    def mark(self, row: Entry, what: str, lot: Lot, amount: int) -> None:
        if amount:
            setattr(lot, what, getattr(lot, what) + amount)
            assert getattr(lot, what) >= 0
            row.marks.append((what, lot.n, amount))

    def issue(self, row: Entry, amount: int, state: str, lot: Lot) -> Lot:
        lot.n = len(self.lots) + 1
        self.lots[lot.n] = lot
        self.move(row, amount, None, (lot.n, state, 0))
        return lot

    def pay(self, row: Entry, payee: int, amount: int) -> None:
        """Available lots pay, soonest expiry first; what no lot pays is owed."""
        state = self.paid_state(payee)
        for lot in self.spending_order(list(self.lots.values())):
            part = min(amount, self.sum("available", lot.n))
            self.move(row, part, (lot.n, "available", 0), (lot.n, state, payee))
            amount -= part
        self.move(row, amount, None, (0, "owed", payee))

    def make_available(self, row: Entry, lot: Lot, now: int) -> None:
        amount = self.sum("pending", lot.n)
        self.move(row, amount, (lot.n, "pending", 0), (lot.n, "available", 0))
        if self.expiry(lot) <= now:
            self.move(row, amount, (lot.n, "available", 0), (lot.n, "expired", 0))

    def give_back(self, row: Entry, spot: Spot, amount: int, now: int) -> None:
        """Points stop paying (semantics.md §5.1). What is claimed from their lot is taken first."""
        lot = self.lots[spot[0]]
        dead = min(amount, lot.claimed)
        self.move(row, dead, spot, (lot.n, "revoked", 0))
        self.mark(row, "claimed", lot, -dead)
        amount -= dead
        if now < self.expiry(lot):
            self.move(row, amount, spot, (lot.n, "available", 0))
        elif amount:
            self.move(row, amount, spot, (lot.n, "expired", 0))
            if self.policy.expired_restore == "grace" and not lot.grace:
                end = now + self.policy.grace_s * SECOND
                self.issue(row, amount, "available", Lot(0, row.n, now, end, grace=True))

    def take_back(self, row: Entry, payee: int, amount: int, now: int) -> None:
        """Reverse an allocation: the deficit, then lots from the latest expiry to the soonest."""
        state = self.paid_state(payee)
        owed = min(amount, self.bag[(0, "owed", payee)])
        self.move(row, owed, (0, "owed", payee), None)
        amount -= owed
        for lot in reversed(self.spending_order(list(self.lots.values()))):
            part = min(amount, self.bag[(lot.n, state, payee)])
            if part:
                self.give_back(row, (lot.n, state, payee), part, now)
                amount -= part
        assert amount == 0

    # -- guards -----------------------------------------------------------------------

    def check_amount(self, amount: int | None) -> None:
        if amount is not None and not 0 < amount <= MAX_AMOUNT:
            raise Refused(Code.INVALID_REQUEST)

    def check_note(self, note: Note, now: int) -> None:
        if note.effective_at is not None and note.effective_at > now:
            raise Refused(Code.INVALID_REQUEST)

    def check_open(self, now: int) -> None:
        if not (self.policy.accepts and self.policy.starts_at <= now < self.policy.ends_at):
            raise Refused(Code.PROGRAM_INACTIVE)
        if self.status is AccountStatus.MEMBER_INACTIVE:
            raise Refused(Code.MEMBER_INACTIVE)
        if self.status is AccountStatus.CLOSED:
            raise Refused(Code.ACCOUNT_CLOSED)

    def check_funds(self, amount: int, overdraft: int) -> None:
        if self.active - amount < -overdraft:
            raise Refused(Code.DEFICIT_OUTSTANDING if self.owed else Code.INSUFFICIENT_POINTS)

    def original(self, target: int) -> Entry:
        """The transaction that is meant: for a commit, the transaction that it committed."""
        if target not in self.rows:
            raise Refused(Code.NOT_FOUND)
        row = self.rows[target]
        return self.rows[row.target] if row.kind is Kind.COMMIT else row

    # -- operations ---------------------------------------------------------------------

    def accrue(self, command: Accrue, now: int) -> Entry:
        from tests.model.undoing import expired_to_spare

        policy, note = self.policy, command.note
        effective = now if note.effective_at is None else note.effective_at
        if command.kind is Kind.REINSTATE and command.reinstates not in self.lots:
            raise Refused(Code.NOT_FOUND)
        self.check_amount(command.amount)
        self.check_note(note, now)
        activates = command.activates_at
        if activates is None:
            activates = dates.activation(policy, effective)
        expires = command.expires_at
        if expires is not None and expires <= activates < FOREVER:
            raise Refused(Code.INVALID_REQUEST)
        sliding = expires is None and policy.expiry.type is ExpiryType.SLIDING
        if expires is None:
            expires = FOREVER
            if not sliding:
                expires = dates.expiration(policy, effective_at=effective, activates_at=activates)
        self.check_open(now)
        if command.kind is Kind.REINSTATE:
            lot = self.lots[command.reinstates]
            if command.amount > expired_to_spare(self, lot):
                raise Refused(Code.EXCEEDS_ORIGINAL)

        row = self.open(command.kind, command.amount, now)
        row.effective = effective
        self.slide(now, always=policy.expiry.on_earning)
        if command.kind is Kind.REINSTATE:
            row.reinstates = command.reinstates
            row.target = self.lots[row.reinstates].row
            self.mark(row, "reinstated", self.lots[command.reinstates], command.amount)
        expires = self.slides if sliding else expires
        lot = Lot(0, row.n, activates, expires, sliding, sliding, locked=command.temporary)
        self.issue(row, command.amount, "pending", lot)
        if command.temporary:
            seconds = command.timeout_s
            seconds = policy.temporary_timeout_s if seconds is None else seconds
            row.temporary, row.standing = True, "temporary"
            row.deadline = row.first_deadline = now + seconds * SECOND
        elif activates <= now:
            self.make_available(row, lot, now)
        elif policy.pending.type is PendingType.EVENT and activates == FOREVER:
            deadline = dates.event_deadline(policy, effective)
            row.deadline = row.first_deadline = max(now, deadline)
        return self.close(row)

    def spend(self, command: Redeem | Hold, now: int) -> Entry:
        self.check_amount(command.amount)
        self.check_note(command.note, now)
        self.check_open(now)
        self.check_funds(command.amount, self.policy.overdraft)

        kind = command.kind if isinstance(command, Redeem) else Kind.HOLD
        row = self.open(kind, command.amount, now)
        if self.policy.expiry.on_spending:
            self.slide(now)
        if isinstance(command, Hold):
            seconds = command.timeout_s
            seconds = self.policy.temporary_timeout_s if seconds is None else seconds
            row.temporary, row.standing = True, "temporary"
            row.deadline = row.first_deadline = now + seconds * SECOND
        self.pay(row, row.n, row.amount)
        return self.close(row)

    def check_temporary(self, row: Entry) -> None:
        if not row.temporary:
            raise Refused(Code.NOT_TEMPORARY)
        if row.standing != "released" and row.cancelled >= row.base:
            raise Refused(Code.ALREADY_CANCELLED)
        if row.standing == "released":
            raise Refused(Code.ALREADY_RELEASED)
        if row.standing != "temporary":
            raise Refused(Code.ALREADY_COMMITTED)

    def commit(self, command: Commit, now: int) -> Entry:
        original = self.original(command.target)
        self.check_amount(command.amount)
        self.check_note(command.note, now)
        if original.kind in GIVING:
            self.check_open(now)
        self.check_temporary(original)
        left = self.in_force(original.n)
        amount = left if command.amount is None else command.amount
        if amount != left and original.kind is not Kind.HOLD:
            raise Refused(Code.INVALID_REQUEST)
        if amount > left:
            raise Refused(Code.EXCEEDS_ORIGINAL)

        row = self.open(Kind.COMMIT, amount, now, target=original.n, root=original.n)
        original.deadline = original.first_deadline = FOREVER
        if original.kind is Kind.HOLD:
            self.take_back(row, original.n, left - amount, now)
            original.base -= left - amount
            for paying, part in self.allocation(original.n).items():
                if paying:
                    held, spent = (paying, "held", original.n), (paying, "spent", original.n)
                    self.move(row, part, held, spent)
            original.standing = "in force"
        else:
            original.standing = "in force"
            for lot in self.lots_of(original.n):
                self.slide_by_activation(lot, now)
                lot.locked = False
                if lot.activates <= now:
                    self.make_available(row, lot, now)
                elif lot.activates == FOREVER:
                    deadline = max(now, dates.event_deadline(self.policy, original.effective))
                    original.deadline = original.first_deadline = deadline
        return self.close(row)

    def release(self, command: Release, now: int) -> Entry:
        original = self.original(command.target)
        self.check_note(command.note, now)
        self.check_temporary(original)
        return self.roll_back(original.n, now)

    def roll_back(self, n: int, now: int) -> Entry:
        original = self.rows[n]
        row = self.open(Kind.RELEASE, self.in_force(n), now, target=n, root=n)
        if original.kind is Kind.HOLD:
            self.take_back(row, n, row.amount, now)
        else:
            for lot in self.lots_of(n):
                pending = self.sum("pending", lot.n)
                self.move(row, pending, (lot.n, "pending", 0), (lot.n, "revoked", 0))
        original.standing, original.deadline = "released", FOREVER
        original.released_by = row.n
        return self.close(row)

    def activate(self, command: Activate, now: int) -> Entry:
        original = self.original(command.target)
        if original.kind not in GIVING:
            raise Refused(Code.NOT_FOUND)
        self.check_note(command.note, now)
        self.check_open(now)
        lots = [lot for lot in self.lots_of(original.n) if not lot.locked]
        amount = sum(self.sum("pending", lot.n) for lot in lots)
        if not amount:
            raise Refused(Code.INSUFFICIENT_POINTS)

        row = self.open(Kind.ACTIVATE, amount, now, target=original.n)
        original.deadline = original.first_deadline = FOREVER
        for lot in lots:
            self.slide_by_activation(lot, now)
            if lot.activates == FOREVER and lot.expires == FOREVER and not lot.sliding:
                lot.expires = dates.expiration(self.policy, effective_at=now, activates_at=now)
            lot.activates = now
            self.make_available(row, lot, now)
        return self.close(row)

    def expire(self, command: Expire, now: int) -> Entry:
        original = self.original(command.target)
        if original.kind not in GIVING:
            raise Refused(Code.NOT_FOUND)
        self.check_note(command.note, now)
        self.check_open(now)
        lots = self.lots_of(original.n)
        amount = sum(self.sum("available", lot.n) for lot in lots)
        if not amount:
            raise Refused(Code.INSUFFICIENT_POINTS)

        row = self.open(Kind.EXPIRE, amount, now, target=original.n)
        for lot in lots:
            part = self.sum("available", lot.n)
            self.move(row, part, (lot.n, "available", 0), (lot.n, "expired", 0))
        return self.close(row)
