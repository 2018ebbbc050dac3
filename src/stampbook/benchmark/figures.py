"""What the measurements add up to: medians, percentiles, ratios.

Pure functions and values; a run's JSON file is made of the dictionaries of `described`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from stampbook.benchmark.connections import RESOLUTION_US


class Sample(NamedTuple):
    """One window: what the load did and what it cost.

    `latencies` counts requests by latency, in steps of RESOLUTION_US; `failures` counts operations
    by status. `cpu` has the processor seconds of the window for each kind of process.
    """

    operations: int
    seconds: float
    latencies: Counter[int]
    failures: Counter[int]
    example: str
    cpu: Mapping[str, float]

    @property
    def rate(self) -> float:
        """Operations a second."""
        return self.operations / self.seconds if self.seconds else 0.0


class Spread(NamedTuple):
    """Median, smallest and largest of several windows."""

    median: float
    min: float
    max: float

    def described(self, digits: int = 2) -> dict[str, float]:
        """For the JSON file, rounded."""
        return {name: round(value, digits) for name, value in self._asdict().items()}


def spread_of(values: Sequence[float]) -> Spread:
    """There must be at least one value."""
    return Spread(median(values), min(values), max(values))


def ratios(values: Sequence[float], yardsticks: Sequence[float]) -> list[float]:
    """Window by window, so that a machine that slows down for a while affects both sides."""
    return [
        value / yardstick if yardstick else 0.0
        for value, yardstick in zip(values, yardsticks, strict=True)
    ]


def percentile_ms(latencies: Mapping[int, int], share: float) -> float | None:
    """The latency, in milliseconds, that this share of the requests does not exceed.

    A step counts as its upper end. None: there were no requests.
    """
    total = sum(latencies.values())
    seen = 0
    for step in sorted(latencies):
        seen += latencies[step]
        if seen >= share * total:
            return (step + 1) * RESOLUTION_US / 1000
    return None


def together(samples: Sequence[Sample]) -> Counter[int]:
    """The latencies of all samples."""
    return sum((sample.latencies for sample in samples), Counter())


def cpu_us(samples: Sequence[Sample]) -> dict[str, float]:
    """Processor microseconds per operation, for each kind of process."""
    operations = sum(sample.operations for sample in samples) or 1
    names = {name: None for sample in samples for name in sample.cpu}
    return {
        name: round(sum(sample.cpu.get(name, 0.0) for sample in samples) / operations * 1e6, 1)
        for name in names
    }


def failures_of(samples: Sequence[Sample]) -> Counter[int]:
    """Failed operations by status."""
    return sum((sample.failures for sample in samples), Counter())


def example_of(samples: Sequence[Sample]) -> str:
    """The body of one failed answer; empty if nothing failed."""
    return next((sample.example for sample in samples if sample.example), "")


class Figure(NamedTuple):
    """The one number that a scenario is about."""

    name: str
    unit: str
    value: float

    def described(self) -> dict[str, Any]:
        """For the JSON file, rounded."""
        return {"name": self.name, "unit": self.unit, "value": round(self.value, 3)}


class Windows(NamedTuple):
    """All windows of a scenario: the samples of each load, and pgbench's rates beside them."""

    samples: Mapping[str, Sequence[Sample]]
    yardsticks: Sequence[float]

    def rates(self, name: str) -> list[float]:
        """Operations a second, window by window."""
        return [sample.rate for sample in self.samples[name]]

    @property
    def everything(self) -> list[Sample]:
        """The samples of all loads."""
        return [sample for samples in self.samples.values() for sample in samples]


def described_windows(windows: Windows, name: str) -> dict[str, Any]:
    """The figures of one of the loads."""
    samples = windows.samples[name]
    latencies = together(samples)
    described: dict[str, Any] = {
        "operations_per_s": spread_of(windows.rates(name)).described(0),
        "latency_ms": {
            "p50": percentile_ms(latencies, 0.50),
            "p99": percentile_ms(latencies, 0.99),
        },
        "cpu_us_per_operation": cpu_us(samples),
    }
    if windows.yardsticks:
        beside = ratios(windows.rates(name), windows.yardsticks)
        described["pgbench_tps"] = spread_of(windows.yardsticks).described(0)
        described["ratio"] = spread_of(beside).described(3)
    return described
