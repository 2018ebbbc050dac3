"""An account of a million rows: what opening it, reading it and cancelling its oldest rows take.

Each request is asked of a server that knows nothing of the account, as after a restart.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from stampbook.domain.commands import Accrue, Command, Redeem
from stampbook.domain.model import transaction_number
from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from tests.campaign.parts import Databases, Figures, Part
from tests.http.in_process import InProcess, application
from tests.http.native.asking import Api, Clock, fine
from tests.http.native.conftest import secret_of
from tests.process.forking import environment_of

SPENDERS = 100
"""Redemptions that the first accrual pays."""

AT_ONCE = 1_000

MOST_MB = 250
"""The memory that `verify` may take."""


class Long:
    """An account whose first accrual paid a hundred redemptions, and what is asked about it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.figures: Figures = Counter()

    async def build(self, rows: int) -> None:
        """The account, by the ledger. Thirty lots stay open, the oldest pays each redemption."""
        ledger = Ledger(self.store, clock=self.clock)
        await ledger.start()
        self.secret = await secret_of(self.store)
        async with self._client(ledger) as client:
            self.name = await Api(client, self.secret, self.clock).account(scale=2)
        self.account = int(self.name.removeprefix("acc_"), 16)
        commands: list[Command] = [Accrue(10 * SPENDERS), *[Redeem(10)] * SPENDERS]
        commands += [Accrue(50), Redeem(50), Accrue(300)]
        await self._write(ledger, commands)
        written = len(commands)
        while written < rows:
            pairs: list[Command] = [Accrue(10), Redeem(10)]
            commands = pairs * min(AT_ONCE // 2, (rows - written + 1) // 2)
            await self._write(ledger, commands)
            written += len(commands)
        await ledger.stop()
        self.figures["rows"] = written

    async def _write(self, ledger: Ledger, commands: list[Command]) -> None:
        asked = Submission(1, self.account, tuple(commands))
        assert isinstance(await ledger.submit(asked), Done)

    def _client(self, ledger: Ledger) -> httpx.AsyncClient:
        transport = InProcess(application(Context(self.store, ledger, self.clock)))
        return httpx.AsyncClient(transport=transport, base_url="http://stampbook")

    async def ask(self, name: str, work: Callable[[Api], Awaitable[Any]]) -> None:
        """Do the work at a server that has just started, and note what it took."""
        ledger = Ledger(self.store, clock=self.clock)
        await ledger.start()
        async with self._client(ledger) as client:
            api = Api(client, self.secret, self.clock)
            fine(await api.get("/programs"))  # the caller is known, the account is not
            turns = Turns()
            begun, used = time.perf_counter(), time.process_time()
            await work(api)
            self.figures[f"most µs of processor time to {name}"] = _since(used, time.process_time())
            self.figures[f"most µs by the clock to {name}"] = _since(begun, time.perf_counter())
            self.figures[f"most µs without a turn for others to {name}"] = await turns.end()
        await ledger.stop()

    def row(self, seq: int) -> str:
        """The id of a row."""
        return f"txn_{transaction_number(account=self.account, seq=seq):x}"


class Turns:
    """Somebody else on the event loop, who notes how long it had to wait for its turn."""

    def __init__(self) -> None:
        self._longest = 0
        self._task = asyncio.ensure_future(self._turn())

    async def _turn(self) -> None:
        while True:
            begun = time.process_time()  # other processes do not count
            await asyncio.sleep(0)
            self._longest = max(self._longest, _since(begun, time.process_time()))

    async def end(self) -> int:
        """The longest wait, in microseconds of this process's time."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return self._longest


def _since(begun: float, now: float) -> int:
    return round((now - begun) * 1_000_000)


async def lived(address: str, rows: int) -> Figures:
    """The life of the account; in the end everything is cancelled exactly."""
    store = await open_store(address)
    long = Long(store, Clock())
    await long.build(rows)

    async def history(api: Api) -> None:
        page = fine(await api.get(f"/accounts/{long.name}/transactions", limit=50))
        assert len(page["data"]) == 50

    async def lots(api: Api) -> None:
        page = fine(await api.get(f"/accounts/{long.name}/lots", limit=50, state="available"))
        assert [each["available"] for each in page["data"]] == ["0.10"] * 30

    async def balance(api: Api) -> None:
        assert await api.active(long.name) == "3.00"

    async def redemption(api: Api) -> None:
        """The second to be paid by the first accrual."""
        answer = fine(await api.cancel(long.row(3)))
        assert answer["effect"] == "0.10"

    async def accrual(api: Api) -> None:
        """What it has given was spent, but for one redemption: other lots pay what they can."""
        answer = fine(await api.cancel(long.row(1)))
        assert answer["effect"] == "-10.00"
        found = await api.balance(long.name)
        assert (found["active"], found["deficit"]) == ("-6.90", "6.90")

    await long.ask("read the balance", balance)
    await long.ask("list the history", history)
    await long.ask("list the lots", lots)
    await long.ask("cancel an old redemption", redemption)
    await long.ask("cancel an old accrual", accrual)
    await store.close()
    return long.figures


def verified(address: str) -> Figures:
    """`verify` as an operator runs it: sound, and in bounded memory."""
    words = ("verify", "--database", address, "--json")
    process = subprocess.Popen(
        [sys.executable, "-m", "stampbook", *words],
        env=environment_of(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, output
    assert json.loads(output)["sound"] is True
    figures: Figures = Counter()
    figures["most MB of verify"] = used.ru_maxrss // 1024
    figures["most ms of processor time of verify"] = round(1_000 * (used.ru_utime + used.ru_stime))
    assert figures["most MB of verify"] <= MOST_MB, figures
    return figures


def play(databases: Databases, seed: str, count: int) -> Figures:
    """One account of that many rows."""
    address = databases.fresh()
    figures = asyncio.run(lived(address, count))
    figures.update(verified(address))
    return figures


LONG_ACCOUNT = Part("account", "rows of one account", 1_000_000, 1_000_000, play)
