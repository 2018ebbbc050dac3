"""The rows of completed visits: what each counts for in its member's totals.

A visit has its row since it was first completed (model.is_completed), and its place among the
member's events for good. They are written under the guards of the visit and of the member's events.
"""

from typing import Final, NamedTuple

import msgspec

from stampbook.ledger.joint import Beside
from stampbook.storage.store import Row, Transacting
from stampbook.visits.model import Visit
from stampbook.visits.promotion import Cashback, Measure, Totals

_terms: Final = msgspec.json.Decoder(tuple[Cashback, ...]).decode
_encode: Final = msgspec.json.Encoder().encode


class Completion(NamedTuple):
    """What a visit counts for: nothing (`visits` 0) while it is not completed any more. `terms` are
    those of its cashback."""

    visit: int
    member: int
    position: int
    visits: int = 0
    sold: int = 0
    paid: int = 0
    terms: tuple[Cashback, ...] = ()

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
    )


async def of_visit(db: Transacting, visit: int) -> Completion | None:
    """What the visit counts for; None: it was never completed."""
    row = await db.fetch_one(
        """
        SELECT visit_id, member_id, position, visits, sold, paid, terms
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
    by_totals = any(term.by is not Measure.STATIC for term in each.terms)
    terms = _encode(each.terms).decode()
    figures = each.visits, each.sold, each.paid
    return each.visit, each.member, each.position, *figures, terms, int(by_totals)


def created(each: Completion) -> Beside:
    """Writes the row of a visit that is completed for the first time."""
    return Beside(
        """
        INSERT INTO completed_visits (visit_id, member_id, position, visits, sold, paid, terms,
                                      by_totals)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        (_values(each),),
    )


def changed(each: Completion) -> Beside:
    """Writes what the visit counts for now."""
    return Beside(
        """
        UPDATE completed_visits SET member_id = $2, position = $3, visits = $4, sold = $5,
                                    paid = $6, terms = $7, by_totals = $8
        WHERE visit_id = $1
        """,
        (_values(each),),
    )
