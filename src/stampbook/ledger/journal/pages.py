"""Pages of one account's rows, by their places in a list.

A journal has no gaps, and its rows are recorded in the order of their sequence numbers. So a page
is found by sequence number even if the list is ordered by instant, and its cost depends only on
what is on it.
"""

from collections.abc import Collection, Iterable, Sequence
from enum import Enum
from typing import Final, NamedTuple

from stampbook.domain.model import CREDITS, FOREVER, Kind, split_number
from stampbook.storage.store import Store

AT_ONCE: Final = 500
"""How many rows one statement names."""


class Which(Enum):
    """Which rows of a journal a list has.

    `EVENTS`: rows that moved points. Commits and releases of holds are left out, since the hold
    itself shows them; and so are rows that moved nothing: the commit of an accrual that goes on
    waiting, the cancel of one whose points are all spent or expired, the undo of such a cancel.
    `CHANGES`: the events that changed the active balance.
    """

    EVENTS = "events"
    CHANGES = "changes"


class Chosen(NamedTuple):
    """Rows recorded in [since, until), by their transaction numbers: only `numbers`, if given, and
    none of `but`."""

    since: int = -FOREVER
    until: int = FOREVER
    numbers: frozenset[int] | None = None
    but: frozenset[int] = frozenset()

    def narrowed(self, other: "Chosen") -> "Chosen":
        """The rows that both choose."""
        numbers = self.numbers if other.numbers is None else other.numbers
        if self.numbers is not None and other.numbers is not None:
            numbers = self.numbers & other.numbers
        return Chosen(
            max(self.since, other.since),
            min(self.until, other.until),
            numbers,
            self.but | other.but,
        )


ALL: Final = (Chosen(),)
"""A choice is a list of alternatives; this one has all rows, an empty one has none."""


class Spot(NamedTuple):
    """Where a row is: when it was recorded, and its sequence number."""

    recorded_at: int
    seq: int


class Original(NamedTuple):
    """What an answer about a later row must know of its original.

    `committed_by` is the row that committed it if it was a hold, else 0.
    """

    kind: Kind
    subject: str | None
    committed_by: int


async def page(
    store: Store,
    account: int,
    *,
    which: Which,
    chosen: Sequence[Chosen] = ALL,
    after: int | None,
    descending: bool,
    limit: int,
) -> list[Spot]:
    """The first rows after sequence number `after`, in the order of the journal or against it."""
    values: list[object] = [account % store.shards, account]
    condition = conditions(which, _within(account, chosen), "t.seq", values)
    if after is not None:
        values.append(after)
        condition += f" AND t.seq {'<' if descending else '>'} CAST(${len(values)} AS bigint)"
    order_by = f"t.seq {'DESC' if descending else 'ASC'}"
    return await _spots(store, condition, order_by, limit, values)


async def page_by_instant(
    store: Store,
    account: int,
    *,
    which: Which,
    chosen: Sequence[Chosen] = ALL,
    after: Spot | None,
    descending: bool,
    limit: int,
) -> list[Spot]:
    """The first rows after the spot by instant; rows of one instant come in reverse order.

    No index has this order, so it reads the whole journal.
    """
    values: list[object] = [account % store.shards, account]
    condition = conditions(which, _within(account, chosen), "t.seq", values)
    if after is not None:
        at, seq = f"CAST(${len(values) + 1} AS bigint)", f"CAST(${len(values) + 2} AS bigint)"
        sign, other = ("<", ">") if descending else (">", "<")
        condition += f" AND (t.recorded_at {sign} {at}"
        condition += f" OR (t.recorded_at = {at} AND t.seq {other} {seq}))"
        values += after
    order_by = "t.recorded_at DESC, t.seq" if descending else "t.recorded_at, t.seq DESC"
    return await _spots(store, condition, order_by, limit, values)


async def last_before(store: Store, account: int, at: int) -> int:
    """The sequence number of the last row that was recorded before the instant, or 0.

    It is found by bisecting the journal, so every instant costs about the same.
    """
    row = await store.fetch_one(
        """
        WITH RECURSIVE halves (low, high) AS (
            SELECT 0, COALESCE(max(seq), 0) FROM transactions WHERE shard = $1 AND account_id = $2
            UNION ALL
            SELECT CASE WHEN t.recorded_at < $3 THEN t.seq ELSE h.low END,
                   CASE WHEN t.recorded_at < $3 THEN h.high ELSE t.seq - 1 END
            FROM halves h CROSS JOIN transactions t
            WHERE t.shard = $1 AND t.account_id = $2 AND t.seq = (h.low + h.high + 1) / 2
              AND h.low < h.high
        )
        SELECT low FROM halves WHERE low = high
        """,
        account % store.shards,
        account,
        min(at, FOREVER),
    )
    return 0 if row is None else int(row["low"])


async def originals(store: Store, account: int, seqs: Iterable[int]) -> dict[int, Original]:
    """The originals of these numbers, by sequence number."""
    wanted = sorted(set(seqs))
    found: dict[int, Original] = {}
    for start in range(0, len(wanted), AT_ONCE):
        asked = wanted[start : start + AT_ONCE]
        places = ", ".join(f"(CAST(${at + 3} AS integer))" for at in range(len(asked)))
        rows = await store.fetch(
            f"""
            WITH wanted (seq) AS (VALUES {places})
            SELECT seq, (SELECT t.kind {_WANTED}) AS kind, (SELECT t.subject {_WANTED}) AS subject,
                   COALESCE({_COMMITTED_BY}, 0) AS committed_by
            FROM wanted
            """,  # noqa: S608 - constants and numbers of parameters
            account % store.shards,
            account,
            *asked,
        )
        for row in rows:
            if row["kind"] is not None:
                kind = Kind(row["kind"])
                found[row["seq"]] = Original(kind, row["subject"], row["committed_by"])
    return found


# Each is looked up by itself: see _ORIGINAL.
_WANTED: Final = """
    FROM transactions t WHERE t.shard = $1 AND t.account_id = $2 AND t.seq = wanted.seq
"""
_COMMITTED_BY: Final = """(
    SELECT m.committed_by FROM standings m
    WHERE m.shard = $1 AND m.account_id = $2 AND m.target = wanted.seq
    ORDER BY m.seq DESC LIMIT 1
)"""

# -- in SQL, for the modules of this package -------------------------------------------------

_ORIGINAL: Final = """(
    SELECT r.kind FROM transactions r
    WHERE r.shard = t.shard AND r.account_id = t.account_id AND r.seq = t.root
)"""
"""The kind of the original that a row `t` goes back to. Not a join: PostgreSQL keeps one plan for
all accounts, and what joins the journals of most of them fast reads all of a long one."""

EVENTS: Final = f"""
    NOT (t.kind IN ({Kind.COMMIT:d}, {Kind.RELEASE:d}) AND {_ORIGINAL} = {Kind.HOLD:d})
    AND NOT (t.kind IN ({Kind.COMMIT:d}, {Kind.CANCEL:d})
             AND t.balance_before = t.balance_after
             AND t.postings NOT LIKE '%,1,6,%' AND t.postings NOT LIKE '%,6,1,%'
             AND t.postings NOT LIKE '%,1,2,%' AND t.postings NOT LIKE '%,6,5,%'
             AND {_ORIGINAL} IN ({", ".join(str(int(kind)) for kind in sorted(CREDITS))}))
"""
"""`Which.EVENTS`, of rows `t`.

Commits and cancels of a credit move no points if they leave the balance as it is and have no
posting from pending (1) to available (2) or revoked (6), or from revoked back to pending or to
expired (5). A posting is `[lot,amount,source,target,redemption]`.
"""

CHANGES: Final = f"{EVENTS} AND t.balance_before <> t.balance_after"


def conditions(which: Which, chosen: Sequence[Chosen], number: str, values: list[object]) -> str:
    """The condition of a list on rows `t`. Its parameters are added to `values`.

    `number` is the expression that `Chosen.numbers` and `Chosen.but` are compared with.
    """

    def bind(value: object) -> str:
        values.append(value)
        return f"CAST(${len(values)} AS bigint)"

    alternatives = []
    for each in chosen:
        parts = []
        if each.since > -FOREVER:
            parts.append(f"t.recorded_at >= {bind(each.since)}")
        if each.until < FOREVER:
            parts.append(f"t.recorded_at < {bind(each.until)}")
        if each.numbers is not None:
            listed = ", ".join(bind(value) for value in sorted(each.numbers))
            parts.append(f"{number} IN ({listed})" if listed else "1 = 0")
        if each.but:
            listed = ", ".join(bind(value) for value in sorted(each.but))
            parts.append(f"{number} NOT IN ({listed})")
        alternatives.append(" AND ".join(parts) or "1 = 1")
    choice = " OR ".join(f"({each})" for each in alternatives) or "1 = 0"
    return f"{EVENTS if which is Which.EVENTS else CHANGES} AND ({choice})"


def _within(account: int, chosen: Sequence[Chosen]) -> list[Chosen]:
    """The choice on one account, with sequence numbers in the place of transaction numbers."""
    return [
        each._replace(
            numbers=None if each.numbers is None else _seqs(account, each.numbers),
            but=_seqs(account, each.but),
        )
        for each in chosen
    ]


def _seqs(account: int, numbers: Collection[int]) -> frozenset[int]:
    places = [split_number(number) for number in numbers]
    return frozenset(seq for owner, seq in places if owner == account)


async def _spots(
    store: Store, condition: str, order_by: str, limit: int, values: Sequence[object]
) -> list[Spot]:
    rows = await store.fetch(
        f"""
        SELECT t.recorded_at, t.seq FROM transactions t
        WHERE t.shard = $1 AND t.account_id = $2 AND {condition}
        ORDER BY {order_by} LIMIT ${len(values) + 1}
        """,  # noqa: S608 - made of constants, the values are parameters
        *values,
        limit,
    )
    return [Spot(row["recorded_at"], row["seq"]) for row in rows]
