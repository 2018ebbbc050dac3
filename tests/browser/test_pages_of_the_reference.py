"""The reference of the API in a browser: it starts, and the browser finds nothing wrong."""

from __future__ import annotations

from playwright.async_api import Page, expect


async def test_the_reference_shows_operations(page: Page) -> None:
    await page.goto("/docs")
    await expect(page.locator(".opblock").first).to_be_visible()
