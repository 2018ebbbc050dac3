"""A page that notes whatever a browser finds wrong with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Request, Response

TIMEOUT_MS = 15_000
"""How long a page may take for anything; an idle machine needs a tenth of a second."""

REFUSED = "Failed to load resource: the server responded with a status of 4"
"""Chromium's own note of an answer such as 422, which a form is sent back with."""

SHIFT = 0.1
"""How far a page may jump by itself while it is read, by Chromium's measure."""

SHIFTS = """
let moved = 0;
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) moved += each.value;
  noteShift(moved).then(() => { window.noted = true });
}).observe({type: "layout-shift", buffered: true});
"""

WHOLE = frozenset({"document", "fetch", "xhr"})
"""What may be refused: pages and fragments. A style sheet or an icon may not."""


class Watch:
    """What is wrong with a page so far, in words; `origin` is where all its requests must go."""

    def __init__(self, page: Page, origin: str) -> None:
        self.problems: list[str] = []
        self._origin = origin
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", self._asked)
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    async def measure(self, page: Page) -> None:
        """Note from now on how far its pages jump."""
        await page.expose_binding("noteShift", self._moved)
        await page.add_init_script(SHIFTS)

    def _moved(self, source: Any, moved: float) -> None:
        if moved > SHIFT:
            self.problems.append(f"the layout shifted by {moved:.2f}: {source['page'].url}")

    def _said(self, message: ConsoleMessage) -> None:
        # A breach of the content security policy is one of these messages.
        if not message.text.startswith(REFUSED):
            self.problems.append(f"console: {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and f"{parts.scheme}://{parts.netloc}" != self._origin:
            self.problems.append(f"request to another origin: {request.url}")

    def _failed(self, request: Request) -> None:
        # Leaving a page ends what it was waiting for.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"failed: {request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        resource = response.request.resource_type
        if response.status >= 500 or (response.status >= 400 and resource not in WHOLE):
            self.problems.append(f"answered: {response.status} {response.url}")


@asynccontextmanager
async def watched(browser: Browser, origin: str, **options: Any) -> AsyncIterator[Page]:
    """A page in a context of its own, for addresses below the origin.

    `options` are those of Playwright's contexts. Ending it fails if anything was wrong.
    """
    context = await browser.new_context(base_url=origin, **options)
    context.set_default_timeout(TIMEOUT_MS)
    try:
        page = await context.new_page()
        watch = Watch(page, origin)
        await watch.measure(page)
        yield page
    finally:
        await context.close()
    assert not watch.problems, "\n".join(watch.problems)
