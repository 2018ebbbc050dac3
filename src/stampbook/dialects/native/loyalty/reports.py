"""`/programs/{id}/reports/…`: docs/reference/native-api-rules.md.

A row for each period and each key, zeros included. What is taken back counts negatively in the
period in which it is taken.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from stampbook.dialects import amounts, instants
from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.loyalty.wire.reports import (
    CountedShape,
    EarnedShape,
    EarningReport,
    RulesReport,
    SpendingReport,
    SpentShape,
)
from stampbook.dialects.native.problems import invalid_parameter
from stampbook.loyalty.reports.earning import Counted, Earned, Source, counted, earned, rules_of
from stampbook.loyalty.reports.spans import Spans
from stampbook.loyalty.reports.spending import Spent, spent
from stampbook.loyalty.tiers import reporting
from stampbook.programs import currencies
from stampbook.programs.programs import Program

RESOLUTIONS: Final = ("day", "week", "month", "quarter", "year")

MAX_CURRENCIES: Final = 1_000


def periods_of(call: Call, program: Program, *, longest: int = reporting.LONGEST) -> list[int]:
    """The begins of the periods that are asked for, and their end. Raises Failure (422)."""
    since, until = _instant(call, "from"), _instant(call, "to")
    resolution = call.query.get("resolution", "day")
    if resolution not in RESOLUTIONS:
        raise invalid_parameter("resolution", f"must be one of {', '.join(RESOLUTIONS)}")
    if until <= since:
        raise invalid_parameter("to", "must lie after from")
    edges = reporting.periods(resolution, since, until, program.timezone, longest=longest)
    if edges is None:
        raise invalid_parameter("resolution", f"gives more than {longest} periods")
    return edges


def _instant(call: Call, name: str) -> int:
    at = finding.asked_instant(call, name)
    if at is None:
        raise invalid_parameter(name, "is required")
    return at


async def _asked(call: Call) -> tuple[Program, Sequence[int]]:
    program = await finding.program(call, call.context.store, call.id(ids.PROGRAM))
    return program, periods_of(call, program)


async def _scales(call: Call, program: Program) -> dict[int, int]:
    found = await currencies.page(call.context.store, program.program_id, limit=MAX_CURRENCIES)
    return {each.currency_id: each.scale for each in found}


async def report_earning(call: Call) -> EarningReport:
    """What each earning gave; a row for each that gave anything, or took it back, in the time."""
    program, edges = await _asked(call)
    found = await earned(call.context.store, program.program_id, Spans(edges))
    scales = await _scales(call, program)
    sources = sorted({source for period in found.values() for source in period})
    return EarningReport(
        [
            _earned(begin, source, found.get(begin, {}).get(source, Earned()), scales)
            for begin, _ in pairwise(edges)
            for source in sources
        ]
    )


def _earned(begin: int, source: Source, what: Earned, scales: dict[int, int]) -> EarnedShape:
    scale = scales[source.currency]
    return EarnedShape(
        instants.write(begin),
        ids.write(ids.RULE, source.rule),
        source.version,
        source.earning,
        ids.write(ids.CURRENCY, source.currency),
        what.times,
        amounts.write(what.points, scale),
        amounts.write(what.pending, scale),
    )


async def report_spending(call: Call) -> SpendingReport:
    """What purchases and payments took of each currency of the program."""
    program, edges = await _asked(call)
    found = await spent(call.context.store, program.program_id, Spans(edges))
    return SpendingReport(
        [
            _spent(begin, currency, found.get(begin, {}).get(currency, Spent()), scale)
            for begin, _ in pairwise(edges)
            for currency, scale in sorted((await _scales(call, program)).items())
        ]
    )


def _spent(begin: int, currency: int, what: Spent, scale: int) -> SpentShape:
    return SpentShape(
        instants.write(begin),
        ids.write(ids.CURRENCY, currency),
        what.on_rewards,
        what.on_orders,
        amounts.write(what.points_on_rewards, scale),
        amounts.write(what.points_on_orders, scale),
    )


async def report_rules(call: Call) -> RulesReport:
    """How often each rule of the program counted, and how often its limits were in the way."""
    program, edges = await _asked(call)
    store, number = call.context.store, program.program_id
    found = await counted(store, number, Spans(edges))
    moved = {rule for period in found.values() for rule in period}
    rules = sorted(moved.union(await rules_of(store, number)))
    return RulesReport(
        [
            _counted(begin, rule, found.get(begin, {}).get(rule, Counted()))
            for begin, _ in pairwise(edges)
            for rule in rules
        ]
    )


def _counted(begin: int, rule: int, what: Counted) -> CountedShape:
    return CountedShape(
        instants.write(begin), ids.write(ids.RULE, rule), what.success, dict(what.failures)
    )
