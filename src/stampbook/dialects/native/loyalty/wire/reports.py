"""Reports on what rules gave and what members spent, as the native API answers them."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from stampbook.dialects.amounts import Written
from stampbook.dialects.native.wire.values import Instant


class EarnedShape(Struct, frozen=True):
    """Awards of an earning of a rule in the period that begins at `begins_at`, and their points."""

    begins_at: Instant
    rule_id: str
    version: int
    earning: int
    currency_id: str
    awards: int
    points: Written
    pending_points: Written


class EarningReport(Struct, frozen=True):
    data: Sequence[EarnedShape]


class SpentShape(Struct, frozen=True):
    """Purchases of rewards and payments for orders in the period, and their points."""

    begins_at: Instant
    currency_id: str
    purchases: int
    payments: int
    points_on_rewards: Written
    points_on_orders: Written


class SpendingReport(Struct, frozen=True):
    data: Sequence[SpentShape]


class CountedShape(Struct, frozen=True):
    """How often a rule counted in the period, and how often not, by the limit in the way."""

    begins_at: Instant
    rule_id: str
    successes: int
    failures: Mapping[str, int]


class RulesReport(Struct, frozen=True):
    data: Sequence[CountedShape]
