"""What must hold for a naive account after each of its rows: laws 1, 2, 12 and 13, literally."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stampbook.domain.model import CREDITS, DEBITS

if TYPE_CHECKING:
    from tests.model.points import Entry, Points


def check(account: Points) -> None:
    states: Counter[tuple[int, str]] = Counter()
    paid: Counter[int] = Counter()
    for (number, state, redemption), amount in account.bag.items():
        assert amount > 0, "law 1: no part of a lot is negative"
        assert (redemption > 0) == (state in ("held", "spent", "owed"))
        states[number, state] += amount
        paid[redemption] += amount
    by_state = dict.fromkeys(account.by_state, 0)
    for (_, state), amount in states.items():
        by_state[state] += amount
    assert by_state == account.by_state, "the sums by state"
    assert states == {at: amount for at, amount in account.by_lot.items() if amount}, "by lot"
    for row in account.rows.values():
        if row.kind in DEBITS:
            assert paid[row.n] == account.in_force(row.n), f"law 2: redemption {row.n}"
        elif row.kind in CREDITS:
            check_accrual(account, row, states)
    for lot in account.lots.values():
        used = states[lot.n, "held"] + states[lot.n, "spent"]
        assert 0 <= lot.claimed <= used, f"law 13: more is claimed of lot {lot.n} than is used"
        assert 0 <= lot.reinstated <= states[lot.n, "expired"], f"lot {lot.n} lives on twice"
    if states[0, "owed"]:
        assert not any(state == "available" for _, state in states), "points beside a deficit"


def check_accrual(account: Points, row: Entry, states: Counter[tuple[int, str]]) -> None:
    """Law 2: cancelled = revoked + claimed + absorbed, and only expired points absorb."""
    lots = account.lots_of(row.n)
    issued = sum(amount for (lot, _), amount in states.items() if account.made(lot, row.n))
    assert issued == row.amount, f"law 1: lots of {row.n}"
    revoked = sum(states[lot.n, "revoked"] for lot in lots)
    if row.standing == "released":
        assert revoked == row.amount, f"law 2: accrual {row.n} was released"
        return
    absorbed = row.cancelled - revoked - sum(lot.claimed for lot in lots)
    expired = sum(states[lot.n, "expired"] for lot in lots)
    assert 0 <= absorbed <= expired, f"law 2: accrual {row.n} absorbed {absorbed} of {expired}"
