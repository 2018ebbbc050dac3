"""Reads a visit with all that it holds in one statement, so as of one instant.

The first column of each row names its branch; the others are numbers and texts in the order of
that branch. Every branch finds its rows by an index on the visit's number.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from stampbook.storage.store import Store
from stampbook.visits.model import (
    UNITS,
    Discount,
    Line,
    LineKind,
    Location,
    Payment,
    Record,
    Visit,
)
from stampbook.visits.movements.subjects import subject_of

VISIT: Final = """
    SELECT 'visit' AS part, visit_id AS n1, version AS n2, visits.program_id AS n3,
           location_id AS n4, member_id AS n5, attendance AS n6, starts_at AS n7,
           visits.created_at AS n8, comment AS t1, title AS t2, timezone AS t3
    FROM visits JOIN guards ON subject = $4 JOIN locations USING (location_id)
    WHERE visit_id = $1 AND visits.tenant_id = $2
    UNION ALL
    SELECT 'record', record_id, staff_id, starts_at, length_s, attendance, created_at, changed_at,
           NULL, comment, extra, NULL
    FROM visit_records WHERE visit_id = $1 AND deleted_at IS NULL
    UNION ALL
    SELECT 'line', line_id, record_id, item_id, quantity, first_cost, discount, cost, staff_id,
           kind, title, extra
    FROM visit_lines WHERE visit_id = $1 AND deleted_at IS NULL
    UNION ALL
    SELECT 'payment', payment_id, line_id, amount, desk_id, paid_at, NULL, NULL, NULL, comment,
           NULL, NULL
    FROM visit_payments WHERE visit_id = $1 AND deleted_at IS NULL
    UNION ALL
    SELECT 'discount', discount_id, line_id, promotion_id, account_id, amount, created_at,
           beneficiary_id, NULL, NULL, NULL, NULL
    FROM visit_discounts WHERE visit_id = $1 AND cancelled_at IS NULL
    UNION ALL
    SELECT 'account', accounts.account_id, scale, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           NULL
    FROM visit_accounts
    JOIN accounts ON shard = visit_accounts.account_id % $3
                 AND accounts.account_id = visit_accounts.account_id
    JOIN currencies ON currencies.currency_id = accounts.currency_id
    WHERE visit_id = $1
"""


class FoundVisit(NamedTuple):
    """A visit without its movements, the accounts whose journals may have some, and the location.

    An account that is registered with a visit stays so.
    """

    visit: Visit
    accounts: frozenset[int]
    location: Location


async def find(
    store: Store, number: int, *, tenant: int
) -> tuple[FoundVisit, dict[int, int]] | None:
    """The tenant's visit of that number, and the smallest unit of each account (model.UNITS)."""
    rows: Iterable[Any] = await store.fetch(VISIT, number, tenant, store.shards, subject_of(number))
    parts: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        name, *values = tuple(row)
        parts.setdefault(name, []).append(tuple(values))
    if "visit" not in parts:
        return None
    [head] = parts["visit"]
    visit = _visit(head, tenant)._replace(
        records=tuple(_record(each, number) for each in sorted(parts.get("record", ()))),
        lines=tuple(_line(each) for each in sorted(parts.get("line", ()))),
        payments=tuple(_payment(each) for each in sorted(parts.get("payment", ()))),
        discounts=tuple(_discount(each) for each in sorted(parts.get("discount", ()))),
    )
    units = {account: UNITS[scale] for account, scale, *_ in parts.get("account", ())}
    location = Location(visit.location, tenant, visit.program, *head[-2:])
    return FoundVisit(visit, frozenset(units), location), units


def _visit(row: tuple[Any, ...], tenant: int) -> Visit:
    number, version, program, location, member, attendance, starts_at, created_at, comment, *_ = row
    return Visit(
        number,
        version,
        tenant,
        program,
        location,
        member or 0,
        attendance,
        starts_at,
        comment,
        created_at,
    )


def _record(row: tuple[Any, ...], visit: int) -> Record:
    number, staff, starts_at, length_s, attendance, *rest = row
    created_at, changed_at, _, comment, extra, _ = rest
    return Record(
        number,
        visit,
        staff,
        starts_at,
        length_s,
        attendance,
        comment,
        created_at,
        changed_at,
        extra=read_extra(extra),
    )


def _line(row: tuple[Any, ...]) -> Line:
    number, record, item, quantity, first_cost, discount, cost, staff, kind, title, extra = row
    return Line(
        number,
        record,
        LineKind(kind),
        item,
        title,
        quantity,
        first_cost,
        discount,
        cost,
        staff,
        read_extra(extra),
    )


def _payment(row: tuple[Any, ...]) -> Payment:
    number, line, amount, desk, paid_at, *_, comment, _, _ = row
    return Payment(number, line or 0, amount, desk, paid_at, comment)


def _discount(row: tuple[Any, ...]) -> Discount:
    return Discount(*row[:7])


def read_extra(text: str) -> Mapping[str, Any]:
    """The further properties of a record or a line: a JSON object."""
    return {} if text == "{}" else json.loads(text)
