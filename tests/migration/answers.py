"""Recorded exchanges: a request, and the answer that it must get again."""

from __future__ import annotations

import json
import lzma
import re
from typing import Any, NamedTuple

import httpx

from tests.migration.restoring import FOLDER
from tests.migration.world import Request, World

FILE = FOLDER / "answers.json.xz"

HEADERS = ("content-type", "content-disposition", "location", "idempotency-replayed")

_RANDOM = re.compile(r"\b(req_|v-)[0-9a-f]{10,}")
"""Names of requests, which are new each time."""


class Answer(NamedTuple):
    """The status, those of HEADERS that it has, and the body without names of requests."""

    status: int
    headers: dict[str, str]
    body: str

    @classmethod
    def of(cls, answer: httpx.Response) -> Answer:
        headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
        return cls(answer.status_code, headers, _RANDOM.sub(r"\1…", answer.text))


class Exchange(NamedTuple):
    """`part`: "read" and "repeat" write nothing, "write" does, "later" is long after that."""

    part: str
    request: Request
    answer: Answer

    @classmethod
    async def of(cls, world: World, part: str, request: Request) -> Exchange:
        answer = await world.send(request)
        assert answer.status_code < 500, (request, answer.text)
        return cls(part, request, Answer.of(answer))


def write_exchanges(exchanges: list[Exchange]) -> None:
    """The file of all of them, a line for each."""
    lines = (json.dumps(each, ensure_ascii=False) for each in exchanges)
    FOLDER.mkdir(exist_ok=True)
    FILE.write_bytes(lzma.compress("\n".join(lines).encode(), preset=9 | lzma.PRESET_EXTREME))


def read_exchanges() -> list[Exchange]:
    found: list[Exchange] = []
    for line in lzma.decompress(FILE.read_bytes()).decode().split("\n"):
        part, request, answer = json.loads(line)
        found.append(Exchange(part, Request(*request), Answer(*answer)))
    return found


def told_apart(found: Answer, recorded: Answer) -> dict[str, Any]:
    """What differs, for a message that a person reads."""
    return {
        name: (mine, its)
        for name, mine, its in zip(Answer._fields, found, recorded, strict=True)
        if mine != its
    }
