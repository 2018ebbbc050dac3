"""An hour with every operation of the native API; see tests/http/examples.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from stampbook.dialects.native import openapi
from stampbook.dialects.native.routes import OPERATIONS
from stampbook.edge.context import Context
from stampbook.edge.operations import Operation
from stampbook.ledger.engine import Ledger
from stampbook.programs import users
from stampbook.storage.store import Store
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
    transport = InProcess(application(Context(store, ledger, clock, resolve=nowhere)))

    def after_each(operation: Operation, answer: httpx.Response) -> None:
        clock.advance(seconds=60)
        heard(operation, answer)

    async with httpx.AsyncClient(transport=transport, base_url="http://stampbook") as client:
        found = await examples.played(
            client,
            OPERATIONS,
            PLAY,
            {"Authorization": f"Bearer {secret}"},
            after_each,
        )
    await ledger.stop()
    return found


if __name__ == "__main__":
    asyncio.run(examples.write(EXAMPLES, played))
