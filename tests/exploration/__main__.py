"""`make explore` and the long histories of `make campaign`: python -m tests.exploration.

Exits with status 1 if a law is broken, and prints the history that breaks it as a scenario.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from stampbook.domain.policy import Policy
from tests.exploration.exploring import Tally, explore, policies
from tests.exploration.longwalks import LENGTH, Found, walk
from tests.exploration.steps import policy_words

BLOCK = 200
"""How many long histories a process plays before it reports."""


def main() -> int:
    """Parse the arguments and run. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.exploration")
    kinds = parser.add_subparsers(dest="kind", required=True)
    short = kinds.add_parser("short", help="every history of at most this many steps")
    short.add_argument("--depth", type=int, default=5)
    long = kinds.add_parser("long", help="long random histories")
    long.add_argument("--count", type=int, default=20_000)
    long.add_argument("--seed", type=int, default=1, help="the seed of the first history")
    for each in (short, long):
        each.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    with ProcessPoolExecutor(given.processes) as pool:
        if given.kind == "short":
            return explore_all(pool, given.depth)
        return walk_all(pool, given.seed, given.count)


def explore_all(pool: ProcessPoolExecutor, depth: int) -> int:
    """Explore under every policy, and print what was checked."""
    begun, total = time.monotonic(), Tally()
    for policy, tally in pool.map(_explored, [(policy, depth) for policy in policies()]):
        total.add(tally)
        _say(f"{tally.states:>9,} states {tally.seconds:>6.1f} s  {policy_words(policy)}")
        for broken in tally.broken:
            _say(f"\n{broken.scenario}\n{type(broken.error).__name__}: {broken.error}\n")
    _say(
        f"Depth {depth}: {total.states:,} states, {total.transitions:,} transitions,"
        f" {total.cancels:,} cancels and {total.inverses:,} cancels with their own cancel"
        f" in {time.monotonic() - begun:.0f} s; {len(total.broken)} broken laws."
    )
    return 1 if total.broken else 0


def walk_all(pool: ProcessPoolExecutor, seed: int, count: int) -> int:
    """Play long histories, and print what was checked."""
    begun, failed = time.monotonic(), 0
    last = seed + count
    blocks = [(first, min(first + BLOCK, last)) for first in range(seed, last, BLOCK)]
    for number, found in enumerate(pool.map(_walked, blocks), 1):
        for each in found:
            failed += 1
            _say(f"\n{each.scenario}\n{type(each.error).__name__}: {each.error}\n")
        if number % 50 == 0:
            _say(f"{number * BLOCK:>9,} histories, {failed} failed")
    _say(
        f"Seeds {seed} to {last - 1}: {count:,} histories of {LENGTH} steps"
        f" in {time.monotonic() - begun:.0f} s; {failed} broken laws."
    )
    return 1 if failed else 0


def _explored(task: tuple[Policy, int]) -> tuple[Policy, Tally]:
    policy, depth = task
    return policy, explore(policy, depth)


def _walked(block: tuple[int, int]) -> list[Found]:
    return [found for seed in range(*block) if (found := walk(seed)) is not None]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
