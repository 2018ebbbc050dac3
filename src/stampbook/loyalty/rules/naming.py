"""Which rules name a benefit."""

from stampbook.loyalty.model import Given
from stampbook.loyalty.rules.bodies import text_of_effect
from stampbook.storage.store import Transacting


async def rules_that_give(
    db: Transacting, benefit: int, *, tenant: int, idle: bool = False
) -> list[int]:
    """The tenant's active rules whose newest version gives the benefit, by number; with `idle` also
    those that are not active."""
    rows = await db.fetch(
        """
        SELECT r.rule_id
        FROM rules r JOIN rule_versions v ON v.rule_id = r.rule_id AND v.version = r.version
        WHERE r.tenant_id = $1 AND v.body LIKE $2 AND r.status <> 'deleted'
          AND (r.status = 'active' OR CAST($3 AS bigint) = 1)
        ORDER BY r.rule_id
        """,
        tenant,
        f"%{text_of_effect(Given(benefit))}%",
        int(idle),
    )
    return [row["rule_id"] for row in rows]
