"""The scenarios cover all hard cases and refusals, and the page about them is complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stampbook.domain.refusals import Code
from tests.ledgers.in_memory import InMemoryLedger
from tests.scenarios.notation import NotationError, Scenario, read, read_folder
from tests.scenarios.playing import play

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "contributing" / "scenarios.md"

SCENARIOS = read_folder(HERE)

ELSEWHERE = {34, 36, 42}
"""Hard cases with several requests at once (tests/engine/test_at_once.py), and with a bill, which
belongs to a dialect."""

NOT_PLAYED = {
    Code.FORBIDDEN,
    Code.ACCOUNT_FULL,
    Code.ACCOUNT_MOVED,
    Code.LIMIT_EXCEEDED,
    Code.APPROVAL_REQUIRED,
    Code.OVERLOADED,
}
"""Refusals that depend on the caller's rights, or on what the caller has seen (tests/http), that
bind people only (tests/programs/test_overseeing.py), or that need more steps than a scenario should
have (tests/engine)."""


def test_every_hard_case_has_a_scenario() -> None:
    numbers = {int(each.title[:2]) for each in SCENARIOS if each.title[:2].isdigit()}
    assert numbers == set(range(1, 43)) - ELSEWHERE


def test_every_refusal_has_a_scenario() -> None:
    refused = {
        step.expected.what
        for each in SCENARIOS
        for step in each.steps
        if step.expected.word == "refused"
    }
    assert refused == set(Code) - NOT_PLAYED


def test_titles_are_different() -> None:
    slugs = [each.slug for each in SCENARIOS]
    assert len(set(slugs)) == len(slugs)


async def test_the_example_of_the_page(tmp_path: Path) -> None:
    (scenario,) = from_text(example(), tmp_path)
    await play(scenario, InMemoryLedger(), worker=False)


async def test_a_wrong_expectation_is_told_with_its_line(tmp_path: Path) -> None:
    wrong = example().replace("pays r1: a1 100", "pays r1: a1 99")
    (scenario,) = from_text(wrong, tmp_path)
    with pytest.raises(AssertionError) as caught:
        await play(scenario, InMemoryLedger(), worker=False)
    assert "expectation in line 7" in "\n".join(caught.value.__notes__)


def test_a_line_that_means_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotationError, match=r"case\.scn:2: 'currency points: scael 2'"):
        from_text("== Case\ncurrency points: scael 2\n", tmp_path)


def example() -> str:
    found = re.search(r"```\n(== .*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def from_text(text: str, folder: Path) -> list[Scenario]:
    path = folder / "case.scn"
    path.write_text(text, encoding="utf-8")
    return list(read(path))
