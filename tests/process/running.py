"""Starting this program as its users do: as a process of its own, in a folder of its own."""

from __future__ import annotations

import atexit
import json
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
from typing import Self

READY_S = 30.0
"""A busy machine may take long to start; a second is what an idle one takes at most."""

STOP_S = 40.0

_INDISCREET = re.compile(
    r"[\w.+-]+@[\w-]+\.\w|\bsb[ks]_\w|\boat_\w|\+\d{10}|Bearer \w|[?&]\w+=|password[=:]",
    re.IGNORECASE,
)
"""An e-mail, a secret, a phone number, a query, a password."""

_URL = re.compile(r"http://[\w.\[\]:]+:[0-9]+")


def environment_of(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The tests' environment without any setting of Stampbook, and what is given.

    Compiled modules are kept, or each of some hundred processes would compile them all. Nothing is
    slow: a busy machine must not write lines that a test does not expect.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if (not name.startswith("STAMPBOOK_") or name == "STAMPBOOK_POSTGRES_BIN")
        and name != "PYTHONDONTWRITEBYTECODE"
    }
    calm = {"STAMPBOOK_SLOW_REQUEST_MS": "0", "STAMPBOOK_SLOW_QUERY_MS": "0"}
    return {**kept, **calm, "PYTHONWARNINGS": "error", "COLUMNS": "200", **(more or {})}


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


FORKING = """
import gc, json, os, sys, tempfile, traceback
from stampbook.cli import main
import stampbook.commands.demo, stampbook.commands.serving
import stampbook.dialects.table, stampbook.verifying.accounts, stampbook.wiring

def end():
    # As a command ends, but without taking the large program apart, which takes longer.
    try:
        main()
    except SystemExit as ending:
        status = ending.code or 0
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)

def run(arguments, folder, environment, stdin):
    streams = [tempfile.TemporaryFile() for _ in range(3)]
    streams[0].write(stdin.encode())
    streams[0].seek(0)
    child = os.fork()
    if not child:
        for number, stream in enumerate(streams):
            os.dup2(stream.fileno(), number)
            stream.close()
        os.chdir(folder)
        os.environ.update(environment)
        sys.argv = ["stampbook", *arguments]
        end()
    _, status = os.waitpid(child, 0)
    for stream in streams:
        stream.seek(0)
    _, output, errors = (stream.read().decode() for stream in streams)
    for stream in streams:
        stream.close()
    return os.waitstatus_to_exitcode(status), output, errors

gc.collect()
gc.freeze()
for line in sys.stdin:
    print(json.dumps(run(**json.loads(line))), flush=True)
"""


class Forking:
    """Runs commands, one after the other, each in a process of its own.

    They are forked from one that has imported the program, which takes longer than a command.
    `before`: the words of a program that starts this one with fewer rights. It ends with the
    `with` block.
    """

    def __init__(self, *before: str) -> None:
        self._process = subprocess.Popen(
            [*before, sys.executable, "-c", FORKING],
            env=environment_of(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)  # also a command that does not end
        self._process.communicate()

    def command(
        self,
        *arguments: str,
        cwd: Path,
        environment: Mapping[str, str] | None = None,
        stdin: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """A command of the program, run to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {
            "arguments": arguments,
            "folder": str(cwd),
            "environment": environment or {},
            "stdin": stdin,
        }
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        ended = json.loads(self._process.stdout.readline())
        return subprocess.CompletedProcess(list(arguments), *ended)


@cache
def _forking() -> Forking:
    running = Forking()
    atexit.register(running.__exit__)
    return running


def forked(
    *arguments: str,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    """As `command`, by a `Forking` that lasts as long as the tests: use it where a test is about
    what commands do, not about how the program starts."""
    return _forking().command(*arguments, cwd=cwd, environment=environment, stdin=stdin)


class Running:
    """A long-running command: `serve`, `demo` or `worker`. It ends with the `with` block.

    `output` holds what it printed on standard output so far, `errors` what on standard error.
    `before`: a program that is run instead, with the command's arguments, and starts it.
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
        """The address that the ready line names, once it was printed."""
        found = _URL.search(self.wait_for("http://"))
        assert found is not None
        return found.group()

    def kill(self) -> None:
        """SIGKILL: no cleaning up."""
        self.process.kill()
        self.process.wait(STOP_S)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(STOP_S)
