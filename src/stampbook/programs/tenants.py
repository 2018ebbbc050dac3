"""Tenants: organisations that share a server and see nothing of each other."""

from typing import NamedTuple

from stampbook.storage.store import Row, Transacting

DEFAULT_TENANT = 1
"""The tenant that the first migration creates; most installations need no other."""


class Tenant(NamedTuple):
    tenant_id: int
    name: str
    created_at: int


def _tenant(row: Row) -> Tenant:
    return Tenant(tenant_id=row["tenant_id"], name=row["name"], created_at=row["created_at"])


async def create(writing: Transacting, *, name: str, now: int) -> Tenant:
    """A new tenant. Writes."""
    row = await writing.fetch_one(
        "INSERT INTO tenants (name, created_at) VALUES ($1, $2)"
        " RETURNING tenant_id, name, created_at",
        name,
        now,
    )
    assert row is not None
    return _tenant(row)


async def get(db: Transacting, tenant: int) -> Tenant | None:
    """The tenant of that number."""
    row = await db.fetch_one(
        "SELECT tenant_id, name, created_at FROM tenants WHERE tenant_id = $1", tenant
    )
    return None if row is None else _tenant(row)


async def page(db: Transacting, *, after: int = 0, limit: int) -> list[Tenant]:
    """All tenants by number, those above `after`."""
    rows = await db.fetch(
        "SELECT tenant_id, name, created_at FROM tenants"
        " WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2",
        after,
        limit,
    )
    return [_tenant(row) for row in rows]


async def hold(writing: Transacting, tenant: int) -> None:
    """Lock the tenant until the transaction ends: others who lock it wait. For rules about how many
    there are of something in a tenant. Writes, but changes nothing (see programs.hold)."""
    await writing.execute("UPDATE tenants SET name = name WHERE tenant_id = $1", tenant)
