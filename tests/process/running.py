"""Starting this program as its users do: as a process of its own, in a folder of its own."""

from __future__ import annotations

import atexit
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from tests.process.forking import Forking, Process, environment_of

READY_S = 30.0
"""A busy machine may take long to start; a second is what an idle one takes at most."""

STOP_S = 40.0

_INDISCREET = re.compile(
    r"[\w.+-]+@[\w-]+\.\w|\bsb[ks]_\w|\boat_\w|\+\d{10}|Bearer \w|[?&]\w+=|password[=:]",
    re.IGNORECASE,
)
"""An e-mail, a secret, a phone number, a query, a password."""

_URL = re.compile(r"http://[\w.\[\]:]+:[0-9]+")


def command(
    *arguments: str,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout_s: float = 120.0,
) -> subprocess.CompletedProcess[str]:
    """A command of the program, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "stampbook", *arguments],
        cwd=cwd,
        env=environment_of(environment),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


@cache
def forking() -> Forking:
    """The one of these tests; it ends with them."""
    running = Forking()
    atexit.register(running.__exit__)
    return running


def forked(
    *arguments: str,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    """As `command`, in a process that is forked from one that has imported the program: use it
    where a test is about what commands do, not about how the program starts."""
    return forking().command(*arguments, cwd=cwd, environment=environment, stdin=stdin)


class Running:
    """A long-running command: `serve`, `demo` or `worker`. It ends with the `with` block.

    `output` holds what it printed on standard output so far, `errors` what on standard error. It is
    forked (see `forked`), unless it is `fresh`: then it starts as its users start it. `before`: a
    program that is run instead, with the command's arguments, and starts it.
    """

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        environment: Mapping[str, str] | None = None,
        fresh: bool = False,
        before: str | None = None,
    ) -> None:
        self.started_at = time.monotonic()
        output, errors = os.pipe(), os.pipe()
        with Path(os.devnull).open("rb") as nothing:
            streams = (nothing.fileno(), output[1], errors[1])
            self.process: Process
            if fresh or before is not None:
                program = ["-m", "stampbook"] if before is None else ["-c", before]
                self.process = subprocess.Popen(
                    [sys.executable, *program, *arguments],
                    cwd=cwd,
                    env=environment_of(environment),
                    stdin=streams[0],
                    stdout=streams[1],
                    stderr=streams[2],
                )
            else:
                self.process = forking().start(arguments, cwd, environment, streams)
        for stream in streams[1:]:
            os.close(stream)
        self._streams = tuple(os.fdopen(each[0], encoding="utf-8") for each in (output, errors))
        self._lines: list[str] = []
        self._errors: list[str] = []
        self._changed = threading.Condition()
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in zip(self._streams, (self._lines, self._errors), strict=True)
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: TextIO, lines: list[str]) -> None:
        for line in stream:
            with self._changed:
                lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(STOP_S)
        for reader in self._readers:
            reader.join(STOP_S)
        for stream in self._streams:
            stream.close()
        if error is None:
            assert not _INDISCREET.findall(self.errors), self.errors

    @property
    def output(self) -> str:
        return "".join(self._lines)

    @property
    def errors(self) -> str:
        return "".join(self._errors)

    def wait_for(self, text: str, *, timeout_s: float = READY_S) -> str:
        """The output as soon as it contains the text. Fails if it ends or takes too long."""
        return self._wait_for(text, 0, timeout_s)

    def wait_for_error(self, text: str, *, timeout_s: float = READY_S) -> str:
        """The same of standard error: what the process has written there before an answer may be
        read after it."""
        return self._wait_for(text, 1, timeout_s)

    def _wait_for(self, text: str, stream: int, timeout_s: float) -> str:
        lines = (self._lines, self._errors)[stream]
        until = time.monotonic() + timeout_s
        with self._changed:
            while text not in (said := "".join(lines)):
                left = until - time.monotonic()
                ended = self.process.poll() is not None and not self._readers[stream].is_alive()
                if ended or left <= 0:
                    raise AssertionError(
                        f"no {text!r} in {said!r}; status {self.process.returncode}; {self.errors}"
                    )
                self._changed.wait(min(left, 0.2))
        return said

    def wait_until_ready(self) -> str:
        """The address that the ready line names, once it was printed."""
        found = _URL.search(self.wait_for("http://"))
        assert found is not None
        return found.group()

    def kill(self) -> None:
        """SIGKILL: no cleaning up."""
        self.process.kill()
        self.process.wait(STOP_S)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; its exit status. All that it has written is then there."""
        self.process.send_signal(number)
        status = self.process.wait(STOP_S)
        for reader in self._readers:
            reader.join(STOP_S)
        return status
