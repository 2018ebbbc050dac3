"""What a ledger's age costs: the same load beside few and beside many rows of other accounts.

    python -m tests.campaign.growth --store sqlite --rows 10000000

The other rows are copies of rows that the server wrote, for accounts that nobody asks for: as long
as real ones, with keys, and in the indexes, but no chains. So the database is not verified.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

from stampbook.benchmark.figures import Sample
from stampbook.benchmark.staging import Place, Stage, Timed
from stampbook.storage.address import is_postgres
from stampbook.storage.opening import open_store
from stampbook.storage.postgres.temporary import TemporaryPostgres
from stampbook.storage.store import Store
from stampbook.storage.tables import TRANSACTIONS

CONNECTIONS = 64
AT_ONCE = 100_000
"""Rows of one statement."""

OTHERS = 1_000_000_000
"""Accounts from this number on are nobody's."""

NEW = {
    "sqlite": {
        "account_id": f"{OTHERS} + ($1 + n.at) * 1000000 + t.account_id",
        "hash": "randomblob(32)",
        "key_digest": "randomblob(16)",
        "fingerprint": "randomblob(16)",
        "key_rows": "1",
    },
    "postgres": {
        "account_id": f"{OTHERS} + ($1 + n.at) * 1000000 + t.account_id",
        "hash": "sha256(int8send($1 + n.at) || t.hash)",
        "key_digest": "substr(sha256(t.hash || int8send($1 + n.at)), 1, 16)",
        "fingerprint": "substr(t.hash, 1, 16)",
        "key_rows": "1",
        "position": "nextval('journal_position')",
    },
}
"""The columns in which a copy differs from its row."""

SERIES = {
    "sqlite": "(WITH RECURSIVE s(at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM s"
    " WHERE at + 1 < $2) SELECT at FROM s)",
    "postgres": "(SELECT generate_series(0, $2::bigint - 1) AS at)",
}


class Side(NamedTuple):
    """A server with its load. `name` says beside how many rows it works."""

    name: str
    stage: Stage
    load: Timed


async def fill(address: str, rows: int) -> int:
    """Copy a thousand rows to other accounts until there are so many more; how many there are."""
    kind = "postgres" if is_postgres(address) else "sqlite"
    store = await open_store(address)
    try:
        for done in range(0, rows, AT_ONCE):
            await _copy(store, kind, done // 1_000, min(AT_ONCE, rows - done) // 1_000)
        async with store.transaction() as writing:
            await writing.execute("ANALYZE")
            found = await writing.fetch_one("SELECT count(*) AS counted FROM transactions")
            assert found is not None
            return int(found["counted"])
    finally:
        await store.close()


async def _copy(store: Store, kind: str, first: int, copies: int) -> None:
    columns = [*TRANSACTIONS.columns, *(["position"] if "position" in NEW[kind] else [])]
    chosen = ", ".join(NEW[kind].get(name, f"t.{name}") for name in columns)
    async with store.transaction() as writing:
        await writing.execute(
            f"INSERT INTO transactions ({', '.join(columns)}) SELECT {chosen} FROM"
            f" (SELECT * FROM transactions WHERE account_id < {OTHERS}"
            f" ORDER BY shard, account_id, seq LIMIT 1000) t CROSS JOIN {SERIES[kind]} n",
            first,
            copies,
        )


def measured(sides: Sequence[Side], windows: int, seconds: float) -> dict[str, list[Sample]]:
    """Windows of each in turn."""
    found: dict[str, list[Sample]] = {side.name: [] for side in sides}
    for side in sides:
        side.load(seconds)
    for _ in range(windows):
        for side in sides:
            found[side.name].append(side.load(seconds))
    return found


def worded(name: str, samples: Sequence[Sample]) -> str:
    operations = sum(each.operations for each in samples) or 1
    kinds = samples[0].cpu
    cpu = ", ".join(
        f"{kind} {sum(each.cpu[kind] for each in samples) / operations * 1e6:.0f}" for kind in kinds
    )
    rate = median(each.rate for each in samples)
    failed = sum(sum(each.failures.values()) for each in samples)
    return f"{name}: {rate:,.0f} operations a second; µs an operation: {cpu}; {failed} failed"


def main() -> int:
    """Parse the arguments and run. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign.growth")
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--accounts", type=int, default=4_000)
    parser.add_argument("--windows", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    given = parser.parse_args()
    with ExitStack() as open_:
        home = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="growth-")))
        cluster = None
        if given.store == "postgres":
            cluster = open_.enter_context(TemporaryPostgres(durable=True))
        sides = []
        for name, rows in (("few rows", 0), (f"{given.rows:,} rows more", given.rows)):
            folder = home / str(rows)
            folder.mkdir()
            address = f"sqlite:{folder}/stampbook.sqlite"
            if cluster is not None:
                address = cluster.create_database(f"growth_{rows}")
            place = Place(address, folder, None if cluster is None else cluster.pid)
            stage = open_.enter_context(Stage(place, CONNECTIONS, lambda _: None))
            accounts = stage.seeder.shop(given.accounts).accounts
            if rows:
                asyncio.run(fill(address, rows))
            sides.append(Side(name, stage, stage.mix(name, accounts)))
        for name, samples in measured(sides, given.windows, given.seconds).items():
            sys.stdout.write(worded(name, samples) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
