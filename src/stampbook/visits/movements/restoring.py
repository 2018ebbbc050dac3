"""Decides whether a movement of a visit may come back in force, by the cancel of its cancel.

A withdrawal comes back only if as much is left to pay of its line, and an accrual only if the visit
still earns it and has not earned it anew. So an undo never pays a bill twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from stampbook.ledger.guarding import Change
from stampbook.storage.store import Store
from stampbook.visits import reading
from stampbook.visits.model import UNITS, Part, Visit, dues, is_completed, unpaid
from stampbook.visits.movements.subjects import (
    REFERRAL_SUBJECT,
    VISIT_SUBJECT,
    subject_of,
    visit_of,
)
from stampbook.visits.promoting import referrer_of, reward_of
from stampbook.visits.reading import Credit
from stampbook.visits.recounting import completions
from stampbook.visits.withdrawing import line_of, promotion_of


class VisitBill(NamedTuple):
    """A visit and the points that it has earned, as they were read.

    `due` are the most that it earns now, by account and promotion; what is not named is not
    limited.
    """

    visit: Visit
    credits: tuple[Credit, ...]
    due: Mapping[tuple[int, int], int] = {}

    @property
    def version(self) -> int:
        return self.visit.version

    def objection(self, restored: Change, earlier: Sequence[Change]) -> str | None:
        """Why the movement cannot come back; see ledger.guarding.Owner."""
        visit = self.visit._replace(parts=_parts_after(self.visit.parts, earlier))
        if (restored.original.subject or "").startswith(VISIT_SUBJECT):
            return _part_objection(visit, restored)
        return _credit_objection(visit, self, restored, earlier)


class Missing(NamedTuple):
    """A visit that does not exist, or is another tenant's."""

    version: int = 0

    def objection(self, restored: Change, earlier: Sequence[Change]) -> str | None:
        """Why the movement cannot come back; see ledger.guarding.Owner."""
        return "the visit is not there any more"


class VisitGuardian:
    """The ledger's guardian of the store's visits."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def guard_of(self, subject: str | None) -> str | None:
        """The guard of the visit that a movement of this subject pays for, or that earned it."""
        visit = visit_of(subject)
        return None if visit is None else subject_of(visit)

    def guard_moved(self, subject: str | None) -> str | None:
        """The guard of the visit of which more, or less, is left to pay."""
        paying = subject is not None and subject.startswith(VISIT_SUBJECT)
        return self.guard_of(subject) if paying else None

    async def owner(self, guard: str, *, tenant: int) -> VisitBill | Missing:
        """The tenant's visit as it is now. Its version is read before all that it guards."""
        visit = visit_of(guard)
        found = visit and await reading.get(self._store, visit, tenant=tenant)
        if not found:
            return Missing()
        credits = await reading.credits_of(self._store, found.number)
        return VisitBill(found, credits, await _due(self._store, found.number))


async def _due(store: Store, visit: int) -> dict[tuple[int, int], int]:
    """What the visit earns by its terms and the totals up to and with it."""
    completion = await completions.of_visit(store, visit)
    if completion is None:
        return {}
    earlier = await completions.totals_before(store, completion.member, completion.position)
    totals = earlier.plus(completion.totals)
    return {(each.account, each.promotion): each.amount(totals) for each in completion.terms}


def _parts_after(parts: Iterable[Part], changes: Iterable[Change]) -> tuple[Part, ...]:
    """The withdrawals in force after the changes."""
    after = {(part.account, part.seq): part for part in parts}
    for change in changes:
        row = change.original
        if (row.subject or "").startswith(VISIT_SUBJECT):
            unit = UNITS[change.scale]
            nothing = Part(row.account, row.seq, line_of(row.metadata), 0, row.recorded_at, unit)
            part = after.get((row.account, row.seq), nothing)
            amount = part.amount + change.amount * unit
            after[row.account, row.seq] = part._replace(amount=amount)
    return tuple(part for part in after.values() if part.amount)


def _part_objection(visit: Visit, restored: Change) -> str | None:
    left = dues(visit).get(line_of(restored.original.metadata))
    if left is None:
        return "the line that it paid for is no longer in the visit"
    unit = UNITS[restored.scale]
    amount = restored.amount * unit
    # Points are paid in whole units, so a line may have taken less than one unit too many.
    if amount - left >= unit or amount > unpaid(visit):
        return "the bill was paid otherwise meanwhile, or costs less: too little is left to pay"
    return None


def _credit_objection(
    visit: Visit, bill: VisitBill, restored: Change, earlier: Iterable[Change]
) -> str | None:
    row = restored.original
    key = row.account, promotion_of(row.metadata)
    is_referral = (row.subject or "").startswith(REFERRAL_SUBJECT)
    if is_referral and referrer_of(visit) != row.account:
        return "the referral was taken back"
    if not is_referral and not is_completed(visit):
        return "the visit did not take place, or is not paid"
    amounts = {
        each.seq: each.amount
        for each in bill.credits
        if (each.account, each.promotion, each.is_referral) == (*key, is_referral)
    }
    for change in earlier:
        other = change.original
        if (other.account, other.subject) == (row.account, row.subject) and promotion_of(
            other.metadata
        ) == promotion_of(row.metadata):
            amounts[other.seq] = amounts.get(other.seq, 0) + change.amount * UNITS[change.scale]
    if any(amount for seq, amount in amounts.items() if seq != row.seq):
        return "the visit has earned it anew meanwhile"
    amount = amounts.get(row.seq, 0) + restored.amount * UNITS[restored.scale]
    due = reward_of(visit).get(key[1], 0) if is_referral else bill.due.get(key, amount)
    if amount > due:
        return "the visit earns less now: its bill, or what came before it, has changed"
    return None
