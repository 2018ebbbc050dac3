"""What is wrong with a page fails its test: each kind of fault, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, Route

from tests.browser.looking import axe
from tests.browser.sample.components import ORIGIN, answer
from tests.browser.watching import watched

FAULTS = {
    "inline style": '<p style="color:red">',
    "inline script": "<script>1</script>",
    "inline handler": '<button onclick="1">a</button><script src="/click.js"></script>',
    "a thrown error": '<script src="/throw.js"></script>',
    "a message": '<script src="/log.js"></script>',
    "a missing style sheet": '<link rel="stylesheet" href="/404.css">',
    "a failing script": '<script src="/500.js"></script>',
    "another origin": '<img alt="" src="http://elsewhere.test/a.png">',
    "a jump": f'<p id="late"></p>{"<p>read</p>" * 20}<script src="/jump.js"></script>',
    "no connection": '<link rel="stylesheet" href="/cut.css">',
}

SCRIPTS = {
    "/click.js": "document.querySelector('button').click()",
    "/throw.js": "throw new Error('no')",
    "/log.js": "console.log('yes')",
    "/jump.js": "setTimeout(() => { late.style.height = '300px'; jumped = true }, 50)",
}


async def visit(browser: Browser, body: str, status: int = 200, *, axed: bool = False) -> Any:
    """Open a page with that body; what axe finds on it, if it is asked."""

    async def handle(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path in SCRIPTS:
            await route.fulfill(body=SCRIPTS[path], content_type="text/javascript")
        elif path == "/cut.css":
            await route.abort("connectionreset")
        elif path in ("/404.css", "/500.js"):
            await route.fulfill(status=int(path[1:4]))
        else:
            icon = '<link rel="icon" href="data:,">'
            page = f"<!doctype html><html lang=en><title>a</title>{icon}<main>{body}</main>"
            await answer(route, page, status)

    async with watched(browser, ORIGIN) as page:
        await page.route("**/*", handle)
        await page.goto("/")
        await page.wait_for_load_state("networkidle")
        if "jump" in body:
            await page.wait_for_function("window.jumped")
            await page.evaluate(
                "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
            )
        return await axe(page) if axed else []


@pytest.mark.parametrize("body", FAULTS.values(), ids=list(FAULTS))
async def test_a_fault_is_noticed(browser: Browser, body: str) -> None:
    with pytest.raises(AssertionError):
        await visit(browser, body)


@pytest.mark.parametrize("status", [200, 422])
async def test_a_page_without_faults_is_not_blamed(browser: Browser, status: int) -> None:
    assert await visit(browser, "<h1>Refused</h1>", status, axed=True) == []


async def test_a_broken_page_is_noticed(browser: Browser) -> None:
    with pytest.raises(AssertionError):
        await visit(browser, "<h1>Broken</h1>", 500)


async def test_axe_finds_something(browser: Browser) -> None:
    (found,) = await visit(browser, "<h1>Form</h1><input>", axed=True)
    assert found.startswith("label: ")
