"""What is made of the measurements: medians, percentiles, ratios, and what is met.

Pure functions and values; a run's JSON file is made of the `told` dictionaries.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from stampbook.benchmark.connections import RESOLUTION_US


class Sample(NamedTuple):
    """One window: what the load did and what it cost.

    `latencies` counts steps of RESOLUTION_US, `failures` operations by status. `cpu` has the
    processor seconds of the window by who used them.
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

    def told(self, digits: int = 2) -> dict[str, float]:
        """For the JSON file, rounded."""
        return {name: round(value, digits) for name, value in self._asdict().items()}


def spread_of(values: Sequence[float]) -> Spread:
    """Of at least one value."""
    return Spread(median(values), min(values), max(values))


def ratios(values: Sequence[float], yardsticks: Sequence[float]) -> list[float]:
    """Window by window, so that a machine that is slower for a while counts on both sides."""
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
    """Processor microseconds per operation, by who used them."""
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
    """The body of one failure; empty without any."""
    return next((sample.example for sample in samples if sample.example), "")


class Target(NamedTuple):
    """What a figure must reach, and what it should."""

    must: float
    goal: float
    higher_is_better: bool = True

    def reached(self, value: float) -> str:
        """`goal`, `must` or `missed`."""
        sign = 1 if self.higher_is_better else -1
        for name, bound in (("goal", self.goal), ("must", self.must)):
            if sign * value >= sign * bound:
                return name
        return "missed"


class Figure(NamedTuple):
    """The one number that a scenario is about. `target` None: none was set for this set-up."""

    name: str
    unit: str
    value: float
    target: Target | None

    def told(self) -> dict[str, Any]:
        """For the JSON file."""
        target = self.target
        return {
            "name": self.name,
            "unit": self.unit,
            "value": round(self.value, 3),
            "must": target and target.must,
            "goal": target and target.goal,
            "higher_is_better": target.higher_is_better if target else None,
            "reached": target.reached(self.value) if target else None,
        }


class Windows(NamedTuple):
    """All windows of a scenario: the samples by what was run, and pgbench beside them."""

    samples: Mapping[str, Sequence[Sample]]
    yardsticks: Sequence[float]

    def rates(self, name: str) -> list[float]:
        """Operations a second, window by window."""
        return [sample.rate for sample in self.samples[name]]

    @property
    def everything(self) -> list[Sample]:
        """The samples of all that was run."""
        return [sample for samples in self.samples.values() for sample in samples]


def told_windows(windows: Windows, name: str) -> dict[str, Any]:
    """The figures of one of the things that were run."""
    samples = windows.samples[name]
    latencies = together(samples)
    told: dict[str, Any] = {
        "operations_per_s": spread_of(windows.rates(name)).told(0),
        "latency_ms": {
            "p50": percentile_ms(latencies, 0.50),
            "p99": percentile_ms(latencies, 0.99),
        },
        "cpu_us_per_operation": cpu_us(samples),
    }
    if windows.yardsticks:
        beside = ratios(windows.rates(name), windows.yardsticks)
        told["pgbench_tps"] = spread_of(windows.yardsticks).told(0)
        told["ratio"] = spread_of(beside).told(3)
    return told
