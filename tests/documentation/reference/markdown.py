"""Markdown of pages that are made: tables, cells, examples."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence


def cell(text: str) -> str:
    """A text in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def code(text: str) -> str:
    """A word of a program; nothing for an empty one."""
    return f"`{text}`".replace("|", "\\|") if text else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, or nothing without rows. Cells are Markdown (`cell`, `code`)."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *lines, ""])


def sentence(text: str) -> str:
    """With a capital letter and a full stop."""
    text = text.strip()
    if not text:
        return ""
    is_value = text.split()[0].endswith(":")  # `true: nothing is written`
    first = text[:1] if is_value else text[:1].upper()
    return first + text[1:] + ("" if text.endswith((".", "!", "?", ":")) else ".")


def folded(summary: str, text: str, language: str = "json") -> str:
    """An example that opens when it is asked for."""
    return (
        f"<details><summary>{summary}</summary>\n\n```{language}\n{text.rstrip()}\n```\n\n"
        "</details>\n"
    )


LINES = 150
"""Lines of an example that are shown."""


def shown(value: object) -> str:
    """An example of JSON; of long lists the first entry."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    lines = text.splitlines()
    if len(lines) > LINES:
        lines = json.dumps(_shortened(value), indent=2, ensure_ascii=False).splitlines()
    return "\n".join(lines if len(lines) <= LINES else [*lines[:LINES], "…"])


def _shortened(value: object) -> object:
    if isinstance(value, list):
        return [_shortened(each) for each in value[:1]] + ["…"] * (len(value) > 1)
    if isinstance(value, dict):
        return {name: _shortened(each) for name, each in value.items()}
    return value
