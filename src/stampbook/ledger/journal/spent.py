"""What an account has spent for things outside the ledger, and no cancel has given back."""

from collections.abc import Sequence

from stampbook.domain.model import Kind
from stampbook.ledger.journal.standing import IN_FORCE, standing_of
from stampbook.storage.store import Store


async def spent(store: Store, account: int, owners: Sequence[str], *, begin: int) -> int:
    """The redemptions in force, recorded from `begin` on, whose subjects begin with one of
    `owners`, such as `order:`. In smallest units."""
    owned = " OR ".join(f"t.subject LIKE ${at}" for at in range(5, 5 + len(owners)))
    row = await store.fetch_one(
        f"""
        SELECT coalesce(sum({IN_FORCE.format(amount="t.amount")}), 0) AS points
        FROM transactions t {standing_of("t.seq")}
        WHERE t.shard = $1 AND t.account_id = $2 AND t.kind = $3 AND t.recorded_at >= $4
          AND ({owned})
        """,  # noqa: S608 - constants
        account % store.shards,
        account,
        int(Kind.REDEEM),
        begin,
        *(f"{owner}%" for owner in owners),
    )
    assert row is not None
    return int(row["points"])
