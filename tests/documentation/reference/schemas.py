"""Schemas as tables of fields. `Shapes` knows which schemas have an entry of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.documentation.reference.markdown import cell, code, sentence, table

Schema = Mapping[str, Any]

PREFIX = "#/components/schemas/"
DEPTH = 3
"""How deep fields within fields are listed in one table."""

LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} entries",
    "maxItems": "at most {} entries",
}


class Shapes:
    """The schemas of one description. `api` begins the names of their anchors."""

    def __init__(self, api: str, components: Mapping[str, Schema]) -> None:
        self.api = api
        self.components = components

    def anchor(self, name: str) -> str:
        return f"{self.api}-schema-{name.strip('_').lower().replace('_', '-')}"

    def entries(self) -> str:
        """An entry for each schema, by name."""
        parts = []
        for name in sorted(self.components, key=str.lower):
            schema = self.components[name]
            parts += [f"({self.anchor(name)})=", f"## {_words(name)}", ""]
            described = sentence(str(schema.get("description", "")))
            if described:
                parts += [described, ""]
            parts += [self.fields(schema) or f"Type: {self.type_of(schema)}.", ""]
        return "\n".join(parts)

    def fields(self, schema: Schema) -> str:
        """The table of an object's fields, or nothing."""
        rows = list(self._rows(schema, "", DEPTH))
        return table(("field", "type", "", "meaning"), rows)

    def _rows(self, schema: Schema, before: str, depth: int) -> Iterator[Sequence[str]]:
        required = schema.get("required", ())
        for name, field in schema.get("properties", {}).items():
            need = "required" if name in required else ""
            yield code(before + name), self.type_of(field), need, self.meaning(field)
            within, path = _object_in(field)
            if within is not None and depth > 1:
                yield from self._rows(within, f"{before}{name}{path}.", depth - 1)

    def meaning(self, schema: Schema) -> str:
        """What a field is, and what its values may be."""
        parts = [sentence(str(schema.get("description", "")))]
        for part in (schema, *(each for each in schema.get("anyOf", ()) if "$ref" not in each)):
            limits = [_limit(key, part[key]) for key in LIMITS if key in part]
            if limits:
                parts.append(sentence(", ".join(limits)))
        return cell(" ".join(filter(None, parts)))

    def type_of(self, schema: Schema) -> str:
        """In words, with links to the schemas that have an entry."""
        reference = schema.get("$ref")
        if isinstance(reference, str):
            name = reference.removeprefix(PREFIX)
            return f"[{_words(name)}](#{self.anchor(name)})"
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return " or ".join(dict.fromkeys(self.type_of(each) for each in schema[key]))
        if "const" in schema:
            return code(json.dumps(schema["const"]))
        if "enum" in schema:
            return ", ".join(code(json.dumps(each, ensure_ascii=False)) for each in schema["enum"])
        kind = schema.get("type", "any value")
        if isinstance(kind, list):
            return " or ".join(self.type_of({**schema, "type": each}) for each in kind)
        if kind == "array":
            return f"list of {self.type_of(schema.get('items', {}))}"
        values = schema.get("additionalProperties")
        if kind == "object" and isinstance(values, dict) and values:
            return f"object of {self.type_of(values)}"
        written = schema.get("format")
        return f"{kind} ({written})" if written and kind == "string" else str(kind)


def _limit(key: str, value: object) -> str:
    if key == "minLength" and value == 1:
        return "not empty"
    text = LIMITS[key].format(value)
    return text.replace("entries", "entry") if value == 1 else text


def _object_in(schema: Schema) -> tuple[Schema | None, str]:
    """The object whose fields are listed below the field itself, and how its path is written."""
    if "properties" in schema:
        return schema, ""
    if schema.get("type") == "array" and "properties" in schema.get("items", {}):
        return schema["items"], "[]"
    for each in schema.get("anyOf", ()):
        found, path = _object_in(each)
        if found is not None:
            return found, path
    return None, ""


def _words(name: str) -> str:
    """A schema's name as it is read: `Page_LotShape_` is a page of LotShape."""
    if name.startswith("Page_"):
        return f"Page of {name.removeprefix('Page_').strip('_')}"
    return name.strip("_").replace("_", " of ", 1) if "_" in name.strip("_") else name
