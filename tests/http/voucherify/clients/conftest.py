"""A server that runs, and the vendor's own clients for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.voucherify.clients.vendor import NODE, Live, voucherify
from tests.node import installed
from tests.process.api import Api
from tests.process.conftest import Deployment, deploy


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    deployment: Deployment = deploy(f"sqlite:{folder}/points.sqlite", folder)
    with deployment.serve() as server:
        yield Live(Api(server.wait_until_ready(), deployment.secret), deployment.secret)


@pytest.fixture
def client(live: Live) -> Iterator[Any]:
    configuration = voucherify.Configuration(
        host=live.api.url, api_key={"X-App-Id": "app", "X-App-Token": live.secret}
    )
    with voucherify.ApiClient(configuration) as opened:
        yield opened


@pytest.fixture(scope="module")
def node_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client for Node, installed as its lock file says."""
    return installed(NODE, tmp_path_factory.mktemp("node"))
