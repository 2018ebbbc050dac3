"""Nodes of a distributed database that fail in turn, under load."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.campaign.feed import Deployed, fed, killed
from tests.campaign.parts import Figures
from tests.distribution.cluster import Nodes, nodes
from tests.ha.links import Links

AWAY_S = (0.2, 3.0)
"""How long a node is gone."""


@dataclass
class Drill:
    """The nodes, and the links by which the coordinator reaches its workers."""

    running: Nodes
    links: Links

    def fail(self, deployed: Deployed, dice: Random) -> str:
        """One failure, chosen by the dice."""
        deployed.supervise()
        way = dice.choice((self.kill_worker, self.kill_coordinator, self.cut_link, self.kill_ours))
        way(deployed, dice)
        return way.__name__.replace("_", " ")

    def kill_worker(self, _: Deployed, dice: Random) -> None:
        node = dice.choice(self.running.workers)
        node.crash()
        time.sleep(dice.uniform(*AWAY_S))
        node.start()

    def kill_coordinator(self, _: Deployed, dice: Random) -> None:
        self.running.coordinator.crash()
        time.sleep(dice.uniform(*AWAY_S))
        self.running.coordinator.start()

    def cut_link(self, _: Deployed, dice: Random) -> None:
        """Nothing passes between the coordinator and a worker, and neither is told."""
        name = str(dice.randrange(len(self.running.workers)))
        self.links.cut(name)
        time.sleep(dice.uniform(*AWAY_S))
        self.links.mend(name)

    def kill_ours(self, deployed: Deployed, dice: Random) -> None:
        """A server or a worker of Stampbook."""
        killed(deployed, dice)


def play(folder: Path, seed: str, seconds: float) -> Figures:
    """Two servers and two workers under load, with failures for so long. What must hold afterwards
    is checked."""
    with (
        Links() as links,
        nodes(durable=True, way=lambda port, at: links.to(port, str(at))) as running,
    ):
        return fed(running.address, folder, seed, seconds, Drill(running, links).fail)
