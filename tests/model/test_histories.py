"""Random histories on the domain and on both stores agree with the naive ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from stampbook.storage.opening import open_store
from tests.conftest import CAMPAIGN_EXAMPLES
from tests.ledgers.in_memory import InMemoryLedger
from tests.ledgers.on_store import StoreLedger
from tests.ledgers.seen import Ledger
from tests.model.machine import Histories
from tests.model.walks import walk_about

pytestmark = pytest.mark.hypothesis

STORE_SHARE = 20
"""In a campaign, a store is tried less often than the domain alone by this factor."""

LENGTH = 100
"""How many steps a long history has."""


@contextmanager
def machine(open_ledger: Callable[[], Ledger], runner: asyncio.Runner) -> Iterator[type[Histories]]:
    """The state machine on a kind of ledger."""

    class OnLedger(Histories):
        def open_ledger(self) -> Ledger:
            return open_ledger()

    OnLedger.runner = runner
    yield OnLedger


@contextmanager
def on_domain() -> Iterator[type[Histories]]:
    with asyncio.Runner() as runner, machine(InMemoryLedger, runner) as kind:
        yield kind


@contextmanager
def on_store(address: str) -> Iterator[type[Histories]]:
    with asyncio.Runner() as runner:
        store = runner.run(open_store(address))
        try:
            with machine(lambda: StoreLedger(store), runner) as kind:
                yield kind
        finally:
            runner.run(store.close())


def trials(examples: int) -> settings:
    """A failing history is shrunk but not explained, because that takes minutes."""
    return settings(
        max_examples=examples,
        stateful_step_count=60,
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture
def first_seed(pytestconfig: pytest.Config) -> int:
    """The first seed of the walks: constant in `make test`, SEED in `make campaign`."""
    return int(pytestconfig.getoption("--hypothesis-seed") or 0) * 1_000_000


def test_short_histories_on_the_domain() -> None:
    with on_domain() as kind:
        run_state_machine_as_test(kind, settings=trials(CAMPAIGN_EXAMPLES or 15))


def test_short_histories_on_a_store(store_address: str) -> None:
    with on_store(store_address) as kind:
        run_state_machine_as_test(kind, settings=trials(CAMPAIGN_EXAMPLES // STORE_SHARE or 3))


async def test_long_histories_on_the_domain(first_seed: int) -> None:
    for seed in range(first_seed, first_seed + (CAMPAIGN_EXAMPLES or 15)):
        await walk_about(InMemoryLedger, seed=seed, length=LENGTH)


async def test_long_histories_on_a_store(store_address: str, first_seed: int) -> None:
    store = await open_store(store_address)
    try:
        for seed in range(first_seed, first_seed + (CAMPAIGN_EXAMPLES // STORE_SHARE or 3)):
            await walk_about(lambda: StoreLedger(store), seed=seed, length=LENGTH)
    finally:
        await store.close()
