"""Card definitions in the database: the tenant's own, and currencies that another API made."""

from functools import partial
from typing import Any, NamedTuple

import msgspec

from stampbook.dialects.spelling.voucherify import DEFINED_HERE, Prefix, parse
from stampbook.dialects.voucherify.core.calls import Call, Reading
from stampbook.dialects.voucherify.core.definitions.terms import body_of
from stampbook.dialects.voucherify.core.faults import not_found
from stampbook.dialects.voucherify.core.rows import NOBODY
from stampbook.programs import auditing
from stampbook.programs.policies import Terms
from stampbook.storage.policy_rows import decode_rules
from stampbook.storage.store import Row, Transacting


class Definition(NamedTuple):
    """A card definition. `number` is the wire's; `definition_id` our row, None if the
    definition is the currency of another API. `body` are its parts as they are answered."""

    number: int
    definition_id: int | None
    name: str
    status: str
    body: dict[str, Any]
    metadata: str
    created_at: int
    updated_at: int


SELECT_DEFINITIONS = """
    SELECT x.definition_id, x.number, x.name, x.status, x.body, x.policy, x.overdraft,
           x.metadata, x.created_at, x.updated_at, {keys}
    FROM (
        SELECT d.definition_id, 1099511627776 + d.definition_id AS number, d.name, d.status,
               d.body, NULL AS policy, 0 AS overdraft, d.metadata, d.created_at, d.updated_at
        FROM voucherify_card_definitions d
        WHERE d.tenant_id = $1 AND d.status <> 'DELETED'
        UNION ALL
        SELECT NULL, c.currency_id, c.name, 'ACTIVE', NULL, c.policy, c.overdraft,
               c.metadata, c.created_at, c.updated_at
        FROM currencies c JOIN programs p ON p.program_id = c.program_id
        WHERE c.tenant_id = $1 AND c.scale = 0 AND p.deleted_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM voucherify_assignments a
                          WHERE a.currency_id = c.currency_id)
    ) x
"""
"""The tenant's definitions: its own, and the currencies that another API made."""


def definition_of(row: Row) -> Definition:
    """A definition of a row of `SELECT_DEFINITIONS`."""
    body = row["body"]
    return Definition(
        number=row["number"],
        definition_id=row["definition_id"],
        name=row["name"],
        status=row["status"],
        body=_native_body(row) if body is None else msgspec.json.decode(body),
        metadata=row["metadata"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _native_body(row: Row) -> dict[str, Any]:
    pending, expiry = decode_rules(row["policy"])
    return body_of(Terms(pending=pending, expiry=expiry, overdraft=row["overdraft"]))


async def find_definition(db: Transacting, number: int, *, tenant: int) -> Definition | None:
    """The tenant's definition of that number, unless it is deleted."""
    select = SELECT_DEFINITIONS.replace(", {keys}", "")
    row = await db.fetch_one(f"{select} WHERE x.number = $2", tenant, number)
    return None if row is None else definition_of(row)


async def get_definition(db: Transacting, call: Call, text: str) -> Definition:
    """The tenant's definition of that id. Raises a Fault (404)."""
    number = parse(Prefix.CARD_DEFINITION, text)
    found = await find_definition(db, NOBODY if number is None else number, tenant=call.tenant)
    if found is None:
        raise not_found("card_definition", text)
    return found


async def hold_definition(writing: Transacting, call: Call, text: str) -> Definition:
    """The definition as it is, and stays until the transaction ends. Writes; raises a Fault (404).

    A currency of another API is guarded by its version instead.
    """
    number = parse(Prefix.CARD_DEFINITION, text)
    await writing.execute(
        "UPDATE voucherify_card_definitions SET updated_at = updated_at"
        " WHERE definition_id = $1 AND tenant_id = $2",
        (NOBODY if number is None else number) - DEFINED_HERE,
        call.tenant,
    )
    found = await get_definition(writing, call, text)
    if found.definition_id is not None:
        await auditing.watch(
            writing,
            auditing.CARD_DEFINITION,
            found.definition_id,
            partial(find_definition, number=found.number, tenant=call.tenant),
            tenant=call.tenant,
            now=call.now,
        )
    return found


async def assigned_definitions(db: Transacting, call: Reading, program: int) -> list[Definition]:
    """The definitions that a program has, by currency."""
    found = [
        await find_definition(db, number, tenant=call.tenant)
        for number, _ in await assigned(db, program)
    ]
    return [each for each in found if each is not None]


async def assigned(db: Transacting, program: int) -> list[tuple[int, int]]:
    """The numbers of a program's definitions, each with the currency that it is here."""
    rows = await db.fetch(
        """
        SELECT c.currency_id, a.definition_id FROM currencies c
        LEFT JOIN voucherify_assignments a ON a.currency_id = c.currency_id
        WHERE c.program_id = $1 AND c.scale = 0 AND a.ended_at IS NULL
        ORDER BY c.currency_id
        """,
        program,
    )
    return [
        (
            row["currency_id"]
            if row["definition_id"] is None
            else DEFINED_HERE + row["definition_id"],
            row["currency_id"],
        )
        for row in rows
    ]
