"""`stampbook bench` from beginning to end, with tiny parameters."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import psutil
import pytest

from stampbook.storage.postgres.temporary import TemporaryPostgres
from tests.process.forking import environment_of
from tests.process.running import command, forked

TINY = ("--accounts", "20", "--seconds", "0.3", "--windows", "1", "--scale", "1")
END_S = 240.0

LOOK_S = 0.25
"""Between two looks at all processes of the machine, each of which takes as long as a small load.
What must end with the command (a cluster, a server, a load, a guard) is there for longer."""


class Ended(NamedTuple):
    """A run that has ended, and every process that was seen under it."""

    status: int
    output: str
    errors: str
    processes: set[psutil.Process]

    def check_nothing_is_left(self) -> None:
        """Guards end a moment after the processes that they guard."""
        _, alive = psutil.wait_procs(self.processes, timeout=10)
        assert alive == []


def bench(
    *arguments: str,
    cwd: Path,
    until: Callable[[set[psutil.Process]], bool] | None = None,
) -> Ended:
    """Run the command. Interrupt it as soon as `until` is true of its processes."""
    with (cwd / "output").open("wb") as output, (cwd / "errors").open("wb") as errors:
        running = subprocess.Popen(
            [sys.executable, "-m", "stampbook", "bench", *arguments],
            cwd=cwd,
            env=environment_of(),
            stdout=output,
            stderr=errors,
            preexec_fn=_heed_interrupts,  # noqa: PLW1509 - the tests have no threads
        )
    seen: set[psutil.Process] = set()
    deadline = time.monotonic() + END_S
    while running.poll() is None and time.monotonic() < deadline:
        seen.update(psutil.Process(running.pid).children(recursive=True))
        if until is not None and until(seen):
            running.send_signal(signal.SIGINT)
            until = None
        time.sleep(LOOK_S)
    running.kill()
    status = running.wait()
    return Ended(status, (cwd / "output").read_text(), (cwd / "errors").read_text(), seen)


def _heed_interrupts() -> None:
    """A shell that runs the tests in the background lets all below it ignore interrupts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def figures(folder: Path, *names: str) -> list[dict[str, Any]]:
    """The scenarios in the JSON file, once what must hold for each has been checked."""
    document = json.loads((folder / "stampbook-bench.json").read_text("utf-8"))
    assert document["fine"] is True
    assert document["options"]["windows"] == 1
    scenarios: list[dict[str, Any]] = document["scenarios"]
    assert [each["scenario"] for each in scenarios] == list(names)
    for each in scenarios:
        assert each["not_2xx"] == 0
        assert each["verify"]["sound"] is True
        assert each["verify"]["transactions"] > 20
        assert 0 < each["operations_per_s"]["min"] <= each["operations_per_s"]["median"]
        assert 0 < each["latency_ms"]["p50"] <= each["latency_ms"]["p99"]
        assert each["pgbench_tps"]["median"] > 0
        assert each["ratio"]["median"] > 0
        assert each["server_resident_mb"] > 10
        assert each["cpu_us_per_operation"]["server"] >= 0  # counted in hundredths of seconds
        assert each["figure"]["value"] > 0
    return scenarios


@pytest.mark.postgres
def test_on_a_temporary_cluster(tmp_path: Path) -> None:
    ended = bench(*TINY, "--scenario", "altcraft", "--plot", "chart.svg", cwd=tmp_path)
    assert ended.status == 0, ended.errors
    (each,) = figures(tmp_path, "altcraft")
    assert each["database"] == "postgresql"
    assert each["cpu_us_per_operation"].keys() == {"server", "load", "postgres"}
    assert each["figure"].keys() == {"name", "unit", "value"}
    assert "altcraft (PostgreSQL): an Altcraft client cancels redemptions" in ended.output
    assert f"  ratio to pgbench        {each['figure']['value']:.2f}\n" in ended.output
    assert (tmp_path / "chart.svg").read_bytes().startswith(b"<?xml")
    ended.check_nothing_is_left()


@pytest.mark.postgres
def test_on_sqlite(tmp_path: Path) -> None:
    """pgbench is the yardstick for SQLite too. For `rules`, the program has a thousand rules, and
    every event has an effect: one more accrual."""
    names = ("voucherify", "rules")
    chosen = [word for name in names for word in ("--scenario", name)]
    ended = bench(*TINY, "--sqlite", *chosen, cwd=tmp_path)
    assert ended.status == 0, ended.errors
    found = figures(tmp_path, *names)
    for each in found:
        assert each["database"] == "sqlite"
    assert found[-1]["compared_with"]["accruals"]["operations_per_s"]["min"] > 0
    judged, longest = found[-1]["further_figures"]
    assert judged["name"] == "judging 20 events"
    assert judged["value"] > 0
    assert longest["value"] > 0
    assert "  compared with accruals  " in ended.output
    assert "  judging 20 events  " in ended.output
    ended.check_nothing_is_left()


@pytest.mark.postgres
async def test_a_database_that_was_given(
    durable_postgres_server: TemporaryPostgres, tmp_path: Path
) -> None:
    """The database keeps the ledger, but not the tables of pgbench."""
    url = durable_postgres_server.create_database("bench_given")
    try:
        ended = bench(*TINY, "--database", url, cwd=tmp_path)
        assert ended.status == 0, ended.errors
        figures(tmp_path, "spread")
        assert url not in (tmp_path / "stampbook-bench.json").read_text("utf-8")
        names = await tables_of(url)
        assert "transactions" in names
        assert not [name for name in names if name.startswith("pgbench")]
        again = command("bench", *TINY, "--database", url, cwd=tmp_path)
        assert again.returncode == 2
        assert "is not empty" in again.stderr
    finally:
        durable_postgres_server.drop_database("bench_given")


async def tables_of(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        return {row["tablename"] for row in await connection.fetch("SELECT * FROM pg_tables")}
    finally:
        await connection.close()


@pytest.mark.postgres
def test_an_interrupt_ends_everything(tmp_path: Path) -> None:
    endless = ("--sqlite", *TINY, "--seconds", "60")
    ended = bench(*endless, cwd=tmp_path, until=in_full_swing)
    assert ended.status == 130
    assert not (tmp_path / "stampbook-bench.json").exists()
    ended.check_nothing_is_left()


def in_full_swing(processes: set[psutil.Process]) -> bool:
    """Whether server, load and cluster have been started, and pgbench is running."""
    words = {word for process in processes for word in words_of(process)}
    return {"serve", "stampbook.benchmark.load_process", "postgres", "pgbench", "-T"} <= words


def words_of(process: psutil.Process) -> list[str]:
    try:
        return [Path(word).name for word in process.cmdline()]
    except psutil.NoSuchProcess:
        return []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--scenario", "nonsense"), "no such scenario: nonsense"),
        (("--database", "sqlite:x.sqlite"), "For SQLite, use --sqlite"),
        (("--database", "oracle://x"), "no database that Stampbook knows"),
        (("--database", "postgresql://x/y", "--sqlite"), "For SQLite, use --sqlite"),
        (("--database", "postgresql://x/y", "--scenario", "all"), "allows only one --scenario"),
        (("--database", "postgresql://x/y", "--scenario", "lots"), "Omit --database"),
    ],
)
def test_wrong_use(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    ended = forked("bench", *arguments, cwd=tmp_path)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_pgbench(tmp_path: Path) -> None:
    """The message names what to install."""
    nowhere = {"PATH": str(tmp_path), "STAMPBOOK_POSTGRES_BIN": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-m", "stampbook", "bench"],
        cwd=tmp_path,
        env=environment_of(nowhere),
        capture_output=True,
        text=True,
        check=False,
        timeout=END_S,
    )
    assert ended.returncode == 2
    assert "Install your system's postgresql package" in ended.stderr
