"""Each mutant in a process of its own, forked from one that has collected the tests.

The tests that reach the mutant's function are run, those first that killed the mutants before it,
then the cheapest first, until one fails or the budget is spent.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import psutil
import pytest

from tests.mutants.patching import Original, Substituted
from tests.mutants.table import Suite

PATIENCE_S = 20.0
"""A process that has used no processor time for so long waits for something that never comes."""

LEAST_S, UNKNOWN_S = 4.0, 10.0
"""Processor time that any test may take, and the cost of one that is not known, as laws are."""

RECENT = 12
"""How many of the last killers are asked first."""

TWINS = "-worker]"
"""Rows that do what others do, with the worker in between: they come after all others."""

ARGUMENTS = (
    "-q",
    "-s",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "--timeout=0",
    "-o",
    "faulthandler_timeout=0",
)


class Reach:
    """Which tests reach which function, and what they cost, as they were at one time.

    It survives most changes: it decides what is asked first, and of a function that nothing was
    known to reach everything is asked.
    """

    def __init__(self) -> None:
        self.laws: list[str] = []
        self.cpu_s: dict[str, float] = {}
        self.called: dict[str, dict[str, list[str]]] = {}
        """By file and by test: the outermost functions that were called."""

    @classmethod
    def read(cls, file: Path) -> Reach:
        """What an earlier survey found."""
        reach = cls()
        vars(reach).update(json.loads(file.read_text("utf-8")))
        return reach

    @classmethod
    def kept(cls, file: Path, suite: Suite, player: Player) -> Reach:
        """What is known, after a survey of the tests that are new."""
        reach = cls.read(file) if file.exists() else cls()
        reach.laws = [each for each in player.items if each.startswith(suite.laws)]
        new = [each for each in player.items if each not in {*reach.cpu_s, *reach.laws}]
        if new:

            def work() -> str | None:
                player.survey(reach, new, suite.files())
                file.write_text(json.dumps(vars(reach)), "utf-8")
                return "done"

            said = forked(work, limit_s=3_000)
            if said != "done":
                raise SystemExit(f"The survey of the tests did not end: {said}")
            reach = cls.read(file)
        for gone in set(reach.cpu_s) - set(player.items):
            del reach.cpu_s[gone]
        return reach

    def of(self, file: Path, function: str) -> list[str]:
        """The tests that call the function, cheapest first, and the laws. Nothing if none does."""
        called = self.called.get(str(file), {})
        found = [test for test, names in called.items() if function in names]
        return [*self._cheapest(found), *self.laws] if found else []

    def of_file(self, file: Path) -> list[str]:
        """The tests that call any function of the file, or else all; cheapest first."""
        return [*self._cheapest(self.called.get(str(file)) or self.cpu_s), *self.laws]

    def _cheapest(self, tests: Iterable[str]) -> list[str]:
        """The cheapest row of each test, then the next one of each: rows notice the same faults."""
        known = (test for test in tests if test in self.cpu_s)
        rows: Counter[str] = Counter()
        places: dict[str, tuple[bool, int]] = {}
        ordered = sorted(known, key=lambda test: (self.cpu_s[test], test))
        for test in ordered:
            name = test.partition("[")[0]
            places[test] = test.endswith(TWINS), rows[name]
            rows[name] += 1
        return sorted(ordered, key=places.__getitem__)


def forked(work: Callable[[], str | None], limit_s: float) -> str | None:
    """What `work` says in a forked process, or how that ended before it said anything."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said: dict[str, str | None] = {}
        try:
            os.close(reading)
            with open(os.devnull, "r+b") as nothing:  # noqa: PTH123
                for stream in (0, 1, 2):
                    os.dup2(nothing.fileno(), stream)
            signal.setitimer(signal.ITIMER_PROF, limit_s)
            said["killer"] = work()
        except BaseException:
            said["fault"] = traceback.format_exc()
        finally:
            os.write(writing, json.dumps(said).encode())
            os._exit(0)
    os.close(writing)
    try:
        return _heard(child, reading)
    finally:
        os.close(reading)


def _heard(child: int, reading: int) -> str | None:
    process, spent_s, parts = psutil.Process(child), -1.0, []
    hung = False
    while True:
        ready, _, _ = select.select([reading], [], [], PATIENCE_S)
        if ready:
            part = os.read(reading, 1 << 16)
            if not part:
                break
            parts.append(part)
            continue
        used = process.cpu_times()
        if used.user + used.system <= spent_s:
            hung = True
            os.kill(child, signal.SIGKILL)
            break
        spent_s = used.user + used.system
    _, status = os.waitpid(child, 0)
    if hung:
        return "waits forever"
    if parts:
        said: dict[str, str | None] = json.loads(b"".join(parts))
        # Tests fail in many ways, but not in this one: such a mutant is neither killed nor alive.
        if "fault" in said:
            raise RuntimeError(said["fault"])
        return said["killer"]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF:
        return "takes too long"
    return f"ends with status {status}"


class Player:
    """A plugin of pytest: in place of running the collected tests it has `play` called.

    `template` is where the migrated SQLite database is that tests copy. It is made once: that takes
    longer than most tests do.
    """

    def __init__(self, play: Callable[[Player], None], template: Path) -> None:
        self._play = play
        self._template = template
        self.items: dict[str, pytest.Item] = {}
        self.costs: dict[str, float] = {}
        """What tests are known to cost, in seconds of processor time."""
        self.killer: str | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:  # a mutant whose import fails leaves no test that could
            raise session.Interrupted("the tests cannot be collected")
        self.items = {each.nodeid: each for each in session.items}
        if not self._template.exists():
            from stampbook.storage.migrating import migrate

            migrate(f"sqlite:{self._template}")
        self._play(self)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: Any
    ) -> object | None:
        """The template in place of one that the session would make."""
        if fixturedef.argname != "sqlite_template":
            return None
        fixturedef.cached_result = self._template, fixturedef.cache_key(request), None
        return self._template

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.killer = report.nodeid

    def run(self, tests: Sequence[str], budget_s: float) -> str | None:
        """Run these tests. Returns the first that fails."""
        ends = time.process_time() + budget_s
        items = [self.items[each] for each in tests if each in self.items]
        for at, item in enumerate(items):
            following = items[at + 1] if at + 1 < len(items) else None
            # A mutant that never ends is found out by a test that takes a moment.
            cost_s = self.costs.get(item.nodeid, UNKNOWN_S)
            signal.setitimer(signal.ITIMER_PROF, LEAST_S + 4 * cost_s)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.killer is not None or time.process_time() > ends:
                break
        return self.killer

    def survey(self, reach: Reach, tests: Sequence[str], files: Sequence[Path]) -> None:
        """Run tests, and note what they reach and cost. For a forked process."""
        names = {str(each) for each in files}
        called: set[tuple[str, str]] = set()

        def trace(frame: FrameType, event: str, value: Any) -> None:
            code = frame.f_code
            if code.co_filename in names:
                outermost = code.co_qualname.partition(".<locals>")[0]
                called.add((code.co_filename, outermost))

        for test in tests:
            item = self.items[test]
            called.clear()
            begun_s = time.process_time()
            sys.settrace(trace)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            sys.settrace(None)
            if self.killer is not None:
                raise AssertionError(f"{self.killer} fails without a mutant")
            reach.cpu_s[test] = time.process_time() - begun_s
            for file, name in sorted(called):
                reach.called.setdefault(file, {}).setdefault(test, []).append(name)


def collected(tests: Sequence[str], play: Callable[[Player], None], template: Path) -> int:
    """Collect the tests and have them played. Returns pytest's status."""
    return int(pytest.main([*ARGUMENTS, *tests], plugins=[Player(play, template)]))


def played_patched(
    player: Player, original: Original, mutant: CodeType, tests: Sequence[str], budget_s: float
) -> str | None:
    """The test that kills a mutant within functions of the loaded module."""
    if not original.loaded:
        return f"{original.path} is not loaded"

    def work() -> str | None:
        # What compiles to the same code is no other program, and no test can tell.
        return player.run(tests, budget_s) if original.put(mutant) else None

    return forked(work, limit_s=20 + 4 * budget_s)


def played_anew(
    name: str,
    original: Original,
    mutant: CodeType,
    suite: Sequence[str],
    tests: Sequence[str],
    budget_s: float,
    template: Path,
) -> str | None:
    """The test that kills a mutant in a process that imports the program with it."""

    def work() -> str | None:
        Substituted(name, original.path, mutant).install()
        killers: list[str | None] = []

        def play(player: Player) -> None:
            killers.append(player.run(tests, budget_s))

        status = collected(suite, play, template)
        return killers[0] if killers else f"cannot be imported: status {status}"

    return forked(work, limit_s=40 + 4 * budget_s)
