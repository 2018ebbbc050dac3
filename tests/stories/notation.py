"""Reads `*.story` files: docs/contributing/stories.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple


class Line(NamedTuple):
    """A step, with the lines below it: terms of what it sets up, or what must be true after it."""

    number: int
    text: str
    below: tuple[tuple[int, str], ...]


class Story(NamedTuple):
    """One story of a file."""

    file: str
    title: str
    lines: tuple[Line, ...]

    @property
    def slug(self) -> str:
        """The title as part of a test's name."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


def read(path: Path) -> list[Story]:
    """The stories of a file, in order. Raises ValueError for a line that belongs to none."""
    stories: list[Story] = []
    for number, raw in enumerate(path.read_text("utf-8").splitlines(), 1):
        text = raw.partition("#")[0].rstrip()
        if not text:
            continue
        if text.startswith("== "):
            stories.append(Story(path.stem, text[3:].strip(), ()))
            continue
        if not stories or (text[0] == " " and not stories[-1].lines):
            raise ValueError(f"{path.name}:{number}: belongs to no story")
        *before, last = stories[-1].lines or (Line(number, "", ()),)
        if text[0] == " ":
            lines = (*before, last._replace(below=(*last.below, (number, text.strip()))))
        else:
            lines = (*stories[-1].lines, Line(number, text, ()))
        stories[-1] = stories[-1]._replace(lines=lines)
    return stories


def read_folder(folder: Path) -> list[Story]:
    """The stories of all files of a folder, by file."""
    return [story for path in sorted(folder.glob("*.story")) for story in read(path)]
