"""Connections to the database that are cut at every byte of a commit, in both directions.

The command is asked again with its key until it is answered: its effect is there once.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Literal
from unittest import mock
from urllib.parse import urlsplit

from stampbook.domain.commands import Accrue, Cancel, Command, Note, Redeem
from stampbook.ledger import saving
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.opening import open_store
from stampbook.storage.store import OutcomeUnknown, Store, Unavailable
from stampbook.verifying.accounts import verify_accounts
from tests.campaign.parts import Databases, Figures, Part, first_of
from tests.storage.building import DAY, NOW, make_accounts, make_currency

Way = Literal["to the server", "from the server"]
WAYS: tuple[Way, ...] = ("to the server", "from the server")
KINDS = ("accrue", "redeem", "cancel")
MOST_TRIES = 50
ASKING_S = 0.5
"""Instead of 15 seconds, for a save that waits for a server that will not notice."""

ACCOUNTS = 4


class Cutter:
    """The way to a PostgreSQL server. `arm` says after how many bytes, and in which direction, the
    next connection is cut: `both` ends learn it, or only ours."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._left: dict[Way, int] = {}
        self._both = False
        self.passed: Counter[Way] = Counter()
        self.has_cut = False
        self._pumps: set[asyncio.Task[None]] = set()
        self._held: list[asyncio.StreamWriter] = []
        self._deserted: list[asyncio.StreamWriter] = []

    async def open(self) -> str:
        """The address that leads here."""
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        place = self._parts.netloc.replace(f":{self._parts.port}", f":{port}")
        return self._parts._replace(netloc=place).geturl()

    def arm(self, way: Way, after: int, *, both: bool) -> None:
        self._left, self._both, self.has_cut = {way: after}, both, False
        self.passed.clear()

    def disarm(self) -> None:
        """Cut no more. A server that has not noticed yet does so now: it has few places."""
        self._left = {}
        for writer in self._deserted:
            writer.transport.abort()
        self._deserted.clear()

    async def close(self) -> None:
        """End all connections."""
        self._server.close()
        for writer in self._held:
            writer.transport.abort()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = self._parts.hostname, self._parts.port
        server_reader, server = await asyncio.open_connection(host, port)
        self._held += (writer, server)
        ends = writer, server
        for source, target, way in (
            (reader, server, WAYS[0]),
            (server_reader, writer, WAYS[1]),
        ):
            pump = asyncio.ensure_future(self._pump(source, target, way, ends))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        way: Way,
        ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
    ) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65_536):
                self.passed[way] += len(data)
                left = self._left.get(way)
                if left is not None and left <= len(data):
                    target.write(data[:left])
                    with suppress(ConnectionError):
                        await target.drain()
                    self._left, self.has_cut = {}, True
                    ends[0].transport.abort()
                    self._deserted.append(ends[1])
                    if self._both:
                        ends[1].transport.abort()
                    return
                if left is not None:
                    self._left[way] = left - len(data)
                target.write(data)
        if target not in self._deserted:  # else that side has not noticed
            target.close()


class Cutting:
    """Commands on some accounts, one at a time, through a line that is cut."""

    def __init__(self, direct: Store, cutter: Cutter, ledger: Ledger, accounts: list[int]) -> None:
        self.direct, self.cutter, self.ledger = direct, cutter, ledger
        self.accounts = accounts
        self.rows = dict.fromkeys(accounts, 0)
        self.redeemed: dict[int, int] = {}
        self.figures: Figures = Counter()

    async def ask(self, number: int, kind: str) -> None:
        """Ask for one command until it is answered. It has one row more."""
        account = self.accounts[number % len(self.accounts)]
        command: Command
        note = Note(reason=f"{number}")
        if kind == "cancel" and account in self.redeemed:
            command = Cancel(self.redeemed.pop(account), note=note)
        elif kind == "redeem":
            command = Redeem(1, note=note)
            self.redeemed[account] = self.rows[account] + 1
        else:
            command = Accrue(5, expires_at=NOW + DAY, note=note)
        asked = Submission(1, account, (command,), key=f"{number}")
        outcome = None
        for _ in range(MOST_TRIES):
            try:
                outcome = await self.ledger.submit(asked)
            except (Unavailable, OutcomeUnknown):
                self.figures["answered that the outcome is unknown"] += 1
                # A server that has not noticed may hold locks for what has come without its end.
                self.cutter.disarm()
                continue
            break
        assert isinstance(outcome, Done), outcome
        self.rows[account] += 1
        assert [row.seq for row in outcome.transactions] == [self.rows[account]]

    async def point(self, number: int) -> None:
        """The cut of that number."""
        rest, at = divmod(number, len(KINDS))
        rest, way = divmod(rest, len(WAYS))
        after, both = divmod(rest, 2)
        self.cutter.arm(WAYS[way], after, both=bool(both))
        await self.ask(number, KINDS[at])
        self.cutter.disarm()
        self.figures["cut" if self.cutter.has_cut else "past the end of the commit"] += 1

    async def check(self) -> None:
        """The journal has each effect once, and is sound."""
        for account, count in self.rows.items():
            journal = await self.direct.journal(account, after=0, limit=count + 10)
            assert len(journal) == count
            reasons = [row.reason for row in journal]
            assert len(set(reasons)) == count
        for shard in range(self.direct.shards):
            async for verified in verify_accounts(self.direct, shard):
                assert not verified.faults, verified.faults


async def cut(address: str, first: int, count: int) -> Figures:
    """The cuts from that number on."""
    with (
        mock.patch.object(saving, "ASK_PAUSE_S", 0.001),
        mock.patch.object(saving, "ASKING_S", ASKING_S),
    ):
        return await _cut(address, first, count)


async def _cut(address: str, first: int, count: int) -> Figures:
    cutter = Cutter(address)
    direct = await open_store(address)
    store = await open_store(await cutter.open())
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    accounts = await make_accounts(direct, await make_currency(direct), ACCOUNTS)
    cutting = Cutting(direct, cutter, ledger, accounts)
    # Statements are prepared before the first cut, so that a commit is the same bytes each time.
    for number in range(-len(KINDS) * ACCOUNTS, 0):
        cutter.passed.clear()
        await cutting.ask(number, KINDS[number // ACCOUNTS % len(KINDS)])
    for way in WAYS:  # of the last kind, which is a cancel
        cutting.figures[f"most bytes of a cancel {way}"] = cutter.passed[way]
    for number in range(first, first + count):
        await cutting.point(number)
    await cutting.check()
    await ledger.stop()
    await store.close()
    await direct.close()
    await cutter.close()
    return cutting.figures


def play(databases: Databases, seed: str, count: int) -> Figures:
    """Cuts on a fresh store."""
    return asyncio.run(cut(databases.fresh(), first_of(seed), count))


CUTS = Part("cuts", "points of a commit", 12_000, 600, play, stores=("postgres",))
