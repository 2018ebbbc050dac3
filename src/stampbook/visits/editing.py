"""Changes a visit as a value; `recording.save` then writes the differences.

New appointments, lines and payments have negative numbers, unique within the visit, until they are
written.
"""

from collections.abc import Iterable, Mapping

from stampbook.loyalty.judging.splitting import percentage
from stampbook.visits.model import Discount, Line, Payment, Record, Visit, dues, unpaid


def fresh(visit: Visit) -> int:
    """A number for something new in the visit."""
    taken: Iterable[Record | Line | Payment | Discount] = (
        *visit.records,
        *visit.lines,
        *visit.payments,
        *visit.discounts,
    )
    return min(0, *(each.number for each in taken), 0) - 1


def net_cost(first_cost: int, discount: int) -> int:
    """What a line costs after its percentage of discount."""
    return first_cost - percentage(first_cost, discount)


def add_record(visit: Visit, record: Record) -> Visit:
    """With a further appointment; its number is replaced by a new one."""
    return visit._replace(records=(*visit.records, record._replace(number=fresh(visit))))


def add_line(visit: Visit, line: Line) -> Visit:
    """With a further line; its number is replaced by a new one."""
    return visit._replace(lines=(*visit.lines, line._replace(number=fresh(visit))))


def replace_lines(visit: Visit, lines: Mapping[int, Line | None]) -> Visit:
    """With these lines in the place of those of the same number; None removes a line."""
    changed = (lines.get(line.number, line) for line in visit.lines)
    return fit_discounts(visit._replace(lines=tuple(line for line in changed if line)))


def replace_record(visit: Visit, record: Record) -> Visit:
    return visit._replace(
        records=tuple(record if each.number == record.number else each for each in visit.records)
    )


def remove_record(visit: Visit, number: int) -> Visit:
    """Without the appointment, its lines, and what was paid for them in money."""
    gone = {line.number for line in visit.lines if line.record == number}
    left = visit._replace(
        records=tuple(each for each in visit.records if each.number != number),
        payments=tuple(each for each in visit.payments if each.line not in gone),
    )
    return replace_lines(left, dict.fromkeys(gone))


def pay(
    visit: Visit, amount: int, *, desk: int, now: int, comment: str = "", capped: bool = False
) -> Visit:
    """Pay money: what is left to pay of each line, the first lines first.

    The rest becomes a payment for no line. `capped`: no more is paid than is left to pay of the
    visit.
    """
    if capped:
        amount = min(amount, unpaid(visit))
    for line, due in dues(visit).items():
        part = min(due, amount)
        if part > 0:
            visit = _add_payment(visit, Payment(0, line, part, desk, now, comment))
            amount -= part
    if amount > 0:
        visit = _add_payment(visit, Payment(0, 0, amount, desk, now, comment))
    return visit


def _add_payment(visit: Visit, payment: Payment) -> Visit:
    return visit._replace(payments=(*visit.payments, payment._replace(number=fresh(visit))))


def remove_payments(visit: Visit, numbers: Iterable[int]) -> Visit:
    gone = set(numbers)
    return visit._replace(
        payments=tuple(each for each in visit.payments if each.number not in gone)
    )


def add_discounts(
    visit: Visit,
    amounts: Mapping[int, int],
    *,
    promotion: int,
    account: int,
    now: int,
    beneficiary: int = 0,
) -> Visit:
    """With a promotion's discount on each of the lines named."""
    for line, amount in amounts.items():
        discount = Discount(0, line, promotion, account, amount, now, beneficiary)
        visit = visit._replace(discounts=(*visit.discounts, discount._replace(number=fresh(visit))))
    return visit


def remove_discounts(visit: Visit, numbers: Iterable[int]) -> Visit:
    gone = set(numbers)
    return visit._replace(
        discounts=tuple(each for each in visit.discounts if each.number not in gone)
    )


def fit_discounts(visit: Visit) -> Visit:
    """With discounts capped by the cost of their line; those of removed lines are removed."""
    room = {line.number: line.cost for line in visit.lines}
    kept = []
    for discount in visit.discounts:
        amount = min(discount.amount, room.get(discount.line, 0))
        if amount:
            room[discount.line] -= amount
            kept.append(discount._replace(amount=amount))
    return visit._replace(discounts=tuple(kept))
