"""Whose a visit is after its guest was merged into another member.

A visit that is completed for the first time is the guest's who has taken over by then, and stays
theirs. One that was completed before stays where it is counted; what it has earned is left where
it was given, and only what more it earns is given to the other.
"""

from collections.abc import Iterable
from typing import Final

from stampbook.ledger.joint import Beside
from stampbook.programs.searching.merged import account_after, survivors
from stampbook.storage.store import Store
from stampbook.visits.model import Visit, is_completed
from stampbook.visits.promotion import Cashback
from stampbook.visits.reading import Credit
from stampbook.visits.recounting.completions import Completion
from stampbook.visits.recounting.due import Due

_OF: Final = """
    UPDATE visits SET member_id = $3 WHERE visit_id = $1 AND member_id = $2 AND tenant_id = $4
"""


async def guest_of(store: Store, visit: Visit) -> int:
    """The member of the visit; if it is completed, who has taken over from them."""
    if not visit.member or not is_completed(visit):
        return visit.member
    reached = await survivors(store, [visit.member], tenant=visit.tenant)
    return reached.get(visit.member, visit.member)


def passed_over(visit: Visit, after: Visit) -> tuple[Beside, ...]:
    """Writes that the visit is another guest's now; nothing if it is not."""
    if visit.member in (0, after.member):
        return ()
    return (Beside(_OF, ((visit.number, visit.member, after.member, visit.tenant),)),)


async def where_they_are(
    store: Store, points: Due, credits: Iterable[Credit], *, tenant: int
) -> Due:
    """The points that are due, without moving what accounts have that were merged since: they keep
    as much of it as is due on the account that took over."""
    found = {account: dict(amounts) for account, amounts in points.items()}
    for each in credits:
        if each.is_referral or each.account in points:
            continue
        end = await account_after(store, each.account, tenant=tenant)
        left = found.get(end, {}).get(each.promotion, 0)
        keeps = min(each.amount, left)
        if end != each.account and keeps:
            amounts = found.setdefault(each.account, {})
            amounts[each.promotion] = amounts.get(each.promotion, 0) + keeps
            found[end][each.promotion] = left - keeps
    return _without_nothing(found)


def with_former(now: Completion, was: Completion, points: Due) -> tuple[Cashback, ...]:
    """The terms of the visit, with those of accounts that were merged and keep what they have."""
    own = {each.account for each in now.terms}
    counts = {each.promotion: each.counts for each in now.terms}
    former = (
        each._replace(counts=counts[each.promotion])
        for each in was.terms
        if each.account not in own and each.account in points and each.promotion in counts
    )
    return (*now.terms, *former)


def _without_nothing(points: Due) -> Due:
    """The points without amounts of 0, and without accounts that have no others."""
    found = {
        account: {promotion: amount for promotion, amount in amounts.items() if amount}
        for account, amounts in points.items()
    }
    return {account: amounts for account, amounts in found.items() if amounts}
