"""What operations take: reports.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Required, TypedDict

from stampbook_client.values import Instant, PageParams


class ReportLiabilityParams(TypedDict, total=False):
    """Of `reports.liability`."""

    currency_id: str
    """of this currency; may be left out if the program has only one."""
    as_of: Instant
    """at this past instant; without it, now."""


class ReportExpiringParams(TypedDict, total=False):
    """Of `reports.expiring`."""

    currency_id: str
    """of this currency; may be left out if the program has only one."""
    from_: Required[Instant]
    """the instant with which the report begins."""
    to: Required[Instant]
    """the instant before which it ends."""
    resolution: str
    """day (without it), week, month, quarter or year."""


class ReportActivityParams(TypedDict, total=False):
    """Of `reports.activity`."""

    currency_id: str
    """of this currency; may be left out if the program has only one."""
    from_: Required[Instant]
    """the instant with which the report begins."""
    to: Required[Instant]
    """the instant before which it ends."""
    resolution: str
    """day (without it), week, month, quarter or year."""
    by: str
    """recorded (without it): by the ledger's clock; effective: by business instants."""


class ReportBreakageParams(TypedDict, total=False):
    """Of `reports.breakage`."""

    currency_id: str
    """of this currency; may be left out if the program has only one."""
    from_: Required[Instant]
    """the instant with which the report begins."""
    to: Required[Instant]
    """the instant before which it ends."""
    resolution: str
    """day (without it), week, month, quarter or year."""
    as_of: Instant
    """at this past instant; without it, now."""


class ListMovedParams(PageParams, total=False):
    """Of `reports.transactions`."""

    currency_id: str
    """of this currency; may be left out if the program has only one."""
    from_: Required[Instant]
    """only transactions of this instant or later."""
    to: Required[Instant]
    """only transactions before this instant."""
    figure: str
    """one of transactions, cancels, transferred, given, issued, deficit_created, activated,
    redeemed, expired, revoked, held, released, returned, reinstated, deficit_cancelled,
    deficit_paid; without it, all transactions."""
    by: str
    """recorded (without it): by the ledger's clock; effective: by business instants."""


class ListNewcomersParams(PageParams, total=False):
    """Of `reports.members`."""

    currency_id: str
    """of this currency; may be left out if the program has only one."""
    from_: Required[Instant]
    """only those who came at this instant or later."""
    to: Required[Instant]
    """only those who came before this instant."""


class ListHeldParams(PageParams, total=False):
    """Of `reports.lots`."""

    currency_id: str
    """of this currency; may be left out if the program has only one."""
    as_of: Instant
    """at this past instant; without it, now."""
    state: str
    """one of available, pending, held, deficit, open; without it, open: all lots."""
    from_: Instant
    """only what can be spent for the last time at this instant or later."""
    to: Instant
    """only what can be spent for the last time before this instant."""
    never: bool
    """true: only what never expires."""


class ReportTiersParams(TypedDict, total=False):
    """Of `reports.tiers`."""

    from_: Required[Instant]
    """the instant with which the report begins."""
    to: Required[Instant]
    """the instant before which it ends."""
    resolution: str
    """day (without it), week, month, quarter or year."""


class ReportEarningParams(TypedDict, total=False):
    """Of `reports.earning`."""

    from_: Required[Instant]
    """the instant with which the report begins."""
    to: Required[Instant]
    """the instant before which it ends."""
    resolution: str
    """day (without it), week, month, quarter or year."""


class ReportSpendingParams(TypedDict, total=False):
    """Of `reports.spending`."""

    from_: Required[Instant]
    """the instant with which the report begins."""
    to: Required[Instant]
    """the instant before which it ends."""
    resolution: str
    """day (without it), week, month, quarter or year."""


class ReportRulesParams(TypedDict, total=False):
    """Of `reports.rules`."""

    from_: Required[Instant]
    """the instant with which the report begins."""
    to: Required[Instant]
    """the instant before which it ends."""
    resolution: str
    """day (without it), week, month, quarter or year."""
