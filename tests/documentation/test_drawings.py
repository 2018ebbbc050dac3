"""The pictures of docs/concepts are what the engine does now, and the pages tell the same."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree

from tests.documentation.drawings.drawing import IMAGES, drawn
from tests.documentation.drawings.stories import STORIES

CONCEPTS = IMAGES.parent / "concepts"


async def test_the_pictures_are_those_of_today() -> None:
    """If not, and the change is meant: `make drawings`, and look at them and at their pages."""
    async for path, text in drawn():
        assert path.read_text("utf-8") == text, path.name
        _check(text)


def _check(text: str) -> None:
    """A picture is whole, asks nobody for anything, and has words for those who cannot see it."""
    root = etree.fromstring(text.encode())
    assert not root.xpath("//*[local-name()='a' or local-name()='script' or @href or @style]")
    assert root.xpath("//*[local-name()='desc']")
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([\w-]+)\)", text)) <= set(ids)


def test_every_picture_is_on_a_page_with_words_for_it() -> None:
    shown: dict[str, Path] = {}
    for page in CONCEPTS.glob("*.md"):
        for words, name in re.findall(
            r"!\[([^\]]*)\]\(\.\./images/concept-(\w+)\.svg\)", page.read_text()
        ):
            assert words
            shown[name] = page
    assert set(shown) == set(STORIES)
