"""What counts for tiers and is not in the journal: orders that were paid, and segments."""

from stampbook.loyalty.tiers.groups import TierGroup
from stampbook.loyalty.tiers.machine import Fact
from stampbook.storage.store import Row, Transacting


def is_needed(group: TierGroup) -> bool:
    """Whether standings in the group depend on more than the journal."""
    return group.terms.basis == "spend" or any(tier.segment for tier in group.tiers)


async def facts(db: Transacting, group: TierGroup, member: int) -> list[Fact]:
    """The member's facts for the group, in order of time."""
    found: list[Fact] = []
    if group.terms.basis == "spend":
        found += await _orders(db, group.program_id, member)
    names = {tier.segment for tier in group.tiers}
    if any(names):
        rows = await db.fetch(
            """
            SELECT segment, entered_at FROM segment_members
            WHERE program_id = $1 AND member_id = $2
            """,
            group.program_id,
            member,
        )
        found += [
            Fact(row["entered_at"], 0, entered=row["segment"])
            for row in rows
            if row["segment"] in names
        ]
    return sorted(found, key=lambda fact: fact.at)


async def _orders(db: Transacting, program: int, member: int) -> list[Fact]:
    orders = await db.fetch(
        """
        SELECT order_id, total, effective_at, paid_at FROM orders
        WHERE member_id = $1 AND program_id = $2 AND paid_at IS NOT NULL ORDER BY order_id
        """,
        member,
        program,
    )
    refunds = await db.fetch(
        """
        SELECT r.order_id, r.amount, r.created_at, r.voided_at, o.effective_at
        FROM orders o JOIN refunds r ON r.order_id = o.order_id
        WHERE o.member_id = $1 AND o.program_id = $2 AND o.paid_at <= r.created_at
        ORDER BY r.refund_id
        """,
        member,
        program,
    )
    found = [_paid(row) for row in orders]
    for row in refunds:
        found.append(_refunded(row, row["created_at"], -row["amount"]))
        if row["voided_at"] is not None:
            found.append(_refunded(row, row["voided_at"], row["amount"]))
    return found


def _paid(row: Row) -> Fact:
    return Fact(
        row["paid_at"],
        0,
        row["total"],
        counted_at=row["effective_at"],
        origin=row["order_id"],
        activity="earning",
    )


def _refunded(row: Row, at: int, delta: int) -> Fact:
    return Fact(at, 0, delta, counted_at=row["effective_at"], origin=row["order_id"], undoes=True)
