"""One account's working state, and the only way to change it.

A `Book` holds what is known of an account: its sums, its open lots in spending
order, what waits for the clock, and whatever closed lots, allocations and journal
rows a decision needs. It may be partial: a store loads pages, and a decision that
lacks a fact raises `Unloaded` before it has changed anything.

Changes are made by an `Entry`: it moves amounts between states, keeps every sum
and index true, pays deficits with what became available, and ends as one row of
the journal. Replay (audit) uses the same moves, so the journal alone rebuilds a book.
"""

from bisect import bisect_left, insort
from typing import NamedTuple

from stampbook.domain.commands import NO_NOTE, Note
from stampbook.domain.hashing import row_hash
from stampbook.domain.model import (
    FOREVER,
    AccountStatus,
    Kind,
    Lot,
    LotTerms,
    Movement,
    Payee,
    Posting,
    State,
    Status,
    Transaction,
)
from stampbook.domain.policy import Policy

PENDING, AVAILABLE, HELD, SPENT = State.PENDING, State.AVAILABLE, State.HELD, State.SPENT
EXPIRED, REVOKED = State.EXPIRED, State.REVOKED
OUTSIDE, OWED = State.OUTSIDE, State.OWED
DOOMED, REINSTATED = State.DOOMED, State.REINSTATED

Key = tuple[int, int]
"""An instant and a lot (or transaction) number: the order of every window."""


class Unloaded(Exception):
    """A decision needs facts that the book does not hold. Nothing has been changed.

    `rows`: transactions, with their movement, root, and the root's lots or allocation.
    `lots`: lots by number. `payers_of`: lots whose payees are wanted, each with all
    its parts. `windows`: names of the windows of which the next page is wanted.
    """

    def __init__(
        self,
        *,
        rows: frozenset[int] = frozenset(),
        lots: frozenset[int] = frozenset(),
        payers_of: frozenset[int] = frozenset(),
        payees: frozenset[int] = frozenset(),
        windows: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(rows, lots, payers_of, payees, windows)
        self.rows = rows
        self.lots = lots
        self.payers_of = payers_of
        self.payees = payees
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
        return self.split[AVAILABLE] - self.owed

    @property
    def total(self) -> int:
        return self.active + self.split[PENDING] + self.held

    @property
    def held(self) -> int:
        """What temporary redemptions reserve, paid for by lots or not."""
        return self.split[HELD] + self.owed_held

    @property
    def next_due_at(self) -> int:
        """The earliest instant at which the clock changes something; FOREVER if none.

        Raises Unloaded when a window must be paged to know.
        """
        due = FOREVER
        for name in ("deadlines", "waiting", "spendable"):
            key = self.first(name)
            if key is not None and key[0] < due:
                due = key[0]
        return due

    def first(self, window: str) -> Key | None:
        found: Window = getattr(self, window)
        return found.first(window)

    def facts(self) -> AccountFacts:
        """The account's row as it is now."""
        split = self.split
        return AccountFacts(
            number=self.number,
            shard=self.shard,
            tenant=self.tenant,
            program=self.program,
            currency=self.currency,
            member=self.member,
            status=self.status,
            version=self.version,
            seq=self.seq,
            lots=self.lots_made,
            clock=self.clock,
            head=self.head,
            issued=-split[0],
            pending=split[1],
            available=split[2],
            held=split[3],
            spent=split[4],
            expired=split[5],
            revoked=split[6],
            owed=self.owed,
            owed_held=self.owed_held,
            restored=self.restored,
            slides_at=self.slides_at,
            slid_at=self.slid_at,
            next_due_at=self.next_due_at,
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
            lot.seq
            for lot in lots
            if (lot.held or lot.spent) and lot.seq not in self.known_payers
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
        if lot.sliding and max(lot.activates_at, lot.created_at) >= self.slid_at:
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


class Entry:
    """One journal row in the making.

    Open it once every guard has passed; `move` as the decision says; `close` pays
    deficits with what became available, hashes the row and appends it to the book.
    """

    __slots__ = ("balance_before", "book", "postings", "seq", "terms")

    def __init__(self, book: Book) -> None:
        self.book = book
        self.seq = book.seq + 1
        self.balance_before = book.active
        self.postings: list[Posting] = []
        self.terms: list[LotTerms] = []

    def issue(
        self,
        amount: int,
        *,
        into: State,
        activates_at: int,
        expires_at: int,
        now: int,
        sliding: bool = False,
        grace: bool = False,
        locked: bool = False,
    ) -> Lot:
        """Make a lot of `amount` in state `into`."""
        book = self.book
        book.lots_made += 1
        lot = Lot(
            seq=book.lots_made,
            accrued_by=self.seq,
            activates_at=activates_at,
            expires_at=expires_at,
            created_at=now,
            sliding=sliding,
            grace=grace,
            locked=locked,
        )
        book.lots[lot.seq] = lot
        book.new_lots.append(lot.seq)
        self.terms.append(LotTerms(lot.seq, activates_at, expires_at, sliding, grace, locked))
        self.move(lot, amount, OUTSIDE, into)
        return lot

    def date(self, lot: Lot, *, activates_at: int, expires_at: int) -> None:
        """Give a lot that nothing dated yet its dates, and unlock it."""
        apply_terms(
            self.book,
            LotTerms(lot.seq, activates_at, expires_at, lot.sliding, lot.grace, False),
        )
        self.terms.append(
            LotTerms(lot.seq, activates_at, expires_at, lot.sliding, lot.grace, False)
        )

    def move(self, lot: Lot, amount: int, source: State, target: State, payee: int = 0) -> None:
        """Move `amount` (> 0) of the lot from one state to another."""
        self.post(Posting(lot.seq, amount, source, target, payee))

    def owe(self, payee: int, amount: int) -> None:
        """What `payee` lacks grows by `amount`."""
        self.post(Posting(0, amount, OUTSIDE, OWED, payee))

    def forgive(self, payee: int, amount: int) -> None:
        """What `payee` lacks shrinks by `amount`."""
        self.post(Posting(0, amount, OWED, OUTSIDE, payee))

    def doom(self, lot: Lot, amount: int) -> None:
        """Of what comes back to the lot, `amount` will be revoked (policy `clamp`)."""
        self.post(Posting(lot.seq, amount, OUTSIDE, DOOMED))

    def spare(self, lot: Lot, amount: int) -> None:
        """Take `amount` back of what `doom` announced."""
        self.post(Posting(lot.seq, amount, DOOMED, OUTSIDE))

    def mark_reinstated(self, lot: Lot, amount: int) -> None:
        """Of the lot's expired part, `amount` lives on in a lot that an operator made."""
        self.post(Posting(lot.seq, amount, OUTSIDE, REINSTATED))

    def unmark_reinstated(self, lot: Lot, amount: int) -> None:
        """Take `amount` back of what `mark_reinstated` noted."""
        self.post(Posting(lot.seq, amount, REINSTATED, OUTSIDE))

    def post(self, posting: Posting) -> None:
        """Apply a posting and write it down."""
        apply_posting(self.book, posting)
        self.postings.append(posting)

    def take(self, payee: Payee, amount: int, *, overdraw: bool = True) -> int:
        """Let available lots pay `amount` for the payee, soonest expiry first.

        What no lot pays becomes the payee's deficit, if `overdraw`. Returns it.
        """
        book = self.book
        target = HELD if payee.held else SPENT
        while amount:
            key = book.first("spendable")
            if key is None:
                break
            lot = book.lots[key[1]]
            part = min(amount, lot.available)
            self.move(lot, part, AVAILABLE, target, payee.seq)
            amount -= part
        if amount and overdraw:
            self.owe(payee.seq, amount)
        return amount

    def give_back(self, lot: Lot, amount: int, *, payee: Payee, now: int) -> None:
        """Return what the payee took from the lot: semantics.md §5.1.

        A lot's doomed part is revoked; a live lot has its points again; what is past
        its expiry expires in the same instant, or lives on in a new lot by the policy
        `grace`. Also used when a hold is released.
        """
        book = self.book
        source = HELD if payee.held else SPENT
        if lot.doomed:
            dead = min(amount, lot.doomed)
            self.move(lot, dead, source, REVOKED, payee.seq)
            self.spare(lot, dead)
            amount -= dead
            if not amount:
                return
        if now < book.expires_at(lot):
            self.move(lot, amount, source, AVAILABLE, payee.seq)
            return
        policy = book.policy
        if policy.expired_restore == "grace" and not lot.grace:
            self.move(lot, amount, source, EXPIRED, payee.seq)
            self.issue(
                amount,
                into=AVAILABLE,
                activates_at=now,
                expires_at=now + policy.grace_s * 1_000_000,
                now=now,
                grace=True,
            )
            return
        self.move(lot, amount, source, AVAILABLE, payee.seq)
        self.move(lot, amount, AVAILABLE, EXPIRED)

    def pay_deficits(self) -> None:
        """Let what is available pay what is owed, the oldest deficit first."""
        book = self.book
        while book.owed and book.split[AVAILABLE]:
            key = book.first("owing")
            assert key is not None
            payee = book.payees[key[1]]
            paid = min(payee.parts[0], book.split[AVAILABLE])
            self.forgive(payee.seq, paid)
            left = self.take(payee, paid, overdraw=False)
            assert left == 0

    def close(
        self,
        kind: Kind,
        amount: int,
        *,
        now: int,
        note: Note = NO_NOTE,
        target: int = 0,
        root: int = 0,
        link: int = 0,
        peer: int = 0,
        by_clock: bool = False,
        deadline_at: int = FOREVER,
        slides_at: int = FOREVER,
        shortfall: int = 0,
    ) -> Transaction:
        """Finish the row: deficits paid, balances, hash; append it to the book."""
        self.pay_deficits()
        book = self.book
        content = (
            book.number,
            self.seq,
            kind,
            amount,
            self.balance_before,
            book.active,
            now,
            now if note.effective_at is None else note.effective_at,
            target,
            root or self.seq,
            link,
            peer,
            by_clock,
            deadline_at,
            slides_at,
            shortfall,
            note.external_id,
            note.reason,
            note.actor,
            note.metadata,
            note.subject,
            tuple(self.postings),
            tuple(self.terms),
        )
        row = Transaction(*content, row_hash(book.head, content))
        append_row(book, row)
        book.new_rows.append(row)
        return row


def append_row(book: Book, row: Transaction) -> None:
    """Make the row the journal's last. Its postings are already applied."""
    book.seq = row.seq
    book.clock = row.recorded_at
    book.head = row.hash
    book.rows[row.seq] = row


def apply_terms(book: Book, terms: LotTerms) -> None:
    """Give a lot the dates that a journal row names."""
    lot = book.lots[terms.lot]
    if lot.pending and not lot.locked and lot.activates_at != FOREVER:
        book.waiting.discard((lot.activates_at, lot.seq))
    if lot.available:
        book.spendable.discard((book.expires_at(lot), lot.seq))
    lot.activates_at = terms.activates_at
    lot.expires_at = terms.expires_at
    lot.locked = terms.locked
    if lot.available:
        book.spendable.add((book.expires_at(lot), lot.seq))
    if lot.pending and not lot.locked and lot.activates_at != FOREVER:
        book.waiting.add((lot.activates_at, lot.seq))
    book.changed_lots.add(lot.seq)


def apply_posting(book: Book, posting: Posting) -> None:
    """The one place where amounts move: decisions and replay both go through it."""
    lot_seq, amount, source, target, payee_seq = posting
    if lot_seq == 0:
        _apply_debt(book, payee_seq, amount if target is OWED else -amount)
        return
    lot = book.lots[lot_seq]
    book.changed_lots.add(lot_seq)
    if source >= DOOMED or target >= DOOMED:
        _apply_mark(lot, amount, source, target)
        return
    split, sums = lot.split, book.split
    pending, available = split[1], split[2]
    split[source] -= amount
    split[target] += amount
    sums[source] -= amount
    sums[target] += amount
    if (pending == 0) != (split[1] == 0) and lot.activates_at != FOREVER and not lot.locked:
        key = (lot.activates_at, lot_seq)
        (book.waiting.add if split[1] else book.waiting.discard)(key)
    if (available == 0) != (split[2] == 0):
        key = (book.expires_at(lot), lot_seq)
        (book.spendable.add if split[2] else book.spendable.discard)(key)
    if payee_seq:
        _apply_part(book, payee_seq, lot_seq, amount, source, target)


def _apply_mark(lot: Lot, amount: int, source: State, target: State) -> None:
    """Postings that count something beside the six states of the lot."""
    if source is DOOMED or target is DOOMED:
        lot.doomed += amount if target is DOOMED else -amount
    else:
        lot.reinstated += amount if target is REINSTATED else -amount


def _apply_part(
    book: Book, payee_seq: int, lot_seq: int, amount: int, source: State, target: State
) -> None:
    """A posting that names a payee changes its allocation when it pays or stops paying."""
    payee = book.payee(payee_seq)
    paid_after = target is SPENT or target is HELD
    if paid_after and source is HELD:
        book.changed_parts.add((payee_seq, lot_seq))
        return
    part = payee.parts.get(lot_seq, 0) + (amount if paid_after else -amount)
    if part:
        payee.parts[lot_seq] = part
    else:
        payee.parts.pop(lot_seq, None)
    book.changed_parts.add((payee_seq, lot_seq))
    if source is SPENT and (target is AVAILABLE or target is EXPIRED):
        book.restored += amount


def apply_commit(book: Book, payee: Payee) -> None:
    """A hold that is committed owes as a redemption does; its parts follow by postings."""
    book.owed_held -= payee.parts.get(0, 0)
    payee.held = False
    book.changed_parts.update((payee.seq, lot) for lot in payee.parts)


def _apply_debt(book: Book, payee_seq: int, amount: int) -> None:
    payee = book.payee(payee_seq)
    before = payee.parts.get(0, 0)
    after = before + amount
    if after:
        payee.parts[0] = after
    else:
        payee.parts.pop(0, None)
    book.owed += amount
    if payee.held:
        book.owed_held += amount
    if not before:
        book.owing.add((0, payee_seq))
    elif not after:
        book.owing.discard((0, payee_seq))
    book.changed_parts.add((payee_seq, 0))
