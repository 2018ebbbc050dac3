"""Runs scenarios: sets their stages, interleaves pgbench, and describes the results."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from stampbook.benchmark.faults import Broken
from stampbook.benchmark.figures import (
    Figure,
    Sample,
    Windows,
    described_windows,
    example_of,
    failures_of,
)
from stampbook.benchmark.scenarios import SCENARIOS, Finding, Scenario
from stampbook.benchmark.staging import Place, Stage, Timed
from stampbook.benchmark.yardstick import Yardstick, find_pgbench
from stampbook.storage.postgres.temporary import TemporaryPostgres

WARM_UP_S: Final = 2.0
"""Long enough for the server to have read what it keeps in memory."""


class Options(NamedTuple):
    """The options of the command. Without a `database`, temporary ones are used."""

    windows: int
    seconds: float
    connections: int
    accounts: int
    scale: int
    sqlite: bool
    database: str | None


class Watching(NamedTuple):
    """Where progress is reported: the number of steps of a scenario, then each step."""

    begin: Callable[[str, int], None]
    step: Callable[[str], None]


class Runner:
    """Everything that several scenarios share. Use it in a `with` block."""

    def __init__(self, options: Options, watching: Watching) -> None:
        self.options = options
        self.watching = watching
        self._open = ExitStack()
        self._cluster: TemporaryPostgres | None = None
        self._settings: Mapping[str, str] = {}
        self._prepared: Yardstick | None = None
        self._numbers = 0

    def __enter__(self) -> Self:
        self._home = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._stop_cluster()
        finally:
            self._open.close()

    def run(self, name: str) -> dict[str, Any]:
        """Run a scenario from beginning to end and describe the result. Raises Broken."""
        scenario = SCENARIOS[name]
        self.watching.begin(name, steps_of(scenario, self.options))
        with Performance(self, scenario) as performance:
            finding = performance.play()
            return {"scenario": name, **performance.described(finding)}

    def yardstick(self, scenario: Scenario) -> Yardstick:
        """pgbench with its tables, on the scenario's cluster or the given database."""
        if self._prepared is None:
            given = self.options.database
            pgbench = find_pgbench(None if given else self._started(scenario).bin_dir)
            prepared = Yardstick(pgbench, given or self._started(scenario).create_database("pgb"))
            self.watching.step("pgbench's tables")
            self._prepared = prepared
            prepared.prepare(self.options.scale)
        return self._prepared

    def drop_yardstick(self) -> None:
        """Remove pgbench's tables from a database that was given."""
        prepared, self._prepared = self._prepared, None
        if prepared is not None:
            prepared.drop()

    @contextmanager
    def place(self, scenario: Scenario) -> Iterator[Place]:
        """An empty database for the duration of a stage; one that was given is kept."""
        self._numbers += 1
        name = f"bench_{self._numbers}"
        folder = self._home / name
        folder.mkdir()
        if on_sqlite(scenario, self.options):
            yield Place(f"sqlite:{folder}/stampbook.sqlite", folder, None)
        elif self.options.database is not None:
            yield Place(self.options.database, folder, None)
        else:
            cluster = self._started(scenario)
            yield Place(cluster.create_database(name), folder, cluster.pid)
            cluster.drop_database(name)

    def _started(self, scenario: Scenario) -> TemporaryPostgres:
        """A durable cluster with the scenario's settings."""
        if self._cluster is not None and self._settings != scenario.settings:
            self._stop_cluster()
        if self._cluster is None:
            self.watching.step("PostgreSQL")
            self._settings = scenario.settings
            self._cluster = TemporaryPostgres(durable=True, settings=scenario.settings)
            self._cluster.start()
        return self._cluster

    def _stop_cluster(self) -> None:
        cluster, self._cluster, self._prepared = self._cluster, None, None
        if cluster is not None:
            cluster.stop()


class Performance:
    """One scenario on its stages: what it can use (scenarios.Bench), and its result."""

    def __init__(self, runner: Runner, scenario: Scenario) -> None:
        self._runner = runner
        self._scenario = scenario
        self._options = runner.options
        self._step = runner.watching.step
        self._open = ExitStack()
        self._stages: list[Stage] = []
        self.accounts = runner.options.accounts
        self.windows = runner.options.windows

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def play(self) -> Finding:
        """Run the scenario. Raises Broken, with the logs of the servers."""
        try:
            return self._scenario.run(self)
        except Broken as error:
            logs = "\n".join(stage.server.log for stage in self._stages)
            raise Broken(f"{error}\n{logs}".strip()) from None

    def stage(self) -> Stage:
        place = self._open.enter_context(self._runner.place(self._scenario))
        stage = Stage(place, self._options.connections, self._step)
        self._stages.append(self._open.enter_context(stage))
        return stage

    def measure(self, **timed: Timed) -> Windows:
        yardstick = self._runner.yardstick(self._scenario) if self._scenario.yardstick else None
        for name, run in timed.items():
            self._step(f"warming up: {name}")
            run(min(WARM_UP_S, self._options.seconds))
        samples: dict[str, list[Sample]] = {name: [] for name in timed}
        yardsticks: list[float] = []
        for window in range(1, self.windows + 1):
            if yardstick is not None:
                self._step(f"window {window}: pgbench")
                yardstick.checkpoint()
                yardsticks.append(yardstick.tps(self._options.seconds))
            for name, run in timed.items():
                self._step(f"window {window}: {name}")
                if yardstick is not None:
                    yardstick.checkpoint()
                samples[name].append(run(self._options.seconds))
        return Windows(samples, yardsticks)

    def start_again(self, stage: Stage) -> float:
        self._step("start")
        stage.server.stop()
        stage.server.start()
        return stage.server.started_in_s

    def described(self, finding: Finding) -> dict[str, Any]:
        """All figures. This stops the stages, because the ledger is verified at rest."""
        resident = [round(stage.resident_mb(), 1) for stage in self._stages]
        self._step("verify")
        for stage in self._stages:
            stage.stop()
        verified = [stage.verify() for stage in self._stages]
        if self._options.database is not None:
            self._runner.drop_yardstick()
        return {
            "about": self._scenario.about,
            "database": "sqlite" if on_sqlite(self._scenario, self._options) else "postgresql",
            "settings": dict(self._scenario.settings),
            "figure": Figure(self._scenario.figure, self._scenario.unit, finding.value).described(),
            **_described(finding),
            "server_resident_mb": max(resident),
            "verify": _verified(verified),
        }


def on_sqlite(scenario: Scenario, options: Options) -> bool:
    """Whether the server of the scenario works on SQLite."""
    return scenario.sqlite or options.sqlite


def steps_of(scenario: Scenario, options: Options) -> int:
    """Roughly how many steps a scenario takes, for the progress bar."""
    setting = 4 * scenario.databases + 4
    return setting + options.windows * (3 if scenario.yardstick else 1)


def _described(finding: Finding) -> dict[str, Any]:
    windows = finding.windows
    failures = failures_of(windows.everything)
    main = described_windows(windows, finding.main) if finding.main else {}
    return {
        **main,
        "further_figures": [each.described() for each in finding.further],
        "compared_with": {
            name: described_windows(windows, name)
            for name in windows.samples
            if name != finding.main
        },
        "not_2xx": sum(failures.values()),
        "not_2xx_by_status": {str(status): count for status, count in failures.items()},
        "not_2xx_example": example_of(windows.everything),
    }


def _verified(results: list[dict[str, Any]]) -> dict[str, Any]:
    """The results of `verify` for all databases of the scenario, as one."""
    return {
        "sound": all(each["sound"] for each in results),
        "accounts": sum(each["accounts"] for each in results),
        "transactions": sum(each["transactions"] for each in results),
        "faults": [fault for each in results for fault in each["faults"]],
    }
