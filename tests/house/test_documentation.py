"""Links on the pages lead somewhere, and the commands and options that they name exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.core import TyperCommand, TyperGroup

from stampbook.cli import app
from tests.documentation.assembling import written_pages
from tests.documentation.navigation import placed

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
GUIDES = [page for page in PAGES if page.parent.name != "decisions"]
"""Decisions can also mention what does not exist yet."""

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"(?:^|`)stampbook ([a-z][^`#\n]*)", re.MULTILINE)


def test_links_lead_to_files() -> None:
    found = {}
    for page in PAGES:
        links = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
        lost = [link for link in links if not (page.parent / link).exists()]
        if lost:
            found[str(page.relative_to(ROOT))] = lost
    assert found == {}


def test_every_page_can_be_found() -> None:
    """From the README, the index of the pages, or in the navigation of the site."""
    linked = {
        (index.parent / link).resolve()
        for index in INDEXES
        for link in LINK.findall(index.read_text("utf-8"))
    }
    shown = {ROOT / f"{page}.md" for pages in placed(written_pages()).values() for page in pages}
    assert set(GUIDES) - linked - shown - {ROOT / "README.md"} == set()


INDEXES = (ROOT / "README.md", ROOT / "docs" / "README.md")


def spoken_of(page: Path) -> Iterator[list[str]]:
    """The commands on the page, as words."""
    for line in COMMAND.findall(page.read_text("utf-8")):
        yield line.split()


def test_commands_and_options_exist() -> None:
    for page in GUIDES:
        for words in spoken_of(page):
            known = {option for each in find(words).params for option in each.opts} | {"--help"}
            assert {word for word in words if word.startswith("--")} <= known, (page.name, words)


def find(words: list[str]) -> TyperCommand:
    """The command that the words name."""
    found: object = typer.main.get_command(app)
    for word in words:
        if isinstance(found, TyperGroup) and word in found.commands:
            found = found.commands[word]
    assert isinstance(found, TyperCommand), f"no such command: {' '.join(words)}"
    return found


TARGET = re.compile(r"^([a-z]+):.*##", re.MULTILINE)
MAKE = re.compile(r"(?:^|`)make ([a-z]+)\b", re.MULTILINE)


def test_make_targets_exist_and_are_described() -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text("utf-8")))
    named = {word for page in GUIDES for word in MAKE.findall(page.read_text("utf-8"))}
    assert named <= targets
    described = set(MAKE.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8")))
    assert targets - described <= {"help"}
