"""One account's working state, and the only way to change it.

A `Book` holds what is known of an account: its sums, its open lots in spending order, and
everything that waits for the clock. All that is open is always there. Closed lots, allocations
and journal rows are loaded only when a decision needs them: a decision that lacks one raises
`Unloaded` before it has changed anything.

Changes are made by an `Entry` (domain.decisions.entry) through the postings of domain.applying.

A copy shares lots, redemptions and movements with its book: an account in much use has a thousand
in memory, of which a decision concerns a few. Either copies one when it is first asked for it by
number: who changes something, or keeps it while something moves, asks by number.
"""

from collections.abc import Iterable

from stampbook.domain.facts import AccountFacts, Unloaded
from stampbook.domain.model import (
    AVAILABLE,
    FOREVER,
    HELD,
    NOBODY,
    PENDING,
    Lot,
    Movement,
    Record,
    Redemption,
    Sums,
    Transaction,
)
from stampbook.domain.packing import Kept, read_lot, unpack_row
from stampbook.domain.policy import Policy
from stampbook.domain.touched import Touched
from stampbook.domain.windows import Window, expiry_of


class Book:
    """An account in memory. Change it only through an `Entry`.

    The windows: `spendable` (expiry, lot) has the lots with available points, `waiting`
    (activation, lot) those with pending points that a date activates, `deadlines`
    (deadline, transaction) what the clock rolls back unless it is committed (or, if it waits for
    an event, activated) in time, and `owing` (0, redemption) the redemptions with a deficit.
    `owing_parts` is how many parts these have, `open_lots` are the numbers of all open lots.
    `complete` books hold everything and never raise Unloaded. Rows of a `draft` book are never
    saved: they have no hashes of their own. `slides_at` is the sliding lots' common expiry
    (FOREVER: none yet), `slid_at` the last such expiry that has passed (0: none).

    `touched` is what the row in the making has changed: between two rows a book has no such
    attribute, so a change outside a row raises. `records` are the unsaved rows. `own_lots`,
    `own_redemptions` and `own_movements` are those that no copy shares with the book (None: all).
    """

    __deletable__ = ("touched",)  # mypyc asks for it
    __slots__ = (
        "clock",
        "complete",
        "currency",
        "deadlines",
        "draft",
        "head",
        "known_paid_by",
        "lots",
        "lots_made",
        "member",
        "merged_into",
        "movements",
        "number",
        "open_lots",
        "owed",
        "owed_held",
        "owing",
        "owing_parts",
        "own_lots",
        "own_movements",
        "own_redemptions",
        "policy",
        "program",
        "records",
        "redemptions",
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

    touched: Touched

    def __init__(self, facts: AccountFacts, policy: Policy, *, complete: bool = False) -> None:
        self.policy = policy
        self.complete = complete
        self.draft = False
        self.number = facts.number
        self.shard = facts.shard
        self.tenant = facts.tenant
        self.program = facts.program
        self.currency = facts.currency
        self.member = facts.member
        self.status = facts.status
        self.version = facts.version
        self.merged_into = facts.merged_into
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
        self.lots: Kept[Lot] = Kept(read_lot)
        self.redemptions: dict[int, Redemption] = {}
        self.movements: dict[int, Movement] = {}
        self.own_lots: set[int] | None = None
        self.own_redemptions: set[int] | None = None
        self.own_movements: set[int] | None = None
        self.rows: Kept[Transaction] = Kept(unpack_row)
        self.known_paid_by: set[int] = set()
        self.open_lots: set[int] = set()
        self.spendable = Window()
        self.waiting = Window()
        self.deadlines = Window()
        self.owing = Window()
        self.owing_parts = 0
        self.records: list[Record] = []

    # -- what is known -------------------------------------------------------------

    @property
    def active(self) -> int:
        """The points that can be spent: available less deficit. It may be negative."""
        return self.split[AVAILABLE] - self.owed

    @property
    def total(self) -> int:
        return self.active + self.split[PENDING] + self.held

    @property
    def held(self) -> int:
        """The points that holds reserve, paid by lots or not."""
        return self.split[HELD] + self.owed_held

    @property
    def size(self) -> int:
        """How many lots and allocations are known: a bound on the work of a decision."""
        return len(self.lots) + len(self.redemptions)

    @property
    def next_due_at(self) -> int:
        """The earliest instant at which the clock changes something; FOREVER if none."""
        deadlines, waiting, spendable = self.deadlines.keys, self.waiting.keys, self.spendable.keys
        due = deadlines[0][0] if deadlines else FOREVER
        if waiting and waiting[0][0] < due:
            due = waiting[0][0]
        return due if not spendable or due <= spendable[0][0] else spendable[0][0]

    def sums(self) -> Sums:
        """The account's sums as they are now."""
        _, pending, available, held, spent, expired, revoked = self.split
        states = pending, available, held, spent, expired, revoked
        return Sums(*states, self.owed, self.owed_held, self.restored, self.next_due_at)

    def facts(self) -> AccountFacts:
        """Whose the account is, and its present sums and position in the journal."""
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
            merged_into=self.merged_into,
        )

    @property
    def new_rows(self) -> list[Transaction]:
        """The unsaved rows."""
        return [record.row for record in self.records]

    def lot(self, seq: int) -> Lot:
        """A lot by its number, to change it. Raises Unloaded."""
        lot = self.lots.made.get(seq) or self.lots.get(seq)
        if lot is None:
            raise Unloaded(lots=frozenset((seq,)))
        own = self.own_lots
        if own is not None and seq not in own:
            own.add(seq)
            lot = self.lots[seq] = lot.copy()
        return lot

    def new_lot(self, lot: Lot) -> None:
        """Add the next lot."""
        self.lots_made = lot.seq
        self.lots[lot.seq] = lot
        if self.own_lots is not None:
            self.own_lots.add(lot.seq)

    def redemption(self, seq: int) -> Redemption:
        """A redemption or hold with its whole allocation, to change it. Raises Unloaded."""
        redemption = self.redemptions.get(seq)
        if redemption is None:
            if not self.complete:
                raise Unloaded(redemptions=frozenset((seq,)))
            return self.new_redemption(seq, held=False)
        own = self.own_redemptions
        if own is not None and seq not in own:
            own.add(seq)
            redemption = self.redemptions[seq] = redemption.copy()
        return redemption

    def new_redemption(self, seq: int, *, held: bool) -> Redemption:
        """A redemption or hold that begins with nothing paid for it."""
        redemption = self.redemptions[seq] = Redemption(seq=seq, held=held)
        if self.own_redemptions is not None:
            self.own_redemptions.add(seq)
        return redemption

    def row(self, seq: int) -> Transaction | None:
        """A journal row; None if the journal has none of that number. Raises Unloaded."""
        if not 0 < seq <= self.seq:
            return None
        row = self.rows.made.get(seq) or self.rows.get(seq)
        if row is None:
            raise Unloaded(rows=frozenset((seq,)))
        return row

    def lacks(self, seq: int) -> bool:
        """Whether the journal has the row and the book does not."""
        return seq not in self.rows and 0 < seq <= self.seq

    def movement(self, seq: int) -> Movement:
        """The transaction's present standing, to change it. Raises Unloaded."""
        movement = self.movements.get(seq)
        if movement is None:
            row = self.row(seq)
            assert row is not None
            return self.new_movement(Movement(seq=seq, base=row.amount))
        own = self.own_movements
        if own is not None and seq not in own:
            own.add(seq)
            movement = self.movements[seq] = movement.copy()
        return movement

    def new_movement(self, movement: Movement) -> Movement:
        """Add the standing of a transaction that nothing has changed yet."""
        self.movements[movement.seq] = movement
        if self.own_movements is not None:
            self.own_movements.add(movement.seq)
        return movement

    def lots_of(self, row: Transaction) -> list[Lot]:
        """The lots that an accrual made, in their order. Raises Unloaded."""
        return [self.lot(terms.lot) for terms in row.terms]

    def require_paid_by(self, lots: list[Lot]) -> None:
        """Make sure that every redemption which these lots pay for is known. Raises Unloaded."""
        if self.complete:
            return
        missing = {
            lot.seq for lot in lots if (lot.held or lot.spent) and lot.seq not in self.known_paid_by
        }
        if missing:
            raise Unloaded(paid_by=frozenset(missing))

    def redemptions_of(self, lot: Lot) -> list[Redemption]:
        """The redemptions that the lot pays for, oldest first; call `require_paid_by` before."""
        found = (seq for seq, each in self.redemptions.items() if lot.seq in each.parts)
        return [self.redemption(seq) for seq in sorted(found)]

    def expires_at(self, lot: Lot) -> int:
        """When the lot expires: for a sliding lot, the account's common expiry."""
        return expiry_of(lot, self.slides_at, self.slid_at)

    # -- loading -------------------------------------------------------------------

    def take_found(
        self,
        lots: Iterable[Lot],
        redemptions: Iterable[Redemption],
        movements: Iterable[Movement],
        rows: Iterable[Transaction],
    ) -> None:
        """Add facts as the store has them, redemptions with their whole allocations; those that the
        book already knows stay as they are."""
        for lot in lots:
            if lot.seq in self.lots:
                continue
            self.lots[lot.seq] = lot
            if lot.is_open:
                self.open_lots.add(lot.seq)
            if lot.available:
                self.spendable.add((self.expires_at(lot), lot.seq))
            if lot.pending and lot.activates_at != FOREVER and not lot.locked:
                self.waiting.add((lot.activates_at, lot.seq))
        for redemption in redemptions:
            if redemption.seq not in self.redemptions:
                self.redemptions[redemption.seq] = redemption
                if redemption.parts.get(0):
                    self.owing.add((0, redemption.seq))
                    self.owing_parts += len(redemption.parts)
        for movement in movements:
            if movement.seq not in self.movements:
                self.movements[movement.seq] = movement
                if movement.deadline_at != FOREVER:
                    self.deadlines.add((movement.deadline_at, movement.seq))
        for row in rows:
            self.rows.add(row.seq, row)

    def arm(self, movement: Movement, deadline_at: int) -> None:
        """Set, move or (FOREVER) remove the deadline of a movement."""
        if movement.deadline_at != FOREVER:
            self.deadlines.discard((movement.deadline_at, movement.seq))
        movement.deadline_at = deadline_at
        if deadline_at != FOREVER:
            self.deadlines.add((deadline_at, movement.seq))
        self.touched.movements.add(movement.seq)

    # -- after a save --------------------------------------------------------------

    def saved(self) -> None:
        """Note that the store now has all rows of the book."""
        if self.records:
            self.saved_seq = self.seq
            self.saved_due_at = self.records[-1].sums.due_at
            self.records = []

    def prune(self) -> None:
        """Forget everything that can be loaded again; only a saved book can.

        Open lots, movements with a deadline and redemptions with a deficit stay: decisions rely on
        their being there.
        """
        assert not self.records, "only a saved book can be pruned"
        self.lots.keep(self.open_lots)
        self.redemptions = {n: each for n, each in self.redemptions.items() if each.parts.get(0)}
        kept = {key[1] for key in self.deadlines.keys}.union(self.redemptions)
        for seq in self.redemptions:
            # A row that pays its deficit needs its movement when its own row is forgotten.
            self.movement(seq)
        self.movements = {seq: m for seq, m in self.movements.items() if seq in kept}
        self.rows = Kept(unpack_row)
        self.known_paid_by = set()

    # -- copies --------------------------------------------------------------------

    def copy(self) -> "Book":
        """An independent copy, for decisions that are only tried: dry runs, groups, reads."""
        twin = Book(self.facts(), self.policy, complete=self.complete)
        twin.draft = self.draft
        twin.saved_seq = self.saved_seq
        twin.saved_due_at = self.saved_due_at
        twin.lots_made = self.lots_made
        twin.slides_at = self.slides_at
        twin.slid_at = self.slid_at
        twin.who = self.who
        twin.lots = self.lots.copy()
        twin.redemptions = self.redemptions.copy()
        twin.movements = self.movements.copy()
        for book in (self, twin):
            book.own_lots, book.own_redemptions, book.own_movements = set(), set(), set()
        twin.rows = self.rows.copy()
        twin.known_paid_by = self.known_paid_by.copy()
        twin.open_lots = self.open_lots.copy()
        twin.spendable = self.spendable.copy()
        twin.waiting = self.waiting.copy()
        twin.deadlines = self.deadlines.copy()
        twin.owing = self.owing.copy()
        twin.owing_parts = self.owing_parts
        twin.records = self.records.copy()
        return twin
