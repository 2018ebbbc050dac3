"""What the naive ledger keeps: a bag of points, each with a lot, a state and what it pays for.

Everything that can be seen of an account is found by looking at all of it, and points move in
one way only (`move`), which also keeps sums of the bag by state and by lot: millions of commands
are played on it. What commands do with that is in tests/model/naive.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import NamedTuple

from stampbook.domain import policy as dates
from stampbook.domain.model import FOREVER, AccountStatus, Kind
from stampbook.domain.policy import ExpiryType, Policy
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


@dataclass(slots=True)
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


@dataclass(slots=True)
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


_OF_ENTRY = attrgetter(*(each.name for each in fields(Entry)))
_OF_LOT = attrgetter(*(each.name for each in fields(Lot)))


def copied(row: Entry) -> Entry:
    """A copy. The moves of a closed row never change, so both have the same."""
    return Entry(*_OF_ENTRY(row))


def copied_lot(lot: Lot) -> Lot:
    return Lot(*_OF_LOT(lot))


class Points:
    """The points of one account and its journal, and how they move."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.status = AccountStatus.OPEN
        self.clock = 0
        self.rows: dict[int, Entry] = {}
        self.lots: dict[int, Lot] = {}
        self.bag: dict[Spot, int] = {}
        """Only what is there: no amount is 0."""
        self.by_state = dict.fromkeys((*STATES, "owed"), 0)
        self.by_lot: dict[tuple[int, str], int] = {}
        """Sums of the bag; `check` adds them up again."""
        self.slides = FOREVER
        self.slid = 0
        """The last common expiry that has passed."""
        self.restored = 0
        self.checks = True
        """Whether the laws are checked after each row."""

    # -- looking ---------------------------------------------------------------------

    def sum(self, state: str, lot: int | None = None) -> int:
        return self.by_state[state] if lot is None else self.by_lot.get((lot, state), 0)

    @property
    def owed(self) -> int:
        return self.sum("owed")

    @property
    def active(self) -> int:
        return self.sum("available") - self.owed

    def is_hold(self, redemption: int) -> bool:
        """Whether the row is a hold that is neither committed nor released."""
        return (
            self.rows[redemption].kind is Kind.HOLD
            and self.rows[redemption].standing == "temporary"
        )

    def paid_state(self, redemption: int) -> str:
        return "held" if self.is_hold(redemption) else "spent"

    def expiry(self, lot: Lot) -> int:
        return self.slides if lot.sliding else lot.expires

    def spending_order(self, lots: list[Lot]) -> list[Lot]:
        return sorted(lots, key=lambda lot: (self.expiry(lot), lot.n))

    def allocation(self, redemption: int) -> dict[int, int]:
        return {
            spot[0]: self.bag[spot]
            for spot in sorted(spot for spot in self.bag if spot[2] == redemption)
        }

    def allocations(self) -> dict[int, dict[int, int]]:
        """Of all redemptions."""
        found: dict[int, dict[int, int]] = {
            row.n: {} for row in self.rows.values() if row.kind in TAKING
        }
        for lot, _, redemption in sorted(self.bag):
            if redemption:
                found[redemption][lot] = 0
        for (lot, _, redemption), amount in self.bag.items():
            if redemption:
                found[redemption][lot] += amount
        return found

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
            self.bag[spot] for spot in self.bag if spot[1] == "owed" and self.is_hold(spot[2])
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
        if self.owed and self.sum("available"):
            for redemption in sorted(spot[2] for spot in self.bag if spot[1] == "owed"):
                paid = min(self.bag[(0, "owed", redemption)], self.sum("available"))
                if paid:
                    self.move(row, paid, (0, "owed", redemption), None)
                    self.pay(row, redemption, paid)
        row.after = self.active
        self.clock = row.at
        if self.checks:
            check(self)
        return row

    def move(self, row: Entry, amount: int, source: Spot | None, target: Spot | None) -> None:
        if not amount:
            return
        assert amount > 0
        if source is not None:
            assert self.bag.get(source, 0) >= amount, (source, amount, self.bag)
            self.put(source, -amount)
        if target is not None:
            self.put(target, amount)
        if source and target and source[1] == "spent" and target[1] in ("available", "expired"):
            self.restored += amount
        row.moves.append(Move(amount, source, target))

    def put(self, spot: Spot, amount: int) -> None:
        """More or less points at the spot."""
        lot, state, _ = spot
        left = self.bag.get(spot, 0) + amount
        if left:
            self.bag[spot] = left
        else:
            del self.bag[spot]
        self.by_state[state] += amount
        self.by_lot[lot, state] = self.by_lot.get((lot, state), 0) + amount

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

    def pay(self, row: Entry, redemption: int, amount: int) -> None:
        """Available lots pay, soonest expiry first; what no lot pays is owed."""
        state = self.paid_state(redemption)
        usable = [lot for lot in self.lots.values() if self.sum("available", lot.n)]
        for lot in self.spending_order(usable):
            part = min(amount, self.sum("available", lot.n))
            self.move(row, part, (lot.n, "available", 0), (lot.n, state, redemption))
            amount -= part
        self.move(row, amount, None, (0, "owed", redemption))

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

    def take_back(self, row: Entry, redemption: int, amount: int, now: int) -> None:
        """Reverse an allocation: the deficit, then lots from the latest expiry to the soonest."""
        state = self.paid_state(redemption)
        owed = min(amount, self.bag.get((0, "owed", redemption), 0))
        self.move(row, owed, (0, "owed", redemption), None)
        amount -= owed
        paying = [lot for lot in self.lots.values() if (lot.n, state, redemption) in self.bag]
        for lot in reversed(self.spending_order(paying)):
            part = min(amount, self.bag[(lot.n, state, redemption)])
            if part:
                self.give_back(row, (lot.n, state, redemption), part, now)
                amount -= part
        assert amount == 0

    def slide(self, at: int, *, always: bool = True) -> None:
        """Activity postpones the expiry of sliding lots; lots that were past it stay dead."""
        policy = self.policy
        if policy.expiry.type is not ExpiryType.SLIDING:
            return
        passed = self.slides <= at
        if not always and not passed and self.slides != FOREVER:
            return
        if passed:
            self.slid = self.slides
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
