"""The values of rewards and benefits. Nothing here reads, writes or decides.

Points are in their currency's smallest unit, instants in microseconds UTC.
"""

from enum import StrEnum
from typing import NamedTuple

from stampbook.loyalty.model import Cooldown, Fixed, Frequency, Hours, Per


class RewardType(StrEnum):
    """What a purchase hands out."""

    MATERIAL = "material"
    CODE = "code"
    POINTS = "points"


class BenefitType(StrEnum):
    """What a grant hands out."""

    MATERIAL = "material"
    CODE = "code"
    POINTS = "points"
    POINTS_PROPORTIONAL = "points_proportional"


class Cost(NamedTuple):
    """A price of one piece. `condition` is CEL over `member` and `local` (None: always)."""

    currency: int
    points: int
    condition: str | None = None
    name: str | None = None


class Bought(NamedTuple):
    """Points that one piece of a reward of points puts on the member's account of the currency."""

    currency: int
    points: int


class RewardTerms(NamedTuple):
    """What a reward gives, for what, and when.

    By its type, `sku` names the goods, `is_pooled` says that codes come from an uploaded pool and
    are not generated, or `bought` has the points. The first of the costs whose condition holds is
    the price. A reward of a library may be offered in several programs: costs and points in
    currencies of other programs do not count. Without hours it is sold at all times.
    """

    costs: tuple[Cost, ...]
    sku: str | None = None
    is_pooled: bool = False
    bought: tuple[Bought, ...] = ()
    hours: tuple[Hours, ...] = ()
    cooldown: Cooldown | None = None
    frequency: Frequency | None = None


class Reward(NamedTuple):
    """A row of `rewards`. `program_id` None: it belongs to the tenant's library. `metadata` is JSON
    text, `origin` a dialect's own."""

    reward_id: int
    tenant_id: int
    program_id: int | None
    name: str
    type: RewardType
    status: str
    starts_at: int | None
    ends_at: int | None
    is_refundable: bool
    terms: RewardTerms
    metadata: str
    origin: str | None
    created_at: int
    updated_at: int


class BenefitTerms(NamedTuple):
    """What a benefit gives: `sku` names goods, `effect` the points. A code is generated."""

    sku: str | None = None
    effect: Fixed | Per | None = None


class Benefit(NamedTuple):
    """A row of `benefits`. `stock` is what is left (None: unlimited), `granted` how many grants are
    in force. The rest as in `Reward`."""

    benefit_id: int
    tenant_id: int
    program_id: int | None
    name: str
    type: BenefitType
    status: str
    stock: int | None
    granted: int
    terms: BenefitTerms
    metadata: str
    origin: str | None
    created_at: int
    updated_at: int


class Offer(NamedTuple):
    """A reward in a program. `stock` is what is left (None: unlimited), `redeemed` what was bought
    and not returned, `written_off` what was refunded and did not come back. `ended_at` None: it is
    on offer."""

    offer_id: int
    tenant_id: int
    program_id: int
    reward_id: int
    stock: int | None
    redeemed: int
    written_off: int
    created_at: int
    updated_at: int
    ended_at: int | None


class Code(NamedTuple):
    """A row of `reward_codes`: free → issued → used or voided. `reward_id` None: a grant's."""

    code_id: int
    tenant_id: int
    reward_id: int | None
    code: str
    state: str
    purchase_id: int | None
    grant_id: int | None
    created_at: int
    issued_at: int | None
    used_at: int | None
    voided_at: int | None


class Purchase(NamedTuple):
    """A row of `purchases`: `quantity` pieces for `points`, the redemption `seq` on the account.

    `position` is the place of the cost in its reward. `target_…`: what a reward of points accrued.
    `refunded` pieces were taken back, of which `written_off` did not return to the stock.
    """

    purchase_id: int
    tenant_id: int
    program_id: int
    member_id: int
    reward_id: int
    offer_id: int
    state: str
    quantity: int
    refunded: int
    written_off: int
    position: int
    currency_id: int
    account_id: int
    seq: int
    points: int
    target_currency_id: int | None
    target_account_id: int | None
    target_seq: int | None
    target_points: int | None
    is_refundable: bool
    external_id: str | None
    metadata: str
    origin: str | None
    created_at: int
    updated_at: int


class PurchaseRefund(NamedTuple):
    """A row of `purchase_refunds`: a part of a purchase that was taken back.

    `refunded` is the sum of quantities with this one. `points` returned to the account by its row
    `seq` (None: nothing was left to return), `target_points` were taken back by `target_seq`.
    """

    refund_id: int
    purchase_id: int
    quantity: int
    refunded: int
    points: int
    target_points: int
    seq: int | None
    target_seq: int | None
    is_written_off: bool
    origin: str | None
    created_at: int


class GrantRow(NamedTuple):
    """A row of `grants`: one giving of a benefit by an effect of a rule for an event.

    `state` is approved, refunded, or rejected with its `reason`. Of a benefit of points, `points`
    were accrued by row `seq` of the account, and taken back by row `cancel_seq`.
    """

    grant_id: int
    tenant_id: int
    program_id: int
    member_id: int
    benefit_id: int
    event_id: int
    rule_id: int
    version: int
    earning: int
    effect: int
    state: str
    reason: str | None
    currency_id: int | None
    account_id: int | None
    seq: int | None
    points: int | None
    origin: str | None
    created_at: int
    refunded_at: int | None
    cancel_seq: int | None = None
