"""`make citus`: nodes of a distributed database fail in turn, under load.

    python -m tests.distribution --seconds 600 --seed 1

Two servers and two workers of Stampbook run on a coordinator with two nodes. A node of these is
killed and comes back, the coordinator is killed, or the connections to a node are cut while clients
of all four APIs move points and others read the events. `STAMPBOOK_CITUS_BIN` names the programs;
without it nothing is tried, and this says so.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from tests.distribution.cluster import VARIABLE
from tests.distribution.drill import play


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tests.distribution")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if VARIABLE not in os.environ:
        say(f"NOT RUN: {VARIABLE} names no server with Citus, no node was killed")
        return 0
    with tempfile.TemporaryDirectory(prefix="stampbook-citus-") as folder:
        figures = play(Path(folder), f"citus {given.seed}", given.seconds)
    for name, count in figures.items():
        say(f"{name}: {count:,}")
    say("nothing that was answered is lost, nothing was done twice, and verify is sound")
    return 0


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
