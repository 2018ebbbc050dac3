"""Processes that are forked from one that has imported the program.

To import it takes longer than most commands do, and than a server takes to be ready.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, Self

TIMEOUT_S = 120.0
"""No command takes as long."""

PROGRAM = """
import atexit, gc, json, os, select, signal, socket, sys, threading, traceback
from stampbook.cli import main, program
import stampbook.commands.demo, stampbook.commands.serving
import stampbook.dialects.native.exports.writing, stampbook.dialects.table
import stampbook.storage.backups.postgres, stampbook.storage.backups.sqlite
import stampbook.verifying.whole, stampbook.wiring
import multiprocessing.util, pwd, rich._emoji_codes, uvloop

def run(arguments, folder, environment, streams):
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, 4096)
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

def received(asking):
    size = int(asking.recv(16) or 1)
    said, streams = b"", []
    while len(said) < size:
        part, more, _, _ = socket.recv_fds(asking, size - len(said), 3)
        if not part:
            raise EOFError
        said += part
        streams += more
    return json.loads(said), streams

def start():
    asking, _ = listening.accept()
    try:
        asked, streams = received(asking)
    except EOFError:
        asking.close()
        return
    child = os.fork()
    if not child:
        run(*asked, streams)
    for stream in streams:
        os.close(stream)
    askers[asking] = child
    tell(asking, child)

def tell(asking, number):
    try:
        asking.sendall(b"%d\\n" % number)
    except OSError:
        pass  # it has not waited

def reap():
    os.read(woken, 1 << 10)
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not child:
            return
        asking = next(each for each, process in askers.items() if process == child)
        tell(asking, os.waitstatus_to_exitcode(status))
        asking.close()
        del askers[asking]

listening = socket.socket(fileno=int(sys.argv[1]))
askers = {}
woken, waking = os.pipe()
os.set_blocking(waking, False)
signal.set_wakeup_fd(waking)
signal.signal(signal.SIGCHLD, lambda *_: None)
signal.signal(signal.SIGINT, signal.default_int_handler)
program()
gc.collect()
gc.freeze()
while True:
    ready, _, _ = select.select([0, woken, listening, *askers], [], [])
    for each in ready:
        if each == 0:
            os.killpg(0, signal.SIGKILL)  # the tests have ended
        elif each == woken:
            reap()
        elif each is listening:
            start()
        elif each in askers:
            os.kill(askers[each], signal.SIGKILL)  # who has started it has ended
"""

ASKING = """#!{python} -IS
import json, os, signal, socket, sys

with socket.socket(socket.AF_UNIX) as asking:
    asking.connect({address!r})
    asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    asking.sendall(b"%16d" % len(asked))
    socket.send_fds(asking, [asked], [0, 1, 2])
    said = asking.makefile()
    child = int(said.readline())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: os.kill(child, number))
    status = int(said.readline())
os._exit(status if status >= 0 else 128 - status)
"""
"""The program `stampbook` of a shell."""


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

    def __init__(self, asking: socket.socket) -> None:
        self._said = asking.makefile("rb")
        self._asking = asking
        self.pid = int(self._said.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            ready, _, _ = select.select([self._asking], [], [], timeout)
            if not ready:
                raise subprocess.TimeoutExpired(["stampbook"], timeout or 0)
            self.returncode = int(self._said.readline())
            self._said.close()
            self._asking.close()
        return self.returncode

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Forking:
    """Starts processes of the program. They end with the `with` block, and with who started them.

    `before`: the words of a program that starts this one with fewer rights. `programs` is a folder
    for the PATH of a shell: its `stampbook` is forked too.
    """

    def __init__(self, *before: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="stampbook-forking-")
        self.programs = Path(self._folder.name)
        self._address = str(self.programs / "socket")
        program = self.programs / "stampbook"
        program.write_text(ASKING.format(python=sys.executable, address=self._address), "utf-8")
        program.chmod(0o755)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self._address)
            listening.listen(64)
            self._process = subprocess.Popen(
                [*before, sys.executable, "-c", PROGRAM, str(listening.fileno())],
                env=environment_of(),
                stdin=subprocess.PIPE,
                pass_fds=[listening.fileno()],
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)  # also a command that does not end
        self._process.communicate()
        self._folder.cleanup()

    def start(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None,
        streams: Sequence[int],
    ) -> Forked:
        """Start a command. `streams`: the files of its standard input, output and errors.
        `environment`: see `environment_of`."""
        asked = json.dumps([arguments, str(folder), environment_of(environment)]).encode()
        asking = socket.socket(socket.AF_UNIX)
        asking.connect(self._address)
        asking.sendall(b"%16d" % len(asked))
        socket.send_fds(asking, [asked], streams)
        return Forked(asking)

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
