"""What the naive model of rules keeps. Money in its smallest unit, points too; instants in µs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR

Facts = dict[str, Any]
Account = tuple[str, str]
"""Member and currency."""


class Refusal(Exception):
    """The request has no effect. `code` is the one on the wire."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Condition(NamedTuple):
    """A condition in both languages."""

    cel: str
    holds: Callable[[Facts], bool]
    reads: frozenset[str] = frozenset()


class Fixed(NamedTuple):
    currency: str
    points: Fraction
    pending_days: int | None = None
    expiry_days: int | None = None


class Per(NamedTuple):
    """`points` for every `every` of the basis. Money bases count in smallest units."""

    currency: str
    basis: str
    every: Fraction
    points: Fraction
    mode: str = "steps"
    round: str = "down"
    by: str = "order"
    items: tuple[str, ...] = ()
    pending_days: int | None = None
    expiry_days: int | None = None


class Given(NamedTuple):
    benefit: str


Effect = Fixed | Per | Given


class Earning(NamedTuple):
    effects: tuple[Effect, ...]
    condition: Condition | None = None
    tiers: tuple[str, ...] = ()


class Limits(NamedTuple):
    cooldown: tuple[int, str] | None = None
    frequency: tuple[int, str] | None = None
    budget: tuple[str, int, str] | None = None
    """"points" or "triggers", how many, and the period."""


class Version(NamedTuple):
    """A rule as it was at one time."""

    trigger: str
    earnings: tuple[Earning, ...]
    name: str | None = None
    priority: int = 0
    group: str | None = None
    best: bool = False
    starts_at: int | None = None
    ends_at: int | None = None
    limits: Limits = Limits()
    on_partial: str = "recount"


class EarningLimits(NamedTuple):
    """Of a currency."""

    per_transaction: int | None = None
    balance: int | None = None
    period: tuple[int, str] | None = None


class Exchange(NamedTuple):
    """`points` (smallest units) are worth `money` (smallest units)."""

    points: int
    money: int


class Currency(NamedTuple):
    scale: int = 0
    spent: str = "debt"
    expiry_days: int | None = None
    pending_days: int | None = None
    limits: EarningLimits = EarningLimits()
    exchange: Exchange | None = None
    returns: str = "proportional"


class TierGroup(NamedTuple):
    """Levels by what an account has earned or has, or by what its member has spent: reached and
    lost at once. Each begins at its lower bound."""

    currency: str
    tiers: tuple[tuple[str, int], ...]
    basis: str = "earned"


@dataclass
class Rule:
    name: str
    number: int
    versions: list[tuple[int, Version]]
    active: bool = True
    deleted: bool = False

    def at(self, instant: int) -> tuple[int, Version] | None:
        """The version in force at the instant, and its number."""
        found = [
            (number, version)
            for number, (since, version) in enumerate(self.versions, 1)
            if since <= instant
        ]
        return found[-1] if found else None


@dataclass
class Line:
    """`left`: what has not been refunded of the total. `quantity` is what is left of it too."""

    item: str
    quantity: Fraction
    amount: int
    total: int
    left: int = 0
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.left = self.total


@dataclass
class Event:
    """What was judged, with the facts that were frozen then."""

    name: str
    member: str
    kind: str
    effective_at: int
    position: int
    facts: Facts
    order: str | None = None
    cancelled: bool = False
    body: Any = None


@dataclass
class Award:
    event: str
    rule: str
    version: Version
    earning: int
    effect: int
    account: Account
    row: int
    calculated: int
    amount: int
    effective_at: int


@dataclass
class Payment:
    order: str
    account: Account
    row: int
    amount: int
    points: int
    returns: str
    given_back: bool = False
    """By itself, not by a refund."""


@dataclass
class Refund:
    """`rows`: the cancels that it made, in this order. `taken`: by line (0: the whole order)."""

    name: str
    order: str
    amount: int
    taken: dict[int, tuple[int, Fraction]]
    rows: list[tuple[Account, int]]
    status_before: str
    body: Any = None
    voided: bool = False
    grants: list[str] = field(default_factory=list)


@dataclass
class Order:
    name: str
    member: str
    amount: int
    total: int
    lines: list[Line] = field(default_factory=list)
    channel: str | None = None
    metadata: Facts = field(default_factory=dict)
    effective_at: int | None = None
    status: str = "created"
    refunded: int = 0
    points_paid: int = 0
    """Money that points had paid when it was judged."""

    @property
    def remaining(self) -> int:
        return self.total - self.refunded
