"""A server that takes files, and the carrier that works on them when a test says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from stampbook.dialects.native.files.telling import words_of
from stampbook.edge.context import Context
from stampbook.files.keeping import folder_of
from stampbook.ledger.engine import Ledger
from stampbook.settings import Settings
from stampbook.storage.store import Store
from stampbook.worker.carrying import Carrier
from tests.http.native.asking import Api, Clock, fine


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(files_folder=str(tmp_path / "files"), public_url="http://stampbook")


@pytest.fixture
def context(store: Store, ledger: Ledger, clock: Clock, settings: Settings) -> Context:
    return Context(store, ledger, clock, settings)


class Office(NamedTuple):
    """A program with points (two decimals), into which files are sent."""

    api: Api
    carrier: Carrier
    folder: Path
    program: str

    async def carry(self) -> None:
        """Work on all that waits, until nothing does."""
        while await self.carrier.work():
            await self.carrier.idle()
        await self.carrier.idle()

    async def send(self, content: str | bytes, kind: str = "lots", **said: Any) -> Any:
        """Import a file; the answer to the request."""
        asked = {"kind": kind, "program_id": self.program, **said}
        answer = await self.api.ask("POST", "/imports", params=asked, content=content)
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def take(self, content: str | bytes, kind: str = "lots", **said: Any) -> Any:
        """The same, with all that becomes of it."""
        run = await self.send(content, kind, **said)
        await self.carry()
        return await self.read(run["id"])

    async def read(self, run: str) -> Any:
        return fine(await self.api.get(f"/imports/{run}"))

    def files(self) -> list[str]:
        return sorted(each.name for each in self.folder.glob("*"))


@pytest.fixture
async def office(
    api: Api, ledger: Ledger, settings: Settings, tmp_path: Path
) -> AsyncIterator[Office]:
    program = await api.program()
    await api.currency(program["id"], code="points")
    carrier = Carrier(ledger, folder_of(settings), words_of(settings))
    yield Office(api, carrier, tmp_path / "files", program["id"])
    carrier.stop()
    await carrier.run()
