"""`bench`: the benchmark, with the database's own limit measured in the same run."""

import json
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stampbook.commands.terminal import No, WrongUse, command, say_table
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
            "--database", metavar="URL", help="An empty PostgreSQL database; it is kept afterwards."
        ),
    ] = None,
    sqlite: Annotated[
        bool, typer.Option("--sqlite", help="The server works on SQLite, the default database.")
    ] = False,
    scenario: Annotated[
        list[str] | None,
        typer.Option("--scenario", metavar="NAME", help="What to measure; repeatable; all: all."),
    ] = None,
    windows: Annotated[int, typer.Option("--windows", min=1, help="Windows of each kind.")] = 5,
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="Of a window.")] = 5.0,
    connections: Annotated[
        int, typer.Option("--connections", min=1, max=10_000, help="Of the load.")
    ] = 64,
    accounts: Annotated[int, typer.Option("--accounts", min=1, help="Of the ledger.")] = 10_000,
    scale: Annotated[
        int, typer.Option("--scale", min=1, help="Of pgbench's tables: 50 is what counts.")
    ] = 50,
    json_file: Annotated[
        Path, typer.Option("--json", metavar="FILE", help="Write the figures there, as JSON.")
    ] = DEFAULT_FILE,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE.svg", help="Draw the figures there.")
    ] = None,
) -> None:
    """Measure this machine: a server under load, and pgbench beside it on the same cluster.

    Without options: the scenario `spread` on a temporary PostgreSQL with its default, durable
    settings. Scenarios: spread, hot, bulk, altegio, voucherify, altcraft, sqlite, lots, latency,
    duplicates, memory, start; or all. Status 1 if a request failed or the ledger is not sound.
    """
    from stampbook.benchmark.running import Options

    names = _names(scenario, sqlite=sqlite)
    options = Options(windows, seconds, connections, accounts, scale, sqlite, database)
    _check(names, options)
    told = _measured(names, options, plot)
    _write(told, options, json_file, plot)


def _names(given: Sequence[str] | None, *, sqlite: bool) -> list[str]:
    """The scenarios to run. Raises WrongUse."""
    from stampbook.benchmark.scenarios import SCENARIOS

    if not given:
        return ["sqlite" if sqlite else "spread"]
    if ALL in given:
        return list(SCENARIOS)
    unknown = [name for name in given if name not in SCENARIOS]
    if unknown:
        raise WrongUse(f"no scenario {', '.join(unknown)}: there are {', '.join(SCENARIOS)}, all")
    return list(dict.fromkeys(given))


def _check(names: Sequence[str], options: "Options") -> None:
    """Whether a database that was given can be used so. Raises WrongUse."""
    from stampbook.benchmark.scenarios import SCENARIOS
    from stampbook.storage.migrating import is_empty

    if options.database is None:
        return
    try:
        fitting = is_postgres(options.database) and not options.sqlite
    except UnknownAddress as error:
        raise WrongUse(str(error)) from None
    if not fitting:
        raise WrongUse("--database takes postgresql://…; --sqlite makes a database of its own")
    if len(names) > 1:
        raise WrongUse("--database takes one --scenario: each wants an empty database")
    chosen = SCENARIOS[names[0]]
    if chosen.sqlite or chosen.databases > 1 or chosen.settings:
        raise WrongUse(f"the scenario {names[0]} makes databases of its own: leave --database out")
    if not is_empty(options.database):
        place = without_password(options.database)
        raise WrongUse(f"{place} is not empty: the benchmark needs a database that is")


def _measured(names: Sequence[str], options: "Options", plot: Path | None) -> list[dict[str, Any]]:
    """Run the scenarios. Raises WrongUse for what is not installed, No for what went wrong."""
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
    """A request to end unwinds as Ctrl-C does: everything that was started is stopped."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress() -> Iterator["Watching"]:
    """A bar on standard error for each scenario."""
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
    """Print the table and write the files. Raises No if the run is not fine."""
    from stampbook.benchmark.plotting import chart
    from stampbook.benchmark.reporting import COLUMNS, complaints, document, rows

    try:
        content = json.dumps(document(scenarios, options), ensure_ascii=False, indent=1)
        file.write_text(content + "\n", encoding="utf-8")
        if plot is not None:
            plot.write_bytes(chart(scenarios))
    except OSError as error:
        raise WrongUse(f"{error.filename} cannot be written: {error.strerror}") from None
    say_table(COLUMNS, rows(scenarios))
    wrong = complaints(scenarios)
    if wrong:
        raise No("\n".join(wrong))
