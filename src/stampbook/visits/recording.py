"""Writes visits: the differences between two values of a visit become rows."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from stampbook.ledger.work import StaleGuard
from stampbook.loyalty.faults import Code, Refused
from stampbook.programs.searching.merged import one_person
from stampbook.storage.store import Transacting
from stampbook.visits.model import Discount, Line, Payment, Record, Visit
from stampbook.visits.movements.subjects import subject_of

Numbers = dict[int, int]
"""The numbers that have replaced the negative numbers of new things."""

_Row = TypeVar("_Row", Record, Line, Payment, Discount)


async def create(writing: Transacting, visit: Visit, *, now: int) -> tuple[int, Numbers]:
    """A new visit with all that it holds; its number, and those of its parts. Writes."""
    row = await writing.fetch_one(
        """
        INSERT INTO visits (tenant_id, program_id, location_id, member_id, attendance, starts_at,
                            comment, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) RETURNING visit_id
        """,
        visit.tenant,
        visit.program,
        visit.location,
        visit.member or None,
        int(visit.attendance),
        visit.starts_at,
        visit.comment,
        now,
    )
    assert row is not None
    number: int = row["visit_id"]
    await writing.execute("INSERT INTO guards (subject) VALUES ($1)", subject_of(number))
    empty = Visit(*visit[:10])._replace(number=number)
    return number, await _write_difference(writing, empty, visit, now)


async def save(writing: Transacting, before: Visit, after: Visit, *, now: int) -> Numbers:
    """Make the visit `after`, if it is still `before`. Writes; raises StaleGuard, and Refused when
    it gives a referral to a guest who has had one.

    Withdrawals belong to the ledger: those of the two values are ignored.
    """
    if after.member and any(
        each.beneficiary for each in _changed(before.discounts, after.discounts)
    ):
        await claim_referral(writing, after)
    guard = subject_of(before.number)
    moved = await writing.execute(
        "UPDATE guards SET version = version + 1 WHERE subject = $1 AND version = $2",
        guard,
        before.version,
    )
    if not moved:
        raise StaleGuard(guard)
    await writing.execute(
        """
        UPDATE visits SET attendance = $2, starts_at = $3, comment = $4, member_id = $5,
                          updated_at = $6
        WHERE visit_id = $1
        """,
        before.number,
        int(after.attendance),
        after.starts_at,
        after.comment,
        after.member or None,
        now,
    )
    return await _write_difference(writing, before, after, now)


async def claim_referral(writing: Transacting, visit: Visit) -> None:
    """Make sure that the visit has its guest's only referral, also when several are given at once.

    Writes; raises Refused.
    """
    await writing.execute(
        """
        INSERT INTO guards (subject, version) VALUES ($1, 1)
        ON CONFLICT (subject) DO UPDATE SET version = guards.version + 1
        """,
        f"referral-of:{visit.member}",
    )
    await check_referral(writing, visit)


async def check_referral(db: Transacting, visit: Visit) -> None:
    """Raises Refused if the visit's guest has been referred to another visit."""
    if not visit.member:
        return
    person = await one_person(db, visit.member, tenant=visit.tenant)
    if await db.fetch_one(
        f"""
        SELECT v.visit_id FROM visits v
        JOIN visit_discounts d ON d.visit_id = v.visit_id AND d.cancelled_at IS NULL
        WHERE v.program_id = $1 AND v.member_id IN ({", ".join(map(str, person))})
          AND v.visit_id <> $2 AND d.beneficiary_id <> 0
        LIMIT 1
        """,  # noqa: S608 - numbers of our own
        visit.program,
        visit.number,
    ):
        raise Refused(Code.LIMIT_REACHED, "the guest has been referred to another visit before")


async def register_account(writing: Transacting, visit: int, account: int) -> None:
    """Note that the account may pay for the visit or be credited for it. Writes.

    Do it before the submission to the ledger: a note without a movement is harmless, but a
    movement without a note would not be found.
    """
    await writing.execute(
        """
        INSERT INTO visit_accounts (visit_id, account_id) VALUES ($1, $2)
        ON CONFLICT (visit_id, account_id) DO NOTHING
        """,
        visit,
        account,
    )


async def _write_difference(writing: Transacting, before: Visit, after: Visit, now: int) -> Numbers:
    numbers: Numbers = {}
    visit = before.number
    for record in _changed(before.records, after.records):
        numbers[record.number] = await _put_record(writing, visit, record, now)
    for line in _changed(before.lines, after.lines):
        placed = line._replace(record=numbers.get(line.record, line.record))
        numbers[line.number] = await _put_line(writing, visit, placed)
    for payment in _changed(before.payments, after.payments):
        paid = payment._replace(line=numbers.get(payment.line, payment.line))
        numbers[payment.number] = await _add_payment(writing, visit, paid)
    for discount in _changed(before.discounts, after.discounts):
        given = discount._replace(line=numbers.get(discount.line, discount.line))
        numbers[discount.number] = await _put_discount(writing, visit, given)
    await _remove_missing(writing, before, after, now)
    return numbers


def _changed(before: Sequence[_Row], after: Sequence[_Row]) -> list[_Row]:
    known = {each.number: each for each in before}
    return [each for each in after if known.get(each.number) != each]


def _missing(before: Sequence[_Row], after: Sequence[_Row]) -> list[int]:
    left = {each.number for each in after}
    return [each.number for each in before if each.number not in left]


async def _remove_missing(writing: Transacting, before: Visit, after: Visit, now: int) -> None:
    """Nothing is deleted: rows are marked, so that older transactions can still name them."""
    for number in _missing(before.records, after.records):
        await writing.execute(
            "UPDATE visit_records SET deleted_at = $2, changed_at = $2 WHERE record_id = $1",
            number,
            now,
        )
    for number in _missing(before.lines, after.lines):
        await writing.execute(
            "UPDATE visit_lines SET deleted_at = $2 WHERE line_id = $1", number, now
        )
    for number in _missing(before.payments, after.payments):
        await writing.execute(
            "UPDATE visit_payments SET deleted_at = $2 WHERE payment_id = $1", number, now
        )
    for number in _missing(before.discounts, after.discounts):
        await writing.execute(
            "UPDATE visit_discounts SET cancelled_at = $2 WHERE discount_id = $1", number, now
        )


async def _put_record(writing: Transacting, visit: int, record: Record, now: int) -> int:
    values = (
        record.staff,
        record.starts_at,
        record.length_s,
        int(record.attendance),
        record.comment,
        _json(record.extra),
        now,
    )
    if record.number > 0:
        await writing.execute(
            """
            UPDATE visit_records SET staff_id = $2, starts_at = $3, length_s = $4,
                attendance = $5, comment = $6, extra = $7, changed_at = $8
            WHERE record_id = $1
            """,
            record.number,
            *values,
        )
        return record.number
    return await _insert(
        writing,
        """
        INSERT INTO visit_records (visit_id, staff_id, starts_at, length_s, attendance, comment,
                                   extra, created_at, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) RETURNING record_id AS number
        """,
        visit,
        *values,
    )


async def _put_line(writing: Transacting, visit: int, line: Line) -> int:
    values = (
        line.record,
        line.kind.value,
        line.item,
        line.title,
        line.quantity,
        line.first_cost,
        line.discount,
        line.cost,
        line.staff,
        _json(line.extra),
    )
    if line.number > 0:
        await writing.execute(
            """
            UPDATE visit_lines SET record_id = $2, kind = $3, item_id = $4, title = $5,
                quantity = $6, first_cost = $7, discount = $8, cost = $9, staff_id = $10,
                extra = $11
            WHERE line_id = $1
            """,
            line.number,
            *values,
        )
        return line.number
    return await _insert(
        writing,
        """
        INSERT INTO visit_lines (visit_id, record_id, kind, item_id, title, quantity, first_cost,
                                 discount, cost, staff_id, extra)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING line_id AS number
        """,
        visit,
        *values,
    )


async def _add_payment(writing: Transacting, visit: int, payment: Payment) -> int:
    return await _insert(
        writing,
        """
        INSERT INTO visit_payments (visit_id, line_id, amount, desk_id, paid_at, comment)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING payment_id AS number
        """,
        visit,
        payment.line or None,
        payment.amount,
        payment.desk,
        payment.paid_at,
        payment.comment,
    )


async def _put_discount(writing: Transacting, visit: int, discount: Discount) -> int:
    if discount.number > 0:
        await writing.execute(
            "UPDATE visit_discounts SET amount = $2 WHERE discount_id = $1",
            discount.number,
            discount.amount,
        )
        return discount.number
    return await _insert(
        writing,
        """
        INSERT INTO visit_discounts (visit_id, line_id, promotion_id, account_id, amount,
                                     created_at, beneficiary_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING discount_id AS number
        """,
        visit,
        discount.line,
        discount.promotion,
        discount.account,
        discount.amount,
        discount.created_at,
        discount.beneficiary,
    )


async def _insert(writing: Transacting, sql: str, *values: object) -> int:
    row = await writing.fetch_one(sql, *values)
    assert row is not None
    number: int = row["number"]
    return number


def _json(value: Any) -> str:
    return json.dumps(dict(value), ensure_ascii=False, sort_keys=True)
