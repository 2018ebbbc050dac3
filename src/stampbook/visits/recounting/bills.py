"""Discounts that no longer hold: packages that were broken up, thresholds no longer reached.

They are recounted on unpaid bills, downward only; a settled bill keeps them.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.ledger.joint import Beside, Guard
from stampbook.storage.store import Store
from stampbook.visits import editing, promotions, reading
from stampbook.visits.model import Attendance, Discount, Visit, is_settled
from stampbook.visits.movements.subjects import subject_of
from stampbook.visits.promotion import KINDS, Effect, Measure, Totals, discounts, services

_BY_TOTALS: Final = ", ".join(
    f"'{name}'"
    for name, kind in KINDS.items()
    if kind.effect is Effect.DISCOUNT and kind.by is not Measure.STATIC
)

_AMOUNT: Final = """
    UPDATE visit_discounts SET amount = $2
    WHERE discount_id = $1 AND visit_id = $3 AND cancelled_at IS NULL
"""
_CANCELLED: Final = """
    UPDATE visit_discounts SET cancelled_at = $2
    WHERE discount_id = $1 AND visit_id = $3 AND cancelled_at IS NULL
"""


class Lowered(NamedTuple):
    """A bill, and its discounts that become lower, with their new amounts; 0: cancelled."""

    visit: Visit
    discounts: tuple[tuple[Discount, int], ...]

    @property
    def guard(self) -> Guard:
        return Guard(subject_of(self.visit.number), self.visit.version)

    def beside(self, now: int) -> list[Beside]:
        """What is written."""
        visit = self.visit.number
        return [
            Beside(_AMOUNT, ((each.number, amount, visit),))
            if amount
            else Beside(_CANCELLED, ((each.number, now, visit),))
            for each, amount in self.discounts
        ]


async def without_broken(store: Store, visit: Visit, after: Visit) -> Visit:
    """`after` without the discounts of packages of which the edit has removed a service."""
    gone = services(visit) - services(after)
    if not gone or not after.discounts or is_settled(visit):
        return after
    known = await promotions.named(store, [each.promotion for each in after.discounts])
    broken = {number for number, each in known.items() if each.package & gone}
    return editing.remove_discounts(
        after, [each.number for each in after.discounts if each.promotion in broken]
    )


def came(visit: Visit) -> Totals:
    """What the visit adds to what its member's visits add up to (reading.totals_of)."""
    if visit.attendance != Attendance.CAME or not visit.records:
        return Totals()
    return Totals(1, visit.cost, visit.paid)


async def candidates(store: Store, visit: Visit, *, limit: int) -> list[int]:
    """The member's other visits that are not completed and have discounts by totals."""
    rows = await store.fetch(
        f"""
        SELECT DISTINCT v.visit_id
        FROM visits v
        JOIN visit_discounts d ON d.visit_id = v.visit_id AND d.cancelled_at IS NULL
        JOIN promotions p ON p.promotion_id = d.promotion_id
        LEFT JOIN completed_visits c ON c.visit_id = v.visit_id AND c.visits = 1
        WHERE v.program_id = $1 AND v.member_id = $2 AND v.visit_id <> $3 AND c.visit_id IS NULL
          AND p.kind IN ({_BY_TOTALS})
        ORDER BY v.visit_id LIMIT $4
        """,  # noqa: S608 - words of an enumeration
        visit.program,
        visit.member,
        visit.number,
        limit,
    )
    return [row["visit_id"] for row in rows]


async def lowered(
    store: Store, visit: Visit, numbers: Sequence[int], less: Totals
) -> list[Lowered]:
    """Those of the bills on which discounts fall when the totals of the visit's member become
    lower by `less`, which is not positive."""
    if not numbers:
        return []
    before = await reading.totals_of(store, visit.program, visit.member, without_deleted=True)
    found = []
    for number in numbers:
        bill = await reading.get(store, number, tenant=visit.tenant)
        if bill is not None and not is_settled(bill):
            changes = await _changes(store, bill, before, before.plus(less))
            if changes:
                found.append(Lowered(bill, changes))
    return found


async def _changes(
    store: Store, bill: Visit, before: Totals, now: Totals
) -> tuple[tuple[Discount, int], ...]:
    known = await promotions.named(store, [each.promotion for each in bill.discounts])
    changes = []
    for promotion, account in sorted({(each.promotion, each.account) for each in bill.discounts}):
        offer = known[promotion]
        if offer.effect is not Effect.DISCOUNT or offer.value(now) >= offer.value(before):
            continue
        own = [d for d in bill.discounts if (d.promotion, d.account) == (promotion, account)]
        others = editing.remove_discounts(bill, [each.number for each in own])
        amounts = discounts(offer, others, now)
        changes += [
            (each, amounts.get(each.line, 0))
            for each in own
            if amounts.get(each.line, 0) < each.amount
        ]
    return tuple(changes)
