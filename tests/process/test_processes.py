"""The parent of several server processes, with children that do only what a test needs."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from stampbook.commands.processes import _ending

TIMEOUT_S = 20.0

PARENT = """
import os, signal, socket, sys, time
from stampbook.commands.processes import Family

def starts_slowly(number, life, ready):
    print("starting", flush=True)
    time.sleep(60)

def serves_at_first(number, life, ready):
    if os.path.exists("served"):
        return starts_slowly(number, life, ready)
    open("served", "w").close()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ready()
    time.sleep(60)

def ignores(number, life, ready):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ready()
    time.sleep(60)

child = {"slow": starts_slowly, "dying": serves_at_first, "undrained": ignores}[sys.argv[1]]
family = Family(1, child, socket.socket())
sys.exit(family.run(lambda: print("ready", flush=True)))
"""

Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: object) -> Iterator[Start]:
    """Start a parent with children that behave as named. It is gone after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(child: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", PARENT, child],
                cwd=str(tmp_path),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            for child in psutil.Process(process.pid).children():
                child.kill()
            process.kill()
        process.communicate(timeout=TIMEOUT_S)


def _told(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_child_told_to_stop_while_it_starts_ends_in_order(
    start: Start, number: signal.Signals
) -> None:
    process = start("slow")
    assert _told(process) == "starting"
    process.send_signal(number)
    assert process.wait(TIMEOUT_S) == 0


def test_a_replacement_told_to_stop_while_it_starts_ends_in_order(start: Start) -> None:
    process = start("dying")
    assert _told(process) == "ready"
    (child,) = psutil.Process(process.pid).children()
    child.kill()
    assert _told(process) == "starting"
    process.terminate()
    assert process.wait(TIMEOUT_S) == 0


def test_a_serving_child_that_does_not_drain_is_told(start: Start) -> None:
    """Only a child that has never served has nothing to finish."""
    process = start("undrained")
    assert _told(process) == "ready"
    process.terminate()
    assert process.wait(TIMEOUT_S) == 1


def test_a_child_told_to_stop_as_soon_as_it_is_forked_ends_in_order(start: Start) -> None:
    """Whenever the signal comes, the child does not have its parent's handlers."""
    for _ in range(5):
        process = start("slow")
        parent = psutil.Process(process.pid)
        until = time.monotonic() + TIMEOUT_S
        while not parent.children():
            assert time.monotonic() < until
        process.terminate()
        assert process.wait(TIMEOUT_S) == 0


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (9, "died of SIGKILL"),
        (15, "died of SIGTERM"),
        (40, "died of signal 40"),
        (3 << 8, "exited with status 3"),
        (0, "exited with status 0"),
    ],
)
def test_the_log_says_how_a_process_ended(status: int, words: str) -> None:
    """`status` is what the system says of a process that has ended."""
    assert _ending(status) == words
