"""`make mutants`: python -m tests.mutants MODULE…

Exits with status 1 if fewer than nine in ten of the mutants that were played were killed.
"""

from __future__ import annotations

import argparse
import fnmatch
import importlib
import os
import resource
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import CodeType

from tests.mutants.playing import (
    RECENT,
    Player,
    Reach,
    collected,
    forked,
    played_anew,
    played_patched,
)
from tests.mutants.reporting import report
from tests.mutants.sessions import Mutant, Session
from tests.mutants.table import ROOT, SUITES, Suite, module_of

FOLDER = ROOT / "build" / "mutants"

MOST_ANEW = 200
"""The tests that are collected for a mutant which needs the program anew: to collect all of them
takes longer than to run these."""

TELLING_S = 200.0
"""Processor time for the search for one survivor's history, and to cut it down."""


@dataclass
class Run:
    """Some modules of one suite, and the bounds of this run."""

    name: str
    suite: Suite
    files: list[Path]
    given: argparse.Namespace
    killers: list[str] = field(default_factory=list)

    def go(self) -> None:
        """Play the mutants within functions, and then those that need the program anew."""
        if not any(self._waiting()):
            return
        apart(self._patched)
        apart(self._anew)

    def _patched(self) -> None:
        def play(player: Player) -> None:
            reach = Reach.kept(self._reach_file, self.suite, player)
            player.costs = reach.cpu_s
            for session, mutant in self._waiting():
                source, code = _made(session, mutant)
                tests = _in_place(session, mutant, code, reach)
                if code is not None and tests:
                    killer = played_patched(
                        player,
                        session.original,
                        code,
                        self._ordered(tests),
                        self.given.budget,
                    )
                    self._note(session, mutant, source, killer)

        self._template.unlink(missing_ok=True)
        status = collected(self.suite.arguments(), play, self._template)
        if status:
            raise SystemExit(f"The tests of {self.name} cannot be collected: status {status}")

    def _anew(self) -> None:
        reach = Reach.read(self._reach_file)
        for session, mutant in self._waiting():
            source, code = _made(session, mutant)
            if _in_place(session, mutant, code, reach):
                continue  # it has survived once more
            killer: str | None = "cannot be compiled"
            if code is not None:
                tests = self._ordered(reach.of_file(session.path)[:MOST_ANEW])
                killer = played_anew(
                    f"stampbook.{session.name}",
                    session.original,
                    code,
                    self.suite.arguments(sorted({each.partition("::")[0] for each in tests})),
                    tests,
                    self.given.budget,
                    self._template,
                )
            self._note(session, mutant, source, killer)

    @property
    def _reach_file(self) -> Path:
        return Path(self.given.folder) / f"{self.name}.json"

    @property
    def _template(self) -> Path:
        """The database that tests copy: made by the first that needs it, of this run's schema."""
        return Path(self.given.folder).absolute() / "migrated.sqlite"

    def _waiting(self) -> Iterator[tuple[Session, Mutant]]:
        """What is left to do, as long as there is time."""
        for path in self.files:
            session = Session(path, self.given.folder)
            for mutant in session.pending(self.given.every, again=self.given.again):
                if spent_cpu_s() > self.given.minutes * 60:
                    return
                yield session, mutant

    def _ordered(self, tests: list[str]) -> list[str]:
        among = set(tests)
        first = [each for each in reversed(self.killers) if each in among]
        return [*first, *(each for each in tests if each not in first)]

    def _note(self, session: Session, mutant: Mutant, source: str, killer: str | None) -> None:
        session.note(mutant, source, killer)
        if killer is not None and "::" in killer:
            self.killers = [each for each in self.killers if each != killer][1 - RECENT :]
            self.killers.append(killer)
        line, column, operator, _ = mutant.place
        say(f"{spent_cpu_s():7.1f} {session.name}:{line}:{column} {operator[5:]} {killer}")


def _made(session: Session, mutant: Mutant) -> tuple[str, CodeType | None]:
    source = session.source_of(mutant) or ""
    try:
        return source, session.original.code_of(source)
    except SyntaxError:
        return source, None


def _in_place(session: Session, mutant: Mutant, code: CodeType | None, reach: Reach) -> list[str]:
    """The tests for a mutant that can take the place of the loaded module; none if it cannot."""
    function = session.original.function_at(mutant.line)
    if code is None or function is None or not session.original.is_patchable(code):
        return []
    return reach.of(session.path, function)


def spent_cpu_s() -> float:
    """Processor time of this process and of those that it has seen end."""
    kinds = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, kinds))


def apart(work: Callable[[], None]) -> None:
    """Do it in a forked process: this one imports nothing of the program."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit(1)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Parse the arguments and run. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("modules", nargs="*", help="such as domain.book or 'domain.decisions.*'")
    parser.add_argument("--every", type=int, default=1, help="only every k-th mutant of a module")
    parser.add_argument("--budget", type=float, default=4.0, help="seconds of tests for a mutant")
    parser.add_argument("--again", action="store_true", help="play those that survived once more")
    parser.add_argument("--minutes", type=float, default=600.0, help="of processor time, at most")
    parser.add_argument("--tell", type=int, default=0, help="search so many histories for each")
    parser.add_argument("--report", action="store_true", help="only print what is known")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where progress is kept")
    given = parser.parse_args()
    files: list[Path] = []
    for name, suite in SUITES.items():
        chosen = [path for path in suite.files() if _is_chosen(module_of(path), given.modules)]
        files += chosen
        if not given.report and not given.tell:
            Run(name, suite, chosen, given).go()
    if given.tell:
        apart(lambda: _tell([Session(path, given.folder) for path in files], given.tell))
        return 0
    return report([Session(path, given.folder) for path in files], say)


def _tell(sessions: list[Session], count: int) -> None:
    """For each survivor, search for a history that tells it from the program, and print that."""
    from tests.mutants.telling import Chained, told

    histories = [Chained(seed).live() for seed in range(count)]
    for session in sessions:
        importlib.import_module(f"stampbook.{session.name}")
        for mutant in session.pending(1, again=True):
            say(f"\n{session.name}:{mutant.line}\n{session.change_of(mutant)}")
            found: str | None = "It makes a difference only where the module is imported."
            _, code = _made(session, mutant)
            if code is not None and session.original.is_patchable(code):
                found = forked(partial(told, session.original, code, histories), TELLING_S)
            say(found or f"None of {count} histories tells it from the program.")


def _is_chosen(module: str, wanted: list[str]) -> bool:
    return not wanted or any(fnmatch.fnmatchcase(module, each) for each in wanted)


if __name__ == "__main__":
    sys.exit(main())
