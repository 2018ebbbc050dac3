"""The sections of the site, and the order of their pages.

A page comes into its section by its folder. The lists below only say which pages come first:
a new page appears without being named here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple


class Section(NamedTuple):
    """A heading of the navigation. `folders` are those whose pages it has, `first` the names of
    pages that precede the others, `about` a sentence for the first page of the site."""

    title: str
    about: str
    folders: Sequence[str]
    first: Sequence[str] = ()


SECTIONS = (
    Section(
        "Start",
        "Install it, give points, and cancel something, in five minutes.",
        ("docs",),
        ("docs/start", "README"),
    ),
    Section(
        "Concepts",
        "Lots, holds, cancels, chains of cancels and rules, with drawings.",
        ("docs/concepts",),
        ("lots", "holds", "cancels", "chains", "rules", "semantics"),
    ),
    Section(
        "How-to guides",
        "Tasks of the till, of support, of marketing and of operators; clients of each API.",
        ("docs/howto", "examples"),
        ("till", "support", "marketing", "operator", "console", "rules", "importing"),
    ),
    Section(
        "Reference",
        "Every operation of the four APIs, every setting, command, refusal, event and metric.",
        ("docs/reference",),
        ("apis", "refusals", "http", "native-api"),
    ),
    Section(
        "Operating",
        "Deploy, back up, upgrade, monitor, size and recover.",
        ("docs/operating",),
        (
            *("running", "deploying", "settings", "databases", "backup", "upgrading"),
            *("observability", "high-availability", "verify", "people", "privacy"),
        ),
    ),
    Section(
        "Developing",
        "How it is built, why, and what has changed.",
        ("", "docs/contributing", "docs/decisions"),
        ("ARCHITECTURE", "CONTRIBUTING", "CHANGELOG", "SECURITY"),
    ),
)

UNDER_ANOTHER = {
    "docs/decisions": "docs/decisions/index",
    "docs/reference/api": "docs/reference/apis",
}
"""Folders with so many pages that a page of their own lists them; `{folder}/{name}/…` too."""


def placed(pages: Iterable[str]) -> dict[str, list[str]]:
    """The pages of each section in order, by its title. Raises LookupError for one without a
    place. Pages go by their paths below the repository, without `.md`."""
    found: dict[str, list[str]] = {section.title: [] for section in SECTIONS}
    for page in pages:
        if not is_listed_elsewhere(page):
            found[_section(page).title].append(page)
    return {
        section.title: sorted(found[section.title], key=lambda page: _rank(section, page))
        for section in SECTIONS
    }


def is_listed_elsewhere(page: str) -> bool:
    """Whether the page is in a list of its own, and not in a section."""
    return any(
        page.startswith(f"{folder}/") and page != listing
        for folder, listing in UNDER_ANOTHER.items()
    )


def _section(page: str) -> Section:
    for section in SECTIONS:
        if page in section.first:
            return section
    folder = str(PurePosixPath(page).parent).removeprefix(".")
    for section in SECTIONS:
        if any(
            folder == each or (each.count("/") and folder.startswith(f"{each}/"))
            for each in section.folders
        ):
            return section
    raise LookupError(f"no section of the site has {page}")


def _rank(section: Section, page: str) -> tuple[int, int, str]:
    path = PurePosixPath(page)
    for place, name in enumerate(section.first):
        if name in (page, path.name):
            return place, 0, page
    folder = str(path.parent).removeprefix(".")
    return (
        len(section.first),
        section.folders.index(folder) if folder in section.folders else 99,
        page,
    )
