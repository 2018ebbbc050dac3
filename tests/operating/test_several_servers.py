"""Addresses with several servers: connections lead to the one that takes writes."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import asyncpg
import pytest

from stampbook.storage import applied
from stampbook.storage.address import check_address, split_address, without_password
from stampbook.storage.opening import open_store
from stampbook.storage.postgres import reaching
from stampbook.storage.postgres.reaching import Reaching, places
from stampbook.storage.store import Unavailable


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a machine that answers nothing, as one that is gone."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def closed() -> str:
    """The address of a server that has ended."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"127.0.0.1:{listening.getsockname()[1]}"


def beside(address: str, *others: str) -> str:
    """The address with more servers, before its own."""
    start, at, rest = address.partition("@")
    return f"{start}{at}{','.join(others)},{rest}"


def test_each_server_has_an_address() -> None:
    assert places("postgresql://u:p%2Cq@one:1,[::1]:2,three/name?sslmode=require") == [
        "postgresql://u:p%2Cq@one:1/name?sslmode=require",
        "postgresql://u:p%2Cq@[::1]:2/name?sslmode=require",
        "postgresql://u:p%2Cq@three/name?sslmode=require",
    ]
    assert places("postgresql:///name") == ["postgresql:///name"]


def test_one_of_several_may_have_an_address_of_ipv6() -> None:
    """Newer versions of Python's own urlsplit refuse all of these but the first."""
    for hosts in ("[::1]:2", "one,[::1]", "one:1,[::1]:2,three", "[::1],[::2]:2"):
        url = f"postgresql://u:p@{hosts}/name?sslmode=require"
        check_address(url)
        assert split_address(url)[1:] == (f"u:p@{hosts}", "/name", "sslmode=require", "")
        assert without_password(url) == f"postgresql://u@{hosts}/name"


async def test_the_one_that_takes_writes_is_found(
    monkeypatch: pytest.MonkeyPatch, postgres_address: str, silent: str, closed: str
) -> None:
    """Whatever the others do. Later connections ask it first."""
    monkeypatch.setattr(reaching, "CONNECT_TIMEOUT_S", 1.5)
    found = Reaching(beside(postgres_address, silent, closed))
    for _ in range(2):
        connection = await found.connect()
        assert await connection.fetchval("SELECT NOT pg_is_in_recovery()")
        await connection.close()
        monkeypatch.setattr(reaching, "CONNECT_TIMEOUT_S", applied.CONNECT_TIMEOUT_S)


async def test_a_store_opens_on_several_servers(postgres_address: str, closed: str) -> None:
    store = await open_store(beside(postgres_address, closed))
    row = await store.fetch_one("SELECT 1 AS one")
    assert row is not None
    assert row["one"] == 1
    await store.close()


async def test_what_is_wrong_at_the_primary_is_said(postgres_address: str, closed: str) -> None:
    """Rather than that another server is away."""
    start, _, rest = beside(postgres_address, closed).partition("@")
    wrong = f"{start.rpartition(':')[0]}:wrong@{rest}"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await Reaching(wrong).connect()
    with pytest.raises(Unavailable, match="Correct user and password"):
        await open_store(wrong)


async def test_without_a_primary(closed: str) -> None:
    with pytest.raises(Unavailable, match="no server can be reached"):
        await open_store(f"postgresql://u:p@{closed},{closed}/name")
