"""Answers as structs of msgspec, and enumerations as words that later versions may add to."""

from __future__ import annotations

from clients.generator.grouping import answered
from clients.generator.python.types import Printer, attribute, docstring, header, imports, used
from clients.generator.reading import Api, Field, Object

PACKAGE = "stampbook_client"
LIBRARY = {
    "Any": "from typing import Any",
    "ClassVar": "from typing import ClassVar",
    "Literal": "from typing import Literal",
    "Decimal": "from decimal import Decimal",
    "datetime": "from datetime import datetime",
    "field": "from msgspec import field",
    "Struct": "from msgspec import Struct",
}


def printed(api: Api) -> dict[str, str]:
    """The modules of the package `models`, by their names."""
    printer = Printer(api)
    groups = answered(api)
    places = {each.schema: part for part, objects in groups.items() for each in objects}
    modules = {"words": _words(printer)}
    everything: dict[str, list[str]] = {}
    for part, objects in groups.items():
        structs = [each for each in objects if not each.words]
        if structs:
            modules[part] = _module(printer, part, structs, places)
            everything[part] = [printer.name_of(each.schema) for each in structs]
    everything["words"] = sorted(set(printer.enumerations.names.values()))
    modules["__init__"] = _all(everything)
    return modules


def _words(printer: Printer) -> str:
    lines = []
    for values, name in sorted(printer.enumerations.names.items(), key=lambda each: each[1]):
        listed = ", ".join(f'"{value}"' for value in values)
        lines.append(f"    {name}: TypeAlias = Literal[{listed}]")
    plain = [f"    {name} = str" for name in sorted(printer.enumerations.names.values())]
    text = "Words that fields have. A type checker knows them; an answer may also have a later one."
    return (
        header(text)
        + imports({"from typing import TYPE_CHECKING, Literal, TypeAlias"})
        + "if TYPE_CHECKING:\n"
        + "\n".join(lines)
        + "\nelse:\n"
        + "\n".join(plain)
        + "\n"
    )


def _module(printer: Printer, part: str, objects: list[Object], places: dict[str, str]) -> str:
    body = "\n\n".join(_struct(printer, each) for each in objects)
    lines = used(LIBRARY, body)
    for each in objects:
        for one in each.fields:
            for schema, name in printer.objects_in(one.type):
                if places[schema] != part:
                    lines.add(f"from {PACKAGE}.models.{places[schema]} import {name}")
            lines |= {
                f"from {PACKAGE}.models.words import {word}" for word in printer.words_in(one.type)
            }
    return header(f"What the API answers: {part}.") + imports(lines) + body


def _struct(printer: Printer, found: Object) -> str:
    tag = f', tag_field="type", tag="{found.tag}"' if found.tag else ""
    lines = [f"class {printer.name_of(found.schema)}(Struct, frozen=True, kw_only=True{tag}):"]
    if found.text:
        lines.append(docstring(found.text, "    ") + "\n")
    if found.tag:
        lines.append(f'    type: ClassVar[Literal["{found.tag}"]] = "{found.tag}"')
    lines += [_field(printer, each) for each in found.fields]
    if len(lines) == 1:
        lines.append("    pass")
    return "\n".join(lines) + "\n"


def _field(printer: Printer, found: Field) -> str:
    name, kind = attribute(found.name), printer.answered(found.type)
    if not found.required and "None" not in kind.split(" | ") and kind != "Any":
        kind += " | None"
    named = f'name="{found.name}"' if name != found.name else ""
    if found.required:
        return f"    {name}: {kind}" + (f" = field({named})" if named else "")
    return f"    {name}: {kind} = " + (f"field({named}, default=None)" if named else "None")


def _all(modules: dict[str, list[str]]) -> str:
    lines = {
        f"from {PACKAGE}.models.{part} import {name} as {name}"
        for part, names in modules.items()
        for name in names
    }
    lines.add(f"from {PACKAGE}.pages import Page as Page")
    return header("What the API answers.") + "\n".join(sorted(lines)) + "\n"
