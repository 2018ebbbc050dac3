"""Points that a visit earns: cashback for the guest, a reward for the person who referred them."""

from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.outcomes import Outcome
from stampbook.visits import reading, recording
from stampbook.visits.attempting import Bill, House, plan_and_submit, until_settled
from stampbook.visits.changing import change
from stampbook.visits.model import Visit, is_completed
from stampbook.visits.movements.subjects import referral_subject
from stampbook.visits.promoting import referrer_of, reward_of, without_referral
from stampbook.visits.recounting.recount import Phase, recount
from stampbook.visits.withdrawing import Ask, plan_accruals


async def earn(house: House, bill: Bill, ask: Ask, *, anew: bool = False) -> Refusal | None:
    """Credit the member's cards with the cashback of a visit that took place and is paid.

    `anew`: earlier credits are corrected to what is due now; otherwise they stay as they are.
    Cards that no longer take points earn none.
    """

    async def attempt(visit: Visit) -> Refusal | None:
        if not anew and not await _earns_now(house, visit):
            return None
        settled = await recount(house, visit, visit, ask, Phase.AFTER)
        if isinstance(settled, Refusal) and settled.code is not Code.OVERLOADED:
            settled = await recount(house, visit, visit, ask, Phase.AFTER_WITHOUT_GIVING)
        return settled if isinstance(settled, Refusal) else None

    return await until_settled(house, bill, attempt)


async def _earns_now(house: House, visit: Visit) -> bool:
    """Whether the visit is due its first cashback."""
    if not is_completed(visit):
        return False
    credits = await reading.credits_of(house.store, visit.number)
    return all(credit.is_referral for credit in credits)


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
            plan_accruals(subject, reward_of(visit), ask),
            subject=subject,
            identity=f"refer {visit.number}",
        )

    outcome = await until_settled(house, bill, attempt)
    if isinstance(outcome, Refusal):
        await change(house, bill, without_referral, ask)
    return outcome
