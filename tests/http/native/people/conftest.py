"""Passwords that take no time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stampbook.programs.people import passwords
from tests.http.native.people.signing import quick_hashes


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    quick_hashes(monkeypatch)
    yield
    passwords._nobodys_hash.cache_clear()
