"""Benefits in the database, and as they are answered."""

from typing import Any, Final, NamedTuple

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import not_found
from stampbook.dialects.voucherify.core.rows import NOBODY
from stampbook.dialects.voucherify.core.times import stamp, updated
from stampbook.dialects.voucherify.v2.benefits.wire import print_stock
from stampbook.dialects.voucherify.v2.rules.content import benefit_ids
from stampbook.dialects.voucherify.v2.rules.rows import (
    OF_TENANT,
    SELECT_RULES,
    EarningRule,
    rule_of,
)
from stampbook.loyalty.rewards.model import Benefit
from stampbook.storage.store import Row, Transacting

Body = dict[str, Any]

SELECT: Final = """
    SELECT b.benefit_id, b.name, b.status, b.stock, b.origin, b.created_at, b.updated_at, {keys}
    FROM benefits b
"""
MINE: Final = (
    "b.tenant_id = $1 AND b.program_id IS NULL AND b.origin IS NOT NULL AND b.status <> 'deleted'"
)


class Seen(NamedTuple):
    """A benefit of the tenant's. `body` has its type and what it gives, as they are answered;
    `stock` is what is left of it (None: without end)."""

    benefit_id: int
    name: str
    status: str
    stock: int | None
    body: Body
    created_at: int
    updated_at: int

    @property
    def metadata(self) -> str:
        return "{}"


def seen(row: Row) -> Seen:
    return Seen(
        benefit_id=row["benefit_id"],
        name=row["name"],
        status=row["status"],
        stock=row["stock"],
        body=msgspec.json.decode(row["origin"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def seen_of(benefit: Benefit) -> Seen:
    assert benefit.origin is not None
    return Seen(
        benefit_id=benefit.benefit_id,
        name=benefit.name,
        status=benefit.status,
        stock=benefit.stock,
        body=msgspec.json.decode(benefit.origin),
        created_at=benefit.created_at,
        updated_at=benefit.updated_at,
    )


def print_benefit(benefit: Seen) -> Body:
    return {
        "id": spell(Prefix.BENEFIT, benefit.benefit_id),
        "name": benefit.name,
        "status": benefit.status.upper(),
        "stock": print_stock(benefit.stock),
        **benefit.body,
        "created_at": stamp(benefit.created_at),
        "updated_at": updated(benefit.created_at, benefit.updated_at),
        "object": "benefit",
    }


async def get_seen(db: Transacting, call: Call, text: str) -> Seen:
    """The tenant's benefit of that id. Raises a Fault (404)."""
    number = parse(Prefix.BENEFIT, text)
    row = await db.fetch_one(
        f"{SELECT.replace(', {keys}', '')} WHERE {MINE} AND b.benefit_id = $2",
        call.tenant,
        NOBODY if number is None else number,
    )
    if row is None:
        raise not_found("benefit", text)
    return seen(row)


async def rules_with(db: Transacting, call: Call, found: Seen) -> list[EarningRule]:
    """The tenant's earning rules that give the benefit."""
    text = spell(Prefix.BENEFIT, found.benefit_id)
    rows = await db.fetch(
        f"{SELECT_RULES.replace(', {keys}', '')} WHERE {OF_TENANT}"
        " AND replace(r.origin, CAST($2 AS text), '') <> r.origin",
        call.tenant,
        text,
    )
    rules = [rule_of(row) for row in rows]
    return [each for each in rules if text in benefit_ids(each.body)]
