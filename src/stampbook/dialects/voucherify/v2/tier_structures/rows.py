"""Tier structures and tiers in the database, and as they are answered."""

from functools import partial
from typing import Any, Final, NamedTuple

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import not_found
from stampbook.dialects.voucherify.core.rows import NOBODY
from stampbook.dialects.voucherify.core.times import stamp, updated
from stampbook.programs import auditing
from stampbook.storage.store import Row, Transacting

Body = dict[str, Any]


class Structure(NamedTuple):
    """A tier structure. `body` is what is answered of it beside its name: its type, what it counts,
    how tiers expire and are lost. `metadata` is JSON text."""

    number: int
    name: str
    status: str
    body: Body
    metadata: str
    created_at: int
    updated_at: int

    @property
    def definition(self) -> str:
        """The id of the card definition whose points count."""
        counted = self.body.get("point_balance") or self.body["point_earned"]
        return str(counted["card_definition_id"])


class Tier(NamedTuple):
    """A tier of a structure; `body` has its qualification rules and its own downgrade."""

    number: int
    structure: int
    name: str
    body: Body
    metadata: str
    created_at: int
    updated_at: int


SELECT_STRUCTURES: Final = """
    SELECT s.structure_id, s.name, s.status, s.body, s.metadata, s.created_at, s.updated_at, {keys}
    FROM voucherify_tier_structures s
"""
SELECT_TIERS: Final = """
    SELECT t.tier_id, t.structure_id, t.name, t.body, t.metadata, t.created_at, t.updated_at, {keys}
    FROM voucherify_tiers t
"""


def structure_of(row: Row) -> Structure:
    return Structure(
        number=row["structure_id"],
        name=row["name"],
        status=row["status"],
        body=msgspec.json.decode(row["body"]),
        metadata=row["metadata"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def tier_of(row: Row) -> Tier:
    return Tier(
        number=row["tier_id"],
        structure=row["structure_id"],
        name=row["name"],
        body=msgspec.json.decode(row["body"]),
        metadata=row["metadata"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def print_structure(structure: Structure) -> Body:
    return {
        "id": spell(Prefix.TIER_STRUCTURE, structure.number),
        "name": structure.name,
        **structure.body,
        "metadata": msgspec.json.decode(structure.metadata),
        "status": structure.status,
        "created_at": stamp(structure.created_at),
        "updated_at": updated(structure.created_at, structure.updated_at),
        "object": "tier_structure",
    }


def print_tier(tier: Tier) -> Body:
    return {
        "id": spell(Prefix.TIER, tier.number),
        "tier_structure_id": spell(Prefix.TIER_STRUCTURE, tier.structure),
        "name": tier.name,
        **tier.body,
        "metadata": msgspec.json.decode(tier.metadata),
        "created_at": stamp(tier.created_at),
        "updated_at": updated(tier.created_at, tier.updated_at),
        "object": "tier",
    }


async def get_structure(db: Transacting, call: Call, text: str) -> Structure:
    """The tenant's structure of that id. Raises a Fault (404)."""
    number = parse(Prefix.TIER_STRUCTURE, text)
    found = await _find(db, NOBODY if number is None else number, call.tenant)
    if found is None:
        raise not_found("tier_structure", text)
    return found


async def _find(db: Transacting, number: int, tenant: int) -> Structure | None:
    row = await db.fetch_one(
        SELECT_STRUCTURES.replace(", {keys}", "")
        + "WHERE s.structure_id = $1 AND s.tenant_id = $2 AND s.status <> 'DELETED'",
        number,
        tenant,
    )
    return None if row is None else structure_of(row)


async def told(db: Transacting, number: int, tenant: int) -> Body | None:
    """What the audit log tells of a structure: its tiers, too."""
    found = await _find(db, number, tenant)
    tiers = await find_tiers(db, number)
    return found and {**found._asdict(), "tiers": {spell(Prefix.TIER, t.number): t for t in tiers}}


async def hold_structure(writing: Transacting, call: Call, text: str) -> Structure:
    """The structure as it is, and stays with its tiers until the transaction ends.

    Writes; raises a Fault (404).
    """
    number = parse(Prefix.TIER_STRUCTURE, text)
    await writing.execute(
        "UPDATE voucherify_tier_structures SET updated_at = updated_at"
        " WHERE structure_id = $1 AND tenant_id = $2",
        NOBODY if number is None else number,
        call.tenant,
    )
    found = await get_structure(writing, call, text)
    load, tenant = partial(told, number=found.number, tenant=call.tenant), call.tenant
    await auditing.watch(
        writing, auditing.TIER_STRUCTURE, found.number, load, tenant=tenant, now=call.now
    )
    return found


async def find_tiers(db: Transacting, structure: int) -> list[Tier]:
    """The tiers of a structure, the oldest first."""
    rows = await db.fetch(
        SELECT_TIERS.replace(", {keys}", "")
        + "WHERE t.structure_id = $1 AND t.deleted_at IS NULL ORDER BY t.tier_id",
        structure,
    )
    return [tier_of(row) for row in rows]


def tier_among(tiers: list[Tier], text: str) -> Tier:
    """The tier of that id. Raises a Fault (404)."""
    number = parse(Prefix.TIER, text)
    for tier in tiers:
        if tier.number == number:
            return tier
    raise not_found("tier", text)


async def is_assigned(db: Transacting, structure: int) -> bool:
    """Whether a program has the structure."""
    row = await db.fetch_one(
        "SELECT 1 AS found FROM voucherify_tier_groups"
        " WHERE structure_id = $1 AND ended_at IS NULL LIMIT 1",
        structure,
    )
    return row is not None
