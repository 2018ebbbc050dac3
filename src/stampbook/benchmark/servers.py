"""The program under measurement, as its users run it: processes of `python -m stampbook`."""

import json
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from stampbook.benchmark.faults import Broken

READY_S: Final = 60.0
"""A server that is not ready by then never will be."""

STOP_S: Final = 60.0
"""A server drains for at most 30 s."""

_PROGRAM: Final = (sys.executable, "-m", "stampbook")
_READY = re.compile(rb"http://127\.0\.0\.1:([0-9]+)")

# The guard reads from a pipe that we hold open. A line means that we have stopped the server; the
# end of the file means that we died, for whatever reason, and left the server running.
_GUARD: Final = 'read -r _ || kill -TERM "$1"'


def program(
    *arguments: str, url: str, folder: Path, stdin: str = "", accepts: tuple[int, ...] = (0,)
) -> Any:
    """Run a command of the program to its end and return the JSON that it printed, if any.

    The database is passed in the environment, because its address may contain a password. Raises
    Broken for a status that is not in `accepts`.
    """
    done = subprocess.run(
        [*_PROGRAM, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=_environment(url),
    )
    if done.returncode not in accepts:
        raise Broken(f"`stampbook {' '.join(arguments)}` failed: {done.stderr.strip()}")
    return json.loads(done.stdout) if "--json" in arguments else None


def _environment(url: str) -> Mapping[str, str]:
    """Our own, so that users can try settings of the measured server by their variables."""
    own = {"STAMPBOOK_DATABASE_URL": url, "STAMPBOOK_HOST": "127.0.0.1"}
    return {**os.environ, **own}


class Server:
    """A server on a free port. It runs from `start` to `stop`, or for a `with` block."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.started_in_s = 0.0

    def __enter__(self) -> Self:
        try:
            self.start()
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
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """The last lines of the server's log."""
        return self._log.read_text(errors="replace")[-2_000:].strip() if self._log.exists() else ""

    def start(self) -> None:
        """Start the server and wait until it says that it is ready. Raises Broken."""
        since = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*_PROGRAM, "serve", "--port", "0"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self._folder,
                env=_environment(self._url),
                start_new_session=True,
            )
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "guard", str(self._process.pid)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        self.port = self._wait_until_ready(self._process)
        self.started_in_s = time.perf_counter() - since

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> int:
        assert process.stdout is not None
        readable, _, _ = select.select([process.stdout], [], [], READY_S)
        found = _READY.search(process.stdout.readline()) if readable else None
        if found is None:
            raise Broken(f"the server did not start: {self.log or 'it logged nothing'}")
        return int(found[1])

    def stop(self) -> None:
        """Drain and stop the server. Harmless if it is not running."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            assert process.stdout is not None
            process.stdout.close()
        if self._guard is not None:
            self._guard.communicate(b"\n")
            self._guard = None
