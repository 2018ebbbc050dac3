"""An exception that the ledger handles is nobody else's: nothing runs as if it were handling it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Any, cast

import pytest

from stampbook.domain.commands import Accrue
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.store import Batch, BesideConflict, SaveConflict, Store
from tests.storage.building import NOW, make_accounts, make_currency


class Failing:
    """A store whose saves fail in turn, and that looks at what is handled when it is asked."""

    def __init__(self, store: Store, failures: list[Exception]) -> None:
        self._store = store
        self.failures = failures
        self.handled: list[BaseException | None] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def save(self, batches: Sequence[Batch]) -> None:
        self.handled.append(sys.exception())
        if self.failures:
            raise self.failures.pop(0)
        await self._store.save(batches)


@pytest.mark.parametrize(
    "failures",
    [
        [SaveConflict("another server was first")],
        [SaveConflict("another server was first"), SaveConflict("and once more")],
        [BesideConflict("a row outside the ledger has changed")],
        [RuntimeError("a bug")],
    ],
    ids=repr,
)
async def test_a_save_that_failed_is_not_handled_by_what_follows(
    store: Store, failures: list[Exception]
) -> None:
    failing = Failing(store, failures.copy())
    ledger = Ledger(cast(Store, failing), clock=lambda: NOW)
    await ledger.start()
    (account,) = await make_accounts(store, await make_currency(store))
    asked = Submission(1, account, (Accrue(5),))
    done = await asyncio.gather(ledger.submit(asked), ledger.submit(asked))
    assert all(isinstance(each, Done) for each in done)
    assert not failing.failures
    assert len(failing.handled) > len(failures)
    assert not any(failing.handled)
    assert sys.exception() is None
    await ledger.stop()
