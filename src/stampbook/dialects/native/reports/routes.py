"""The operations on reports and statements: docs/reference/native-api-reports.md."""

from stampbook.dialects.native.reports import behind, reporting
from stampbook.dialects.native.reports.wire import (
    ActivityReport,
    BreakageReport,
    ExpiringReport,
    HeldShape,
    LiabilityReport,
    StatementShape,
    liability_cells,
    period_cells,
    statement_cells,
)
from stampbook.dialects.native.rows import GET, PAGING, PERIODS, READ, USUALLY, row
from stampbook.dialects.native.wire.pages import Page
from stampbook.dialects.native.wire.programs import MemberShape
from stampbook.dialects.native.wire.transactions import TransactionShape
from stampbook.ledger.journal.behind.holders import STATES
from stampbook.reporting.activity import FIGURES

CURRENCY = {"currency_id": "of this currency; may be left out if the program has only one"}
AS_OF = {"as_of": "at this past instant; without it, now"}
SPAN = frozenset({"from", "to"})
BY = {"by": "recorded (without it): by the ledger's clock; effective: by business instants"}

REPORTS = (
    row(GET, "/v1/programs/{id}/reports/liability", reporting.report_liability, READ,
        "What members have, and when it expires", LiabilityReport,
        query={**CURRENCY, **AS_OF}, sheet=liability_cells,
        aged=USUALLY),
    row(GET, "/v1/programs/{id}/reports/expiring", reporting.report_expiring, READ,
        "What expires by when", ExpiringReport,
        query={**CURRENCY, **PERIODS}, required=SPAN, sheet=period_cells,
        aged=USUALLY),
    row(GET, "/v1/programs/{id}/reports/activity", reporting.report_activity, READ,
        "What moved", ActivityReport,
        query={**CURRENCY, **PERIODS, **BY},
        required=SPAN, sheet=period_cells,
        aged=USUALLY),
    row(GET, "/v1/programs/{id}/reports/breakage", reporting.report_breakage, READ,
        "What became of the points that were given", BreakageReport,
        query={**CURRENCY, **PERIODS, **AS_OF}, required=SPAN, sheet=period_cells,
        aged=USUALLY),
    row(GET, "/v1/programs/{id}/reports/activity/transactions", behind.list_moved, READ,
        "List the transactions that a figure of the report on activity counts",
        Page[TransactionShape],
        query={
            **CURRENCY,
            "from": "only transactions of this instant or later",
            "to": "only transactions before this instant",
            "figure": f"one of {', '.join(FIGURES)}; without it, all transactions",
            **BY,
            **PAGING,
        },
        required=SPAN,
        aged=USUALLY),
    row(GET, "/v1/programs/{id}/reports/activity/members", behind.list_newcomers, READ,
        "List the new members that the report on activity counts", Page[MemberShape],
        query={
            **CURRENCY,
            "from": "only those who came at this instant or later",
            "to": "only those who came before this instant",
            **PAGING,
        },
        required=SPAN,
        aged=USUALLY),
    row(GET, "/v1/programs/{id}/reports/liability/lots", behind.list_held, READ,
        "List what is open, lot by lot, and what accounts owe", Page[HeldShape],
        query={
            **CURRENCY,
            **AS_OF,
            "state": f"one of {', '.join(STATES)}; without it, open: all lots",
            "from": "only what can be spent for the last time at this instant or later",
            "to": "only what can be spent for the last time before this instant",
            "never": "true: only what never expires",
            **PAGING,
        },
        aged=USUALLY),
    row(GET, "/v1/accounts/{id}/statement", reporting.get_statement, READ,
        "Read an account's statement", StatementShape,
        query={
            "from": "only transactions of this instant or later",
            "to": "only transactions before this instant",
            "language": "en (without it) or ru",
        },
        sheet=statement_cells,
        aged=USUALLY),
)  # fmt: skip
