"""What is wrong with a built site: links and anchors that lead nowhere, and requests elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import html

_LOADED = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])((?:https?:)?//[^'\")]+)")

LOADING = ("src", "srcset", "poster", "data")
"""Attributes whose addresses a browser fetches by itself; so does it a link's of such a kind."""

FETCHED = frozenset({"stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch"})


def faults_of(site: Path) -> list[str]:
    """Sentences, or nothing if the site is in order."""
    pages = {path: html.parse(path).getroot() for path in sorted(site.rglob("*.html"))}
    anchors = {
        path: {each.get("id") or each.get("name") for each in page.xpath("//*[@id or @name]")}
        for path, page in pages.items()
    }
    found: list[str] = []
    for path, page in pages.items():
        name = path.relative_to(site)
        found += [f"{name}: {fault}" for fault in _links(path, page, anchors)]
        found += [f"{name}: loads {address}" for address in _loaded(page)]
    for sheet in sorted(site.rglob("*.css")):
        for address in _LOADED.findall(sheet.read_text("utf-8")):
            found.append(f"{sheet.relative_to(site)}: loads {address}")
    return found


def _links(
    path: Path, page: html.HtmlElement, anchors: dict[Path, set[str | None]]
) -> Iterator[str]:
    for element, _, address, _ in page.iterlinks():
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or element.tag in ("form", "base"):
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not target.exists():
            yield f"{address} leads nowhere"
        elif parts.fragment and target in anchors and parts.fragment not in anchors[target]:
            yield f"{address} has no such anchor"


def _loaded(page: html.HtmlElement) -> Iterator[str]:
    """The addresses of other hosts that a browser would ask."""
    for element, attribute, address, _ in page.iterlinks():
        parts = urlsplit(address)
        if not parts.netloc:
            continue
        kinds = set((element.get("rel") or "").split())
        if attribute in LOADING or (element.tag == "link" and kinds & FETCHED):
            yield address
