"""The event on which the golden corpus (`golden.json`) is evaluated."""

from collections.abc import Iterable
from fractions import Fraction

from stampbook.loyalty.conditions.evaluating import Evaluation
from tests.loyalty.kit import FACTS, line, order

ORDER = order(
    line(
        "tea",
        3_000,
        amount=3_500,
        kind="goods",
        sku="T1",
        categories=("hot", "drinks"),
        quantity=Fraction(2),
        metadata={"fair": True},
    ),
    line("cake", 7_000, amount=8_500, kind="service", categories=("sweet",), quantity=Fraction(2)),
    paid_with_points=500,
    channel="web",
    metadata={
        "gift": True,
        "note": "Grüße",
        "two words": 2,
        "count": 3,
        "text": "42",
        "ratio": 2.5,
        "tags": ["a", "b"],
        "nested": {"deep": {"er": 7}},
        "nothing": None,
        "huge": 2**63,
    },
)


def evaluation(texts: Iterable[str]) -> Evaluation:
    return Evaluation(texts, FACTS, ORDER)
