"""Points that a visit earns: cashback for the guest, a reward for the person who referred them."""

from functools import partial

from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.origin import current
from stampbook.ledger.outcomes import Outcome
from stampbook.visits import recording
from stampbook.visits.attempting import Bill, House, plan_and_submit, until_settled
from stampbook.visits.changing import change
from stampbook.visits.foreseeing import JUDGED, earns_now, unjudged
from stampbook.visits.model import Visit
from stampbook.visits.movements.subjects import referral_subject
from stampbook.visits.promoting import referrer_of, reward_of, without_referral
from stampbook.visits.recounting.recount import Phase, recount
from stampbook.visits.withdrawing import Ask, plan_accruals


async def earn(house: House, bill: Bill, ask: Ask, *, anew: bool = False) -> Refusal | None:
    """Credit the member's cards with the cashback of a visit that took place and is paid.

    What a limited person makes a visit earn was judged before (foreseeing.py). `anew`: earlier
    credits are corrected to what is due now; otherwise they stay as they are.
    Cards that no longer take points earn none.
    """

    async def attempt(visit: Visit) -> Refusal | None:
        if not anew and not await earns_now(house, visit):
            return None
        origin = current()
        before = origin.needs_approval
        settled = await recount(house, visit, visit, ask, Phase.AFTER)
        if isinstance(settled, Refusal) and settled.code in JUDGED:
            # It was not when it was foreseen: the person has done something else meanwhile.
            origin.needs_approval = before
            with unjudged():
                settled = await recount(house, visit, visit, ask, Phase.AFTER)
        if isinstance(settled, Refusal) and settled.code is not Code.OVERLOADED:
            settled = await recount(house, visit, visit, ask, Phase.AFTER_WITHOUT_GIVING)
        return settled if isinstance(settled, Refusal) else None

    return await until_settled(house, bill, attempt)


async def reward(house: House, bill: Bill, ask: Ask) -> Outcome | None:
    """Credit the referrer of the guest with as much as the guest saved, once.

    If the referrer's account no longer takes points, the guest's discount is taken back, too.
    """

    async def attempt(visit: Visit) -> Outcome | None:
        beneficiary = referrer_of(visit)
        if not beneficiary:
            return None
        await recording.register_account(house.store, visit.number, beneficiary)
        subject = referral_subject(visit.number)
        return await plan_and_submit(
            house,
            visit,
            beneficiary,
            partial(plan_accruals, subject, reward_of(visit), ask),
            subject=subject,
            identity=f"refer {visit.number}",
        )

    outcome = await until_settled(house, bill, attempt)
    if isinstance(outcome, Refusal):
        await change(house, bill, without_referral, ask)
    return outcome
