"""What was spent on rewards and on orders, by card definition."""

from functools import partial
from typing import Any, Final

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.lists.choosing import is_chosen
from stampbook.dialects.voucherify.core.lists.filters import id_field
from stampbook.dialects.voucherify.core.operations import operation
from stampbook.dialects.voucherify.core.seats import find_program
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
from stampbook.dialects.voucherify.v2.programs.resource import ITEM
from stampbook.dialects.voucherify.v2.reports.periods import WHOLE, Days, definitions_of
from stampbook.edge.operations import Operation
from stampbook.loyalty.reports.spans import Spans
from stampbook.loyalty.reports.spending import Spent, spent

Body = dict[str, Any]
FILTERS: Final = {"card_definition_id": id_field("definition", Prefix.CARD_DEFINITION)}


async def _by_definition(call: Call, program: int, spans: Spans) -> dict[int, dict[int, Spent]]:
    """What the filters let through: by the period's begin, then by the definition's number."""
    definitions = await definitions_of(call, program)
    found: dict[int, dict[int, Spent]] = {}
    for begin, each in (await spent(call.store, program, spans)).items():
        for currency, what in each.items():
            definition = definitions[currency]
            if is_chosen(call.pairs, FILTERS, {"definition": definition}, now=call.now):
                period = found.setdefault(begin, {})
                period[definition] = period.get(definition, Spent()).plus(what)
    return found


async def daily_report(call: Call) -> Body:
    """A row for every period and every card definition of which anything moved in the range."""
    program = await find_program(call, call.parameters["program"])
    days = Days(call, program.timezone)
    is_chosen(call.pairs, FILTERS, {"definition": 0}, now=call.now)
    found = await _by_definition(call, program.program_id, days.spans)
    definitions = sorted({definition for period in found.values() for definition in period})
    rows = [
        {
            "date": day,
            **_print(definition, found.get(begin, {}).get(definition, Spent())),
            "object": "spending_daily_report",
        }
        for begin, day in days
        for definition in definitions
    ]
    return {"data": rows, "object": "report"}


async def summary_report(call: Call) -> Body:
    """A row for every card definition of which anything was spent: what is in force now."""
    program = await find_program(call, call.parameters["program"])
    is_chosen(call.pairs, FILTERS, {"definition": 0}, now=call.now)
    found = await _by_definition(call, program.program_id, WHOLE)
    rows = [
        {
            "id": f"lpsrs_{definition:018x}",
            **_print(definition, what),
            "object": "spending_summary_report",
        }
        for definition, what in sorted(found.get(WHOLE.since, {}).items())
    ]
    return {"data": rows, "object": "report"}


def _print(definition: int, what: Spent) -> Body:
    return {
        "card_definition_id": spell(Prefix.CARD_DEFINITION, definition),
        "success": what.on_rewards + what.on_orders,
        "success_on_reward": what.on_rewards,
        "success_on_order": what.on_orders,
        "points": what.points_on_rewards + what.points_on_orders,
        "points_on_rewards": what.points_on_rewards,
        "points_on_order": what.points_on_orders,
        "amount_on_order": what.money_on_orders,
    }


COUNTS: Final = (
    "success",
    "success_on_reward",
    "success_on_order",
    "points",
    "points_on_rewards",
    "points_on_order",
    "amount_on_order",
)
SPENT: Final = {
    "card_definition_id": id_of("lcdef"),
    **dict.fromkeys(COUNTS, POINTS),
}
DAILY: Final = object_of(
    data=array_of(object_of(date=DATE, **SPENT, object=one_of("spending_daily_report"))),
    object=one_of("report"),
)
SUMMARY: Final = object_of(
    data=array_of(object_of(id=TEXT, **SPENT, object=one_of("spending_summary_report"))),
    object=one_of("report"),
)
FILTERED: Final = {"filters": "filters[card_definition_id]"}

_row = partial(operation, tag="Reports")
PATH: Final = f"{ITEM}/reports/spending"

OPERATIONS: Final[tuple[Operation, ...]] = (
    _row("GET", f"{PATH}/daily", daily_report, "read", "Read what members spent, by periods",
         name="get_program_spending_daily_report", answer=DAILY, query={**QUERY, **FILTERED}),
    _row("GET", f"{PATH}/summary", summary_report, "read", "Read what members spent",
         name="get_program_spending_summary_report", answer=SUMMARY, query=FILTERED),
)  # fmt: skip
