"""`python -m tests.documentation.drawings`: write the pictures of docs/concepts."""

from __future__ import annotations

import asyncio

from tests.documentation.drawings.drawing import drawn


async def _write() -> None:
    async for path, text in drawn():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    asyncio.run(_write())
