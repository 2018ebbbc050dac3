"""A server whose database file cannot grow: a quota or a limit acts like a full disk."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from tests.process.api import Api, move
from tests.process.conftest import Deployment


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits others")
def test_a_file_that_may_not_grow(on_sqlite: Deployment) -> None:
    with on_sqlite.serve() as server:
        api = Api(server.wait_until_ready(), on_sqlite.secret)
        (account,) = api.open_accounts(1)
        api.move(account, "accrue", "1")
        path = f"/v1/accounts/{account}/transactions"
        process = server.process.pid
        _, most = resource.prlimit(process, resource.RLIMIT_FSIZE)
        log = Path(on_sqlite.url.removeprefix("sqlite:") + "-wal")
        resource.prlimit(process, resource.RLIMIT_FSIZE, (log.stat().st_size, most))
        written = 1
        while True:
            answer = api.ask("POST", path, move("accrue", "1", metadata={"note": "x" * 60_000}))
            if answer.status != 201:
                break
            written += 1
            assert written < 1_000
        assert (answer.status, answer.body["code"]) == (503, "storage_full")
        assert api.ask("GET", "/readyz").status == 503
        assert api.balance(account)["active"] == str(written)
        server.wait_for_error("no room")
        assert "Traceback" not in server.errors
        resource.prlimit(process, resource.RLIMIT_FSIZE, (most, most))
        api.move(account, "accrue", "1")
        assert api.ask("GET", "/readyz").status == 200
        assert api.balance(account)["active"] == str(written + 1)
        assert server.stop() == 0
    assert on_sqlite.verify()["sound"] is True
