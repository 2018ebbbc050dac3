"""The application without a server: requests reach it as through a connection of ours."""

from __future__ import annotations

import copy
from contextlib import suppress
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
from litestar import Litestar
from litestar.datastructures import State

from stampbook.http.app import create_app, recognise
from stampbook.http.context import Context
from stampbook.http.short_paths import Answer, ShortRequest, Waiting


@cache
def _built() -> Litestar:
    return create_app(cast(Context, None))


def application(context: Context) -> Litestar:
    """The application on the context. Its routes are built once: that takes a third of a second."""
    app = copy.copy(_built())
    app.state = State({"context": context})
    return app


class InProcess(httpx.ASGITransport):
    """Hot paths go the short way, as http/connection.py sends them; the rest to the framework."""

    def __init__(self, app: Litestar, *, raise_app_exceptions: bool = True) -> None:
        super().__init__(cast(Any, app), raise_app_exceptions=raise_app_exceptions)
        self._application = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        answer = await self._short_answer(request)
        if answer is None:
            return await super().handle_async_request(request)
        headers = [*answer.headers, (b"content-length", str(len(answer.body)).encode())]
        return httpx.Response(answer.status, headers=headers, content=answer.body)

    async def _short_answer(self, request: httpx.Request) -> Answer | None:
        url = urlsplit(str(request.url))
        found = recognise(url.path) if request.method == "POST" and not url.query else None
        if found is None or "content-length" not in request.headers:
            return None
        start, name = found
        headers = [(key.lower(), value) for key, value in request.headers.raw]
        context = self._application.state.context
        begun = start(ShortRequest(context, url.path, name, headers, await request.aread()))
        if not isinstance(begun, Waiting):
            return begun
        with suppress(Exception):  # whoever finishes the request words it
            await begun.outcome
        return begun.finish(begun.outcome) or await begun.finish_slowly(begun.outcome)
