"""The words of the ledger as types: states, lots, movements, transactions.

Units: every amount is an integer of the currency's smallest unit, every instant
an integer of microseconds since 1970 UTC. `FOREVER` means "no such instant".
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from enum import IntEnum
from operator import attrgetter
from typing import Final, NamedTuple

FOREVER: Final = 2**63 - 1
"""The instant that never comes: a lot that never expires, or waits for an event."""

PASSAGE: Final = "merge:"
"""How the subjects of rows begin that pass from a merged account to the one that took over."""

MAX_AMOUNT: Final = 9 * 10**15
"""The largest amount of one operation: it stays exact in a JavaScript number."""

SEQUENCE_BITS: Final = 23
ACCOUNT_BITS: Final = 30
MAX_SEQUENCE: Final = 2**SEQUENCE_BITS - 1
MAX_ACCOUNT: Final = 2**ACCOUNT_BITS - 1
MICROSECONDS: Final = 1_000_000


class State(IntEnum):
    """Where a part of a lot is: the six states of semantics.md §2, and three that are bookkeeping.

    `OUTSIDE` is the source of what is issued. `OWED` counts what a redemption or
    hold lacks (postings of lot 0). `CLAIMED` counts, beside the six states, what
    the policy `clamp` will revoke as soon as it comes back to its lot.
    """

    OUTSIDE = 0
    PENDING = 1
    AVAILABLE = 2
    HELD = 3
    SPENT = 4
    EXPIRED = 5
    REVOKED = 6
    OWED = 7
    CLAIMED = 8
    REINSTATED = 9


PENDING: Final = State.PENDING
AVAILABLE: Final = State.AVAILABLE
HELD: Final = State.HELD
SPENT: Final = State.SPENT
EXPIRED: Final = State.EXPIRED
REVOKED: Final = State.REVOKED
OUTSIDE: Final = State.OUTSIDE
OWED: Final = State.OWED
CLAIMED: Final = State.CLAIMED
REINSTATED: Final = State.REINSTATED


class Kind(IntEnum):
    """What a transaction does. `wire` is the word the native API uses."""

    ACCRUE = 1
    REDEEM = 2
    HOLD = 3
    COMMIT = 4
    RELEASE = 5
    ACTIVATE = 6
    EXPIRE = 7
    CANCEL = 8
    ADJUST_CREDIT = 9
    ADJUST_DEBIT = 10
    REINSTATE = 11
    TRANSFER_OUT = 12
    TRANSFER_IN = 13

    @property
    def wire(self) -> str:
        return WIRE_KINDS[self]


WIRE_KINDS: Final = {
    Kind.ACCRUE: "accrue",
    Kind.REDEEM: "redeem",
    Kind.HOLD: "hold",
    Kind.COMMIT: "commit",
    Kind.RELEASE: "release",
    Kind.ACTIVATE: "activate",
    Kind.EXPIRE: "expire",
    Kind.CANCEL: "cancel",
    Kind.ADJUST_CREDIT: "adjust",
    Kind.ADJUST_DEBIT: "adjust",
    Kind.REINSTATE: "reinstate",
    Kind.TRANSFER_OUT: "transfer_out",
    Kind.TRANSFER_IN: "transfer_in",
}

CREDITS: Final = frozenset({Kind.ACCRUE, Kind.ADJUST_CREDIT, Kind.REINSTATE, Kind.TRANSFER_IN})
DEBITS: Final = frozenset({Kind.REDEEM, Kind.HOLD, Kind.ADJUST_DEBIT, Kind.TRANSFER_OUT})
ORIGINALS: Final = CREDITS | DEBITS


class Status(IntEnum):
    """What has become of an original transaction, apart from its cancels."""

    IN_FORCE = 0
    TEMPORARY = 1
    RELEASED = 2


class AccountStatus(IntEnum):
    OPEN = 0
    MEMBER_INACTIVE = 1
    CLOSED = 2


class Posting(NamedTuple):
    """The smallest fact: `amount` of `lot` moved from `source` to `target`.

    `redemption` is the sequence number of the redemption or hold that the move pays or
    stops paying, 0 if it does neither. Postings of lot 0 with `OWED` count its deficit.
    """

    lot: int
    amount: int
    source: State
    target: State
    redemption: int = 0


class LotTerms(NamedTuple):
    """The dates that a transaction gave to a lot: at its birth, or by activating it."""

    lot: int
    activates_at: int
    expires_at: int
    sliding: bool = False
    grace: bool = False
    """Born of the policy `grace`: such a lot is never given grace again."""
    locked: bool = False
    """Of a temporary accrual that is not committed: no date activates it."""


class Who(NamedTuple):
    """On whose behalf a transaction was made; None where that is not known.

    `dialect` is the API that received the request, `request_id` the request's own id.
    """

    api_key_id: int | None = None
    user_id: int | None = None
    dialect: str | None = None
    request_id: str | None = None


NOBODY: Final = Who()


class Seal(NamedTuple):
    """Takes the place of a row's free texts in its hash: `digest` (32 bytes) of `salt` and texts.

    `salt` (16 bytes) is None when the texts have been erased: the digest then proves nothing
    about them, and the chain of hashes is as sound as before.
    """

    digest: bytes
    salt: bytes | None


class Transaction(NamedTuple):
    """One row of an account's journal. Never edited, never deleted.

    `balance_before` and `balance_after` are active balances and chain without a
    gap. `target` is the transaction acted upon (0: none), `root` the original that
    the whole chain goes back to (itself for an original), `link` the length of the
    chain of cancels: 0 for an original or its commit, 1 for a cancel, 2 for a
    cancel of a cancel. `peer` is the number of a transfer's other leg. `hash` chains
    the journal: see audit.
    """

    account: int
    seq: int
    kind: Kind
    amount: int
    balance_before: int
    balance_after: int
    recorded_at: int
    effective_at: int
    target: int
    root: int
    link: int
    peer: int
    by_clock: bool
    deadline_at: int
    slides_at: int
    shortfall: int
    external_id: str | None
    reason: str | None
    actor: str | None
    metadata: str | None
    subject: str | None
    who: Who
    seal: Seal | None
    postings: tuple[Posting, ...]
    terms: tuple[LotTerms, ...]
    hash: bytes

    @property
    def number(self) -> int:
        """The transaction's number: its account's number and its place in the journal."""
        return transaction_number(account=self.account, seq=self.seq)

    @property
    def effect(self) -> int:
        """By how much the active balance changed."""
        return self.balance_after - self.balance_before


class Sums(NamedTuple):
    """An account's sums after a journal row: its lots by state, and its deficits.

    `owed` is the deficit of all redemptions and holds, `owed_held` the holds' share of it,
    `restored` all that cancels ever gave back from spent. `due_at` is the next instant at which
    the clock changes something (FOREVER: none).
    """

    pending: int = 0
    available: int = 0
    held: int = 0
    spent: int = 0
    expired: int = 0
    revoked: int = 0
    owed: int = 0
    owed_held: int = 0
    restored: int = 0
    due_at: int = FOREVER


@dataclass(slots=True, eq=False)
class Lot:
    """Points that arrived together, split over the six states.

    `split[state]` is the amount in that state; `split[OUTSIDE]` is minus what was
    issued, so the seven always sum to zero. A lot is live in [activates_at,
    expires_at).
    """

    seq: int
    accrued_by: int
    activates_at: int
    expires_at: int
    created_at: int
    sliding: bool = False
    grace: bool = False
    locked: bool = False
    claimed: int = 0
    reinstated: int = 0
    split: list[int] = field(default_factory=lambda: [0, 0, 0, 0, 0, 0, 0])

    @property
    def issued(self) -> int:
        return -self.split[OUTSIDE]

    @property
    def pending(self) -> int:
        return self.split[PENDING]

    @property
    def available(self) -> int:
        return self.split[AVAILABLE]

    @property
    def held(self) -> int:
        return self.split[HELD]

    @property
    def spent(self) -> int:
        return self.split[SPENT]

    @property
    def expired(self) -> int:
        return self.split[EXPIRED]

    @property
    def revoked(self) -> int:
        return self.split[REVOKED]

    @property
    def is_open(self) -> bool:
        """Whether the lot can still move by itself or be spent: pending, available or held."""
        split = self.split
        return bool(split[1] or split[2] or split[3])

    def copy(self) -> "Lot":
        twin = Lot(*_lot_values(self))
        twin.split = twin.split.copy()
        return twin


_lot_values: Final = attrgetter(*(each.name for each in fields(Lot)))


@dataclass(slots=True, eq=False)
class Movement:
    """The present standing of a transaction that can be acted upon.

    The journal row never changes; its later fate is recorded here, and can be derived from the
    later rows. `base` is the amount in force before cancels (after a partial commit, less than
    the row's amount), `cancelled` the part of it that cancels have taken back so far.
    """

    seq: int
    base: int
    status: Status = Status.IN_FORCE
    cancelled: int = 0
    deadline_at: int = FOREVER
    committed_by: int = 0
    released_by: int = 0
    cancelled_by: int = 0

    @property
    def remaining(self) -> int:
        """The amount in force: 0 for a released movement."""
        return 0 if self.status is Status.RELEASED else self.base - self.cancelled

    def copy(self) -> "Movement":
        return Movement(*movement_values(self))


movement_values: Final = attrgetter(*(each.name for each in fields(Movement)))


class Standing(NamedTuple):
    """What a journal row made of another transaction, or of itself: a version of its movement.

    `parts` is its allocation as JSON, `[[lot, amount], …]`; None when it must be gathered from
    postings, or is empty.
    """

    target: int
    base: int
    status: Status
    cancelled: int
    deadline_at: int
    committed_by: int
    released_by: int
    cancelled_by: int
    parts: str | None


class LotRow(NamedTuple):
    """Records that a journal row pays from the lot, or leaves it closed: then `closed` is the lot
    as the row leaves it (domain.state)."""

    lot: int
    closed: str | None


class Record(NamedTuple):
    """A journal row with all that is stored beside it, each a function of the rows up to it.

    `state` is the account's state after the row (domain.state): whole if `state_seq` is the row's
    own number; else what the row changed, and `state_seq` is the newest row that has it whole.
    """

    row: Transaction
    sums: Sums
    state: str
    state_seq: int
    lots: tuple[LotRow, ...]
    standings: tuple[Standing, ...]


@dataclass(slots=True, eq=False)
class Redemption:
    """A redemption or hold and what pays for it: its allocation.

    `parts` maps lot number to amount; lot 0 is its deficit. `held` is true for a hold
    that is not committed.
    """

    seq: int
    held: bool
    parts: dict[int, int] = field(default_factory=dict)

    def copy(self) -> "Redemption":
        return Redemption(seq=self.seq, held=self.held, parts=self.parts.copy())


def transaction_number(*, account: int, seq: int) -> int:
    """One number below 2^53 for a transaction (or a lot) of an account."""
    return account << SEQUENCE_BITS | seq


split_number: Final[Callable[[int], tuple[int, int]]] = (1 << SEQUENCE_BITS).__rdivmod__
"""The account and the sequence number that a transaction's (or lot's) number holds."""
