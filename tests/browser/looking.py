"""What is asked of every page: accessible to all, no wider than a telephone, worth a picture."""

from __future__ import annotations

import os
from functools import cache
from typing import Any, Literal
from urllib.parse import urlsplit
from zlib import crc32

from playwright.async_api import Page, ViewportSize

from tests.browser.vendoring import FOR_TESTS, ROOT
from tests.turns import WHOLE

SCREENSHOTS = ROOT / "build" / "screenshots"
"""Pictures of pages, kept for people to look at."""

PICTURES = bool(os.environ.get("STAMPBOOK_PICTURES"))
"""Whether pages are pictured that are as they should be. A picture takes as long as axe does."""

NARROW_PX = 320

GRAVE = frozenset({"serious", "critical"})

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, Theme] = ("light", "dark")

RUN = """(grave) => {
  const others = axe._audit.rules.filter((rule) => rule.impact && !grave.includes(rule.impact));
  const rules = Object.fromEntries(others.map((rule) => [rule.id, {enabled: false}]));
  return axe.run({resultTypes: ['violations'], rules});
}"""
"""A rule gives its impact to all that it finds, so those whose findings count are enough."""


@cache
def _source() -> str:
    return (FOR_TESTS / "axe.min.js").read_text("utf-8")


async def axe(page: Page) -> list[str]:
    """The serious and critical violations that axe finds on the page as it is now."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_source())
    found: dict[str, Any] = await page.evaluate(RUN, sorted(GRAVE))
    return [
        f"{violation['id']}: {node['html']}: {node['failureSummary']}"
        for violation in found["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


def _first_look(name: str) -> bool:
    """Whether it is in the first of its two looks that axe sees a page of this name.

    What axe finds (names, roles, labels, the colours of the one style sheet) is nearly always in
    both looks, and axe takes three times as long as the page. So the looks of pages take turns,
    unless the whole is wanted: `make campaign`.
    """
    return crc32(name.encode()) % 2 == 0


async def check(page: Page, name: str) -> None:
    """The page fits a narrow window, and is accessible: dark as it is, or light and narrow.

    Pictures of both are kept where they are wanted. The theme is the one that the system asks for,
    so the person must not have chosen one. Afterwards the window is as it was, in the light theme.
    """
    size = page.viewport_size
    assert size is not None
    await page.emulate_media(color_scheme="dark")
    if WHOLE or _first_look(name):
        await _accessible(page, "dark")
    await _keep(page, f"{name}-dark")
    await page.emulate_media(color_scheme="light")
    await _fits(page, size)
    if WHOLE or not _first_look(name):
        await _accessible(page, "light, narrow")
    await _keep(page, f"{name}-light-narrow")
    await page.set_viewport_size(size)


async def check_spoken(page: Page, name: str) -> None:
    """The page in the language that it is in: English dark and wide, Russian light and narrow. It
    fits a narrow window in each, and is accessible in one. A test calls it for the page in both.
    """
    russian = await page.locator("html").get_attribute("lang") == "ru"
    size = page.viewport_size
    assert size is not None
    await page.emulate_media(color_scheme="light" if russian else "dark")
    if not russian:
        if WHOLE or _first_look(name):
            await _accessible(page, "dark")
        await _keep(page, f"{name}-dark")
    await _fits(page, size)
    if russian:
        if WHOLE or not _first_look(name):
            await _accessible(page, "light, narrow, in Russian")
        await _keep(page, f"{name}-ru-light-narrow")
    await page.set_viewport_size(size)
    await page.emulate_media(color_scheme="light")


async def check_in_both(page: Page, name: str) -> None:
    """The same in English and then in Russian, for pages that may be loaded again. Afterwards it is
    in English."""
    await check_spoken(page, name)
    host = urlsplit(page.url).hostname or ""
    await page.context.add_cookies(
        [{"name": "stampbook_language", "value": "ru", "path": "/console", "domain": host}]
    )
    await page.reload()
    assert await page.locator("html").get_attribute("lang") == "ru"
    await check_spoken(page, name)
    await page.context.clear_cookies(name="stampbook_language")


async def _fits(page: Page, size: ViewportSize) -> None:
    """It does not scroll sideways in a narrow window, which stays so."""
    await page.set_viewport_size({"width": NARROW_PX, "height": size["height"]})
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW_PX, f"{width} pixels wide in a window of {NARROW_PX}"


async def _accessible(page: Page, how: str) -> None:
    found = await axe(page)
    assert not found, "\n".join((how, *found))


async def _keep(page: Page, name: str) -> None:
    if PICTURES:
        await picture(page, name)


async def picture(page: Page, name: str) -> None:
    """A picture of the whole page at build/screenshots/NAME.png."""
    # To hide the caret, Playwright gives every field a style, and leaves the empty attribute: htmx
    # would copy it to the next page, against the policy that no page has broken.
    path = SCREENSHOTS / f"{name}.png"
    await page.screenshot(path=path, full_page=True, caret="initial")
