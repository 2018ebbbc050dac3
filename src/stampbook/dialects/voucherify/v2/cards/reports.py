"""The daily report of a card: what its counters gained in each period."""

from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from stampbook.dialects.voucherify.core.calls import Call, single
from stampbook.dialects.voucherify.core.faults import invalid_query
from stampbook.dialects.voucherify.core.points.cards import JOURNAL_PAGE, read_roots
from stampbook.dialects.voucherify.core.points.lifetime import (
    NOTHING,
    Lifetime,
    effect_of,
    report_row,
)
from stampbook.dialects.voucherify.core.rows import Card
from stampbook.dialects.voucherify.core.seats import find_card, settle
from stampbook.dialects.voucherify.core.times import read_date
from stampbook.domain.policy import local_date, start_of_day
from stampbook.ledger.journal.pages import last_before

LONGEST: Final = {"day": 90, "week": 12, "month": 12, "quarter": 4}
"""How many periods a report has at most."""

QUERY: Final = {
    "resolution": "day, week, month or quarter",
    "start_date": "the first date",
    "end_date": "the last date",
}

LAST_YEAR: Final = 9000


class Span(NamedTuple):
    """The dates that a report is about, both inclusive, and how long its periods are."""

    start: date
    end: date
    resolution: str

    def periods(self) -> list[date]:
        """The first day of each period; the first period begins with the report."""
        days: list[date] = []
        first = self.start
        while first <= self.end and len(days) <= LONGEST[self.resolution]:
            days.append(first)
            first = _next(first, self.resolution)
        return days

    def period_of(self, day: date) -> date:
        """The first day of the period in which the day lies."""
        return max(self.start, _begin(day, self.resolution))


def _begin(day: date, resolution: str) -> date:
    """The first day of the calendar period; weeks begin on Monday."""
    match resolution:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case _:
            return day


def _next(day: date, resolution: str) -> date:
    """The first day of the next calendar period."""
    if resolution == "day":
        return day + timedelta(days=1)
    first = _begin(day, resolution)
    if resolution == "week":
        return first + timedelta(days=7)
    months = first.month + (1 if resolution == "month" else 3)
    return date(first.year + (months - 1) // 12, (months - 1) % 12 + 1, 1)


def read_span(call: Call) -> Span:
    """The report's parameters. Raises a Fault."""
    resolution = single(call.pairs, "resolution")
    if resolution not in LONGEST:
        raise invalid_query("resolution must be day, week, month or quarter")
    start, end = (read_date(single(call.pairs, name) or "") for name in ("start_date", "end_date"))
    if start is None or end is None or max(start, end).year > LAST_YEAR:
        raise invalid_query("start_date and end_date must be dates, YYYY-MM-DD")
    span = Span(start, end, resolution)
    if start > end:
        raise invalid_query("start_date must not lie after end_date")
    if len(span.periods()) > LONGEST[resolution]:
        raise invalid_query(f"The range must not exceed {LONGEST[resolution]} {resolution}s")
    return span


async def card_daily_report(call: Call) -> dict[str, Any]:
    """A row for every period, zeros too, with its own figures only."""
    span = read_span(call)
    table = await find_card(call)
    await settle(call, table.card)
    figures = await _figures(call, table.card, span)
    data = [
        {
            "date": day.isoformat(),
            **report_row(figures.get(day, NOTHING)),
            "object": "card_daily_report",
        }
        for day in span.periods()
    ]
    return {"data": data, "object": "report"}


async def _figures(call: Call, card: Card, span: Span) -> dict[date, Lifetime]:
    """What the card's counters gained, by period."""
    timezone = card.policy.timezone
    until = start_of_day(span.end + timedelta(days=1), timezone)
    seq = await last_before(call.store, card.account, start_of_day(span.start, timezone))
    figures: dict[date, Lifetime] = {}
    while True:
        rows = await call.store.journal(card.account, after=seq, limit=JOURNAL_PAGE)
        roots = await read_roots(call.store, card.account, rows)
        for row in rows:
            if row.recorded_at >= until:
                return figures
            day = span.period_of(local_date(row.recorded_at, timezone))
            effect = effect_of(row, roots[row.root])
            figures[day] = figures.get(day, NOTHING).plus(effect)
            seq = row.seq
        if len(rows) < JOURNAL_PAGE:
            return figures
