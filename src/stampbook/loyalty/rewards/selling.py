"""The commit of a purchase: its redemption, its stock, and what is handed out for it."""

from typing import Final, NamedTuple

from stampbook.domain.commands import Accrue, Note, Redeem
from stampbook.domain.model import Transaction
from stampbook.ledger.joint import Acting, Beside, Planned
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.rewards import purchases
from stampbook.loyalty.rewards.columns import insertion
from stampbook.loyalty.rewards.issuing import Issued, issue_generated, issue_pooled
from stampbook.loyalty.rewards.model import Bought, Offer, Purchase, Reward
from stampbook.loyalty.rewards.model import Code as Issuable
from stampbook.programs.accounts import Account


class Sale(NamedTuple):
    """What was bought: the purchase and the codes that it hands out. `spent` is the redemption,
    `accrued` what a reward of points put on another account. Of a repeated request both are None,
    and `stored` are the codes as they are now. In a trial, accounts that would be opened are None
    in the purchase (its own: 0), and so are these rows."""

    purchase: Purchase
    codes: tuple[str, ...]
    spent: Transaction | None = None
    accrued: Transaction | None = None
    stored: tuple[Issuable, ...] = ()


class Issue(NamedTuple):
    """How many codes to hand out; from a pool those that are free, perhaps too few."""

    number: int
    pooled: tuple[Issuable, ...] | None = None


def plan(
    begun: Purchase,
    reward: Reward,
    offer: Offer,
    bought: Bought | None,
    target: Account | None,
    issue: Issue,
    reason: str,
    acting: Acting,
) -> Planned:
    """Carry the purchase out; its result is a Sale. Raises Refused (OUT_OF_STOCK)."""
    note = Note(subject=purchases.subject_of(begun.purchase_id), reason=reason)
    spent = None
    if begun.account_id:
        spent = acting.do(begun.account_id, Redeem(begun.points, note=note))[0]
    if offer.stock is not None and offer.stock < begun.quantity:
        raise Refused(Code.OUT_OF_STOCK, f"{offer.stock} pieces are left")
    issued = _issued(begun, reward, issue, now=acting.now)
    seq = 0 if spent is None else spent.seq
    purchase = begun._replace(seq=seq, created_at=acting.now, updated_at=acting.now)
    accrued = None
    if bought is not None:
        points = bought.points * begun.quantity
        purchase = purchase._replace(target_currency_id=bought.currency, target_points=points)
    if bought is not None and target is not None:
        # What was paid for is there at once, even where the currency makes earned points wait.
        command = Accrue(points, activates_at=acting.now, note=note)
        accrued = acting.do(target.account_id, command)[0]
        purchase = purchase._replace(target_account_id=target.account_id, target_seq=accrued.seq)
    beside = (
        Beside(_SELL, ((offer.offer_id, begun.quantity, reward.updated_at),)),
        Beside(_INSERT, (tuple(purchase),)),
        *issued.beside,
        *purchases.told("created", purchase, [(code, "issued") for code in issued.codes]),
    )
    return Planned(Sale(purchase, issued.codes, spent, accrued), beside)


def _issued(begun: Purchase, reward: Reward, issue: Issue, *, now: int) -> Issued:
    if issue.pooled is None:
        if not issue.number:
            return Issued((), ())
        return issue_generated(
            issue.number,
            tenant=begun.tenant_id,
            now=now,
            reward=reward.reward_id,
            purchase=begun.purchase_id,
        )
    if len(issue.pooled) < issue.number:
        raise Refused(Code.OUT_OF_STOCK, f"{len(issue.pooled)} codes are left")
    return issue_pooled(issue.pooled, purchase=begun.purchase_id, now=now)


# Stale if too few are left, or if the offer or the reward has changed since it was read.
_SELL: Final = """
    UPDATE offers SET stock = stock - $2, redeemed = redeemed + $2
    WHERE offer_id = $1 AND ended_at IS NULL AND (stock IS NULL OR stock >= $2)
      AND EXISTS (SELECT 1 FROM rewards
                  WHERE rewards.reward_id = offers.reward_id AND rewards.status = 'active'
                    AND rewards.updated_at = $3)
    """


_INSERT: Final = insertion("purchases", Purchase)
