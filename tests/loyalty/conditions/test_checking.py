"""Which conditions are accepted, and what is said of the others."""

import pytest

from stampbook.loyalty.conditions.checking import check
from stampbook.loyalty.conditions.faults import Fault, InvalidCondition
from stampbook.loyalty.conditions.grammar import (
    COST_NAMES,
    OF_EVENTS,
    OF_ORDERS,
    names_for,
)
from stampbook.loyalty.model import Trigger

INVALID, TOO_COSTLY = Fault.INVALID, Fault.TOO_COSTLY


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "order.total >= 5000",
        'order.metadata.channel in ["web", "app"] && member.tier == "gold"',
        "order.metadata.anything > 1 || has(order.metadata.other)",
        'int(order.metadata.count) > 3 && string(order.total) != ""',
        'lines.exists(l, l.sku.startsWith("A") && l.metadata.fair == true)',
        "lines.all(l, by_item[l.item].quantity < 3)",
        'lines.exists(line, "x" in line.categories) && size(lines) > 2',
        'by_item["a b"].total > 1 && by_category.hot.quantity >= 1',
        'member.segments.exists(s, s.endsWith("vip")) && member.days < 30',
        "totals.orders == 1 && local.weekday in [0, 6]",
        "order.metadata.flags[0] == 1",
        "'// no comment, \\'nor\\' r\"raw\" or \\\"\\\"\\\"' != 'map(x, matches)'",
        "order\n .total\t>\r\n1",
        "order.total > (order.total > 5 ? 1 : 2)",
        " && ".join(["order.total > 1"] * 50),
        "(" * 32 + "true" + ")" * 32,
    ],
)
def test_accepted(text: str) -> None:
    check(text, OF_ORDERS)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("", INVALID, "empty"),
        (" \n", INVALID, "empty"),
        ("order.total >", INVALID, "1:14: Syntax error"),
        ("order.total > 1)", INVALID, "unexpected ')'"),
        ("(order.total > 1", INVALID, "')' is missing"),
        ("[1) == 2", INVALID, "unexpected ')'"),
        ("order.total = 1", INVALID, "unexpected '='"),
        ("order.total > 1;", INVALID, "unexpected ';'"),
        ("order.total > 1 # x", INVALID, "unexpected '#'"),
        ("order.total > 1\x00", INVALID, "unexpected"),
        ("order.total >\u00a01", INVALID, "unexpected"),
        ("{'a': 1}.a == 1", INVALID, "unexpected '{'"),
        ("`order`.total > 1", INVALID, "unexpected '`'"),
        ("'abc", INVALID, "unexpected"),
        ("'a\nb' == ''", INVALID, "unexpected"),
        ("order.total > 1 // always", INVALID, "comments"),
        ("r'a' == 'a'", INVALID, "raw strings"),
        ("b'a' == b'a'", INVALID, "raw strings"),
        ("'''a''' == 'a'", INVALID, "triple-quoted"),
        ('"""a""" == "a"', INVALID, "triple-quoted"),
        ("1u < 2u", INVALID, "decimal digits"),
        ("0x10 > order.total", INVALID, "decimal digits"),
        ("1e3 > 1.0", INVALID, "decimal digits"),
        ("order.total > 9223372036854775808", INVALID, "invalid int literal"),
        ("order.?total > 1", INVALID, "unsupported syntax"),
        ("[?1] == []", INVALID, "unsupported syntax"),
        ("cel.bind(x, 1, x > 0)", INVALID, "bind is not a function"),
        ("order.channel.matches('(a+)+$')", INVALID, "matches is not a function"),
        ("matches(order.channel, 'a')", INVALID, "matches is not a function"),
        ("lines.map(l, l.total) == []", INVALID, "map is not a function"),
        ("lines.filter(l, true) == []", INVALID, "filter is not a function"),
        ("lines.existsOne(l, true)", INVALID, "existsOne is not a function"),
        ("timestamp('2026-01-01T00:00:00Z') > 1", INVALID, "timestamp is not a function"),
        ("type(1) == int", INVALID, "type is not a function"),
        ("size == 1", INVALID, "size is not a name"),
        ("now() > 1", INVALID, "now is not a function"),
        ("foo > 1", INVALID, "foo is not a name"),
        ("__import__ == 1", INVALID, "__import__ is not a name"),
        ("event.name == 'x'", INVALID, "event is not a name"),
        ("order.totl > 1", INVALID, "order has no field totl"),
        ("order['totl'] > 1", INVALID, "order has no field totl"),
        ("order.__class__ == 1", INVALID, "order has no field __class__"),
        ("lines.exists(l, l.colour > 1)", INVALID, "lines has no field colour"),
        ("by_item.tea.price > 1", INVALID, "by_item has no field price"),
        ("lines.exists(l, true) && l.total > 1", INVALID, "l is not a name"),
        ("lines.exists(order, order.total > 1)", INVALID, "cannot be the variable"),
        ("lines.exists(true, true)", INVALID, "cannot be the variable"),
        ("lines.exists(l)", INVALID, "takes a variable and a condition"),
        ("lines.exists(l, i, true)", INVALID, "takes a variable and a condition"),
        ("lines.exists(1, true)", INVALID, "takes a variable and a condition"),
        ("exists(lines, true)", INVALID, "must follow a name"),
        ("[1, 2].exists(x, x > 1)", INVALID, "must follow a name"),
        ("(lines + lines).exists(l, true)", INVALID, "must follow a name"),
        ("order.total", INVALID, "must be true or false, not int"),
        ("lines", INVALID, "must be true or false, not list"),
        ("order.total + 'x' == 'y'", INVALID, "No such overload"),
        ("order.channel > 1", INVALID, "No such overload"),
        ("size(order.total) > 1", INVALID, "size cannot be applied"),
        ("order.total / 0 > 1", INVALID, "division by zero"),
        ("order.total.amount > 1", INVALID, "No such overload"),
        ("x" * 1_001, TOO_COSTLY, "1000 characters"),
        ("true" + " || true" * 200, TOO_COSTLY, "1000 characters"),
        ("(" * 33 + "true" + ")" * 33, TOO_COSTLY, "32 deep"),
        ("[" * 40 + "]" * 40 + " == []", TOO_COSTLY, "32 deep"),
        ("lines.exists(a, lines.exists(b, true))", TOO_COSTLY, "inside another macro"),
        ("lines.exists(a, a.categories.all(c, true))", TOO_COSTLY, "inside another macro"),
        (" || ".join(["lines.all(l, true)"] * 4), TOO_COSTLY, "at most 3"),
        ("lines.exists(l, lines == [])", TOO_COSTLY, "500 lines"),
        ("lines.all(l, by_item == by_category)", TOO_COSTLY, "500 lines"),
        ("lines" + " + lines" * 100 + " == []", TOO_COSTLY, "500 lines"),
        ("lines.all(l, " + "l.total < 9 && " * 60 + "true)", TOO_COSTLY, "500 lines"),
    ],
)
def test_refused(text: str, code: Fault, message: str) -> None:
    with pytest.raises(InvalidCondition) as refused:
        check(text, OF_ORDERS)
    assert refused.value.code is code
    assert message in refused.value.message
    assert len(refused.value.message) <= 400


@pytest.mark.parametrize(
    ("trigger", "names"),
    [
        (Trigger.ORDER_PAID, OF_ORDERS),
        (Trigger.VISIT_COMPLETED, OF_ORDERS),
        (Trigger.CUSTOM_EVENT, OF_EVENTS),
        (Trigger.SEGMENT_ENTERED, OF_EVENTS),
        (Trigger.MEMBER_JOINED, OF_EVENTS - {"event"}),
    ],
)
def test_names_follow_the_trigger(trigger: Trigger, names: frozenset[str]) -> None:
    assert names_for(trigger) == names


def test_other_places_have_names_of_their_own() -> None:
    check('member.tier == "gold" && local.hour < 12', COST_NAMES)
    check('event.name == "x" && event.metadata.stars > 3', OF_EVENTS)
    for text in ("order.total > 1", "totals.orders > 1"):
        with pytest.raises(InvalidCondition, match="names are local, member"):
            check(text, COST_NAMES)
