"""What was spent on rewards and on orders, by card definition."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.ids import Prefix, definition_number, spell
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
from stampbook.dialects.voucherify.v2.cards.reports import QUERY, Span, read_span
from stampbook.dialects.voucherify.v2.programs.resource import ITEM
from stampbook.domain.model import FOREVER, Kind
from stampbook.domain.policy import local_date, start_of_day
from stampbook.edge.operations import Operation
from stampbook.loyalty.rewards.purchases import purchase_of
from stampbook.storage.store import Row

Body = dict[str, Any]
FILTERS: Final = {"card_definition_id": id_field("definition", Prefix.CARD_DEFINITION)}

SELECT: Final = """
    SELECT t.account_id, t.root, t.kind, t.link, t.amount, t.recorded_at, r.subject,
           r.amount AS spent, a.currency_id, d.definition_id, p.amount AS money
    FROM accounts a
    JOIN transactions t ON t.shard = a.shard AND t.account_id = a.account_id
    JOIN transactions r ON r.shard = t.shard AND r.account_id = t.account_id AND r.seq = t.root
    LEFT JOIN voucherify_assignments d ON d.currency_id = a.currency_id
    LEFT JOIN payments p ON p.account_id = t.account_id AND p.seq = t.root
    WHERE a.program_id = $1 AND t.recorded_at < $2 AND t.kind IN ($3, $4) AND r.kind = $3
      AND (r.subject LIKE 'purchase:%' OR r.subject LIKE 'order:%')
    ORDER BY t.account_id, t.seq
"""


class Spent(NamedTuple):
    """What was spent and has not come back: how often, how many points, how much money."""

    success: int = 0
    success_on_reward: int = 0
    success_on_order: int = 0
    points: int = 0
    points_on_rewards: int = 0
    points_on_order: int = 0
    amount_on_order: int = 0

    def plus(self, other: "Spent") -> "Spent":
        return Spent(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Movement(NamedTuple):
    """What one row of a journal changed of it."""

    at: int
    definition: int
    spent: Spent


async def _movements(call: Call, program: int, until: int) -> list[Movement]:
    """All that the filters let through, before the instant."""
    rows = await call.store.fetch(SELECT, program, until, int(Kind.REDEEM), int(Kind.CANCEL))
    return [
        each
        for each in _read(rows)
        if is_chosen(call.pairs, FILTERS, {"definition": each.definition}, now=call.now)
    ]


def _read(rows: Iterable[Row]) -> Iterable[Movement]:
    left: dict[tuple[int, int], int] = {}
    for row in rows:
        place = row["account_id"], row["root"]
        before = left.get(place, 0)
        takes_back = row["kind"] == Kind.CANCEL and row["link"] % 2
        after = left[place] = before + (-row["amount"] if takes_back else row["amount"])
        yield Movement(
            at=row["recorded_at"],
            definition=definition_number(row["definition_id"], row["currency_id"]),
            spent=_change(row, before, after),
        )


def _change(row: Row, before: int, after: int) -> Spent:
    """What is gained between two amounts of points in force of one spending."""
    times, points = (after > 0) - (before > 0), after - before
    if purchase_of(row["subject"]) is not None:
        return Spent(times, times, 0, points, points, 0, 0)
    money, whole = row["money"] or 0, row["spent"]
    amount = money * after // whole - money * before // whole
    return Spent(times, 0, times, points, 0, points, amount)


async def daily_report(call: Call) -> Body:
    """A row for every period and every card definition of which anything moved in the range."""
    program = await find_program(call, call.parameters["program"])
    span = read_span(call)
    is_chosen(call.pairs, FILTERS, {"definition": 0}, now=call.now)
    since = start_of_day(span.start, program.timezone)
    until = start_of_day(span.end + timedelta(days=1), program.timezone)
    found = _by_period(
        (each for each in await _movements(call, program.program_id, until) if each.at >= since),
        span,
        program.timezone,
    )
    definitions = sorted({definition for _, definition in found})
    rows = [
        {
            "date": day.isoformat(),
            **_print(definition, found.get((day, definition), Spent())),
            "object": "spending_daily_report",
        }
        for day in span.periods()
        for definition in definitions
    ]
    return {"data": rows, "object": "report"}


def _by_period(
    movements: Iterable[Movement], span: Span, timezone: str
) -> dict[tuple[date, int], Spent]:
    found: dict[tuple[date, int], Spent] = {}
    for each in movements:
        key = span.period_of(local_date(each.at, timezone)), each.definition
        found[key] = found.get(key, Spent()).plus(each.spent)
    return found


async def summary_report(call: Call) -> Body:
    """A row for every card definition of which anything was spent: what is in force now."""
    program = await find_program(call, call.parameters["program"])
    is_chosen(call.pairs, FILTERS, {"definition": 0}, now=call.now)
    found: dict[int, Spent] = {}
    for each in await _movements(call, program.program_id, FOREVER):
        found[each.definition] = found.get(each.definition, Spent()).plus(each.spent)
    rows = [
        {
            "id": f"lpsrs_{definition:018x}",
            **_print(definition, found[definition]),
            "object": "spending_summary_report",
        }
        for definition in sorted(found)
    ]
    return {"data": rows, "object": "report"}


def _print(definition: int, spent: Spent) -> Body:
    return {
        "card_definition_id": spell(Prefix.CARD_DEFINITION, definition),
        **spent._asdict(),
    }


SPENT: Final = {
    "card_definition_id": id_of("lcdef"),
    **dict.fromkeys(Spent._fields, POINTS),
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
