"""The console's style sheet and script, on a page that has every component."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.looking import THEMES, check
from tests.browser.sample.components import answer, components, nobody, opened, serve

NOW = datetime(2026, 11, 29, 14, 33, 55, tzinfo=UTC)


async def test_they_are_accessible_and_fit(browser: Browser) -> None:
    async with opened(browser) as page:
        await page.evaluate("document.getElementById('live').remove()")
        await check(page, "components")
        await page.locator("[data-dialog=preview]").click()
        await check(page, "components-dialog")


async def test_a_chosen_theme_beats_that_of_the_system(browser: Browser) -> None:
    async with opened(browser, color_scheme="dark") as page:
        colour = "getComputedStyle(document.querySelector('.top')).backgroundColor"
        dark = await page.evaluate(colour)
        found = {}
        for theme in THEMES:
            await page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
            found[theme] = await page.evaluate(colour)
        assert found == {"light": "rgb(255, 255, 255)", "dark": dark}


async def test_targets_are_large_enough(browser: Browser) -> None:
    async with opened(browser) as page:
        small = """[...document.querySelectorAll('button, .button, select, .side a, input')]
            .filter(each => each.checkVisibility() && each.type !== 'hidden')
            .filter(each => each.type !== 'checkbox' && each.type !== 'radio')
            .filter(each => each.getBoundingClientRect().height < 24).map(each => each.outerHTML)"""
        assert await page.evaluate(small) == []


async def test_icons_are_drawn(browser: Browser) -> None:
    async with opened(browser) as page:
        await page.wait_for_load_state("networkidle")
        box = "document.querySelector('.side .icon use').getBBox().width"
        assert await page.evaluate(box) > 10


async def test_keys(browser: Browser) -> None:
    async def others(route: Route) -> None:
        await answer(route, "<h1>Cancel</h1>")

    async with opened(browser, others) as page:
        search = page.get_by_test_id("search-box")
        await page.keyboard.press("/")
        await expect(search).to_be_focused()
        await page.keyboard.type("?/c")
        await expect(search).to_have_value("?/c")
        await page.keyboard.press("Escape")
        await page.keyboard.press("?")
        await expect(page.locator("#keys")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.locator("#keys")).to_be_hidden()
        rows = page.get_by_test_id("row")
        for _ in range(3):
            await page.keyboard.press("ArrowDown")
        await expect(rows.nth(2)).to_be_focused()
        await page.keyboard.press("ArrowUp")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("c")
        await expect(page).to_have_url("http://components.test/cancel")


async def test_keys_of_a_cyrillic_layout(browser: Browser) -> None:
    press = """([key, code, shiftKey]) => document.activeElement.dispatchEvent(
        new KeyboardEvent('keydown', {key, code, shiftKey, bubbles: true, cancelable: true}))"""
    async with opened(browser) as page:
        await page.evaluate(press, [",", "Slash", True])
        await expect(page.locator("#keys")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.evaluate(press, [".", "Slash", False])
        await expect(page.get_by_test_id("search-box")).to_be_focused()


async def test_a_dialog_gives_the_focus_back(browser: Browser) -> None:
    async def others(route: Route) -> None:
        back = '<a href="/away" data-testid="back">Back</a>'
        await answer(route, f'<h2 id="front-title">Cancel?</h2>{back}')

    async with opened(browser, others) as page:
        await page.locator("#show-front").click()
        await expect(page.get_by_role("dialog", name="Cancel?")).to_be_visible()
        await expect(page.locator("[role=dialog][data-page=preview]")).to_be_visible()
        await page.get_by_role("dialog").get_by_test_id("back").click()
        await expect(page.locator("[data-page=preview]")).to_have_count(0)
        await expect(page.locator("#show-front")).to_be_focused()


async def test_copying(browser: Browser) -> None:
    async with opened(browser) as page:
        await page.get_by_test_id("copy").click()
        await expect(page.get_by_test_id("copied")).to_have_text("Copied")
        await page.locator("#note").focus()
        await page.keyboard.press("Control+V")
        code = await page.locator("#curl-1").text_content()
        await expect(page.locator("#note")).to_have_value(str(code))


async def test_a_double_click_sends_once(browser: Browser) -> None:
    sent: list[dict[str, list[str]]] = []
    answered = asyncio.Event()

    async def others(route: Route) -> None:
        if route.request.method == "GET":  # a live part, on a slow machine
            await nobody(route)
            return
        sent.append(parse_qs(route.request.post_data or ""))
        await answered.wait()
        await answer(route, components(), 422)

    async with opened(browser, others) as page:
        await page.locator("#reason").fill("till error")
        button = page.get_by_test_id("form").get_by_test_id("confirm")
        await button.dblclick()
        await expect(button).to_have_attribute("aria-busy", "true")
        await expect(page.locator("p[data-testid=loading]")).to_have_text("Loading…")
        answered.set()
        await expect(page.locator("#reason")).to_have_value("")
        await expect(page.locator("#amount")).to_be_focused()
        assert [body["reason"] for body in sent] == [["till error"]]
        assert [body["csrf_token"] for body in sent] == [["x"]]


async def test_what_was_not_saved_stays(browser: Browser) -> None:
    """The browser itself notes the failure, so its notes are not judged here."""
    working = False

    async def others(route: Route) -> None:
        if working:
            await answer(route, "<main id=saved>Saved</main>")
        else:
            await route.abort("connectionfailed")

    page = await browser.new_page()
    await serve(page, others)
    await page.locator("#reason").fill("till error")
    button = page.get_by_test_id("form").get_by_test_id("confirm")
    await button.click()
    offline = page.get_by_test_id("offline")
    await expect(offline).to_have_text("Not saved. Try again.")
    async with page.expect_event("requestfailed"):
        await page.evaluate("htmx.trigger(document.getElementById('live'), 'live')")
    await expect(offline).to_have_text("Not saved. Try again.")
    await expect(page.locator("#reason")).to_have_value("till error")
    working = True
    await button.click()
    await expect(page.locator("#saved")).to_be_visible()
    await page.close()


async def test_live_parts(browser: Browser) -> None:
    asked: list[str] = []

    async def others(route: Route) -> None:
        asked.append(route.request.url.rpartition("?")[2])
        if asked[-1] == "since=7" and len(asked) == 3:
            await answer(route, "", 404)
        elif asked[-1] == "since=7":
            await answer(route, "", 204)
        else:
            part = '<p id="live" data-live hx-get="/live?since=7" hx-trigger="live"'
            await answer(route, f'{part} hx-swap="outerHTML">1 new movement</p>')

    async with opened(browser, nobody) as page:
        await page.clock.install(time=NOW)
        await page.unroute_all()
        await serve(page, others)
        for count in (1, 2, 3):
            await page.clock.run_for(3000)
            await expect(page.locator("#live")).to_have_text("1 new movement")
            await expect(page.locator(".htmx-request")).to_have_count(0)
            assert len(asked) == count
        await expect(page.locator("#live[data-live]")).to_have_count(0)
        await page.clock.run_for(9000)
        assert asked == ["since=0", "since=7", "since=7"]


async def test_a_countdown(browser: Browser) -> None:
    async with opened(browser) as page:
        await page.clock.install(time=NOW - timedelta(minutes=5))
        await page.clock.pause_at(NOW)
        await page.reload()
        deadline = page.get_by_test_id("deadline")
        await page.evaluate("document.getElementById('live').remove()")
        await expect(deadline).to_have_text("1:05")
        await page.clock.run_for(60_000)
        await expect(deadline).to_have_text("0:05")
        await page.clock.run_for(6_000)
        await expect(deadline).to_have_text("Time is up")


@pytest.mark.parametrize("name", ["theme", "language"])
async def test_a_choice_is_sent_at_once(browser: Browser, name: str) -> None:
    sent: list[str] = []

    async def others(route: Route) -> None:
        sent.append(route.request.post_data or "")
        await answer(route, "<h1>Chosen</h1>")

    async with opened(browser, others) as page:
        chosen = {"theme": "dark", "language": "ru"}[name]
        await page.get_by_test_id(name).select_option(chosen)
        await expect(page.get_by_role("heading", name="Chosen")).to_be_visible()
    assert sent == [f"{name}={chosen}"]


async def test_without_javascript(browser: Browser) -> None:
    sent: list[str] = []

    async def others(route: Route) -> None:
        sent.append(route.request.post_data or "")
        await answer(route, "<h1>Saved</h1>")

    async with opened(browser, others, java_script_enabled=False) as page:
        await page.get_by_test_id("theme").select_option("dark")
        await page.get_by_role("button", name="Set").last.click()
        await expect(page.get_by_role("heading", name="Saved")).to_be_visible()
    assert sent == ["theme=dark"]
