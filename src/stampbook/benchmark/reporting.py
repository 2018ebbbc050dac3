"""What a benchmark tells: a table for people, a JSON document for programs."""

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from stampbook import __version__
from stampbook.benchmark.running import Options

COLUMNS: Final = (
    *("scenario", "figure", "value", "must", "goal", "reached", "ops/s", "min", "max"),
    *("p50 ms", "p99 ms", "pgbench", "ratio", "µs/op", "MB", "not 2xx", "verify"),
)


def document(scenarios: Sequence[Mapping[str, Any]], options: Options) -> dict[str, Any]:
    """The JSON document. Which settings of Stampbook were set is told, not their values."""
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
    """What must not be: requests that failed, and ledgers that are not sound."""
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


def rows(scenarios: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """The lines of the table under COLUMNS."""
    return [_row(each) for each in scenarios]


def _row(each: Mapping[str, Any]) -> tuple[str, ...]:
    figure, rate = each["figure"], each.get("operations_per_s", {})
    latency = each.get("latency_ms", {})
    return (
        each["scenario"],
        figure["name"],
        f"{_number(figure['value'])} {figure['unit']}",
        _number(figure["must"]),
        _number(figure["goal"]),
        figure["reached"] or "",
        *(_whole(rate.get(name)) for name in ("median", "min", "max")),
        *(_number(latency.get(name)) for name in ("p50", "p99")),
        _whole(each.get("pgbench_tps", {}).get("median")),
        _number(each.get("ratio", {}).get("median")),
        " ".join(
            f"{name} {_whole(used)}" for name, used in each.get("cpu_us_per_operation", {}).items()
        ),
        _whole(each["server_resident_mb"]),
        str(each["not_2xx"]),
        "sound" if each["verify"]["sound"] else "NOT SOUND",
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"
