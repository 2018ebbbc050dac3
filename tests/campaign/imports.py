"""Import: a file of many lots whose import is killed three times. In the end it is there once."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

from stampbook.domain.model import Kind
from stampbook.programs import currencies, programs
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from tests.campaign.parts import Databases, Figures, Part
from tests.process.forking import environment_of

KILLS = 3
LOTS_OF_A_MEMBER = 4
DAY = 86_400_000_000
AT_ONCE = 5_000
LOOK_S = 0.1

MOST_MB = 250
"""The memory that an import may take."""


class Ended(NamedTuple):
    """An import's status, the processor time that it took, its memory at most, and the clock."""

    status: int
    cpu_s: float
    megabytes: int
    clock_s: float


def write_file(place: Path, dice: Random, lots: int) -> None:
    """Lots of a quarter as many members, each line another one's."""
    members = max(1, lots // LOTS_OF_A_MEMBER)
    with place.open("w", encoding="utf-8") as file:
        file.write("lot_id,external_id,name,currency,amount,issued_at,expires_at\n")
        for number in range(lots):
            who, amount = dice.randrange(members), dice.randint(100, 50_000)
            issued = f"2026-0{dice.randint(1, 9)}-1{dice.randint(0, 9)}"
            expires = f"209{dice.randint(5, 7)}-0{dice.randint(1, 9)}-2{dice.randint(0, 8)}"
            file.write(
                f"L{number},M{who},Name {who},points,{amount // 100}.{amount % 100:02},"
                f"{issued},{expires}\n"
            )


async def found(address: str) -> None:
    """A program with points."""
    store = await open_store(address)
    async with store.transaction() as writing:
        program = await programs.create(writing, tenant=1, name="shop", now=0)
        await currencies.create(writing, program, name="points", code="points", now=0, scale=2)
    await store.close()


def imported(address: str, file: Path, until: Callable[[], bool] = lambda: False) -> Ended:
    """Import the file as an operator does; kill it as soon as `until` says so."""
    begun = time.monotonic()
    words = ("import", str(file), "--program", "prg_1", "--kind", "lots", "--database", address)
    process = subprocess.Popen(
        [sys.executable, "-m", "stampbook", *words], env=environment_of(), stdout=sys.stderr
    )
    while True:
        number, status, used = os.wait4(process.pid, os.WNOHANG)
        if number:
            break
        if until():
            os.kill(process.pid, signal.SIGKILL)  # Popen.kill would reap it
        time.sleep(LOOK_S)
    process.returncode = os.waitstatus_to_exitcode(status)
    took = time.monotonic() - begun
    return Ended(process.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss // 1_024, took)


async def rows_read(store: Store) -> int:
    row = await store.fetch_one("SELECT max(rows_read) AS found FROM imports")
    return 0 if row is None else int(row["found"] or 0)


def expected(file: Path) -> tuple[int, int]:
    """What `fingerprint` must be, by the file alone: each line is one movement of its member."""
    count, total = 0, 0
    seqs: Counter[str] = Counter()
    balances: Counter[str] = Counter()
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            who, amount = row["external_id"], int(row["amount"].replace(".", ""))
            seqs[who] += 1
            balances[who] += amount
            issued, expires = (
                int(datetime.fromisoformat(row[name]).replace(tzinfo=UTC).timestamp()) * 1_000_000
                for name in ("issued_at", "expires_at")
            )
            name, seq = f"imp:default:{row['lot_id']}", seqs[who]
            ends = expires + DAY  # a date alone is its end
            total += summand(who, name, seq, amount, balances[who], issued, ends)
            count += 1
    return count, total


def summand(*values: object) -> int:
    """A number that stands for a movement in a sum that does not depend on the order."""
    return int.from_bytes(hashlib.sha256(repr(values).encode()).digest()[:16], "big")


async def fingerprint(store: Store) -> tuple[int, int]:
    """How many movements there are, and a sum over all of them: whose, what, when, in which order.
    The numbers that members and accounts have got do not matter."""
    count, total, after = 0, 0, 0
    while True:
        rows = await store.fetch(
            "SELECT account_id FROM accounts WHERE account_id > $1 ORDER BY account_id LIMIT $2",
            after,
            AT_ONCE,
        )
        if not rows:
            return count, total
        first, after = after, rows[-1]["account_id"]
        moved = await store.fetch(
            """
            SELECT m.external_id AS who, t.external_id, t.seq, t.amount, t.balance_after,
                   t.effective_at, t.terms, t.kind
            FROM accounts a JOIN members m ON m.member_id = a.member_id
            JOIN transactions t ON t.shard = a.shard AND t.account_id = a.account_id
            WHERE a.account_id > $1 AND a.account_id <= $2
            """,
            first,
            after,
        )
        for row in moved:
            assert row["kind"] == Kind.ACCRUE
            ((_, activates, ends, _),) = json.loads(row["terms"])
            assert activates == row["effective_at"]
            names = ("who", "external_id", "seq", "amount", "balance_after", "effective_at")
            total += summand(*(row[name] for name in names), ends)
        count += len(moved)


class Interrupted:
    """Says when to kill an import: when it has read as many rows."""

    def __init__(self, runner: asyncio.Runner, store: Store, at: int) -> None:
        self._runner, self._store, self._at = runner, store, at

    def __call__(self) -> bool:
        return self._runner.run(rows_read(self._store)) >= self._at


def play(databases: Databases, seed: str, lots: int) -> Figures:
    """Import the file with kills; the journal is what the file says."""
    dice = Random(seed)
    file = databases.folder / "lots.csv"
    write_file(file, dice, lots)
    address = databases.fresh()
    with asyncio.Runner() as runner:
        runner.run(found(address))
        moments = sorted(dice.randrange(lots // 20, lots * 19 // 20) for _ in range(KILLS))
        store = runner.run(open_store(address))
        runs = [imported(address, file, Interrupted(runner, store, at)) for at in moments]
        runs.append(imported(address, file))
        assert [each.status for each in runs] == [-9] * KILLS + [0], runs
        assert runner.run(fingerprint(store)) == expected(file)
        runner.run(store.close())
    verified = subprocess.run(
        [sys.executable, "-m", "stampbook", "verify", "--database", address],
        env=environment_of(),
        stdout=sys.stderr,
        check=False,
    )
    assert verified.returncode == 0
    most = max(each.megabytes for each in runs)
    assert most <= MOST_MB, f"{most} MB"
    return Counter(
        {
            "kills": KILLS,
            "most MB of an import": most,
            "s of processor time of the imports": round(sum(each.cpu_s for each in runs)),
            "s by the clock of the imports": round(sum(each.clock_s for each in runs)),
        }
    )


IMPORT = Part("import", "lots", 1_000_000, 1_000_000, play)
