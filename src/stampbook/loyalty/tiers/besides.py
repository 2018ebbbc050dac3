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
            SELECT segment, entered_at, left_at FROM segment_members
            WHERE program_id = $1 AND member_id = $2 ORDER BY stay_id
            """,
            group.program_id,
            member,
        )
        for row in rows:
            if row["segment"] not in names:
                continue
            found.append(Fact(row["entered_at"], 0, entered=row["segment"]))
            if row["left_at"] is not None:
                found.append(Fact(row["left_at"], 0, left=row["segment"]))
    return sorted(found, key=lambda fact: fact.at)


async def _orders(db: Transacting, program: int, member: int) -> list[Fact]:
    """Of all orders that the program has seen; those of Voucherify name no program."""
    orders = await db.fetch(
        """
        SELECT o.order_id, o.total, o.effective_at, o.paid_at
        FROM events e JOIN orders o ON o.order_id = e.order_id
        WHERE e.member_id = $1 AND e.program_id = $2 AND o.paid_at IS NOT NULL
        ORDER BY e.position
        """,
        member,
        program,
    )
    refunds = await db.fetch(
        """
        SELECT r.order_id, r.amount, r.created_at, r.voided_at, o.effective_at
        FROM events e JOIN orders o ON o.order_id = e.order_id
        JOIN refunds r ON r.order_id = o.order_id
        WHERE e.member_id = $1 AND e.program_id = $2 AND o.paid_at <= r.created_at
        ORDER BY r.refund_id
        """,
        member,
        program,
    )
    found = [_paid(row) for row in orders]
    for row in refunds:
        order, counted_at = row["order_id"], row["effective_at"]
        found.append(taken(order, counted_at, row["created_at"], row["amount"]))
        if row["voided_at"] is not None:
            found.append(taken(order, counted_at, row["voided_at"], -row["amount"]))
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


def taken(order: int, counted_at: int, at: int, amount: int) -> Fact:
    """That this money of the order was taken back at the instant; negative: given back again."""
    return Fact(at, 0, -amount, counted_at=counted_at, origin=order, undoes=True)
