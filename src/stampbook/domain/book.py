"""One account's working state, and the only way to change it.

A `Book` holds what is known of an account: its sums, its open lots in spending
order, what waits for the clock, and whatever closed lots, allocations and journal
rows a decision needs. It may be partial: a store loads pages, and a decision that
lacks a fact raises `Unloaded` before it has changed anything.

Changes are made by an `Entry` (domain.entry) through the postings of domain.applying.
"""

from bisect import bisect_left, bisect_right, insort
from typing import NamedTuple

from stampbook.domain.hashing import GENESIS
from stampbook.domain.model import (
    FOREVER,
    AccountStatus,
    Lot,
    Movement,
    Payee,
    State,
    Transaction,
)
from stampbook.domain.policy import Policy

KEPT_KEYS = 64
"""How much of a long window a pruned book keeps: a page."""

Key = tuple[int, int]
"""An instant and a lot (or transaction) number: the order of every window."""


class Unloaded(Exception):
    """A decision needs facts that the book does not hold. Nothing has been changed.

    `rows`: transactions, with their movement, root, and the root's lots or allocation.
    `lots`: lots by number. `payers_of`: lots whose payees are wanted, each with all
    its parts, `payees` those by number. `subjects`: the movements of these subjects.
    `windows`: names of the windows of which the next page is wanted.
    """

    def __init__(
        self,
        *,
        rows: frozenset[int] = frozenset(),
        lots: frozenset[int] = frozenset(),
        payers_of: frozenset[int] = frozenset(),
        payees: frozenset[int] = frozenset(),
        subjects: frozenset[str] = frozenset(),
        windows: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(rows, lots, payers_of, payees, subjects, windows)
        self.rows = rows
        self.lots = lots
        self.payers_of = payers_of
        self.payees = payees
        self.subjects = subjects
        self.windows = windows


class AccountFacts(NamedTuple):
    """What an account's row says. `split` are the sums of its lots by state.

    `owed` is the deficit of all its redemptions and holds, `owed_held` the holds'
    share of it. `clock` is the instant of the last journal row: time never runs back
    in an account. `slides_at` is the sliding lots' common expiry (FOREVER: none
    yet), `slid_at` the last such expiry that has passed (0: none).
    """

    number: int
    shard: int
    tenant: int
    program: int
    currency: int
    member: int
    status: AccountStatus
    version: int
    seq: int
    lots: int
    clock: int
    head: bytes
    issued: int
    pending: int
    available: int
    held: int
    spent: int
    expired: int
    revoked: int
    owed: int
    owed_held: int
    restored: int
    slides_at: int
    slid_at: int
    next_due_at: int


class Window:
    """The beginning of an ordered list of keys that may go on in the store.

    `horizon` is the last key up to which the window is complete; None when it is
    complete altogether.
    """

    __slots__ = ("horizon", "keys")

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.horizon: Key | None = None

    def add(self, key: Key) -> None:
        insort(self.keys, key)

    def discard(self, key: Key) -> None:
        keys = self.keys
        at = bisect_left(keys, key)
        if at < len(keys) and keys[at] == key:
            del keys[at]

    def first(self, name: str) -> Key | None:
        """The first key. Raises Unloaded when the store must be asked for more."""
        keys = self.keys
        if self.horizon is not None and (not keys or keys[0] > self.horizon):
            raise Unloaded(windows=frozenset((name,)))
        return keys[0] if keys else None

    def shorten(self, size: int) -> None:
        """Keep at most so many keys, none beyond the horizon."""
        if self.horizon is not None:
            del self.keys[bisect_right(self.keys, self.horizon) :]
        if len(self.keys) > size:
            del self.keys[size:]
            self.horizon = self.keys[-1]

    def copy(self) -> "Window":
        twin = Window()
        twin.keys = self.keys.copy()
        twin.horizon = self.horizon
        return twin


class Book:
    """An account in memory. Change it only through an `Entry`.

    The windows: `spendable` (expiry, lot) of lots with available points, `waiting`
    (activation, lot) of lots with pending points that a date activates, `deadlines`
    (deadline, transaction) of what is rolled back unless it is committed (or, waiting for
    an event, activated) in time, `owing` (0, payee) of those
    with a deficit. `complete` books hold everything and never raise Unloaded.
    """

    __slots__ = (
        "changed_lots",
        "changed_movements",
        "changed_parts",
        "clock",
        "complete",
        "currency",
        "deadlines",
        "head",
        "known_payers",
        "lots",
        "lots_made",
        "member",
        "movements",
        "new_lots",
        "new_rows",
        "number",
        "owed",
        "owed_held",
        "owing",
        "payees",
        "policy",
        "program",
        "restored",
        "rows",
        "saved_version",
        "seq",
        "shard",
        "slid_at",
        "slides_at",
        "spendable",
        "split",
        "status",
        "tenant",
        "version",
        "waiting",
    )

    def __init__(self, facts: AccountFacts, policy: Policy, *, complete: bool = False) -> None:
        self.policy = policy
        self.complete = complete
        self.number = facts.number
        self.shard = facts.shard
        self.tenant = facts.tenant
        self.program = facts.program
        self.currency = facts.currency
        self.member = facts.member
        self.status = facts.status
        self.version = facts.version
        self.saved_version = facts.version
        self.seq = facts.seq
        self.lots_made = facts.lots
        self.clock = facts.clock
        self.head = facts.head
        self.split = [
            -facts.issued,
            facts.pending,
            facts.available,
            facts.held,
            facts.spent,
            facts.expired,
            facts.revoked,
        ]
        self.owed = facts.owed
        self.owed_held = facts.owed_held
        self.restored = facts.restored
        self.slides_at = facts.slides_at
        self.slid_at = facts.slid_at
        self.lots: dict[int, Lot] = {}
        self.payees: dict[int, Payee] = {}
        self.movements: dict[int, Movement] = {}
        self.rows: dict[int, Transaction] = {}
        self.known_payers: set[int] = set()
        self.spendable = Window()
        self.waiting = Window()
        self.deadlines = Window()
        self.owing = Window()
        self.new_rows: list[Transaction] = []
        self.new_lots: list[int] = []
        self.changed_lots: set[int] = set()
        self.changed_parts: set[Key] = set()
        self.changed_movements: set[int] = set()

    # -- what is known -------------------------------------------------------------

    @property
    def active(self) -> int:
        """What can be spent: available less deficit. It may be negative."""
        return self.split[State.AVAILABLE] - self.owed

    @property
    def total(self) -> int:
        return self.active + self.split[State.PENDING] + self.held

    @property
    def held(self) -> int:
        """What temporary redemptions reserve, paid for by lots or not."""
        return self.split[State.HELD] + self.owed_held

    @property
    def next_due_at(self) -> int:
        """The earliest instant at which the clock changes something; FOREVER if none.

        Raises Unloaded when a window must be paged to know.
        """
        deadline = self.deadlines.first("deadlines")
        activation = self.waiting.first("waiting")
        expiry = self.spendable.first("spendable")
        due = FOREVER if deadline is None else deadline[0]
        if activation is not None and activation[0] < due:
            due = activation[0]
        return due if expiry is None or due <= expiry[0] else expiry[0]

    def first(self, window: str) -> Key | None:
        return self.window(window).first(window)

    def window(self, name: str) -> Window:
        """One of the four windows by its name."""
        found: Window = getattr(self, name)
        return found

    def facts(self, version: int | None = None) -> AccountFacts:
        """The account's row as it is now, under another version if one is given."""
        issued, pending, available, held, spent, expired, revoked = self.split
        return AccountFacts(
            self.number,
            self.shard,
            self.tenant,
            self.program,
            self.currency,
            self.member,
            self.status,
            self.version if version is None else version,
            self.seq,
            self.lots_made,
            self.clock,
            self.head,
            -issued,
            pending,
            available,
            held,
            spent,
            expired,
            revoked,
            self.owed,
            self.owed_held,
            self.restored,
            self.slides_at,
            self.slid_at,
            self.next_due_at,
        )

    def identity(self) -> AccountFacts:
        """The account's row as it was before its first journal row."""
        return AccountFacts(
            number=self.number,
            shard=self.shard,
            tenant=self.tenant,
            program=self.program,
            currency=self.currency,
            member=self.member,
            status=self.status,
            version=self.version,
            seq=0,
            lots=0,
            clock=0,
            head=GENESIS,
            issued=0,
            pending=0,
            available=0,
            held=0,
            spent=0,
            expired=0,
            revoked=0,
            owed=0,
            owed_held=0,
            restored=0,
            slides_at=FOREVER,
            slid_at=0,
            next_due_at=FOREVER,
        )

    def lot(self, seq: int) -> Lot:
        """A lot by its number. Raises Unloaded."""
        lot = self.lots.get(seq)
        if lot is None:
            raise Unloaded(lots=frozenset((seq,)))
        return lot

    def payee(self, seq: int) -> Payee:
        """A redemption or hold with its whole allocation. Raises Unloaded."""
        payee = self.payees.get(seq)
        if payee is None:
            if not self.complete:
                raise Unloaded(payees=frozenset((seq,)))
            payee = self.payees[seq] = Payee(seq=seq, held=False)
        return payee

    def new_payee(self, seq: int, *, held: bool) -> Payee:
        """A redemption or hold that begins with nothing paid for it."""
        payee = self.payees[seq] = Payee(seq=seq, held=held)
        return payee

    def require_spendable(self, amount: int) -> None:
        """Make sure that `take` of `amount` can run to its end. Raises Unloaded."""
        horizon = self.spendable.horizon
        if horizon is None or amount <= 0:
            return
        for key in self.spendable.keys:
            if key > horizon:
                break
            amount -= self.lots[key[1]].available
            if amount <= 0:
                return
        raise Unloaded(windows=frozenset(("spendable",)))

    def row(self, seq: int) -> Transaction | None:
        """A journal row; None if the journal has none of that number. Raises Unloaded."""
        if not 0 < seq <= self.seq:
            return None
        row = self.rows.get(seq)
        if row is None:
            raise Unloaded(rows=frozenset((seq,)))
        return row

    def movement(self, seq: int) -> Movement:
        """How the transaction stands now. Raises Unloaded."""
        movement = self.movements.get(seq)
        if movement is None:
            row = self.row(seq)
            assert row is not None
            movement = self.movements[seq] = Movement(seq=seq, base=row.amount)
        return movement

    def lots_of(self, row: Transaction) -> list[Lot]:
        """The lots that an accrual made, in their order. Raises Unloaded."""
        return [self.lot(terms.lot) for terms in row.terms]

    def payers_loaded(self, lots: list[Lot]) -> None:
        """Make sure that all who are paid by these lots are known. Raises Unloaded."""
        if self.complete:
            return
        missing = {
            lot.seq for lot in lots if (lot.held or lot.spent) and lot.seq not in self.known_payers
        }
        if missing:
            raise Unloaded(payers_of=frozenset(missing))

    def payees_of(self, lot: Lot) -> list[Payee]:
        """Who is paid by the lot, oldest first; `payers_loaded` must have passed."""
        return sorted(
            (payee for payee in self.payees.values() if lot.seq in payee.parts),
            key=lambda payee: payee.seq,
        )

    def expires_at(self, lot: Lot) -> int:
        """When the lot expires: of a sliding lot the account's common instant."""
        # §3: what was activated at the very instant of a common expiry died with it; what was
        # made at that instant, after it, belongs to the next.
        if lot.sliding and (lot.created_at >= self.slid_at or lot.activates_at > self.slid_at):
            return self.slides_at
        return lot.expires_at

    # -- loading -------------------------------------------------------------------

    def take_lot(self, lot: Lot) -> None:
        """Add a lot as the store has it; what the book already knows wins."""
        if lot.seq in self.lots:
            return
        self.lots[lot.seq] = lot
        if lot.available:
            self.spendable.add((self.expires_at(lot), lot.seq))
        if lot.pending and lot.activates_at != FOREVER and not lot.locked:
            self.waiting.add((lot.activates_at, lot.seq))

    def take_payee(self, payee: Payee) -> None:
        """Add a payee with its whole allocation; what the book already knows wins."""
        if payee.seq in self.payees:
            return
        self.payees[payee.seq] = payee
        if payee.parts.get(0):
            self.owing.add((0, payee.seq))

    def take_movement(self, movement: Movement) -> None:
        """Add a movement as the store has it; what the book already knows wins."""
        if movement.seq in self.movements:
            return
        self.movements[movement.seq] = movement
        if movement.deadline_at != FOREVER:
            self.deadlines.add((movement.deadline_at, movement.seq))

    def arm(self, movement: Movement, deadline_at: int) -> None:
        """Set, move or (FOREVER) take away the deadline of a movement."""
        if movement.deadline_at != FOREVER:
            self.deadlines.discard((movement.deadline_at, movement.seq))
        movement.deadline_at = deadline_at
        if deadline_at != FOREVER:
            self.deadlines.add((deadline_at, movement.seq))
        self.changed_movements.add(movement.seq)

    # -- after a save --------------------------------------------------------------

    def saved(self) -> None:
        """The store has everything: there is nothing new any more."""
        self.version = self.saved_version = self.saved_version + 1
        self.new_rows = []
        self.new_lots = []
        self.changed_lots.clear()
        self.changed_parts.clear()
        self.changed_movements.clear()

    def prune(self) -> None:
        """Let go of all that the store can bring again; a saved book only.

        What stays: the windows (of long ones the beginning), their lots, what is owed.
        """
        assert not self.new_rows, "only a saved book can be pruned"
        self.waiting.shorten(KEPT_KEYS)
        self.deadlines.shorten(KEPT_KEYS)
        if self.slides_at == FOREVER:  # else no page brings a lot that slept while others slid
            self.spendable.shorten(KEPT_KEYS)
        lots = {key[1] for key in self.spendable.keys} | {key[1] for key in self.waiting.keys}
        self.lots = {seq: lot for seq, lot in self.lots.items() if seq in lots}
        self.payees = {seq: payee for seq, payee in self.payees.items() if payee.parts.get(0)}
        armed = {key[1] for key in self.deadlines.keys}
        self.movements = {seq: m for seq, m in self.movements.items() if seq in armed}
        self.rows = {}
        self.known_payers = set()

    # -- copies --------------------------------------------------------------------

    def copy(self) -> "Book":
        """An independent twin, for what is only tried: dry runs, atomic groups, reads."""
        twin = Book.__new__(Book)
        for name in Book.__slots__:
            setattr(twin, name, getattr(self, name))
        twin.split = self.split.copy()
        twin.lots = {seq: lot.copy() for seq, lot in self.lots.items()}
        twin.payees = {seq: payee.copy() for seq, payee in self.payees.items()}
        twin.movements = {seq: movement.copy() for seq, movement in self.movements.items()}
        twin.rows = self.rows.copy()
        twin.known_payers = self.known_payers.copy()
        for name in ("spendable", "waiting", "deadlines", "owing"):
            setattr(twin, name, getattr(self, name).copy())
        twin.new_rows = self.new_rows.copy()
        twin.new_lots = self.new_lots.copy()
        twin.changed_lots = self.changed_lots.copy()
        twin.changed_parts = self.changed_parts.copy()
        twin.changed_movements = self.changed_movements.copy()
        return twin
