"""An hour with every operation of the native API; see tests/http/examples.py."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from stampbook.dialects.native import openapi
from stampbook.dialects.native.files.telling import words_of
from stampbook.dialects.native.routes import OPERATIONS
from stampbook.edge.context import Context
from stampbook.edge.operations import Operation
from stampbook.files.keeping import folder_of
from stampbook.ledger.engine import Ledger
from stampbook.programs import users
from stampbook.settings import Settings
from stampbook.storage.store import Store
from stampbook.worker.carrying import Carrier
from tests.http import examples
from tests.http.in_process import InProcess, application
from tests.http.native.asking import Clock
from tests.http.native.conftest import secret_of
from tests.http.native.play import LOGIN, PLAY

EXAMPLES = Path(openapi.__file__).with_name("examples.json")


async def nowhere(host: str, port: int) -> Sequence[str]:
    """A resolver that knows no name."""
    raise OSError("no such name")


async def played(
    store: Store, heard: Callable[[Operation, httpx.Response], None] = lambda *_: None
) -> dict[str, Any]:
    """What the operations answer on an empty database: for each its request and its answer."""
    clock = Clock()
    ledger = Ledger(store, clock=clock)
    await ledger.start()
    secret = await secret_of(store)
    async with store.transaction() as writing:
        await users.create(writing, tenant=1, login=LOGIN, password_hash="none", now=clock())
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(files_folder=folder)
        found = await _asked(
            Context(store, ledger, clock, settings, resolve=nowhere), heard, secret
        )
    await ledger.stop()
    return found


async def _asked(
    context: Context, heard: Callable[[Operation, httpx.Response], None], secret: str
) -> dict[str, Any]:
    transport, ledger, settings = InProcess(application(context)), context.ledger, context.settings
    carrier = Carrier(ledger, folder_of(settings), words_of(settings))

    def after_each(operation: Operation, answer: httpx.Response) -> None:
        context.clock.advance(seconds=60)  # type: ignore[attr-defined]
        heard(operation, answer)

    async def carry(step: examples.Step) -> None:
        if step.operation not in ("stop_import", "resume_import"):
            await carrier.work()
            await carrier.idle()

    async with httpx.AsyncClient(transport=transport, base_url="http://stampbook") as client:
        return await examples.played(
            client,
            OPERATIONS,
            PLAY,
            {"Authorization": f"Bearer {secret}"},
            after_each,
            carry,
        )


if __name__ == "__main__":
    asyncio.run(examples.write(EXAMPLES, played))
