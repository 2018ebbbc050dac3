"""Rows of the pages about reports."""

from typing import Final

from stampbook.console.reports import behind, pages, sheets
from stampbook.console.rows import page

REPORTS: Final = (
    page("/reports", pages.index),
    page("/reports/liability", pages.liability),
    page("/reports/expiring", pages.expiring),
    page("/reports/activity", pages.activity),
    page("/reports/breakage", pages.breakage),
    page("/reports/liability.csv", sheets.liability),
    page("/reports/expiring.csv", sheets.expiring),
    page("/reports/activity.csv", sheets.activity),
    page("/reports/breakage.csv", sheets.breakage),
    page("/reports/transactions", behind.transactions),
    page("/reports/lots", behind.lots),
    page("/reports/members", behind.members),
)
