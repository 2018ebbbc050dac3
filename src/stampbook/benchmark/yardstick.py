"""pgbench: what the database can do on this machine, measured in the same run.

A transaction of `pgbench -N` is one update, one select and one insert, with prepared statements.
There are 32 clients, each of which waits for its commit.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlunsplit

from stampbook.benchmark.faults import Broken, Lacking
from stampbook.storage.address import split_address
from stampbook.storage.postgres.binaries import BIN_VARIABLE

_OPTIONS: Final = ("-N", "-M", "prepared", "-c", "32", "-j", "2")
_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)

SCALE: Final = 50
"""Five million rows: the default size of pgbench's tables."""


def find_pgbench(bin_dir: Path | None) -> Path:
    """pgbench, from the server's programs or from the path. Raises Lacking."""
    if bin_dir is not None and (bin_dir / "pgbench").is_file():
        return bin_dir / "pgbench"
    found = shutil.which("pgbench")
    if found is None:
        raise Lacking(
            "pgbench is not installed. Install the package of your system that contains it"
            " (postgresql; on Debian and Red Hat postgresql-contrib), or set"
            f" {BIN_VARIABLE} to the folder of PostgreSQL's programs"
        )
    return Path(found)


class Yardstick:
    """pgbench on one database. Its tables exist from `prepare` to `drop`."""

    def __init__(self, pgbench: Path, url: str) -> None:
        self._pgbench = pgbench
        self._address, self._environment = _without_password(url)
        self._may_checkpoint = True

    @property
    def version(self) -> str:
        """As pgbench prints it."""
        return self._run("--version").strip()

    def prepare(self, scale: int) -> None:
        """Make and fill the tables: 100,000 rows for each unit of the scale."""
        self._run("-i", "-q", "-s", str(scale), self._address)

    def tps(self, seconds: float) -> float:
        """Transactions a second over a window of whole seconds, at least one."""
        printed = self._run(*_OPTIONS, "-T", str(max(1, round(seconds))), self._address)
        found = _TPS.search(printed)
        if found is None:
            raise Broken(f"pgbench printed no rate: {printed.strip()}")
        return float(found[1])

    def checkpoint(self) -> None:
        """Write out what earlier windows left in memory, if the database user has the right to.

        Then each window pays only for its own writes.
        """
        if not self._may_checkpoint:
            return
        done = self._start("-n", "-t", "1", "-f", "-", self._address, script="CHECKPOINT;")
        if done.returncode and "CHECKPOINT" in done.stderr:
            self._may_checkpoint = False
        else:
            _printed(done)

    def drop(self) -> None:
        """Remove the tables."""
        self._run("-i", "-q", "-I", "d", self._address)

    def _run(self, *arguments: str) -> str:
        return _printed(self._start(*arguments))

    def _start(self, *arguments: str, script: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._pgbench, *arguments],
            input=script,
            capture_output=True,
            text=True,
            check=False,
            env=self._environment,
        )


def _printed(done: subprocess.CompletedProcess[str]) -> str:
    """The output of pgbench. Raises Broken if it failed."""
    if done.returncode:
        raise Broken(f"pgbench failed: {done.stderr.strip()}")
    return done.stdout


def _without_password(url: str) -> tuple[str, Mapping[str, str]]:
    """The address, and an environment with its password, which process lists do not show."""
    parts = split_address(url)
    environment = dict(os.environ)
    if parts.password is not None:
        environment["PGPASSWORD"] = unquote(parts.password)
    credentials, at, place = parts.netloc.rpartition("@")
    user = credentials.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{user}{at}{place}")), environment
