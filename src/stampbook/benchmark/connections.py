"""HTTP connections that cost next to nothing, so that the load leaves the machine to the server.

A client library would use more processor time than the server does. Scripts prepare the bytes of
each request. Only the answers of our own server are understood: a status line, headers with a
Content-Length, a body.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from time import perf_counter_ns
from typing import Final, NamedTuple, Protocol, cast

RESOLUTION_US: Final = 10
"""Latencies are counted in steps of this many microseconds."""

TICK_S: Final = 0.001
"""How often a load with a given rate checks which requests are due."""

HEAD_END: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length: "


class Request(NamedTuple):
    """The bytes of a request, the number of its operations, and what to call with the answer.

    `failures` counts the operations that failed according to the body of a 2xx, if any can.
    """

    content: bytes
    operations: int = 1
    answered: Callable[[int, bytes], None] | None = None
    failures: Callable[[bytes], int] | None = None


class Script(Protocol):
    """Makes requests, one after another."""

    def next(self) -> Request | None:
        """The next request; None if none is left, or none is ready yet."""
        ...


class Answers:
    """What came back: operations that succeeded, failures by status, latencies.

    A 2xx among the failures is an answer whose body reports a failure.
    """

    def __init__(self) -> None:
        self.requests = 0
        self.operations = 0
        self.others: Counter[int] = Counter()
        self.latencies: Counter[int] = Counter()
        self.example = ""


class Connection(asyncio.Protocol):
    """One keep-alive connection: a request, its answer, the next request."""

    def __init__(self, load: "Load") -> None:
        self._load = load
        self._transport: asyncio.Transport | None = None
        self._read = b""
        self._request: Request | None = None
        self._since_ns = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has the same methods

    def send(self, request: Request, since_ns: int) -> None:
        """Send a request; its latency counts from `since_ns`."""
        assert self._transport is not None
        self._request, self._since_ns = request, since_ns
        self._transport.write(request.content)

    def data_received(self, data: bytes) -> None:
        if self._read:
            data = self._read + data
        head = data.find(HEAD_END)
        if head < 0:
            self._read = data
            return
        at = data.find(LENGTH, 0, head) + len(LENGTH)
        length = int(data[at : data.find(b"\r", at)])
        if len(data) < head + 4 + length:
            self._read = data
            return
        self._read = b""
        request = self._request
        assert request is not None
        self._request = None
        self._load.take(self, request, int(data[9:12]), data[head + 4 :], self._since_ns)

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.lost(self, busy=self._request is not None)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Load:
    """Runs a script on several connections, at full speed or at a given rate; see `run`."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._wanted = 0
        self._connections: list[Connection] = []
        self._script: Script | None = None
        self._answers = Answers()
        self._idle: deque[Connection] = deque()
        self._busy = 0
        self._by_rate = False
        self._due: deque[int] = deque()
        self._closing = False
        self._quiet = asyncio.Event()
        self._failure: str | None = None

    async def connect(self, connections: int) -> None:
        """Open connections until there are this many."""
        loop = asyncio.get_running_loop()
        self._wanted = connections
        for _ in range(connections - len(self._connections)):
            _, connection = await loop.create_connection(
                lambda: Connection(self), self._host, self._port
            )
            self._connections.append(connection)

    def close(self) -> None:
        self._closing = True
        for connection in self._connections:
            connection.close()

    async def run(
        self, script: Script, *, seconds: float | None, rate: float | None = None
    ) -> tuple[Answers, float]:
        """Run the script for `seconds`, or to its end if None. Returns the answers and the time.

        The time, in seconds, includes the wait for the last answer.

        `rate` is in requests a second: each is sent when it is due, even if answers are late, and
        its latency counts from that instant. None: each connection sends its next request as soon
        as it has an answer.
        """
        loop = asyncio.get_running_loop()
        await self.connect(self._wanted)
        self._answers, self._script, self._by_rate = Answers(), script, rate is not None
        self._idle = deque(self._connections)
        self._quiet.clear()
        started = loop.time()
        if rate is not None:
            assert seconds is not None
            await self._pace(rate, seconds)
        else:
            while self._idle and self._start(self._idle.popleft(), perf_counter_ns()):
                pass
            if seconds is not None:
                await self._sleep(seconds)
        if seconds is not None:
            self._script = None
        self._wake_if_quiet()
        await self._quiet.wait()
        self._script = None
        if self._failure is not None:
            raise ConnectionError(self._failure)
        return self._answers, loop.time() - started

    async def _sleep(self, seconds: float) -> None:
        """Let the load run, unless it fails first."""
        try:
            await asyncio.wait_for(self._quiet.wait(), seconds)
        except TimeoutError:
            return

    async def _pace(self, rate: float, seconds: float) -> None:
        started_ns = perf_counter_ns()
        sent = 0
        while self._failure is None:
            elapsed_ns = perf_counter_ns() - started_ns
            if elapsed_ns >= seconds * 1e9:
                break
            for number in range(sent, int(elapsed_ns * rate / 1e9)):
                self._due.append(started_ns + int(number / rate * 1e9))
                sent += 1
            self._send_due()
            await asyncio.sleep(TICK_S)
        self._due.clear()

    def _send_due(self) -> None:
        while self._due and self._idle and self._start(self._idle[0], self._due[0]):
            self._idle.popleft()
            self._due.popleft()

    def _start(self, connection: Connection, since_ns: int) -> bool:
        request = self._script.next() if self._script is not None else None
        if request is None:
            return False
        self._busy += 1
        connection.send(request, since_ns)
        return True

    def take(
        self, connection: Connection, request: Request, status: int, body: bytes, since_ns: int
    ) -> None:
        """Take note of an answer."""
        now_ns = perf_counter_ns()
        answers = self._answers
        answers.requests += 1
        answers.latencies[(now_ns - since_ns) // (1000 * RESOLUTION_US)] += 1
        failed = _failures(request, status, body)
        answers.operations += request.operations - failed
        if failed:
            answers.others[status] += failed
            answers.example = answers.example or body.decode(errors="replace")
        if request.answered is not None:
            request.answered(status, body)
        self._busy -= 1
        if self._by_rate:
            self._idle.append(connection)
            self._send_due()
        elif not self._start(connection, now_ns):
            self._idle.append(connection)
        self._wake_if_quiet()

    def lost(self, connection: Connection, *, busy: bool) -> None:
        """A closed connection is a failure, unless we closed it or it was idle between runs."""
        if self._closing:
            return
        if self._script is None and not busy:
            self._connections.remove(connection)
            return
        self._failure = "the server closed a connection" + (" before it answered" if busy else "")
        self._quiet.set()

    def _wake_if_quiet(self) -> None:
        if not self._busy and (self._script is None or not self._by_rate):
            self._quiet.set()


def _failures(request: Request, status: int, body: bytes) -> int:
    """How many of the request's operations failed."""
    if not 200 <= status < 300:
        return request.operations
    return request.failures(body) if request.failures is not None else 0
