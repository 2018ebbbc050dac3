"""The operations on reports and statements: docs/reference/native-api-reports.md."""

from stampbook.dialects.native.reports import reporting
from stampbook.dialects.native.reports.wire import (
    ActivityReport,
    BreakageReport,
    ExpiringReport,
    LiabilityReport,
    StatementShape,
    liability_cells,
    period_cells,
    statement_cells,
)
from stampbook.dialects.native.rows import GET, PERIODS, READ, row

CURRENCY = {"currency_id": "of this currency; may be left out if the program has only one"}
AS_OF = {"as_of": "at this past instant; without it, now"}
SPAN = frozenset({"from", "to"})

REPORTS = (
    row(GET, "/v1/programs/{id}/reports/liability", reporting.report_liability, READ,
        "What members have, and when it expires", LiabilityReport,
        query={**CURRENCY, **AS_OF}, sheet=liability_cells),
    row(GET, "/v1/programs/{id}/reports/expiring", reporting.report_expiring, READ,
        "What expires by when", ExpiringReport,
        query={**CURRENCY, **PERIODS}, required=SPAN, sheet=period_cells),
    row(GET, "/v1/programs/{id}/reports/activity", reporting.report_activity, READ,
        "What moved", ActivityReport,
        query={
            **CURRENCY,
            **PERIODS,
            "by": "recorded (without it): by the ledger's clock; effective: by business instants",
        },
        required=SPAN, sheet=period_cells),
    row(GET, "/v1/programs/{id}/reports/breakage", reporting.report_breakage, READ,
        "What became of the points that were given", BreakageReport,
        query={**CURRENCY, **PERIODS, **AS_OF}, required=SPAN, sheet=period_cells),
    row(GET, "/v1/accounts/{id}/statement", reporting.get_statement, READ,
        "Read an account's statement", StatementShape,
        query={
            "from": "only transactions of this instant or later",
            "to": "only transactions before this instant",
            "language": "en (without it) or ru",
        },
        sheet=statement_cells),
)  # fmt: skip
