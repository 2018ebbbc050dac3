"""`bench`: the benchmark, with pgbench measured in the same run."""

import json
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stampbook.commands.terminal import No, WrongUse, command, note, say
from stampbook.storage.address import UnknownAddress, is_postgres, without_password

if TYPE_CHECKING:
    from stampbook.benchmark.running import Options, Watching

ALL = "all"
DEFAULT_FILE = Path("stampbook-bench.json")


@command
def bench(
    database: Annotated[
        str | None,
        typer.Option(
            "--database", metavar="URL", help="An empty PostgreSQL database to use and keep."
        ),
    ] = None,
    sqlite: Annotated[
        bool, typer.Option("--sqlite", help="Measure the server on SQLite, its default database.")
    ] = False,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            "--scenario", metavar="NAME", help="What to measure; repeatable. all: everything."
        ),
    ] = None,
    windows: Annotated[
        int, typer.Option("--windows", min=1, help="How many windows to measure.")
    ] = 5,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.1, help="The length of a window.")
    ] = 5.0,
    connections: Annotated[
        int, typer.Option("--connections", min=1, max=10_000, help="Connections of the load.")
    ] = 64,
    accounts: Annotated[
        int, typer.Option("--accounts", min=1, help="Accounts in the ledger.")
    ] = 10_000,
    scale: Annotated[
        int,
        typer.Option(
            "--scale",
            min=1,
            help="The size of pgbench's tables; compare only figures with the same scale.",
        ),
    ] = 50,
    json_file: Annotated[
        Path,
        typer.Option("--json", metavar="FILE", help="Write the figures to this file, as JSON."),
    ] = DEFAULT_FILE,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE.svg", help="Draw a chart of the figures.")
    ] = None,
) -> None:
    """Measure a server under load on this machine, and pgbench beside it.

    Without options it runs the scenario `spread` on a temporary PostgreSQL with its default,
    durable settings. The scenarios are spread, hot, bulk, altegio, voucherify, altcraft, sqlite,
    lots, latency, duplicates, rules, memory and start. The status is 1 if a request failed or the
    ledger is not sound.
    """
    from stampbook.benchmark.running import Options

    names = _names(scenario, sqlite=sqlite)
    options = Options(windows, seconds, connections, accounts, scale, sqlite, database)
    _check(names, options)
    _warn()
    _write(_measured(names, options, plot), options, json_file, plot)


def _warn() -> None:
    """Say before the long run what would spoil its figures."""
    from stampbook.benchmark.interpreter import warning

    text = warning()
    if text is not None:
        note(f"stampbook: warning: {text}")


def _names(given: Sequence[str] | None, *, sqlite: bool) -> list[str]:
    """The scenarios to run. Raises WrongUse."""
    from stampbook.benchmark.scenarios import SCENARIOS

    if not given:
        return ["sqlite" if sqlite else "spread"]
    if ALL in given:
        return list(SCENARIOS)
    unknown = [name for name in given if name not in SCENARIOS]
    if unknown:
        raise WrongUse(
            f"no such scenario: {', '.join(unknown)}. Choose from {', '.join(SCENARIOS)}, all"
        )
    return list(dict.fromkeys(given))


def _check(names: Sequence[str], options: "Options") -> None:
    """Check that a given database can be used for the scenarios. Raises WrongUse."""
    from stampbook.benchmark.scenarios import SCENARIOS
    from stampbook.storage.migrating import is_empty

    if options.database is None:
        return
    try:
        fitting = is_postgres(options.database) and not options.sqlite
    except UnknownAddress as error:
        raise WrongUse(str(error)) from None
    if not fitting:
        raise WrongUse("--database must be postgresql://…. For SQLite, use --sqlite")
    if len(names) > 1:
        raise WrongUse(
            "--database allows only one --scenario, because each needs an empty database. Name one"
        )
    chosen = SCENARIOS[names[0]]
    if chosen.sqlite or chosen.databases > 1 or chosen.settings:
        raise WrongUse(f"the scenario {names[0]} creates its own databases. Omit --database")
    if not is_empty(options.database):
        place = without_password(options.database)
        raise WrongUse(f"{place} is not empty. Name an empty database")


def _measured(names: Sequence[str], options: "Options", plot: Path | None) -> list[dict[str, Any]]:
    """Run the scenarios. Raises WrongUse if something is not installed, No if a run fails."""
    from stampbook.benchmark.faults import Broken, Lacking
    from stampbook.benchmark.plotting import check_plotting
    from stampbook.benchmark.running import Runner
    from stampbook.storage.postgres.binaries import PostgresNotFoundError
    from stampbook.storage.postgres.temporary import PostgresFailedError

    try:
        if plot is not None:
            check_plotting()
        with _ended_by_sigterm(), _progress() as watching, Runner(options, watching) as runner:
            return [runner.run(name) for name in names]
    except (Lacking, PostgresNotFoundError) as error:
        raise WrongUse(str(error)) from None
    except (Broken, PostgresFailedError) as error:
        raise No(str(error)) from None


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Make SIGTERM unwind like Ctrl-C, so that everything that was started is stopped."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress() -> Iterator["Watching"]:
    """Show a progress bar for each scenario on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TimeElapsedColumn

    from stampbook.benchmark.running import Watching

    columns = ("{task.fields[of]}", BarColumn(), TimeElapsedColumn(), "{task.description}")
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = TaskID(0)

        def begin(name: str, steps: int) -> None:
            nonlocal task
            finish()
            task = bar.add_task("", total=steps, of=name)

        def finish() -> None:
            for each in bar.tasks:
                bar.update(each.id, completed=each.total, description="")

        def step(text: str) -> None:
            bar.update(task, advance=1, description=text)

        yield Watching(begin, step)
        finish()


def _write(
    scenarios: Sequence[Mapping[str, Any]], options: "Options", file: Path, plot: Path | None
) -> None:
    """Write the files and print the report. Raises No if anything spoiled the run."""
    from stampbook.benchmark.plotting import chart
    from stampbook.benchmark.reporting import complaints, document, report

    try:
        content = json.dumps(document(scenarios, options), ensure_ascii=False, indent=1)
        file.write_text(content + "\n", encoding="utf-8")
        if plot is not None:
            plot.write_bytes(chart(scenarios))
    except OSError as error:
        raise WrongUse(
            f"cannot write {error.filename}: {error.strerror}. Name another file"
        ) from None
    say(report(scenarios))
    wrong = complaints(scenarios)
    if wrong:
        raise No("\n".join(wrong))
