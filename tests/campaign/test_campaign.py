"""A little of each part of the campaign, and how it goes on where it was.

Deliveries: tests/webhooks/test_kills.py. Imports: tests/commands/test_importing.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from stampbook.domain.commands import Hold
from stampbook.storage.store import Store
from tests.campaign.clocks import ticked
from tests.campaign.cuts import cut
from tests.campaign.disks import filled
from tests.campaign.feed import fed
from tests.campaign.growth import fill
from tests.campaign.hostile import attacked
from tests.campaign.imports import expected, write_file
from tests.campaign.long_account import lived
from tests.campaign.model import how, walked
from tests.campaign.parts import Databases, Figures, Part
from tests.campaign.progress import Progress
from tests.campaign.races import raced
from tests.ledgers.seen import Answer
from tests.model.beside import Beside, Differs, play_group
from tests.model.comparing import Asked
from tests.process.conftest import Deployment, copied, deployed, on_sqlite
from tests.turns import WHOLE

__all__ = ["copied", "deployed", "on_sqlite"]


class Nowhere:
    """No databases are needed."""

    folder = Path()

    def fresh(self) -> str:
        raise AssertionError


class Played:
    """A part that is interrupted in its third block, the first time."""

    def __init__(self) -> None:
        self.seeds: list[str] = []

    def __call__(self, databases: Databases, seed: str, count: int) -> Figures:
        self.seeds.append(seed)
        if len(self.seeds) == 3:
            raise KeyboardInterrupt
        return Counter({"things": count, "most": 10 - count, "none": 0})


def test_it_goes_on_after_the_last_whole_block(tmp_path: Path) -> None:
    played = Played()
    part = Part("part", "things", 11, 3, played)
    with pytest.raises(KeyboardInterrupt):
        Progress(part, "sqlite", 7, tmp_path).run(Nowhere(), 11)
    progress = Progress(part, "sqlite", 7, tmp_path)
    assert progress.done == 6
    progress.run(Nowhere(), 11)
    assert played.seeds == ["part 7 0", "part 7 3", "part 7 6", "part 7 6", "part 7 9"]
    assert progress.figures == {"things": 11, "most": 8, "none": 0}
    assert "part on sqlite, seed 7: 11 things; things 11, most 8, none 0; " in str(progress)
    assert Progress(part, "sqlite", 8, tmp_path).done == 0


async def test_races(own_address: str) -> None:
    figures = await raced(own_address, "races", 5)
    assert figures["requests"] == 100


class Wrong(Beside):
    """It says of some holds that a point is missing."""

    async def submit_asked(self, asked: Sequence[Asked]) -> list[Answer]:
        return [
            answer._replace(rows=(answer.rows[0]._replace(shortfall=1),))
            if isinstance(each.command, Hold) and each.command.amount > 30 and answer.rows
            else answer
            for each, answer in zip(asked, await super().submit_asked(asked), strict=True)
        ]


async def test_the_model(own_address: str) -> None:
    figures = await walked(own_address, "model 7 248", 4)
    assert figures["operations"] >= 400
    assert figures["comparisons of everything"] >= 4
    assert figures["accounts"] == 8


async def test_a_walk_that_differs_is_shortened(sqlite_store: Store) -> None:
    """To an accrual and the hold, or to the hold alone where there is an overdraft."""
    with pytest.raises(Differs) as caught:
        await play_group(sqlite_store, "model 7", 0, 5, Wrong)
    steps = [line for line in str(caught.value).splitlines() if line.startswith("  ")]
    assert 1 <= len(steps) <= 3
    assert "'how': 'hold'" in steps[-1]
    assert how("sqlite:a", "model 7", 3) == (
        "play it alone: python -m tests.campaign model --store sqlite --seed 7 --first 3 --count 1"
    )


async def test_clocks(own_address: str) -> None:
    assert (await ticked(own_address, "clocks", 5))["jumps"] > 0


async def test_disks(own_address: str) -> None:
    assert (await filled(own_address, "disks", 80))["commands"] == 80


async def test_cuts(own_postgres_address: str) -> None:
    assert (await cut(own_postgres_address, 240, 24))["cut"] == 24


def test_hostile_requests(on_sqlite: Deployment) -> None:
    assert attacked(on_sqlite, "hostile", 300)["4xx"] > 200


@pytest.mark.slow
def test_feed(own_address: str, tmp_path: Path) -> None:
    figures = fed(own_address, tmp_path, "feed", 5.0 if WHOLE else 2.0)
    assert figures["kills"] > 0


def test_the_file_of_an_import_is_the_seeds(tmp_path: Path) -> None:

    for name in ("a", "b"):
        write_file(tmp_path / name, Random("1"), 40)
    assert expected(tmp_path / "a") == expected(tmp_path / "b")
    assert expected(tmp_path / "a")[0] == 40


async def test_an_account_of_many_rows(own_address: str) -> None:
    """What was paid from the first accrual goes back, and is taken, to the last digit."""
    assert (await lived(own_address, 600))["rows"] >= 600


async def test_rows_of_others(own_address: str) -> None:
    """Copies are in the journal beside the rows that they were made of."""
    own = (await lived(own_address, 1_000))["rows"]
    assert await fill(own_address, 3_000) >= own + 3_000
