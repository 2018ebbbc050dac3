"""One tree of all pages, at the paths that they have in the repository, for Sphinx to read.

Links between pages work as they do on GitHub. A link to a folder becomes one to its list of pages,
and a file that a page links to is copied beside it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.documentation.navigation import SECTIONS, UNDER_ANOTHER, placed
from tests.documentation.reference import made_pages

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent

NAMED = {"README": "Overview"}
"""Pages that the navigation calls otherwise than their headings."""

_LINK = re.compile(r"(!?\[[^\]]*\]\()([^)#\s]+)((?:#[^)]*)?\))")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


def written_pages() -> dict[str, str]:
    """What people have written, by path without `.md`."""
    files = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")])
    return {
        file.relative_to(ROOT).with_suffix("").as_posix(): file.read_text("utf-8") for file in files
    }


def all_pages() -> dict[str, str]:
    """Every page of the site, by path without `.md`: those that people and the code have written,
    the lists of folders, and the first page."""
    written, made = written_pages(), made_pages()
    assert not written.keys() & made.keys(), "a page is both written and made"
    pages = {**written, **made}
    pages["docs/decisions/index"] = _decisions(pages)
    pages["index"] = _first_page(pages)
    return pages


def assemble(folder: Path) -> None:
    """Write the tree into the folder. Pages that are as they were keep their dates, so that Sphinx
    does not read them again; what is no page any more goes."""
    pages = all_pages()
    for old in folder.rglob("*.md"):
        if old.relative_to(folder).with_suffix("").as_posix() not in pages:
            old.unlink()
    for page, text in pages.items():
        target = folder / f"{page}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        linked = _linked(page, text, folder)
        if not target.exists() or target.read_text("utf-8") != linked:
            target.write_text(linked, "utf-8")
    shutil.copytree(HERE / "static", folder / "_static", dirs_exist_ok=True)
    shutil.copy2(HERE / "conf.py", folder / "conf.py")


def title_of(text: str) -> str:
    """The heading of a page. Raises ValueError if it has none."""
    found = _TITLE.search(text)
    if found is None:
        raise ValueError(f"a page without a heading: {text[:80]!r}")
    return found[1]


def _linked(page: str, text: str, folder: Path) -> str:
    """The page with links that work in the site; files that it links to are copied."""

    def link(found: re.Match[str]) -> str:
        before, target, after = found.groups()
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        path = os.path.normpath((ROOT / page).parent / target)
        inside = Path(path).relative_to(ROOT)
        if inside.as_posix() in UNDER_ANOTHER:
            listing = os.path.relpath(UNDER_ANOTHER[inside.as_posix()], Path(page).parent)
            return f"{before}{listing}.md{after}"
        if inside.suffix != ".md" and (ROOT / inside).is_file():
            copy = folder / inside
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / inside, copy)
        return found[0]

    return "".join(
        part if part.startswith("```") else _LINK.sub(link, part) for part in _parts(text)
    )


def _parts(text: str) -> Iterator[str]:
    """The text in pieces: blocks of code, and what is between them."""
    at = 0
    for block in _FENCE.finditer(text):
        yield text[at : block.start()]
        yield block[0]
        at = block.end()
    yield text[at:]


def _decisions(pages: Mapping[str, str]) -> str:
    listed = sorted(page for page in pages if page.startswith("docs/decisions/"))
    rows = [f"- [{title_of(pages[page])}]({Path(page).name}.md)" for page in listed]
    names = "\n".join(Path(page).name for page in listed)
    return (
        "# Decisions\n\nWhy things are as they are: one page for each choice that later readers"
        " will question. Each says what the question was, what was decided, and what follows.\n\n"
        + "\n".join(rows)
        + f"\n\n```{{toctree}}\n:hidden:\n\n{names}\n```\n"
    )


def _first_page(pages: Mapping[str, str]) -> str:
    text = (HERE / "index.md").read_text("utf-8")
    parts = [text]
    for title, names in placed(page for page in pages if page != "index").items():
        about = next(section.about for section in SECTIONS if section.title == title)
        parts.append(f"## {title}\n\n{about}\n")
        titles = {name: NAMED.get(name) or title_of(pages[name]) for name in names}
        parts.append("\n".join(f"- [{titles[name]}]({name}.md)" for name in names))
        entries = "\n".join(f"{NAMED[name]} <{name}>" if name in NAMED else name for name in names)
        parts.append(f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{entries}\n```\n")
    return "\n".join(parts)
