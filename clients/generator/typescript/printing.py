"""Objects as interfaces, and operations as methods. Names of the wire stay as they are; those of
methods and resources are spelled as JavaScript spells them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from clients.generator.grouping import answered, sent
from clients.generator.names import PARTS, SHORT, object_name
from clients.generator.python.params import MOVING, SHORTENED, fields_of, is_own
from clients.generator.python.types import camel, params_of
from clients.generator.reading import (
    Api,
    Either,
    Field,
    Many,
    Mapped,
    Named,
    Object,
    Operation,
    Scalar,
    Type,
    Words,
)

SCALARS = {
    "text": "string", "when": "string", "instant": "string", "amount": "string", "number": "string",
    "whole": "number", "flag": "boolean", "null": "null", "anything": "unknown", "bytes": "Blob",
}  # fmt: skip
HEADER = "// Written by `make clients`: change the generator instead.\n\n"


class Printer:
    """Spells everything that is generated."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._answered, self._sent = answered(api), sent(api)
        self._places: dict[str, str] = {}
        for part, objects in self._answered.items():
            for each in objects:
                self._places[self._name(each.schema, is_sent=False)] = f"../models/{part}.ts"
        for part, objects in self._sent.items():
            for each in objects:
                name = self._name(each.schema, is_sent=True)
                self._places.setdefault(name, f"../params/{part}.ts")
        for operation in api.operations:
            if is_own(operation):
                self._places[params_of(operation)] = f"../params/{operation.part}.ts"
        self._places |= {"MoveParams": "../params/ledger.ts", "EventPage": "../events.ts"}
        self._places |= dict.fromkeys(("WriteOptions", "PageParams", "File"), "../values.ts")
        self._places |= {"Page": "../pages.ts", "Pages": "../pages.ts"}

    def printed(self) -> dict[str, str]:
        """All modules, by their paths below `src`."""
        modules = {}
        for part in PARTS:
            models = [self._interface(each, is_sent=False) for each in self._answered[part]]
            params = [
                self._interface(each, is_sent=True)
                for each in self._sent[part]
                if self._places[self._name(each.schema, is_sent=True)] == f"../params/{part}.ts"
            ]
            params += [self._params(each) for each in self._of(part) if is_own(each)]
            resources = [self._class(resource, part) for resource in PARTS[part]]
            api = 'import { type Api, part } from "../sending.ts";\n'
            for folder, blocks, more in (
                ("models", models, ""), ("params", params, ""), ("resources", resources, api),
            ):  # fmt: skip
                if blocks:
                    modules[f"{folder}/{part}.ts"] = self._module(
                        f"../{folder}/{part}.ts", blocks, more
                    )
        for folder in ("models", "params"):
            names = sorted(each for each in modules if each.startswith(folder))
            listed = "".join(f'export * from "./{each.split("/")[1]}";\n' for each in names)
            modules[f"{folder}/index.ts"] = HEADER + listed
        modules["resources/index.ts"] = self._all()
        modules["codes.ts"] = self._codes()
        return modules

    def _codes(self) -> str:
        """The codes of problems as a type. A code that a newer server adds is a text, too."""
        words = "".join(f'\n  | "{each}"' for each in self._api.codes)
        return (
            f"{HEADER}/** What `ProblemError.code` may be. A newer server may have more. */\n"
            f"export type ProblemCode ={words}\n  | (string & {{}});\n"
        )

    def _of(self, part: str) -> list[Operation]:
        return [each for each in self._api.operations if each.part == part]

    def _module(self, own: str, blocks: list[str], more: str) -> str:
        body = "\n".join(blocks)
        found: dict[str, set[str]] = {}
        for name in set(
            re.findall(r"\b[A-Z]\w+", re.sub(r"/\*\*.*?\*/", "", body, flags=re.DOTALL))
        ):
            place = self._places.get(name, own)
            if place != own:
                found.setdefault(place, set()).add(name)
        lines = []
        for place, names in sorted(found.items()):
            values = {"Pages"} & names
            types = ", ".join(sorted(f"type {name}" for name in names - values) + sorted(values))
            lines.append(f'import {{ {types} }} from "{place}";\n')
        return HEADER + "".join(lines) + more + ("\n" if lines or more else "") + body

    def _name(self, schema: str, *, is_sent: bool) -> str:
        if schema == "FeedShape":
            return "EventPage"
        name = object_name(schema)
        is_word = schema in self._api.objects and bool(self._api.objects[schema].words)
        return f"{name}Input" if is_sent and not is_word else name

    def _spelled(self, found: Type, *, is_sent: bool) -> str:
        match found:
            case Scalar(kind):
                return SCALARS[kind]
            case Words(values):
                return " | ".join(f'"{each}"' for each in values)
            case Many(item):
                kind = "ReadonlyArray" if is_sent else "Array"
                return f"{kind}<{self._spelled(item, is_sent=is_sent)}>"
            case Mapped(value):
                return f"Record<string, {self._spelled(value, is_sent=is_sent)}>"
            case Either(options):
                return " | ".join(self._spelled(each, is_sent=is_sent) for each in options)
            case Named(schema) if schema.startswith("Page_"):
                inner = schema.removeprefix("Page_").removesuffix("_")
                return f"Page<{self._name(inner, is_sent=False)}>"
            case Named(schema):
                return self._name(schema, is_sent=is_sent)

    def _interface(self, found: Object, *, is_sent: bool) -> str:
        name = self._name(found.schema, is_sent=is_sent)
        if found.words:
            words = " | ".join(f'"{each}"' for each in found.words)
            return f"export type {name} = {words};\n"
        tag = (Field("type", Words((found.tag,)), True),) if found.tag else ()
        return self._fields(name, "", found.text, (*tag, *found.fields), is_sent=is_sent)

    def _params(self, operation: Operation) -> str:
        fields = fields_of(self._api, operation)
        base = ""
        if any(each.name == "limit" for each in operation.query):
            base, fields = "PageParams", [each for each in fields if each.name != "limit"]
        text = f"Of `{spelled(operation.resource)}.{spelled(operation.method)}`."
        if operation.name != MOVING:
            return self._fields(params_of(operation), base, text, fields, is_sent=True)
        most = [each for each in fields if each.name not in SHORTENED]
        own = [each for each in fields if each.name in SHORTENED]
        short = "What any movement of points may have."
        return (
            self._fields("MoveParams", base, short, most, is_sent=True)
            + "\n"
            + self._fields(params_of(operation), "MoveParams", text, own, is_sent=True)
        )

    def _fields(
        self, name: str, base: str, text: str, fields: Iterable[Field], *, is_sent: bool
    ) -> str:
        lines = [comment(text, "")] if text else []
        lines.append(f"export interface {name}{f' extends {base}' if base else ''} {{")
        for each in fields:
            if each.text:
                lines.append(comment(each.text, "  "))
            mark = "" if each.required else "?"
            lines.append(f"  {each.name}{mark}: {self._spelled(each.type, is_sent=is_sent)};")
        return "\n".join([*lines, "}\n"])

    def _class(self, resource: str, part: str) -> str:
        lines = [
            f"export class {camel(resource)}Resource {{",
            "  readonly #api: Api;\n",
            "  constructor(api: Api) {",
            "    this.#api = api;",
            "  }\n",
        ]
        for each in self._of(part):
            if each.resource == resource:
                lines.append(self._method(each))
                if each.name == MOVING:
                    lines += [self._short(kind) for kind in SHORT]
        return "\n".join([*lines, "}\n"])

    def _method(self, operation: Operation) -> str:
        given = [f"{spelled(each)}: string" for each in operation.ids]
        given += ["file: File"] if operation.file else []
        params = params_of(operation) if is_own(operation) else ""
        if operation.query and not params:
            params = "PageParams"
        if params:
            fields = fields_of(self._api, operation)
            default = "" if any(each.required for each in fields) else " = {}"
            given.append(f"params: {params}{default}")
        given += ["options: WriteOptions = {}"] if operation.writes else []
        if operation.item is not None:
            answer = f"Pages<{self._spelled(operation.item, is_sent=False)}>"
        elif operation.content:
            answer = "Promise<string>"
        else:
            answer = f"Promise<{self._spelled(operation.answer, is_sent=False)}>"
        return (
            comment(operation.text, "  ")
            + f"\n  {spelled(operation.method)}({', '.join(given)}): {answer} {{\n"
            + f"    return this.#api.{_call(operation, 'params' if params else '{}')};\n  }}\n"
        )

    def _short(self, kind: str) -> str:
        return (
            comment(SHORT[kind], "  ")
            + f"\n  {kind}(accountId: string, amount: string, params: MoveParams = {{}},"
            + " options: WriteOptions = {}): Promise<Transaction> {\n"
            + f'    const body = {{ ...params, type: "{kind}" as const, amount }};'
            + "\n    return this.transact(accountId, body, options);"
            + "\n  }\n"
        )

    def _all(self) -> str:
        lines = ['import { type Api } from "../sending.ts";\n']
        fields, made = [], []
        for part, resources in PARTS.items():
            names = ", ".join(f"{camel(each)}Resource" for each in resources)
            lines.append(f'import {{ {names} }} from "./{part}.ts";\n')
            for each in resources:
                fields.append(f"  readonly {spelled(each)}: {camel(each)}Resource;")
                made.append(f"    this.{spelled(each)} = new {camel(each)}Resource(api);")
        body = [
            "\n/** All operations, by what they are about. */\nexport class Resources {",
            *fields,
            "\n  constructor(api: Api) {",
            *made,
            "  }\n}\n",
        ]
        return HEADER + "".join(lines) + "\n".join(body)


def spelled(name: str) -> str:
    """`tier_groups` is `tierGroups`."""
    whole = camel(name)
    return whole[0].lower() + whole[1:]


def comment(text: str, indent: str) -> str:
    """For editors. The text is one of ours, without `*/`."""
    words = " ".join(text.split())
    return f"{indent}/** {words.removesuffix('.')}. */"


def _call(operation: Operation, params: str) -> str:
    path = operation.path
    for each in operation.ids:
        path = path.replace(f"{{{each}}}", f"${{part({spelled(each)})}}")
    quoted = f"`{path}`" if operation.ids else f'"{path}"'
    if operation.content:
        return f"content({quoted})"
    if operation.item is not None:
        return f"pages({quoted}, {params})"
    if not operation.writes:
        return f"read({quoted}, {params})"
    query = ", ".join(f'"{each.name}"' for each in operation.query)
    if operation.file:
        return f"upload({quoted}, file, params, options)"
    body, accepted = (str(bool(each)).lower() for each in (operation.body, operation.accepted))
    flags = f"{{ query: [{query}], hasBody: {body}, accepted: {accepted} }}"
    return f'write("{operation.verb}", {quoted}, {params}, options, {flags})'
