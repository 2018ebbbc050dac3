"""Laws of all templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources

from stampbook.console import rendering

FIELD = re.compile(r"<(?:input|select|textarea)\b(?:{{.*?}}|{%.*?%}|[^>])*>", re.DOTALL)
NAME = re.compile(r' name="([^"]+)"')
TESTID = re.compile(r' data-testid="([^"]+)"')

OTHERWISE = {"q": "search-box", "line.{{ line.id }}": "line-quantity"}
"""Fields that are found by another word than their name."""


VALUE = re.compile(r"<data\b(?:{{.*?}}|{%.*?%}|[^>])*>", re.DOTALL)
"""An amount, or another figure."""


def _templates() -> Iterator[tuple[str, str]]:
    """The name of each, and its text."""
    folder = resources.files(rendering.__name__.rpartition(".")[0]).joinpath("templates")
    for part in [folder, *(each for each in folder.iterdir() if each.is_dir())]:
        for template in part.iterdir():
            if template.name.endswith(".html"):
                yield template.name, template.read_text("utf-8")


def test_the_name_of_a_field_is_its_test_id() -> None:
    wrong, seen = [], 0
    for template, text in _templates():
        for field in FIELD.findall(text):
            name, testid = NAME.search(field), TESTID.search(field)
            if name is None or " hidden" in field or 'type="hidden"' in field:
                continue
            seen += 1
            allowed = {name[1], OTHERWISE.get(name[1])}
            if testid is None or testid[1] not in allowed:
                wrong.append(f"{template}: {field}")
    assert seen > 50
    assert wrong == []


def test_figures_have_a_test_id_and_a_value_and_ids_can_be_copied() -> None:
    wrong, seen = [], 0
    for template, text in _templates():
        for figure in VALUE.findall(text):
            seen += 1
            if " data-testid=" not in figure or " value=" not in figure:
                wrong.append(f"{template}: {figure}")
        if '<code data-testid="id"' in text:
            wrong.append(f"{template}: an id without a button that copies it; see ident")
    assert seen > 20
    assert wrong == []
