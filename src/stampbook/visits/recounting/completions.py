"""The rows of completed visits: what each counts for in its member's totals.

A visit has its row since it was first completed (model.is_completed), and its place among the
member's events for good. They are written under the guards of the visit and of the member's events.
"""

from typing import Final, NamedTuple

import msgspec

from stampbook.ledger.joint import Beside
from stampbook.loyalty.events import bills
from stampbook.loyalty.events.bills import Bill
from stampbook.storage.store import Row, Transacting
from stampbook.visits.model import Visit
from stampbook.visits.promotion import Cashback, Measure, Totals
from stampbook.visits.recounting import judged

_terms: Final = msgspec.json.Decoder(tuple[Cashback, ...]).decode
_encode: Final = msgspec.json.Encoder().encode


class Completion(NamedTuple):
    """What a visit counts for: nothing (`visits` 0) while it is not completed any more. `terms` are
    those of its cashback.

    `event` is the one that rules judged, `bill` what they saw of it; `by_rules`: they read totals.
    """

    visit: int
    member: int
    position: int
    visits: int = 0
    sold: int = 0
    paid: int = 0
    terms: tuple[Cashback, ...] = ()
    event: int | None = None
    bill: Bill | None = None
    by_rules: bool = False

    @property
    def by_totals(self) -> bool:
        """Whether something that it earned follows from totals."""
        return self.by_rules or any(each.by is not Measure.STATIC for each in self.terms)

    @property
    def counts(self) -> bool:
        return self.visits > 0

    @property
    def totals(self) -> Totals:
        """What it adds to the member's totals."""
        return Totals(self.visits, self.sold, self.paid)


class Dependent(NamedTuple):
    """A later visit whose cashback follows from totals, and the totals up to and with it."""

    visit: int
    terms: tuple[Cashback, ...]
    totals: Totals


def completed(visit: Visit, position: int, terms: tuple[Cashback, ...]) -> Completion:
    """What the visit counts for as a completed one."""
    return Completion(visit.number, visit.member, position, 1, visit.cost, visit.paid, terms)


def carried(was: Completion, now: Completion, visit: Visit) -> Completion:
    """`now` with what rules saw of the visit at its first completion, and what is left of it."""
    bill = was.bill and was.bill._replace(rest=judged.left_of(was.bill.rest, visit))
    return now._replace(event=was.event, bill=bill, by_rules=was.by_rules)


def lower(was: Completion, now: Completion) -> Completion:
    """What a visit counts for that is about to become `now`: nothing of it rises."""
    counts = {(each.account, each.promotion): each.counts for each in now.terms}
    terms = (
        each._replace(counts=min(each.counts, counts.get((each.account, each.promotion), 0)))
        for each in was.terms
    )
    return was._replace(
        visits=min(was.visits, now.visits),
        sold=min(was.sold, now.sold),
        paid=min(was.paid, now.paid),
        terms=tuple(terms),
        bill=now.bill,
    )


def _completion(row: Row) -> Completion:
    return Completion(
        row["visit_id"],
        row["member_id"],
        row["position"],
        row["visits"],
        row["sold"],
        row["paid"],
        _terms(row["terms"]),
        row["event_id"],
        bills.read(row["judged"]),
        row["by_rules"] == 1,
    )


async def of_visit(db: Transacting, visit: int) -> Completion | None:
    """What the visit counts for; None: it was never completed."""
    row = await db.fetch_one(
        """
        SELECT visit_id, member_id, position, visits, sold, paid, terms, event_id, judged, by_rules
        FROM completed_visits WHERE visit_id = $1
        """,
        visit,
    )
    return None if row is None else _completion(row)


async def totals_before(db: Transacting, member: int, position: int) -> Totals:
    """What the member's completed visits before that position add up to."""
    row = await db.fetch_one(
        """
        SELECT CAST(COALESCE(SUM(visits), 0) AS bigint) AS visits,
               CAST(COALESCE(SUM(sold), 0) AS bigint) AS sold,
               CAST(COALESCE(SUM(paid), 0) AS bigint) AS paid
        FROM completed_visits WHERE member_id = $1 AND position < $2
        """,
        member,
        position,
    )
    assert row is not None
    return Totals(row["visits"], row["sold"], row["paid"])


async def dependents(db: Transacting, member: int, position: int, *, limit: int) -> list[Dependent]:
    """The member's completed visits after that position whose cashback follows from totals, by
    position."""
    rows = await db.fetch(
        """
        SELECT visit_id, terms, visits, sold, paid FROM (
            SELECT visit_id, position, terms, by_totals, visits AS counts,
                   CAST(SUM(visits) OVER places AS bigint) AS visits,
                   CAST(SUM(sold) OVER places AS bigint) AS sold,
                   CAST(SUM(paid) OVER places AS bigint) AS paid
            FROM completed_visits WHERE member_id = $1
            WINDOW places AS (ORDER BY position)
        ) AS placed
        WHERE position > $2 AND counts = 1 AND by_totals = 1 ORDER BY position LIMIT $3
        """,
        member,
        position,
        limit,
    )
    return [
        Dependent(
            row["visit_id"],
            _terms(row["terms"]),
            Totals(row["visits"], row["sold"], row["paid"]),
        )
        for row in rows
    ]


def _values(each: Completion) -> tuple[object, ...]:
    return (
        each.visit,
        each.member,
        each.position,
        each.visits,
        each.sold,
        each.paid,
        _encode(each.terms).decode(),
        int(each.by_totals),
        each.event,
        bills.write(each.bill),
        int(each.by_rules),
    )


def created(each: Completion) -> Beside:
    """Writes the row of a visit that is completed for the first time."""
    return Beside(
        """
        INSERT INTO completed_visits (visit_id, member_id, position, visits, sold, paid, terms,
                                      by_totals, event_id, judged, by_rules)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        (_values(each),),
    )


def changed(each: Completion) -> Beside:
    """Writes what the visit counts for now."""
    return Beside(
        """
        UPDATE completed_visits SET member_id = $2, position = $3, visits = $4, sold = $5,
            paid = $6, terms = $7, by_totals = $8, event_id = $9, judged = $10, by_rules = $11
        WHERE visit_id = $1
        """,
        (_values(each),),
    )
