"""A visit as rules see it: an order, whole as it was judged, or what is left of it."""

from fractions import Fraction

from stampbook.loyalty.model import Line, OrderFacts
from stampbook.visits.model import SCALE, Visit


def facts_of(visit: Visit) -> OrderFacts:
    """The bill: amounts before promotions' discounts, totals after them."""
    reduced: dict[int, int] = {}
    for each in visit.discounts:
        reduced[each.line] = reduced.get(each.line, 0) + each.amount
    lines = tuple(
        Line(
            line=str(line.number),
            quantity=Fraction(line.quantity, 1_000),
            amount=line.cost,
            total=line.cost - reduced.get(line.number, 0),
            kind=line.kind.value,
            item=str(line.item),
        )
        for line in visit.lines
    )
    return _order(visit, lines)


def left_of(whole: OrderFacts, visit: Visit) -> OrderFacts:
    """What is left of the bill: no line has more than it had."""
    now = {line.line: line for line in facts_of(visit).lines}
    lines = tuple(
        line._replace(
            quantity=min(line.quantity, now[line.line].quantity),
            amount=min(line.amount, now[line.line].amount),
            total=min(line.total, now[line.line].total),
        )
        for line in whole.lines
        if line.line in now
    )
    order = _order(visit, lines)
    return order._replace(paid_with_points=min(order.paid_with_points, whole.paid_with_points))


def _order(visit: Visit, lines: tuple[Line, ...]) -> OrderFacts:
    amount, total = sum(line.amount for line in lines), sum(line.total for line in lines)
    return OrderFacts(
        amount=amount,
        discount=amount - total,
        total=total,
        lines=lines,
        scale=SCALE,
        paid_with_points=min(visit.points, total),
        location=str(visit.location),
    )
