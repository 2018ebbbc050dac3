"""Docstrings, comments and messages are plain English: phrases that crept in once do not return."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

import stampbook
from tests.house.test_documentation import PHRASES

ROOT = Path(stampbook.__file__).parent

TO_COME = ("benchmark", "commands", "demonstration", "http", "verifying", "worker", "wiring.py")
"""Folders and modules that have not been edited yet."""

HISTORY = ("storage/migrations", "storage/schema")
"""Migrations are not edited once they are released."""

BANNED = re.compile(
    rf"\b(?:{'|'.join(PHRASES)}|what is (?:\w+ ){{1,5}}is|he|his|him|she|her)\b", re.IGNORECASE
)
"""The phrases of the pages, "what is … is", and pronouns: people are "they"."""


def prose_in(source: str) -> Iterator[tuple[int, str]]:
    """The texts of a module that people read, with their lines: strings of several words, without
    what f-strings put in, and comments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def comments_in(sql: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(sql.splitlines(), 1):
        _, begun, comment = line.partition("--")
        if begun:
            yield number, comment


def banned_in(texts: Iterator[tuple[int, str]]) -> list[str]:
    return [
        f"{line}: {found.group()}"
        for line, text in texts
        for found in BANNED.finditer(" ".join(text.split()))
    ]


def edited() -> list[Path]:
    paths = (
        path.relative_to(ROOT) for kind in ("*.py", "*.sql") for path in sorted(ROOT.rglob(kind))
    )
    return [path for path in paths if not path.as_posix().startswith((*TO_COME, *HISTORY))]


@pytest.mark.parametrize("path", edited(), ids=str)
def test_the_english_is_plain(path: Path) -> None:
    text = (ROOT / path).read_text("utf-8")
    assert banned_in(prose_in(text) if path.suffix == ".py" else comments_in(text)) == []


@pytest.mark.parametrize("name", TO_COME)
def test_what_is_to_come_has_some(name: str) -> None:
    place = ROOT / name
    paths = [place] if place.is_file() else place.rglob("*.py")
    assert any(banned_in(prose_in(path.read_text("utf-8"))) for path in paths), (
        f"{name} is plain: take it off the list"
    )


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('"""It stands for\nthe account."""', ["1: stands"]),
        ("x = 1  # so many rows", ["1: so many"]),
        ('raise E(f"{a}: what is in force is his")', ["1: what is in force is", "1: his"]),
        ('x = "stands"', []),
        ("stands = 1", []),
        ('"""They understand what is there; it is theirs."""', []),
    ],
)
def test_what_is_banned(source: str, found: list[str]) -> None:
    assert banned_in(prose_in(source)) == found
