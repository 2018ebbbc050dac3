"""Every page is in the navigation of the site, once."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.documentation.assembling import all_pages, title_of, written_pages
from tests.documentation.navigation import SECTIONS, is_listed_elsewhere, placed


def test_every_page_has_its_place() -> None:
    pages = all_pages()
    shown = [name for names in placed(set(pages) - {"index"}).values() for name in names]
    assert Counter(shown) == Counter(
        page for page in pages if page != "index" and not is_listed_elsewhere(page)
    )
    listed = Counter(entry for page, text in pages.items() for entry in _entries(page, text))
    assert listed == Counter(page for page in pages if page != "index")
    assert set(written_pages()) <= set(pages)


def _entries(page: str, text: str) -> list[str]:
    """The pages below this one in the navigation."""
    folder = page.rpartition("/")[0]
    lists = re.findall(r"^```{toctree}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for each in lists for line in each.splitlines() if line[:1] not in ("", ":")]
    names = [re.sub(r".*<(.*)>", r"\1", line) for line in lines]
    return [f"{folder}/{name}".lstrip("/") for name in names]


def test_a_new_page_appears_by_its_folder() -> None:
    found = placed(["docs/howto/clients", "docs/operating/capacity", "docs/comparison"])
    assert {title: pages for title, pages in found.items() if pages} == {
        "Start": ["docs/comparison"],
        "How-to guides": ["docs/howto/clients"],
        "Operating": ["docs/operating/capacity"],
    }
    with pytest.raises(LookupError):
        placed(["elsewhere/page"])


def test_the_order_names_pages_that_exist() -> None:
    pages = all_pages()
    for section in SECTIONS:
        for name in section.first:
            assert any(
                page == name or page.endswith(f"/{name}") for page in placed(pages)[section.title]
            ), name


def test_every_page_has_a_heading_of_its_own() -> None:
    titles = Counter(title_of(text) for text in all_pages().values())
    assert {title for title, count in titles.items() if count > 1} == set()
