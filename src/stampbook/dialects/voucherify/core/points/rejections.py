"""Transactions that had no effect: answered, stored, and REJECTED in every later read."""

from typing import Any, Final, NamedTuple

from stampbook.dialects.spelling.voucherify import NEVER_JOURNALLED, Prefix, spell
from stampbook.dialects.voucherify.core.points.transactions import Place, Type
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.storage.store import Row, Transacting

NOT_ENOUGH: Final = {
    "reason": "NOT_ENOUGH_BALANCE",
    "details": "Operation exceeds the available card balance",
}


class Rejection(NamedTuple):
    """An adjustment below what the balance allows; `points` are negative."""

    rejection_id: int
    account: int
    points: int
    reason: str | None
    created_at: int


def rejection_of(row: Row, account: int) -> Rejection:
    return Rejection(
        rejection_id=row["rejection_id"],
        account=account,
        points=row["points"],
        reason=row["reason"],
        created_at=row["created_at"],
    )


async def record(db: Transacting, rejection: Rejection, *, tenant: int) -> Rejection:
    """Store it; answers it with its number."""
    row = await db.fetch_one(
        """
        INSERT INTO voucherify_rejections (tenant_id, account_id, type, points, reason, created_at)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING rejection_id
        """,
        tenant,
        rejection.account,
        str(Type.ADMIN_DEBIT),
        rejection.points,
        rejection.reason,
        rejection.created_at,
    )
    assert row is not None
    return rejection._replace(rejection_id=row["rejection_id"])


async def find_all(
    db: Transacting, account: int, numbers: list[int], *, tenant: int
) -> dict[int, Rejection]:
    """Those of the rejections, by number."""
    if not numbers:
        return {}
    places = ", ".join(f"${at + 3}" for at in range(len(numbers)))
    rows = await db.fetch(
        "SELECT rejection_id, points, reason, created_at FROM voucherify_rejections"  # noqa: S608 - constants
        f" WHERE account_id = $1 AND tenant_id = $2 AND rejection_id IN ({places})",
        account,
        tenant,
        *numbers,
    )
    return {row["rejection_id"]: rejection_of(row, account) for row in rows}


def print_rejection(place: Place, rejection: Rejection, *, created: bool) -> dict[str, Any]:
    """The transaction: as the call that `created` it answers, or as a later read."""
    at = stamp(rejection.created_at)
    return {
        "id": spell(Prefix.TRANSACTION, NEVER_JOURNALLED + rejection.rejection_id),
        **place.ids(),
        "type": Type.ADMIN_DEBIT,
        "details": {
            "reason": rejection.reason,
            "rejection": None if created else NOT_ENOUGH,
            "metadata": {},
            "points": {"total": rejection.points},
        },
        "status": "PENDING" if created else "REJECTED",
        "created_at": at,
        "updated_at": None if created else at,
        "object": "card_transaction",
    }
