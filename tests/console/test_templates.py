"""Laws of all templates."""

from __future__ import annotations

import re
from importlib import resources

from stampbook.console import rendering

FIELD = re.compile(r"<(?:input|select|textarea)\b(?:{{.*?}}|{%.*?%}|[^>])*>", re.DOTALL)
NAME = re.compile(r' name="([^"]+)"')
TESTID = re.compile(r' data-testid="([^"]+)"')

OTHERWISE = {"q": "search-box", "line.{{ line.id }}": "line-quantity"}
"""Fields that are found by another word than their name."""


def test_the_name_of_a_field_is_its_test_id() -> None:
    folder = resources.files(rendering.__name__.rpartition(".")[0]).joinpath("templates")
    wrong, seen = [], 0
    for part in [folder, *(each for each in folder.iterdir() if each.is_dir())]:
        for template in part.iterdir():
            if not template.name.endswith(".html"):
                continue
            for field in FIELD.findall(template.read_text("utf-8")):
                name, testid = NAME.search(field), TESTID.search(field)
                if name is None or " hidden" in field or 'type="hidden"' in field:
                    continue
                seen += 1
                allowed = {name[1], OTHERWISE.get(name[1])}
                if testid is None or testid[1] not in allowed:
                    wrong.append(f"{template.name}: {field}")
    assert seen > 50
    assert wrong == []
