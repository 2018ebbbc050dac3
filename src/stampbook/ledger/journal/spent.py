"""What an account has spent for things outside the ledger, and no cancel has given back."""

from collections.abc import Sequence
from typing import NamedTuple

from stampbook.domain.model import Kind
from stampbook.ledger.journal.history import history_of
from stampbook.ledger.journal.standing import IN_FORCE, standing_of
from stampbook.storage.store import Store, Transacting


class Spending(NamedTuple):
    """A change of what is in force of a redemption: `rest` of its `amount` after, `was` before."""

    at: int
    account: int
    seq: int
    currency: int
    subject: str
    amount: int
    was: int
    rest: int


async def spent(store: Store, account: int, owners: Sequence[str], *, begin: int) -> int:
    """The redemptions in force, recorded from `begin` on, whose subjects begin with one of
    `owners`, such as `order:`. In smallest units."""
    owned = " OR ".join(f"t.subject LIKE ${at}" for at in range(5, 5 + len(owners)))
    row = await store.fetch_one(
        f"""
        SELECT coalesce(sum({IN_FORCE.format(amount="t.amount")}), 0) AS points
        FROM transactions t {standing_of("t.seq", shard="$1")}
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


async def changes(
    db: Transacting, program: int, owners: Sequence[str], *, since: int, until: int
) -> list[Spending]:
    """All changes, recorded in [since, until), of the program's redemptions whose subjects begin
    with one of `owners`. The caller knows the program."""
    owned = " OR ".join(f"t.subject LIKE ${at}" for at in range(5, 5 + len(owners)))
    redemptions = f"""
        SELECT t.shard, t.account_id, t.seq, t.amount, t.subject, a.currency_id
        FROM accounts a JOIN transactions t ON t.shard = a.shard AND t.account_id = a.account_id
        WHERE a.program_id = $1 AND t.kind = $4 AND ({owned})
    """  # noqa: S608 - constants
    rows = await db.fetch(
        f"""
        SELECT c.at, c.account_id, c.seq, c.currency_id, c.subject, c.amount, c.was, c.rest
        FROM ({history_of(redemptions)}) c
        WHERE c.at >= $2 AND c.at < $3
        """,  # noqa: S608 - constants
        program,
        since,
        until,
        int(Kind.REDEEM),
        *(f"{owner}%" for owner in owners),
    )
    return [
        Spending(
            at=row["at"],
            account=row["account_id"],
            seq=row["seq"],
            currency=row["currency_id"],
            subject=row["subject"],
            amount=row["amount"],
            was=row["was"],
            rest=row["rest"],
        )
        for row in rows
    ]
