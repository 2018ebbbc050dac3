"""The corpus by which an upgrade of the library is judged: every answer stays as it is."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from stampbook.loyalty.conditions.checking import LIBRARY
from tests.loyalty.conditions.golden import evaluation

CORPUS: dict[str, Any] = json.loads(Path(__file__).with_name("golden.json").read_text("utf-8"))
ANSWERS: list[tuple[str, bool | str]] = CORPUS["answers"]


def test_the_corpus_is_of_the_library_that_is_installed() -> None:
    """After an upgrade: see that the answers below are the same, then change the number."""
    assert version("common-expression-language") == CORPUS["library"]
    assert LIBRARY.endswith(CORPUS["library"])


@pytest.mark.parametrize(("text", "expected"), ANSWERS)
def test_answers(text: str, expected: bool | str) -> None:
    answer = evaluation([text]).holds(text)
    assert (answer if isinstance(answer, bool) else "error") == expected


def test_answers_do_not_depend_on_what_else_is_asked() -> None:
    together = evaluation([text for text, _ in ANSWERS])
    for text, expected in ANSWERS:
        answer = together.holds(text)
        assert (answer if isinstance(answer, bool) else "error") == expected, text
