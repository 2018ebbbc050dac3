"""A figure of the console as a file that shows itself: drawings below each other, the legend as a
line of the picture, and the colors of the console's style sheet for light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from stampbook.console import assets
from stampbook.console.pictures.shapes import Element, Picture, element

STYLES = Path(assets.__file__).parent / "static" / "pictures.css"

WIDTH = 900
MARGIN = 16
LINE = 24
BESIDE = 52
LETTER = 6.5
"""What an entry of the legend takes besides its words, and for each letter."""

NARROW = re.compile(r"@media \(max-width:639px\)\{&\{.*?\}\}\n?", re.DOTALL)
"""What is for narrow screens; a file keeps its proportions."""


def framed(figure: Element) -> str:
    """The text of the file."""
    parts: list[str] = []
    y = MARGIN
    for child in figure.children:
        assert isinstance(child, Element)
        if child.name == "ul":
            parts.append(str(Picture(_legend(child, y))))
            y += LINE + 8
        elif child.name == "svg" and child.attributes.get("height") not in (None, "0"):
            height = round(float(child.attributes["height"]))
            placed = {**child.attributes, "x": "0", "y": str(y), "width": str(WIDTH - 2 * MARGIN)}
            parts.append(str(Picture(_still(replace(child, attributes=placed)))))
            y += height + 8
        else:
            parts.append(str(Picture(child)))
    width, height = WIDTH, y + MARGIN
    inside = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="picture-figure" width="{width}"'
        f' height="{height}" viewBox="0 0 {width} {height}">\n<style>{_style()}</style>\n'
        f'<rect class="paper" width="{width}" height="{height}" rx="6"/>\n'
        f'<svg x="{MARGIN}" width="{width - 2 * MARGIN}" height="{height}">\n{inside}\n</svg>\n'
        "</svg>\n"
    )


def _style() -> str:
    sheet = NARROW.sub("", STYLES.read_text("utf-8"))
    own = (
        ".picture-figure{font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}"
        ".picture-figure .paper{fill:var(--p-bg)}"
        ".picture-figure .legend text{fill:var(--p-ink);font-size:12px}"
    )
    return (sheet.strip() + own).replace("&", "&amp;").replace("<", "&lt;")


def _legend(listed: Element, y: int) -> Element:
    """A list of samples with words, as a row."""
    entries = []
    x = 0.0
    for entry in listed.children:
        assert isinstance(entry, Element)
        sample, word = entry.children
        assert isinstance(sample, Element)
        entries.append(
            element(
                "svg",
                replace(sample, attributes=_without(sample.attributes, "aria-hidden", "focusable")),
                element("text", str(word), x=28, y=11),
                x=x,
                y=y,
            )
        )
        x += BESIDE + LETTER * len(str(word))
    return element("g", *entries, class_="legend")


def _still(shape: Element) -> Element:
    """The shape without links and test ids, which mean nothing in a file."""
    named = {
        name: value
        for name, value in shape.attributes.items()
        if not name.startswith("data-") and name not in ("href", "aria-label", "focusable")
    }
    name = "g" if shape.name == "a" else shape.name
    return Element(name, named, tuple(_children(shape)))


def _children(shape: Element) -> Iterator[Element | str]:
    for child in shape.children:
        yield _still(child) if isinstance(child, Element) else child


def _without(attributes: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if name not in names}
