"""A history that tells a mutant from the program is found, and is a scenario of the program."""

from __future__ import annotations

from pathlib import Path

from stampbook.domain.decisions import settling
from tests.compiled import interpreted
from tests.ledgers.in_memory import InMemoryLedger
from tests.mutants.patching import Original
from tests.mutants.telling import Chained, told
from tests.scenarios.notation import read
from tests.scenarios.playing import play

HISTORIES = 20


@interpreted
async def test_a_mutant_is_told_from_the_program(tmp_path: Path) -> None:
    original = Original(Path(settling.__file__))
    histories = [Chained(seed).live() for seed in range(HISTORIES)]
    for old, new, tells in (
        ("entry.book.expires_at(lot) <= now", "entry.book.expires_at(lot) < now", False),
        ("entry.move(lot, lot.pending, PENDING, REVOKED)", "pass", True),
        ("if at > now or at == FOREVER:", "if at >= now or at == FOREVER:", True),
    ):
        assert old in original.source
        mutant = original.code_of(original.source.replace(old, new))
        found = told(original, mutant, histories)
        assert (found is not None) == tells, old
        if found is not None:
            path = tmp_path / "found.scn"
            path.write_text(found, encoding="utf-8")
            (scenario,) = read(path)
            await play(scenario, InMemoryLedger(), worker=False)
