"""All that moved on a program's cards and bills, in one list: what is in force of it.

The ledger's rows and the visits' discounts, newest first. Temporary movements that are not
committed are not in it, nor what was taken back.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from stampbook.domain.model import Kind, transaction_number
from stampbook.ledger.engine import Ledger
from stampbook.storage.store import Row, Store, Transacting
from stampbook.visits.model import SCALE
from stampbook.visits.subjects import visit_of
from stampbook.visits.withdrawing import line_of, promotion_of

DUE_BATCH = 500
"""Accounts of a shard that are settled at once before a list is read."""

MAX_PASSES = 20


class Event(StrEnum):
    """What happened to the card or the bill."""

    DISCOUNT = "discount"
    ACCRUAL = "accrual"
    WITHDRAWAL = "withdrawal"
    REFERRAL = "referral"
    REPLENISHMENT = "replenishment"
    DEBIT = "debit"
    EXPIRY = "expiry"


class Entry(NamedTuple):
    """One movement; `amount` is in hundredths.

    `visit`, `line`, `promotion` and `account` are 0 where a movement has none.
    """

    number: int
    event: Event
    amount: int
    account: int
    visit: int
    line: int
    promotion: int
    recorded_at: int


class Filter(NamedTuple):
    """Which entries: recorded in [start, end); empty sequences leave nothing out."""

    program: int
    start: int
    end: int
    events: Sequence[Event] = ()
    locations: Sequence[int] = ()
    visits: Sequence[int] = ()
    account: int = 0


_LEDGER = f"""
    SELECT t.recorded_at, t.account_id, t.seq, t.subject, t.metadata,
           0 AS visit_id, 0 AS line_id, 0 AS promotion_id,
           CASE c.scale WHEN 0 THEN 100 WHEN 1 THEN 10 ELSE 1 END
               * CASE WHEN m.seq IS NULL THEN t.amount ELSE m.base - m.cancelled END AS amount,
           CASE WHEN t.kind = {Kind.ACCRUE:d} AND t.subject LIKE 'referral:%' THEN 'referral'
                WHEN t.kind = {Kind.ACCRUE:d} THEN 'accrual'
                WHEN t.kind IN ({Kind.REDEEM:d}, {Kind.HOLD:d}) THEN 'withdrawal'
                WHEN t.kind = {Kind.EXPIRE:d} THEN 'expiry'
                WHEN t.kind IN ({Kind.ADJUST_DEBIT:d}, {Kind.TRANSFER_OUT:d}) THEN 'debit'
                ELSE 'replenishment' END AS event
    FROM accounts a
    JOIN currencies c ON c.currency_id = a.currency_id
    JOIN transactions t ON t.shard = a.shard AND t.account_id = a.account_id
    LEFT JOIN movements m
        ON m.shard = t.shard AND m.account_id = t.account_id AND m.seq = t.seq
    WHERE a.program_id = $1 AND c.scale <= {SCALE:d}
      AND t.recorded_at >= $2 AND t.recorded_at < $3
      AND t.kind IN ({Kind.ACCRUE:d}, {Kind.REDEEM:d}, {Kind.HOLD:d}, {Kind.EXPIRE:d},
                     {Kind.ADJUST_CREDIT:d}, {Kind.ADJUST_DEBIT:d}, {Kind.REINSTATE:d},
                     {Kind.TRANSFER_OUT:d}, {Kind.TRANSFER_IN:d})
      AND (m.seq IS NULL OR (m.status = 0 AND m.base > m.cancelled))
"""  # noqa: S608 - numbers of an enumeration

_DISCOUNTS = """
    SELECT d.created_at AS recorded_at, d.account_id, d.discount_id AS seq,
           CAST(NULL AS text) AS subject, CAST(NULL AS text) AS metadata,
           d.visit_id, d.line_id, d.promotion_id, d.amount, 'discount' AS event
    FROM visit_discounts d JOIN visits v ON v.visit_id = d.visit_id
    WHERE v.program_id = $1 AND d.created_at >= $2 AND d.created_at < $3
      AND d.cancelled_at IS NULL
"""


async def count(db: Transacting, wanted: Filter) -> int:
    """How many entries there are."""
    row = await db.fetch_one(
        f"SELECT COUNT(*) AS entries FROM ({_selected(wanted)}) AS found",  # noqa: S608
        wanted.program,
        wanted.start,
        wanted.end,
    )
    assert row is not None
    found: int = row["entries"]
    return found


async def page(db: Transacting, wanted: Filter, *, skip: int, limit: int) -> list[Entry]:
    """The entries, newest first."""
    rows = await db.fetch(
        f"""
        SELECT recorded_at, account_id, seq, subject, metadata, visit_id, line_id, promotion_id,
               amount, event
        FROM ({_selected(wanted)}) AS found
        ORDER BY recorded_at DESC, account_id DESC, seq DESC LIMIT $4 OFFSET $5
        """,  # noqa: S608
        wanted.program,
        wanted.start,
        wanted.end,
        limit,
        skip,
    )
    return [_entry(row) for row in rows]


async def settle_due(store: Store, ledger: Ledger, program: int) -> None:
    """Journal what the clock has made due on the program's accounts, before a list is read.

    Bounded: what is left after MAX_PASSES is the background worker's.
    """
    for _ in range(MAX_PASSES):
        due = [
            await store.due_accounts(shard, ledger.clock(), DUE_BATCH, program)
            for shard in range(store.shards)
        ]
        if not any(due):
            return
        await ledger.settle(list(chain.from_iterable(due)))


def _selected(wanted: Filter) -> str:
    """Both sources with their conditions. Only numbers and words of an enumeration are put in."""
    ledger, discounts = _LEDGER, _DISCOUNTS
    if wanted.account:
        ledger += f" AND t.account_id = {int(wanted.account)}"
        discounts += f" AND d.account_id = {int(wanted.account)}"
    if wanted.visits:
        ledger += f" AND t.subject IN ({_subjects(wanted.visits)})"
        discounts += f" AND d.visit_id IN ({_numbers(wanted.visits)})"
    if wanted.locations:
        ledger += f" AND ({_in_locations(wanted.locations)})"
        discounts += f" AND v.location_id IN ({_numbers(wanted.locations)})"
    both = f"SELECT * FROM ({ledger} UNION ALL {discounts}) AS entries"  # noqa: S608
    if wanted.events:
        both += f" WHERE event IN ({', '.join(repr(each.value) for each in wanted.events)})"
    return both


def _numbers(values: Sequence[int]) -> str:
    return ", ".join(str(int(value)) for value in values)


def _subjects(visits: Sequence[int]) -> str:
    kinds = ("visit", "cashback", "referral")
    return ", ".join(f"'{kind}:{int(visit)}'" for visit in visits for kind in kinds)


def _in_locations(locations: Sequence[int]) -> str:
    """A visit's movements by its location, those made by hand by where they were made."""
    numbers = _numbers(locations)
    of_visits = " UNION ALL ".join(
        f"SELECT '{kind}:' || v.visit_id FROM visits v WHERE v.location_id IN ({numbers})"  # noqa: S608
        for kind in ("visit", "cashback", "referral")
    )
    own = ", ".join(f"'{location_subject(location)}'" for location in locations)
    return f"t.subject IN ({own}) OR t.subject IN ({of_visits})"


def location_subject(location: int) -> str:
    """The subject of what is done to a card by hand in a location."""
    return f"location:{int(location)}"


def _entry(row: Row) -> Entry:
    event = Event(row["event"])
    if event is Event.DISCOUNT:
        number = transaction_number(account=row["seq"], seq=0)
        visit, line, promotion = row["visit_id"], row["line_id"], row["promotion_id"]
    else:
        number = transaction_number(account=row["account_id"], seq=row["seq"])
        visit = visit_of(row["subject"]) or 0
        line = line_of(row["metadata"]) if visit else 0
        promotion = promotion_of(row["metadata"]) if visit else 0
    return Entry(
        number,
        event,
        row["amount"],
        row["account_id"],
        visit,
        line,
        promotion,
        row["recorded_at"],
    )
