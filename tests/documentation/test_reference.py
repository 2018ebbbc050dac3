"""The reference that is made from the code is complete: compared with the code's own registers, and
not with what the pages are made of."""

from __future__ import annotations

import re
from dataclasses import fields
from functools import cache

import pytest

from stampbook.cli import app
from stampbook.dialects.table import APIS
from stampbook.domain.refusals import Code
from stampbook.edge.requests import Dialect
from stampbook.events.types import TYPES
from stampbook.explaining.refusals import SENTENCES
from stampbook.loyalty.faults import Code as LoyaltyCode
from stampbook.settings import PREFIX, Settings
from tests.documentation.reference import made_pages
from tests.documentation.reference.apis import description_of, operation_anchor
from tests.watching.test_metrics import LABELS

REFERENCE = "docs/reference"

ROW = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


@cache
def pages() -> dict[str, str]:
    return made_pages()


def page(name: str) -> str:
    return pages()[f"{REFERENCE}/{name}"]


@pytest.mark.parametrize("api", APIS, ids=[api.name for api in APIS])
def test_every_operation_has_an_entry(api: Dialect) -> None:
    """With its method and path, parameters, body, answer and refusals."""
    text = "\n".join(each for name, each in pages().items() if f"/api/{api.name}/" in name)
    entries = dict(re.findall(r"^\(([\w-]+)\)=\n(.*?)(?=^\([\w-]+\)=$|\Z)", text, re.M | re.S))
    described = description_of(api)["paths"]
    for operation in api.operations:
        entry = entries[operation_anchor(api.name, operation.name)]
        assert f"\n{operation.method} {operation.path}\n" in entry
        assert operation.summary in entry
        assert f"**Answer {operation.status}**" in entry
        assert "**Refusals:**" in entry
        named = {*re.findall(r"{(\w+)}", operation.path), *operation.query}
        assert named <= set(ROW.findall(entry)), operation.name
        sent = described[operation.path][operation.method.lower()].get("requestBody")
        assert (sent is not None) == ("**Body**" in entry)
    assert set(ROW.findall(text)) >= {
        each["name"]
        for methods in described.values()
        for operation in methods.values()
        for each in operation["parameters"]
    }


@pytest.mark.parametrize("api", APIS, ids=[api.name for api in APIS])
def test_every_schema_has_an_entry_with_its_fields(api: Dialect) -> None:
    schemas = description_of(api)["components"]["schemas"]
    text = page(f"api/{api.name}/schemas")
    named = set(ROW.findall(text))
    for name, schema in schemas.items():
        anchor = f"({api.name}-schema-{name.strip('_').lower().replace('_', '-')})="
        assert text.count(f"{anchor}\n") == 1
        assert set(schema.get("properties", {})) <= named, name


def test_every_setting_has_an_entry() -> None:
    text = page("all-settings")
    for each in fields(Settings):
        assert f"## `{each.name}`" in text
        assert f"`{PREFIX}{each.name.upper()}`" in text


def test_every_command_and_option_has_an_entry() -> None:
    """As typer prints them, which shows also what is inherited from groups."""
    text = page("all-commands")
    groups = {group.name: group.typer_instance for group in app.registered_groups}
    names = [_name(command) for command in app.registered_commands]
    for group, inner in groups.items():
        assert inner is not None
        names += [f"{group} {_name(command)}" for command in inner.registered_commands]
    assert sorted(re.findall(r"^## `stampbook ([^`]+)`$", text, re.MULTILINE)) == sorted(names)
    sources = [
        command.callback
        for each in (app, *groups.values())
        if each is not None
        for command in each.registered_commands
    ]
    for callback in sources:
        assert callback is not None
        options = re.findall(r'"(--[a-z-]+)"', _source(callback))
        assert all(f"`{option}`" in text for option in options), callback


def _name(command: object) -> str:
    name = getattr(command, "name", None)
    return str(name or command.callback.__name__.replace("_", "-"))  # type: ignore[attr-defined]


def _source(callback: object) -> str:
    import inspect

    return inspect.getsource(callback).partition('"""')[0]  # type: ignore[arg-type]


def test_every_refusal_has_the_words_of_every_dialect() -> None:
    text = page("refusals")
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| `")]
    for code in Code:
        own = [row for row in rows if row[0] == f"| `{code}`"]
        assert sorted(len(row) for row in own) == [3, 4], code
        assert all(cell.strip(" |") for row in own for cell in row), code
    named = set(ROW.findall(text))
    assert named >= set(SENTENCES) | {code.value for code in LoyaltyCode}


def test_every_event_has_an_entry_with_its_fields() -> None:
    text = page("all-events")
    entries = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert [re.match(r"`([\w.]+)`", entry)[1] for entry in entries] == list(TYPES)  # type: ignore[index]
    for entry in entries:
        assert ROW.search(entry) or "Nothing." in entry


def test_every_metric_has_a_row_with_its_labels() -> None:
    """Those of the contract, but for `build_info`, which the page names in its text."""
    text = page("all-metrics")
    rows = dict(re.findall(r"^\| `stampbook_(\w+)` \| \w+ \| ([^|]*) \|", text, re.MULTILINE))
    assert "`stampbook_build_info`" in text
    for name, labels in LABELS.items():
        if name != "build_info":
            assert rows[name].replace("`", "").replace(",", "") == labels
