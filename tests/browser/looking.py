"""What is asked of every page: accessible to all, no wider than a telephone, worth a picture."""

from __future__ import annotations

from typing import Any, Literal

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
    """The page is accessible and fits a narrow window, in both themes.

    With a name, pictures of it are kept. The theme is the one that the system asks for, so the
    person must not have chosen one. Afterwards the window is as it was, in the light theme.
    """
    size = page.viewport_size
    assert size is not None
    for theme in reversed(THEMES):
        await page.emulate_media(color_scheme=theme)
        await _accessible(page, theme)
        if name is not None:
            await picture(page, f"{name}-{theme}")
        await page.set_viewport_size({"width": NARROW_PX, "height": size["height"]})
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= NARROW_PX, f"{width} pixels wide in a window of {NARROW_PX}"
        await _accessible(page, f"{theme}, narrow")
        if name is not None:
            await picture(page, f"{name}-{theme}-narrow")
        await page.set_viewport_size(size)


async def _accessible(page: Page, how: str) -> None:
    found = await axe(page)
    assert not found, "\n".join((how, *found))


async def picture(page: Page, name: str) -> None:
    """A picture of the whole page at build/screenshots/NAME.png."""
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
