"""`make ha`: three PostgreSQL servers fail in turn, under load, and nothing that was answered is
lost or done twice.

    python -m tests.ha --count 20 --seed 1

Each round, chosen by the seed, ends the leader at once, cuts it off from the others while clients
still reach it, has another take over in order, or ends a standby; etcd loses a member now and
then. Needs the packages that deploy/ha/three_nodes.py names; without them it says so.
"""

from __future__ import annotations

import argparse
import random
import shutil
import socket
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from deploy.ha.three_nodes import HOST, Cluster, MissingError, Node
from tests.ha.links import Links
from tests.ha.probing import Probe
from tests.process.api import Api
from tests.process.conftest import deploy
from tests.process.test_crashes import Loader, ask_again, check_answers

PORTS = 40
ACCOUNTS = 8
LOADERS = 2
AFTERWARDS = 50
"""Answers of the probe that end a round."""


@dataclass
class Drill:
    """The cluster, its links, and how long writes were not answered, by what had happened."""

    cluster: Cluster
    links: Links
    probe: Probe
    chance: random.Random
    pauses_s: dict[str, list[float]] = field(default_factory=dict)

    def play(self, count: int) -> None:
        """That many rounds; the seed decides which."""
        ways = [self.kill_the_leader, self.partition, self.switch_over, self.kill_a_standby]
        for number in range(count):
            self.cluster.wait_until_whole()
            self.probe.wait_for_answers(AFTERWARDS)
            self.probe.pause_s()
            way = ways[number % len(ways)]
            member = self.chance.randrange(3) if self.chance.random() < 0.25 else None
            if member is not None:
                self.cluster.kill_etcd(member)
            way()
            self.probe.wait_for_answers(AFTERWARDS)
            pause_s = self.probe.pause_s()
            self.pauses_s.setdefault(way.__name__, []).append(pause_s)
            if member is not None:
                self.cluster.start_etcd(member)
            say(f"{number + 1}: {way.__name__}, {pause_s:.1f} s without an answer")

    def leader(self) -> Node:
        """The present one."""
        found = self.cluster.leader()
        assert found is not None
        return found

    def other_than(self, former: Node) -> None:
        """Return when another node is the leader."""
        while (now := self.cluster.leader()) is None or now.name == former.name:
            time.sleep(0.2)

    def kill_the_leader(self) -> None:
        """Its machine has lost its power; later it comes back."""
        leader = self.leader()
        self.cluster.kill(leader)
        self.other_than(leader)
        self.probe.wait_for_answers(1)
        self.cluster.start(leader)

    def partition(self) -> None:
        """The leader hears of nobody, but clients reach it: it must not answer what it cannot
        pass on."""
        leader = self.leader()
        self.links.cut(leader.name)
        self.other_than(leader)
        self.probe.wait_for_answers(1)
        self.links.mend(leader.name)

    def switch_over(self) -> None:
        """As for maintenance."""
        leader = self.leader()
        while not self.cluster.switch_over(leader):
            time.sleep(1)
        self.other_than(leader)

    def kill_a_standby(self) -> None:
        """The one that commits wait for."""
        roles = self.cluster.members()
        (name,) = (name for name, role in roles.items() if role == "sync_standby")
        node = next(each for each in self.cluster.nodes if each.name == name)
        self.cluster.kill(node)
        self.probe.wait_for_answers(1)
        self.cluster.start(node)


def linked(cluster: Cluster, links: Links) -> None:
    """Let the nodes see one another, and etcd, by links that can be cut."""
    for node in cluster.nodes:
        node.seen_at = f"{HOST}:{links.to(node.port, node.name)}"
        node.api_at = f"{HOST}:{links.to(node.api_port, node.name)}"
        node.by_proxies = True
        node.etcd = [f"{HOST}:{links.to(port, node.name)}" for port in cluster.etcd_ports]


def run(folder: Path, count: int, seed: int) -> dict[str, list[float]]:
    """Play; what must hold afterwards is checked. Returns the pauses."""
    with Links() as links:
        cluster = Cluster(folder / "nodes", free_ports())
        linked(cluster, links)
        with cluster:
            cluster.wait_until_whole()
            deployment = deploy(cluster.url, folder)
            with deployment.serve() as server:
                url = server.wait_until_ready()
                api = Api(url, deployment.secret)
                accounts = api.open_accounts(ACCOUNTS + 1)
                probed, accounts = accounts[0], accounts[1:]
                chance = random.Random(seed)
                loaders = [
                    Loader(url, deployment.secret, f"h{each}", accounts) for each in range(LOADERS)
                ]
                try:
                    with Probe(url, deployment.secret, probed) as probe:
                        drill = Drill(cluster, links, probe, chance)
                        drill.play(count)
                    answers = [each for loader in loaders for each in loader.finish()]
                finally:
                    for loader in loaders:
                        loader.abandon()
                say(f"{len(answers) + probe.answered} writes were answered; checking them")
                api = Api(url, deployment.secret)  # the server has closed a connection so long idle
                check_answers(api, accounts, answers)
                ask_again(api, chance.sample(answers, min(len(answers), 500)))
                check_probe(api, probed, probe.answered)
                assert server.stop() == 0
            told = deployment.verify()
            assert told["sound"] is True, told
            return drill.pauses_s


def check_probe(api: Api, account: str, answered: int) -> None:
    """Each answered write is there once; one that was not answered may be there or not."""
    reasons = [row["reason"] for row in api.journal(account)]
    assert len(set(reasons)) == len(reasons)
    assert len(reasons) >= answered


def free_ports() -> int:
    """The first of PORTS ports in a row that nobody uses now."""
    for first in range(20_000, 30_000, PORTS):
        try:
            for port in range(first, first + PORTS):
                with socket.create_server((HOST, port)):
                    pass
        except OSError:
            continue
        return first
    raise AssertionError("no ports are free")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tests.ha")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="stampbook-ha-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        pauses_s = run(folder, given.count, given.seed)
    except MissingError as error:
        say(f"SKIPPED: nothing was tried, because {error}")
        return 0
    shutil.rmtree(folder)
    for way, all_s in sorted(pauses_s.items()):
        say(f"{way}: {len(all_s)} times, pauses {median(all_s):.1f} s, at most {max(all_s):.1f} s")
    say("nothing that was answered is lost, nothing was done twice, and verify is sound")
    return 0


if __name__ == "__main__":
    sys.exit(main())
