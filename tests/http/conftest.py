"""What the tests of every dialect may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from tests.http import in_process
from tests.http.town import Town, opened_town


@pytest.fixture
def ordinary(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Switches the short way off, and on again."""

    def switch(*, off: bool) -> None:
        if off:
            monkeypatch.setattr(in_process, "recognise", lambda path: None)
        else:
            monkeypatch.undo()

    return switch


@pytest.fixture
async def town(store_address: str) -> AsyncIterator[Town]:
    """One program behind all four APIs, two servers on either database."""
    async with opened_town(store_address) as opened:
        yield opened
