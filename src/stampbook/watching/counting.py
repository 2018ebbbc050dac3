"""Counts that all processes of a server share: plain integers, in memory that is mapped before they
are forked.

Each process has a slab of its own and is the only one to write there, so counting is an addition
without a lock. Whichever process is asked for the metrics adds up the slabs of all. A slab outlives
its process: a replacement goes on counting where the other one ended. The places of the series
follow from the order in which the code declares them, which is the same in every process.
"""

import mmap
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final, Literal

SLOTS: Final = 1 << 18
"""Integers of a slab. The system gives it memory only where it is used."""

SIZE: Final = 8
"""Bytes of an integer."""

NANOSECONDS: Final = 1_000_000_000

Kind = Literal["counter", "gauge", "histogram"]


class Memory:
    """The slabs of all processes of this server; `slab` is this process's own.

    `measures` set the gauges of this process: whatever has one adds a function while it lasts.
    """

    def __init__(self) -> None:
        self.measures: list[Callable[[], None]] = []
        self.declared: list[Metric] = []
        self.used = 0
        self.share(1)

    def share(self, processes: int) -> None:
        """Map a slab for each of that many processes, all of them zero. Call it before the fork."""
        shared = memoryview(mmap.mmap(-1, processes * SLOTS * SIZE)).cast("q")
        self.slabs = [shared[at * SLOTS : (at + 1) * SLOTS] for at in range(processes)]
        self.slab = self.slabs[0]

    def forget(self, measure: Callable[[], None]) -> None:
        """What has set gauges has ended; a second time changes nothing."""
        with suppress(ValueError):
            self.measures.remove(measure)

    def become(self, number: int) -> None:
        """This is the process of that number: it goes on with its slab, but for the gauges."""
        self.slab = self.slabs[number]
        for metric in self.declared:
            if metric.kind == "gauge":
                for at in metric.at.values():
                    self.slab[at] = 0

    def measure(self) -> None:
        """Set this process's gauges."""
        for each in self.measures:
            each()

    def reserve(self, slots: int) -> int:
        """The first of that many integers, which nothing else uses."""
        at = self.used
        if at + slots > SLOTS:
            raise MemoryError(f"more than {SLOTS} integers are counted")
        self.used += slots
        return at

    def totals(self) -> Sequence[int]:
        """The sums over all processes, by place."""
        kept = [slab[: self.used].tolist() for slab in self.slabs]
        return kept[0] if len(kept) == 1 else list(map(sum, zip(*kept, strict=True)))


class Metric:
    """One metric: its name without the prefix, and the first place of each of its series.

    `at` finds a series by the values of its labels. A histogram has `buckets`, upper bounds in
    ascending order, in integers of which `unit` make one of the unit in its name; its places are
    the buckets, what is above them, and the sum.
    """

    def __init__(
        self,
        kind: Kind,
        name: str,
        about: str,
        *labels: str,
        series: Iterable[tuple[str, ...]] = (),
        buckets: tuple[int, ...] = (),
        unit: int = 1,
    ) -> None:
        self.kind = kind
        self.name = name
        self.about = about
        self.labels = labels
        self.buckets = buckets
        self.unit = unit
        self.at: dict[tuple[str, ...], int] = {}
        MEMORY.declared.append(self)
        for values in series if labels else ((),):
            self.declare(*values)

    @property
    def slots(self) -> int:
        """How many places a series has."""
        return len(self.buckets) + 2 if self.kind == "histogram" else 1

    def declare(self, *values: str) -> int:
        """The first place of the series, which need not be new."""
        found = self.at.get(values)
        if found is None:
            found = self.at[values] = MEMORY.reserve(self.slots)
        return found


MEMORY: Final = Memory()


def count(metric: Metric, *labels: str, by: int = 1) -> None:
    """Count something that has happened. A series that was not declared is a bug: KeyError."""
    MEMORY.slab[metric.at[labels]] += by


def gauge(metric: Metric, *labels: str, value: int) -> None:
    """Note how much there is of something in this process now."""
    MEMORY.slab[metric.at[labels]] = value


def observe(metric: Metric, at: int, value: int) -> None:
    """Add a value to the series of a histogram that begins at that place."""
    slab, buckets = MEMORY.slab, metric.buckets
    slab[at + bisect_left(buckets, value)] += 1
    slab[at + len(buckets) + 1] += value
