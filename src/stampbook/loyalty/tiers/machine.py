"""The standing of one account in one group, fact by fact and instant by instant.

Pure: what comes out depends on the facts and the terms alone. Time passes between facts: tiers end,
windows begin. At one instant come, in this order: what becomes active, tiers that end, windows that
begin, then everything else in the order of the journal. After each the tier is judged again.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from stampbook.domain.model import FOREVER
from stampbook.loyalty.tiers.groups import Tier
from stampbook.loyalty.tiers.terms import Activity, Terms
from stampbook.loyalty.tiers.windows import Windows, end_of_grace, end_of_retention

NO_TIER: Final = -1
"""In the place of a tier's position."""


class Cause(StrEnum):
    """Why a standing began: the member joined, the count or the segments changed, a window began, a
    retention or grace was over, a part was taken back, or given again."""

    JOINED = "joined"
    POINTS = "points"
    SEGMENT = "segment"
    WINDOW = "window"
    RETENTION = "retention"
    CANCEL = "cancel"
    VOID = "void"


class Fact(NamedTuple):
    """Something that counts, known since `at`.

    `delta` is added to the count of the window in which `counted_at` lies. `origin` names what it
    belongs to: a lot, an order. `undoes`: it takes part of the origin back, or gives it back again.
    `faded` is, of a balance, the part of it that had expired before, with the sign of `delta`.
    `fades`: the origin leaves the balance by expiry. `fresh` is, of what is given back under
    `keep`, the part that counts for the first time: it was taken while it was pending. `early`: it
    comes before tiers that end at the same instant. `more`: the next fact is of the same row, and
    only then the tier is judged. `silent`: the last of a row of which a recount has left nothing,
    so that the tier is not judged by it.
    """

    at: int
    seq: int
    delta: int = 0
    counted_at: int = 0
    origin: int = 0
    undoes: bool = False
    faded: int = 0
    fades: bool = False
    fresh: int = 0
    early: bool = False
    more: bool = False
    silent: bool = False
    activity: Activity | None = None
    entered: str | None = None
    left: str | None = None


class Step(NamedTuple):
    """A standing that began: `tier` after `former` (positions, or NO_TIER), at `entered_at`.

    The same tier twice: it was prolonged. `ends_at`: until when it is kept whatever the count
    (FOREVER: no instant is known). `seq` is the journal's row that caused it (0: none), `points`
    what was counted. `annulled_by` is the row that took back what it rested on (0: none).
    """

    tier: int
    former: int
    entered_at: int
    ends_at: int
    cause: Cause
    seq: int
    points: int
    annulled_by: int = 0


class State(NamedTuple):
    """A standing between two facts; all that the next step depends on.

    `counts` are by window, `gross` the same without what was taken back. `kept_until` protects the
    tier, `grace_until` is when it is lost: FOREVER if there is no such instant.
    """

    tier: int
    kept_until: int
    grace_until: int
    window: int
    counts: dict[int, int]
    gross: dict[int, int]
    segments: frozenset[str]


class Machine:
    """Takes facts in order and gives steps. `path` has all of them so far."""

    def __init__(
        self, terms: Terms, tiers: tuple[Tier, ...], windows: Windows, timezone: str
    ) -> None:
        self.terms = terms
        self.tiers = tiers
        self.windows = windows
        self.timezone = timezone
        self.path: list[Step] = []

    def begin(self, at: int, segments: frozenset[str] = frozenset()) -> None:
        """The member joins at the instant."""
        number = self.windows.number(at)
        self.restore(State(NO_TIER, FOREVER, FOREVER, number, {}, {}, segments))
        self._judge(at, Cause.JOINED, 0)

    def dump(self) -> State:
        """The present state. It does not change with the machine."""
        return State(
            self.tier,
            self.kept_until,
            self.grace_until,
            self.window,
            dict(self.counts),
            dict(self.gross),
            self.segments,
        )

    def restore(self, state: State) -> None:
        """Go on from a state."""
        self.tier = state.tier
        self.kept_until = state.kept_until
        self.grace_until = state.grace_until
        self.counts = dict(state.counts)
        self.gross = dict(state.gross)
        self.segments = state.segments
        self._enter_window(state.window)

    def _enter_window(self, number: int) -> None:
        self.window = number
        self.window_begin = self.windows.begin(number)
        self.window_end = self.windows.end(number)

    # -- what counts -----------------------------------------------------------------------

    @property
    def judged_window(self) -> int:
        """The window whose count decides: this one, or the one before (`next_period`)."""
        return self.window - (self.terms.change == "next_period")

    @property
    def count(self) -> int:
        """The count that decides now."""
        return self.counts.get(self.judged_window, 0)

    def tier_of(self, count: int) -> int:
        """The position of the tier that a count gives, or NO_TIER."""
        passed: set[str | None] = set()
        for position in range(len(self.tiers) - 1, -1, -1):
            tier = self.tiers[position]
            if tier.threshold > count or tier.segment in passed or not self._open(tier):
                continue
            if tier.ceiling is None or count <= tier.ceiling:
                return position
            # Above the ceiling is a gap: a lower tier of the same path reaches up to this one only.
            passed.add(tier.segment)
        return NO_TIER

    def _open(self, tier: Tier) -> bool:
        return tier.segment is None or tier.segment in self.segments

    def take(self, fact: Fact) -> None:
        """The next fact. Its instant must not be before that of the one before."""
        self.pass_time(fact.at - fact.early)
        if fact.entered is not None:
            self.segments |= {fact.entered}
        if fact.left is not None:
            self.segments -= {fact.left}
        if fact.delta:
            number = self.window
            if not self.window_begin <= fact.counted_at < self.window_end:
                number = self.windows.number(fact.counted_at)
            if number >= self.window - 1:
                self.counts[number] = self.counts.get(number, 0) + fact.delta
                came = fact.fresh if fact.undoes else fact.delta
                if came:
                    self.gross[number] = self.gross.get(number, 0) + came
        if not (fact.more or fact.silent):
            self._judge(fact.at, _cause_of(fact), fact.seq)
        if fact.activity == "spending" or (fact.activity == "earning" and fact.delta > 0):
            self._slide(fact.at, fact.activity)

    # -- time ------------------------------------------------------------------------------

    def pass_time(self, until: int) -> None:
        """Everything that time alone does up to the instant, and at it."""
        while True:
            due = min(self.kept_until, self.grace_until)
            if min(due, self.window_end) > until:
                return
            if due <= self.window_end:
                self._end(due)
            else:
                self._turn(until)

    def _end(self, at: int) -> None:
        """A retention or grace is over at the instant."""
        in_grace = self.grace_until == at
        self.kept_until = self.grace_until = FOREVER
        fit = self._fit()
        if fit < self.tier:
            if in_grace:
                self._drop(at, fit, Cause.RETENTION, 0)
            else:
                self._fall(at, fit, Cause.RETENTION, 0)
        else:
            self._enter(max(fit, self.tier), at, Cause.RETENTION, 0)

    def _turn(self, until: int) -> None:
        """The next window begins; windows that change nothing are passed over."""
        at = self.window_end
        self._enter_window(self.window + 1)
        for counts in (self.counts, self.gross):
            for number in [each for each in counts if each < self.window - 1]:
                del counts[number]
        self._judge(at, Cause.WINDOW, 0)
        if self._is_settled():
            self._enter_window(max(self.window, self.windows.number(until)))

    def _is_settled(self) -> bool:
        """Whether windows without facts change nothing."""
        if min(self.kept_until, self.grace_until) < FOREVER:
            return False
        if any(self.counts.values()) or any(self.gross.values()):
            return False
        return self.terms.downgrade.type == "none" or self.tier == self.tier_of(0)

    def _slide(self, at: int, activity: Activity) -> None:
        retention = self.terms.retention
        if retention.type != "sliding" or activity not in retention.activities:
            return
        if self.tier == NO_TIER or self.kept_until == FOREVER:
            return
        self.kept_until = end_of_retention(retention, at, self.timezone)
        self.path[-1] = self.path[-1]._replace(ends_at=self.kept_until)

    # -- up and down -----------------------------------------------------------------------

    def _fit(self) -> int:
        """The tier that may be kept or reached: under `keep`, cancels do not lower it below the
        present one."""
        fit = self.tier_of(self.count)
        if self.terms.on_cancel == "keep" and fit < self.tier:
            gross = self.tier_of(self.gross.get(self.judged_window, 0))
            fit = max(fit, min(gross, self.tier))
        return fit

    def _judge(self, at: int, cause: Cause, seq: int) -> None:
        fit = self._fit()
        if fit > self.tier:
            self._enter(fit, at, cause, seq)
        elif fit == self.tier:
            if self.grace_until != FOREVER:  # enough again
                self.grace_until = FOREVER
                self._enter(fit, at, cause, seq)
        elif self.kept_until == FOREVER and self.grace_until == FOREVER:
            self._fall(at, fit, cause, seq)

    def _fall(self, at: int, fit: int, cause: Cause, seq: int) -> None:
        """The count gives a lower tier, and no retention protects the present one."""
        downgrade = self.terms.downgrade
        if downgrade.type == "none" or self.tiers[self.tier].keep_forever:
            return
        if downgrade.grace is not None:
            self.grace_until = end_of_grace(downgrade.grace, at, self.timezone)
        else:
            self._drop(at, fit, cause, seq)

    def _drop(self, at: int, fit: int, cause: Cause, seq: int) -> None:
        lower = fit
        if self.terms.downgrade.type == "single":
            levels = (
                each for each in range(self.tier - 1, fit, -1) if self._open(self.tiers[each])
            )
            lower = next(levels, fit)
        self._enter(lower, at, cause, seq)

    def _enter(self, tier: int, at: int, cause: Cause, seq: int) -> None:
        former, self.tier = self.tier, tier
        self.kept_until = self.grace_until = FOREVER
        if tier != NO_TIER and not self.tiers[tier].keep_forever:
            self.kept_until = end_of_retention(self.terms.retention, at, self.timezone)
        if tier == former and self.kept_until == FOREVER:
            return
        self.path.append(Step(tier, former, at, self.kept_until, cause, seq, self.count))


def _cause_of(fact: Fact) -> Cause:
    if fact.undoes:
        return Cause.CANCEL if fact.delta + fact.faded < 0 else Cause.VOID
    return Cause.SEGMENT if fact.entered or fact.left else Cause.POINTS
