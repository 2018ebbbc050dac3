"""What a card's lists show, as the journal has it now: rows, and points by the date they expire."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from stampbook.dialects.spelling.voucherify import PointsBucket
from stampbook.dialects.voucherify.core.calls import Reading
from stampbook.dialects.voucherify.core.points.buckets import Expiring, expiring
from stampbook.dialects.voucherify.core.points.transactions import Award, Entry
from stampbook.dialects.voucherify.core.rows import Card
from stampbook.dialects.voucherify.core.times import day_number
from stampbook.domain.model import FOREVER, Lot, Transaction
from stampbook.ledger.journal.facts import of_rows
from stampbook.ledger.journal.lots import open_lots
from stampbook.loyalty.events.model import EVENT_SUBJECT
from stampbook.loyalty.orders.model import ORDER_SUBJECT
from stampbook.loyalty.rewards import grants, purchases
from stampbook.loyalty.rewards.purchases import purchase_of


async def read_entries(call: Reading, account: int, seqs: list[int]) -> dict[int, Entry]:
    """Rows of a card's journal with what it takes to print them, by sequence number."""
    if not seqs:
        return {}
    rows, movements, lots = await of_rows(call.store, account, seqs)
    found = {}
    for seq in seqs:
        entry = Entry(rows[seq], rows[rows[seq].root], movements.get(seq), lots)
        number = purchase_of(entry.root.subject)
        if number is not None:
            entry = await _of_purchase(call, entry, number)
        elif (entry.root.subject or "").startswith(ORDER_SUBJECT):
            entry = await _of_payment(call, account, entry)
        elif (entry.root.subject or "").startswith(EVENT_SUBJECT):
            entry = entry._replace(award=await _award(call, account, entry.root))
        found[seq] = entry
    return found


async def _award(call: Reading, account: int, root: Transaction) -> Award | None:
    """The rule that gave an accrual, and the event for which it did."""
    said = msgspec.json.decode(root.metadata) if root.metadata else {}
    if "grant" in said:
        grant = await grants.get(call.store, said["grant"], tenant=call.tenant)
        if grant is None:
            return None
        said |= {"rule": grant.rule_id, "version": grant.version, "earning": grant.earning}
    row = await call.store.fetch_one(
        """
        SELECT r.rule_id, r.name, p.name AS program, e.serial, h.kind, h.created_at, h.order_id,
               o.external_id
        FROM rules r
        JOIN accounts a ON a.shard = $5 AND a.account_id = $6 AND a.tenant_id = r.tenant_id
        JOIN programs p ON p.program_id = a.program_id
        LEFT JOIN voucherify_earnings e
               ON e.rule_id = r.rule_id AND e.version = $3 AND e.earning = $4
        LEFT JOIN events h ON h.event_id = $7 AND h.tenant_id = r.tenant_id
        LEFT JOIN orders o ON o.order_id = h.order_id AND o.tenant_id = r.tenant_id
        WHERE r.rule_id = $1 AND r.tenant_id = $2
        """,
        said.get("rule", 0),
        call.tenant,
        said.get("version", 0),
        said.get("earning", 0),
        account % call.store.shards,
        account,
        said.get("event", 0),
    )
    if row is None:
        return None
    return Award(
        said["event"],
        row["rule_id"],
        row["program"],
        row["name"],
        row["serial"],
        row["kind"],
        row["created_at"],
        row["order_id"],
        row["external_id"],
    )


async def _of_payment(call: Reading, account: int, entry: Entry) -> Entry:
    """The row with the order that it paid, and the payment that it is of."""
    order = int((entry.root.subject or "").removeprefix(ORDER_SUBJECT))
    row = await call.store.fetch_one(
        "SELECT payment_id FROM payments"
        " WHERE order_id = $1 AND tenant_id = $2 AND account_id = $3 AND seq = $4",
        order,
        call.tenant,
        account,
        entry.root.seq,
    )
    return entry._replace(order=order, payment=None if row is None else row["payment_id"])


async def _of_purchase(call: Reading, entry: Entry, number: int) -> Entry:
    """The row with the purchase that it belongs to, and the refund that it is of."""
    refund = None
    for each in await purchases.refunds(call.store, number):
        if entry.row.seq in (each.seq, each.target_seq):
            refund = each.refund_id
    purchase = await purchases.get(call.store, number, tenant=call.tenant)
    return entry._replace(purchase=purchase, refund=refund)


class Bucket(NamedTuple):
    """A card's available points of one expiration date."""

    id: PointsBucket
    expires: Expiring
    total: int
    created_at: int
    updated_at: int

    @property
    def day(self) -> int:
        assert self.expires.date is not None
        return day_number(self.expires.date)


async def read_buckets(call: Reading, card: Card) -> list[Bucket]:
    """The card's buckets with available points. Points keep the date they were born with, whatever
    the definition says of expiry now: all that will expire is there."""
    together: dict[tuple[int, bool], list[Lot]] = {}
    for lot, _ in await open_lots(call.store, card.account):
        if lot.available and lot.expires_at < FOREVER:
            together.setdefault((lot.expires_at, lot.sliding), []).append(lot)
    return list(_merged(card, together).values())


def _merged(
    card: Card, together: Mapping[tuple[int, bool], Sequence[Lot]]
) -> dict[PointsBucket, Bucket]:
    """What expires at several instants of one date is one bucket."""
    buckets: dict[PointsBucket, Bucket] = {}
    for (expires_at, sliding), lots in sorted(together.items()):
        expires = expiring(
            expires_at=expires_at,
            sliding=sliding,
            rule=card.policy.expiry.type,
            timezone=card.policy.timezone,
        )
        name = expires.bucket(card.account)
        born = [lot.created_at for lot in lots]
        part = Bucket(name, expires, sum(lot.available for lot in lots), min(born), max(born))
        same = buckets.get(name, part)
        buckets[name] = part._replace(
            total=part.total + (0 if same is part else same.total),
            created_at=min(part.created_at, same.created_at),
            updated_at=max(part.updated_at, same.updated_at),
        )
    return buckets
