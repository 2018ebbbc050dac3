"""What the rows of one account changed: its sums and its lots, without the rows' texts.

A picture of an account's past needs thousands of rows at once, and of each only a few numbers.
"""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from msgspec.json import Decoder

from stampbook.domain.model import Kind, Record
from stampbook.ledger.journal.pages import last_before
from stampbook.pacing import Slices
from stampbook.storage.store import Store

MOST: Final = 20_000
"""Rows that one answer has: the newest."""

Moved = tuple[int, int, int, int, int]
"""A posting: lot, amount, source, target, redemption."""


class Change(NamedTuple):
    """A journal row: the account's sums after it, and its postings.

    `held` is the sum of the lots alone; `owed_held` is what holds lack.
    """

    seq: int
    kind: Kind
    recorded_at: int
    target: int
    root: int
    available: int
    pending: int
    held: int
    owed: int
    owed_held: int
    postings: Sequence[Moved]


class Accrual(NamedTuple):
    """Where a lot comes from: the row that made it."""

    kind: Kind
    recorded_at: int
    external_id: str | None
    reason: str | None


async def changes(store: Store, account: int, *, since: int, upto: int) -> list[Change]:
    """The rows recorded since the instant up to row `upto`, in order, after the last row before.

    At most MOST rows, the newest. One statement reads them, however many there are.
    """
    first = await last_before(store, account, since)
    found = await store.fetch(
        """
        SELECT t.seq, t.kind, t.recorded_at, t.target, t.root, t.available, t.pending, t.held,
               t.owed, t.owed_held, t.postings
        FROM transactions t
        WHERE t.shard = $1 AND t.account_id = $2 AND t.seq >= $3 AND t.seq <= $4
        ORDER BY t.seq DESC LIMIT $5
        """,
        account % store.shards,
        account,
        first,
        upto,
        MOST,
    )
    slices = Slices()
    listed: list[Change] = []
    for at, row in enumerate(reversed(found)):
        if not at % 100:
            await slices.pause()
        listed.append(
            Change(
                row["seq"],
                _KINDS[row["kind"]],
                row["recorded_at"],
                row["target"],
                row["root"],
                row["available"],
                row["pending"],
                row["held"],
                row["owed"],
                row["owed_held"],
                _decode(row["postings"]),
            )
        )
    return listed


def change_of(record: Record) -> Change:
    """The change of a row that no store has."""
    row, sums = record.row, record.sums
    return Change(
        row.seq,
        row.kind,
        row.recorded_at,
        row.target,
        row.root,
        sums.available,
        sums.pending,
        sums.held,
        sums.owed,
        sums.owed_held,
        row.postings,
    )


async def accruals(store: Store, account: int, seqs: Collection[int]) -> dict[int, Accrual]:
    """The rows of these numbers, as the origins of lots. Ask for a page of them at most."""
    if not seqs:
        return {}
    wanted = sorted(seqs)
    places = ", ".join(f"(CAST(${at + 3} AS integer))" for at in range(len(wanted)))
    found = await store.fetch(
        f"""
        WITH wanted (seq) AS (VALUES {places})
        SELECT seq, {", ".join(map(_LOOKED_UP.format, _OF_ACCRUALS))} FROM wanted
        """,  # noqa: S608 - constants and numbers of parameters
        account % store.shards,
        account,
        *wanted,
    )
    return {
        row["seq"]: Accrual(
            _KINDS[row["kind"]], row["recorded_at"], row["external_id"], row["reason"]
        )
        for row in found
        if row["kind"] is not None
    }


# Each is looked up by itself: PostgreSQL keeps one plan for all accounts, and what joins the
# journals of most of them fast reads all of a long one.
_OF_ACCRUALS: Final = ("kind", "recorded_at", "external_id", "reason")
_LOOKED_UP: Final = """(
    SELECT t.{0} FROM transactions t
    WHERE t.shard = $1 AND t.account_id = $2 AND t.seq = wanted.seq
) AS {0}"""

_KINDS: Final = {int(kind): kind for kind in Kind}

_decode: Final = Decoder(list[Moved]).decode
