"""Reading an account's journal: rows with what became of them, and the terms of their lots."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.json import Decoder

from stampbook.domain.hashing import decode_postings, decode_terms
from stampbook.domain.model import (
    FOREVER,
    Kind,
    Movement,
    Posting,
    Status,
    Transaction,
    split_number,
    transaction_number,
)
from stampbook.http.native.wire_ledger import MAX_NAMED, moved_postings, named_only
from stampbook.ledger.outcomes import SLIDES
from stampbook.pacing import Slices
from stampbook.storage.store import Demand, Row, Store

_numbers = Decoder(list[list[int]])

KINDS_OF: dict[str, tuple[Kind, ...]] = {}
for _kind in Kind:
    KINDS_OF[_kind.wire] = (*KINDS_OF.get(_kind.wire, ()), _kind)
"""By the word of the wire: `adjust` may credit or debit."""

ALL_KINDS = tuple(Kind)


class Entry(NamedTuple):
    """A row of the journal, and how it stands now. The row comes without its hash.

    `unnamed`: how many allocations were left out of the row (wire_ledger.named_only).
    """

    row: Transaction
    movement: Movement
    unnamed: int = 0


async def entries(
    store: Store,
    account: int,
    *,
    before: int = 2**31 - 1,
    since: int = -FOREVER,
    until: int = FOREVER,
    kinds: Sequence[Kind] = ALL_KINDS,
    limit: int,
) -> list[Entry]:
    """The newest entries below sequence number `before`, recorded in [since, until), each with
    no more postings than an answer names."""
    asked = [int(kind) for kind in kinds[:2]] * 2
    rows = await store.fetch(
        _SELECT + " AND t.seq < $3 AND t.recorded_at >= $4 AND t.recorded_at < $5"
        " AND ($6 = 1 OR t.kind = $7 OR t.kind = $8) ORDER BY t.seq DESC LIMIT $9",
        account % store.shards,
        account,
        before,
        since,
        until,
        int(kinds == ALL_KINDS),
        asked[0],
        asked[1],
        limit,
    )
    found: list[Entry] = []
    slices = Slices()
    for row in rows:
        await slices.pause()
        whole, movement, _ = _entry(account, row)
        short, unnamed = named_only(whole)
        found.append(Entry(short, movement, unnamed))
    return found


async def entry(store: Store, account: int, seq: int) -> Entry | None:
    """One entry of an account's journal; its `cancelled_by` is a cancel that is in force, or 0."""
    row = await store.fetch_one(_SELECT + " AND t.seq = $3", account % store.shards, account, seq)
    if row is None:
        return None
    found = _entry(account, row)
    movement = found.movement
    if not movement.cancelled:
        movement.cancelled_by = 0
    elif movement.remaining:  # the last of several may have been cancelled itself
        movement.cancelled_by = await _cancel_in_force(store, found.row)
    return found


async def _cancel_in_force(store: Store, row: Transaction) -> int:
    """The newest cancel of the transaction that nothing has wholly taken back, or 0.

    Of an original those are the odd links of its chains; of a cancel, what it is the target of.
    """
    is_cancel = row.kind is Kind.CANCEL
    concerns = "t.target = $3" if is_cancel else "t.root = $3 AND t.link % 2 = 1"
    found = await store.fetch_one(
        f"""
        SELECT t.seq FROM transactions t
        LEFT JOIN movements m
          ON m.shard = t.shard AND m.account_id = t.account_id AND m.seq = t.seq
        WHERE t.shard = $1 AND t.account_id = $2 AND t.seq > $3 AND t.kind = $4 AND {concerns}
          AND COALESCE(m.cancelled, 0) < t.amount
        ORDER BY t.seq DESC LIMIT 1
        """,  # noqa: S608 - constants
        row.account % store.shards,
        row.account,
        row.seq if is_cancel else row.root,
        int(Kind.CANCEL),
    )
    return 0 if found is None else int(found["seq"])


async def expiries(store: Store, rows: Iterable[Transaction]) -> Mapping[int, int]:
    """When the lots that answers name of the rows expire, as `Done.expiries` tells it."""
    return await expiries_of(store, ((row, moved_postings(row)[:MAX_NAMED]) for row in rows))


async def expiries_of(
    store: Store, named: Iterable[tuple[Transaction, Iterable[Posting]]]
) -> Mapping[int, int]:
    """When the lots of these postings expire, as `Done.expiries` tells it."""
    lots: dict[int, set[int]] = {}
    for row, postings in named:
        wanted = lots.setdefault(row.account, set())
        wanted.update(posting.lot for posting in postings if posting.lot)
    found: dict[int, int] = {}
    for account, wanted in lots.items():
        if wanted:
            demand = Demand(account, lots=frozenset(wanted))
            (answer,) = await store.load(account % store.shards, [demand])
            for lot in answer.lots:
                number = transaction_number(account=account, seq=lot.seq)
                found[number] = SLIDES if lot.sliding else lot.expires_at
    return found


async def by_external_id(
    store: Store, external_id: str, *, tenant: int, program: int | None
) -> list[tuple[int, int]]:
    """Accounts and sequence numbers of the tenant's transactions with that external id: one in a
    program, so several only if no program is given."""
    rows = await store.fetch(
        """
        SELECT e.account_id, e.seq
        FROM programs p JOIN external_ids e ON e.program_id = p.program_id
        WHERE p.tenant_id = $1 AND e.external_id = $2
          AND (CAST($3 AS bigint) = 0 OR p.program_id = CAST($3 AS bigint))
        ORDER BY e.program_id LIMIT 2
        """,
        tenant,
        external_id,
        program or 0,
    )
    return [(row["account_id"], row["seq"]) for row in rows]


async def next_due_at(store: Store, account: int) -> int:
    """When the clock next changes something in the account."""
    row = await store.fetch_one(
        "SELECT next_due_at FROM accounts WHERE shard = $1 AND account_id = $2",
        account % store.shards,
        account,
    )
    return FOREVER if row is None else int(row["next_due_at"])


def place_of(transaction: int) -> tuple[int, int]:
    """The account and sequence number of a transaction's number."""
    return split_number(transaction)


def _entry(account: int, row: Row) -> Entry:
    return Entry(_transaction(account, row), _movement(row))


def _transaction(account: int, row: Row) -> Transaction:
    deadline_at, slides_at = row["deadline_at"], row["slides_at"]
    return Transaction(
        account=account,
        seq=row["seq"],
        kind=Kind(row["kind"]),
        amount=row["amount"],
        balance_before=row["balance_before"],
        balance_after=row["balance_after"],
        recorded_at=row["recorded_at"],
        effective_at=row["effective_at"],
        target=row["target"],
        root=row["root"],
        link=row["link"],
        peer=row["peer"] or 0,
        by_clock=bool(row["by_clock"]),
        deadline_at=FOREVER if deadline_at is None else deadline_at,
        slides_at=FOREVER if slides_at is None else slides_at,
        shortfall=row["shortfall"],
        external_id=row["external_id"],
        reason=row["reason"],
        actor=row["actor"],
        metadata=row["metadata"],
        subject=row["subject"],
        postings=decode_postings(_numbers.decode(row["postings"])),
        terms=decode_terms(_numbers.decode(row["terms"])),
        hash=b"",
    )


def _movement(row: Row) -> Movement:
    if row["base"] is None:
        return Movement(seq=row["seq"], base=row["amount"])
    return Movement(
        seq=row["seq"],
        base=row["base"],
        status=Status(row["status"]),
        cancelled=row["cancelled"],
        committed_by=0 if row["kind"] == Kind.COMMIT else row["committed_by"],
        released_by=row["released_by"],
        cancelled_by=row["cancelled_by"],
    )


_SELECT = f"""
    SELECT t.seq, t.kind, t.amount, t.balance_before, t.balance_after, t.recorded_at,
           t.effective_at, t.target, t.root, t.link, t.peer, t.by_clock, t.deadline_at,
           t.slides_at, t.shortfall, t.external_id, t.reason, t.actor, t.metadata, t.subject,
           t.postings, t.terms,
           m.base, m.status, m.cancelled, m.committed_by, m.released_by, m.cancelled_by
    FROM transactions t
    LEFT JOIN movements m ON m.shard = t.shard AND m.account_id = t.account_id
        AND m.seq = CASE WHEN t.kind = {Kind.COMMIT:d} THEN t.root ELSE t.seq END
    WHERE t.shard = $1 AND t.account_id = $2
"""  # noqa: S608 - a constant
"""A commit has the standing of its original: the two are one movement."""
