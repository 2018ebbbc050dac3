"""Earning rules in the database, and as they are answered."""

from typing import Any, Final, NamedTuple

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell, spell_earning
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import not_found
from stampbook.dialects.voucherify.core.rows import NOBODY
from stampbook.dialects.voucherify.core.times import stamp, stamp_or_none, updated
from stampbook.loyalty.rules import storing
from stampbook.storage.store import Row, Transacting

Body = dict[str, Any]


class EarningRule(NamedTuple):
    """A rule of the tenant's. `body` has its parts as they are answered, with instants for dates;
    each earning has its serial number as its id. `metadata` is JSON text."""

    rule_id: int
    name: str
    status: str
    body: Body
    metadata: str
    created_at: int
    updated_at: int


SELECT_RULES: Final = """
    SELECT r.rule_id, r.name, r.status, r.origin, r.metadata, r.created_at, r.updated_at, {keys}
    FROM rules r
"""
OF_TENANT: Final = (
    "r.tenant_id = $1 AND r.program_id IS NULL AND r.origin IS NOT NULL AND r.status <> 'deleted'"
)


def rule_of(row: Row) -> EarningRule:
    """A rule of a row of `SELECT_RULES`."""
    return EarningRule(
        rule_id=row["rule_id"],
        name=row["name"],
        status=row["status"],
        body=msgspec.json.decode(row["origin"]),
        metadata=row["metadata"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def seen_of(rule: storing.Rule) -> EarningRule:
    """The same of the engine's rule."""
    assert rule.origin is not None
    return EarningRule(
        rule_id=rule.rule_id,
        name=rule.name,
        status=str(rule.status),
        body=msgspec.json.decode(rule.origin),
        metadata=rule.metadata,
        created_at=rule.created_at,
        updated_at=rule.updated_at,
    )


async def get_rule(db: Transacting, call: Call, text: str) -> EarningRule:
    """The tenant's rule of that id. A key of one program sees those that are assigned to it, or
    were. Raises a Fault (404)."""
    number = parse(Prefix.EARNING_RULE, text)
    row = await db.fetch_one(
        f"{SELECT_RULES.replace(', {keys}', '')} WHERE {OF_TENANT} AND r.rule_id = $2",
        call.tenant,
        NOBODY if number is None else number,
    )
    if row is None or not await _is_seen(db, call, row["rule_id"]):
        raise not_found("earning_rule", text)
    return rule_of(row)


async def _is_seen(db: Transacting, call: Call, rule: int) -> bool:
    program = call.caller.program
    if program is None:
        return True
    row = await db.fetch_one(
        "SELECT 1 AS found FROM rule_programs WHERE program_id = $1 AND rule_id = $2 LIMIT 1",
        program,
        rule,
    )
    return row is not None


async def hold_rule(writing: Transacting, call: Call, text: str) -> EarningRule:
    """The rule as it is, and stays until the transaction ends. Writes; raises a Fault (404)."""
    number = parse(Prefix.EARNING_RULE, text)
    await writing.execute(
        "UPDATE rules SET updated_at = updated_at WHERE rule_id = $1 AND tenant_id = $2",
        NOBODY if number is None else number,
        call.tenant,
    )
    return await get_rule(writing, call, text)


async def engine_rule(writing: Transacting, call: Call, rule: EarningRule) -> storing.Rule:
    """The engine's rule of one that was found."""
    found = await storing.get(writing, rule.rule_id, tenant=call.tenant)
    assert found is not None
    return found


def print_rule(rule: EarningRule) -> Body:
    body = rule.body
    return {
        "id": spell(Prefix.EARNING_RULE, rule.rule_id),
        "name": rule.name,
        "status": rule.status.upper(),
        "earnings": [
            {**each, "id": spell_earning(rule.rule_id, each["id"])} for each in body["earnings"]
        ],
        "trigger": body["trigger"],
        "error": body["error"],
        "validity_hours": body["validity_hours"],
        "start_date": stamp_or_none(body["start_date"]),
        "end_date": stamp_or_none(body["end_date"]),
        "trigger_limits": body["trigger_limits"],
        "metadata": msgspec.json.decode(rule.metadata),
        "created_at": stamp(rule.created_at),
        "updated_at": updated(rule.created_at, rule.updated_at),
        "object": "earning_rule",
    }
