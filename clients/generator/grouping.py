"""Which module an object goes to: that of the first part whose operations need it, so that a
module imports only from those before it."""

from __future__ import annotations

from collections.abc import Iterator

from clients.generator.names import PARTS, WORDS, object_name
from clients.generator.reading import (
    Api,
    Either,
    Many,
    Mapped,
    Named,
    Object,
    Type,
    Words,
)

OWN: dict[str, str] = {"FeedShape": "EventPage"}
"""Objects that the clients have by hand."""


def parts_of(found: Type) -> Iterator[Type]:
    """The type and all types within it."""
    yield found
    match found:
        case Either(options):
            for each in options:
                yield from parts_of(each)
        case Many(inner) | Mapped(inner):
            yield from parts_of(inner)


def _needed(api: Api, found: Type, seen: set[str]) -> Iterator[str]:
    """The objects that a value of the type has in it, those within others first."""
    for each in parts_of(found):
        if isinstance(each, Named) and each.schema in api.objects and each.schema not in seen:
            seen.add(each.schema)
            for one in api.objects[each.schema].fields:
                yield from _needed(api, one.type, seen)
            yield each.schema


def answered(api: Api) -> dict[str, list[Object]]:
    """For each part the objects of its answers that no part before it has."""
    seen: set[str] = set(OWN)
    return {
        part: [
            api.objects[name]
            for operation in api.operations
            if operation.part == part
            for name in _needed(api, _whole_answer(operation.item, operation.answer), seen)
        ]
        for part in PARTS
    }


def _whole_answer(item: Type | None, answer: Type) -> Type:
    """What is in the answer, of a page what is in its list."""
    if item is not None:
        return item
    if isinstance(answer, Named) and answer.schema.startswith("Page_"):
        return Named(answer.schema.removeprefix("Page_").removesuffix("_"))
    return answer


def sent(api: Api) -> dict[str, list[Object]]:
    """For each part the objects within its bodies that no part before it has."""
    seen: set[str] = set()
    return {
        part: [
            api.objects[name]
            for operation in api.operations
            if operation.part == part and operation.body
            for each in api.objects[operation.body].fields
            for name in _needed(api, each.type, seen)
        ]
        for part in PARTS
    }


class Enumerations:
    """Names for enumerations, one for all that have the same words."""

    def __init__(self, api: Api) -> None:
        self.names: dict[tuple[str, ...], str] = {}
        for each in api.objects.values():
            if each.words:
                self.names[each.words] = object_name(each.schema)
        for objects in answered(api).values():
            for each in objects:
                self._name(each, "")
        for objects in sent(api).values():
            for each in objects:
                self._name(each, "Input")
        for operation in api.operations:
            if operation.body:
                self._name(api.objects[operation.body], "Input")

    def _name(self, owner: Object, ending: str) -> None:
        """Names for the enumerations in an object. What may be sent is often less than what is
        answered: then it has the name of the answer with the ending."""
        for one in owner.fields:
            for each in parts_of(one.type):
                if not isinstance(each, Words) or len(each.values) == 1:
                    continue
                place = (object_name(owner.schema), one.name)
                own = place[0] + "".join(word.capitalize() for word in one.name.split("_"))
                name = WORDS.get(place, own)
                if each.values not in self.names:
                    is_taken = name in self.names.values()
                    name += ending if is_taken else ""
                    assert name not in self.names.values(), f"two enumerations are called {name}"
                    self.names[each.values] = name
