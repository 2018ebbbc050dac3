"""Random histories on the domain and on both stores agree with the naive ledger."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from stampbook.storage.opening import open_store
from tests.conftest import CAMPAIGN_EXAMPLES
from tests.ledgers.in_memory import InMemoryLedger
from tests.ledgers.on_store import StoreLedger
from tests.ledgers.seen import Ledger
from tests.model.machine import Histories

pytestmark = pytest.mark.hypothesis


def trials(examples: int, steps: int) -> settings:
    """How hard to try: `examples` in `make test`, as many as it says in `make campaign`.

    A failing history is shrunk, but not explained: that takes minutes.
    """
    return settings(
        max_examples=CAMPAIGN_EXAMPLES * examples // 200 or examples,
        stateful_step_count=steps,
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


def test_on_domain() -> None:
    class OnDomain(Histories):
        def open_ledger(self) -> Ledger:
            return InMemoryLedger()

    with asyncio.Runner() as runner:
        OnDomain.runner = runner
        run_state_machine_as_test(OnDomain, settings=trials(200, 50))


def test_on_store(store_address: str) -> None:
    with asyncio.Runner() as runner:
        store = runner.run(open_store(store_address))

        class OnStore(Histories):
            def open_ledger(self) -> Ledger:
                return StoreLedger(store)

        OnStore.runner = runner
        try:
            run_state_machine_as_test(OnStore, settings=trials(20, 50))
        finally:
            runner.run(store.close())
