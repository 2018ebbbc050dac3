"""No secret and nothing personal is in any log at any level, whatever is sent to any operation."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

import httpx
import pytest

from stampbook.dialects.table import DIALECTS
from stampbook.edge.operations import Operation
from stampbook.settings import Settings
from stampbook.storage.store import Store
from stampbook.watching.logs import Json, Text
from tests.http.in_process import InProcess, application
from tests.http.town import ADMIN, Town, opened_town

PASSWORD = "geheimes-wort"
TOKEN = "sbk_geheimer-schluessel"
EMAIL = "anna.geheim@example.com"
PHONE = "79997654321"
NAME = "Anna-Geheim"
QUERY = "gesucht-geheim"

TRACES = (PASSWORD, TOKEN, EMAIL, PHONE, NAME, QUERY, quote(EMAIL), ADMIN)

BODY = {
    "token": TOKEN,
    "password": PASSWORD,
    "login": EMAIL,
    "email": EMAIL,
    "phone": PHONE,
    "name": NAME,
    "external_id": EMAIL,
    "source_id": EMAIL,
    "customer": {"source_id": EMAIL, "phone": PHONE},
    "client": {"phone": PHONE, "email": EMAIL, "name": NAME},
    "metadata": {"note": NAME},
    "amount": NAME,
}

PARAMETER = re.compile(r"\{\w+\}")


class Written(logging.Handler):
    """All lines of the server before they are masked, and in both formats.

    The tests' own client logs its requests too; that is no line of the server.
    """

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("http"):
            raw = f"{record.getMessage()} {getattr(record, 'fields', {})}"
            self.lines += [raw, Json().format(record), Text().format(record)]


@pytest.fixture
def written() -> Iterator[Written]:
    handler, root = Written(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
async def town(sqlite_store: Store) -> AsyncIterator[Town]:
    """One program behind all four APIs. What is logged does not depend on the database."""
    async with opened_town(sqlite_store) as opened:
        yield opened


@pytest.fixture
async def client(town: Town) -> httpx.AsyncClient:
    town.contexts[0].settings = Settings(access_log="all")
    return httpx.AsyncClient(
        transport=InProcess(application(town.contexts[0])), base_url="http://town.test"
    )


HEADERS = (
    {"authorization": f"Bearer {TOKEN}, User {PASSWORD}", "x-app-id": "a", "x-app-token": TOKEN},
    {"authorization": f"Bearer {ADMIN}", "x-app-id": EMAIL, "x-app-token": ADMIN},
    {"authorization": f"Bearer {ADMIN}, User {ADMIN}", "accept": "application/vnd.api.v2+json"},
)
"""Strangers, and the admin as each API proves them."""


@pytest.mark.parametrize("dialect", [each.name for each in DIALECTS])
async def test_every_operation_is_discreet(
    client: httpx.AsyncClient, written: Written, dialect: str
) -> None:
    (api,) = (each for each in DIALECTS if each.name == dialect)
    more = {"stampbook-actor": EMAIL, "idempotency-key": f"{PASSWORD}-{PHONE}"}
    for operation in api.operations:
        for number, headers in enumerate(HEADERS):
            for value in (EMAIL, PHONE, "1"):
                path = PARAMETER.sub(quote(value), operation.path)
                await client.request(
                    operation.method,
                    f"{path}?token={TOKEN}&email={EMAIL}&q={QUERY}",
                    json=BODY if operation.method != "GET" else None,
                    headers={**headers, **(more if number else {})},
                )
    assert len(written.lines) >= 3 * len(api.operations)
    assert not [line for line in written.lines if any(each in line for each in TRACES)]


async def test_paths_that_nobody_serves_are_discreet_too(
    client: httpx.AsyncClient, written: Written
) -> None:
    for path in (f"/{EMAIL}", f"/v1/{PHONE}/x?{QUERY}", f"/api/v1/nothing/{NAME}", f"/{TOKEN}"):
        assert (await client.get(path)).status_code == 404
    assert len(written.lines) >= 12
    assert not [line for line in written.lines if any(each in line for each in TRACES)]


def test_the_traces_would_be_found() -> None:
    """Each is in the line that an ordinary formatter would write."""
    assert all(trace in f"{BODY} {HEADERS} {QUERY} {quote(EMAIL)}" for trace in TRACES)
    assert isinstance(DIALECTS[0].operations[0], Operation)
