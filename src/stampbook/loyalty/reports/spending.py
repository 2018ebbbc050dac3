"""What members spent on rewards and on orders. What comes back counts negatively when it does."""

from typing import NamedTuple

from stampbook.ledger.journal import spent as journal
from stampbook.ledger.journal.spent import Spending
from stampbook.loyalty.orders.model import ORDER_SUBJECT
from stampbook.loyalty.reports.spans import Spans
from stampbook.loyalty.rewards.purchases import SUBJECT as PURCHASE_SUBJECT
from stampbook.storage.store import Transacting


class Spent(NamedTuple):
    """Purchases and payments, their points, and the money that points paid."""

    on_rewards: int = 0
    on_orders: int = 0
    points_on_rewards: int = 0
    points_on_orders: int = 0
    money_on_orders: int = 0

    def plus(self, other: "Spent") -> "Spent":
        return Spent(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


async def spent(db: Transacting, program: int, spans: Spans) -> dict[int, dict[int, Spent]]:
    """What was spent in each period: by the period's begin, then by currency. The caller knows the
    program."""
    rows = await db.fetch(
        """
        SELECT p.account_id, p.seq, p.amount FROM payments p
        JOIN accounts a ON a.shard = p.shard AND a.account_id = p.account_id
        WHERE a.program_id = $1
        """,
        program,
    )
    money = {(row["account_id"], row["seq"]): row["amount"] for row in rows}
    found: dict[int, dict[int, Spent]] = {}
    owners = PURCHASE_SUBJECT, ORDER_SUBJECT
    for each in await journal.changes(db, program, owners, since=spans.since, until=spans.until):
        period = found.setdefault(spans.begin_of(each.at), {})
        change = _change(each, money.get((each.account, each.seq), 0))
        period[each.currency] = period.get(each.currency, Spent()).plus(change)
    return found


def _change(each: Spending, money: int) -> Spent:
    """What is gained between two amounts of points in force of one spending."""
    times, points = (each.rest > 0) - (each.was > 0), each.rest - each.was
    if each.subject.startswith(PURCHASE_SUBJECT):
        return Spent(on_rewards=times, points_on_rewards=points)
    amount = money * each.rest // each.amount - money * each.was // each.amount
    return Spent(on_orders=times, points_on_orders=points, money_on_orders=amount)
