"""`make citus`: nodes of a distributed database fail in turn, under load.

    python -m tests.distribution --seconds 600 --seed 1

Two servers and two workers of Stampbook run on a coordinator with two nodes. A node of these is
killed and comes back, the coordinator is killed, or the connections to a node are cut while clients
of all four APIs move points and others read the events. `STAMPBOOK_CITUS_BIN` names the programs;
without it nothing is tried, and the drill says so.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.campaign.feed import Deployed, fed, killed
from tests.distribution.cluster import VARIABLE, Nodes, nodes
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


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tests.distribution")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if VARIABLE not in os.environ:
        say(f"SKIPPED: nothing was tried, because {VARIABLE} names no server with Citus")
        return 0
    with (
        tempfile.TemporaryDirectory(prefix="stampbook-citus-") as folder,
        Links() as links,
        nodes(durable=True, way=lambda port, at: links.to(port, str(at))) as running,
    ):
        drill = Drill(running, links)
        seed = f"citus {given.seed}"
        figures = fed(running.address, Path(folder), seed, given.seconds, drill.fail)
    for name, count in figures.items():
        say(f"{name}: {count:,}")
    say("nothing that was answered is lost, nothing was done twice, and verify is sound")
    return 0


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
