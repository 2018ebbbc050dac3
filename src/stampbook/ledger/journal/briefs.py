"""Rows of one account by their numbers, without what they moved: enough to name them.

Also which row left a redemption without points that pay for it.
"""

from collections.abc import Collection
from typing import Final, NamedTuple

from stampbook.domain.model import Kind, State, Transaction
from stampbook.ledger.journal.rows import row as full_row
from stampbook.storage.store import Row, Store

AT_ONCE: Final = 500
"""How many rows one statement names."""

LOOKED_AT: Final = 20
"""How many of the newest changes of a redemption are searched for the one that left it owing."""

_COLUMNS: Final = (
    "t.account_id, t.seq, t.kind, t.amount, t.recorded_at, t.effective_at, t.target, t.root,"
    " t.link, t.peer, t.by_clock, t.external_id, t.reason, t.actor, t.subject, t.user_id"
)


class Brief(NamedTuple):
    """A row of a journal; the fields are those of `Transaction`, `user` is whose request it was."""

    account: int
    seq: int
    kind: Kind
    amount: int
    recorded_at: int
    effective_at: int
    target: int
    root: int
    link: int
    peer: int
    by_clock: bool
    external_id: str | None
    reason: str | None
    actor: str | None
    subject: str | None
    user: int | None


def brief_of(row: Transaction) -> Brief:
    return Brief(
        row.account,
        row.seq,
        row.kind,
        row.amount,
        row.recorded_at,
        row.effective_at,
        row.target,
        row.root,
        row.link,
        row.peer,
        row.by_clock,
        row.external_id,
        row.reason,
        row.actor,
        row.subject,
        row.who.user_id,
    )


async def briefs(store: Store, account: int, seqs: Collection[int]) -> dict[int, Brief]:
    """The account's rows of these numbers that exist, by number."""
    wanted = sorted(set(seqs))
    found: dict[int, Brief] = {}
    for start in range(0, len(wanted), AT_ONCE):
        asked = wanted[start : start + AT_ONCE]
        places = ", ".join(f"${at}" for at in range(3, 3 + len(asked)))
        rows = await store.fetch(
            f"SELECT {_COLUMNS} FROM transactions t"  # noqa: S608 - numbers of parameters
            f" WHERE t.shard = $1 AND t.account_id = $2 AND t.seq IN ({places})",
            account % store.shards,
            account,
            *asked,
        )
        found |= {row["seq"]: _brief(row) for row in rows}
    return found


def _brief(row: Row) -> Brief:
    return Brief(
        row["account_id"],
        row["seq"],
        Kind(row["kind"]),
        row["amount"],
        row["recorded_at"],
        row["effective_at"],
        row["target"],
        row["root"],
        row["link"],
        row["peer"],
        bool(row["by_clock"]),
        row["external_id"],
        row["reason"],
        row["actor"],
        row["subject"],
        row["user_id"],
    )


async def left_owing(store: Store, account: int, redemption: int, *, upto: int) -> Brief | None:
    """The newest row up to number `upto` that let the redemption's deficit grow; None if it is not
    among its newest changes."""
    changes = await store.fetch(
        """
        SELECT s.seq FROM standings s
        WHERE s.shard = $1 AND s.account_id = $2 AND s.target = $3 AND s.seq <= $4
        ORDER BY s.seq DESC LIMIT $5
        """,
        account % store.shards,
        account,
        redemption,
        upto,
        LOOKED_AT,
    )
    for change in (*(each["seq"] for each in changes), redemption):
        found = await full_row(store, account, change)
        if found is not None and any(
            posting.target is State.OWED and posting.redemption == redemption
            for posting in found.postings
        ):
            return brief_of(found)
    return None
