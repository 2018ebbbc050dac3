"""Starts Stampbook as its users do: as a process, in a folder of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

READY_S = 30.0
"""A busy machine can take long to start a server; an idle one takes at most a second."""

STOP_S = 40.0

_URL = re.compile(r"http://[\w.\[\]:]+:[0-9]+")


def environment_of(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of the tests without settings of Stampbook, plus the given variables."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("STAMPBOOK_") or name == "STAMPBOOK_POSTGRES_BIN"
    }
    return {**kept, "PYTHONWARNINGS": "error", "COLUMNS": "200", **(more or {})}


def command(
    *arguments: str,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout_s: float = 120.0,
) -> subprocess.CompletedProcess[str]:
    """Run a command of the program to its end."""
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


class Running:
    """A long-running command: `serve`, `demo` or `worker`. It ends with the `with` block.

    `output` is what it has printed to standard output so far, `errors` to standard error.
    `before`: a program that is run with the command as its arguments, and starts it.
    """

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        environment: Mapping[str, str] | None = None,
        before: str | None = None,
    ) -> None:
        self.started_at = time.monotonic()
        program = ["-m", "stampbook"] if before is None else ["-c", before]
        self.process = subprocess.Popen(
            [sys.executable, *program, *arguments],
            cwd=cwd,
            env=environment_of(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: list[str] = []
        self._errors: list[str] = []
        self._changed = threading.Condition()
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in (
                (self.process.stdout, self._lines),
                (self.process.stderr, self._errors),
            )
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: object, lines: list[str]) -> None:
        for line in stream:  # type: ignore[attr-defined]
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
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    @property
    def output(self) -> str:
        return "".join(self._lines)

    @property
    def errors(self) -> str:
        return "".join(self._errors)

    def wait_for(self, text: str, *, timeout_s: float = READY_S) -> str:
        """The output, once it contains the text. Fails if the command ends or takes too long."""
        until = time.monotonic() + timeout_s
        with self._changed:
            while text not in self.output:
                left = until - time.monotonic()
                ended = self.process.poll() is not None and not self._readers[0].is_alive()
                if ended or left <= 0:
                    raise AssertionError(
                        f"no {text!r} in {self.output!r}; status {self.process.returncode};"
                        f" {self.errors}"
                    )
                self._changed.wait(min(left, 0.2))
        return self.output

    def wait_until_ready(self) -> str:
        """The address in the ready line, once it has been printed."""
        found = _URL.search(self.wait_for("http://"))
        assert found is not None
        return found.group()

    def kill(self) -> None:
        """Send SIGKILL, so that it cannot clean up."""
        self.process.kill()
        self.process.wait(STOP_S)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end, and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(STOP_S)
