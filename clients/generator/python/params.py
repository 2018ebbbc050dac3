"""What operations take by name, as typed dictionaries: a call looks like the body in the
reference, and type checkers know it."""

from __future__ import annotations

import keyword

from clients.generator.grouping import sent
from clients.generator.names import PARTS
from clients.generator.python.types import (
    Printer,
    attribute,
    docstring,
    header,
    imports,
    params_of,
    used,
)
from clients.generator.reading import Api, Field, Object, Operation, Words

PACKAGE = "stampbook_client"
LIBRARY = {
    "Any": "from typing import Any",
    "Literal": "from typing import Literal",
    "Required": "from typing import Required",
    "TypedDict": "from typing import TypedDict",
    "Mapping": "from collections.abc import Mapping",
    "Sequence": "from collections.abc import Sequence",
    "Amount": f"from {PACKAGE}.values import Amount",
    "Instant": f"from {PACKAGE}.values import Instant",
    "WriteOptions": f"from {PACKAGE}.values import WriteOptions",
    "PageParams": f"from {PACKAGE}.values import PageParams",
}
MOVING = "create_transaction"
"""The operation that accounts have short methods for; these take all but `type` and `amount`."""

SHORTENED = ("type", "amount")


def class_of(operation: Operation) -> str:
    """The class of what the operation takes by name; empty if it takes nothing."""
    if operation.body or [each for each in operation.query if each.name != "limit"]:
        return params_of(operation)
    if operation.query:
        return "PageParams"
    return "WriteOptions" if operation.writes else ""


def is_own(operation: Operation) -> bool:
    """Whether the operation has a class of its own for that."""
    return class_of(operation) == params_of(operation)


def printed(api: Api) -> dict[str, str]:
    """The modules of the package `params`, by their names."""
    printer = Printer(api)
    groups = sent(api)
    places = {each.schema: part for part, objects in groups.items() for each in objects}
    modules, everything = {}, {}
    for part in PARTS:
        objects = [each for each in groups[part] if not each.words]
        operations = [each for each in api.operations if each.part == part and is_own(each)]
        if objects or operations:
            modules[part] = _module(printer, part, objects, operations, places)
            names = [printer.name_of(each.schema, is_sent=True) for each in objects]
            everything[part] = [*names, *map(params_of, operations)]
    lines = {
        f"from {PACKAGE}.params.{part} import {name} as {name}"
        for part, names in everything.items()
        for name in names
    }
    lines.add(f"from {PACKAGE}.params.ledger import MoveParams as MoveParams")
    modules["__init__"] = header("What operations take.") + "\n".join(sorted(lines)) + "\n"
    return modules


def _module(
    printer: Printer,
    part: str,
    objects: list[Object],
    operations: list[Operation],
    places: dict[str, str],
) -> str:
    blocks = [_input(printer, each) for each in objects]
    blocks += [_params(printer, each) for each in operations]
    body = "\n\n".join(blocks)
    lines = used(LIBRARY, body)
    fields = [one for each in objects for one in each.fields]
    fields += [one for each in operations for one in fields_of(printer.api, each)]
    for one in fields:
        for schema, name in printer.objects_in(one.type, is_sent=True):
            if places[schema] != part:
                lines.add(f"from {PACKAGE}.params.{places[schema]} import {name}")
        lines |= {
            f"from {PACKAGE}.models.words import {word}" for word in printer.words_in(one.type)
        }
    return header(f"What operations take: {part}.") + imports(lines) + body


def fields_of(api: Api, operation: Operation) -> list[Field]:
    """What the operation takes by name: the fields of its body, and its query."""
    body = api.objects[operation.body].fields if operation.body else ()
    return [*body, *operation.query]


def _input(printer: Printer, found: Object) -> str:
    """An object within a body; its keys are those of the wire."""
    name = printer.name_of(found.schema, is_sent=True)
    fields = found.fields
    if found.tag:
        fields = (Field("type", Words((found.tag,)), True), *fields)
    if not any(keyword.iskeyword(each.name) for each in fields):
        return _class(printer, name, "TypedDict", found.text, fields)
    listed = ", ".join(f'"{each.name}": {_kind(printer, each)}' for each in fields)
    return f'{name} = TypedDict("{name}", {{{listed}}}, total=False)\n'


def _params(printer: Printer, operation: Operation) -> str:
    base = "WriteOptions" if operation.writes else "TypedDict"
    fields = fields_of(printer.api, operation)
    if any(each.name == "limit" for each in operation.query):
        base, fields = "PageParams", [each for each in fields if each.name != "limit"]
    text = f"Of `{operation.resource}.{operation.method}`."
    if operation.name != MOVING:
        return _class(printer, params_of(operation), base, text, fields)
    most = [each for each in fields if each.name not in SHORTENED]
    own = [each for each in fields if each.name in SHORTENED]
    short = "What any movement of points may have."
    return (
        _class(printer, "MoveParams", base, short, most)
        + "\n\n"
        + _class(printer, params_of(operation), "MoveParams", text, own)
    )


def _class(
    printer: Printer, name: str, base: str, text: str, fields: tuple[Field, ...] | list[Field]
) -> str:
    lines = [f"class {name}({base}, total=False):"]
    if text:
        lines.append(docstring(text, "    ") + "\n")
    for each in fields:
        lines.append(f"    {attribute(each.name)}: {_kind(printer, each)}")
        if each.text:
            lines.append(docstring(_sentence(each.text), "    "))
    if len(lines) == 1:
        lines.append("    pass")
    return "\n".join(lines) + "\n"


def _sentence(text: str) -> str:
    """What is said of a field, with a full stop."""
    return text.removesuffix(".") + "."


def _kind(printer: Printer, found: Field) -> str:
    kind = printer.sent(found.type)
    return f"Required[{kind}]" if found.required else kind
