"""How far a part has come, in a file: what was interrupted goes on after its last whole block."""

from __future__ import annotations

import json
import resource
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.campaign.parts import Databases, Figures, Part, added


def spent_cpu_s() -> float:
    """Processor time of this process and of those that it has started and seen end."""
    kinds = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    used = [resource.getrusage(each) for each in kinds]
    return sum(each.ru_utime + each.ru_stime for each in used)


class Progress:
    """The part on one store, with one seed."""

    def __init__(self, part: Part, store: str, seed: int, folder: Path) -> None:
        self.part, self.store, self.seed = part, store, seed
        self._file = folder / f"{part.name}-{store}-{seed}.json"
        kept: dict[str, Any] = {}
        if self._file.exists():
            kept = json.loads(self._file.read_text("utf-8"))
        self.done: int = kept.get("done", 0)
        self.figures: Figures = Counter(kept.get("figures", {}))
        self.cpu_s: float = kept.get("cpu_s", 0.0)
        self.clock_s: float = kept.get("clock_s", 0.0)
        self.ended: str = kept.get("ended", "")
        self._begin()

    def _begin(self) -> None:
        self._from_cpu_s, self._from_clock_s = spent_cpu_s(), time.monotonic()

    def run(self, databases: Databases, count: int) -> None:
        """Play the blocks that are left of `count` things."""
        while self.done < count:
            size = min(self.part.block, count - self.done)
            self.figures = added(self.figures, self.play(databases, self.done, size))
            self.done += size
            self.keep()

    def play(self, databases: Databases, first: int, size: int) -> Figures:
        """One block, from its first thing on."""
        return self.part.play(databases, f"{self.part.name} {self.seed} {first}", size)

    def keep(self) -> None:
        """Write down what was done and what it took since the last time."""
        self.cpu_s += spent_cpu_s() - self._from_cpu_s
        self.clock_s += time.monotonic() - self._from_clock_s
        self._begin()
        self.ended = datetime.now(UTC).date().isoformat()
        kept = {
            "done": self.done,
            "figures": dict(self.figures),
            "cpu_s": round(self.cpu_s, 1),
            "clock_s": round(self.clock_s, 1),
            "ended": self.ended,
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        beside = self._file.with_suffix(".new")
        beside.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
        beside.replace(self._file)

    def __str__(self) -> str:
        figures = ", ".join(f"{name} {value:,}" for name, value in self.figures.items())
        return (
            f"{self.part.name} on {self.store}, seed {self.seed}: {self.done:,} {self.part.unit};"
            f" {figures}; {self.cpu_s:,.0f} s of processor time, {self.clock_s:,.0f} s by the"
            f" clock; {self.ended}"
        )
