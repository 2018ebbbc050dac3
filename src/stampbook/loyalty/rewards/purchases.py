"""Purchases as they are stored, with their refunds."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final, NamedTuple

from stampbook.loyalty.rewards.columns import with_columns
from stampbook.loyalty.rewards.model import Purchase, PurchaseRefund
from stampbook.storage.outbox.writing import Outgoing, beside
from stampbook.storage.store import Beside, Row, Transacting

SUBJECT: Final = "purchase:"
"""The beginning of the subject of a purchase's movements; its number follows."""

_sql: Final = partial(with_columns, kind=Purchase)


class PurchaseAsIs(NamedTuple):
    """A purchase with its codes and their states, at the instant of an event."""

    purchase: Purchase
    codes: tuple[tuple[str, str], ...]


def told(word: str, purchase: Purchase, codes: Iterable[tuple[str, str]]) -> tuple[Beside, ...]:
    """Lets others learn what has happened to a purchase: a row of the outbox."""
    outgoing = Outgoing(
        f"purchase.{word}",
        purchase.updated_at,
        purchase.tenant_id,
        PurchaseAsIs(purchase, tuple(codes)),
        program=purchase.program_id,
        member=purchase.member_id,
    )
    return beside([outgoing])


def subject_of(purchase: int) -> str:
    """The subject of the purchase's movements; its guard has the same name."""
    return f"{SUBJECT}{purchase}"


def purchase_of(subject: str | None) -> int | None:
    """The purchase that a movement of this subject belongs to; None: it belongs to none."""
    number = (subject or "").removeprefix(SUBJECT)
    is_number = number.isascii() and number.isdigit() and len(number) <= 16
    return int(number) if is_number and number != subject else None


def _purchase(row: Row) -> Purchase:
    values = {column: row[column] for column in Purchase._fields}
    values["is_refundable"] = bool(values["is_refundable"])
    return Purchase(**values)


def _refund(row: Row) -> PurchaseRefund:
    values = {column: row[column] for column in PurchaseRefund._fields}
    values["is_written_off"] = bool(values["is_written_off"])
    return PurchaseRefund(**values)


async def get(db: Transacting, purchase: int, *, tenant: int) -> Purchase | None:
    """The tenant's purchase of that number."""
    row = await db.fetch_one(
        _sql("SELECT {columns} FROM purchases WHERE purchase_id = $1 AND tenant_id = $2"),
        purchase,
        tenant,
    )
    return None if row is None else _purchase(row)


async def by_external_id(db: Transacting, program: int, external_id: str) -> Purchase | None:
    """The program's purchase of that external id."""
    row = await db.fetch_one(
        _sql("SELECT {columns} FROM purchases WHERE program_id = $1 AND external_id = $2"),
        program,
        external_id,
    )
    return None if row is None else _purchase(row)


async def of_member(
    db: Transacting, member: int, *, tenant: int, limit: int, before: int | None = None
) -> list[Purchase]:
    """The member's purchases, the newest first, those with a number below `before`."""
    rows = await db.fetch(
        _sql("""
        SELECT {columns} FROM purchases
        WHERE member_id = $1 AND tenant_id = $2 AND purchase_id < $3
        ORDER BY purchase_id DESC LIMIT $4
        """),
        member,
        tenant,
        2**53 if before is None else before,
        limit,
    )
    return [_purchase(row) for row in rows]


async def of_reward(
    db: Transacting, reward: int, *, tenant: int, limit: int, before: int | None = None
) -> list[Purchase]:
    """The purchases of the reward, the newest first, those with a number below `before`."""
    rows = await db.fetch(
        _sql("""
        SELECT {columns} FROM purchases
        WHERE reward_id = $1 AND tenant_id = $2 AND purchase_id < $3
        ORDER BY purchase_id DESC LIMIT $4
        """),
        reward,
        tenant,
        2**53 if before is None else before,
        limit,
    )
    return [_purchase(row) for row in rows]


async def last_at(db: Transacting, person: Sequence[int], reward: int) -> int | None:
    """When one of these members last bought the reward, by purchases of which something is in
    force."""
    row = await db.fetch_one(
        f"""
        SELECT max(created_at) AS at FROM purchases
        WHERE reward_id = $1 AND member_id IN ({", ".join(map(str, person))})
          AND refunded < quantity
        """,  # noqa: S608 - numbers of our own
        reward,
    )
    assert row is not None
    at: int | None = row["at"]
    return at


async def bought_since(db: Transacting, person: Sequence[int], reward: int, *, begin: int) -> int:
    """How many pieces of the reward these members have bought from `begin` on and not given
    back."""
    row = await db.fetch_one(
        f"""
        SELECT coalesce(sum(quantity - refunded), 0) AS pieces FROM purchases
        WHERE reward_id = $1 AND member_id IN ({", ".join(map(str, person))}) AND created_at >= $2
        """,  # noqa: S608 - numbers of our own
        reward,
        begin,
    )
    assert row is not None
    return int(row["pieces"])


async def refunds(db: Transacting, purchase: int) -> list[PurchaseRefund]:
    """The refunds of the purchase, oldest first."""
    rows = await db.fetch(
        with_columns(
            "SELECT {columns} FROM purchase_refunds WHERE purchase_id = $1 ORDER BY refunded",
            PurchaseRefund,
        ),
        purchase,
    )
    return [_refund(row) for row in rows]
