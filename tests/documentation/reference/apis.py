"""The four APIs, from the OpenAPI descriptions that the server answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from stampbook.dialects.describing import document
from stampbook.dialects.site.descriptions import DESCRIPTIONS, address_of
from stampbook.dialects.table import APIS
from stampbook.edge.requests import Dialect
from tests.documentation.reference.markdown import cell, code, folded, sentence, shown, table
from tests.documentation.reference.schemas import Shapes

FOLDER = "docs/reference/api"

_SCOPE = re.compile(r"\b(the scope) ([a-z]+(?::[a-z]+)?)\b")

HEADS = ("name", "in", "type", "", "meaning")
"""Of a table of parameters."""

TITLES = {
    "native": "Native API",
    "altegio": "Altegio's API",
    "voucherify": "Voucherify's API",
    "altcraft": "Altcraft's API",
}
PAGES = {
    "native": "native-api.md",
    "altegio": "altegio.md",
    "voucherify": "voucherify.md",
    "altcraft": "altcraft.md",
}
"""What people have written about each."""

GUIDES = {
    "native": "rules.md",
    "altegio": "altegio.md",
    "voucherify": "voucherify.md",
    "altcraft": "altcraft.md",
}

Object = Mapping[str, Any]


def pages() -> dict[str, str]:
    """A list of APIs; for each API a page, one for each group of its operations, and one for its
    schemas."""
    found = {}
    rows = []
    for api in sorted(APIS, key=lambda api: list(TITLES).index(api.name)):
        described = description_of(api)
        made = _Api(api.name, described)
        found.update(made.pages(address_of(api)))
        link = f"[{TITLES[api.name]}](api/{api.name}/index.md)"
        rows.append((link, str(made.count), sentence(cell(described["info"]["description"]))))
    listing = "\n".join(f"{title} <api/{name}/index>" for name, title in TITLES.items())
    found["docs/reference/apis"] = (
        "# Operations of all APIs\n\nEvery operation of the four APIs, with its parameters, bodies,"
        " answers and refusals. These pages are made from the OpenAPI descriptions that a running"
        " server answers, so they have what this version has. What holds in every API is in"
        " [HTTP in all APIs](http.md); what an API refuses, in [refusals](refusals.md).\n\n"
        + table(("API", "operations", ""), rows)
        + f"\n```{{toctree}}\n:hidden:\n\n{listing}\n```\n"
    )
    return found


def operation_anchor(api: str, name: str) -> str:
    """The name of the operation's heading in links."""
    return f"{api}-{name.replace('_', '-')}"


def description_of(api: Dialect) -> Object:
    """The API's OpenAPI description."""
    return _description(api.name)


@cache
def _description(name: str) -> Object:
    api = next(api for api in APIS if api.name == name)
    return document(DESCRIPTIONS[name], api.operations)


def native_schemas() -> Mapping[str, Object]:
    """The schemas of the native API, by name."""
    found: Mapping[str, Object] = _description("native")["components"]["schemas"]
    return found


class _Api:
    def __init__(self, name: str, described: Object) -> None:
        self.name = name
        self.described = described
        self.shapes = Shapes(name, described["components"]["schemas"])
        self.groups: dict[str, list[tuple[str, str, Object]]] = {}
        for path, methods in described["paths"].items():
            for method, operation in methods.items():
                group = operation["tags"][0]
                self.groups.setdefault(group, []).append((method.upper(), path, operation))
        self.count = sum(map(len, self.groups.values()))
        self.shared = {each["name"]: each for each in DESCRIPTIONS[name].write_parameters}

    def pages(self, address: str) -> dict[str, str]:
        folder = f"{FOLDER}/{self.name}"
        found = {
            f"{folder}/{_slug(group)}": self._group(group, operations)
            for group, operations in self.groups.items()
        }
        names = [f"{_title(group)} <{_slug(group)}>" for group in self.groups]
        if self.shapes.components:
            names.append("Schemas <schemas>")
            found[f"{folder}/schemas"] = (
                f"# Schemas: {TITLES[self.name]}\n\nWhat bodies and answers are made of.\n\n"
                + self.shapes.entries()
            )
        found[f"{folder}/index"] = self._index(address, names)
        return found

    def _index(self, address: str, names: list[str]) -> str:
        info, parts = self.described["info"], self.described["components"]
        about = {tag["name"]: tag["description"] for tag in self.described["tags"]}
        groups = [
            (f"[{_title(group)}]({_slug(group)}.md)", str(len(operations)), cell(about[group]))
            for group, operations in self.groups.items()
        ]
        schemes = [
            (code(name), cell(str(scheme.get("description") or scheme.get("name", ""))))
            for name, scheme in parts["securitySchemes"].items()
        ]
        entries = "\n".join(names)
        return "\n".join(
            (
                f"# {TITLES[self.name]}: operations\n",
                f"{sentence(info['description'])}\n",
                f"How to use it: [{PAGES[self.name]}](../../{PAGES[self.name]})"
                f" and [the guide](../../../howto/{GUIDES[self.name]}). A running server answers"
                f" this description as JSON at `{address}`.\n",
                "## Groups of operations\n",
                table(("group", "operations", ""), groups),
                "## Credentials\n",
                table(("scheme", "what to send"), schemes),
                "## Parameters of every write\n",
                table(HEADS, map(self._parameter, self.shared.values()))
                or "No parameter belongs to all of them.\n",
                "## Refusals of every operation\n",
                self._failures(),
                f"```{{toctree}}\n:hidden:\n\n{entries}\n```\n",
            )
        )

    def _failures(self) -> str:
        """What may be answered instead of success; all operations have the same."""
        _, _, operation = next(iter(self.groups.values()))[0]
        rows = []
        shown_already = ""
        for status, answer in operation["responses"].items():
            if status.isdigit() and int(status) < 400:
                continue
            body = next(iter(answer.get("content", {"": {}}).values()))
            if "example" in body and not shown_already:
                shown_already = folded("A refusal", shown(body["example"]))
            schema = self.shapes.type_of(body["schema"]) if "schema" in body else ""
            word = "any other" if status == "default" else status.lower()
            rows.append((word, schema, cell(answer["description"])))
        return (
            table(("status", "body", ""), rows)
            + "\nEvery refusal by its code, with the words of this API, is in"
            f" [refusals](../../refusals.md).\n\n{shown_already}"
        )

    def _group(self, group: str, operations: list[tuple[str, str, Object]]) -> str:
        about = {tag["name"]: tag["description"] for tag in self.described["tags"]}[group]
        # For the search, which takes `cancel_card_withdrawal` for one word.
        names = {word for _, _, each in operations for word in each["operationId"].split("_")}
        parts = [
            f'---\nmyst:\n  html_meta:\n    keywords: "{", ".join(sorted(names))}"\n---\n',
            f"# {_title(group)}: {TITLES[self.name]}",
            "",
            sentence(about),
            "",
        ]
        parts += [
            f"- [{each['summary']}](#{self._anchor(each)}): {code(f'{method} {path}')}"
            for method, path, each in operations
        ]
        parts.append("")
        for method, path, operation in operations:
            parts += self._operation(method, path, operation)
        return "\n".join(parts)

    def _anchor(self, operation: Object) -> str:
        return operation_anchor(self.name, operation["operationId"])

    def _operation(self, method: str, path: str, operation: Object) -> Iterator[str]:
        yield f"({self._anchor(operation)})="
        yield f"## {operation['summary']}\n"
        yield f"```text\n{method} {path}\n```\n"
        described = _SCOPE.sub(r"\1 `\2`", sentence(operation.get("description", "")))
        if described:
            yield f"{described.replace('<', '&lt;')}\n"
        if operation.get("security") == []:
            yield "Needs no credentials.\n"
        own = [each for each in operation["parameters"] if each["name"] not in self.shared]
        shared = [each["name"] for each in operation["parameters"] if each["name"] in self.shared]
        if own:
            yield "**Parameters**\n"
            yield table(HEADS, map(self._parameter, own))
        if shared:
            named = ", ".join(map(code, shared))
            yield f"**Parameters of [every write](index.md#parameters-of-every-write):** {named}\n"
        if "requestBody" in operation:
            need = "" if operation["requestBody"].get("required") else " (may be left out)"
            yield f"**Body**{need}\n"
            yield from self._content(operation["requestBody"]["content"], "Example of a body")
        for status, answer in operation["responses"].items():
            if status.isdigit() and int(status) < 400:
                yield f"**Answer {status}**\n"
                yield from self._content(answer.get("content", {}), "Example of an answer")
                for name, header in answer.get("headers", {}).items():
                    yield f"Header {code(name)}: {sentence(header['description'])}\n"
        yield "**Refusals:** [of every operation](index.md#refusals-of-every-operation).\n"

    def _parameter(self, each: Object) -> tuple[str, ...]:
        schema = each["schema"]
        meaning = self.shapes.meaning({**schema, "description": each.get("description", "")})
        if "example" in each:
            meaning = f"{meaning} For example {code(str(each['example']))}.".strip()
        need = "required" if each.get("required") else ""
        return code(each["name"]), each["in"], self.shapes.type_of(schema), need, meaning

    def _content(self, content: Object, title: str) -> Iterator[str]:
        if not content:
            yield "Without a body.\n"
        for media, body in content.items():
            fields = self.shapes.fields(body["schema"])
            yield f"{code(media)}: {self.shapes.type_of(body['schema'])}\n"
            if fields:
                yield fields
            if "example" in body:
                example = body["example"]
                is_text = isinstance(example, str)
                text = example if is_text else shown(example)
                yield folded(title, text, "text" if is_text else "json")


def _slug(group: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", group.lower()).strip("-")


def _title(group: str) -> str:
    return group[:1].upper() + group[1:].replace("_", " ")
