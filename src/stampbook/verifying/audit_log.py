"""Verifies the audit log: the chain of every tenant, from its first row to its head."""

from collections.abc import AsyncIterator
from typing import Final

from stampbook.domain.audit import JournalFault
from stampbook.domain.hashing import GENESIS, audit_digest, audit_hash
from stampbook.storage.store import Row, Store

PAGE: Final = 500
"""Rows that are read at once."""

CONTENT: Final = (
    "tenant_id", "number", "at", "action", "entity", "program_id", "user_id", "api_key_id",
    "address", "request_id", "dialect", "actor",
)  # fmt: skip
"""What the hash of a row covers, in this order (programs/auditing.py)."""

_SELECT: Final = f"""
    SELECT {", ".join(CONTENT)}, changes, reason, salt, digest, hash FROM audit
    WHERE tenant_id = $1 AND number > $2 AND number <= $3 ORDER BY number LIMIT {PAGE}
"""  # noqa: S608 - constants


async def verify_audit(store: Store) -> AsyncIterator[JournalFault]:
    """The first fault of each tenant's chain; `account` and `seq` are 0."""
    tenants = await store.fetch(
        """
        SELECT t.tenant_id, h.number, h.hash,
               (SELECT max(a.number) FROM audit a WHERE a.tenant_id = t.tenant_id) AS newest
        FROM tenants t
        LEFT JOIN audit_heads h ON h.tenant_id = t.tenant_id ORDER BY t.tenant_id
        """
    )
    for tenant in tenants:
        fault = await _first_fault(store, tenant)
        if fault is not None:
            yield JournalFault(0, 0, f"the audit log of tenant {tenant['tenant_id']}: {fault}")


async def _first_fault(store: Store, tenant: Row) -> str | None:
    """What is wrong with the chain up to the head that was read with the tenant."""
    last = 0 if tenant["number"] is None else int(tenant["number"])
    if (tenant["newest"] or 0) > last:
        head = f"its head is row {last}" if last else "it has no head"
        return f"it goes on to row {tenant['newest']}, but {head}"
    number, previous = 0, GENESIS
    while rows := await store.fetch(_SELECT, tenant["tenant_id"], number, last):
        for row in rows:
            number += 1
            if row["number"] != number:
                return f"row {number} is missing"
            if not _is_sealed(row):
                return f"row {number}: its digest does not cover its changes and its reason"
            content = [row[name] for name in CONTENT]
            if bytes(row["hash"]) != audit_hash(previous, content, bytes(row["digest"])):
                return f"row {number}: the hash does not cover the row and its predecessor"
            previous = bytes(row["hash"])
    if number != last:
        return f"it ends with row {number}, but its head is row {last}"
    if last and previous != bytes(tenant["hash"]):
        return f"the hash of its head is not that of row {last}"
    return None


def _is_sealed(row: Row) -> bool:
    """Whether the row's texts match its digest, or were erased together with the salt."""
    salt, changes, reason = bytes(row["salt"]), row["changes"], row["reason"]
    if not salt:
        return (changes, reason) == ("{}", None)
    return bytes(row["digest"]) == audit_digest(salt, changes, reason)
