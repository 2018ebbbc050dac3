"""An hour with every operation of the native API, in two programs side by side.

The play is that of the examples. It is played three times: alone, to know its ids; for one program,
theirs; and for another, ours. What a key of our program could ask for with their ids follows from
it: each request of theirs as it is, and each of ours with one of its ids replaced by theirs.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx

from stampbook.dialects.native.routes import OPERATIONS
from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.programs import api_keys, users
from stampbook.storage.store import Store
from tests.http.examples import Step
from tests.http.in_process import InProcess, application
from tests.http.native.asking import Clock
from tests.http.native.play import LOGIN

BY_NAME = {operation.name: operation for operation in OPERATIONS}

IDS = re.compile(r"\b[a-z]{3}_[0-9a-z]+\b|\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2,}\b")
"""Ids, and codes of purchases."""

MINUTE_S = 60


class Asked(NamedTuple):
    """A request, as text whose ids can be replaced."""

    operation: str
    path: str
    body: str

    @property
    def ids(self) -> set[str]:
        return set(IDS.findall(f"{self.path} {self.body}"))

    def with_ids(self, names: dict[str, str]) -> Asked:
        def put(text: str) -> str:
            return IDS.sub(lambda match: names.get(match[0], match[0]), text)

        return self._replace(path=put(self.path), body=put(self.body))


def requests_of(play: Sequence[Step]) -> Generator[Asked, Any, None]:
    """The requests of a play; each is answered before the next is asked for."""
    last: dict[str, Any] = {}
    for step in play:
        operation = BY_NAME[step.operation]
        ids = [_answered(last, each) if each[:1] == "@" else each for each in step.ids]
        rest = iter(ids)
        path = re.sub(r"{\w+}", lambda _, rest=rest: next(rest), operation.path)  # type: ignore[misc]
        body = json.dumps(step.body) if operation.body and step.body is not None else ""
        last[step.operation] = yield Asked(step.operation, f"{path}?{step.query}", body)


def _answered(last: dict[str, Any], place: str) -> str:
    name, _, part = place[1:].partition(".")
    return str(last[name]["codes"][0]["code"] if part else last[name]["id"])


def pair(alone: Any, found: Any, names: dict[str, str]) -> None:
    """Which id of an answer stands for which id of the same answer when the play was alone."""
    if isinstance(alone, dict) and isinstance(found, dict):
        for field in alone.keys() & found.keys():
            pair(alone[field], found[field], names)
    elif isinstance(alone, list) and isinstance(found, list):
        for one, other in zip(alone, found, strict=False):
            pair(one, other, names)
    elif isinstance(alone, str) and IDS.fullmatch(alone):
        names.setdefault(alone, str(found))


class Native:
    """The application on a store, and callers of it."""

    def __init__(self, store: Store, ledger: Ledger, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.app = application(Context(store, ledger, clock))

    async def ask(self, asked: Asked, secret: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        method = BY_NAME[asked.operation].method
        transport = InProcess(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://native") as client:
            return await client.request(method, asked.path, headers=headers, content=asked.body)

    async def key(self, program: int | None = None) -> str:
        secret = api_keys.new_secret()
        async with self.store.transaction() as writing:
            await api_keys.create(
                writing,
                tenant=1,
                name="key",
                scopes=["admin"],
                secret=secret,
                now=0,
                program=program,
            )
        return secret


@asynccontextmanager
async def opened_native(store: Store) -> AsyncIterator[Native]:
    clock = Clock()
    ledger = Ledger(store, clock=clock)
    await ledger.start()
    async with store.transaction() as writing:
        await users.create(writing, tenant=1, login=LOGIN, password_hash="none", now=clock())
    yield Native(store, ledger, clock)
    await ledger.stop()


async def played_alone(native: Native, play: Sequence[Step]) -> list[tuple[Asked, Any]]:
    """The requests of the play and what they are answered."""
    admin = await native.key()
    asking = requests_of(play)
    found: list[tuple[Asked, Any]] = []
    asked = next(asking)
    while True:
        answer = await native.ask(asked, admin)
        assert answer.is_success, (asked, answer.text)
        native.clock.advance(seconds=MINUTE_S)
        body = answer.json() if answer.content else None
        found.append((asked, body))
        try:
            asked = asking.send(body)
        except StopIteration:
            return found
