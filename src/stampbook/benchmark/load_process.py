"""A process of the load: `python -m stampbook.benchmark.load_process`.

Reads commands from standard input, one JSON object a line, and answers each with one line on
standard output. It ends when its input does. See `Worker` for the commands and `Ran` for the
answer to those that send requests.
"""

import asyncio
import gc
import random
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Raw, Struct
from msgspec.json import decode, encode

from stampbook.benchmark.connections import Answers, Load, Script
from stampbook.benchmark.scripts import Bulk, Identified, Listed, Mix, request_maker


class Ran(Struct, frozen=True):
    """The result of a script; latencies are pairs (steps of connections.RESOLUTION_US, count).

    `bodies`: the answers in the order of the list, if they were to be kept.
    """

    operations: int
    requests: int
    seconds: float
    failures: Sequence[tuple[int, int]]
    latencies: Sequence[tuple[int, int]]
    example: str = ""
    bodies: Sequence[Raw] = ()


class Failed(Struct, frozen=True):
    """The command could not be carried out."""

    error: str


class Worker:
    """Carries out commands. `do` names the method."""

    def __init__(self) -> None:
        self._load: Load | None = None
        self._scripts: dict[str, Script] = {}
        self._bodies: dict[str, list[Raw]] = {}

    async def connect(self, *, host: str, port: int, connections: int) -> None:
        """Open this many connections to a server."""
        self._load = Load(host, port)
        await self._load.connect(connections)

    async def mix(
        self,
        *,
        name: str,
        headers: Mapping[str, str],
        accounts: Sequence[str],
        seed: int,
        repeats: float,
    ) -> None:
        """Prepare a Mix. Between runs it remembers what to commit and cancel."""
        chance = random.Random(seed)
        send = request_maker("localhost", headers)
        self._scripts[name] = Mix(send, accounts, chance, repeats=repeats)

    async def bulk(
        self,
        *,
        name: str,
        headers: Mapping[str, str],
        accounts: Sequence[str],
        seed: int,
        size: int,
    ) -> None:
        """Prepare a Bulk."""
        send = request_maker("localhost", headers)
        self._scripts[name] = Bulk(send, accounts, random.Random(seed), size=size)

    async def identified(
        self,
        *,
        name: str,
        headers: Mapping[str, str],
        posts: Sequence[Sequence[str]],
        seed: int,
    ) -> None:
        """Prepare an Identified."""
        send = request_maker("localhost", headers)
        bodies = [(path, body.encode()) for path, body in posts]
        self._scripts[name] = Identified(send, bodies, random.Random(seed))

    async def listed(
        self,
        *,
        name: str,
        headers: Mapping[str, str],
        posts: Sequence[Sequence[str]],
        operations: int,
        expect: str,
        keep: bool,
    ) -> None:
        """Prepare a list of requests, each sent once. `keep`: keep the bodies of the answers."""
        send = request_maker("localhost", headers)
        bodies = [Raw(b"null")] * len(posts)
        self._bodies[name] = bodies if keep else []
        self._scripts[name] = Listed(
            [send(path, body.encode()) for path, body in posts],
            operations=operations,
            expect=expect.encode(),
            done=_keeper(bodies) if keep else None,
        )

    async def run(self, *, name: str, seconds: float | None, rate: float | None) -> Ran:
        """Run a prepared script; see Load.run."""
        assert self._load is not None
        answers, took = await self._load.run(self._scripts[name], seconds=seconds, rate=rate)
        return _ran(answers, took, self._bodies.pop(name, ()))

    async def obey(self, line: bytes) -> object:
        """Carry out the command in a line and return the answer."""
        command: dict[str, Any] = decode(line)
        method = getattr(self, command.pop("do"))
        try:
            return await method(**command) or {}
        except OSError as error:
            return Failed(str(error))

    def close(self) -> None:
        """Close all connections."""
        if self._load is not None:
            self._load.close()


def _keeper(bodies: list[Raw]) -> Callable[[int, bytes], None]:
    def keep(place: int, body: bytes) -> None:
        bodies[place] = Raw(body)

    return keep


def _ran(answers: Answers, seconds: float, bodies: Sequence[Raw]) -> Ran:
    return Ran(
        operations=answers.operations,
        requests=answers.requests,
        seconds=seconds,
        failures=list(answers.others.items()),
        latencies=list(answers.latencies.items()),
        example=answers.example,
        bodies=[] if answers.others else bodies,
    )


async def work() -> None:
    """Carry out commands until the input ends. A thread reads, so the connections stay alive.

    Garbage is collected between commands: a pause during one would be blamed on the server.
    """
    loop = asyncio.get_running_loop()
    worker = Worker()
    gc.disable()
    try:
        while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
            answer = await worker.obey(line)
            gc.collect()
            sys.stdout.buffer.write(encode(answer) + b"\n")
            sys.stdout.buffer.flush()
    finally:
        worker.close()


def main() -> None:
    """See the module. The parent handles Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        from uvloop import new_event_loop
    except ImportError:  # uvloop does not exist for every system
        asyncio.run(work())
        return
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(work())


if __name__ == "__main__":
    main()
