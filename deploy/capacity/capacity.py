"""How many machines, disks and hours a ledger needs: docs/operating/capacity.md.

    python3 deploy/capacity/capacity.py --accounts 1e9 --rate 100000

Arithmetic from figures that were measured on one machine, and a simulation of how unevenly accounts
meet shards and nodes. Nothing but the standard library is needed.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

DAY_S = 86_400
YEAR_S = 365 * DAY_S
TB = 1e12


@dataclass(frozen=True)
class Measured:
    """What one movement costs. docs/operating/capacity.md says how it was measured."""

    row_bytes: float = 673
    """Of the journal, with its indexes and narrow rows."""
    key_bytes: float = 120
    """Of an idempotency key in a table of its own, with its index: from the widths of its columns.
    """
    projected_bytes: float = 311
    """Of projections, with their indexes."""
    log_bytes: float = 1_570
    """Of PostgreSQL's log, for the movement and its projections."""
    database_us: float = 68
    """Processor time of PostgreSQL for a save."""
    server_us: float = 204
    """Processor time of a server, for HTTP and ledger."""
    projector_us: float = 381
    """Processor time of the projector, with PostgreSQL's."""
    verify_us: float = 275
    """Processor time of a verification for each row, with PostgreSQL's."""

    whole_pages: float = 2.0
    """By how much whole pages make the log longer."""
    full_us: float = 0.6
    """The part of the processor time that is used at the peak."""
    disk_bytes_s: float = 200e6
    """What a disk reads or writes in a second, one after the other: backups and restores."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for. `mean`: the average rate as a part of the peak."""

    accounts: float
    rate: float
    years: float = 3.0
    mean: float = 0.25
    cores: int = 16
    disk_bytes: float = 30 * TB
    nodes: int = 0
    replicas: int = 2
    """Copies of each node's data, with the first."""


@dataclass(frozen=True)
class Needed:
    """What it takes."""

    server_cores: float
    database_cores: float
    worker_cores: float
    nodes: int
    rows: float
    rows_of_account: float
    journal_bytes: float
    bytes_of_node: float
    bytes_of_all: float
    log_bytes_s_of_node: float
    log_bytes_day: float
    backup_h_of_node: float
    verify_core_days: float
    verify_h: float


def needed(wanted: Wanted, measured: Measured, skew: float = 1.0) -> Needed:
    """`skew`: how much more the busiest node has to do than the mean one."""
    cores = wanted.rate * measured.database_us / 1e6 / measured.full_us
    rows = wanted.rate * wanted.mean * wanted.years * YEAR_S
    each = measured.row_bytes + measured.key_bytes + measured.projected_bytes
    journal = rows * each
    of_cores, of_disks = cores * skew / wanted.cores, journal * skew / wanted.disk_bytes
    nodes = wanted.nodes or max(1, math.ceil(max(of_cores, of_disks)))
    log_s = wanted.rate * measured.log_bytes * measured.whole_pages
    verify_days = rows * measured.verify_us / 1e6 / DAY_S
    return Needed(
        server_cores=wanted.rate * measured.server_us / 1e6 / measured.full_us,
        database_cores=cores,
        worker_cores=wanted.rate * measured.projector_us / 1e6 / measured.full_us,
        nodes=nodes,
        rows=rows,
        rows_of_account=rows / wanted.accounts,
        journal_bytes=journal,
        bytes_of_node=journal / nodes * skew,
        bytes_of_all=journal * wanted.replicas,
        log_bytes_s_of_node=log_s / nodes * skew,
        log_bytes_day=log_s * wanted.mean * DAY_S,
        backup_h_of_node=journal / nodes * skew / measured.disk_bytes_s / 3600,
        verify_core_days=verify_days,
        verify_h=verify_days * 24 / (nodes * wanted.cores),
    )


# -- skew ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Skew:
    """How much more the busiest has to do than the mean: of shards, and of nodes."""

    shards: float
    nodes: float


def simulated(
    *, accounts: float, shards: int, nodes: int, exponent: float, movements: int, seed: int
) -> Skew:
    """Movements of accounts whose popularity follows Zipf's law with this exponent (0: all alike).

    Popularity has nothing to do with account numbers, so the popular accounts are in any shards.
    Shards are placed on nodes in turn, as Citus does with the parts of a table.
    """
    chance = random.Random(seed)
    of_shards: Counter[int] = Counter()
    for _ in range(movements):
        rank = _rank(chance.random(), accounts, exponent)
        of_shards[_shard(rank, shards)] += 1
    loads = [of_shards[shard] for shard in range(shards)]
    of_nodes = [sum(loads[node::nodes]) for node in range(min(nodes, shards))]
    return Skew(_above_mean(loads), _above_mean(of_nodes))


def _rank(part: float, accounts: float, exponent: float) -> int:
    """The account, by popularity, at which that part of all movements is reached: the inverse of
    the integral of rank ** -exponent."""
    if exponent == 1:
        return int(accounts**part)
    power = 1 - exponent
    return int((part * (accounts**power - 1) + 1) ** (1 / power))


def _shard(rank: int, shards: int) -> int:
    return (rank * SCATTER % 2**64 >> 32) % shards


MOVEMENTS = 500_000
"""Of a simulation. By chance alone, the busiest of 1,024 shards has 1.15 times the mean."""

SCATTER = 0x9E3779B97F4A7C15
"""The golden part of 2 ** 64: multiples of it are spread evenly."""


def _above_mean(loads: Sequence[int]) -> float:
    return max(loads) * len(loads) / sum(loads)


# -- the command ---------------------------------------------------------------------------


def lines(wanted: Wanted, found: Needed, skew: Skew) -> list[str]:
    """What is printed."""
    return [
        f"accounts                    {wanted.accounts:,.0f}",
        f"movements a second          {wanted.rate:,.0f} at the peak, {wanted.mean:.0%} on average",
        f"busiest shard, node         {skew.shards:.2f}, {skew.nodes:.2f} times the mean",
        f"servers                     {found.server_cores:,.0f} cores",
        f"workers                     {found.worker_cores:,.0f} cores",
        f"database                    {found.database_cores:,.0f} cores:"
        f" {found.nodes} nodes of {wanted.cores} cores and {wanted.disk_bytes / TB:,.0f} TB",
        f"rows after {wanted.years:g} years          {found.rows:.2e},"
        f" {found.rows_of_account:,.0f} for each account",
        f"disk                        {found.bytes_of_node / TB:,.1f} TB a node,"
        f" {found.bytes_of_all / TB:,.0f} TB with {wanted.replicas} copies",
        f"log                         {found.log_bytes_s_of_node / 1e6:,.0f} MB a second and node"
        f" at the peak, {found.log_bytes_day / TB:,.1f} TB a day in all",
        f"a backup of a node          {found.backup_h_of_node:,.1f} hours",
        f"verify of everything        {found.verify_core_days:,.0f} days of one core,"
        f" {found.verify_h:,.1f} hours on all",
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--accounts", type=float, default=1e9)
    parser.add_argument("--rate", type=float, default=1e5, help="movements a second at the peak")
    parser.add_argument("--years", type=float, default=3.0, help="how long the journal is kept")
    parser.add_argument(
        "--mean", type=float, default=0.25, help="average rate, as part of the peak"
    )
    parser.add_argument("--cores", type=int, default=16, help="of one database node")
    parser.add_argument("--disk", type=float, default=30.0, help="TB of one database node")
    parser.add_argument("--nodes", type=int, default=0, help="database nodes; 0: as many as needed")
    parser.add_argument("--replicas", type=int, default=2, help="copies of the data")
    parser.add_argument("--shards", type=int, default=1024)
    parser.add_argument("--exponent", type=float, default=0.8, help="of Zipf's law")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    wanted = Wanted(
        accounts=given.accounts,
        rate=given.rate,
        years=given.years,
        mean=given.mean,
        cores=given.cores,
        disk_bytes=given.disk * TB,
        nodes=given.nodes,
        replicas=given.replicas,
    )
    first = needed(wanted, Measured())
    skew = simulated(
        accounts=given.accounts,
        shards=given.shards,
        nodes=first.nodes,
        exponent=given.exponent,
        movements=MOVEMENTS,
        seed=given.seed,
    )
    sys.stdout.write("\n".join(lines(wanted, needed(wanted, Measured(), skew.nodes), skew)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
