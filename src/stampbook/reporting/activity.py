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
from itertools import product
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
    State,
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
        elif _transferred(what):
            came += amount if what.kind is Kind.TRANSFER_IN else 0
            went += amount if what.kind is Kind.TRANSFER_OUT else 0
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


def whats_of(figure: str) -> frozenset[What]:
    """What is added up in a figure. `given` are all postings that make lots."""
    return _WHATS[figure]


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
        return _WITHIN.get((source, target))
    if target in OPEN:
        if source is SPENT:
            return "returned"
        return "issued" if source is OUTSIDE and kind is not Kind.REINSTATE else "reinstated"
    return _OUT.get(target) if source in OPEN else None


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


def _transferred(what: What) -> bool:
    """Whether it is a leg of a transfer."""
    if what.kind is Kind.TRANSFER_IN:
        return what.source is OUTSIDE and what.target in OPEN
    return what.kind is Kind.TRANSFER_OUT and what.source in OPEN and what.target is SPENT


def _whats() -> dict[str, frozenset[What]]:
    every = [What(kind, *pair) for kind in Kind for pair in product(State, State)]
    rows = [what for what in every if what.source is OUTSIDE and what.target is OUTSIDE]
    moves = [what for what in every if what not in rows]
    found = {"transactions": rows, "cancels": [each for each in rows if each.kind is Kind.CANCEL]}
    found["transferred"] = [what for what in moves if _transferred(what)]
    found["given"] = [what for what in moves if what.source is OUTSIDE and what.target < OWED]
    for what in moves:
        name = None if _transferred(what) or what.source is what.target else _name(what)
        if name is not None:
            found.setdefault(name, []).append(what)
    return {name: frozenset(whats) for name, whats in found.items()}


_WHATS: Final = _whats()

FIGURES: Final = tuple(_WHATS)
"""The figures by name of which the rows can be listed."""
