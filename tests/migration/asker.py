"""One who asks a world, and keeps the exchanges."""

from __future__ import annotations

import json
from typing import Any

from tests.migration.answers import Exchange
from tests.migration.world import OWNER, Request, World

MOST_PAGES = 8


class Asker:
    """Asks, and keeps what was answered. Whatever does not exist is asked for, too."""

    def __init__(self, world: World, part: str) -> None:
        self.world = world
        self.part = part
        self.found: list[Exchange] = []

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        request = Request(self.world.now, method, path, body, **more)
        exchange = await Exchange.of(self.world, self.part, request)
        self.found.append(exchange)
        plain = exchange.answer.headers.get("content-type", "")
        is_json = "json" in plain and exchange.answer.status < 300
        return json.loads(exchange.answer.body) if is_json else None

    async def get(self, path: str, secret: str = OWNER) -> Any:
        return await self.ask("GET", path, secret=secret)

    async def pages(self, path: str) -> None:
        """A native list, page by page."""
        joint = "&" if "?" in path else "?"
        found = await self.get(path)
        for _ in range(MOST_PAGES):
            if not found or found["next_cursor"] is None:
                return
            found = await self.get(f"{path}{joint}cursor={found['next_cursor']}")

    async def numbers(self, sql: str) -> list[int]:
        rows = await self.world.store.fetch(sql)
        return [next(iter(dict(row).values())) for row in rows]
