"""Every operation, called by both Python clients on a running server: what they answer is what the
server said, to the last field."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from stampbook.programs import users
from stampbook.storage.store import Store
from stampbook_client import ApprovalPendingError, AsyncStampbook, Stampbook
from stampbook_client.pages import AsyncPages, Pages
from tests.clients.playing import Called, calls, for_python, names
from tests.clients.serving import Serving, serving
from tests.http.native.play import LOGIN


@pytest.fixture
async def server(sqlite_store: Store, tmp_path: Path) -> AsyncIterator[Serving]:
    async with serving(sqlite_store, str(tmp_path)) as found:
        async with sqlite_store.transaction() as writing:
            await users.create(
                writing, tenant=1, login=LOGIN, password_hash="none", now=found.clock()
            )
        yield found


Said = list[httpx.Response]


async def played(server: Serving, call: Callable[[Called, str], Any], said: Said) -> set[str]:
    """The operations that were called. `call` answers what a client does, which must be what is
    `said` last."""
    answers: dict[str, Any] = {}
    for called in calls(answers):
        step = called.step
        if step.operation not in ("stop_import", "resume_import"):
            await server.carrier.work()
            await server.carrier.idle()
        token = answers[step.by].token if step.by else server.secret
        answer = call(called, token)
        answers[step.operation] = await answer if inspect.isawaitable(answer) else answer
        server.clock.advance(seconds=60)
        assert lost(said[-1], answers[step.operation]) == "", called
    return set(answers)


def lost(response: httpx.Response, answer: Any) -> str:
    """What the answer of the client does not have of the server's, if anything."""
    if isinstance(answer, bytes):
        return "" if answer == response.content else "the content differs"
    body = response.json()
    whole = bare(body.get("approval", body))
    known = bare(json.loads(msgspec.json.encode(answer)))
    return "" if whole == known else f"{whole} is not {known}"


def bare(value: Any) -> Any:
    """Without what is null, which may also be left out; what any object may have is as it is."""
    if isinstance(value, dict):
        return {name: bare(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [bare(each) for each in value]
    return value


def first(answer: Any) -> Any:
    """The answer, of a list its first page."""
    return answer.page() if isinstance(answer, Pages | AsyncPages) else answer


async def test_of_the_client_for_asyncio(server: Serving) -> None:
    said: Said = []

    async def heard(response: httpx.Response) -> None:
        await response.aread()
        said.append(response)

    async with httpx.AsyncClient(event_hooks={"response": [heard]}) as http:
        client = AsyncStampbook(server.url, server.secret, http_client=http)

        async def call(called: Called, token: str) -> Any:
            method = getattr(getattr(client.signed_in(token), called.resource), called.method)
            files = () if called.file is None else (called.file,)
            try:
                answer = first(method(*called.ids, *files, **for_python(called.params)))
                return await answer
            except ApprovalPendingError as pending:
                assert called.step.status == 202
                return pending.approval

        assert await played(server, call, said) == names().keys()


async def test_of_the_client_for_threads(server: Serving) -> None:
    said: Said = []

    def heard(response: httpx.Response) -> None:
        response.read()
        said.append(response)

    with httpx.Client(event_hooks={"response": [heard]}) as http:
        client = Stampbook(server.url, server.secret, http_client=http)

        def asked(called: Called, token: str) -> Any:
            method = getattr(getattr(client.signed_in(token), called.resource), called.method)
            files = () if called.file is None else (called.file,)
            try:
                return first(method(*called.ids, *files, **for_python(called.params)))
            except ApprovalPendingError as pending:
                assert called.step.status == 202
                return pending.approval

        async def call(called: Called, token: str) -> Any:
            return await asyncio.to_thread(asked, called, token)

        assert await played(server, call, said) == names().keys()
