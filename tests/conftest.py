"""Fixtures for all tests, and the number of examples for the properties."""

from __future__ import annotations

import gc
import os
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator

import pytest
import uvloop
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings

from stampbook.programs.people import passwords
from tests.browser.finding import pytest_terminal_summary
from tests.postgres import (
    durable_postgres_server,
    postgres_database,
    postgres_server,
    postgres_url,
)
from tests.stores import (
    memory,
    other_postgres_store,
    other_sqlite_store,
    other_store,
    own_address,
    own_postgres_address,
    own_postgres_store,
    own_sqlite_address,
    own_sqlite_store,
    own_store,
    postgres_address,
    postgres_states,
    postgres_store,
    postgres_template,
    shared_postgres,
    shared_postgres_address,
    shared_postgres_store,
    shared_sqlite,
    shared_sqlite_store,
    sqlite_address,
    sqlite_states,
    sqlite_store,
    sqlite_template,
    states,
    store,
    store_address,
)
from tests.turns import INSTEAD, WHOLE, left_out, not_of_the_session

__all__ = [
    "durable_postgres_server",
    "memory",
    "other_postgres_store",
    "other_sqlite_store",
    "other_store",
    "own_address",
    "own_postgres_address",
    "own_postgres_store",
    "own_sqlite_address",
    "own_sqlite_store",
    "own_store",
    "postgres_address",
    "postgres_database",
    "postgres_server",
    "postgres_states",
    "postgres_store",
    "postgres_template",
    "postgres_url",
    "pytest_terminal_summary",
    "shared_postgres",
    "shared_postgres_address",
    "shared_postgres_store",
    "shared_sqlite",
    "shared_sqlite_store",
    "sqlite_address",
    "sqlite_states",
    "sqlite_store",
    "sqlite_template",
    "states",
    "store",
    "store_address",
]

# `make test` tries the same examples every time; `make campaign` tries many, chosen by its seed.
CAMPAIGN_EXAMPLES = int(os.environ.get("STAMPBOOK_CAMPAIGN", "0"))

settings.register_profile(
    "test",
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=True,
)
settings.register_profile(
    "campaign",
    max_examples=max(CAMPAIGN_EXAMPLES, 1),
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("campaign" if CAMPAIGN_EXAMPLES else "test")


@pytest.fixture(scope="session", autouse=True)
def deployed_hasher() -> Iterator[PasswordHasher]:
    """What hashes passwords in a deployment, and in servers that tests start. In the process of the
    tests they are hashed as argon2id does, but in a moment."""
    deployed = passwords._hasher
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
        yield deployed


@pytest.fixture(scope="session")
def _asyncio_loop_factory() -> Callable[[], AbstractEventLoop]:
    """Coroutines run in the loop that a server has.

    This replaces a fixture of pytest-asyncio. Its hook for the same is a parameter of tests that
    are coroutines: fixtures of the session would end and begin anew between them and the others.
    """
    return uvloop.new_event_loop


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Rows of tests on both databases take turns: see turns.py."""
    left = not_of_the_session(items) if INSTEAD else [] if WHOLE else left_out(items)
    if left:
        config.hook.pytest_deselected(items=left)
        dropped = set(left)
        items[:] = [each for each in items if each not in dropped]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Modules and tests stay until the end: the garbage collector need not look at them again. Of
    what tests make it looks seldom: that takes a tenth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
