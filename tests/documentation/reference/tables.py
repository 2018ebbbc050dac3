"""Settings, events and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from stampbook.dialects.native.events.pulling import data_schema
from stampbook.dialects.site.facts import GAUGES
from stampbook.events.types import TEST, TYPES
from stampbook.settings import PREFIX, SETTINGS, Settings
from stampbook.watching.counting import MEMORY
from stampbook.watching.metrics import PROCESS
from tests.documentation.reference.apis import native_schemas
from tests.documentation.reference.markdown import cell, code, sentence, table
from tests.documentation.reference.schemas import PREFIX as REFERENCES
from tests.documentation.reference.schemas import Shapes

METRIC_PREFIX = "stampbook_"


def pages() -> dict[str, str]:
    """The three pages."""
    return {
        "docs/reference/all-settings": _settings(),
        "docs/reference/all-events": _events(),
        "docs/reference/all-metrics": _metrics(),
    }


def _settings() -> str:
    defaults = {each.name: each.default for each in fields(Settings)}
    parts = [
        "# All settings\n\nHow settings are given, and in which order they apply, is in"
        " [settings](../operating/settings.md). This page is made from the program.\n"
    ]
    for name, setting in SETTINGS.items():
        default = str(defaults[name])
        rows = [
            ("variable", code(PREFIX + name.upper())),
            ("in `stampbook.toml`", code(name)),
            ("default", code(default) or "empty"),
        ]
        parts.append(f"## {code(name)}\n\n{sentence(setting.about)}\n\n{table(('', ''), rows)}")
    return "\n".join(parts)


def _events() -> str:
    parts = [
        "# All events\n\nEvery type of event, with the schema of its `data`. The"
        " [feed](native-api-events.md) lists events and [webhooks](native-api-webhooks.md) send"
        " them. A running server answers the same at `GET /v1/event_types`. The bytes of an event"
        " never change; new fields may appear in events that are recorded later.\n",
        table(
            ("type", "when", "seen by"),
            (
                (f"[{code(each.name)}](#{_anchor(each.name)})", cell(each.description), each.role)
                for each in TYPES.values()
            ),
        ),
    ]
    shapes = Shapes("native", native_schemas())
    for each in TYPES.values():
        schema = data_schema(each.name)
        definitions = schema.get("$defs", {})
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        resolved = _inlined(definitions.get(name, schema), definitions, shapes, 1)
        parts += [
            f"({_anchor(each.name)})=",
            f"## {code(each.name)}",
            "",
            sentence(each.description) + (" It is not in the feed." if each.name == TEST else ""),
            f"Seen by the role `{each.role}` and those above it. Its `data`:\n",
            shapes.fields(resolved) or "Nothing.\n",
        ]
    return "\n".join(parts)


def _anchor(name: str) -> str:
    return f"event-{name.replace('.', '-').replace('_', '-')}"


def _inlined(
    schema: Mapping[str, Any], definitions: Mapping[str, Any], shapes: Shapes, depth: int
) -> dict[str, Any]:
    """The schema with what it refers to in its place, so deep. What is deeper, and has an entry
    among the schemas of the native API, stays a reference to that."""
    reference = schema.get("$ref")
    if reference is not None:
        name = str(reference).rpartition("/")[2]
        if name in shapes.components and (depth == 0 or name == "Amount"):
            return {"$ref": REFERENCES + name}
        return _inlined(definitions[name], definitions, shapes, max(depth - 1, 0))

    def within(each: Mapping[str, Any]) -> dict[str, Any]:
        return _inlined(each, definitions, shapes, depth)

    inner = dict(schema)
    if "properties" in schema:
        inner["properties"] = {name: within(each) for name, each in schema["properties"].items()}
    if "anyOf" in schema:
        inner["anyOf"] = [within(each) for each in schema["anyOf"]]
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            inner[key] = within(schema[key])
    return inner


def _metrics() -> str:
    rows = [
        (
            code(METRIC_PREFIX + each.name),
            each.kind,
            ", ".join(map(code, each.labels)),
            _values(each.at, len(each.labels)),
            cell(each.about),
        )
        for each in MEMORY.declared
        if each is not PROCESS and not each.name.startswith("python_")
    ]
    rows += [
        (
            code(METRIC_PREFIX + each.name),
            "gauge",
            code(each.label or ""),
            "",
            cell(each.about),
        )
        for each in GAUGES
    ]
    return (
        "# All metrics\n\n`GET /metrics` answers these in the text format of Prometheus."
        " [Observability](../operating/observability.md#metrics) says who may read them, and what"
        " to watch. `stampbook_build_info` has the labels `version`, `python` and `store`; what the"
        " process and its interpreter use has the names that are usual in Python"
        " (`process_…`, `python_…`). This page is made from the program.\n\n"
        + table(("metric", "kind", "labels", "values of the label", "what it is"), sorted(rows))
    )


def _values(series: dict[tuple[str, ...], int], labels: int) -> str:
    """The values of the only label, if they are few and known."""
    values = [each[0] for each in series if each] if labels == 1 else []
    return ", ".join(map(code, values)) if 0 < len(values) <= 12 else ""
