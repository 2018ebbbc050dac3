"""Types and names as Python spells them."""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Iterator

from clients.generator.grouping import Enumerations, parts_of
from clients.generator.names import object_name
from clients.generator.reading import (
    Api,
    Either,
    Many,
    Mapped,
    Named,
    Operation,
    Scalar,
    Type,
    Words,
)

ANSWERED = {
    "text": "str", "when": "str", "instant": "datetime", "amount": "Decimal", "number": "Decimal",
    "whole": "int", "flag": "bool", "null": "None", "anything": "Any", "bytes": "bytes",
}  # fmt: skip
SENT = {**ANSWERED, "instant": "Instant", "when": "Instant", "amount": "Amount", "number": "Amount"}
WIDTH = 96


class Printer:
    """Spells types; `input_` those that are sent."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.enumerations = Enumerations(api)

    def answered(self, found: Type) -> str:
        """As answers have it."""
        return self._spelled(found, is_sent=False)

    def sent(self, found: Type) -> str:
        """As bodies and parameters have it."""
        return self._spelled(found, is_sent=True)

    def _spelled(self, found: Type, *, is_sent: bool) -> str:
        match found:
            case Scalar(kind):
                return (SENT if is_sent else ANSWERED)[kind]
            case Words(values) if len(values) > 1:
                return self.enumerations.names[values]
            case Words(values):
                return f'Literal["{values[0]}"]'
            case Many(item):
                return (
                    f"{'Sequence' if is_sent else 'list'}[{self._spelled(item, is_sent=is_sent)}]"
                )
            case Mapped(value):
                inner = self._spelled(value, is_sent=is_sent)
                return f"{'Mapping' if is_sent else 'dict'}[str, {inner}]"
            case Either(options):
                return " | ".join(self._spelled(each, is_sent=is_sent) for each in options)
            case Named(schema):
                return self.name_of(schema, is_sent=is_sent)

    def name_of(self, schema: str, *, is_sent: bool = False) -> str:
        """The class of an object, or the name of an enumeration."""
        if schema.startswith("Page_"):
            return f"Page[{object_name(schema.removeprefix('Page_').removesuffix('_'))}]"
        name = object_name(schema)
        return f"{name}Input" if is_sent and not self.api.objects[schema].words else name

    def objects_in(self, found: Type, *, is_sent: bool = False) -> Iterator[tuple[str, str]]:
        """Objects that the type names, as pairs of schema and class."""
        for each in parts_of(found):
            if isinstance(each, Named):
                schema = each.schema.removeprefix("Page_")
                schema = schema.removesuffix("_") if schema != each.schema else schema
                if not self.api.objects[schema].words:
                    yield schema, self.name_of(schema, is_sent=is_sent)

    def words_in(self, found: Type) -> Iterator[str]:
        """The names of the enumerations in the type."""
        for each in parts_of(found):
            if isinstance(each, Words) and len(each.values) > 1:
                yield self.enumerations.names[each.values]
            if isinstance(each, Named) and self._has_words(each.schema):
                yield object_name(each.schema)

    def _has_words(self, schema: str) -> bool:
        return schema in self.api.objects and bool(self.api.objects[schema].words)


def attribute(name: str) -> str:
    """A name that Python accepts: `from` is `from_`."""
    return f"{name}_" if keyword.iskeyword(name) else name


def camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def params_of(operation: Operation) -> str:
    """The class of an operation's named arguments."""
    return f"{camel(operation.name)}Params"


def docstring(text: str, indent: str) -> str:
    """The text as a docstring, without a blank line at its end."""
    paragraphs = [" ".join(each.split()) for each in text.split("\n\n") if each.strip()]
    width = WIDTH - len(indent)
    lines = "\n\n".join(textwrap.fill(each, width, break_on_hyphens=False) for each in paragraphs)
    closed = f'"""{lines}"""' if "\n\n" not in lines else f'"""{lines}\n"""'
    return textwrap.indent(closed.replace("\\", "\\\\"), indent)


def header(text: str) -> str:
    return f'"""{text}\n\nWritten by `make clients`: change the generator instead."""\n\n'


def imports(lines: set[str]) -> str:
    return "from __future__ import annotations\n\n" + "\n".join(sorted(lines)) + "\n\n"


def used(words: dict[str, str], text: str) -> set[str]:
    """Of import lines by the word that needs them those that the text needs."""
    return {line for word, line in words.items() if re.search(rf"\b{word}\b", text)}
