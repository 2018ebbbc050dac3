"""The mutants of a module and what became of them, in a session of Cosmic Ray."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cosmic_ray.plugins
from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_code
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkResult

from tests.mutants.patching import Original, without_annotations
from tests.mutants.table import OPERATORS, SOURCES, module_of


@dataclass(frozen=True)
class Mutant:
    """One fault in a module. `id` is the session's name for it, `place` its order in the file."""

    id: str
    spec: MutationSpec

    @property
    def place(self) -> tuple[int, int, str, int]:
        line, column = self.spec.start_pos
        return line, column, self.spec.operator_name, self.spec.occurrence

    @property
    def line(self) -> int:
        return self.place[0]


class Session:
    """All mutants of a module, in a file that Cosmic Ray's reports read, too.

    A session belongs to one text of the module: after a change it begins anew.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.name = path, module_of(path)
        self.original = Original(path)
        text = hashlib.sha256(self.original.source.encode()).hexdigest()[:12]
        self.file = folder / f"{self.name}-{text}.sqlite"
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{self.name}-*.sqlite"):
            if old != self.file:
                old.unlink()
        new = not self.file.exists()
        self.db = WorkDB(self.file, WorkDB.Mode.create)
        if new:
            self._begin()
        found = [Mutant(item.job_id, item.mutations[0]) for item in self.db.work_items]
        done = dict(self.db.results)
        self.skipped = {
            each for each, result in done.items() if result.worker_outcome == WorkerOutcome.SKIPPED
        }
        self.results = {each: result for each, result in done.items() if each not in self.skipped}
        self.mutants = sorted(
            (each for each in found if each.id not in self.skipped), key=lambda each: each.place
        )

    def pending(self, every: int, *, again: bool) -> Iterator[Mutant]:
        """Every k-th mutant that has not been played yet; with `again`, the survivors instead."""
        for number, each in enumerate(self.mutants):
            result = self.results.get(each.id)
            if (again and result is not None and not result.is_killed) or (
                not again and result is None and number % every == 0
            ):
                yield each

    def source_of(self, mutant: Mutant) -> str | None:
        """The module with the fault."""
        operator = cosmic_ray.plugins.get_operator(mutant.spec.operator_name)
        found: str | None = mutate_code(
            self.original.source, operator(**mutant.spec.operator_args), mutant.spec.occurrence
        )
        return found

    def note(self, mutant: Mutant, source: str, killer: str | None) -> None:
        """Keep what became of a mutant. `killer`: the test that failed."""
        outcome = TestOutcome.SURVIVED if killer is None else TestOutcome.KILLED
        diff = "\n".join(
            difflib.unified_diff(
                self.original.source.splitlines(),
                source.splitlines(),
                str(self.path.relative_to(SOURCES)),
                mutant.spec.definition_name or "",
                lineterm="",
                n=0,
            )
        )
        result = WorkResult(WorkerOutcome.NORMAL, killer, outcome, diff)
        self.db.set_result(mutant.id, result)
        self.results[mutant.id] = result

    def change_of(self, mutant: Mutant) -> str:
        """The lines that a mutant which was played changes: before and after."""
        diff = self.results[mutant.id].diff or ""
        return "\n".join(line for line in diff.splitlines()[2:] if line[0] in "-+")

    def _begin(self) -> None:
        """Have Cosmic Ray find the mutants, and leave out those that are none of ours."""
        init([self.path], self.db, {})
        self.db.set_multiple_results(
            [item.job_id for item in self.db.work_items if not self._is_ours(item.mutations[0])],
            WorkResult(WorkerOutcome.SKIPPED),
        )

    def _is_ours(self, spec: MutationSpec) -> bool:
        """Whether somebody could have made the fault, and it is not one for a type checker."""
        if spec.operator_name not in OPERATORS:
            return False
        # `|` also joins types, and `*` also begins the parameters that have names.
        if not any(name in spec.operator_name for name in ("BitOr", "_Mul_", "_Pow_")):
            return True
        source = self.source_of(Mutant("", spec))
        plain = without_annotations(self.original.source)
        try:
            return source is not None and without_annotations(source) != plain
        except SyntaxError:
            return False
