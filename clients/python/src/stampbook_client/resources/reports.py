"""Operations: reports.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Unpack

from stampbook_client.models.ledger import Transaction
from stampbook_client.models.members import Member
from stampbook_client.models.reports import (
    ActivityReport,
    BreakageReport,
    EarningReport,
    ExpiringReport,
    LiabilityReport,
    OpenLot,
    RulesReport,
    SpendingReport,
    TiersReport,
)
from stampbook_client.pages import Pages
from stampbook_client.params.reports import (
    ListHeldParams,
    ListMovedParams,
    ListNewcomersParams,
    ReportActivityParams,
    ReportBreakageParams,
    ReportEarningParams,
    ReportExpiringParams,
    ReportLiabilityParams,
    ReportRulesParams,
    ReportSpendingParams,
    ReportTiersParams,
)
from stampbook_client.sending import Api
from stampbook_client.wire import part


class ReportsResource:
    """Reports."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def liability(
        self, program_id: str, **params: Unpack[ReportLiabilityParams]
    ) -> LiabilityReport:
        """What members have, and when it expires.

        What the accounts of a currency have, now or at a past instant, and when it expires.
        Needs the scope read.
        """
        return self._api.read(
            f"/v1/programs/{part(program_id)}/reports/liability", params, LiabilityReport
        )

    def expiring(self, program_id: str, **params: Unpack[ReportExpiringParams]) -> ExpiringReport:
        """What expires by when.

        What expires in each period, unless it is spent before. Needs the scope read.
        """
        return self._api.read(
            f"/v1/programs/{part(program_id)}/reports/expiring", params, ExpiringReport
        )

    def activity(self, program_id: str, **params: Unpack[ReportActivityParams]) -> ActivityReport:
        """What moved.

        What moved in each period, by the instants at which it was recorded, or for which it
        was. Needs the scope read.
        """
        return self._api.read(
            f"/v1/programs/{part(program_id)}/reports/activity", params, ActivityReport
        )

    def breakage(self, program_id: str, **params: Unpack[ReportBreakageParams]) -> BreakageReport:
        """What became of the points that were given.

        What became of the points that were given for each period. Needs the scope read.
        """
        return self._api.read(
            f"/v1/programs/{part(program_id)}/reports/breakage", params, BreakageReport
        )

    def transactions(
        self, program_id: str, **params: Unpack[ListMovedParams]
    ) -> Pages[Transaction]:
        """List the transactions that a figure of the report on activity counts.

        By quarters of an hour, oldest first, as the figure counts them. Needs the scope read.
        """
        return self._api.pages(
            f"/v1/programs/{part(program_id)}/reports/activity/transactions", params, Transaction
        )

    def members(self, program_id: str, **params: Unpack[ListNewcomersParams]) -> Pages[Member]:
        """List the new members that the report on activity counts.

        By number. Needs the scope read.
        """
        return self._api.pages(
            f"/v1/programs/{part(program_id)}/reports/activity/members", params, Member
        )

    def lots(self, program_id: str, **params: Unpack[ListHeldParams]) -> Pages[OpenLot]:
        """List what is open, lot by lot, and what accounts owe.

        By expiry; what never expires comes last, and so do debts. Needs the scope read.
        """
        return self._api.pages(
            f"/v1/programs/{part(program_id)}/reports/liability/lots", params, OpenLot
        )

    def tiers(self, program_id: str, **params: Unpack[ReportTiersParams]) -> TiersReport:
        """How many members came to each tier and left it.

        How many members came to each tier of the active groups and left it, by periods. Needs
        the scope read.
        """
        return self._api.read(f"/v1/programs/{part(program_id)}/reports/tiers", params, TiersReport)

    def earning(self, program_id: str, **params: Unpack[ReportEarningParams]) -> EarningReport:
        """What rules gave.

        What each earning gave; a row for each that gave anything, or took it back, in the time.
        Needs the scope read.
        """
        return self._api.read(
            f"/v1/programs/{part(program_id)}/reports/earning", params, EarningReport
        )

    def spending(self, program_id: str, **params: Unpack[ReportSpendingParams]) -> SpendingReport:
        """What members spent on rewards and orders.

        What purchases and payments took of each currency of the program. Needs the scope read.
        """
        return self._api.read(
            f"/v1/programs/{part(program_id)}/reports/spending", params, SpendingReport
        )

    def rules(self, program_id: str, **params: Unpack[ReportRulesParams]) -> RulesReport:
        """How often rules counted, and how often their limits were in the way.

        How often each rule of the program counted, and how often its limits were in the way.
        Needs the scope read.
        """
        return self._api.read(f"/v1/programs/{part(program_id)}/reports/rules", params, RulesReport)
