"""What a journal row adds to the sums of its currency, and what an account has open.

The projections of the ledger consist of these two, summed up and kept
(ledger/following/projections.py).
"""

from typing import Final, NamedTuple

from stampbook.domain.model import FOREVER, OUTSIDE, Kind, State, Transaction
from stampbook.domain.state import OpenState

QUARTER: Final = 900_000_000
"""A quarter of an hour in microseconds: in every time zone days begin at a multiple of it."""


BILLION: Final = 1_000_000_000
"""Sums without limit are kept as billions and units."""

FOLLOWER: Final = "projections"
"""The name under which the projections follow the journal."""


class Flow(NamedTuple):
    """What is added up together: rows of one kind, or their postings, in a quarter of an hour.

    The instants are those at which the quarters begin. From OUTSIDE to OUTSIDE: the rows
    themselves, with their amounts.
    """

    recorded_at: int
    effective_at: int
    kind: Kind
    source: State
    target: State


class Holding(NamedTuple):
    """An open lot with its dated expiry; as lot 0, which never expires, what the account owes."""

    lot: int
    expires_at: int
    pending: int
    available: int
    held: int
    owed: int


def flows_of(row: Transaction) -> list[tuple[Flow, int]]:
    """The amounts that the row adds, each with what it is added to."""
    recorded_at, effective_at = _quarter(row.recorded_at), _quarter(row.effective_at)
    kind = row.kind
    flows = [(Flow(recorded_at, effective_at, kind, OUTSIDE, OUTSIDE), row.amount)]
    for posting in row.postings:
        flow = Flow(recorded_at, effective_at, kind, posting.source, posting.target)
        flows.append((flow, posting.amount))
    return flows


def holdings_of(state: OpenState, owed: int) -> dict[int, Holding]:
    """The open amounts by lot, of an account with this state and `owed` as its whole deficit."""
    holdings = {
        seq: Holding(seq, state.expires_at(lot), lot.pending, lot.available, lot.held, 0)
        for seq, lot in state.lots.items()
    }
    if owed:
        holdings[0] = Holding(0, FOREVER, 0, 0, 0, owed)
    return holdings


def _quarter(at: int) -> int:
    return at - at % QUARTER
