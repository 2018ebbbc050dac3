"""Shapes, and the one place that prints them.

Geometry is in attributes, colors are classes: a page's Content-Security-Policy allows no inline
style and no script, so an element cannot have them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9:-]*")
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no XML text can contain."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element of SVG or HTML. A child that is a text is escaped when it is printed."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: Sequence["Element | str"] = ()


def element(name: str, *children: Element | str, **attributes: str | float | None) -> Element:
    """An element. Names of attributes have `_` for `-`, and one at the end where Python needs it
    (`class_`); those that are None are left out. Numbers are rounded to a tenth."""
    return Element(
        name,
        {
            _SPELLED.get(key) or key.rstrip("_").replace("_", "-"): _written(value)
            for key, value in attributes.items()
            if value is not None
        },
        children,
    )


_SPELLED: Final = {
    name.lower(): name
    for name in ("viewBox", "preserveAspectRatio", "patternUnits", "patternTransform")
}


class Picture:
    """A figure as markup. Jinja takes it as it is (`__html__`)."""

    __slots__ = ("_text", "shapes")

    def __init__(self, shapes: Element) -> None:
        self.shapes = shapes
        self._text = "".join(_printed(shapes))

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self._text.encode())

    def __html__(self) -> str:
        return self._text

    def __str__(self) -> str:
        return self._text


def number(value: float) -> str:
    """A coordinate, to a tenth."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def percent(fraction: float) -> str:
    """A share of the width, to a hundredth of a percent."""
    return f"{100 * fraction:.2f}%"


def _written(value: str | float) -> str:
    return value if isinstance(value, str) else number(value)


def _printed(shape: Element) -> Iterator[str]:
    name = shape.name
    assert _NAME.fullmatch(name), name
    assert name not in ("script", "style"), "a picture has no script and no style"
    yield f"<{name}"
    for key, value in shape.attributes.items():
        assert _NAME.fullmatch(key), key
        assert key != "style", "a picture has no style of its own"
        assert not key.lower().startswith("on"), "a picture has no handlers"
        text = _escaped(value)
        # JSON has many quotation marks: they are left alone between apostrophes.
        if '"' in text:
            yield f" {key}='{text.replace(chr(39), '&#39;')}'"
        else:
            yield f' {key}="{text}"'
    if not shape.children and name in _VOID:
        yield "/>"
        return
    yield ">"
    for child in shape.children:
        if isinstance(child, str):
            yield _escaped(child)
        else:
            yield from _printed(child)
    yield f"</{name}>"


_VOID: Final = frozenset({"circle", "line", "path", "rect"})
"""Elements that close themselves; only of SVG, since HTML has no such thing."""


def _escaped(text: str) -> str:
    text = _CONTROLS.sub("\ufffd", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
