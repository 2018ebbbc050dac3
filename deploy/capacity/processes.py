"""What it saves that processes own accounts, for any number of them: docs/operating/capacity.md.

    python3 deploy/capacity/processes.py --accounts 100 --exponent 0.8

A simulation from figures that were measured on two processors. Nothing but the standard library is
needed.
"""

from __future__ import annotations

import argparse
import random
import sys
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class Costs:
    """Processor time of servers in µs. docs/operating/capacity.md says where it is from."""

    request: float = 105
    """Of a request at the process that has the connection, without the ledger's part."""
    decision: float = 99
    """Of the ledger's part, each time that the request's batch is decided."""
    save: float = 632
    """Of saving a batch, whatever its size and whether it succeeds."""
    message: float = 22.5
    """Of a submission that is handed over, with its outcome, at both processes."""


@dataclass(frozen=True)
class Load:
    """`waiting`: requests that wait in all processes together when they begin to save."""

    accounts: int
    exponent: float = 0.0
    waiting: int = 64


@dataclass(frozen=True)
class Found:
    """For each request, on average. `busiest`: the work of the process that has the most to do, as
    a multiple of the mean."""

    decisions: float
    saves: float
    messages: float
    busiest: float

    def cost(self, costs: Costs) -> float:
        """Processor time of a request, in µs."""
        deciding = self.decisions * costs.decision + self.saves * costs.save
        return costs.request + deciding + self.messages * costs.message


MAX_ROUNDS = 12
"""After this many failed saves, requests are saved one by one."""


def spread(processes: int, load: Load, *, rounds: int, seed: int) -> Found:
    """Any process decides any account: whoever saves later than another one that wrote to one of
    the same accounts meanwhile decides its batch again."""
    decisions = saves = 0
    for batches in _rounds(processes, load, rounds, seed):
        written: list[set[int]] = []
        for batch in filter(None, batches):
            accounts = set(batch)
            failures = sum(not accounts.isdisjoint(each) for each in written)
            attempts = 1 + min(failures, MAX_ROUNDS)
            decisions += len(batch) * attempts
            saves += attempts
            written.append(accounts)
    requests = rounds * load.waiting
    return Found(decisions / requests, saves / requests, 0.0, 1.0)


def owned(processes: int, load: Load, *, rounds: int, seed: int) -> Found:
    """Each account is decided by its owner, and so once."""
    messages = saves = 0
    busy = [0] * processes
    for batches in _rounds(processes, load, rounds, seed):
        saving: set[int] = set()
        for process, batch in enumerate(batches):
            for account in batch:
                owner = random.Random(account).randrange(processes)
                messages += owner != process
                busy[owner] += 1
                saving.add(owner)
        saves += len(saving)
    requests = rounds * load.waiting
    busiest = max(busy) * processes / requests
    return Found(1.0, saves / requests, messages / requests, busiest)


def _rounds(processes: int, load: Load, rounds: int, seed: int) -> list[list[list[int]]]:
    """For each round, what each process has to save: connections are at any of them."""
    chance = random.Random(seed)
    sums = list(accumulate((rank + 1) ** -load.exponent for rank in range(load.accounts)))
    found = []
    for _ in range(rounds):
        batches: list[list[int]] = [[] for _ in range(processes)]
        for _ in range(load.waiting):
            account = min(bisect(sums, chance.random() * sums[-1]), load.accounts - 1)
            batches[chance.randrange(processes)].append(account)
        found.append(batches)
    return found


def lines(load: Load, costs: Costs, *, rounds: int, seed: int) -> list[str]:
    """What is printed."""
    printed = ["processes  decisions  µs of any  messages  µs of owners  saved  busiest owner"]
    for processes in (1, 2, 4, 8, 16, 32):
        any_, own = (each(processes, load, rounds=rounds, seed=seed) for each in (spread, owned))
        before, after = any_.cost(costs), own.cost(costs)
        printed.append(
            f"{processes:9}  {any_.decisions:9.2f}  {before:9.0f}  {own.messages:8.2f}"
            f"  {after:12.0f}  {1 - after / before:5.0%}  {own.busiest:13.2f}"
        )
    return printed


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--accounts", type=int, default=1_000, help="that are used at a time")
    parser.add_argument("--exponent", type=float, default=0.0, help="of Zipf's law; 0: all alike")
    parser.add_argument("--waiting", type=int, default=64, help="requests at a time")
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    load = Load(given.accounts, given.exponent, given.waiting)
    sys.stdout.write("\n".join(lines(load, Costs(), rounds=given.rounds, seed=given.seed)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
