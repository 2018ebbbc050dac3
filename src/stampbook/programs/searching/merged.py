"""Merged members and accounts: who has taken over from them, however often that happened."""

from collections.abc import Collection

from stampbook.storage.store import Store, Transacting


async def survivors(db: Transacting, members: Collection[int], *, tenant: int) -> dict[int, int]:
    """Who has taken over from each of these members, or the member where nobody has; without those
    of whom nobody is left, since the one at the end was deleted."""
    reached = {member: member for member in members}
    while reached:
        listed = ", ".join(str(each) for each in sorted(set(reached.values())))
        rows = await db.fetch(
            "SELECT member_id, merged_into FROM members"  # noqa: S608 - numbers of our own
            f" WHERE member_id IN ({listed}) AND tenant_id = $1 AND deleted_at IS NOT NULL",
            tenant,
        )
        if not rows:
            break
        onward = {row["member_id"]: row["merged_into"] for row in rows}
        led = {member: onward.get(end, end) for member, end in reached.items()}
        reached = {member: end for member, end in led.items() if end is not None}
    return reached


async def one_person(db: Transacting, member: int, *, tenant: int) -> list[int]:
    """The members who are one person with this one: who has taken over, and all who were merged
    into them, this one too. Limits and what is given once hold for all of them together."""
    reached = await survivors(db, [member], tenant=tenant)
    found = {reached.get(member, member)}
    latest = found
    while latest:
        listed = ", ".join(str(each) for each in sorted(latest))
        rows = await db.fetch(
            "SELECT member_id FROM merges"  # noqa: S608 - numbers of our own
            f" WHERE into_id IN ({listed}) AND undone_at IS NULL AND tenant_id = $1",
            tenant,
        )
        latest = {row["member_id"] for row in rows} - found
        found |= latest
    return sorted(found | {member})


async def account_after(store: Store, account: int, *, tenant: int) -> int:
    """The account that has taken over from this one; itself if it was not merged."""
    while True:
        row = await store.fetch_one(
            "SELECT merged_into FROM accounts"
            " WHERE shard = $1 AND account_id = $2 AND tenant_id = $3",
            account % store.shards,
            account,
            tenant,
        )
        if row is None or row["merged_into"] is None:
            return account
        account = row["merged_into"]
