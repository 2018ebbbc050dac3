"""The values of which rules are made, and what they judge. Nothing here reads, writes or decides.

Money is counted in its smallest unit, points in the currency's smallest unit. Fractions are exact;
no float touches an amount. Instants are microseconds UTC.
"""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple


class Trigger(StrEnum):
    """The kinds of events that rules judge."""

    ORDER_PAID = "order_paid"
    CUSTOM_EVENT = "custom_event"
    SEGMENT_ENTERED = "segment_entered"
    VISIT_COMPLETED = "visit_completed"
    MEMBER_JOINED = "member_joined"


class OnPartial(StrEnum):
    """How an award follows when part of its order is taken back."""

    RECOUNT = "recount"
    PROPORTIONAL = "proportional"
    KEEP = "keep"


class Mode(StrEnum):
    """How an amount becomes points: for every full `every`, or at a rate."""

    STEPS = "steps"
    RATE = "rate"


class PointsRounding(StrEnum):
    """How points are rounded, once, to the currency's smallest unit."""

    DOWN = "down"
    HALF_UP = "half_up"
    UP = "up"


# -- what a version of a rule says -------------------------------------------------------


class AppliesTo(NamedTuple):
    """The lines that count: those that one of these names. All empty: every line."""

    items: frozenset[str] = frozenset()
    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()


class Fixed(NamedTuple):
    """`points` (smallest units) of the currency. `pending` and `expiry` replace the currency's
    policies in the form that the native API takes; None: as the currency has them."""

    currency: int
    points: int
    pending: Mapping[str, Any] | None = None
    expiry: Mapping[str, Any] | None = None


class Per(NamedTuple):
    """`points` for each `every` of the basis (rules of `Mode`).

    `every` is in money's smallest units, or in units of a quantity or of a metadata value; `points`
    in the currency's smallest units, possibly a part of one. `by_line`: each line is rounded for
    itself; otherwise their sum.
    """

    currency: int
    basis: str
    every: Fraction
    points: Fraction
    mode: Mode = Mode.STEPS
    rounding: PointsRounding = PointsRounding.DOWN
    by_line: bool = False
    applies_to: AppliesTo | None = None
    pending: Mapping[str, Any] | None = None
    expiry: Mapping[str, Any] | None = None


class Given(NamedTuple):
    """A benefit is given."""

    benefit: int


Effect = Fixed | Per | Given


class TierNeed(NamedTuple):
    """One of these tiers of the group must be the member's."""

    group: int
    any_of: frozenset[int]


class Earning(NamedTuple):
    """Effects and their conditions. `condition` is CEL (None: always); `tiers`: one need must be
    met (none: no tier is needed)."""

    effects: tuple[Effect, ...]
    condition: str | None = None
    tiers: tuple[TierNeed, ...] = ()
    name: str | None = None


class Hours(NamedTuple):
    """Hours of some days of the week (0 Sunday), in minutes after midnight, half-open."""

    days: frozenset[int]
    begin: int
    end: int


class Cooldown(NamedTuple):
    """The least time between two awards of a rule to one member: `n` units (hour … year)."""

    n: int
    unit: str


class Frequency(NamedTuple):
    """How often a rule counts for one member in a period (day … year, or lifetime)."""

    max: int
    period: str


class Budget(NamedTuple):
    """What a rule gives at most in a period or its lifetime: `points` (smallest units of the
    first effect's currency) or `triggers`."""

    period: str
    points: int | None = None
    triggers: int | None = None


class Limits(NamedTuple):
    """The limits of a rule. A currency's own limits come after them (rules.currency_limits)."""

    cooldown: Cooldown | None = None
    frequency: Frequency | None = None
    budget: Budget | None = None


class Version(NamedTuple):
    """A rule as it was from `valid_from` until the next version; it never changes.

    `rule` and `number` name it. `library` is the version of the CEL library that checked it.
    """

    rule: int
    number: int
    valid_from: int
    trigger: Trigger
    trigger_name: str | None
    earnings: tuple[Earning, ...]
    priority: int = 0
    exclusive_group: str | None = None
    keeps_best: bool = False
    starts_at: int | None = None
    ends_at: int | None = None
    hours: tuple[Hours, ...] = ()
    limits: Limits = Limits()
    on_partial: OnPartial = OnPartial.RECOUNT
    library: str = ""


# -- what is judged ----------------------------------------------------------------------


class Line(NamedTuple):
    """A line of an order. `amount` is before discounts, `total` after; `quantity` has at most
    three decimals. `line` names it within its order."""

    line: str
    quantity: Fraction
    amount: int
    total: int
    kind: str | None = None
    item: str | None = None
    sku: str | None = None
    categories: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = {}


class OrderFacts(NamedTuple):
    """What a version reads of an order, whole or what remains of it after refunds.

    `paid_with_points` is the money that points had paid when the order was judged. `initial_amount`
    is what the order was worth at first, if anybody has said so; no refund changes it.
    """

    amount: int
    discount: int
    total: int
    lines: tuple[Line, ...]
    money: str = ""
    scale: int = 2
    paid_with_points: int = 0
    channel: str | None = None
    location: str | None = None
    metadata: Mapping[str, Any] = {}
    initial_amount: int | None = None


class Totals(NamedTuple):
    """A member's events in force in the program, up to and with the one that is judged. Money in
    smallest units."""

    orders: int = 0
    visits: int = 0
    sold: int = 0
    paid: int = 0


class Standing(NamedTuple):
    """The member's tier in a group."""

    group: int
    tier: int
    name: str


class Facts(NamedTuple):
    """What a version reads besides the order, frozen with the event.

    `at` is the event's business instant, `timezone` the program's. `joined_at` is when the member
    joined. `segments` are names. `event_name` and `event_metadata` are those of a custom event.
    """

    at: int
    timezone: str
    joined_at: int
    standings: tuple[Standing, ...] = ()
    segments: frozenset[str] = frozenset()
    member_metadata: Mapping[str, Any] = {}
    event_name: str | None = None
    event_metadata: Mapping[str, Any] = {}
    totals: Totals | None = None


# -- what came of it ---------------------------------------------------------------------


class Gain(NamedTuple):
    """What one effect gives by a version, before anything is written.

    `calculated` is what the effect says, `amount` what is left of it by the limits.
    """

    rule: int
    version: int
    earning: int
    effect: int
    currency: int
    calculated: int
    amount: int


class Grant(NamedTuple):
    """A benefit that one effect gives."""

    rule: int
    version: int
    earning: int
    effect: int
    benefit: int


class Award(NamedTuple):
    """A gain that was written: one accrual, `account`'s row `seq`."""

    award_id: int
    event_id: int
    rule: int
    version: int
    earning: int
    effect: int
    account: int
    seq: int
    currency: int
    calculated: int
    amount: int
