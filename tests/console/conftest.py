"""The desk of the tests, on either database, and passwords that take no time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from stampbook.programs.people import passwords
from stampbook.storage.store import Store
from tests.console.desk import Desk, opened_desk
from tests.emptying import States
from tests.http.native.people.signing import quick_hashes


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    quick_hashes(monkeypatch)
    yield
    passwords._nobodys_hash.cache_clear()


@pytest.fixture
async def desk(store: Store, states: States) -> AsyncIterator[Desk]:
    async with opened_desk(store, states) as opened:
        yield opened
