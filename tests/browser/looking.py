"""What is asked of every page: accessible to all, no wider than a telephone, worth a picture."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import Page

from tests.browser.vendoring import FOR_TESTS, ROOT

SCREENSHOTS = ROOT / "build" / "screenshots"
"""Pictures of pages, kept for people to look at."""

NARROW_PX = 320

GRAVE = frozenset({"serious", "critical"})

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, Theme] = ("light", "dark")

RUN = "axe.run({resultTypes: ['violations']})"


async def axe(page: Page) -> list[str]:
    """The serious and critical violations that axe finds on the page as it is now."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate((FOR_TESTS / "axe.min.js").read_text("utf-8"))
    found: dict[str, Any] = await page.evaluate(RUN)
    return [
        f"{violation['id']}: {node['html']}: {node['failureSummary']}"
        for violation in found["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


async def check(page: Page, name: str | None = None) -> None:
    """The page is accessible and fits a narrow window: dark as it is, and light and narrow.

    With a name, pictures of both are kept. The theme is the one that the system asks for, so the
    person must not have chosen one. Afterwards the window is as it was, in the light theme.
    """
    await _check(page, "dark", "light", name)


async def check_in_both(page: Page, name: str) -> None:
    """The same in English and in Russian, where the themes change places: so each is seen in both
    languages and both widths. For pages that may be loaded again. Afterwards it is in English."""
    await check(page, name)
    host = urlsplit(page.url).hostname or ""
    await page.context.add_cookies(
        [{"name": "stampbook_language", "value": "ru", "path": "/console", "domain": host}]
    )
    await page.reload()
    assert await page.locator("html").get_attribute("lang") == "ru"
    await _check(page, "light", "dark", f"{name}-ru")
    await page.emulate_media(color_scheme="light")
    await page.context.clear_cookies(name="stampbook_language")


async def _check(page: Page, wide: Theme, narrow: Theme, name: str | None) -> None:
    size = page.viewport_size
    assert size is not None
    await page.emulate_media(color_scheme=wide)
    await _accessible(page, wide)
    if name is not None:
        await picture(page, f"{name}-{wide}")
    await page.emulate_media(color_scheme=narrow)
    await page.set_viewport_size({"width": NARROW_PX, "height": size["height"]})
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW_PX, f"{width} pixels wide in a window of {NARROW_PX}"
    await _accessible(page, f"{narrow}, narrow")
    if name is not None:
        await picture(page, f"{name}-{narrow}-narrow")
    await page.set_viewport_size(size)


async def _accessible(page: Page, how: str) -> None:
    found = await axe(page)
    assert not found, "\n".join((how, *found))


async def picture(page: Page, name: str) -> None:
    """A picture of the whole page at build/screenshots/NAME.png."""
    # To hide the caret, Playwright gives every field a style, and leaves the empty attribute: htmx
    # would copy it to the next page, against the policy that no page has broken.
    path = SCREENSHOTS / f"{name}.png"
    await page.screenshot(path=path, full_page=True, caret="initial")
