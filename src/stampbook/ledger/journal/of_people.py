"""What people did, over all accounts."""

from stampbook.domain.model import transaction_number
from stampbook.storage.store import Store


async def newest_of(store: Store, user: int, *, tenant: int, limit: int) -> list[int]:
    """The numbers of the last transactions that the tenant's user made, newest first."""
    rows = await store.fetch(
        """
        SELECT t.account_id, t.seq FROM transactions t
        JOIN accounts a ON a.shard = t.shard AND a.account_id = t.account_id
        WHERE t.user_id = $1 AND a.tenant_id = $2
        ORDER BY t.recorded_at DESC, t.seq DESC LIMIT $3
        """,
        user,
        tenant,
        limit,
    )
    return [transaction_number(account=row["account_id"], seq=row["seq"]) for row in rows]
