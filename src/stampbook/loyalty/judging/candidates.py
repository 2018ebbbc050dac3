"""Versions of rules, prepared once for many events."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from stampbook.loyalty.conditions.evaluating import names_of
from stampbook.loyalty.conditions.shape import Path
from stampbook.loyalty.judging.values import Reason, Verdict
from stampbook.loyalty.model import Fixed, Limits, Per, Version


class Candidate:
    """One version, and what need not be found out for each event."""

    __slots__ = ("budget_currency", "is_fixed", "is_plain", "made", "refusals", "version")

    def __init__(self, version: Version) -> None:
        self.version = version
        self.is_plain = (
            version.starts_at is None
            and version.ends_at is None
            and not version.hours
            and version.limits == Limits()
        )
        """Only its earnings decide."""
        self.refusals = {reason: Verdict(version.rule, version.number, reason) for reason in Reason}
        self.budget_currency = next(
            (
                effect.currency
                for earning in version.earnings
                for effect in earning.effects
                if isinstance(effect, Fixed | Per)
            ),
            None,
        )
        """The currency whose points a budget counts: that of the first effect with points."""
        budget = version.limits.budget
        self.is_fixed = tuple(
            (budget is None or budget.points is None)
            and not any(isinstance(effect, Per) for effect in earning.effects)
            for earning in version.earnings
        )
        """Of each earning, whether it gives every event the same."""
        self.made: dict[int, Verdict] = {}
        """By earning, the verdicts that are the same for every event that it matches: kept when
        they are made first."""


class Candidates:
    """The versions that may count for an event, in the order in which they are judged: by
    priority, the highest first, then by rule number."""

    def __init__(self, versions: Iterable[Version]) -> None:
        ordered = sorted(versions, key=lambda each: (-each.priority, each.rule))
        self.each = tuple(map(Candidate, ordered))
        self.has_groups = any(each.exclusive_group is not None for each in ordered)
        """Whether any of them may exclude others."""

    @cached_property
    def versions(self) -> Mapping[int, Version]:
        """The versions by their rules."""
        return {each.version.rule: each.version for each in self.each}

    @cached_property
    def names(self) -> frozenset[Path]:
        """What all of their conditions read."""
        return names_of(
            earning.condition
            for candidate in self.each
            for earning in candidate.version.earnings
            if earning.condition is not None
        )
