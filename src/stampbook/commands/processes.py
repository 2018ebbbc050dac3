"""Several server processes on one listening socket, and the parent that supervises them.

The parent binds the socket, forks, and then only waits: it forwards signals to stop, replaces
children that die, and reports when all of them are ready. It forks after everything is imported
and before any thread or event loop exists, so the children share the memory of their code. A
child whose parent was killed stops by itself, because it reads the end of the `life` pipe. A child
that gets the signal to stop before it serves has nothing to finish and exits at once.
"""

import logging
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from typing import Final, NoReturn

from stampbook.commands.terminal import WRONG_USE, note

log = logging.getLogger(__name__)

RESTART_PAUSE_S: Final = 1.0
"""The pause before a dead child is replaced, so that a broken server does not spin."""

STOPPING: Final = (signal.SIGTERM, signal.SIGINT)
"""The signals that stop a server."""

Serve = Callable[[int, int, Callable[[], None]], int]
"""(number of the child, end of the life pipe to watch, what to call when ready) → exit status."""


class Once:
    """A right that only one of several processes gets. Make it before they are forked."""

    def __init__(self) -> None:
        self._reads, writes = os.pipe()
        os.set_blocking(self._reads, False)
        os.write(writes, b".")
        os.close(writes)

    def take(self) -> bool:
        """Whether this process is the one."""
        return bool(os.read(self._reads, 1))


class Family:
    """The child processes of one server; see the module."""

    def __init__(self, size: int, serve: Serve, listening: socket.socket) -> None:
        self._size = size
        self._serve = serve
        self._listening = listening
        self._children: dict[int, int] = {}
        self._stopping = False
        self._waiting_for = size
        self._ready_reads, self._ready_writes = os.pipe()
        self._life_reads, self._life_writes = os.pipe()
        self._signal_reads, self._signal_writes = os.pipe()

    def run(self, on_ready: Callable[[], None]) -> int:
        """Supervise the children until they have ended. Returns the exit status."""
        for end in (self._signal_writes, self._signal_reads):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._signal_writes)
        for number in (*STOPPING, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        for child in range(self._size):
            self._fork(child)
        with selectors.DefaultSelector() as selector:
            selector.register(self._signal_reads, selectors.EVENT_READ)
            selector.register(self._ready_reads, selectors.EVENT_READ)
            return self._watch(selector, on_ready)

    def _watch(self, selector: selectors.BaseSelector, on_ready: Callable[[], None]) -> int:
        status = 0
        while self._children:
            for key, _ in selector.select():
                if key.fd == self._ready_reads:
                    self._count_ready(len(os.read(self._ready_reads, 64)), on_ready)
                else:
                    self._take_signals(os.read(self._signal_reads, 64))
            for ended in self._reap():
                status = max(status, ended if ended >= 0 else 1)
        return status

    def _count_ready(self, count: int, on_ready: Callable[[], None]) -> None:
        before, self._waiting_for = self._waiting_for, self._waiting_for - count
        if before > 0 >= self._waiting_for:
            on_ready()

    def _take_signals(self, numbers: bytes) -> None:
        if any(number in numbers for number in STOPPING):
            self._stop()

    def _stop(self) -> None:
        """Stop the children. The parent closes its socket too, so nobody can connect any more."""
        self._stopping = True
        self._listening.close()
        for pid in self._children:
            os.kill(pid, signal.SIGTERM)

    def _reap(self) -> list[int]:
        """Replace children that died. Returns the statuses of those that ended for good."""
        ended = []
        for pid, child in list(self._children.items()):
            found, status = os.waitpid(pid, os.WNOHANG)
            if not found:
                continue
            del self._children[pid]
            if self._stopping:
                ended.append(os.waitstatus_to_exitcode(status))
            elif self._waiting_for > 0:
                ended.append(os.waitstatus_to_exitcode(status))
                if ended[-1] != WRONG_USE:  # or else the process has said why
                    note(f"stampbook: process {child + 1} did not start")
                self._stop()
            else:
                log.error(
                    "process %d (pid %d) %s and is being replaced", child + 1, pid, _ending(status)
                )
                time.sleep(RESTART_PAUSE_S)
                self._fork(child)
        return ended

    def _fork(self, child: int) -> None:
        # Block signals until the child has replaced its parent's handlers.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        pid = os.fork()
        if pid:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
            self._children[pid] = child
            return
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for number in STOPPING:
                signal.signal(number, _end_in_order)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
            os.close(self._life_writes)
            status = self._serve(child, self._life_reads, self._tell_ready)
        except Exception as error:
            log.critical("process %d failed", child + 1, exc_info=error)
        finally:
            os._exit(status)

    def _tell_ready(self) -> None:
        os.write(self._ready_writes, b".")


def _ending(status: int) -> str:
    """How a process ended, in words: `died of SIGKILL`, `exited with status 1`."""
    ended = os.waitstatus_to_exitcode(status)
    if ended < 0:
        named = {each.value: each.name for each in signal.Signals}
        return f"died of {named.get(-ended, f'signal {-ended}')}"
    return f"exited with status {ended}"


def _end_in_order(*_: object) -> NoReturn:
    """Handle a signal to stop before the event loop of the child does."""
    os._exit(0)
