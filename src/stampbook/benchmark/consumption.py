"""The processor time and memory that processes use."""

from collections.abc import Iterable, Mapping

import psutil

from stampbook.benchmark.faults import Broken


def processor_s(pids: Iterable[int]) -> float:
    """Processor seconds, user and system, of these processes and everything they ever started.

    The time of a child that has ended is in its parent: this is how PostgreSQL backends count.
    """
    return sum(_with_children(psutil.Process(pid)) for pid in pids)


def _with_children(process: psutil.Process) -> float:
    times = process.cpu_times()
    ended = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return float(times.user + times.system + ended + sum(map(_living, process.children())))


def _living(process: psutil.Process) -> float:
    try:
        return _with_children(process)
    except psutil.NoSuchProcess:  # it has just ended; from now on its parent has its time
        return 0.0


def resident_mb(pid: int) -> float:
    """Resident megabytes (10⁶ bytes) of a process and its children. Raises Broken."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(each.memory_info().rss for each in family) / 1e6
    except psutil.NoSuchProcess:
        raise Broken("the server has ended") from None


class Meter:
    """Measures processor seconds between `start` and `read`, for each kind of process."""

    def __init__(self, pids: Mapping[str, Iterable[int]]) -> None:
        self._pids = {name: list(each) for name, each in pids.items()}
        self._before: dict[str, float] = {}

    def start(self) -> None:
        """Begin to measure. Raises Broken if a process has ended."""
        self._before = self._now()

    def read(self) -> dict[str, float]:
        """The seconds since `start`. Raises Broken if a process has ended."""
        return {name: used - self._before[name] for name, used in self._now().items()}

    def _now(self) -> dict[str, float]:
        try:
            return {name: processor_s(pids) for name, pids in self._pids.items()}
        except psutil.NoSuchProcess:
            raise Broken("a measured process has ended") from None
