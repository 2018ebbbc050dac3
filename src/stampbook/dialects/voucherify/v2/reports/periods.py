"""The periods of a program's report, and what it is filtered by."""

from collections.abc import Iterator
from datetime import timedelta

from stampbook.dialects.spelling.voucherify import definition_number
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.v2.cards.reports import read_span
from stampbook.domain.model import FOREVER
from stampbook.domain.policy import start_of_day
from stampbook.loyalty.reports.spans import Spans

WHOLE = Spans((0, FOREVER))
"""From the beginning."""


class Days:
    """The periods that a request asks for, in the program's time zone. Raises a Fault (400)."""

    def __init__(self, call: Call, timezone: str) -> None:
        span = read_span(call)
        periods = span.periods()
        edges = [start_of_day(day, timezone) for day in [*periods, span.end + timedelta(days=1)]]
        self.spans = Spans(edges)
        self._dates = [day.isoformat() for day in periods]

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """The begin of each period, as an instant and as a date."""
        return zip(self.spans.edges, self._dates, strict=False)


async def definitions_of(call: Call, program: int) -> dict[int, int]:
    """The numbers of the card definitions that a program's currencies are, by currency."""
    rows = await call.store.fetch(
        """
        SELECT c.currency_id, d.definition_id FROM currencies c
        LEFT JOIN voucherify_assignments d ON d.currency_id = c.currency_id
        WHERE c.program_id = $1
        """,
        program,
    )
    return {
        row["currency_id"]: definition_number(row["definition_id"], row["currency_id"])
        for row in rows
    }
