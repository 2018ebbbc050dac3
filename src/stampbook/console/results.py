"""What a page's handler answers with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stampbook.edge.answers import HeaderPair


class Flash(NamedTuple):
    """What is said on the next page: a sentence, and where it can be undone or looked at.

    `kind` is success, warning or error.
    """

    text: str
    undo: str | None = None
    kind: str = "success"
    look: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A page or a fragment: the name of a template below `templates/`, and its values."""

    template: str
    values: Mapping[str, Any]
    status: int = 200
    headers: tuple[HeaderPair, ...] = ()


@dataclass(frozen=True, slots=True)
class Goto:
    """Look there next: 303 to a path of ours, perhaps with something to say."""

    path: str
    flash: Flash | None = None
    headers: tuple[HeaderPair, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Nothing:
    """204: an open page has nothing new to show."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file or a part of one, as it is."""

    content: bytes
    media_type: str
    headers: tuple[HeaderPair, ...] = ()


Result = Shown | Goto | Nothing | Sent
