"""Three PostgreSQL servers with Patroni and etcd on this machine, to try out and to rehearse with.

    python3 deploy/ha/three_nodes.py FOLDER

Needs Debian's packages patroni, etcd-server and postgresql, and nothing else. Prints the address
for STAMPBOOK_DATABASE_URL as soon as there is a leader with a standby, and runs until it is
interrupted. FOLDER must be empty, and keeps everything. As root, the servers run as `postgres`.
"""

from __future__ import annotations

import argparse
import json
import os
import pwd
import secrets
import shutil
import signal
import string
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
NODES = 3
READY_S = 600.0
STOP_S = 30.0
PAUSE_S = 0.2
PATIENCE_S = 60.0
"""How long a node may take to follow before it is copied anew."""

CLOSE = 1_000_000
"""How many bytes a standby may be behind."""
PROGRAMS = ("etcd", "patroni", "patronictl")
TEMPLATE = Path(__file__).with_name("patroni.yml")
SERVERS = Path("/usr/lib/postgresql")


class MissingError(RuntimeError):
    """A program is not on this machine. The message names it, and the package that has it."""


@dataclass
class Node:
    """One server and its Patroni: where they listen, and where the others see them."""

    name: str
    folder: Path
    port: int
    api_port: int
    seen_at: str
    api_at: str
    etcd: Sequence[str]
    by_proxies: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """HOST:PORT for clients."""
        return f"{HOST}:{self.port}"


class Cluster:
    """Nodes and the members of etcd, each a process. Use it in a `with` block."""

    def __init__(self, folder: Path, first_port: int) -> None:
        check_programs()
        self.folder = folder
        self.password = secrets.token_hex(16)
        self.etcd_ports = [first_port + 20 + 2 * each for each in range(NODES)]
        etcd = [f"{HOST}:{port}" for port in self.etcd_ports]
        self.nodes = [
            Node(
                name := f"node{each + 1}",
                folder / name,
                first_port + each,
                first_port + 10 + each,
                f"{HOST}:{first_port + each}",
                f"{HOST}:{first_port + 10 + each}",
                etcd,
            )
            for each in range(NODES)
        ]
        self._etcd: list[subprocess.Popen[bytes] | None] = [None] * NODES

    @property
    def url(self) -> str:
        """The address of the database `stampbook`, for Stampbook."""
        hosts = ",".join(node.address for node in self.nodes)
        return f"postgresql://postgres:{self.password}@{hosts}/stampbook"

    def __enter__(self) -> Cluster:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        give(self.folder)
        for member in range(NODES):
            self.start_etcd(member)
        for node in self.nodes:
            node.folder.mkdir(mode=0o700)
            give(node.folder)
            self.start(node)

    def stop(self) -> None:
        """Stop everything. What the servers have written stays in the folder."""
        running = [*(node.process for node in self.nodes), *self._etcd]
        # The nodes first: a Patroni that finds no etcd waits.
        for process in running:
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in running:
            if process is not None:
                try:
                    process.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        for node in self.nodes:
            kill_server(node)

    def start_etcd(self, member: int) -> None:
        """Start a member of etcd, for the first time or again."""
        name, port = f"etcd{member + 1}", self.etcd_ports[member]
        peers = ",".join(
            f"etcd{each + 1}=http://{HOST}:{other + 1}"
            for each, other in enumerate(self.etcd_ports)
        )
        place = self.folder / name
        place.mkdir(mode=0o700, exist_ok=True)
        give(place)
        command = [
            *("etcd", "--name", name, "--data-dir", str(place / "data")),
            *("--listen-client-urls", f"http://{HOST}:{port}"),
            *("--advertise-client-urls", f"http://{HOST}:{port}"),
            *("--listen-peer-urls", f"http://{HOST}:{port + 1}"),
            *("--initial-advertise-peer-urls", f"http://{HOST}:{port + 1}"),
            *("--initial-cluster", peers, "--initial-cluster-state", "new"),
            *("--heartbeat-interval", "200", "--election-timeout", "2000"),
        ]
        self._etcd[member] = run(command, place)

    def kill_etcd(self, member: int) -> None:
        """End a member of etcd at once."""
        process = self._etcd[member]
        assert process is not None
        process.kill()
        process.wait()

    def start(self, node: Node) -> None:
        """Start a node, for the first time or again."""
        settings = node.folder / "patroni.yml"
        settings.write_text(settings_of(node, self.password, server_programs()), "utf-8")
        settings.chmod(0o600)
        give(settings)
        node.process = run(["patroni", str(settings)], node.folder)

    def kill(self, node: Node) -> None:
        """End a node at once, as if its machine had lost its power: Patroni and the server."""
        assert node.process is not None
        node.process.kill()
        node.process.wait()
        node.process = None
        kill_server(node)

    def tend(self) -> None:
        """Start each Patroni again that has ended by itself, as a service manager does: it gives up
        if the first member of etcd that it asks is away."""
        for node in self.nodes:
            if node.process is not None and node.process.poll() is not None:
                self.start(node)

    def switch_over(self, leader: Node) -> bool:
        """Have the synchronous standby take over from the leader in order. False: it was refused,
        for instance because it is not ready yet; ask again.

        The standby is named: if Patroni may choose, a node that is not synchronous but further on
        keeps the others from taking over, and may not do so itself.
        """
        roles = self.members()
        name = next((name for name, role in roles.items() if role == "sync_standby"), None)
        if name is None:
            return False
        return ask(leader, "switchover", {"leader": leader.name, "candidate": name})

    def copy_anew(self, node: Node) -> None:
        """Copy a node that does not follow from the leader, as an operator would have to."""
        ask(node, "reinitialize", {"force": True})

    def members(self) -> dict[str, str]:
        """What each node is now (leader, sync_standby, replica), if it runs and follows closely."""
        for node in self.nodes:
            try:
                with urllib.request.urlopen(f"http://{node.api_at}/cluster", timeout=2) as answer:
                    found: dict[str, Any] = json.load(answer)
            except (OSError, urllib.error.URLError, ValueError):
                continue
            return {
                each["name"]: each["role"]
                for each in found["members"]
                if each["state"] in ("running", "streaming") and is_close(each.get("lag", 0))
            }
        return {}

    def streams(self) -> bool:
        """Whether all other nodes receive the leader's log. One that was the leader, and has rows
        that nobody else has, runs, but receives nothing until it is rewound or copied anew."""
        leader = self.leader()
        if leader is None:
            return False
        try:
            with urllib.request.urlopen(f"http://{leader.api_at}/patroni", timeout=2) as answer:
                followers = json.load(answer).get("replication", [])
        except (OSError, urllib.error.URLError, ValueError):
            return False
        streaming = [each for each in followers if each["state"] == "streaming"]
        return len(streaming) == NODES - 1

    def leader(self) -> Node | None:
        """The node that takes writes now, if there is one."""
        names = [name for name, role in self.members().items() if role == "leader"]
        return next((node for node in self.nodes if node.name in names), None)

    def wait_until_whole(self) -> None:
        """Return when there is a leader, and all others follow it, one of them synchronously."""
        until, patient_until = time.monotonic() + READY_S, time.monotonic() + PATIENCE_S
        while True:
            self.tend()
            members = self.members()
            roles = sorted(members.values())
            if roles == ["leader", "replica", "sync_standby"] and self.streams():
                return
            if time.monotonic() > patient_until and "leader" in roles:
                for node in self.nodes:
                    is_idle = members.get(node.name) == "replica" and not self.streams()
                    if node.name not in members or is_idle:
                        self.copy_anew(node)
                patient_until = time.monotonic() + PATIENCE_S
            if time.monotonic() > until:
                raise TimeoutError(f"the cluster is not whole after {READY_S:.0f} s: {roles}")
            time.sleep(PAUSE_S)


def ask(node: Node, what: str, body: Mapping[str, object]) -> bool:
    """Ask the node's Patroni for something; whether it has agreed."""
    request = urllib.request.Request(
        f"http://{node.api_at}/{what}", json.dumps(body).encode(), method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=60):  # noqa: S310 - see above
            return True
    except (OSError, urllib.error.URLError):
        return False


def is_close(lag: object) -> bool:
    """Whether a standby follows closely; what Patroni does not know is not a number."""
    return isinstance(lag, int) and lag <= CLOSE


def settings_of(node: Node, password: str, programs: Path) -> str:
    """The node's settings for Patroni."""
    values: Mapping[str, object] = {
        "name": node.name,
        "host": HOST,
        "port": node.port,
        "api_port": node.api_port,
        "seen_at": node.seen_at,
        "api_at": node.api_at,
        "etcd": json.dumps(list(node.etcd)),
        "by_proxies": json.dumps(node.by_proxies),
        "folder": node.folder,
        "bin_dir": programs,
        "password": password,
    }
    return string.Template(TEMPLATE.read_text("utf-8")).substitute(values)


def check_programs() -> None:
    """Raise MissingError unless everything is there."""
    for name in PROGRAMS:
        if shutil.which(name) is None:
            package = "etcd-server" if name == "etcd" else "patroni"
            raise MissingError(f"{name} is missing: install the package {package}")
    server_programs()


def server_programs() -> Path:
    """The folder of the newest PostgreSQL server. Raises MissingError."""
    found = sorted(SERVERS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise MissingError("the PostgreSQL server is missing: install the package postgresql")
    return found[-1].parent


def owner() -> pwd.struct_passwd | None:
    """Whom the servers run as, if not as who runs this: PostgreSQL refuses root."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


def give(path: Path) -> None:
    """Let it belong to whom the servers run as."""
    if (who := owner()) is not None:
        os.chown(path, who.pw_uid, who.pw_gid)


def run(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start a server whose log is in the folder."""
    who = owner()
    identity: dict[str, Any] = (
        {} if who is None else {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    )
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **identity,
        )


def kill_server(node: Node) -> None:
    """End the node's PostgreSQL at once, if it runs. Its children end when they notice."""
    try:
        pid = int((node.folder / "data" / "postmaster.pid").read_text("utf-8").split()[0])
        os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError, IndexError, ValueError):
        return


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first-port", type=int, default=5440)
    given = parser.parse_args()
    try:
        cluster = Cluster(given.folder.absolute(), given.first_port)
    except MissingError as error:
        sys.stderr.write(f"three_nodes.py: {error}\n")
        return 2
    with cluster:
        cluster.wait_until_whole()
        sys.stdout.write(f"{cluster.url}\nPress Ctrl-C to stop all three.\n")
        sys.stdout.flush()
        try:
            while True:
                cluster.tend()
                time.sleep(1)
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main())
