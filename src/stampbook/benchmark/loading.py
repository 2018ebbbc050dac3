"""The load as the benchmark sees it: processes of their own that send what it prepares."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

from msgspec import Struct, convert
from msgspec.json import decode, encode

from stampbook.benchmark.faults import Broken

PROCESSES: Final = 2
"""A single one would be a bottleneck before the server is."""

END_S: Final = 10.0
"""A process of the load has nothing to finish, so it ends at once."""

Post = tuple[str, str]
"""Path and body of a request."""


class Result(Struct, frozen=True):
    """The results of all processes together; see load_process.Ran."""

    operations: int
    requests: int
    seconds: float
    failures: Sequence[tuple[int, int]]
    latencies: Sequence[tuple[int, int]]
    example: str = ""
    bodies: Sequence[Any] = ()


class Loader:
    """Two processes that share the connections to one server. Use it in a `with` block."""

    def __init__(self, port: int, connections: int) -> None:
        self._port = port
        self._connections = connections
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pids(self) -> list[int]:
        """The processes of the load."""
        return [process.pid for process in self._processes]

    def mix(
        self, name: str, headers: Mapping[str, str], accounts: Sequence[str], repeats: float = 0.0
    ) -> None:
        """Prepare scripts.Mix under a name."""
        self._tell_all(
            "mix", name=name, headers=headers, accounts=list(accounts), repeats=repeats, seed=name
        )

    def bulk(
        self, name: str, headers: Mapping[str, str], accounts: Sequence[str], size: int
    ) -> None:
        """Prepare scripts.Bulk under a name."""
        self._tell_all(
            "bulk", name=name, headers=headers, accounts=list(accounts), size=size, seed=name
        )

    def identified(self, name: str, headers: Mapping[str, str], posts: Sequence[Post]) -> None:
        """Prepare scripts.Identified under a name."""
        self._tell_all("identified", name=name, headers=headers, posts=posts, seed=name)

    def listed(
        self,
        name: str,
        headers: Mapping[str, str],
        posts: Sequence[Post],
        *,
        operations: int = 1,
        expect: str = "",
        keep: bool = False,
    ) -> None:
        """Prepare scripts.Listed under a name, divided among the processes."""
        share = -(-len(posts) // len(self._processes))
        self._ask(
            [
                {
                    "do": "listed",
                    "name": name,
                    "headers": headers,
                    "posts": posts[place * share : (place + 1) * share],
                    "operations": operations,
                    "expect": expect,
                    "keep": keep,
                }
                for place in range(len(self._processes))
            ]
        )

    def run(self, name: str, seconds: float | None = None, rate: float | None = None) -> Result:
        """Run a prepared script. `rate`: requests a second of all processes together."""
        count = len(self._processes)
        part = rate / count if rate is not None else None
        command = {"do": "run", "name": name, "seconds": seconds, "rate": part}
        return _joined([convert(answer, Result) for answer in self._ask([command] * count)])

    def stop(self) -> None:
        """End the processes, even in the middle of a window. Harmless if they have ended."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            _end(process)
        self._processes.clear()

    def _start(self) -> None:
        count = min(PROCESSES, self._connections)
        for _ in range(count):
            self._processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "stampbook.benchmark.load_process"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    start_new_session=True,
                )
            )
        self._ask(
            [
                {
                    "do": "connect",
                    "host": "127.0.0.1",
                    "port": self._port,
                    "connections": self._connections // count + (place < self._connections % count),
                }
                for place in range(count)
            ]
        )

    def _tell_all(self, what: str, *, seed: str, **command: object) -> None:
        """Send each process the same command with a seed of its own."""
        self._ask(
            [
                {"do": what, "seed": sum(seed.encode()) * PROCESSES + place, **command}
                for place in range(len(self._processes))
            ]
        )

    def _ask(self, commands: Sequence[Mapping[str, object]]) -> list[dict[str, Any]]:
        """Send each process its command, then collect the answers. Raises Broken."""
        try:
            for process, command in zip(self._processes, commands, strict=True):
                assert process.stdin is not None
                process.stdin.write(encode(command) + b"\n")
                process.stdin.flush()
        except BrokenPipeError:
            raise Broken("a process of the load has ended") from None
        return [_answer(process) for process in self._processes]


def _answer(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise Broken("a process of the load has ended")
    answer: dict[str, Any] = decode(line)
    if "error" in answer:
        raise Broken(f"the load was interrupted: {answer['error']}")
    return answer


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):  # half a command, if we were interrupted
        process.stdin.close()
    process.stdout.close()


def _joined(results: Sequence[Result]) -> Result:
    """The results as those of one process; the time is that of the slowest."""
    return Result(
        operations=sum(result.operations for result in results),
        requests=sum(result.requests for result in results),
        seconds=max(result.seconds for result in results),
        failures=list(_added(result.failures for result in results).items()),
        latencies=list(_added(result.latencies for result in results).items()),
        example=next((result.example for result in results if result.example), ""),
        bodies=[body for result in results for body in result.bodies],
    )


def _added(counts: Iterable[Sequence[tuple[int, int]]]) -> Counter[int]:
    total: Counter[int] = Counter()
    for each in counts:
        total.update(dict(each))
    return total
