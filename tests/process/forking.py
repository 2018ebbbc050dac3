"""Processes that are forked from one that has imported the program.

To import it takes longer than most commands do, and than a server takes to be ready.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

TIMEOUT_S = 120.0
"""No command takes as long."""

PROGRAM = """
import atexit, gc, json, os, select, signal, socket, sys, threading, traceback
from stampbook.cli import main
import stampbook.commands.demo, stampbook.commands.serving
import stampbook.dialects.table, stampbook.verifying.accounts, stampbook.wiring, uvloop

asking = socket.socket(fileno=int(sys.argv[1]))
woken, waking = os.pipe()

def run(arguments, folder, environment, streams):
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    asking.close()
    os.close(woken)
    os.close(waking)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["stampbook", *arguments]
    # As an interpreter ends, but without taking the large program apart, which takes longer.
    try:
        main()
    except SystemExit as ending:
        status = ending.code or 0
    except BaseException:
        traceback.print_exc()
        status = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)

def tell(*words):
    asking.sendall(json.dumps(words).encode() + b"\\n")

def start():
    asked, streams, _, _ = socket.recv_fds(asking, 1 << 20, 3)
    if not asked:
        os._exit(0)
    child = os.fork()
    if not child:
        run(*json.loads(asked), streams)
    for stream in streams:
        os.close(stream)
    tell("started", child)

def reap():
    os.read(woken, 1 << 10)
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not child:
            return
        tell("ended", child, os.waitstatus_to_exitcode(status))

gc.collect()
gc.freeze()
os.set_blocking(waking, False)
signal.set_wakeup_fd(waking)
signal.signal(signal.SIGCHLD, lambda *_: None)
while True:
    ready, _, _ = select.select([woken, asking], [], [])
    if woken in ready:
        reap()
    if asking in ready:
        start()
"""


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


class Process(Protocol):
    """What tests do with a process; see subprocess.Popen."""

    pid: int
    returncode: int | Any

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def kill(self) -> None: ...


class Forked:
    """A process that was forked; see subprocess.Popen."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = threading.Event()

    def end(self, status: int) -> None:
        """Note that it has ended."""
        self.returncode = status
        self._ended.set()

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired(["stampbook"], timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, sig: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Forking:
    """Starts processes of the program, and forgets none: they end with the `with` block.

    `before`: the words of a program that starts this one with fewer rights.
    """

    def __init__(self, *before: str) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*before, sys.executable, "-c", PROGRAM, str(theirs.fileno())],
                env=environment_of(),
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._turn = threading.Lock()
        self._started: queue.SimpleQueue[Forked | None] = queue.SimpleQueue()
        self._hearing = threading.Thread(target=self._hear, daemon=True)
        self._hearing.start()

    def _hear(self) -> None:
        running: dict[int, Forked] = {}
        with self._socket.makefile("rb") as said:
            for line in said:
                word, pid, *status = json.loads(line)
                if word == "started":
                    running[pid] = Forked(pid)
                    self._started.put(running[pid])
                else:
                    running.pop(pid).end(*status)
        self._started.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)  # also a command that does not end
        self._process.wait()
        self._hearing.join()
        self._socket.close()

    def start(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None,
        streams: Sequence[int],
    ) -> Forked:
        """Start a command. `streams`: the files of its standard input, output and errors.
        `environment`: see `environment_of`."""
        asked = [arguments, str(folder), environment_of(environment)]
        with self._turn:
            socket.send_fds(self._socket, [json.dumps(asked).encode()], streams)
            started = self._started.get()
        assert started is not None, "the program could not be imported"
        return started

    def command(
        self,
        *arguments: str,
        cwd: Path,
        environment: Mapping[str, str] | None = None,
        stdin: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """A command of the program, run to its end."""
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as output,
            tempfile.TemporaryFile() as errors,
        ):
            given.write(stdin.encode())
            given.seek(0)
            streams = [each.fileno() for each in (given, output, errors)]
            status = self.start(arguments, cwd, environment, streams).wait(TIMEOUT_S)
            output.seek(0)
            errors.seek(0)
            said = [each.read().decode() for each in (output, errors)]
        return subprocess.CompletedProcess(list(arguments), status, *said)
