"""Payments for orders as order transactions: stored beside the engine's, and answered."""

from fractions import Fraction
from typing import Any, Final, NamedTuple

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core.shapes.schema import (
    OPEN,
    TEXT,
    TIME,
    Schema,
    id_of,
    merged,
    object_of,
    one_of,
    or_null,
    titled,
)
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.domain.model import transaction_number
from stampbook.storage.store import Beside, Row

Body = dict[str, Any]
SPENT: Final = "Points spent on order payment"


class OrderTransaction(NamedTuple):
    """A payment that was made, or that was rejected: then without `seq`. `details` has `metadata`,
    `payment` and `rejection` as they are answered."""

    number: int
    program: int
    member: int
    account: int
    definition: int
    order: int
    seq: int | None
    details: Body
    created_at: int


INSERT: Final = """
    INSERT INTO voucherify_order_transactions (transaction_id, tenant_id, member_id, account_id,
        definition, order_id, seq, details, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
SELECT: Final = """
    SELECT t.transaction_id, t.account_id, t.definition, t.order_id, t.seq, t.details,
           t.created_at, {keys}
    FROM voucherify_order_transactions t
"""


def values_of(made: OrderTransaction, *, tenant: int) -> tuple[object, ...]:
    """What `INSERT` takes."""
    return (
        made.number,
        tenant,
        made.member,
        made.account,
        made.definition,
        made.order,
        made.seq,
        msgspec.json.encode(made.details).decode(),
        made.created_at,
    )


def stored(made: OrderTransaction, *, tenant: int) -> Beside:
    """Writes it."""
    return Beside(INSERT, (values_of(made, tenant=tenant),))


def transaction_of(row: Row, *, program: int, member: int) -> OrderTransaction:
    """A transaction of a row of `SELECT`."""
    return OrderTransaction(
        number=row["transaction_id"],
        program=program,
        member=member,
        account=row["account_id"],
        definition=row["definition"],
        order=row["order_id"],
        seq=row["seq"],
        details=msgspec.json.decode(row["details"]),
        created_at=row["created_at"],
    )


def paid(amount: int, points: int, ratio: Fraction) -> Body:
    """What a payment is: money, points, and the points that paid for its smallest unit."""
    whole = ratio.denominator == 1
    return {
        "amount": amount,
        "points_spent": points,
        "exchange_ratio": ratio.numerator if whole else float(ratio),
    }


def print_created(made: OrderTransaction) -> Body:
    """A payment as the call that made it answers: not processed yet."""
    return {
        "transaction": _print(made, "PENDING", None, {**made.details, "rejection": None}),
        "status": "TRANSACTION_CREATED",
        "message": "Pay with points transaction created",
    }


def print_simulated(made: OrderTransaction) -> Body:
    """A payment that was only tried: it has no id, and was made at no time."""
    body = _print(made._replace(seq=None), "SIMULATED", None, made.details)
    return {
        "transaction": {
            name: value for name, value in body.items() if name not in ("id", "created_at")
        },
        "status": "DRY_RUN",
        "message": "Dry run mode. No transaction was created. This is only a simulation.",
    }


def print_recorded(made: OrderTransaction) -> Body:
    """A payment as every later read tells it; one that came back stays as it was."""
    details = made.details
    if made.seq is None:
        return _print(made, "REJECTED", stamp(made.created_at), details)
    payment = {"id": spell(Prefix.ORDER_PAYMENT, made.number), **details["payment"]}
    return _print(made, "APPROVED", stamp(made.created_at), {**details, "payment": payment})


def _print(made: OrderTransaction, status: str, updated_at: str | None, details: Body) -> Body:
    moved = None
    if made.seq is not None:
        number = transaction_number(account=made.account, seq=made.seq)
        moved = spell(Prefix.TRANSACTION, number)
    return {
        "id": spell(Prefix.ORDER_TRANSACTION, made.number),
        "program_id": spell(Prefix.PROGRAM, made.program),
        "member_id": spell(Prefix.MEMBER, made.member),
        "card_id": spell(Prefix.CARD, made.account),
        "card_definition_id": spell(Prefix.CARD_DEFINITION, made.definition),
        "card_transaction_id": moved,
        "order_id": spell(Prefix.ORDER, made.order),
        "status": status,
        "type": "PAY_WITH_POINTS",
        "details": {
            "reason": SPENT,
            "rejection": details["rejection"],
            "metadata": details["metadata"],
            "payment": details["payment"],
        },
        "created_at": stamp(made.created_at),
        "updated_at": updated_at,
        "object": "order_transaction",
    }


# -- as it is described -------------------------------------------------------------------

NUMBER: Final[Schema] = {"type": "number"}
REJECTION: Final = object_of(reason=TEXT, details=or_null(OPEN))
DETAILS: Final = object_of(
    reason=TEXT,
    rejection=or_null(REJECTION),
    metadata=OPEN,
    payment=object_of(
        id_=id_of("ordpay"), amount=NUMBER, points_spent=NUMBER, exchange_ratio=NUMBER
    ),
)
PLACE: Final = object_of(
    program_id=id_of("lprg"),
    member_id=id_of("lmbr"),
    card_id=id_of("lcrd"),
    card_definition_id=id_of("lcdef"),
    card_transaction_id=or_null(id_of("lctx")),
    order_id=id_of("ord"),
    type=one_of("PAY_WITH_POINTS"),
    details=DETAILS,
    updated_at=or_null(TIME),
    object=one_of("order_transaction"),
)
TRANSACTION: Final = titled(
    "OrderTransaction",
    merged(
        object_of(
            id=id_of("lotx"), created_at=TIME, status=one_of("PENDING", "APPROVED", "REJECTED")
        ),
        PLACE,
    ),
)
CREATED: Final[Schema] = {
    "anyOf": [
        object_of(transaction=TRANSACTION, status=one_of("TRANSACTION_CREATED"), message=TEXT),
        object_of(
            transaction=merged(PLACE, object_of(status=one_of("SIMULATED"))),
            status=one_of("DRY_RUN"),
            message=TEXT,
        ),
    ]
}
