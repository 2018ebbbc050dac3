"""A card's lifetime counters, read off its journal.

The vendor's formulas hold after every row, by construction:
balance.points = total - subtracted - expired - spent - refunded + returned - locked + unlocked
- purchased_reversed is the active balance, and balance.pending_points = total - activated -
canceled is what is pending.

What a row did follows from its kind, the kind of its original, and the flow of its postings.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from stampbook.domain.model import CREDITS, DEBITS, Kind, State, Transaction
from stampbook.loyalty.rewards.purchases import purchase_of

ADDED: Final = frozenset({Kind.ADJUST_CREDIT, Kind.REINSTATE, Kind.TRANSFER_IN})
"""Credits by an operator; what else is credited was earned."""

SUBTRACTED: Final = frozenset({Kind.ADJUST_DEBIT, Kind.TRANSFER_OUT})


class Lifetime(NamedTuple):
    """All that ever happened to a card's points, by what it was."""

    total: int = 0
    earned: int = 0
    added: int = 0
    purchased: int = 0
    purchased_reversed: int = 0
    subtracted: int = 0
    expired: int = 0
    spent: int = 0
    refunded: int = 0
    returned: int = 0
    locked: int = 0
    unlocked: int = 0
    pending_total: int = 0
    pending_activated: int = 0
    pending_canceled: int = 0

    def plus(self, other: "Lifetime") -> "Lifetime":
        return Lifetime(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def minus(self, other: "Lifetime") -> "Lifetime":
        return Lifetime(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))

    @property
    def points(self) -> int:
        """The vendor's formula for the balance."""
        return (
            self.total
            - self.subtracted
            - self.expired
            - self.spent
            - self.refunded
            + self.returned
            - self.locked
            + self.unlocked
            - self.purchased_reversed
        )

    @property
    def pending(self) -> int:
        """The vendor's formula for pending points."""
        return max(self.pending_total - self.pending_activated - self.pending_canceled, 0)

    def bucket(self) -> dict[str, dict[str, int]]:
        """The wire's `lifetime_bucket`."""
        counters = self._asdict()
        pending = {name: counters.pop(f"pending_{name}") for name in PENDING_COUNTERS}
        return {"points": counters, "pending_points": pending}


class Root(NamedTuple):
    """What must be known of an original to tell what a row that goes back to it did.

    `committed_by` is the row that committed it if it was held, else 0.
    """

    kind: Kind
    committed_by: int = 0
    subject: str | None = None


PENDING_COUNTERS: Final = ("total", "activated", "canceled")
NOTHING: Final = Lifetime()


def fold(start: Lifetime, rows: Iterable[Transaction], roots: Mapping[int, Root]) -> Lifetime:
    """The counters after more rows; `roots` tells their originals."""
    for row in rows:
        start = start.plus(effect_of(row, roots[row.root]))
    return start


class Flow(NamedTuple):
    """By how much a row's postings changed each state of the account's lots."""

    pending: int
    available: int
    expired: int
    revoked: int
    reborn: int
    """What lives on in lots that the policy `grace` made."""


def flow_of(row: Transaction) -> Flow:
    net = [0] * len(State)
    reborn = 0
    for posting in row.postings:
        if not posting.lot or posting.source >= State.OWED or posting.target >= State.OWED:
            continue
        net[posting.source] -= posting.amount
        net[posting.target] += posting.amount
        if posting.source is State.OUTSIDE and row.kind not in CREDITS:
            reborn += posting.amount
    return Flow(
        pending=net[State.PENDING],
        available=net[State.AVAILABLE],
        expired=net[State.EXPIRED],
        revoked=net[State.REVOKED],
        reborn=reborn,
    )


def effect_of(row: Transaction, root: Root) -> Lifetime:
    """What one row adds to the counters; `root` is the original it goes back to."""
    flow = flow_of(row)
    if row.kind in CREDITS:
        return _credited(row, flow)
    if row.kind in DEBITS:
        return _debited(row.kind, row.amount, flow)
    if row.kind is Kind.EXPIRE:
        return Lifetime(expired=row.amount)
    if root.kind in CREDITS:
        return _of_credit(row, root, flow)
    return _of_debit(row, root, flow)


def _credited(row: Transaction, flow: Flow) -> Lifetime:
    if flow.pending:
        return Lifetime(pending_total=flow.pending)
    return _given(row.kind, row.subject, row.amount)._replace(expired=flow.expired)


def _given(kind: Kind, subject: str | None, amount: int) -> Lifetime:
    if kind in ADDED:
        return Lifetime(total=amount, added=amount)
    if purchase_of(subject) is not None:
        return Lifetime(total=amount, purchased=amount)
    return Lifetime(total=amount, earned=amount)


def _debited(kind: Kind, amount: int, flow: Flow) -> Lifetime:
    """Of what passes over to another member in a merge, pending points are no longer pending: the
    balance has never had them."""
    gone = max(-flow.pending, 0)
    if kind in SUBTRACTED:
        return Lifetime(subtracted=amount - gone, pending_canceled=gone)
    if kind is Kind.HOLD:
        return Lifetime(locked=amount)
    return Lifetime(locked=amount, unlocked=amount, spent=amount)


def _of_credit(row: Transaction, root: Root, flow: Flow) -> Lifetime:
    """Activations, commits, releases and cancels of an accrual."""
    gone = max(-flow.pending, 0)
    if row.kind in (Kind.ACTIVATE, Kind.COMMIT):
        return Lifetime(pending_activated=gone, total=gone, expired=flow.expired)
    if row.kind is Kind.RELEASE:
        return Lifetime(pending_canceled=gone)
    if row.link % 2:
        taken = -row.effect
        if root.kind in ADDED:
            return Lifetime(pending_canceled=gone, subtracted=taken)
        if purchase_of(root.subject) is not None:
            return Lifetime(pending_canceled=gone, purchased_reversed=taken)
        return Lifetime(pending_canceled=gone, refunded=taken)
    back = _given(root.kind, root.subject, row.effect + flow.expired)
    return back._replace(expired=flow.expired, pending_total=max(flow.pending, 0))


def _of_debit(row: Transaction, root: Root, flow: Flow) -> Lifetime:
    """Commits, releases and cancels of a redemption or hold."""
    lost = Lifetime(expired=flow.expired - flow.reborn, refunded=flow.revoked)
    if row.kind is Kind.COMMIT:
        rest = row.effect + lost.expired + lost.refunded
        return lost._replace(unlocked=row.amount + rest, spent=row.amount)
    if row.kind is Kind.RELEASE:
        return lost._replace(unlocked=row.amount)
    if row.link % 2:
        held = root.kind is Kind.HOLD and not 0 < root.committed_by < row.seq
        waiting = max(flow.pending, 0)
        back = {"unlocked" if held else "returned": row.amount - waiting}
        return lost._replace(pending_total=waiting, **back)
    return lost.plus(_debited(root.kind, row.amount, flow))


def report_row(figures: Lifetime) -> dict[str, Any]:
    """The counters as a report names them: `points_…` and `pending_points_…`."""
    counters = figures._asdict()
    pending = {
        f"pending_points_{name}": counters.pop(f"pending_{name}") for name in PENDING_COUNTERS
    }
    return {f"points_{name}": value for name, value in counters.items()} | pending
