"""python -m tests.simulation --count 1000 --seed 1: play as many seeds, and say how to play one
that breaks a law again."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from stampbook.storage.postgres.temporary import MEMORY
from tests.simulation.playing import play


def main() -> int:
    """Parse the arguments and play. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    given = parser.parse_args()
    sums, began_s, status = Counter[str](), time.process_time(), 0
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        for seed in range(given.seed, given.seed + given.count):
            try:
                played = play(seed, Path(folder))
            except Exception:
                traceback.print_exc()
                say(f"broken: python -m tests.simulation --count 1 --seed {seed}")
                status = 1
                continue
            for name in ("answered", "tries", "kills", "rows", "faults"):
                sums[name] += getattr(played, name)
    said = ", ".join(f"{name} {count:,}" for name, count in sums.items())
    say(f"{given.count:,} seeds from {given.seed}: {said}; {time.process_time() - began_s:,.0f} s")
    return status


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # the order of texts in sets
        os.execve(  # noqa: S606
            sys.executable,
            [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
            {**os.environ, "PYTHONHASHSEED": "0"},
        )
    sys.exit(main())
