"""What a journal row adds to the sums of its currency, and what an account has open.

The projections of the ledger consist of these, summed up and kept
(ledger/following/projections.py).
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from stampbook.domain.model import (
    AVAILABLE,
    FOREVER,
    OUTSIDE,
    OWED,
    SPENT,
    Kind,
    Posting,
    State,
    Sums,
    Transaction,
)
from stampbook.domain.state import OpenState

QUARTER: Final = 900_000_000
"""A quarter of an hour in microseconds: in every time zone days begin at a multiple of it."""


BILLION: Final = 1_000_000_000
"""Sums without limit are kept as billions and units."""

FOLLOWER: Final = "sums"
"""The name under which the projections follow the journal."""


class Flow(NamedTuple):
    """What is added up together: rows of one kind, or their postings, in a quarter of an hour.

    The instants are those at which the quarters begin. From OUTSIDE to OUTSIDE: the rows
    themselves, with their amounts. A debt that points paid goes from OWED to SPENT; one that a
    cancel made void, from OWED to OUTSIDE.
    """

    recorded_at: int
    effective_at: int
    kind: Kind
    source: State
    target: State


class Cohort(NamedTuple):
    """Postings that are added up by when their lots were given: by the effective instant of the row
    that made the lot, and the instant at which the posting was recorded (quarters, as in Flow)."""

    born_at: int
    recorded_at: int
    source: State
    target: State


class Holding(NamedTuple):
    """An open lot with its dated expiry; as lot 0, which never expires, what the account owes.

    `owed_held` is the share of what it owes that holds lack.
    """

    lot: int
    expires_at: int
    pending: int
    available: int
    held: int
    owed: int
    owed_held: int

    @property
    def total(self) -> int:
        """What it adds to the account's total."""
        return self.pending + self.available + self.held - self.owed + self.owed_held


def flows_of(row: Transaction) -> list[tuple[Flow, int]]:
    """The amounts that the row adds, each with what it is added to."""
    recorded_at, effective_at = quarter(row.recorded_at), quarter(row.effective_at)
    kind, postings = row.kind, row.postings
    flows = [(Flow(recorded_at, effective_at, kind, OUTSIDE, OUTSIDE), row.amount)]
    for at, posting in enumerate(postings):
        target = posting.target
        if posting.source is OWED and _is_paid(postings, at):
            target = SPENT
        flow = Flow(recorded_at, effective_at, kind, posting.source, target)
        flows.append((flow, posting.amount))
    return flows


def _is_paid(postings: tuple[Posting, ...], at: int) -> bool:
    """Whether points pay the debt that this posting lowers: then they leave their lot at once
    (Entry.pay_deficits)."""
    if at + 1 == len(postings):
        return False
    following = postings[at + 1]
    return following.source is AVAILABLE and following.redemption == postings[at].redemption


def births_of(row: Transaction) -> dict[int, int]:
    """The lots that the row makes, by number, each with the row's effective instant."""
    return {
        posting.lot: row.effective_at
        for posting in row.postings
        if posting.lot and posting.source is OUTSIDE and posting.target < OWED
    }


def cohorts_of(row: Transaction, births: Mapping[int, int]) -> list[tuple[Cohort, int]]:
    """The amounts that the row adds to cohorts. `births` has the effective instants of its lots."""
    recorded_at = quarter(row.recorded_at)
    return [
        (Cohort(quarter(births[lot]), recorded_at, source, target), amount)
        for lot, amount, source, target, _ in row.postings
        if lot and source < OWED and target < OWED
    ]


def holdings_of(state: OpenState, sums: Sums) -> dict[int, Holding]:
    """The open amounts by lot, of an account with this state and these sums."""
    holdings = {
        seq: Holding(seq, state.expires_at(lot), lot.pending, lot.available, lot.held, 0, 0)
        for seq, lot in state.lots.items()
    }
    if sums.owed:
        holdings[0] = Holding(0, FOREVER, 0, 0, 0, sums.owed, sums.owed_held)
    return holdings


def quarter(at: int) -> int:
    """The instant at which the quarter of an hour begins in which the instant lies."""
    return at - at % QUARTER
