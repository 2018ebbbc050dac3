"""What goes into a judgement besides the facts, and what comes out of it."""

from enum import StrEnum
from typing import NamedTuple

from stampbook.loyalty.model import Award, Facts, Gain, Grant, OrderFacts


class Happening(NamedTuple):
    """What is judged: the frozen facts of an event and, if it is about one, its order."""

    facts: Facts
    order: OrderFacts | None = None


class Used(NamedTuple):
    """What is used of a rule's limits, by awards in force.

    `last_at` is the business instant of the member's latest award by the rule at or before the
    event's, `next_at` of the earliest one after it: an event may lie in the past. `times` is how
    often the rule counted for the member in the frequency's period, `budget` what all members
    took in the budget's period: points or triggers, whichever the budget counts.
    """

    last_at: int | None = None
    next_at: int | None = None
    times: int = 0
    budget: int = 0


class Room(NamedTuple):
    """What a currency's earning limits leave for one account; None: no such limit.

    `per_transaction` is the most that one award may give. `balance` and `period` are the limits
    less what is used of them; they may be negative.
    """

    per_transaction: int | None = None
    balance: int | None = None
    period: int | None = None


class Reason(StrEnum):
    """Why a rule counted or did not."""

    MATCHED = "matched"
    DATES = "dates"
    HOURS = "hours"
    COOLDOWN = "cooldown"
    FREQUENCY = "frequency"
    BUDGET = "budget"
    TIER = "tier"
    CONDITION = "condition"
    ERROR = "error"
    """No earning matched, and a condition raised or was neither true nor false, or the points
    are more than any account may hold."""
    EXCLUSIVE = "exclusive"
    """Another rule of the same exclusive group counted."""
    NOTHING = "nothing"
    """An earning matched, and all that it gives is nothing."""
    CAPPED = "capped"
    """An earning matched, and the limits of its currencies left nothing of it."""


class Verdict(NamedTuple):
    """What became of one rule. `earning` is the one that matched, an index of the version's
    earnings. `gains` have an amount above 0. `errors` are the texts of conditions that failed,
    even if a later earning matched."""

    rule: int
    version: int
    reason: Reason
    earning: int | None = None
    gains: tuple[Gain, ...] = ()
    grants: tuple[Grant, ...] = ()
    errors: tuple[str, ...] = ()


class Held(NamedTuple):
    """An award, and what of it no cancel has taken."""

    award: Award
    in_force: int


class Take(NamedTuple):
    """What a refund takes back from one award: `amount` of the `was` in force."""

    award: Award
    was: int
    amount: int


class Target(NamedTuple):
    """What a rule leaves to one account: `was` in force, `target` after the refund.

    `error` is the text of an evaluation that failed, so that the target is proportional.
    """

    rule: int
    version: int
    account: int
    was: int
    target: int
    error: str | None = None


class Recounted(NamedTuple):
    """What follows from a recount: `takes`, newest award first; `fallen`, the grants that go."""

    targets: tuple[Target, ...]
    takes: tuple[Take, ...]
    fallen: tuple[Grant, ...]
