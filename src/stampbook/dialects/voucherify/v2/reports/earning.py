"""What earning rules gave, and how often they counted."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from stampbook.dialects.spelling.voucherify import Prefix, spell, spell_earning
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.lists.choosing import is_chosen
from stampbook.dialects.voucherify.core.lists.filters import Fields, id_field
from stampbook.dialects.voucherify.core.operations import operation
from stampbook.dialects.voucherify.core.seats import find_member, find_program
from stampbook.dialects.voucherify.core.shapes.schema import (
    DATE,
    POINTS,
    TEXT,
    array_of,
    id_of,
    object_of,
    one_of,
)
from stampbook.dialects.voucherify.v2.cards.reports import QUERY
from stampbook.dialects.voucherify.v2.members import resource as members
from stampbook.dialects.voucherify.v2.programs.resource import ITEM
from stampbook.dialects.voucherify.v2.reports.periods import WHOLE, Days, definitions_of
from stampbook.dialects.voucherify.v2.rules.rows import get_rule
from stampbook.edge.operations import Operation
from stampbook.loyalty.judging.values import Reason
from stampbook.loyalty.reports.earning import Counted, Earned, Source, counted, earned
from stampbook.loyalty.reports.spans import Spans

Body = dict[str, Any]

RULES: Final = {"earning_rule_id": id_field("rule", Prefix.EARNING_RULE)}
POINTS_EARNINGS: Final = {
    **RULES,
    "card_definition_id": id_field("definition", Prefix.CARD_DEFINITION),
}
FAILURES: Final = (Reason.COOLDOWN, Reason.FREQUENCY)


class Item(NamedTuple):
    """A row's key: an earning of a rule, and a definition, by their numbers."""

    rule: int
    serial: int
    definition: int


async def _serials(call: Call, sources: Iterable[Source]) -> dict[tuple[int, int, int], int]:
    """Which earnings of the wire those of versions are. What another API made has none, and is
    named by its place."""
    rules = sorted({source.rule for source in sources})
    if not rules:
        return {}
    rows = await call.store.fetch(
        f"""
        SELECT e.rule_id, e.version, e.earning, e.serial FROM voucherify_earnings e
        WHERE e.rule_id IN ({", ".join(map(str, rules))})
        """  # noqa: S608 - numbers
    )
    return {(row["rule_id"], row["version"], row["earning"]): row["serial"] for row in rows}


async def _items(call: Call, program: int, spans: Spans) -> dict[int, dict[Item, Earned]]:
    """What the filters let through, by the period's begin."""
    given = await earned(call.store, program, spans)
    definitions = await definitions_of(call, program)
    serials = await _serials(call, (source for period in given.values() for source in period))
    found: dict[int, dict[Item, Earned]] = {}
    for begin, sources in given.items():
        for source, what in sources.items():
            place = source.rule, source.version, source.earning
            serial = serials.get(place, source.earning + 1)
            item = Item(source.rule, serial, definitions[source.currency])
            values = {"rule": item.rule, "definition": item.definition}
            if is_chosen(call.pairs, POINTS_EARNINGS, values, now=call.now):
                period = found.setdefault(begin, {})
                period[item] = period.get(item, Earned()).plus(what)
    return found


def _print_item(item: Item, what: Earned) -> Body:
    return {
        "earning_rule_id": spell(Prefix.EARNING_RULE, item.rule),
        "earning_item_id": spell_earning(item.rule, item.serial),
        "card_definition_id": spell(Prefix.CARD_DEFINITION, item.definition),
        "success_count": what.times,
        "points": what.points,
        "pending_points": what.pending,
    }


def _check(call: Call, fields: Fields) -> None:
    """Raises a Fault (400) for filters that the report does not have."""
    is_chosen(call.pairs, fields, {field.column: 0 for field in fields.values()}, now=call.now)


async def daily_points(call: Call) -> Body:
    """A row for every period and every key of which anything moved in the range."""
    program = await find_program(call, call.parameters["program"])
    days = Days(call, program.timezone)
    _check(call, POINTS_EARNINGS)
    found = await _items(call, program.program_id, days.spans)
    items = sorted({item for period in found.values() for item in period})
    rows = [
        {
            "date": day,
            **_print_item(item, found.get(begin, {}).get(item, Earned())),
            "object": "program_points_earnings_daily_report",
        }
        for begin, day in days
        for item in items
    ]
    return {"data": rows, "object": "report"}


async def summary_points(call: Call) -> Body:
    """A row for every key: what is in force now."""
    program = await find_program(call, call.parameters["program"])
    _check(call, POINTS_EARNINGS)
    found = (await _items(call, program.program_id, WHOLE)).get(WHOLE.since, {})
    rows = [
        {
            "id": f"lppers_{item.rule:x}{item.serial:05x}{item.definition:018x}",
            **_print_item(item, what),
            "object": "program_points_earnings_summary_report",
        }
        for item, what in sorted(found.items())
    ]
    return {"data": rows, "object": "report"}


async def _counts(call: Call, program: int, spans: Spans) -> dict[int, dict[int, Counted]]:
    """The rules that the filters let through, by the period's begin."""
    return {
        begin: {
            rule: what
            for rule, what in period.items()
            if is_chosen(call.pairs, RULES, {"rule": rule}, now=call.now)
        }
        for begin, period in (await counted(call.store, program, spans)).items()
    }


def _print_rule(rule: int, what: Counted) -> Body:
    failures: Mapping[str, int] = {str(each): what.failures.get(each, 0) for each in FAILURES}
    return {
        "earning_rule_id": spell(Prefix.EARNING_RULE, rule),
        "success_count": what.success,
        "failures_count": sum(failures.values()),
        "failures_breakdown": failures,
    }


async def daily_rules(call: Call) -> Body:
    """A row for every period and every rule that counted or was limited in the range."""
    program = await find_program(call, call.parameters["program"])
    days = Days(call, program.timezone)
    _check(call, RULES)
    found = await _counts(call, program.program_id, days.spans)
    rules = sorted({rule for period in found.values() for rule in period})
    rows = [
        {
            "date": day,
            **_print_rule(rule, found.get(begin, {}).get(rule, Counted())),
            "object": "program_earning_rules_daily_report",
        }
        for begin, day in days
        for rule in rules
    ]
    return {"data": rows, "object": "report"}


async def summary_rules(call: Call) -> Body:
    """A row for every rule that ever counted or was limited."""
    program = await find_program(call, call.parameters["program"])
    _check(call, RULES)
    found = (await _counts(call, program.program_id, WHOLE)).get(WHOLE.since, {})
    rows = [
        {
            "id": f"lperrs_{rule:018x}",
            **_print_rule(rule, what),
            "object": "program_earning_rules_summary_report",
        }
        for rule, what in sorted(found.items())
    ]
    return {"data": rows, "object": "report"}


async def member_rule_report(call: Call) -> Body:
    """How often a rule counted for a member, in every period."""
    path = call.parameters
    program, member = await find_member(call, path["program"], path["member"])
    rule = await get_rule(call.store, call, path["rule"])
    days = Days(call, program.timezone)
    found = await counted(call.store, program.program_id, days.spans, member=member.member_id)
    rows = [
        {
            "date": day,
            "count": found.get(begin, {}).get(rule.rule_id, Counted()).success,
            "object": "earning_rule_daily_report",
        }
        for begin, day in days
    ]
    return {"data": rows, "object": "report"}


def _report(row: dict[str, Any]) -> Any:
    return object_of(data=array_of(object_of(**row)), object=one_of("report"))


OF_ITEM: Final = {
    "earning_rule_id": id_of("lern"),
    "earning_item_id": id_of("lernei"),
    "card_definition_id": id_of("lcdef"),
    **dict.fromkeys(("success_count", "points", "pending_points"), POINTS),
}
OF_RULE: Final = {
    "earning_rule_id": id_of("lern"),
    **dict.fromkeys(("success_count", "failures_count"), POINTS),
    "failures_breakdown": object_of(**dict.fromkeys(FAILURES, POINTS)),
}
OF_MEMBER: Final = {"date": DATE, "count": POINTS, "object": one_of("earning_rule_daily_report")}
BY_RULE: Final = {"filters": "filters[earning_rule_id]"}
BY_BOTH: Final = {"filters": "filters[earning_rule_id] and filters[card_definition_id]"}

_row = partial(operation, tag="Reports")
PATH: Final = f"{ITEM}/reports"

OPERATIONS: Final[tuple[Operation, ...]] = (
    _row("GET", f"{PATH}/points-earnings/daily", daily_points, "read",
         "Read the points that earning rules gave, by periods",
         name="get_program_points_earnings_daily_report", query={**QUERY, **BY_BOTH},
         answer=_report({"date": DATE, **OF_ITEM,
                         "object": one_of("program_points_earnings_daily_report")})),
    _row("GET", f"{PATH}/points-earnings/summary", summary_points, "read",
         "Read the points that earning rules gave",
         name="get_program_points_earnings_summary_report", query=BY_BOTH,
         answer=_report({"id": TEXT, **OF_ITEM,
                         "object": one_of("program_points_earnings_summary_report")})),
    _row("GET", f"{PATH}/earning-rules/daily", daily_rules, "read",
         "Read how often earning rules counted, by periods",
         name="get_program_earning_rules_daily_report", query={**QUERY, **BY_RULE},
         answer=_report({"date": DATE, **OF_RULE,
                         "object": one_of("program_earning_rules_daily_report")})),
    _row("GET", f"{PATH}/earning-rules/summary", summary_rules, "read",
         "Read how often earning rules counted",
         name="get_program_earning_rules_summary_report", query=BY_RULE,
         answer=_report({"id": TEXT, **OF_RULE,
                         "object": one_of("program_earning_rules_summary_report")})),
    _row("GET", f"{members.ITEM}/earning-rules/{{rule}}/reports/daily", member_rule_report, "read",
         "Read how often an earning rule counted for a member, by periods",
         name="get_member_earning_rule_daily_report", query=QUERY, answer=_report(OF_MEMBER)),
)  # fmt: skip
