"""Pages, docstrings, comments and messages are in plain English: see CONTRIBUTING.md."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINE = 120
"""Characters of a line of prose. Tables and code may be wider."""

PHRASES = (
    r"told(?! apart)",
    r"stands(?! for\b)",
    r"so many",
    r"whoever",
    r"who calls",
    r"as far as",
    r"there is none",
    r"what is \w+ is",
    r"for ever",
    r"the short way",
    r"(?:he|his|him|she|her)",
)
"""What crept in before: regular expressions of whole words. Each has an ordinary word instead, and
people are "they"."""

ANY_PHRASE = re.compile("|".join(rf"\b{each}\b" for each in PHRASES))

PAGES = sorted(
    page
    for page in (
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("clients/*/*.md"),
        *ROOT.glob("examples/*.md"),
    )
    if page.name not in ("ARCHITECTURE.md", "CHANGELOG.md", "0120-short-way-of-hot-paths.md")
)
TO_COME: tuple[str, ...] = ()
"""Folders that have not been edited yet."""

FOLDERS = (
    "src/stampbook",
    *("clients", "examples", "tests/benchmark", "tests/clients", "tests/commands", "tests/edge"),
    *("tests/exploration", "tests/feed"),
    *("tests/house", "tests/laws", "tests/model", "tests/process", "tests/scenarios"),
    "tests/worker",
)
SOURCES = sorted(
    source
    for source in (
        *ROOT.glob("tests/*.py"),
        *(source for folder in FOLDERS for source in (ROOT / folder).rglob("*.py")),
    )
    if source != Path(__file__) and not str(source.relative_to(ROOT)).startswith(TO_COME)
)


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def stilted(text: str) -> list[str]:
    """The phrases that a text has, whatever its line breaks and its case."""
    return [found[0] for found in ANY_PHRASE.finditer(" ".join(text.lower().split()))]


def written(source: str) -> Iterator[str]:
    """The prose of a module: comments that belong together, docstrings, other strings."""
    yield from comments_of(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def comments_of(source: str) -> Iterator[str]:
    """Comments that belong together, of a module in which what may be one has a phrase. To find
    out what is a comment takes longer than all else, and few modules have to be looked at."""
    tails = (line.partition("#")[2].replace("#", " ") for line in source.splitlines())
    if not stilted(" ".join(tails)):
        return
    comments: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            comments.append(token.string.lstrip("# "))
        elif comments and token.type not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT):
            yield " ".join(comments)
            comments = []
    yield " ".join(comments)


def test_pages_are_plain() -> None:
    found = {name(page): stilted(page.read_text("utf-8")) for page in PAGES}
    assert {page: phrases for page, phrases in found.items() if phrases} == {}


def test_lines_of_prose_are_short() -> None:
    found = {}
    for page in PAGES:
        prose = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        lines = [line for line in prose.splitlines() if not line.startswith("|")]
        found[name(page)] = [line for line in lines if len(line) > LINE]
    assert {page: lines for page, lines in found.items() if lines} == {}


def test_modules_are_plain() -> None:
    found = {}
    for source in SOURCES:
        texts = written(source.read_text("utf-8"))
        found[name(source)] = [phrase for text in texts for phrase in stilted(text)]
    assert len(found) > 1000
    assert {module: phrases for module, phrases in found.items() if phrases} == {}


def test_phrases_are_found_wherever_they_are() -> None:
    """In a comment over two lines, a docstring, a message with a value in it; not within a word."""
    module = '''
# It works, for
# ever.
def f(name):
    """What is\n    old is kept."""
    raise ValueError(f"{name} was told")
'''
    found = [phrase for text in written(module) for phrase in stilted(text)]
    assert sorted(found) == ["for ever", "told", "what is old is"]
    assert stilted("The toldness of outstands; it stands for the rest, and is told apart.") == []
