"""A server with an account on it, on either database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from stampbook.storage.store import Store
from stampbook_client import AsyncStampbook, Retries
from tests.clients.serving import Serving, serving

FAST = Retries(first_s=0.001, longest_s=0.01)


class Shop(NamedTuple):
    """A client of a server, and an account with no points in a currency of two digits."""

    server: Serving
    client: AsyncStampbook
    program: str
    currency: str
    member: str
    account: str


@pytest.fixture
async def shop(store: Store, tmp_path: Path) -> AsyncIterator[Shop]:
    async with (
        serving(store, str(tmp_path)) as server,
        AsyncStampbook(server.url, server.secret, retries=FAST) as client,
    ):
        program = await client.programs.create(name="Coffee club")
        currency = await client.currencies.create(program.id, name="Points", scale=2)
        member = await client.members.create(program.id, name="Anna")
        account = await client.accounts.create(member_id=member.id, currency_id=currency.id)
        yield Shop(server, client, program.id, currency.id, member.id, account.id)
