"""One account's working state, and the only way to change it.

A `Book` holds what is known of an account: its sums, its open lots in spending
order, what waits for the clock, and whatever closed lots, allocations and journal
rows a decision needs. Of what is closed it may know nothing, and a decision that
lacks a fact raises `Unloaded` before it has changed anything. What is open is always there.

Changes are made by an `Entry` (domain.entry) through the postings of domain.applying.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import Final, NamedTuple

from stampbook.domain.hashing import GENESIS
from stampbook.domain.model import (
    AVAILABLE,
    FOREVER,
    HELD,
    NOBODY,
    PENDING,
    AccountStatus,
    Lot,
    Movement,
    Payee,
    Record,
    Sums,
    Transaction,
)
from stampbook.domain.policy import Policy

Key = tuple[int, int]
"""An instant and a lot (or transaction) number: the order of every window."""


class Unloaded(Exception):
    """A decision needs facts that the book does not hold. Nothing has been changed.

    `rows`: transactions, with their movement, root, and the root's lots or allocation.
    `lots`: lots by number. `payers_of`: lots whose payees are wanted, each with all
    its parts, `payees` those by number. `subjects`: the movements of these subjects.
    """

    def __init__(
        self,
        *,
        rows: frozenset[int] = frozenset(),
        lots: frozenset[int] = frozenset(),
        payers_of: frozenset[int] = frozenset(),
        payees: frozenset[int] = frozenset(),
        subjects: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(rows, lots, payers_of, payees, subjects)
        self.rows = rows
        self.lots = lots
        self.payers_of = payers_of
        self.payees = payees
        self.subjects = subjects


class AccountFacts(NamedTuple):
    """Whose an account is, and what its last row says of it.

    `version` grows when the status changes. `seq` and `head` are the last row's number and hash,
    `clock` its instant: time never runs back in an account. `state_seq` is the newest row with
    the whole state.
    """

    number: int
    shard: int
    tenant: int
    program: int
    currency: int
    member: int
    status: AccountStatus
    version: int
    seq: int = 0
    clock: int = 0
    head: bytes = GENESIS
    state_seq: int = 0
    sums: Sums = Sums()


class Window:
    """An ordered list of keys."""

    __slots__ = ("keys",)

    def __init__(self) -> None:
        self.keys: list[Key] = []

    def add(self, key: Key) -> None:
        insort(self.keys, key)

    def discard(self, key: Key) -> None:
        keys = self.keys
        at = bisect_left(keys, key)
        if at < len(keys) and keys[at] == key:
            del keys[at]

    @property
    def first(self) -> Key | None:
        return self.keys[0] if self.keys else None

    def copy(self) -> "Window":
        twin = Window()
        twin.keys = self.keys.copy()
        return twin


def expiry_of(lot: Lot, slides_at: int, slid_at: int) -> int:
    """When the lot expires in an account whose sliding lots have this common expiry, and had that
    one before it."""
    # §3: what was activated at the very instant of a common expiry died with it; what was
    # made at that instant, after it, belongs to the next.
    if lot.sliding and (lot.created_at >= slid_at or lot.activates_at > slid_at):
        return slides_at
    return lot.expires_at


class Touched:
    """What a row in the making has changed.

    `parts` are (payee, lot) of allocations, `debtors` the redemptions that began to owe.
    """

    __slots__ = ("debtors", "lots", "movements", "parts")

    def __init__(self) -> None:
        self.lots: set[int] = set()
        self.movements: set[int] = set()
        self.parts: set[Key] = set()
        self.debtors: set[int] = set()

    def copy(self) -> "Touched":
        twin = Touched()
        twin.lots, twin.movements = self.lots.copy(), self.movements.copy()
        twin.parts, twin.debtors = self.parts.copy(), self.debtors.copy()
        return twin


UNTOUCHED: Final = Touched()
"""Of a book between two rows: its sets cannot be changed, so it serves all books."""
for _name in Touched.__slots__:
    setattr(UNTOUCHED, _name, frozenset())


class Book:
    """An account in memory. Change it only through an `Entry`.

    The windows: `spendable` (expiry, lot) of lots with available points, `waiting`
    (activation, lot) of lots with pending points that a date activates, `deadlines`
    (deadline, transaction) of what is rolled back unless it is committed (or, waiting for
    an event, activated) in time, `owing` (0, payee) of those with a deficit. `owing_parts` is how
    many parts these have, `open_lots` are the numbers of all lots that are open. `complete` books
    hold everything and never raise Unloaded. `slides_at` is the sliding lots' common expiry
    (FOREVER: none yet), `slid_at` the last such expiry that has passed (0: none).

    `touched` is what the row in the making has changed; `records` are the rows that are not saved.
    """

    __slots__ = (
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
        "number",
        "open_lots",
        "owed",
        "owed_held",
        "owing",
        "owing_parts",
        "payees",
        "policy",
        "program",
        "records",
        "restored",
        "rows",
        "saved_due_at",
        "saved_seq",
        "seq",
        "shard",
        "slid_at",
        "slides_at",
        "spendable",
        "split",
        "state_seq",
        "status",
        "tenant",
        "touched",
        "version",
        "waiting",
        "who",
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
        self.seq = self.saved_seq = facts.seq
        self.clock = facts.clock
        self.head = facts.head
        self.state_seq = facts.state_seq
        sums = facts.sums
        self.saved_due_at = sums.due_at
        self.split = [-sum(sums[:6]), *sums[:6]]
        self.owed = sums.owed
        self.owed_held = sums.owed_held
        self.restored = sums.restored
        self.lots_made = 0
        self.slides_at = FOREVER
        self.slid_at = 0
        self.who = NOBODY
        self.lots: dict[int, Lot] = {}
        self.payees: dict[int, Payee] = {}
        self.movements: dict[int, Movement] = {}
        self.rows: dict[int, Transaction] = {}
        self.known_payers: set[int] = set()
        self.open_lots: set[int] = set()
        self.spendable = Window()
        self.waiting = Window()
        self.deadlines = Window()
        self.owing = Window()
        self.owing_parts = 0
        self.records: list[Record] = []
        self.touched = UNTOUCHED

    # -- what is known -------------------------------------------------------------

    @property
    def active(self) -> int:
        """What can be spent: available less deficit. It may be negative."""
        return self.split[AVAILABLE] - self.owed

    @property
    def total(self) -> int:
        return self.active + self.split[PENDING] + self.held

    @property
    def held(self) -> int:
        """What temporary redemptions reserve, paid for by lots or not."""
        return self.split[HELD] + self.owed_held

    @property
    def size(self) -> int:
        """How many lots and allocations are known: how much work a decision can be."""
        return len(self.lots) + len(self.payees)

    @property
    def next_due_at(self) -> int:
        """The earliest instant at which the clock changes something; FOREVER if none."""
        deadlines, waiting, spendable = (
            self.deadlines.keys,
            self.waiting.keys,
            self.spendable.keys,
        )
        due = deadlines[0][0] if deadlines else FOREVER
        if waiting and waiting[0][0] < due:
            due = waiting[0][0]
        return due if not spendable or due <= spendable[0][0] else spendable[0][0]

    def sums(self) -> Sums:
        """The account's sums as they are now."""
        _, pending, available, held, spent, expired, revoked = self.split
        return Sums(
            pending,
            available,
            held,
            spent,
            expired,
            revoked,
            self.owed,
            self.owed_held,
            self.restored,
            self.next_due_at,
        )

    def facts(self) -> AccountFacts:
        """Whose the account is, and how it is now."""
        return self.identity()._replace(
            seq=self.seq,
            clock=self.clock,
            head=self.head,
            state_seq=self.state_seq,
            sums=self.sums(),
        )

    def identity(self) -> AccountFacts:
        """The account as it was before its first journal row."""
        return AccountFacts(
            number=self.number,
            shard=self.shard,
            tenant=self.tenant,
            program=self.program,
            currency=self.currency,
            member=self.member,
            status=self.status,
            version=self.version,
        )

    @property
    def new_rows(self) -> list[Transaction]:
        """The rows that are not saved."""
        return [record.row for record in self.records]

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

    def row(self, seq: int) -> Transaction | None:
        """A journal row; None if the journal has none of that number. Raises Unloaded."""
        if not 0 < seq <= self.seq:
            return None
        row = self.rows.get(seq)
        if row is None:
            raise Unloaded(rows=frozenset((seq,)))
        return row

    def lacks(self, seq: int) -> bool:
        """Whether the journal has the row and the book does not."""
        return seq not in self.rows and 0 < seq <= self.seq

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
        return expiry_of(lot, self.slides_at, self.slid_at)

    # -- loading -------------------------------------------------------------------

    def take_open(
        self, lots: Iterable[Lot], movements: Iterable[Movement], payees: Iterable[Payee]
    ) -> None:
        """Fill a new book with all that is open."""
        spendable, waiting, deadlines = self.spendable.keys, self.waiting.keys, self.deadlines.keys
        for lot in lots:
            self.lots[lot.seq] = lot
            self.open_lots.add(lot.seq)
            if lot.available:
                spendable.append((self.expires_at(lot), lot.seq))
            if lot.pending and lot.activates_at != FOREVER and not lot.locked:
                waiting.append((lot.activates_at, lot.seq))
        for movement in movements:
            self.movements[movement.seq] = movement
            if movement.deadline_at != FOREVER:
                deadlines.append((movement.deadline_at, movement.seq))
        for payee in payees:
            self.payees[payee.seq] = payee
            self.owing.keys.append((0, payee.seq))
            self.owing_parts += len(payee.parts)
        for window in (self.spendable, self.waiting, self.deadlines, self.owing):
            window.keys.sort()

    def take_lot(self, lot: Lot) -> None:
        """Add a lot as the store has it; what the book already knows wins."""
        if lot.seq in self.lots:
            return
        self.lots[lot.seq] = lot
        if lot.is_open:
            self.open_lots.add(lot.seq)
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
            self.owing_parts += len(payee.parts)

    def take_movement(self, movement: Movement) -> None:
        """Add a movement as the store has it; what the book already knows wins."""
        if movement.seq in self.movements:
            return
        self.movements[movement.seq] = movement
        if movement.deadline_at != FOREVER:
            self.deadlines.add((movement.deadline_at, movement.seq))

    def take_found(
        self,
        lots: Iterable[Lot],
        payees: Iterable[Payee],
        movements: Iterable[Movement],
        rows: Iterable[Transaction],
    ) -> None:
        """Add facts that were lacking; what the book already knows wins."""
        for lot in lots:
            self.take_lot(lot)
        for payee in payees:
            self.take_payee(payee)
        for movement in movements:
            self.take_movement(movement)
        for row in rows:
            self.rows.setdefault(row.seq, row)

    def arm(self, movement: Movement, deadline_at: int) -> None:
        """Set, move or (FOREVER) take away the deadline of a movement."""
        if movement.deadline_at != FOREVER:
            self.deadlines.discard((movement.deadline_at, movement.seq))
        movement.deadline_at = deadline_at
        if deadline_at != FOREVER:
            self.deadlines.add((deadline_at, movement.seq))
        self.touched.movements.add(movement.seq)

    # -- after a save --------------------------------------------------------------

    def saved(self) -> None:
        """The store has everything: there is nothing new any more."""
        if self.records:
            self.saved_seq = self.seq
            self.saved_due_at = self.records[-1].sums.due_at
            self.records = []

    def prune(self) -> None:
        """Let go of all that the store can bring again; a saved book only.

        What stays: what is open, what has a deadline, what is owed.
        """
        assert not self.records, "only a saved book can be pruned"
        open_lots = self.open_lots
        self.lots = {seq: lot for seq, lot in self.lots.items() if seq in open_lots}
        self.payees = {seq: payee for seq, payee in self.payees.items() if payee.parts.get(0)}
        kept = {key[1] for key in self.deadlines.keys}.union(self.payees)
        for seq in self.payees:
            self.movement(seq)  # a row that pays it must know, when its own row is gone from here
        self.movements = {seq: m for seq, m in self.movements.items() if seq in kept}
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
        for name in ("spendable", "waiting", "deadlines", "owing", "rows", "known_payers"):
            setattr(twin, name, getattr(self, name).copy())
        for name in ("open_lots", "records", "touched"):
            setattr(twin, name, getattr(self, name).copy())
        return twin
