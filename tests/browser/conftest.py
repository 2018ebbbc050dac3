"""A browser, demos, and pages that fail the test if anything is wrong with them.

A test that changes nothing of the demo takes `page`, and writes in a shop of its own (shops.py).
One that changes it takes `own_page`, or `own_demo` and opens pages itself with `watched`:

    async def test_cancel(own_page: Page, own_demo: Demo) -> None:
        await sign_in(own_page, own_demo)
        await own_page.get_by_test_id("search-box").fill("order 1001")
        await own_page.keyboard.press("Enter")
        await own_page.get_by_test_id("cancel").first.click()
        await own_page.get_by_test_id("reason").fill("till error")
        await check(own_page, "cancel")
        await own_page.get_by_test_id("confirm").click()
        await expect(own_page.get_by_test_id("flash")).to_contain_text("Cancelled.")
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from stampbook.console.cookies import SESSION
from stampbook.storage.postgres.temporary import TemporaryPostgres
from tests.browser.finding import chromium
from tests.browser.looking import picture
from tests.browser.watching import TIMEOUT_MS, watched
from tests.process.running import Running

FAILED = pytest.StashKey[bool]()

CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-software-rasterizer",
    "--in-process-gpu",
)
"""Root, as in a container, has no sandbox; and there is no graphics card to play: what would speak
to one stays in the browser's process, which takes a tenth less."""


class Demo(NamedTuple):
    """A running demo: the origin of its pages, and what `demo --json` wrote."""

    origin: str
    facts: dict[str, Any]


_sessions: dict[tuple[str, str], Any] = {}
"""The cookies of people who have signed in, by the demo's origin and the login."""


async def sign_in(page: Page, demo: Demo, login: str = "", password: str = "") -> None:
    """Sign in on the console's own page: as the person that the demo names, or another one. Whose
    session goes on stays signed in, also on a page of another test; so tests are not about a first
    sign-in unless they fill in the form themselves."""
    login = login or demo.facts["console"]["login"]
    if session := _sessions.get((demo.origin, login)):
        await page.context.add_cookies([session])
    await page.goto("/console")
    if await page.locator("[data-page=home]").count():
        return
    await page.get_by_test_id("login").fill(login)
    await page.get_by_test_id("password").fill(password or demo.facts["console"]["password"])
    await page.get_by_test_id("login-form").get_by_role("button").click()
    await page.locator("[data-page=home]").wait_for()
    for cookie in await page.context.cookies():
        if cookie.get("name") == SESSION:
            _sessions[demo.origin, login] = cookie


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests of this process."""
    path = chromium()
    expect.set_options(timeout=TIMEOUT_MS)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield started
        await started.close()


@contextmanager
def _demo(folder: Path, *more: str) -> Iterator[Demo]:
    file = folder / "facts.json"
    with Running("demo", "--port", "0", "--json", str(file), *more, cwd=folder) as running:
        running.wait_for("Press Ctrl-C to end the demo.")
        facts = json.loads(file.read_text("utf-8"))
        yield Demo(facts["base_url"], facts)
        assert running.stop() == 0
        assert running.errors == ""


@pytest.fixture(scope="session")
def demo(
    browser: Browser,
    postgres_server: TemporaryPostgres,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Demo]:
    """A demo for all tests that change nothing that it has; see shops.py for those that write. It
    is on PostgreSQL, as `own_demo` is on SQLite: so what pages do is seen on both."""
    address = postgres_server.create_database("browser")
    with _demo(tmp_path_factory.mktemp("demo"), "--database", address) as running:
        yield running
    postgres_server.drop_database("browser")


@pytest.fixture(scope="module")
def own_demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of the module's own, whose tests leave it as they need it."""
    with _demo(tmp_path_factory.mktemp("own_demo")) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


async def _page(
    browser: Browser, demo: Demo, request: pytest.FixtureRequest, **options: Any
) -> AsyncIterator[Page]:
    async with watched(browser, demo.origin, **options) as page:
        yield page
        if request.node.stash.get(FAILED, False):
            await picture(page, f"failed/{request.node.name}")


@pytest.fixture
async def page(browser: Browser, demo: Demo, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """A page of the shared demo. It is pictured if the test fails."""
    async for opened in _page(browser, demo, request):
        yield opened


@pytest.fixture
async def own_page(
    browser: Browser, own_demo: Demo, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """A page of the test's own demo."""
    async for opened in _page(browser, own_demo, request):
        yield opened


@pytest.fixture
async def plain_page(
    browser: Browser, own_demo: Demo, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """A page of the test's own demo in a browser without JavaScript."""
    async for opened in _page(browser, own_demo, request, java_script_enabled=False):
        yield opened
