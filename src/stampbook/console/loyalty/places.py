"""The names of fields that repeat, and which field a JSON pointer of the native API means."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from msgspec.json import decode, encode, format

from stampbook.console.api import Json, Problem

_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")


def place(name: str, *at: int) -> str:
    """The name of a field of the entry at these places, from 0: `points`, `points-2`, and of an
    entry within one, `points-1.2`. The first entry's fields have plain names."""
    inner = [*at]
    while inner and inner[-1] == 0:
        inner.pop()
    if not inner:
        return name
    return f"{name}-" + ".".join(str(each + 1) for each in inner)


def count(has: Callable[[str], bool], name: str, *at: int) -> int:
    """How many entries a form has below these places, by a field that each has."""
    number = 0
    while has(place(name, *at, number)):
        number += 1
    return number


def whole(text: str) -> int | str | None:
    """A whole number, None for nothing. Other texts are left for the API to refuse."""
    if not text:
        return None
    return int(text) if _WHOLE.fullmatch(text) else text


def lines(text: str) -> list[str]:
    """What was typed on each line."""
    return [each.strip() for each in text.split("\n") if each.strip()]


def are_lines(values: Iterable[str]) -> bool:
    """Whether these texts can be typed on a line each."""
    return all(each == each.strip() and "\n" not in each and each for each in values)


class Mistyped(Exception):
    """A text that is no JSON object, or has what has a field of its own."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(field, detail)
        self.field = field
        self.detail = detail


def json_typed(field: str, text: str, own: Iterable[str], say: Callable[..., str]) -> Json:
    """The JSON object that was typed into a field. Raises Mistyped."""
    if not text:
        return {}
    try:
        found: Any = decode(text)
    except ValueError as error:
        raise Mistyped(field, say("This is not JSON: %(why)s.", why=error)) from None
    if not isinstance(found, dict):
        raise Mistyped(field, say("This must be a JSON object: {…}."))
    for name in own:
        if name in found:
            raise Mistyped(field, say("%(name)s has a field of its own.", name=name))
    return found


def json_shown(found: Mapping[str, Any]) -> str:
    """A JSON object as it is shown to be changed; nothing for an empty one."""
    return format(encode(found), indent=2).decode() if found else ""


class Misplaced(Problem):
    """A refusal whose faults are those of the form's fields."""

    def __init__(self, problem: Problem, faults: Mapping[str, str]) -> None:
        super().__init__(problem.status, problem.said)
        self._faults = dict(faults)

    @property
    def faults(self) -> dict[str, str]:
        return self._faults


def placed(problem: Problem, field_of: Callable[[list[str]], str]) -> Misplaced:
    """The refusal at the fields of the form. `field_of` is given the steps of a pointer, and has
    the name of the field that it means. Raises it where the form cannot be shown with it."""
    if problem.status not in (409, 422):
        raise problem
    faults: dict[str, str] = {}
    for each in problem.said.get("errors") or ():
        steps = (each.get("pointer") or "").split("/")[1:]
        if steps:
            faults.setdefault(field_of(steps), each.get("detail") or "")
    return Misplaced(problem, faults)


def mistyped(error: Mistyped) -> Misplaced:
    """The refusal of a form for one of its fields."""
    said = {"code": "invalid_request", "detail": error.detail}
    return Misplaced(Problem(422, said), {error.field: error.detail})
