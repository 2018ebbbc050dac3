"""What conditions see, and what becomes of those that fail."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from stampbook.loyalty.conditions.compiling import compiled
from stampbook.loyalty.conditions.evaluating import Evaluation
from stampbook.loyalty.conditions.reading import reads
from stampbook.loyalty.conditions.shape import shape
from stampbook.loyalty.conditions.values import values
from tests.loyalty.kit import AT, DAY, FACTS, earning, fixed, line, order, per, plain, version


def seen(text: str, **fields: Any) -> dict[str, Any]:
    """The values that are converted for a condition."""
    return values(shape(text).names, FACTS, plain(10_000, **fields))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order.total > 1", {"order": {"total": 10_000}}),
        ("order['total'] > 1", {"order": {"total": 10_000}}),
        ("order.metadata.a == 1", {"order": {"metadata": {"a": 1}}}),
        ('order.metadata["a"] == order.metadata.none', {"order": {"metadata": {"a": 1}}}),
        ("size(order.metadata) > 1", {"order": {"metadata": {"a": 1, "b": 2}}}),
        (
            "order.metadata.a == 1 && size(order.metadata) > 1",
            {"order": {"metadata": {"a": 1, "b": 2}}},
        ),
        ('order.metadata["\\x61"] == 1', {"order": {"metadata": {"a": 1, "b": 2}}}),
        ("size(lines) > 1", {"lines": [{}]}),
        ("lines.exists(l, true)", {"lines": [{}]}),
        ("lines.exists(l, l.total > 1)", {"lines": [{"total": 10_000}]}),
        ("lines.exists(l, l.metadata.x == 1)", {"lines": [{"metadata": {}}]}),
        (
            "by_item.thing.total > 1",
            {"by_item": {"thing": {"quantity": 1, "amount": 10_000, "total": 10_000}}},
        ),
        ("member.tier == totals.orders", {"member": {"tier": "gold"}, "totals": {"orders": 3}}),
        ("local.hour == 1", {"local": {"hour": 16}}),
        (
            "event.name == event.metadata.stars",
            {"event": {"name": "review", "metadata": {"stars": 5}}},
        ),
    ],
)
def test_only_what_is_read_is_converted(text: str, expected: dict[str, Any]) -> None:
    assert seen(text, metadata={"a": 1, "b": 2}) == expected


def test_a_line_that_is_read_whole() -> None:
    (found,) = seen("lines[0] == lines[1]")["lines"]
    assert set(found) == {
        "kind",
        "item",
        "sku",
        "categories",
        "quantity",
        "amount",
        "total",
        "metadata",
        "numbers",
        "price",
    }


def test_quantities_are_integers_where_they_are_whole() -> None:
    judged = order(line("a", 1, quantity=Fraction(2)), line("b", 1, quantity=Fraction("0.125")))
    found = values(shape("order.quantity > 1 && lines.all(l, l.quantity > 0)").names, FACTS, judged)
    assert found == {"order": {"quantity": 2.125}, "lines": [{"quantity": 2}, {"quantity": 0.125}]}


def test_a_member_without_tiers() -> None:
    facts = FACTS._replace(standings=())
    for text, expected in {'member.tier == ""': True, "size(member.tiers) > 0": False}.items():
        assert Evaluation([text], facts).holds(text) is expected


def test_days_are_counted_by_the_programs_calendar() -> None:
    for joined, days in ((AT, 0), (AT - DAY * 16 // 24, 0), (AT - DAY * 16 // 24 - 1, 1)):
        text = f"member.days == {days}"
        assert Evaluation([text], FACTS._replace(joined_at=joined)).holds(text) is True


def test_names_that_the_event_does_not_have() -> None:
    text = "order.total > 1"
    assert "order" in str(Evaluation([text], FACTS).holds(text))
    text = "totals.orders == 0"
    assert Evaluation([text], FACTS._replace(totals=None)).holds(text) is True


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("order.metadata.none == 1", "missing: none"),
        ("order.total / (order.total - 10000) > 1", "ZeroDivisionError: division by zero"),
        ("order.metadata.list[5] == 1", "IndexError: index out of bounds"),
        ("int(order.metadata.word) == 1", "invalid digit"),
        ("size(order.total) == 1", "size cannot be applied to this value"),
        ("order.metadata.big + 9223372036854775807 > 0", "overflow"),
        ("order.total", "the result is int, not true or false"),
        ("order.location", "the result is null, not true or false"),
        ("order.total >", "Syntax error"),
        ("lines.map(l, l) == []", "map is not a function"),
        ("order.metadata[order.metadata.word] == 1", "missing: " + "x" * 100),
    ],
)
def test_what_has_no_answer_says_why(text: str, words: str) -> None:
    metadata = {"list": [1], "word": "x" * 4_000, "big": 1}
    answer = Evaluation([text], FACTS, plain(10_000, metadata=metadata)).holds(text)
    assert isinstance(answer, str)
    assert words in answer
    assert len(answer) <= 200


@pytest.mark.parametrize(
    "value", [2**63, -(2**63) - 1, 10**400, 1e308, "\ud800", {"a": {1, 2}}, b"x", Fraction(1, 3)]
)
def test_strange_values_raise_nothing_and_harm_no_other_condition(value: object) -> None:
    texts = ("order.metadata.strange == 1", "order.total > 1")
    found = Evaluation(texts, FACTS, plain(10_000, metadata={"strange": value}))
    assert found.holds(texts[0]) is not True
    assert found.holds(texts[1]) is True


def test_metadata_of_any_depth() -> None:
    deep: dict[str, Any] = {}
    for _ in range(32):
        deep = {"a": deep}
    text = "order.metadata" + ".a" * 30 + " != 1"
    assert Evaluation([text], FACTS, plain(1, metadata=deep)).holds(text) is True


def test_compiled_conditions_are_kept_within_bounds() -> None:
    first = compiled("order.total > 0")
    assert compiled("order.total > 0") is first
    padding = " " * 900
    for at in range(500):
        compiled(f"order.total > {at + 1}{padding}")
    assert compiled("order.total > 0") is not first


def test_what_a_version_reads() -> None:
    rule = version(
        earning(fixed(1), condition='member.metadata["city"] == "x" && size(lines) > 1'),
        earning(
            fixed(1),
            per("order.metadata.points", 1, 1),
            condition="lines.exists(l, l.sku == 'x') || totals.sold > 1",
        ),
    )
    assert reads(rule) == {
        "member.metadata.city",
        "lines",
        "lines.sku",
        "totals.sold",
        "order.metadata.points",
    }


class Unread(dict[str, Any]):
    """Metadata that may be asked for single keys only."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("all of it was read")

    items = keys = values = __iter__  # type: ignore[assignment]


def test_a_key_costs_the_same_however_much_lies_beside_it() -> None:
    lines = [line(str(at), 1, metadata=Unread(k="7", other="x")) for at in range(3)]
    for text in ("lines.all(l, l.numbers.k == 7)", 'lines.all(l, l.metadata.k == "7")'):
        assert Evaluation([text], FACTS, order(*lines)).holds(text) is True


def test_metadata_that_are_too_many_are_not_converted() -> None:
    many = Unread.fromkeys(map(str, range(100)))
    lines = [line(str(at), 1, metadata=many) for at in range(90)]
    for text in (
        "lines.exists(l, size(l.metadata) > 0)",
        "lines.exists(l, size(l.numbers) > 0)",
        'lines[0].item == "x"',
    ):
        answer = Evaluation([text], FACTS, order(*lines)).holds(text)
        assert answer == "the lines have too much metadata"


@pytest.mark.parametrize(
    ("timezone", "instant", "expected"),
    [
        ("UTC", 59_999_999, "00:00"),
        ("UTC", 60_000_000, "00:01"),
        # Until 1972 Liberia was 44 minutes and 30 seconds behind.
        ("Africa/Monrovia", 86_400_000_000 + 29_999_999, "23:15"),
        ("Africa/Monrovia", 86_400_000_000 + 30_000_000, "23:16"),
        ("UTC", -1, "23:59"),
    ],
)
def test_the_minute_is_that_of_the_instant(timezone: str, instant: int, expected: str) -> None:
    facts = FACTS._replace(at=instant, timezone=timezone)
    found = values(shape("local.hour == local.minute").names, facts)["local"]
    assert f"{found['hour']:02}:{found['minute']:02}" == expected
