"""An event loop without threads, for histories on SQLite."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")


class Inline(uvloop.Loop):
    """Runs at once what it shall hand to a thread: most of a history's time would be spent on
    handing over."""

    def run_in_executor(  # type: ignore[override]  # what is done at once is not cancelled
        self, executor: object, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """See asyncio."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done
