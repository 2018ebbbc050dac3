"""PostgreSQL for the test run: one cluster, started when the first test needs it.

Tests are never skipped: a machine without PostgreSQL uses the wheel in the test dependencies, and
without that wheel the tests fail and say what is missing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from stampbook.storage.postgres.temporary import TemporaryPostgres

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[TemporaryPostgres]:
    """A fast cluster without crash safety."""
    with TemporaryPostgres(durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def durable_postgres_server() -> Iterator[TemporaryPostgres]:
    """A durable cluster, for tests that kill processes."""
    with TemporaryPostgres(durable=True) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: TemporaryPostgres) -> str:
    """The address of the cluster's default database. Create nothing in it."""
    return postgres_server.url


@pytest.fixture
def postgres_database(postgres_server: TemporaryPostgres) -> Iterator[str]:
    """The address of an empty database for one test."""
    name = f"empty_{next(_numbers)}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)
