"""What moved in a currency: the figures of spans of time, from sums of postings.

A figure counts what crosses a border between the states of lots. Points are *open* while they are
pending, available or held; what crosses the border of these three changes what is outstanding:

    closing = opening + issued + returned + reinstated - redeemed - expired - revoked

Both legs of a transfer are in `transferred` alone. If only one leg lies within the bounds (the
clocks of two accounts may differ), what came was issued, and what left was redeemed: so the sum
holds whatever the bounds. A merge passes a debt on by lending what pays it; that is transferred,
too, and no debt is created or paid.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from stampbook.domain.model import (
    AVAILABLE,
    CLAIMED,
    EXPIRED,
    HELD,
    OUTSIDE,
    OWED,
    PENDING,
    REVOKED,
    SPENT,
    Kind,
)
from stampbook.ledger.journal.totals import Bucket, Sum, What

OPEN: Final = frozenset({PENDING, AVAILABLE, HELD})

NOTHING: Final = Sum(0, 0)


class Figures(NamedTuple):
    """What moved (smallest units, without limit), and how often.

    `issued` to `revoked` change what is outstanding, `activated`, `held` and `released` move within
    it, and `deficit_…` are about debts.
    """

    issued: int = 0
    returned: int = 0
    reinstated: int = 0
    redeemed: int = 0
    expired: int = 0
    revoked: int = 0
    activated: int = 0
    held: int = 0
    released: int = 0
    transferred: int = 0
    deficit_created: int = 0
    deficit_paid: int = 0
    deficit_cancelled: int = 0
    transactions: int = 0
    cancels: int = 0

    @property
    def outstanding(self) -> int:
        """By how much what is outstanding grew."""
        come = self.issued + self.returned + self.reinstated
        return come - self.redeemed - self.expired - self.revoked

    @property
    def deficit(self) -> int:
        """By how much the deficits grew."""
        return self.deficit_created - self.deficit_paid - self.deficit_cancelled


class Period(NamedTuple):
    """A span of time: what moved, in how many accounts, and what was outstanding and owed at its
    ends."""

    figures: Figures
    accounts: int
    opening: int
    closing: int
    opening_deficit: int
    closing_deficit: int


def figures_of(sums: Mapping[What, Sum]) -> Figures:
    """The figures of a span."""
    found: dict[str, int] = dict.fromkeys(Figures._fields, 0)
    came = went = 0
    lent, paid, spent = (sums.get(what, NOTHING).amount for what in _PASSED)
    for what, (times, amount) in sums.items():
        if what.source is OUTSIDE and what.target is OUTSIDE:
            found["transactions"] += times
            found["cancels"] += times if what.kind is Kind.CANCEL else 0
        elif what.kind is Kind.TRANSFER_IN and what.source is OUTSIDE and what.target in OPEN:
            came += amount
        elif what.kind is Kind.TRANSFER_OUT and what.source in OPEN and what.target is SPENT:
            went += amount
        else:
            name = _name(what)
            if name is not None:
                found[name] += amount
    passed = max(min(lent, paid, spent, came - went), 0)
    found["transferred"] = min(came, went) + passed
    found["issued"] += max(came - went, 0) - passed
    found["redeemed"] += max(went - came, 0) - passed
    found["deficit_created"] -= passed
    found["deficit_paid"] -= passed
    return Figures(**found)


def periods_of(before: Mapping[What, Sum], buckets: Iterable[Bucket]) -> list[Period]:
    """The figures of spans that follow each other, after all that was before."""
    first = figures_of(before)
    outstanding, deficit = first.outstanding, first.deficit
    found: list[Period] = []
    for bucket in buckets:
        figures = figures_of(bucket.sums)
        opening, opening_deficit = outstanding, deficit
        outstanding, deficit = opening + figures.outstanding, opening_deficit + figures.deficit
        found.append(
            Period(figures, bucket.accounts, opening, outstanding, opening_deficit, deficit)
        )
    return found


def _name(what: What) -> str | None:
    """The figure in which a posting counts; None: in no figure."""
    kind, source, target = what
    if OWED in (source, target):
        if target is OWED:
            return "deficit_created"
        return "deficit_paid" if target is SPENT else "deficit_cancelled"
    if source >= CLAIMED or target >= CLAIMED:
        return None
    if source in OPEN and target in OPEN:
        return _WITHIN[source, target]
    if target in OPEN:
        if source is SPENT:
            return "returned"
        return "issued" if source is OUTSIDE and kind is not Kind.REINSTATE else "reinstated"
    return _OUT[target] if source in OPEN else None


_WITHIN: Final = {
    (PENDING, AVAILABLE): "activated",
    (AVAILABLE, HELD): "held",
    (HELD, AVAILABLE): "released",
}

_PASSED: Final = (
    What(Kind.TRANSFER_OUT, OUTSIDE, OWED),
    What(Kind.TRANSFER_IN, OWED, SPENT),
    What(Kind.TRANSFER_IN, AVAILABLE, SPENT),
)
"""How a merge passes a debt on: only a merge overdraws an account by a transfer."""

_OUT: Final = {SPENT: "redeemed", EXPIRED: "expired", REVOKED: "revoked"}
