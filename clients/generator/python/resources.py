"""Operations as methods, once for each of the two ways to call them."""

from __future__ import annotations

from clients.generator.grouping import OWN, answered
from clients.generator.names import PARTS, SHORT
from clients.generator.python.params import MOVING, class_of, is_own
from clients.generator.python.types import Printer, camel, docstring, header, imports
from clients.generator.reading import Api, Operation

PACKAGE = "stampbook_client"
FOLDERS = {False: "resources", True: "async_resources"}


def printed(api: Api, *, is_async: bool) -> dict[str, str]:
    """The modules of the package `resources`, or of `async_resources`, by their names."""
    printer = Printer(api)
    modules = {part: _module(printer, part, is_async=is_async) for part in PARTS}
    modules["__init__"] = _all(is_async=is_async)
    return modules


def class_name(resource: str, *, is_async: bool) -> str:
    return f"{'Async' if is_async else ''}{camel(resource)}Resource"


def _module(printer: Printer, part: str, *, is_async: bool) -> str:
    places = {each.schema: at for at, objects in answered(printer.api).items() for each in objects}
    operations = [each for each in printer.api.operations if each.part == part]
    api_class = "AsyncApi" if is_async else "Api"
    pages = "AsyncPages" if is_async else "Pages"
    lines = {f"from {PACKAGE}.sending import {api_class}"}
    for each in operations:
        lines |= _imports(printer, each, places, part)
        if each.item is not None:
            lines.add(f"from {PACKAGE}.pages import {pages}")
    blocks = [
        _class(printer, resource, [each for each in operations if each.resource == resource],
               is_async=is_async)
        for resource in PARTS[part]
    ]  # fmt: skip
    return header(f"Operations: {part}.") + imports(lines) + "\n\n".join(blocks)


def _imports(printer: Printer, operation: Operation, places: dict[str, str], part: str) -> set[str]:
    lines = set()
    taken = class_of(operation)
    if taken:
        lines.add("from typing import Unpack")
        place = f"params.{part}" if is_own(operation) else "values"
        lines.add(f"from {PACKAGE}.{place} import {taken}")
    if operation.ids:
        lines.add(f"from {PACKAGE}.wire import part")
    if operation.name == MOVING:
        lines |= {f"from {PACKAGE}.params.ledger import MoveParams",
                  f"from {PACKAGE}.values import Amount"}  # fmt: skip
    if operation.file:
        lines.add(f"from {PACKAGE}.values import File")
    if operation.content:
        return lines
    answer = operation.answer if operation.item is None else operation.item
    spelled = printer.answered(answer)
    if spelled.startswith("Page["):
        lines.add(f"from {PACKAGE}.pages import Page")
    if spelled in OWN.values():
        return lines | {f"from {PACKAGE}.events import {spelled}"}
    for schema, name in printer.objects_in(answer):
        lines.add(f"from {PACKAGE}.models.{places[schema]} import {name}")
    return lines


def _class(printer: Printer, resource: str, operations: list[Operation], *, is_async: bool) -> str:
    api_class = "AsyncApi" if is_async else "Api"
    about = printer.api.tags.get(resource, f"{resource.replace('_', ' ').capitalize()}")
    lines = [
        f"class {class_name(resource, is_async=is_async)}:",
        docstring(f"{about}.", "    ") + "\n",
        f"    def __init__(self, api: {api_class}) -> None:",
        "        self._api = api\n",
    ]
    for each in operations:
        lines.append(_method(printer, each, is_async=is_async))
        if each.name == MOVING:
            lines += [_short(printer, each, kind, is_async=is_async) for kind in SHORT]
    return "\n".join(lines)


def _method(printer: Printer, operation: Operation, *, is_async: bool) -> str:
    taken = class_of(operation)
    given = [f"{each}: str" for each in operation.ids]
    given += ["file: File"] if operation.file else []
    given += [f"**params: Unpack[{taken}]"] if taken else []
    if operation.item is not None:
        answer = f"{'AsyncPages' if is_async else 'Pages'}[{printer.answered(operation.item)}]"
    else:
        answer = "bytes" if operation.content else printer.answered(operation.answer)
    waits = is_async and operation.item is None
    return "\n".join([
        f"    {'async ' if waits else ''}def {operation.method}("
        f"{', '.join(['self', *given])}) -> {answer}:",
        docstring(operation.text, "        "),
        f"        return {'await ' if waits else ''}self._api.{_call(printer, operation)}\n",
    ])  # fmt: skip


def path_of(operation: Operation) -> str:
    """The path as a text with the ids in it."""
    path = operation.path
    for each in operation.ids:
        path = path.replace(f"{{{each}}}", f"{{part({each})}}")
    return f'f"{path}"' if operation.ids else f'"{path}"'


def _call(printer: Printer, operation: Operation) -> str:
    params = "params" if class_of(operation) else "{}"
    path = path_of(operation)
    if operation.content:
        return f"content({path}, {params})"
    if operation.item is not None:
        return f"pages({path}, {params}, {printer.answered(operation.item)})"
    answer = printer.answered(operation.answer)
    if not operation.writes:
        return f"read({path}, {params}, {answer})"
    query = "".join(f'"{each.name}", ' for each in operation.query)
    if operation.file:
        return f"upload({path}, file, params, {answer}, query=({query}))"
    more = f", query=({query})" if query else ""
    more += "" if operation.body else ", has_body=False"
    more += ", accepted=True" if operation.accepted else ""
    return f'write("{operation.verb}", {path}, params, {answer}{more})'


def _short(printer: Printer, operation: Operation, kind: str, *, is_async: bool) -> str:
    """A transaction of one type."""
    answer = printer.answered(operation.answer)
    return "\n".join([
        f"    {'async ' if is_async else ''}def {kind}("
        f"self, account_id: str, amount: Amount, **params: Unpack[MoveParams]) -> {answer}:",
        docstring(SHORT[kind], "        "),
        f'        return {"await " if is_async else ""}self.transact('
        f'account_id, type="{kind}", amount=amount, **params)\n',
    ])  # fmt: skip


def _all(*, is_async: bool) -> str:
    """The class that has all resources, from which a client comes."""
    folder, api_class = FOLDERS[is_async], "AsyncApi" if is_async else "Api"
    lines = {f"from {PACKAGE}.sending import {api_class}"}
    body = [
        f"class {'Async' if is_async else ''}Resources:",
        '    """All operations, by what they are about."""\n',
        f"    def __init__(self, api: {api_class}) -> None:",
    ]
    for part, resources in PARTS.items():
        for resource in resources:
            name = class_name(resource, is_async=is_async)
            lines.add(f"from {PACKAGE}.{folder}.{part} import {name}")
            body.append(f"        self.{resource} = {name}(api)")
    return header("All operations.") + imports(lines) + "\n".join(body) + "\n"
