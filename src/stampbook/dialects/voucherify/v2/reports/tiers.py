"""How many members came to the tiers of a program, and left them."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import invalid_query
from stampbook.dialects.voucherify.core.lists.choosing import is_chosen
from stampbook.dialects.voucherify.core.lists.filters import id_field
from stampbook.dialects.voucherify.core.lists.listing import MAX_LIMIT, read_limit, read_orders
from stampbook.dialects.voucherify.core.operations import operation
from stampbook.dialects.voucherify.core.seats import find_program
from stampbook.dialects.voucherify.core.shapes.schema import (
    COUNT,
    DATE,
    TEXT,
    array_of,
    id_of,
    object_of,
    one_of,
)
from stampbook.dialects.voucherify.v2.cards.reports import QUERY, read_span
from stampbook.dialects.voucherify.v2.programs.resource import ITEM
from stampbook.dialects.voucherify.v2.tier_structures.groups import present_groups
from stampbook.domain.policy import start_of_day
from stampbook.edge.operations import Operation
from stampbook.ledger.journal import figures
from stampbook.loyalty.tiers import reporting
from stampbook.loyalty.tiers.reporting import Moves
from stampbook.programs import programs

Body = dict[str, Any]
FILTERS: Final = {
    "tier_structure_id": id_field("structure", Prefix.TIER_STRUCTURE),
    "tier_id": id_field("tier", Prefix.TIER),
}


class Line(NamedTuple):
    """The moves of one tier from an instant on. Numbers are the wire's."""

    begins_at: int
    structure: int
    tier: int
    moves: Moves


async def _lines(call: Call, edges: Sequence[int], program: int) -> list[Line]:
    """What the filters let through, of tiers that had any moves between the edges."""
    stored = await programs.get(call.store, program, tenant=call.tenant)
    assert stored is not None, "it was found"
    groups = {
        each.tier_group_id: each
        for each in await present_groups(call.store, tenant=call.tenant, program=program)
    }
    names = {
        (group.tier_group_id, tier.tier_id): (group.origin or "", tier.external_id or "")
        for group in groups.values()
        for tier in group.tiers
    }
    await call.context.ledger.settle(await figures.due_in(call.store, program, call.now))
    found = []
    for bucket in await reporting.report(call.store, stored, edges, call.now):
        named = names.get((bucket.group, bucket.tier))
        if named is None:
            continue  # a group that another API made
        structure, tier = parse(Prefix.TIER_STRUCTURE, named[0]), parse(Prefix.TIER, named[1])
        assert structure is not None
        assert tier is not None
        values = {"structure": structure, "tier": tier}
        if is_chosen(call.pairs, FILTERS, values, now=call.now):
            found.append(Line(bucket.begins_at, structure, tier, bucket.moves))
    moved = {line.tier for line in found if any(line.moves)}
    return [line for line in found if line.tier in moved]


def _print(line: Line) -> Body:
    return {
        "tier_structure_id": spell(Prefix.TIER_STRUCTURE, line.structure),
        "tier_id": spell(Prefix.TIER, line.tier),
        **line.moves._asdict(),
    }


async def daily_report(call: Call) -> Body:
    """A row for every period and every tier that had any moves in the range."""
    program = await find_program(call, call.parameters["program"])
    span = read_span(call)
    is_chosen(call.pairs, FILTERS, {"structure": 0, "tier": 0}, now=call.now)
    days = [*span.periods(), span.end + timedelta(days=1)]
    dates = {start_of_day(day, program.timezone): day for day in days}
    lines = await _lines(call, list(dates), program.program_id)
    rows = [
        {
            "date": _date(dates, line.begins_at),
            **_print(line),
            "object": "program_tiers_daily_report",
        }
        for line in sorted(lines, key=lambda line: (line.begins_at, line.tier))
    ]
    return {"data": rows, "object": "report"}


def _date(dates: dict[int, date], instant: int) -> str:
    return dates[instant].isoformat()


async def summary_report(call: Call) -> Body:
    """A row for every tier that had any moves until now."""
    program = await find_program(call, call.parameters["program"])
    order = read_orders(call.pairs) or ["-id"]
    if order not in (["id"], ["-id"]):
        raise invalid_query("order must be id or -id")
    limit = read_limit(call.pairs, MAX_LIMIT)
    is_chosen(call.pairs, FILTERS, {"structure": 0, "tier": 0}, now=call.now)
    lines = await _lines(call, [0, call.now + 1], program.program_id)
    lines.sort(key=lambda line: line.tier, reverse=order == ["-id"])
    rows = [
        {"id": f"lptrs_{line.tier:018x}", **_print(line), "object": "program_tiers_summary_report"}
        for line in lines[:limit]
    ]
    return {"data": rows, "object": "report"}


MOVES: Final = {
    "tier_structure_id": id_of("lts"),
    "tier_id": id_of("lt"),
    **dict.fromkeys(Moves._fields, COUNT),
}
DAILY: Final = object_of(
    data=array_of(object_of(date=DATE, **MOVES, object=one_of("program_tiers_daily_report"))),
    object=one_of("report"),
)
SUMMARY: Final = object_of(
    data=array_of(object_of(id=TEXT, **MOVES, object=one_of("program_tiers_summary_report"))),
    object=one_of("report"),
)
FILTERED: Final = {"filters": "filters[tier_structure_id] and filters[tier_id]"}

_row = partial(operation, tag="Reports")
PATH: Final = f"{ITEM}/reports/tiers"

OPERATIONS: Final[tuple[Operation, ...]] = (
    _row("GET", f"{PATH}/daily", daily_report, "read",
         "Read how members moved in tiers, by periods", name="get_program_tiers_daily_report",
         answer=DAILY, query={**QUERY, **FILTERED}),
    _row("GET", f"{PATH}/summary", summary_report, "read", "Read how members moved in tiers",
         name="get_program_tiers_summary_report", answer=SUMMARY,
         query={"limit": "1 to 100", "order": "id or -id", **FILTERED}),
)  # fmt: skip
