"""Random histories of rules, orders, events and purchases agree with the naive model.

`python -m tests.model.loyalty` plays many more (`make campaign`).
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.model.loyalty.__main__ import play_all

HISTORIES = 300


@pytest.mark.parametrize("first", range(1, HISTORIES, 100))
def test_histories(tmp_path: Path, first: int) -> None:
    failed = asyncio.run(play_all(first, first + 100, tmp_path))
    assert not failed, "\n".join(failed)
