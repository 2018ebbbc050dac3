"""Where orders, payments and refunds are stored: read as values, written beside movements."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from stampbook.ledger.journal.standing import IN_FORCE, standing_of
from stampbook.loyalty.orders.model import (
    Cause,
    Content,
    Exchange,
    Item,
    Judged,
    Known,
    Order,
    Payment,
    Refund,
    ReturnSpent,
    Status,
    Taken,
)
from stampbook.pacing import Slices
from stampbook.storage.store import Beside, Row, Transacting

_encode: Final = msgspec.json.Encoder().encode
_items: Final = msgspec.json.Decoder(tuple[Item, ...]).decode
_taken: Final = msgspec.json.Decoder(tuple[Taken, ...]).decode
_judged: Final = msgspec.json.Decoder(Judged).decode
_object: Final = msgspec.json.Decoder(dict[str, Any]).decode

_SELECT: Final = """
    SELECT o.order_id, coalesce(g.version, 0) AS version, o.tenant_id, o.program_id, o.member_id,
           o.customer, o.external_id, o.status, o.money, o.scale, o.amount, o.total, o.refunded,
           o.lines, o.channel, o.location, o.metadata, o.origin, o.judged, o.effective_at,
           o.paid_at, o.fulfilled_at, o.cancelled_at, o.created_at, o.updated_at
    FROM orders o LEFT JOIN guards g ON g.subject = 'order:' || o.order_id
"""


_OF_A_PROGRAM: Final = (
    "coalesce(o.program_id, 0) IN (SELECT program_id FROM programs WHERE tenant_id = $1)"
)


def _order(row: Row) -> Order:
    content = Content(
        money=row["money"],
        scale=row["scale"],
        amount=row["amount"],
        total=row["total"],
        lines=_items(row["lines"]),
        channel=row["channel"],
        location=row["location"],
        metadata=_object(row["metadata"]),
    )
    return Order(
        number=row["order_id"],
        version=row["version"],
        tenant=row["tenant_id"],
        program=row["program_id"],
        member=row["member_id"],
        customer=row["customer"],
        external_id=row["external_id"],
        status=Status(row["status"]),
        content=content,
        refunded=row["refunded"],
        origin=row["origin"],
        judged=None if row["judged"] is None else _judged(row["judged"]),
        effective_at=row["effective_at"],
        paid_at=row["paid_at"],
        fulfilled_at=row["fulfilled_at"],
        cancelled_at=row["cancelled_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


async def get(db: Transacting, order: int, *, tenant: int) -> Order | None:
    """The tenant's order of that number."""
    row = await db.fetch_one(f"{_SELECT} WHERE o.order_id = $1 AND o.tenant_id = $2", order, tenant)
    return None if row is None else _order(row)


async def get_all(db: Transacting, orders: Sequence[int], *, tenant: int) -> dict[int, Order]:
    """Those of these orders that are the tenant's, by number."""
    if not orders:
        return {}
    listed = ", ".join(str(int(each)) for each in sorted(orders))
    rows = await db.fetch(f"{_SELECT} WHERE o.order_id IN ({listed}) AND o.tenant_id = $1", tenant)
    found, slices = {}, Slices()
    for row in rows:  # each may have 500 lines
        await slices.pause()
        found[row["order_id"]] = _order(row)
    return found


async def by_external_id(
    db: Transacting, external_id: str, *, tenant: int, program: int | None
) -> Order | None:
    """The order of that external id in the program, or among those of the tenant that have none."""
    row = await db.fetch_one(
        f"{_SELECT} WHERE o.tenant_id = $1 AND coalesce(o.program_id, 0) = $2"
        " AND o.external_id = $3",
        tenant,
        program or 0,
        external_id,
    )
    return None if row is None else _order(row)


async def all_by_external_id(
    db: Transacting, external_id: str, *, tenant: int, limit: int
) -> list[Order]:
    """The orders of that external id in the tenant's programs, at most one of each."""
    rows = await db.fetch(
        f"{_SELECT} WHERE o.tenant_id = $1 AND o.external_id = $2 AND {_OF_A_PROGRAM}"
        " ORDER BY o.program_id LIMIT $3",
        tenant,
        external_id,
        limit,
    )
    return [_order(row) for row in rows]


async def page(
    db: Transacting,
    *,
    tenant: int,
    program: int | None,
    before: int | None = None,
    member: int | None = None,
    customer: str | None = None,
    limit: int,
) -> list[Order]:
    """The newest orders with a number below `before`: of the program (None: those of the tenant
    that have none), and of the member or the dialect's customer, if one is given."""
    # The query has only what is asked for: an OR over all of it would use no index.
    asked = {
        "o.program_id =": program,
        "o.member_id =": member,
        "o.customer =": customer,
        "o.order_id <": before,
    }
    given = {text: value for text, value in asked.items() if value is not None}
    where = "".join(f" AND {text} ${at}" for at, text in enumerate(given, 3))
    none = " AND o.program_id IS NULL" if program is None else ""
    rows = await db.fetch(
        f"{_SELECT} WHERE o.tenant_id = $1{where}{none} ORDER BY o.order_id DESC LIMIT $2",
        tenant,
        limit,
        *given.values(),
    )
    return [_order(row) for row in rows]


def created(order: Order) -> Beside:
    """Writes a new order; its guard has the version 0 until then."""
    columns = {"order_id": order.number, **_identity(order), **_columns(order)}
    names = ", ".join(columns)
    places = ", ".join(f"${at}" for at in range(1, len(columns) + 1))
    return Beside(
        f"INSERT INTO orders ({names}) VALUES ({places})",  # noqa: S608 - ours
        (tuple(columns.values()),),
    )


def _identity(order: Order) -> Mapping[str, object]:
    """The columns that never change."""
    return {
        "tenant_id": order.tenant,
        "program_id": order.program,
        "external_id": order.external_id,
        "created_at": order.created_at,
    }


def _columns(order: Order) -> Mapping[str, object]:
    """The columns that may change."""
    content = order.content
    return {
        "member_id": order.member,
        "customer": order.customer,
        "status": str(order.status),
        "money": content.money,
        "scale": content.scale,
        "amount": content.amount,
        "total": content.total,
        "refunded": order.refunded,
        "lines": _encode(content.lines).decode(),
        "channel": content.channel,
        "location": content.location,
        "metadata": _encode(content.metadata).decode(),
        "origin": order.origin,
        "judged": None if order.judged is None else _encode(order.judged).decode(),
        "effective_at": order.effective_at,
        "paid_at": order.paid_at,
        "fulfilled_at": order.fulfilled_at,
        "cancelled_at": order.cancelled_at,
        "updated_at": order.updated_at,
    }


def changed(order: Order) -> Beside:
    """Makes the stored order this one. The caller guards it by the version of `guard_of`."""
    columns = _columns(order)
    sets = ", ".join(f"{name} = ${at}" for at, name in enumerate(columns, 3))
    return Beside(
        f"UPDATE orders SET {sets} WHERE order_id = $1 AND tenant_id = $2",  # noqa: S608 - ours
        ((order.number, order.tenant, *columns.values()),),
    )


# -- payments and refunds ----------------------------------------------------------------


async def known(db: Transacting, order: Order) -> Known:
    """The order with its payments and refunds."""
    return Known(order, await payments_of(db, order), await refunds_of(db, order))


async def payments_of(db: Transacting, order: Order) -> list[Payment]:
    """The order's payments, oldest first, with those that were returned."""
    rows = await db.fetch(
        f"""
        SELECT p.payment_id, p.order_id, p.account_id, p.seq, p.currency_id, p.amount, p.points,
               p.exchange_points, p.exchange_money, p.return_spent, p.created_at, p.returned_at,
               {IN_FORCE.format(amount="p.points")} AS left_over
        FROM payments p {standing_of("p.seq", row="p", beside=True)}
        WHERE p.order_id = $1 AND p.tenant_id = $2 ORDER BY p.payment_id
        """,  # noqa: S608 - constants
        order.number,
        order.tenant,
    )
    return [
        Payment(
            number=row["payment_id"],
            order=row["order_id"],
            account=row["account_id"],
            seq=row["seq"],
            currency=row["currency_id"],
            amount=row["amount"],
            points=row["points"],
            exchange=Exchange(row["exchange_points"], row["exchange_money"]),
            return_spent=ReturnSpent(row["return_spent"]),
            created_at=row["created_at"],
            left=row["left_over"],
            returned_at=row["returned_at"],
        )
        for row in rows
    ]


def new_payment(payment: Payment, *, tenant: int, shards: int) -> Beside:
    """Writes a payment; `shards` is the store's."""
    return Beside(
        """
        INSERT INTO payments (payment_id, tenant_id, order_id, shard, account_id, seq,
            currency_id, amount, points, exchange_points, exchange_money, return_spent, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        (
            (
                payment.number,
                tenant,
                payment.order,
                payment.account % shards,
                payment.account,
                payment.seq,
                payment.currency,
                payment.amount,
                payment.points,
                payment.exchange.points,
                payment.exchange.money,
                str(payment.return_spent),
                payment.created_at,
            ),
        ),
    )


def returned(payments: Sequence[Payment], *, tenant: int, now: int) -> Beside:
    """Marks payments as given back."""
    return Beside(
        "UPDATE payments SET returned_at = $3 WHERE payment_id = $1 AND tenant_id = $2",
        tuple((payment.number, tenant, now) for payment in payments),
    )


def in_force_again(payments: Sequence[int], *, tenant: int) -> Beside:
    """Marks payments (by number) as not given back: some of their points pay again."""
    return Beside(
        "UPDATE payments SET returned_at = NULL WHERE payment_id = $1 AND tenant_id = $2",
        tuple((number, tenant) for number in payments),
    )


_REFUND: Final = """
    SELECT refund_id, order_id, external_id, fingerprint, cause, amount, lines, effects, reason,
           created_at, voided_at
    FROM refunds
"""


def _refund(row: Row) -> Refund:
    return Refund(
        number=row["refund_id"],
        order=row["order_id"],
        external_id=row["external_id"],
        fingerprint=row["fingerprint"],
        cause=Cause(row["cause"]),
        amount=row["amount"],
        lines=_taken(row["lines"]),
        effects=row["effects"],
        reason=row["reason"],
        created_at=row["created_at"],
        voided_at=row["voided_at"],
    )


async def refunds_of(db: Transacting, order: Order) -> list[Refund]:
    """The order's refunds, oldest first, with those that are void."""
    rows = await db.fetch(
        f"{_REFUND} WHERE order_id = $1 AND tenant_id = $2 ORDER BY refund_id",
        order.number,
        order.tenant,
    )
    return [_refund(row) for row in rows]


async def refund_by_external_id(
    db: Transacting, external_id: str, *, tenant: int, program: int | None
) -> Refund | None:
    """The refund of that external id in the program, or among those of orders that have none."""
    row = await db.fetch_one(
        f"{_REFUND} WHERE tenant_id = $1 AND coalesce(program_id, 0) = $2 AND external_id = $3",
        tenant,
        program or 0,
        external_id,
    )
    return None if row is None else _refund(row)


def new_refund(refund: Refund, order: Order) -> Beside:
    """Writes a refund of the order."""
    return Beside(
        """
        INSERT INTO refunds (refund_id, tenant_id, program_id, order_id, external_id, fingerprint,
            cause, amount, lines, effects, reason, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        (
            (
                refund.number,
                order.tenant,
                order.program,
                refund.order,
                refund.external_id,
                refund.fingerprint,
                str(refund.cause),
                refund.amount,
                encode_taken(refund.lines),
                refund.effects,
                refund.reason,
                refund.created_at,
            ),
        ),
    )


def voided(refund: Refund, *, tenant: int, now: int) -> Beside:
    """Marks the refund as void, if it is not."""
    return Beside(
        "UPDATE refunds SET voided_at = $3"
        " WHERE refund_id = $1 AND tenant_id = $2 AND voided_at IS NULL",
        ((refund.number, tenant, now),),
    )


def encode_taken(lines: Sequence[Taken]) -> str:
    """What a refund takes of lines, as it is stored."""
    return _encode(lines).decode()
