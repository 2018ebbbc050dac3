"""The results of a benchmark: text for people, a JSON document for programs."""

import os
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from stampbook import __version__
from stampbook.benchmark.running import Options

LABEL: Final = 24
"""The width of the labels in front of the figures."""


def document(scenarios: Sequence[Mapping[str, Any]], options: Options) -> dict[str, Any]:
    """The JSON document. It names the settings of Stampbook that were set, not their values."""
    given = options._asdict()
    return {
        "stampbook": __version__,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "processors": os.cpu_count(),
        },
        "options": {**given, "database": given["database"] is not None},
        "environment": sorted(name for name in os.environ if name.startswith("STAMPBOOK_")),
        "scenarios": list(scenarios),
        "fine": not complaints(scenarios),
    }


def complaints(scenarios: Iterable[Mapping[str, Any]]) -> list[str]:
    """What spoils a run: requests that failed, and ledgers that are not sound."""
    found = []
    for each in scenarios:
        if each["not_2xx"]:
            found.append(
                f"{each['scenario']}: {each['not_2xx']} operations failed"
                f" ({each['not_2xx_by_status']}), for example {each['not_2xx_example'][:500]}"
            )
        if not each["verify"]["sound"]:
            faults = each["verify"]["faults"]
            found.append(f"{each['scenario']}: the ledger is not sound: {faults[0]['what']}")
    return found


def report(scenarios: Iterable[Mapping[str, Any]]) -> str:
    """The results as text: what the yardstick means, then a block for each scenario."""
    blocks = ["\n".join(_scenario(each)) for each in scenarios]
    return "\n\n".join([_introduction(), *blocks])


def _introduction() -> str:
    return (
        f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}."
        " The server, the database and the load share this machine.\n"
        "pgbench, PostgreSQL's own benchmark, ran in turn with the load: small transactions, each"
        " of which waits for its commit.\n"
        "A ratio of 1 means that Stampbook did as many operations as pgbench did transactions."
    )


def _scenario(each: Mapping[str, Any]) -> Iterator[str]:
    figure = each["figure"]
    database = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[each["database"]]
    yield f"{each['scenario']} ({database}): {each['about']}"
    yield _line(figure["name"], _valued(figure["value"], figure["unit"]))
    rate, latency = each.get("operations_per_s"), each.get("latency_ms", {})
    if rate is not None:
        windows = f"{rate['min']:,.0f} to {rate['max']:,.0f} in single windows"
        yield _line("operations a second", f"{rate['median']:,.0f} ({windows})")
    if latency.get("p99") is not None:
        yield _line(
            "latency", f"median {latency['p50']:.4g} ms, 99 % within {latency['p99']:.4g} ms"
        )
    if "pgbench_tps" in each:
        yield _line("pgbench", f"{each['pgbench_tps']['median']:,.0f} transactions a second")
        if "pgbench" not in figure["name"]:
            yield _line("ratio to pgbench", _valued(each["ratio"]["median"], "x"))
    if each.get("cpu_us_per_operation"):
        used = each["cpu_us_per_operation"].items()
        yield _line(
            "processor time",
            ", ".join(f"{name} {us:.0f} µs" for name, us in used) + " an operation",
        )
    for name, other in each["compared_with"].items():
        used = other["cpu_us_per_operation"].items()
        yield _line(f"compared with {name}", f"{other['operations_per_s']['median']:,.0f} a second")
        yield _line("processor time", ", ".join(f"{of} {us:.0f} µs" for of, us in used))
    for further in each["further_figures"]:
        yield _line(further["name"], _valued(further["value"], further["unit"]))
    yield _line("memory of the server", f"{each['server_resident_mb']:.0f} MB")
    yield _line("failed operations", str(each["not_2xx"]))
    yield _line("ledger afterwards", "sound" if each["verify"]["sound"] else "NOT SOUND")


def _line(label: str, value: str) -> str:
    return f"  {label:<{LABEL}}{value}"


def _valued(value: float, unit: str) -> str:
    """Ratios have two digits after the point, other figures up to four digits in all."""
    return f"{value:.2f}" if unit == "x" else f"{value:.4g} {unit}"
