"""The search of a built site, as the script in its pages does it: all words of a query must be in a
page or in its heading, each by its stem."""

from __future__ import annotations

import json
import re
from pathlib import Path

from sphinx.search.en import SearchEnglish


class Index:
    """The index that the site's script reads."""

    def __init__(self, site: Path) -> None:
        text = (site / "searchindex.js").read_text("utf-8")
        index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
        self._pages: list[str] = index["docnames"]
        self._terms: dict[str, int | list[int]] = index["terms"]
        self._headings: dict[str, int | list[int]] = index["titleterms"]
        self._english = SearchEnglish({})

    def find(self, query: str) -> list[str]:
        """The pages that have all words of the query."""
        found = [self._with(str(self._english.stem(word))) for word in re.findall(r"\w+", query)]
        return sorted(set.intersection(*found)) if found else []

    def _with(self, stem: str) -> set[str]:
        numbers: set[int] = set()
        for terms in (self._terms, self._headings):
            each = terms.get(stem, [])
            numbers.update([each] if isinstance(each, int) else each)
        return {self._pages[number] for number in numbers}
