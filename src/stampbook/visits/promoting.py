"""The effects of promotions on a bill, as pure changes of a visit: each applies once."""

from stampbook.visits import editing
from stampbook.visits.model import Attendance, Visit
from stampbook.visits.promotion import Promotion, Totals, discounts, referral_discounts


def with_promotion(
    visit: Visit, promotion: Promotion, account: int, *, totals: Totals, now: int
) -> Visit:
    """With the promotion's discounts for the card; unchanged if it has been applied."""
    if _given(visit, promotion.number, account):
        return visit
    amounts = discounts(promotion, visit, totals)
    return editing.add_discounts(
        visit, amounts, promotion=promotion.number, account=account, now=now
    )


def without_promotion(visit: Visit, promotion: int, account: int) -> Visit:
    """Without the promotion's discounts for the card."""
    return editing.remove_discounts(visit, _given(visit, promotion, account))


def with_referral(
    visit: Visit, promotion: Promotion, record: int, *, beneficiary: int, now: int
) -> Visit:
    """With the guest's discount; unchanged if they have been referred to this visit before."""
    if referrer_of(visit):
        return visit
    amounts = referral_discounts(promotion, visit, record)
    return editing.add_discounts(
        visit,
        amounts,
        promotion=promotion.number,
        account=0,
        now=now,
        beneficiary=beneficiary,
    )


def with_its_bill(visit: Visit, after: Visit) -> Visit:
    """`after` without the referral if its guest did not come, or is another one: it was for the
    guest's visit."""
    is_another = visit.member not in (0, after.member)
    if is_another or after.attendance == Attendance.DID_NOT_COME:
        return without_referral(after)
    return after


def without_referral(visit: Visit) -> Visit:
    """Without the discount of the referral."""
    given = [each.number for each in visit.discounts if each.beneficiary]
    return editing.remove_discounts(visit, given)


def referrer_of(visit: Visit) -> int:
    """The account that is rewarded for having sent the guest; 0: none."""
    return next((each.beneficiary for each in visit.discounts if each.beneficiary), 0)


def reward_of(visit: Visit) -> dict[int, int]:
    """The referrer's reward by promotion: as much as the guest saved."""
    rewards: dict[int, int] = {}
    for each in visit.discounts:
        if each.beneficiary:
            rewards[each.promotion] = rewards.get(each.promotion, 0) + each.amount
    return rewards


def _given(visit: Visit, promotion: int, account: int) -> list[int]:
    return [
        each.number
        for each in visit.discounts
        if (each.promotion, each.account) == (promotion, account)
    ]
