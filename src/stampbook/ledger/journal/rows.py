"""The rows of one account's journal, with their present standing."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from stampbook.domain.model import FOREVER, Kind, Movement, Status, Transaction
from stampbook.ledger.journal.standing import standing_of
from stampbook.pacing import Slices
from stampbook.storage.rows import transaction_of
from stampbook.storage.store import AccountFound, Demand, Row, Store
from stampbook.storage.tables import with_columns

LATEST = 2**31 - 1
"""Above all sequence numbers."""

ALL_KINDS = frozenset(Kind)


class CurrentRow(NamedTuple):
    """A row of the journal, and its present standing.

    A commit has the movement of its original, since the two are one movement.
    """

    row: Transaction
    movement: Movement


class Page(NamedTuple):
    """Rows of one account in order. `movements` has the present standing of each, `known` these
    rows and their originals, both by sequence number."""

    rows: Sequence[Transaction]
    movements: Mapping[int, Movement]
    known: Mapping[int, Transaction]


class InForce(NamedTuple):
    """An original, and how much of it is in force, in smallest units."""

    row: Transaction
    amount: int


async def newest(
    store: Store,
    account: int,
    *,
    before: int = LATEST,
    since: int = -FOREVER,
    until: int = FOREVER,
    kinds: Collection[Kind] = ALL_KINDS,
    key: int | None = None,
    user: int | None = None,
    limit: int,
) -> AsyncIterator[CurrentRow]:
    """The newest rows below sequence number `before`, recorded in [since, until), of these kinds,
    and if given by this API key and this user.

    They are decoded one by one, since a row may have thousands of postings.
    """
    of_kinds = ""
    if len(ALL_KINDS.difference(kinds)):
        of_kinds = f" AND t.kind IN ({', '.join(str(int(kind)) for kind in sorted(kinds))})"
    found = await store.fetch(
        f"{_SELECT} AND t.seq < $3 AND t.recorded_at >= $4 AND t.recorded_at < $5{of_kinds}"
        " AND (CAST($7 AS bigint) = 0 OR t.api_key_id = $7)"
        " AND (CAST($8 AS bigint) = 0 OR t.user_id = $8)"
        " ORDER BY t.seq DESC LIMIT $6",
        account % store.shards,
        account,
        before,
        since,
        until,
        limit,
        key or 0,
        user or 0,
    )
    slices = Slices()
    for values in found:
        await slices.pause()
        yield _current(values)


async def newest_of_subjects(
    store: Store, account: int, subjects: Sequence[str], *, limit: int
) -> list[CurrentRow]:
    """The newest rows with one of the subjects, whatever has become of them."""
    places = ", ".join(f"${at}" for at in range(4, len(subjects) + 4))
    found = await store.fetch(
        f"{_SELECT} AND t.subject IN ({places}) ORDER BY t.seq DESC LIMIT $3",
        account % store.shards,
        account,
        limit,
        *subjects,
    )
    return [_current(values) for values in found]


async def page(store: Store, account: int, *, after: int, limit: int) -> Page:
    """The oldest rows above sequence number `after`."""
    rows = await store.journal(account, after=after, limit=limit)
    if not rows:
        return Page((), {}, {})
    demand = Demand(account, rows=frozenset(row.seq for row in rows))
    (found,) = await store.load(account % store.shards, [demand])
    return Page(
        rows,
        {movement.seq: movement for movement in found.movements},
        {row.seq: row for row in (*found.rows, *rows)},
    )


async def row(store: Store, account: int, seq: int) -> Transaction | None:
    """The account's row of that sequence number."""
    found = await store.journal(account, after=seq - 1, limit=1)
    return found[0] if found and found[0].seq == seq else None


async def current(store: Store, account: int, seq: int) -> CurrentRow | None:
    """The account's row of that sequence number, and its present standing.

    Its `cancelled_by` is a cancel that is in force, or 0.
    """
    values = await store.fetch_one(
        f"{_SELECT} AND t.seq = $3", account % store.shards, account, seq
    )
    if values is None:
        return None
    found = _current(values)
    movement = found.movement
    if not movement.cancelled:
        movement.cancelled_by = 0
    elif movement.remaining:  # the last of several may have been cancelled itself
        movement.cancelled_by = await _cancel_in_force(store, found.row)
    return found


async def original_after(store: Store, row: Transaction) -> CurrentRow | None:
    """The original that the row goes back to, and its standing right after the row."""
    values = await store.fetch_one(
        f"{_ORIGINAL_UPTO} AND t.seq = $3",
        row.account % store.shards,
        row.account,
        row.root,
        row.seq,
    )
    return None if values is None else _current(values)


async def _cancel_in_force(store: Store, row: Transaction) -> int:
    """The newest cancel of the transaction that has not itself been wholly taken back, or 0.

    The cancels of an original are the odd links of its chains; those of a cancel have it as their
    target.
    """
    is_cancel = row.kind is Kind.CANCEL
    concerns = "t.target = $3" if is_cancel else "t.root = $3 AND t.link % 2 = 1"
    found = await store.fetch_one(
        f"""
        SELECT t.seq FROM transactions t
        {standing_of("t.seq", shard="$1")}
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


async def of_subjects(
    store: Store, accounts: Iterable[int], subjects: Collection[str]
) -> list[InForce]:
    """The amounts in force of the originals with one of the subjects, by account and number."""
    shards: dict[int, list[Demand]] = {}
    for account in accounts:
        demand = Demand(account, subjects=frozenset(subjects))
        shards.setdefault(account % store.shards, []).append(demand)
    found = [
        each
        for shard, demands in sorted(shards.items())
        for each in await store.load(shard, demands)
    ]
    return [
        each
        for account in sorted(found, key=lambda account: account.account)
        for each in _in_force(account, subjects)
    ]


def _in_force(found: AccountFound, subjects: Collection[str]) -> Iterable[InForce]:
    movements = {movement.seq: movement for movement in found.movements}
    for row in sorted(found.rows, key=lambda row: row.seq):
        movement = movements.get(row.seq)
        amount = row.amount if movement is None else movement.remaining
        if row.subject in subjects and amount:
            yield InForce(row, amount)


async def last_by_clock_at(store: Store, account: int) -> int | None:
    """When the clock last recorded a row; None if it never has."""
    found = await store.fetch_one(
        """
        SELECT recorded_at FROM transactions
        WHERE shard = $1 AND account_id = $2 AND by_clock
        ORDER BY seq DESC LIMIT 1
        """,
        account % store.shards,
        account,
    )
    return None if found is None else int(found["recorded_at"])


def _current(values: Row) -> CurrentRow:
    row = transaction_of(values)
    if values["base"] is None:
        return CurrentRow(row, Movement(seq=row.seq, base=row.amount))
    return CurrentRow(
        row,
        Movement(
            seq=row.seq,
            base=values["base"],
            status=Status(values["status"]),
            cancelled=values["cancelled"],
            deadline_at=FOREVER if values["ends_at"] is None else values["ends_at"],
            committed_by=0 if row.kind is Kind.COMMIT else values["committed_by"],
            released_by=values["released_by"],
            cancelled_by=values["cancelled_by"],
        ),
    )


_STANDING = """
    SELECT {rows.t},
           m.base, m.status, m.cancelled, m.deadline_at AS ends_at, m.committed_by, m.released_by,
           m.cancelled_by
    FROM transactions t
"""

_ORIGINAL_UPTO = with_columns(f"""
    {_STANDING}
    {standing_of("t.seq", shard="$1", upto="$4")}
    WHERE t.shard = $1 AND t.account_id = $2
""")

_SELECT = with_columns(f"""
    {_STANDING}
    {standing_of(f"CASE WHEN t.kind = {Kind.COMMIT:d} THEN t.root ELSE t.seq END", shard="$1")}
    WHERE t.shard = $1 AND t.account_id = $2
""")
