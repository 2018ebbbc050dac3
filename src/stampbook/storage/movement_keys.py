"""Whether an idempotency key belongs to a movement of points."""

from stampbook.storage.store import Key, Transacting


async def is_of_a_movement(db: Transacting, key: Key) -> bool:
    """Whether the tenant has used the key for a movement of points."""
    row = await db.fetch_one(
        """
        SELECT 1 AS found FROM transactions WHERE key_digest = $1
        UNION ALL
        SELECT 1 FROM repeated_keys WHERE key_digest = $1
        """,
        key.digest,
    )
    return row is not None
