"""The ledgers on which every law must hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from tests.conftest import CAMPAIGN_EXAMPLES
from tests.ledgers.in_memory import InMemoryLedger
from tests.ledgers.on_store import StoreLedger
from tests.ledgers.seen import Ledger


@dataclass(frozen=True)
class Place:
    """A kind of ledger: how to open one, and the event loop that it runs in.

    `examples`: how many histories to try; a store is slower than the domain alone.
    """

    open: Callable[[], Ledger]
    runner: asyncio.Runner
    examples: int

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(coroutine)


@dataclass(frozen=True)
class StoredPlace(Place):
    """The engine on a store."""

    open: Callable[[], StoreLedger]
    store: Store


@pytest.fixture(params=["domain", "sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Where a law is tested: a test that uses it runs on the domain and on both stores."""
    if request.param == "domain":
        with asyncio.Runner() as runner:
            yield Place(InMemoryLedger, runner, CAMPAIGN_EXAMPLES or 25)
    else:
        with on_a_store(request.getfixturevalue(f"{request.param}_address")) as stored:
            yield stored


@pytest.fixture(params=["sqlite", "postgres"])
def stored_place(request: pytest.FixtureRequest) -> Iterator[StoredPlace]:
    """Only the two stores, for laws about what a store does."""
    with on_a_store(request.getfixturevalue(f"{request.param}_address")) as stored:
        yield stored


@contextmanager
def on_a_store(address: str) -> Iterator[StoredPlace]:
    """An open store in its own event loop."""
    with asyncio.Runner() as runner:
        store = runner.run(open_store(address))
        yield StoredPlace(lambda: StoreLedger(store), runner, CAMPAIGN_EXAMPLES // 20 or 5, store)
        runner.run(store.close())
