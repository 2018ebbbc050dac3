"""Which rules count for an event, and what they give."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from stampbook.loyalty.conditions.evaluating import Evaluation
from stampbook.loyalty.judging.calculating import TooMany, points_of
from stampbook.loyalty.judging.candidates import Candidate, Candidates
from stampbook.loyalty.judging.periods import cools, within_hours
from stampbook.loyalty.judging.values import Happening, Reason, Room, Used, Verdict
from stampbook.loyalty.model import Earning, Facts, Gain, Given, Grant, Version

_UNUSED = Used()
_UNLIMITED = Room()


def judge(candidates: Candidates, happening: Happening, used: Mapping[int, Used]) -> list[Verdict]:
    """The verdict on each version, in the candidates' order.

    The candidates are the versions in force at the event's instant whose trigger and name are the
    event's; `used` is by rule, and may lack rules without limits. Of an exclusive group at most
    one rule is `matched`. The limits of currencies come afterwards: `within`.
    """
    return exclude(candidates, list(verdicts(candidates, happening, used)))


def verdicts(
    candidates: Candidates, happening: Happening, used: Mapping[int, Used]
) -> Iterator[Verdict]:
    """The verdicts of `judge` before rules exclude each other, one at a time: for callers who
    let others have their turn between two rules."""
    facts, order = happening
    evaluation = Evaluation((), facts, order, names=candidates.names)
    for candidate in candidates.each:
        refused = None
        if not candidate.is_plain:
            refused = unavailable(
                candidate.version, facts, used.get(candidate.version.rule, _UNUSED)
            )
        if refused is not None:
            yield candidate.refusals[refused]
        else:
            yield _earned(candidate, happening, evaluation, used)


def unavailable(version: Version, facts: Facts, used: Used) -> Reason | None:
    """Why the rule does not count here and now, whatever its earnings say."""
    at, timezone = facts.at, facts.timezone
    if version.starts_at is not None and at < version.starts_at:
        return Reason.DATES
    if version.ends_at is not None and at >= version.ends_at:
        return Reason.DATES
    if version.hours and not within_hours(version.hours, at, timezone):
        return Reason.HOURS
    cooldown, frequency, budget = version.limits
    if cooldown is not None:
        if used.last_at is not None and cools(cooldown, used.last_at, at, timezone):
            return Reason.COOLDOWN
        # An event may lie in the past: then a later award is as near as an earlier one.
        if used.next_at is not None and cools(cooldown, at, used.next_at, timezone):
            return Reason.COOLDOWN
    if frequency is not None and used.times >= frequency.max:
        return Reason.FREQUENCY
    if budget is not None and budget.triggers is not None and used.budget >= budget.triggers:
        return Reason.BUDGET
    return None


def _earned(
    candidate: Candidate, happening: Happening, evaluation: Evaluation, used: Mapping[int, Used]
) -> Verdict:
    """The verdict by the earnings: the first that matches gives all its effects."""
    version = candidate.version
    errors: tuple[str, ...] = ()
    reason = Reason.TIER
    for at, earning in enumerate(version.earnings):
        if earning.tiers and not has_tier(earning, happening.facts):
            continue
        if earning.condition is not None:
            answer = evaluation.holds(earning.condition)
            if answer is not True:
                reason = Reason.CONDITION
                if answer is not False:
                    errors = (*errors, answer)
                continue
        budget, rest = version.limits.budget, None
        if budget is not None and budget.points is not None:
            rest = budget.points - used.get(version.rule, _UNUSED).budget
        return _matched(candidate, at, happening, rest, errors)
    if errors:
        return Verdict(version.rule, version.number, Reason.ERROR, errors=errors)
    return candidate.refusals[reason]


def has_tier(earning: Earning, facts: Facts) -> bool:
    """Whether one of the earning's needs is met by the member's tiers."""
    return any(
        need.group == standing.group and standing.tier in need.any_of
        for need in earning.tiers
        for standing in facts.standings
    )


def _matched(
    candidate: Candidate,
    earning: int,
    happening: Happening,
    budget: int | None,
    errors: tuple[str, ...],
) -> Verdict:
    """The verdict on an earning that matched, its gains capped to what is left of a budget."""
    known = None if errors else candidate.made.get(earning)
    if known is None:
        known = _worked_out(candidate, earning, happening, budget, errors)
        if not errors and candidate.is_fixed[earning]:
            candidate.made[earning] = known
    return known


def _worked_out(
    candidate: Candidate,
    earning: int,
    happening: Happening,
    budget: int | None,
    errors: tuple[str, ...],
) -> Verdict:
    version = candidate.version
    gains, grants, failed = effects_of(version, earning, happening)
    is_capped = False
    if budget is not None:
        gains, is_capped = _capped(gains, candidate.budget_currency, budget)
    reason = Reason.MATCHED
    if not gains and not grants:
        reason = Reason.BUDGET if is_capped else Reason.ERROR if failed else Reason.NOTHING
    return Verdict(version.rule, version.number, reason, earning, gains, grants, (*errors, *failed))


def _capped(
    gains: Iterable[Gain], currency: int | None, budget: int
) -> tuple[tuple[Gain, ...], bool]:
    """The gains of which those in the currency share what is left of a budget, the first ones
    first; and whether it was too little for them."""
    result: list[Gain] = []
    rest, is_capped = max(budget, 0), False
    for gain in gains:
        amount = gain.amount if gain.currency != currency else min(gain.amount, rest)
        if gain.currency == currency:
            rest -= amount
        is_capped = is_capped or amount < gain.amount
        if amount:
            result.append(gain._replace(amount=amount))
    return tuple(result), is_capped


def effects_of(
    version: Version, earning: int, happening: Happening
) -> tuple[tuple[Gain, ...], tuple[Grant, ...], tuple[str, ...]]:
    """What the effects of an earning give, without any limit: gains above 0, grants, and why
    other effects give nothing."""
    gains: list[Gain] = []
    grants: list[Grant] = []
    errors: list[str] = []
    for at, effect in enumerate(version.earnings[earning].effects):
        if isinstance(effect, Given):
            grants.append(Grant(version.rule, version.number, earning, at, effect.benefit))
            continue
        try:
            points = points_of(effect, happening)
        except TooMany as error:
            errors.append(str(error))
            continue
        if points > 0:
            gains.append(
                Gain(
                    rule=version.rule,
                    version=version.number,
                    earning=earning,
                    effect=at,
                    currency=effect.currency,
                    calculated=points,
                    amount=points,
                )
            )
    return tuple(gains), tuple(grants), tuple(errors)


def exclude(candidates: Candidates, found: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts when of each exclusive group only one rule stays: the first that matches, even
    if it gives nothing, or the one that gives the most of the group's currency.

    Whether the best stays is what the group's first rule says; the currency is that of the first
    points that the group gives, and in a tie the earlier rule stays.
    """
    if not candidates.has_groups:
        return list(found)
    groups: dict[str, list[int]] = {}
    for at, verdict in enumerate(found):
        group = candidates.each[at].version.exclusive_group
        if group is not None and verdict.earning is not None:
            groups.setdefault(group, []).append(at)
    if not groups:
        return list(found)
    result = list(found)
    for members in groups.values():
        stays = members[0]
        if candidates.each[stays].version.keeps_best:
            currency = next((gain.currency for at in members for gain in found[at].gains), None)
            stays = max(members, key=lambda at: _given(found[at], currency))
        for at in members:
            if at != stays:
                result[at] = candidates.each[at].refusals[Reason.EXCLUSIVE]
    return result


def _given(verdict: Verdict, currency: int | None) -> int:
    return sum(gain.amount for gain in verdict.gains if gain.currency == currency)


def within(found: Sequence[Verdict], rooms: Mapping[int, Room]) -> list[Verdict]:
    """The verdicts with their gains capped by what each currency has room for, award by award.

    `rooms` is by currency, and may lack those without limits.
    """
    left: dict[int, int] = {}
    for currency, room in rooms.items():
        limits = [rest for rest in (room.balance, room.period) if rest is not None]
        if limits:
            left[currency] = max(min(limits), 0)
    result: list[Verdict] = []
    for verdict in found:
        if not verdict.gains:
            result.append(verdict)
            continue
        gains = []
        for gain in verdict.gains:
            most = rooms.get(gain.currency, _UNLIMITED).per_transaction
            if most is not None and gain.amount > most:
                continue
            rest = left.get(gain.currency)
            amount = gain.amount if rest is None else min(gain.amount, rest)
            if rest is not None:
                left[gain.currency] = rest - amount
            if amount:
                gains.append(gain if amount == gain.amount else gain._replace(amount=amount))
        reason = verdict.reason if gains or verdict.grants else Reason.CAPPED
        result.append(verdict._replace(gains=tuple(gains), reason=reason))
    return result
