"""Changes what a visit costs. Points go back first: those that would pay too much, and those that
the visit, its referral or later visits would not have earned.

The order matters: the ledger goes first, in one unit, and the visit's rows second. If the process
ends in between, points are back where they were and the bill is as it was; the next change of the
bill, or the same one sent again, makes both agree.
"""

from collections.abc import Awaitable, Callable
from enum import Enum

from stampbook.domain.refusals import Refusal
from stampbook.storage.store import Transacting
from stampbook.visits import recording
from stampbook.visits.attempting import Bill, House, until_settled
from stampbook.visits.foreseeing import refused_earning
from stampbook.visits.model import Visit
from stampbook.visits.promoting import with_its_bill
from stampbook.visits.recounting.bills import without_broken
from stampbook.visits.recounting.recount import Phase, recount
from stampbook.visits.withdrawing import GIVES_BACK, Ask, allowances, cut_parts

Edit = Callable[[Visit], Visit]
"""A pure change of a visit (visits.editing)."""


class Earns(Enum):
    """What the caller lets the visit earn after the change (earning.earn)."""

    NOTHING = 0
    FIRST = 1
    ANEW = 2


Seal = Callable[[Transacting, recording.Numbers, Visit], Awaitable[None]]
"""Writes something in the same transaction as a change, such as its idempotency key. It receives
the numbers that have replaced the negative ones, and the changed visit, with negative numbers."""


async def change(
    house: House,
    bill: Bill,
    edit: Edit,
    ask: Ask,
    *,
    seal: Seal | None = None,
    guard: Callable[[], Awaitable[None]] | None = None,
    dry_run: bool = False,
    earns: Earns = Earns.NOTHING,
) -> Visit | Refusal:
    """Change the bill. Withdrawals stay up to what is still to be paid.

    A change that lowers what a card has paid is refused unless the caller may give points back; one
    after which the visit `earns` something, unless the caller may give that.

    First points go back (recounting.recount); then the change is written, together with what `seal`
    writes. Returns the changed visit, in which new things still have negative numbers. Raises
    Refused when too many later visits depend on this one.

    `guard` is awaited after each reading of the visit, before anything moves; an exception from it
    ends the change. If the visit shows the effect of another request, that request's key is
    visible then, too.
    """

    async def attempt(visit: Visit) -> Visit | Refusal:
        if guard is not None:
            await guard()
        after = with_its_bill(visit, edit(visit))
        after = await without_broken(house.store, visit, after)
        if after == visit:
            if seal is not None and not dry_run:
                async with house.store.transaction() as writing:
                    await seal(writing, {}, visit)
            return visit
        allowed = allowances(visit, after)
        after = after._replace(parts=cut_parts(visit, allowed))
        if after.points < visit.points and not ask.may_give_back:
            return GIVES_BACK
        if earns is not Earns.NOTHING:
            anew = earns is Earns.ANEW
            refusal = await refused_earning(house, visit, after, ask, anew=anew, dry_run=dry_run)
            if refusal is not None:
                return refusal
        given = await recount(
            house, visit, after, ask, Phase.BEFORE, allowed=allowed, dry_run=dry_run
        )
        if isinstance(given, Refusal):
            return given
        if dry_run:
            return after
        async with house.store.transaction() as writing:
            numbers = await recording.save(writing, given, after, now=house.ledger.clock())
            if seal is not None:
                await seal(writing, numbers, after)
        house.forget(visit.number)
        return after

    return await until_settled(house, bill, attempt)
