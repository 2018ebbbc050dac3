"""What is taken back when less of an order remains, or a threshold is no longer reached.

Each rule is recounted for itself, by the version of its award. Other rules do not take its place,
and limits are not judged again: what is in force already bounds the result, so that nothing rises.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from stampbook.loyalty.conditions.evaluating import Evaluation
from stampbook.loyalty.judging.judging import effects_of, has_tier
from stampbook.loyalty.judging.values import Happening, Held, Recounted, Take, Target
from stampbook.loyalty.model import Grant, OnPartial, OrderFacts, Version


class _Result(NamedTuple):
    """What a version gives for what remains: points by currency, and how often each benefit.
    `share`: instead, this part of each award and all grants."""

    points: Mapping[int, int]
    benefits: Mapping[int, int]
    share: tuple[int, int] | None = None
    error: str | None = None


Results = Mapping[tuple[int, int], _Result]
"""What versions give, by rule and number."""

_NOTHING = _Result({}, {})
_ALL = _Result({}, {}, share=(1, 1))


def recount(
    held: Sequence[Held],
    grants: Sequence[Grant],
    versions: Mapping[tuple[int, int], Version],
    *,
    was: Happening,
    now: Happening | None,
    results: Results | None = None,
) -> Recounted:
    """What the awards and grants of one event become. Nothing rises.

    `held` are the event's awards, oldest first; `grants` those in force; `versions` are by rule
    and number. `was` is the event as it was judged, whole; `now` has what remains of its order,
    or other totals, and the same facts otherwise; None: nothing remains of the event. `results`
    are `results_of` the versions, where they are known.
    """
    if results is None:
        named = {(one.award.rule, one.award.version) for one in held}
        named |= {(grant.rule, grant.version) for grant in grants}
        results = results_of({key: versions[key] for key in named}, was=was, now=now)
    targets: list[Target] = []
    takes: list[Take] = []
    for (rule, version, _), awards in _by_account(held).items():
        target = _target(awards, results[rule, version])
        targets.append(target)
        takes += _newest_first(awards, target.was - target.target)
    order = {one.award.award_id: at for at, one in enumerate(held)}
    takes.sort(key=lambda take: -order[take.award.award_id])
    return Recounted(tuple(targets), tuple(takes), tuple(_fallen(grants, results)))


def results_of(
    versions: Mapping[tuple[int, int], Version], *, was: Happening, now: Happening | None
) -> Results:
    """What the versions give for what remains. All that takes time of a recount: conditions are
    evaluated here."""
    if now is not None:
        now = _remaining(was, now)
    return {key: _result(each, was, now) for key, each in versions.items()}


def _remaining(was: Happening, now: Happening) -> Happening | None:
    """`now` with the lines of which something is left; None if nothing is left of the order."""
    if was.order is None or now.order is None:
        return now
    totals = {line.line: line.total for line in was.order.lines}
    lines = tuple(
        line
        for line in now.order.lines
        if line.quantity > 0 and (line.total > 0 or totals.get(line.line) == 0)
    )
    is_gone = now.order.total == 0 and was.order.total > 0
    is_empty = bool(was.order.lines) and not lines
    return None if is_gone or is_empty else now._replace(order=now.order._replace(lines=lines))


def _result(version: Version, was: Happening, now: Happening | None) -> _Result:
    if now is None:
        return _NOTHING
    if version.on_partial is OnPartial.KEEP:
        return _ALL
    if version.on_partial is OnPartial.PROPORTIONAL:
        return _share(was.order, now.order)
    return _recounted(version, was, now)


def _share(was: OrderFacts | None, now: OrderFacts | None, error: str | None = None) -> _Result:
    share = (1, 1)
    if was is not None and now is not None and was.total > 0:
        share = (min(now.total, was.total), was.total)
    return _Result({}, {}, share, error)


def _recounted(version: Version, was: Happening, now: Happening) -> _Result:
    """What the first earning that matches now gives; a share if that cannot be found out."""
    texts = [each.condition for each in version.earnings if each.condition is not None]
    whole = was.order
    answers = Evaluation(texts, now.facts, now.order, whole=whole)
    before = Evaluation(texts, was.facts, whole)
    for at, earning in enumerate(version.earnings):
        if earning.tiers and not has_tier(earning, now.facts):
            continue
        if earning.condition is not None:
            answer = answers.holds(earning.condition)
            # What failed from the beginning was no match then, and is none now.
            if isinstance(answer, str) and isinstance(before.holds(earning.condition), bool):
                return _share(whole, now.order, answer)
            if answer is not True:
                continue
        gains, grants, _ = effects_of(version, at, now)
        points: dict[int, int] = {}
        for gain in gains:
            points[gain.currency] = points.get(gain.currency, 0) + gain.calculated
        return _Result(points, Counter(grant.benefit for grant in grants))
    return _NOTHING


def _by_account(held: Sequence[Held]) -> dict[tuple[int, int, int], list[Held]]:
    found: dict[tuple[int, int, int], list[Held]] = {}
    for one in held:
        award = one.award
        found.setdefault((award.rule, award.version, award.account), []).append(one)
    return found


def _target(awards: Sequence[Held], result: _Result) -> Target:
    """What is left of the awards of one rule to one account."""
    first = awards[0].award
    in_force = sum(one.in_force for one in awards)
    if result.share is None:
        given = result.points.get(first.currency, 0)
    else:
        part, of = result.share
        given = sum(one.award.amount for one in awards) * part // of
    return Target(
        rule=first.rule,
        version=first.version,
        account=first.account,
        was=in_force,
        target=min(given, in_force),
        error=result.error,
    )


def _newest_first(awards: Sequence[Held], amount: int) -> list[Take]:
    takes: list[Take] = []
    for one in reversed(awards):
        taken = min(one.in_force, amount)
        if taken:
            takes.append(Take(one.award, one.in_force, taken))
            amount -= taken
    return takes


def _fallen(grants: Sequence[Grant], results: Results) -> Iterator[Grant]:
    """The grants that nothing gives any more; the first ones stay while their benefit is given."""
    left = {key: Counter(result.benefits) for key, result in results.items()}
    for grant in grants:
        key = (grant.rule, grant.version)
        if results[key].share is not None:
            continue
        if left[key][grant.benefit] > 0:
            left[key][grant.benefit] -= 1
        else:
            yield grant
