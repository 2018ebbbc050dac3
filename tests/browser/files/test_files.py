"""A file of another system: tried out, imported, stopped and gone on with, and taken out again."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Demo, sign_in
from tests.browser.looking import check

BETWEEN_LOOKS_MS = 300
"""How long a person waits before they look again. An import takes seconds, and a page work."""

HEAD = "lot_id,external_id,currency,amount,expires_at\n"


class Office:
    """A program of its own, by the native API."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self.program = ""

    async def found(self) -> None:
        headers = {"Authorization": f"Bearer {self._demo.facts['api_key']}"}
        async with httpx.AsyncClient(base_url=self._demo.origin, headers=headers) as client:
            made = await client.post("/v1/programs", json={"name": "Guests"})
            self.program = made.json()["id"]
            body = {"name": "Stars", "code": "stars", "scale": 2}
            await client.post(f"/v1/programs/{self.program}/currencies", json=body)


async def send(page: Page, office: Office, rows: str) -> None:
    """Choose a file and try it out."""
    await page.goto("/console/imports/new")
    await page.get_by_test_id("program").select_option(office.program)
    await page.get_by_test_id("kind").select_option("lots")
    file = {"name": "../lots.csv", "mimeType": "text/csv", "buffer": (HEAD + rows).encode()}
    await page.get_by_test_id("file").set_input_files(file)  # type: ignore[arg-type]
    await page.get_by_test_id("dry-run").click()
    await expect(page.locator("[data-page=import]")).to_be_visible()


async def shown(page: Page, *, live: bool, status: str) -> None:
    """Wait until the page says so: by itself, or as somebody who looks again."""
    found = page.locator(f"[data-testid=status][data-status={status}]").first
    if live:
        await expect(found).to_be_visible(timeout=30_000)
        return
    while not await found.count():
        await page.wait_for_timeout(BETWEEN_LOOKS_MS)
        await page.reload()


async def walk(page: Page, office: Office, *, live: bool) -> None:
    """The whole path."""
    await page.goto("/console/imports")
    if live:
        await check(page, "imports-empty")
        await page.goto("/console/imports/new")
        await check(page, "import-new")
    await send(page, office, 'A1,ada,stars,100.00,never\nA2,bob,stars,"2,50",\n')
    await shown(page, live=live, status="done")
    report = page.get_by_test_id("report")
    await expect(report.get_by_test_id("created")).to_have_attribute("value", "1")
    await expect(report.get_by_test_id("refused-row")).to_have_attribute("data-line", "3")
    if live:
        await check(page, "import-report")
    async with page.expect_download() as waiting:
        await page.get_by_test_id("download-refused").click()
    refused = (await (await waiting.value).path()).read_text("utf-8")
    assert refused.splitlines()[1].startswith("3,amount,decimal_comma,")
    await page.get_by_test_id("start").click()
    await expect(page.get_by_test_id("flash")).to_be_visible()
    await shown(page, live=live, status="done")
    await expect(page.get_by_test_id("total")).to_have_attribute("value", "100.00")

    await send(page, office, "".join(f"B{at},p{at},stars,1.00,never\n" for at in range(2_500)))
    await shown(page, live=live, status="done")
    await page.get_by_test_id("start").click()
    await expect(page.get_by_role("progressbar")).to_be_visible()
    if live:
        await check(page, "import-running")
    await page.get_by_test_id("stop").click()
    await expect(page.get_by_test_id("resume")).to_be_visible()
    if live:
        await check(page, "import-stopped")
    await page.get_by_test_id("resume").click()
    await shown(page, live=live, status="done")
    await expect(page.get_by_test_id("created")).to_have_attribute("value", "2500")
    await expect(page.get_by_test_id("total")).to_have_attribute("value", "2500.00")

    await page.goto(f"/console/exports?program={office.program}")
    await page.get_by_test_id("kind").select_option("members")
    await page.get_by_test_id("create").click()
    await expect(page.get_by_test_id("flash")).to_be_visible()
    await shown(page, live=live, status="done")
    if live:
        await check(page, "exports")
    async with page.expect_download() as waiting:
        await page.get_by_test_id("download").first.click()
    assert len((await (await waiting.value).path()).read_text("utf-8").splitlines()) == 2_502


async def _walk(page: Page, demo: Demo, *, live: bool) -> None:
    office = Office(demo)
    await office.found()
    await sign_in(page, demo)
    await walk(page, office, live=live)


@pytest.mark.slow
async def test_a_file_goes_in_and_out(own_page: Page, own_demo: Demo) -> None:
    await _walk(own_page, own_demo, live=True)


@pytest.mark.slow
async def test_the_same_without_javascript(plain_page: Page, own_demo: Demo) -> None:
    await _walk(plain_page, own_demo, live=False)
