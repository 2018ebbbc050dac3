"""Workers that are killed at any instant lose nothing, and keep the order of each account.

The campaign kills more of them: `python -m tests.campaign deliveries`.
"""

from __future__ import annotations

import pytest

from tests.campaign.deliveries import delivered

KILLS = 4


@pytest.mark.slow
async def test_killed_workers_lose_nothing(own_address: str) -> None:
    figures = await delivered(own_address, "23", KILLS, 2)
    assert figures["failed"] > 0
