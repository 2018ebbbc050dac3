"""The share that was killed, module by module, and what survived."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.mutants.sessions import Session

ENOUGH = 0.9
"""The share of the mutants that tests must kill."""


def report(sessions: Sequence[Session], say: Callable[[str], None]) -> int:
    """Print the figures. Returns the exit status."""
    killed = played = made = 0
    say("| module | mutants | played | killed | survived | rate |")
    say("|---|---|---|---|---|---|")
    for session in sessions:
        if not session.mutants:
            continue
        mine = sum(result.is_killed for result in session.results.values())
        made += len(session.mutants)
        played += len(session.results)
        killed += mine
        say(_row(session.name, len(session.mutants), len(session.results), mine))
    say(_row("all", made, played, killed))
    for session in sessions:
        for mutant in session.mutants:
            result = session.results.get(mutant.id)
            if result is not None and not result.is_killed:
                name = mutant.spec.definition_name or ""
                say(f"\n{session.name}:{mutant.line} {name}\n{session.change_of(mutant)}")
    return 0 if killed >= ENOUGH * played else 1


def _row(name: str, made: int, played: int, killed: int) -> str:
    rate = f"{100 * killed / played:.1f} %" if played else ""
    return f"| `{name}` | {made} | {played} | {killed} | {played - killed} | {rate} |"
