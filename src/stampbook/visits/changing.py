"""Changes what a visit costs. Cards that would then pay too much get their points back first.

The order matters: the ledger goes first and the visit's rows second. If the process ends in
between, points are back on a card and the bill is as it was, still to be paid.
"""

from collections.abc import Awaitable, Callable, Mapping

from stampbook.domain.refusals import Refusal
from stampbook.storage.store import Transacting
from stampbook.visits import recording
from stampbook.visits.attempting import Bill, House, plan_and_submit, until_settled
from stampbook.visits.model import Visit
from stampbook.visits.withdrawing import GIVES_BACK, Ask, allowances, cut_parts, plan_keeping

Edit = Callable[[Visit], Visit]
"""A pure change of a visit (visits.editing)."""


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
) -> Visit | Refusal:
    """Change the bill. Withdrawals stay up to what is still to be paid.

    A change that lowers what a card has paid is refused unless the caller may give points back.

    First each card gets back what it would pay too much; then the change is written, together with
    what `seal` writes. Returns the changed visit, in which new things still have negative numbers.

    `guard` is awaited after each reading of the visit, before anything moves; an exception from it
    ends the change. If the visit shows the effect of another request, that request's key is
    visible then, too.
    """

    async def attempt(visit: Visit) -> Visit | Refusal:
        if guard is not None:
            await guard()
        after = edit(visit)
        if after == visit:
            if seal is not None and not dry_run:
                async with house.store.transaction() as writing:
                    await seal(writing, {}, visit)
            return visit
        allowed = allowances(visit, after)
        after = after._replace(parts=cut_parts(visit, allowed))
        if after.points < visit.points and not ask.may_give_back:
            return GIVES_BACK
        if dry_run:
            return after
        given = await _give_back(house, visit, allowed, ask)
        if isinstance(given, Refusal):
            return given
        async with house.store.transaction() as writing:
            numbers = await recording.save(writing, given, after, now=house.ledger.clock())
            if seal is not None:
                await seal(writing, numbers, after)
        house.forget(visit.number)
        return after

    return await until_settled(house, bill, attempt)


async def _give_back(
    house: House, visit: Visit, allowed: Mapping[int, Mapping[int, int]], ask: Ask
) -> Visit | Refusal:
    """Reduce each card's parts to what is allowed; returns the visit with its new version."""
    for account, lines in allowed.items():
        pays = sum(part.amount for part in visit.parts if part.account == account)
        if pays == sum(lines.values()):
            continue
        planner = plan_keeping(visit.number, lines, ask)
        outcome = await plan_and_submit(house, visit, account, planner, identity=None)
        if isinstance(outcome, Refusal):
            return outcome
        if outcome.transactions:
            visit = visit._replace(version=visit.version + 1)
    return visit
