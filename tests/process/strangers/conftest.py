"""Two servers for all tests of one process that ask without a key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.process.running import Running
from tests.process.strangers.asking import PATIENT, QUICK


@pytest.fixture(scope="package")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with timeouts longer than these tests take."""
    folder = tmp_path_factory.mktemp("patient")
    with Running("serve", "--port", "0", cwd=folder, environment=PATIENT) as server:
        server.wait_until_ready()
        yield server
        assert "Traceback" not in server.errors, server.errors
        assert server.stop() == 0


@pytest.fixture(scope="package")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with short timeouts that accepts few connections."""
    folder = tmp_path_factory.mktemp("hasty")
    with Running("serve", "--port", "0", cwd=folder, environment=QUICK) as server:
        server.wait_until_ready()
        yield server
        assert "Traceback" not in server.errors, server.errors
        assert server.stop() == 0
