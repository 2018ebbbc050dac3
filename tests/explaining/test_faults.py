"""Faults of fields are said in the person's words: every one that the sources can raise."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import stampbook
from stampbook.explaining.faults import SENTENCES, Kind, fault, kind_of
from stampbook.speaking.speech import Speech

ROOT = Path(stampbook.__file__).parent

RAISED = {
    "Invalid": 1, "invalid_field": 1, "Fault": 0, "BadAmount": 0, "BadInstant": 0,
    "WeakPassword": 0,
}  # fmt: skip
"""What says what is wrong with a field, and which of its arguments does."""

FOLDERS = ("programs", "loyalty", "visits", "dialects/native", "dialects", "webhooks")

OF_THE_VALIDATOR = {
    "Expected `str` of length >= 1": Kind.MISSING,
    "Expected `str` of length <= 255": Kind.LONG,
    "Expected `array` of length <= 100": Kind.MANY,
    "Expected `array` of length >= 1": Kind.MISSING,
    "Expected `int` >= 0": Kind.LOW,
    "Expected `int` <= 1000": Kind.HIGH,
    "Expected `int`, got `str`": Kind.SPELLED,
    "Expected `str | null`, got `int`": Kind.SPELLED,
    "Invalid enum value 'x'": Kind.CHOICE,
    "Expected `str` matching regex '^a'": Kind.SPELLED,
    "is missing": Kind.MISSING,
    "is not a field of this request": Kind.MISFIT,
}


def _details() -> Iterator[tuple[str, str]]:
    """Where, and in which words, the sources say what is wrong with a field."""
    for folder in FOLDERS:
        pattern = "*.py" if folder == "dialects" else "**/*.py"
        for path in sorted((ROOT / folder).glob(pattern)):
            for node in ast.walk(ast.parse(path.read_text())):
                name = getattr(getattr(node, "func", None), "id", "")
                if not isinstance(node, ast.Call) or name not in RAISED:
                    continue
                if len(node.args) <= RAISED[name]:
                    continue
                said = _text(node.args[RAISED[name]])
                if said:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", said


def _text(node: ast.expr) -> str:
    """The words, with a number where a value is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [each.value if isinstance(each, ast.Constant) else "7" for each in node.values]
        return "".join(map(str, parts))
    return ""


def test_every_fault_is_of_a_kind_that_has_a_sentence() -> None:
    found = dict(_details())
    assert len(found) > 100
    unknown = {where: said for where, said in found.items() if kind_of(said)[0] is Kind.OTHER}
    assert not unknown
    for said, kind in OF_THE_VALIDATOR.items():
        assert kind_of(said)[0] is kind, said
    english, russian = (Speech(each, ZoneInfo("UTC")) for each in ("en", "ru"))
    for said in (*found.values(), *OF_THE_VALIDATOR):
        assert "`" not in fault(said, english), said
        text = fault(said, russian)
        assert any("\u0430" <= letter <= "\u044f" for letter in text.casefold()), (said, text)
    assert set(SENTENCES) | {Kind.LONG, Kind.MANY, Kind.LOW, Kind.HIGH} == set(Kind)


def test_numbers_are_said_as_people_write_them() -> None:
    speech = Speech("en", ZoneInfo("UTC"))
    assert fault("Expected `str` of length <= 1000", speech) == "At most 1,000 characters."
    assert fault("Expected `int` >= 2", speech) == "At least 2."
    assert fault("must be at most 50", speech) == "At most 50."
