"""Where the browser is, and what is said when there is no browser."""

from __future__ import annotations

import os
import shutil

import pytest

MISSING = (
    "no Chromium was found: the tests of the console in a browser did not run."
    " On Debian: apt-get install chromium-headless-shell; on Ubuntu: apt-get install chromium"
)

NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
"""The first is the same browser without windows: a page in it takes a quarter of the processor."""


def chromium() -> str:
    """The path of a Chromium. Skips the test if there is none; fails it where CI is set."""
    for name in NAMES:
        path = shutil.which(name)
        if path is not None:
            return path
    if os.environ.get("CI"):
        pytest.fail(MISSING, pytrace=False)
    pytest.skip(MISSING)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, once, that the tests in a browser did not run."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(MISSING in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.write_line(f"{MISSING} ({count} skipped)", red=True, bold=True)
