"""Users from before there were roles have the role that their scopes were worth."""

from __future__ import annotations

import pytest

from stampbook.programs import users
from stampbook.programs.roles import Role
from stampbook.storage.applied import FOLDER, known
from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from tests.storage.test_migrating import run_sql

VERSION = "20261130000400"

ROLES = {
    "admin": Role.ADMIN,
    "read admin": Role.ADMIN,
    "read ledger:write ledger:cancel": Role.SUPPORT,
    "ledger:cancel": Role.SUPPORT,
    "read ledger:write": Role.VIEWER,
    "read": Role.VIEWER,
}


async def test_scopes_become_roles(own_address: str) -> None:
    folder = FOLDER / ("sqlite" if own_address.startswith("sqlite") else "postgres")
    text = (folder / known(own_address)[VERSION]).read_text()
    run_sql(own_address, text.partition("-- migrate:down")[2])
    run_sql(own_address, f"DELETE FROM schema_migrations WHERE version = '{VERSION}'")
    values = ", ".join(
        f"(1, 'user {at}', 'x', '{scopes}', 0, 0)" for at, scopes in enumerate(ROLES)
    )
    run_sql(
        own_address,
        "INSERT INTO users (tenant_id, login, password_hash, scopes, created_at, updated_at)"
        f" VALUES {values}",
    )
    assert migrate(own_address) == [known(own_address)[VERSION]]
    store = await open_store(own_address)
    try:
        found = await users.page(store, tenant=1, limit=9)
    finally:
        await store.close()
    assert [each.role for each in found] == list(ROLES.values())
    assert {each.status for each in found} == {users.ACTIVE}


@pytest.mark.parametrize("role", Role)
def test_earlier_releases_read_scopes_that_are_no_more_than_the_role(role: Role) -> None:
    """They run beside this one while it is deployed."""
    assert role.scopes
    assert ("admin" in role.scopes) == (role is Role.ADMIN)
