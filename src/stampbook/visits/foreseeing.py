"""What a visit is going to earn is judged before a person makes it earn that.

Points that a visit gives are moved by the one who completes or pays it, so they are within that
person's limits, or another person must approve them (ledger.origin.Overseer). But they are given
after the bill has changed. Hence the person is refused first, while nothing has happened yet; what
they may complete is then given, whatever else they do meanwhile: no guest loses points to a limit.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.origin import Origin, current
from stampbook.visits import reading
from stampbook.visits.attempting import House
from stampbook.visits.model import Visit, is_completed
from stampbook.visits.recounting.recount import Phase, recount
from stampbook.visits.withdrawing import Ask

JUDGED = (Code.LIMIT_EXCEEDED, Code.APPROVAL_REQUIRED)
"""Why a person may not do what others may."""

TO_APPROVE = Refusal(Code.APPROVAL_REQUIRED, "another person must approve what the visit earns")


def is_judged() -> bool:
    """Whether what is done now is done by somebody who is bound by limits."""
    return current().overseer is not None


async def earns_now(house: House, visit: Visit) -> bool:
    """Whether the visit is due its first cashback."""
    if not is_completed(visit):
        return False
    credits = await reading.credits_of(house.store, visit.number)
    return all(credit.is_referral for credit in credits)


async def refused_earning(
    house: House, visit: Visit, after: Visit, ask: Ask, *, anew: bool, dry_run: bool
) -> Refusal | None:
    """Why the person may not let the visit become `after` and earn what it is worth then.

    `anew` as in earning.earn; a dry run of what another person must approve is not refused. Writes
    no points; raises StaleGuard.
    """
    if not is_judged() or not (anew or await earns_now(house, after)):
        return None
    origin = current()
    before, needed = _swapped(origin, None), None
    try:
        found = await recount(house, visit, after, ask, Phase.AFTER, dry_run=True)
    finally:
        needed = _swapped(origin, before)
    if isinstance(found, Refusal):
        return found if found.code in JUDGED else None
    if needed is None:
        return None
    origin.needs_approval = needed
    return None if dry_run else TO_APPROVE


def _swapped(origin: Origin, needs_approval: int | None) -> int | None:
    """What the origin said of an approval, which it does no longer."""
    before, origin.needs_approval = origin.needs_approval, needs_approval
    return before


@contextmanager
def unjudged() -> Iterator[None]:
    """For what follows from an act that was judged."""
    origin = current()
    overseer, needs_approval = origin.overseer, origin.needs_approval
    origin.overseer, origin.needs_approval = None, None
    try:
        yield
    finally:
        origin.overseer, origin.needs_approval = overseer, needs_approval
