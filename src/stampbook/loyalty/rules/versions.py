"""The versions of rules, whatever became of the rules."""

from collections.abc import Collection

from stampbook.loyalty.model import Version
from stampbook.loyalty.rules.bodies import read_version
from stampbook.storage.store import Transacting


async def versions(
    db: Transacting, rule: int, *, tenant: int, before: int | None = None, limit: int
) -> list[Version]:
    """The rule's versions, newest first, those with numbers below `before`."""
    rows = await db.fetch(
        """
        SELECT v.rule_id, v.version, v.valid_from, v.body, v.library
        FROM rules r JOIN rule_versions v ON v.rule_id = r.rule_id
        WHERE r.rule_id = $1 AND r.tenant_id = $2 AND v.version < $3
        ORDER BY v.version DESC LIMIT $4
        """,
        rule,
        tenant,
        2**31 - 1 if before is None else before,
        limit,
    )
    return [read_version(row) for row in rows]


async def named_versions(
    db: Transacting, names: Collection[tuple[int, int]], *, tenant: int
) -> dict[tuple[int, int], Version]:
    """Versions of the tenant's rules by rule and number, whatever became of the rules."""
    if not names:
        return {}
    listed = ", ".join(f"({int(rule)}, {int(number)})" for rule, number in sorted(names))
    rows = await db.fetch(
        f"""
        SELECT v.rule_id, v.version, v.valid_from, v.body, v.library
        FROM rules r JOIN rule_versions v ON v.rule_id = r.rule_id
        WHERE r.tenant_id = $1 AND (v.rule_id, v.version) IN (VALUES {listed})
        """,  # noqa: S608 - numbers
        tenant,
    )
    found = map(read_version, rows)
    return {(each.rule, each.number): each for each in found}


async def version(db: Transacting, rule: int, number: int, *, tenant: int) -> Version | None:
    """One version of the tenant's rule, whatever became of the rule."""
    found = await versions(db, rule, tenant=tenant, before=number + 1, limit=1)
    return found[0] if found and found[0].number == number else None
