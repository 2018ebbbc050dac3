"""Programs that start commands, with the rights of different users."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.operating.lines import AS_OTHERS
from tests.process import running
from tests.process.conftest import deployed, deployment, on_postgres, on_sqlite
from tests.process.forking import Forking

__all__ = ["deployed", "deployment", "on_postgres", "on_sqlite"]


@pytest.fixture(scope="session")
def forking() -> Forking:
    return running.forking()


@pytest.fixture(scope="session")
def restricted() -> Iterator[Forking]:
    """Commands that may do only what the rights of files and ports let everybody do."""
    with Forking(*(AS_OTHERS if os.geteuid() == 0 else ())) as started:
        yield started


@pytest.fixture(scope="session")
def cramped() -> Iterator[Forking]:
    """Commands whose files cannot grow: a limit acts like a full disk."""
    with Forking("prlimit", "--fsize=20480") as started:
        yield started
