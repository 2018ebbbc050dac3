"""What processes use of the processor and of memory."""

from collections.abc import Iterable, Mapping

import psutil

from stampbook.benchmark.faults import Broken


def processor_s(pids: Iterable[int]) -> float:
    """Processor seconds, user and system, of these processes and all that they ever started.

    A child that has ended counts in its parent: a PostgreSQL backend moves there.
    """
    return sum(_with_children(psutil.Process(pid)) for pid in pids)


def _with_children(process: psutil.Process) -> float:
    times = process.cpu_times()
    ended = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return float(times.user + times.system + ended + sum(map(_living, process.children())))


def _living(process: psutil.Process) -> float:
    try:
        return _with_children(process)
    except psutil.NoSuchProcess:  # it ends while we look; its parent has its time from now on
        return 0.0


def resident_mb(pid: int) -> float:
    """Megabytes (10⁶ bytes) in memory of a process and its children. Raises Broken."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(each.memory_info().rss for each in family) / 1e6
    except psutil.NoSuchProcess:
        raise Broken("the server has ended") from None


class Meter:
    """Processor seconds since the last look, by who used them."""

    def __init__(self, pids: Mapping[str, Iterable[int]]) -> None:
        self._pids = {name: list(each) for name, each in pids.items()}
        self._before: dict[str, float] = {}

    def start(self) -> None:
        """From now on. Raises Broken if a process has ended."""
        self._before = self._now()

    def read(self) -> dict[str, float]:
        """Since `start`. Raises Broken if a process has ended."""
        return {name: used - self._before[name] for name, used in self._now().items()}

    def _now(self) -> dict[str, float]:
        try:
            return {name: processor_s(pids) for name, pids in self._pids.items()}
        except psutil.NoSuchProcess:
            raise Broken("a process that is measured has ended") from None
