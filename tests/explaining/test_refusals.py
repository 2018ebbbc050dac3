"""Every code with which something is refused has its sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import stampbook
from stampbook.dialects.native import problems
from stampbook.dialects.native.dialect import CONFLICTS
from stampbook.domain.refusals import Code
from stampbook.explaining.names import Names
from stampbook.explaining.refusals import SENTENCES, sentence
from stampbook.explaining.voice import Voice
from stampbook.loyalty.conditions.faults import Fault
from stampbook.loyalty.faults import Code as LoyaltyCode
from stampbook.programs.people.attempts import Refusal
from stampbook.speaking.languages import LANGUAGES, Language
from stampbook.speaking.speech import Speech

NATIVE = Path(stampbook.__file__).parent / "dialects" / "native"
MAKERS = {"Failure": 1, "taken": 1}
"""What makes a problem, and the place of its code among the arguments."""


def voice(language: Language) -> Voice:
    return Voice(Speech(language, ZoneInfo("UTC")), 2, 0, Names())


def written(source: str) -> Iterator[str]:
    """The codes that a module writes out: as arguments, or as what such an argument is."""
    tree = ast.parse(source)
    given: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = MAKERS.get(node.func.id)
            if place is not None and len(node.args) > place:
                argument = node.args[place]
                yield from _texts(argument)
                if isinstance(argument, ast.Name):
                    given.add(argument.id)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            names = {target.id for target in node.targets if isinstance(target, ast.Name)}
            if names & given:
                yield from _texts(node.value)


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def codes() -> set[str]:
    """All codes that a problem of the native API can have."""
    found = {text for path in NATIVE.rglob("*.py") for text in written(path.read_text("utf-8"))}
    known = (Code, LoyaltyCode, Fault, Refusal)
    return {
        *found,
        *(str(code) for enumeration in known for code in enumeration),
        *problems.CODE_OF_STATUS.values(),
        *CONFLICTS.values(),
        "conflict",
        problems.STORAGE_FULL,
    }


def test_codes_are_found() -> None:
    assert {"last_admin", "same_person", "weak_password", "login_locked"} <= codes()
    source = (
        'x = Failure(409, "a" if y else "b", "z")\nw = "c"\nv = "e"\ntaken("f", w)\ntaken("g", "d")'
    )
    assert set(written(source)) == {"a", "b", "c", "d"}


def test_every_code_has_a_sentence_and_no_other() -> None:
    assert codes() == set(SENTENCES)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_it_is_said_in_every_language(code: str) -> None:
    said = {language: sentence({"code": code}, None, voice(language)) for language in LANGUAGES}
    assert len(set(said.values())) == len(LANGUAGES)
    assert all(text.endswith(".") and "%" not in text for text in said.values())


def test_what_is_unknown_is_said_as_it_came() -> None:
    assert sentence({"code": "new", "detail": "it is new"}, None, voice("ru")) == "it is new"


def test_amounts_are_named() -> None:
    over = {"code": "limit_exceeded", "limit": "500.00", "used": "0.00", "asked": "600.00"}
    assert sentence(over, None, voice("en")) == "This is over your limit of 500.00. Ask a manager."
    day = {**over, "used": "450.00", "asked": "60.00"}
    assert sentence(day, None, voice("en")).startswith(
        "Your limit is 500.00 a day, and 50.00 of it is left until midnight ("
    )
    assert "осталось 50,00" in sentence(day, None, voice("ru"))
    one = {"code": "insufficient_points", "active": "1"}
    assert sentence(one, None, voice("en")) == "Only 1 is available."
    less = {"code": "insufficient_points", "active": "-5.00"}
    assert sentence(less, None, voice("ru")) == "Доступно только −5,00."
