"""A second ledger, written from docs/concepts/semantics.md and decision 0001 alone.

It is meant to be obviously right, not fast: an account is a bag of points (tests/model/points.py),
and everything else is found by looking at all of it. Refusals are exceptions, and a refused command
is undone by going back to a copy. Only the arithmetic of dates is shared with the domain
(domain/policy.py has tests of its own).
"""

from __future__ import annotations

from typing import Any

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
from stampbook.domain.policy import ExpiryType, PendingType
from stampbook.domain.refusals import Code
from tests.model.points import (
    GIVING,
    SECOND,
    AlreadyDone,
    Entry,
    Lot,
    Points,
    Refused,
    copied,
    copied_lot,
)


class Account(Points):
    """One account. `submit` is its only door."""

    # -- the door ---------------------------------------------------------------------

    def submit(self, command: Command, now: int) -> Entry | None:
        """Carry out a command. Raises Refused or AlreadyDone, but time passes even then."""
        now = max(now, self.clock)
        self.pass_time(now)
        kept = self.keep(command.target) if isinstance(command, Cancel) else None
        last = len(self.rows)
        try:
            return self.decide(command, now)
        except (Refused, AlreadyDone):
            if kept is not None:
                self.go_back(kept)
            assert len(self.rows) == last, "only a cancel is refused after it has begun"
            raise

    def keep(self, target: int | None = None) -> dict[str, Any]:
        """The state to go back to after a refusal; with a target, the refusal of its cancel.

        That may have changed any lot, but no other row than the one that it aims at, which is the
        original of a commit, and the first of the chain.
        """
        rows = self.rows.copy()
        changing = [self.rows[n] for n in (rows if target is None else ())]
        if target in rows:
            aimed = self.original(target)
            changing = [aimed, self.rows[aimed.root]]
        rows |= {row.n: copied(row) for row in changing}
        return self.__dict__ | {
            "rows": rows,
            "lots": {n: copied_lot(lot) for n, lot in self.lots.items()},
            "bag": self.bag.copy(),
            "by_state": self.by_state.copy(),
            "by_lot": self.by_lot.copy(),
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
        due = [(row.deadline, 0, row.n) for row in self.rows.values() if row.deadline < FOREVER]
        if self.sum("pending"):
            for lot in self.lots.values():
                if self.sum("pending", lot.n) and not lot.locked and lot.activates < FOREVER:
                    due.append((lot.activates, 1, lot.n))
        if self.sum("available"):
            for lot in self.lots.values():
                if self.sum("available", lot.n) and self.expiry(lot) < FOREVER:
                    due.append((self.expiry(lot), 2, lot.n))
        return due

    def activate_by_time(self, lot: Lot, at: int) -> None:
        row = self.open(Kind.ACTIVATE, self.sum("pending", lot.n), at, target=lot.row)
        self.slide_by_activation(lot, at)
        self.make_available(row, lot, at)
        self.close(row)

    def expire_by_time(self, lot: Lot, at: int) -> None:
        row = self.open(Kind.EXPIRE, self.sum("available", lot.n), at, target=lot.row)
        self.move(row, row.amount, (lot.n, "available", 0), (lot.n, "expired", 0))
        self.close(row)

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
            if now == self.slid and self.rows[lot.row].at < now:
                lot.sliding = False  # too late, even if a new period has begun at this instant
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
