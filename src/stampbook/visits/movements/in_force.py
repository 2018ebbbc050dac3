"""The movements in force on all accounts of a program, in one list, newest first.

Uncommitted temporary movements are left out, and so is what was taken back. The discounts of
visits are in the same list: the database merges them in, since a page in the middle of a merged
list cannot be cut out of two lists without reading both from their beginnings.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from stampbook.domain.model import Kind
from stampbook.ledger.journal import in_force
from stampbook.storage.store import Row, Transacting
from stampbook.visits.movements.subjects import CASHBACK_SUBJECT, REFERRAL_SUBJECT, VISIT_SUBJECT

LOCATION_SUBJECT = "location:"
"""The beginning of the subject of manual movements in a location; the location's number follows."""

_OF_VISITS = (VISIT_SUBJECT, CASHBACK_SUBJECT, REFERRAL_SUBJECT)


class Event(StrEnum):
    """The kinds of movements, on an account or a bill."""

    DISCOUNT = "discount"
    ACCRUAL = "accrual"
    WITHDRAWAL = "withdrawal"
    REFERRAL = "referral"
    REPLENISHMENT = "replenishment"
    DEBIT = "debit"
    EXPIRY = "expiry"


class Filter(NamedTuple):
    """Which movements: those recorded in [start, end); an empty sequence is no restriction."""

    program: int
    start: int
    end: int
    events: Sequence[Event] = ()
    locations: Sequence[int] = ()
    visits: Sequence[int] = ()
    account: int = 0


class Moved(NamedTuple):
    """One movement, with its amount in force.

    `amount` is in smallest units of a currency with `scale` decimals. `seq` is the number of a
    discount, or the place of a transaction in its account's journal; `visit`, `line` and
    `promotion` are 0 but of a discount, `subject` and `metadata` None but of a transaction.
    """

    event: Event
    account: int
    seq: int
    amount: int
    scale: int
    subject: str | None
    metadata: str | None
    visit: int
    line: int
    promotion: int
    recorded_at: int


async def count(db: Transacting, wanted: Filter, *, scale: int) -> int:
    """How many movements there are; see `page`."""
    row = await db.fetch_one(
        f"SELECT COUNT(*) AS movements FROM ({_selected(wanted)}) AS found",  # noqa: S608
        wanted.program,
        wanted.start,
        wanted.end,
        scale,
    )
    assert row is not None
    found: int = row["movements"]
    return found


async def page(
    db: Transacting, wanted: Filter, *, scale: int, skip: int, limit: int
) -> list[Moved]:
    """The movements after the `skip` newest ones, of currencies with at most `scale` decimals.

    Discounts are in a currency of `scale` decimals.
    """
    rows = await db.fetch(
        f"""
        SELECT event, account_id, seq, amount, scale, subject, metadata, visit_id, line_id,
               promotion_id, recorded_at
        FROM ({_selected(wanted)}) AS found
        ORDER BY recorded_at DESC, account_id DESC, seq DESC LIMIT $5 OFFSET $6
        """,  # noqa: S608
        wanted.program,
        wanted.start,
        wanted.end,
        scale,
        limit,
        skip,
    )
    return [_moved(row) for row in rows]


def _moved(row: Row) -> Moved:
    return Moved(
        Event(row["event"]),
        row["account_id"],
        row["seq"],
        row["amount"],
        row["scale"],
        row["subject"],
        row["metadata"],
        row["visit_id"],
        row["line_id"],
        row["promotion_id"],
        row["recorded_at"],
    )


_LEDGER = f"""
    SELECT recorded_at, account_id, seq, subject, metadata, scale,
           0 AS visit_id, 0 AS line_id, 0 AS promotion_id, amount,
           CASE WHEN kind = {Kind.ACCRUE:d} AND subject LIKE '{REFERRAL_SUBJECT}%' THEN 'referral'
                WHEN kind = {Kind.ACCRUE:d} THEN 'accrual'
                WHEN kind IN ({Kind.REDEEM:d}, {Kind.HOLD:d}) THEN 'withdrawal'
                WHEN kind = {Kind.EXPIRE:d} THEN 'expiry'
                WHEN kind IN ({Kind.ADJUST_DEBIT:d}, {Kind.TRANSFER_OUT:d}) THEN 'debit'
                ELSE 'replenishment' END AS event
    FROM ({in_force.SELECT}) AS t
    WHERE scale <= $4
"""  # noqa: S608 - constants

_DISCOUNTS = """
    SELECT d.created_at AS recorded_at, d.account_id, d.discount_id AS seq,
           CAST(NULL AS text) AS subject, CAST(NULL AS text) AS metadata,
           CAST($4 AS smallint) AS scale,
           d.visit_id, d.line_id, d.promotion_id, d.amount, 'discount' AS event
    FROM visit_discounts d JOIN visits v ON v.visit_id = d.visit_id
    WHERE v.program_id = $1 AND d.created_at >= $2 AND d.created_at < $3
      AND d.cancelled_at IS NULL
"""


def _selected(wanted: Filter) -> str:
    """Both sources with their conditions. Only numbers and words of an enumeration are put in."""
    ledger, discounts = _LEDGER, _DISCOUNTS
    if wanted.account:
        ledger += f" AND {in_force.of_account(wanted.account)}"
        discounts += f" AND d.account_id = {int(wanted.account)}"
    if wanted.visits:
        ledger += f" AND t.subject IN ({_subjects(wanted.visits)})"
        discounts += f" AND d.visit_id IN ({_numbers(wanted.visits)})"
    if wanted.locations:
        ledger += f" AND ({_in_locations(wanted.locations)})"
        discounts += f" AND v.location_id IN ({_numbers(wanted.locations)})"
    selected = f"SELECT * FROM ({ledger} UNION ALL {discounts}) AS entries"  # noqa: S608
    if wanted.events:
        selected += f" WHERE event IN ({', '.join(repr(each.value) for each in wanted.events)})"
    return selected


def _numbers(values: Sequence[int]) -> str:
    return ", ".join(str(int(value)) for value in values)


def _subjects(visits: Sequence[int]) -> str:
    return ", ".join(f"'{kind}{int(visit)}'" for visit in visits for kind in _OF_VISITS)


def _in_locations(locations: Sequence[int]) -> str:
    """A visit's movements by its location, those made by hand by where they were made."""
    numbers = _numbers(locations)
    of_visits = " UNION ALL ".join(
        f"SELECT '{kind}' || v.visit_id FROM visits v WHERE v.location_id IN ({numbers})"  # noqa: S608
        for kind in _OF_VISITS
    )
    own = ", ".join(f"'{location_subject(location)}'" for location in locations)
    return f"t.subject IN ({own}) OR t.subject IN ({of_visits})"


def location_subject(location: int) -> str:
    """The subject of manual movements in a location."""
    return f"{LOCATION_SUBJECT}{int(location)}"
