"""Long work does not keep others waiting, and its answers stay short.

To measure how long the server's event loop is blocked, another client waits for an answer that
needs only the loop. The limit is generous, because a busy machine delays everything; without
slices and threads these waits are several times as long.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.process.api import Api, move
from tests.process.conftest import Deployment
from tests.process.raw import RawClient, head
from tests.process.running import Running

LOTS = 5_000
MEMBERS = 100_000
NAMED = 200
PATIENCE_S = 0.5


class Watch:
    """Repeats a cheap request; `worst_s` is the longest wait."""

    def __init__(self, url: str, request: bytes) -> None:
        self._url = url
        self._request = request
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.waits: list[float] = []

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        with RawClient(self._url) as client:
            while not self._ended.is_set():
                began = time.monotonic()
                client.send(self._request)
                client.read()
                self.waits.append(time.monotonic() - began)
                time.sleep(0.001)

    @property
    def worst_s(self) -> float:
        return max(self.waits)


@contextmanager
def served(deployment: Deployment) -> Iterator[tuple[Running, str, Api]]:
    with deployment.serve() as server:
        url = server.wait_until_ready()
        yield server, url, Api(url, deployment.secret)
        assert server.stop() == 0
        assert "Traceback" not in server.errors


def accrue(api: Api, account: str, count: int) -> None:
    operation = {"op": "accrue", "account_id": account, "amount": "1"}
    for at in range(0, count, 1_000):
        api.post("/v1/bulk", {"operations": [operation] * min(1_000, count - at)})


def test_points_in_thousands_of_lots(deployment: Deployment) -> None:
    with served(deployment) as (_, url, api):
        (account,) = api.open_accounts(1, scale=0)
        accrue(api, account, LOTS)
        with Watch(url, head("GET /healthz")) as watch:
            done = api.post(f"/v1/accounts/{account}/transactions", move("redeem", str(LOTS)))
            part = {"op": "cancel", "transaction_id": done["id"], "amount": "1"}
            in_parts = api.post("/v1/bulk", {"operations": [part] * 100})
            at_once = api.post("/v1/bulk", {"operations": [part] * 100, "atomic": True})
            cancelled = api.post(f"/v1/transactions/{done['id']}/cancel", {})
            api.move(account, "hold", str(LOTS))
        assert {each["status"] for each in in_parts["results"] + at_once["results"]} == {200}
        assert cancelled["balance_after"] == str(LOTS)
        assert watch.worst_s < PATIENCE_S
        for answer in (done, cancelled):
            assert len(answer["allocations"]) == NAMED
            assert answer["allocations_truncated"] is True
        assert done["more_allocations"] == LOTS - NAMED


def test_lots_that_an_answer_does_not_name_are_listed(on_sqlite: Deployment) -> None:
    with served(on_sqlite) as (_, _url, api):
        (account,) = api.open_accounts(1, scale=0)
        accrue(api, account, NAMED + 70)
        body = move("redeem", str(NAMED + 70))
        written = api.post(f"/v1/accounts/{account}/transactions", body, key="once")
        assert api.post(f"/v1/accounts/{account}/transactions", body, key="once") == written
        path = f"/v1/transactions/{written['id']}"
        read = api.get(path)
        (listed,) = api.get(f"/v1/accounts/{account}/transactions?limit=1")["data"]
        for answer in (written, read, listed):
            assert (len(answer["allocations"]), answer["more_allocations"]) == (NAMED, 70)
            assert answer["allocations_truncated"] is True
        assert (len(read["postings"]), read["more_postings"]) == (NAMED, 70)
        for name in ("allocations", "postings"):
            found: list[dict[str, object]] = []
            cursor: str | None = ""
            while cursor is not None:
                page = api.get(f"{path}/{name}?limit=50{cursor and '&cursor='}{cursor}")
                found += page["data"]
                cursor = page["next_cursor"]
            assert found[:NAMED] == read[name]
            assert len({each["lot_id"] for each in found}) == NAMED + 70
        assert api.ask("GET", f"{path}/allocations?cursor=x").status == 422
        assert api.get(f"{path}/allocations?cursor=270") == {"data": [], "next_cursor": None}
        accrue(api, account, NAMED)
        all_named = api.move(account, "redeem", str(NAMED))
        assert len(all_named["allocations"]) == NAMED
        assert not {"more_allocations", "allocations_truncated"} & all_named.keys()


def test_short_reads_do_not_wait_for_searches(on_sqlite: Deployment) -> None:
    with served(on_sqlite) as (_, url, api):
        api.open_accounts(1)
        program = api.get("/v1/programs")["data"][0]["id"]
        _add_members(on_sqlite, MEMBERS)
        secret = on_sqlite.secret
        short = head(f"GET /v1/programs/{program}", f"Authorization: Bearer {secret}")

        def search() -> None:
            path = f"/v1/programs/{program}/members?q=nobody"
            assert Api(url, secret).ask("GET", path).status == 200

        clients = [threading.Thread(target=search) for _ in range(16)]
        with Watch(url, short) as watch:
            for client in clients:
                client.start()
            for client in clients:
                client.join()
        assert watch.worst_s < PATIENCE_S


def _add_members(deployment: Deployment, count: int) -> None:
    """Write rows as an import would."""
    path = deployment.url.removeprefix("sqlite:")
    with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
        connection.execute(
            """
            WITH RECURSIVE numbers(number) AS (
                SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?)
            INSERT INTO members (program_id, tenant_id, external_id, email, email_key, name,
                                 status, created_at, updated_at)
            SELECT p.program_id, p.tenant_id, 'client-' || number, number || '@cafe.example',
                   number || '@cafe.example', 'Anna Example ' || number, 'active', 1, 1
            FROM numbers, programs p
            """,
            (count,),
        )
