"""Points that a visit earns: cashback for the guest, a reward for the person who referred them."""

from stampbook.domain.refusals import Refusal
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.visits import cards, promotions, reading, recording
from stampbook.visits.attempting import Bill, House, plan_and_submit, until_settled
from stampbook.visits.changing import change
from stampbook.visits.model import Visit, is_completed
from stampbook.visits.movements.subjects import cashback_subject, referral_subject
from stampbook.visits.promoting import referrer_of, reward_of, without_referral
from stampbook.visits.promotion import Effect, cashback
from stampbook.visits.withdrawing import Ask, plan_accruals


async def earn(house: House, bill: Bill, ask: Ask, *, anew: bool = False) -> Refusal | None:
    """Credit the member's cards with the cashback of a visit that took place and is paid.

    `anew`: earlier credits are corrected to what is due now; otherwise they stay as they are.
    A card that no longer takes points earns none.
    """

    async def attempt(visit: Visit) -> Refusal | None:
        if not anew and not await _earns_now(house, visit):
            return None
        due = await _cashback_due(house, visit)
        subject = cashback_subject(visit.number)
        for account, wanted in due.items():
            await recording.register_account(house.store, visit.number, account)
            outcome = await plan_and_submit(
                house,
                visit,
                account,
                plan_accruals(subject, wanted, ask),
                subject=subject,
                identity=f"earn {visit.number}",
            )
            if isinstance(outcome, Done) and outcome.transactions:
                visit = visit._replace(version=visit.version + 1)
        return None

    return await until_settled(house, bill, attempt)


async def _earns_now(house: House, visit: Visit) -> bool:
    """Whether the visit is due its first cashback."""
    if not is_completed(visit):
        return False
    credits = await reading.credits_of(house.store, visit.number)
    return all(credit.is_referral for credit in credits)


async def _cashback_due(house: House, visit: Visit) -> dict[int, dict[int, int]]:
    """The cashback by account and promotion; accounts that were credited before are always
    included, so that a credit that is no longer due can be taken back."""
    due: dict[int, dict[int, int]] = {
        credit.account: {}
        for credit in await reading.credits_of(house.store, visit.number)
        if not credit.is_referral
    }
    if not visit.member or not is_completed(visit):
        return due
    offers = [
        each
        for each in await promotions.of_program(house.store, visit.program)
        if each.effect is Effect.CASHBACK and visit.location in each.locations
    ]
    if not offers:
        return due
    totals = await reading.totals_of(house.store, visit.program, visit.member)
    types = await cards.card_types(house.store, visit.program)
    for card in await reading.open_cards(house.store, visit.member):
        for offer in offers:
            if card.currency_id not in offer.currencies or card.currency_id not in types:
                continue
            amount = cashback(offer, visit, totals, unit=types[card.currency_id].unit)
            if amount:
                due.setdefault(card.account_id, {})[offer.number] = amount
    return due


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
