"""An upgrade without a stop: the release before goes on working while and after `migrate` runs.

The next release is a copy of this one with further migrations, because no release before this one
admits a schema that it does not know (docs/operating/upgrading.md).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg

from tests.operating.releases import CONTRACT, EXPAND, next_release
from tests.process.api import Answer, Api, move
from tests.process.conftest import Deployment
from tests.process.running import Running, command, forked

LONGEST_S = 2.0
"""How long a request may take: the migration keeps it waiting for less than one second, and the
machine may be busy."""

GIVEN = 3
"""Points that a round of the load leaves."""

BEGIN, END = "2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"

READING_S = 2.5
"""How long somebody's report holds the locks that the migration needs."""


class Timed(Api):
    """Notes how long the slowest request has taken."""

    slowest_s = 0.0

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        began = time.monotonic()
        answer = super().ask(method, path, body, key=key)
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        return answer


class Load:
    """Writes and reads without a pause, at an address that can change. No request may fail."""

    def __init__(self, url: str, secret: str, account: str) -> None:
        self.url = url
        self.secret = secret
        self.account = account
        self.done = 0
        self.slowest_s = 0.0
        self.failures: list[Any] = []
        self.owed: Decimal | None = None
        self._stopping = threading.Event()
        self._moved = threading.Condition()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        url, api = self.url, Timed(self.url, self.secret)
        while not self._stopping.is_set():
            if url != self.url:
                url, api = self.url, Timed(self.url, self.secret)
            try:
                self._ask(api)
            except Exception as error:
                self.failures.append(error)
            with self._moved:
                self.slowest_s = max(self.slowest_s, api.slowest_s)
                self.done += 1
                self._moved.notify_all()

    def _ask(self, api: Api) -> None:
        path = f"/v1/accounts/{self.account}"
        key = f"upgrade-{self.done}"
        made = api.post(f"{path}/transactions", move("accrue", "2", external_id=key), key=key)
        spent = api.post(f"{path}/transactions", move("redeem", "1"))
        api.post(f"/v1/transactions/{spent['id']}/cancel", {})
        api.get(f"/v1/transactions/{made['id']}")
        api.get(f"{path}/balance")
        api.get("/v1/programs")
        member = api.post("/v1/programs/prg_1/members", {})["id"]
        opened = api.post("/v1/accounts", {"member_id": member, "currency_id": "cur_1"})
        api.move(opened["id"], "accrue", "1")
        self._check_reports(api)

    def _check_reports(self, api: Api) -> None:
        """They have every movement of this round, and no other."""
        reports = "/v1/programs/prg_1/reports"
        owed = Decimal(api.get(f"{reports}/liability")["outstanding"])
        assert self.owed in (None, owed - GIVEN)
        self.owed = owed
        years = api.get(f"{reports}/activity?from={BEGIN}&to={END}&resolution=year")["data"]
        assert Decimal(years[-1]["closing"]) == owed

    def wait(self, rounds: int) -> None:
        """Return when that many more rounds have been done."""
        with self._moved:
            wanted = self.done + rounds
            assert self._moved.wait_for(lambda: self.done >= wanted, 60)

    def move_to(self, url: str) -> None:
        """Send all further requests there; return when the last one here is answered."""
        self.url = url
        self.wait(2)

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()


@contextmanager
def reading(url: str) -> Iterator[None]:
    """Somebody's long report, which holds locks on the tables for READING_S."""
    holding, began = threading.Event(), asyncio.new_event_loop()

    async def report() -> None:
        connection = await asyncpg.connect(url)
        async with connection.transaction():
            await connection.fetch("SELECT count(*) FROM transactions, currencies")
            holding.set()
            await connection.execute(f"SELECT pg_sleep({READING_S})")
        await connection.close()

    thread = threading.Thread(target=lambda: began.run_until_complete(report()))
    thread.start()
    holding.wait(30)
    try:
        yield
    finally:
        thread.join()
        began.close()


def of(release: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(release)}


def test_an_upgrade_under_load(deployment: Deployment, tmp_path: Path) -> None:
    release = next_release(tmp_path)
    place = ("--database", deployment.url)
    with deployment.serve() as old:
        url = old.wait_until_ready()
        (account,) = Api(url, deployment.secret).open_accounts(1)
        load = Load(url, deployment.secret, account)
        try:
            load.wait(3)
            pending = command("migrate", "--check", *place, cwd=tmp_path, environment=of(release))
            assert pending.returncode == 1
            assert f"pending {EXPAND}.sql (online)" in pending.stdout
            if deployment.is_postgres:
                with reading(deployment.url):
                    migrated = command("migrate", *place, cwd=tmp_path, environment=of(release))
            else:
                migrated = command("migrate", *place, cwd=tmp_path, environment=of(release))
            assert migrated.returncode == 0, migrated
            assert f"applied {EXPAND}.sql" in migrated.stdout
            load.wait(3)
            if deployment.is_postgres:
                assert load.slowest_s < LONGEST_S
            words = ("serve", "--port", "0", *place)
            with Running(*words, cwd=tmp_path, environment=of(release), fresh=True) as new:
                load.move_to(new.wait_until_ready())
                assert old.stop() == 0
                load.wait(3)
                load.stop()
                assert load.failures == []
                assert new.stop() == 0
                assert "Traceback" not in old.errors + new.errors
        finally:
            load.stop()
    # The old release still starts on the new schema, so the upgrade can be taken back.
    with deployment.serve() as old:
        Api(old.wait_until_ready(), deployment.secret).move(account, "accrue", "1")
        assert old.stop() == 0
    assert deployment.verify()["sound"] is True
    verified = command("verify", *place, cwd=tmp_path, environment=of(release))
    assert verified.returncode == 0, verified


def test_a_schema_that_former_code_cannot_use(deployment: Deployment, tmp_path: Path) -> None:
    release = next_release(tmp_path, contracts=True)
    place = ("--database", deployment.url)
    pending = command("migrate", "--check", *place, cwd=tmp_path, environment=of(release))
    assert f"pending {CONTRACT}.sql (stop all servers first)" in pending.stdout
    assert command("migrate", *place, cwd=tmp_path, environment=of(release)).returncode == 0
    for words in (("serve", "--port", "0"), ("migrate", "--check"), ("keys", "list")):
        ended = forked(*words, *place, cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "was migrated by a newer version of Stampbook" in ended.stderr
        assert ended.stderr.endswith("Run that version.\n")
