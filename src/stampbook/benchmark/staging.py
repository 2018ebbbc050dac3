"""A server on a database of its own with a load beside it: what a scenario works with."""

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from stampbook.benchmark.consumption import Meter, resident_mb
from stampbook.benchmark.figures import Sample
from stampbook.benchmark.loading import Loader, Post
from stampbook.benchmark.seeding import Seeder
from stampbook.benchmark.servers import Server, program

LOGIN: Final = "bench@stampbook.example"

Timed = Callable[[float], Sample]
"""Runs a window of this many seconds."""


class Place(NamedTuple):
    """Where a stage is set: an empty database, a folder.

    `postgres` is the process id of the postmaster; None if it is not ours.
    """

    url: str
    folder: Path
    postgres: int | None


class Stage:
    """A migrated database with an admin's key, a running server and a load; a context manager."""

    def __init__(self, place: Place, connections: int, step: Callable[[str], None]) -> None:
        self._place = place
        self._connections = connections
        self._step = step
        self._running = ExitStack()
        self._accesses: dict[str, str] = {}

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

    def _start(self) -> None:
        place = self._place
        self._step("server")
        program("migrate", url=place.url, folder=place.folder)
        made = ("keys", "create", "--name", "bench", "--scope", "admin", "--json")
        key = program(*made, url=place.url, folder=place.folder)
        self.key_id, self.secret = str(key["id"]), str(key["secret"])
        self.server = self._running.enter_context(Server(place.url, place.folder))
        self.loader = self._running.enter_context(Loader(self.server.port, self._connections))
        self.seeder = Seeder(self.loader, self.headers, self._step)
        pids = {"server": [self.server.pid], "load": self.loader.pids}
        if place.postgres is not None:
            pids["postgres"] = [place.postgres]
        self._meter = Meter(pids)

    @property
    def headers(self) -> Mapping[str, str]:
        """The credentials for the native API and for Altcraft."""
        return {"authorization": f"Bearer {self.secret}"}

    def user_token(self) -> str:
        """The token of a user who has logged in like an Altegio client."""
        password = secrets.token_urlsafe(12)
        made = ("users", "create", "--login", LOGIN, "--json")
        program(*made, url=self._place.url, folder=self._place.folder, stdin=password)
        answer = self.seeder.make(
            "/api/v1/auth",
            {**self.headers, "accept": "application/vnd.api.v2+json"},
            login=LOGIN,
            password=password,
        )
        return str(answer["data"]["user_token"])

    def mix(self, name: str, accounts: Sequence[str], repeats: float = 0.0) -> Timed:
        """Prepare scripts.Mix over the accounts and return what runs a window of it."""
        self.loader.mix(name, self.headers, accounts, repeats)
        return lambda seconds: self.run(name, seconds)

    def identified(self, name: str, posts: Sequence[Post]) -> Timed:
        """Prepare scripts.Identified with these requests and return what runs a window of it."""
        self.loader.identified(name, self.headers, posts)
        return lambda seconds: self.run(name, seconds)

    def run(self, name: str, seconds: float | None = None, rate: float | None = None) -> Sample:
        """Run a prepared script and measure."""
        self._meter.start()
        result = self.loader.run(name, seconds, rate)
        return Sample(
            result.operations,
            result.seconds,
            Counter(dict(result.latencies)),
            Counter(dict(result.failures)),
            result.example,
            self._meter.read(),
        )

    def resident_mb(self) -> float:
        """The memory that the server uses now."""
        return resident_mb(self.server.pid)

    def stop(self) -> None:
        """End the load and the server. Harmless if they have ended."""
        self._running.close()

    def verify(self) -> dict[str, Any]:
        """The result of `stampbook verify --json`."""
        arguments = ("verify", "--json")
        verified: dict[str, Any] = program(
            *arguments, url=self._place.url, folder=self._place.folder, accepts=(0, 1)
        )
        return verified
