"""A page with every component of the console, and servers that a test writes itself.

The style sheet and the script are tried with it apart from the pages, which need data.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from playwright.async_api import Browser, Page, Route

from stampbook.console import assets
from tests.browser.watching import watched

ORIGIN: Final = "http://components.test"

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

Serve = Callable[[Route], Awaitable[None]]
"""What a test answers to all that is neither the page nor a part of it."""


def components() -> str:
    """The page."""
    folder = FileSystemLoader(Path(__file__).parent / "pages")
    environment = Environment(loader=folder, autoescape=True, undefined=StrictUndefined)
    environment.globals.update(asset=assets.url, icon=_icon)
    return environment.get_template("components.html").render()


def _icon(name: str) -> Markup:
    use = Markup('<use href="{}"></use>').format(assets.icon_url(name))
    return Markup('<svg class="icon" aria-hidden="true">{}</svg>').format(use)


async def answer(route: Route, body: str, status: int = 200) -> None:
    """Answer with HTML, under the policy of the console."""
    headers = {"content-security-policy": POLICY, "content-type": "text/html; charset=utf-8"}
    await route.fulfill(status=status, body=body, headers=headers)


async def nobody(route: Route) -> None:
    """Answers that there is nothing."""
    await answer(route, "", 404)


async def serve(page: Page, others: Serve = nobody) -> None:
    """Open the page of components."""

    async def handle(route: Route) -> None:
        path = urlsplit(route.request.url).path
        part = assets.answer(path.removeprefix(f"{assets.ADDRESS}/"))
        if part is not None:
            headers = {name.decode(): value.decode() for name, value in part.headers}
            await route.fulfill(body=part.body, headers=headers)
        elif path == "/":
            await answer(route, components())
        else:
            await others(route)

    await page.route("**/*", handle)
    await page.goto(f"{ORIGIN}/")


@asynccontextmanager
async def opened(browser: Browser, others: Serve = nobody, **options: Any) -> AsyncIterator[Page]:
    """The page of components; ending it fails if the browser found anything wrong."""
    async with watched(browser, ORIGIN, **options) as page:
        await serve(page, others)
        yield page
