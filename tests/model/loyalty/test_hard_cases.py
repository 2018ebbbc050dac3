"""The naive model gives the figures of docs/concepts/rules.md for the hard cases."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.model.loyalty.conditions import bought, compare
from tests.model.loyalty.shop import Shop
from tests.model.loyalty.values import (
    DAY,
    HOUR,
    Currency,
    Earning,
    EarningLimits,
    Exchange,
    Fixed,
    Limits,
    Line,
    Per,
    Version,
)

NOON = 20_000 * DAY + 12 * HOUR
P = Per("points", "order.total", Fraction(100), Fraction(1))


def shop(**rules: Any) -> Shop:
    made = Shop({"points": Currency(**rules)})
    made.now = NOON
    made.add_member("anna", {}, ())
    return made


def rule(*earnings: Earning | Per | Fixed, **terms: Any) -> Version:
    listed = tuple(e if isinstance(e, Earning) else Earning((e,)) for e in earnings)
    return Version("order_paid", listed, **terms)


def fixed(points: int) -> Fixed:
    return Fixed("points", Fraction(points))


def from_total(least: int, points: int) -> Earning:
    return Earning((fixed(points),), compare("order.total", ">=", least))


def active(made: Shop, member: str = "anna") -> int:
    return made.account((member, "points")).active


def refunds(made: Shop, order: str, *amounts: int) -> list[int]:
    """What each refund takes from the active balance."""
    taken = []
    for number, amount in enumerate(amounts):
        before = active(made)
        assert made.request(lambda: made.refund(order, f"{order}{number}", amount=amount)) is None  # noqa: B023
        taken.append(before - active(made))
    return taken


def test_whole_and_thirds() -> None:
    made = shop()
    made.add_rule("p", rule(P))
    made.make_order("a", "anna", amount=12050, paid=True)
    assert active(made) == 120
    made.cancel_order("a")
    assert active(made) == 0
    made.make_order("b", "anna", amount=12050, paid=True)
    assert refunds(made, "b", 4017, 4017, 4016) == [40, 40, 40]


def test_a_rate_at_scale_2() -> None:
    made = shop(scale=2)
    rate = Per("points", "order.total", Fraction(10000), Fraction(3, 2), mode="rate")
    made.add_rule("p", rule(rate))
    made.make_order("a", "anna", amount=3335, paid=True)
    assert active(made) == 50
    assert refunds(made, "a", 1112, 1112, 1111) == [17, 17, 16]


def test_lines() -> None:
    made = shop()
    tea = Per("points", "lines.total", Fraction(1000), Fraction(2), items=("tea",))
    made.add_rule("p", rule(tea))
    lines = (Line("tea", Fraction(1), 3000, 3000), Line("cake", Fraction(1), 7000, 7000))
    made.make_order("a", "anna", amount=10000, lines=lines, paid=True)
    assert active(made) == 6
    made.refund("a", "1", lines=((1, 7000, None),))
    assert active(made) == 6
    made.refund("a", "2", lines=((0, None, Fraction(1)),))
    assert active(made) == 0
    assert made.state.orders["a"].status == "refunded"


@pytest.mark.parametrize(
    ("policy", "taken"), [("recount", 500), ("proportional", 125), ("keep", 0)]
)
def test_a_threshold(policy: str, taken: int) -> None:
    made = shop()
    made.add_rule("p", rule(from_total(10000, 500), on_partial=policy))
    made.make_order("a", "anna", amount=12000, paid=True)
    assert refunds(made, "a", 3000) == [taken]


def test_two_earnings_and_a_refund_into_an_earning() -> None:
    made = shop()
    made.add_rule("p", rule(from_total(10000, 500), from_total(5000, 200)))
    made.add_rule("q", rule(Earning((fixed(10),), compare("order.total", "<", 5000))))
    made.make_order("a", "anna", amount=12000, paid=True)
    assert refunds(made, "a", 3000, 5000) == [300, 200]


def test_the_version_of_the_award_counts() -> None:
    made = shop()
    made.add_rule("p", rule(P))
    made.make_order("a", "anna", amount=10000, paid=True)
    made.now += HOUR
    made.change_rule("p", rule(Per("points", "order.total", Fraction(100), Fraction(5))))
    made.state.rules["p"].deleted = True
    assert refunds(made, "a", 5000) == [50]


@pytest.mark.parametrize(
    ("policy", "refused", "left"),
    [("debt", None, -80), ("clamp", None, 0), ("refuse", "points_already_spent", 20)],
)
def test_spent_points(policy: str, refused: str | None, left: int) -> None:
    made = shop(spent=policy)
    made.add_rule("p", rule(P))
    made.make_order("a", "anna", amount=10000, paid=True)
    made.spend("anna", "points", 80)
    assert made.request(lambda: made.refund("a", "1", whole=True)) == refused
    assert active(made) == left
    assert made.state.orders["a"].status == ("paid" if refused else "refunded")


@pytest.mark.parametrize("early", [1, 0])
def test_pending_points(early: int) -> None:
    made = shop(pending_days=14)
    made.add_rule("p", rule(P))
    made.make_order("a", "anna", amount=10000, paid=True)
    made.now += (14 - early) * DAY
    made.settle()
    assert active(made) == (0 if early else 100)
    made.refund("a", "1", whole=True)
    assert active(made) == 0
    assert made.account(("anna", "points")).sum("pending") == 0


def test_expired_points_absorb() -> None:
    made = shop(expiry_days=1)
    made.add_rule("p", rule(P))
    made.make_order("a", "anna", amount=10000, paid=True)
    made.now += DAY
    assert made.request(lambda: made.refund("a", "1", whole=True)) is None
    assert active(made) == 0
    assert made.in_force(("anna", "points"), 1) == 0


def test_exclusive_rules() -> None:
    made = shop()
    made.add_rule("p", rule(from_total(10000, 300), group="g"))
    made.add_rule("q", rule(fixed(200), group="g"))
    made.make_order("a", "anna", amount=12000, paid=True)
    assert active(made) == 300
    assert refunds(made, "a", 3000) == [300]
    made.add_rule("r", rule(fixed(400), group="h", best=True))
    made.add_rule("s", rule(fixed(500), group="h", best=True))
    made.make_order("b", "anna", amount=100, paid=True)
    assert active(made) == 200 + 500


def test_frequency() -> None:
    made = shop()
    made.add_rule("p", rule(fixed(100), limits=Limits(frequency=(1, "day"))))
    for name in "ab":
        made.make_order(name, "anna", amount=100, paid=True)
    assert active(made) == 100
    made.cancel_order("a")
    assert active(made) == 0
    made.make_order("c", "anna", amount=100, paid=True)
    assert active(made) == 100


def test_limits_of_a_currency() -> None:
    made = shop(limits=EarningLimits(period=(100, "day")))
    made.add_rule("p", rule(P))
    for name in "ab":
        made.make_order(name, "anna", amount=6000, paid=True)
    assert active(made) == 100
    assert refunds(made, "b", 3000) == [10]

    made = shop(limits=EarningLimits(per_transaction=100))
    made.add_rule("p", rule(P))
    made.make_order("a", "anna", amount=15000, paid=True)
    assert active(made) == 0
    assert refunds(made, "a", 7000) == [0]


def test_a_budget() -> None:
    made = shop()
    made.add_rule("p", rule(P, limits=Limits(budget=("points", 1000, "lifetime"))))
    for number in range(20):
        made.make_order(f"a{number}", "anna", amount=10000, paid=True)
    assert active(made) == 1000
    assert len(made.state.awards) == 10


@pytest.mark.parametrize(
    ("policy", "parts", "back"),
    [
        ("proportional", [1667, 1667, 1666], [666, 667, 667]),
        ("points_last", [2500, 2500], [0, 2000]),
        ("on_whole", [2500, 2500], [0, 2000]),
        ("points_first", [2500, 2500], [2000, 0]),
        ("none", [2500, 2500], [0, 0]),
    ],
)
def test_points_paid_return(policy: str, parts: list[int], back: list[int]) -> None:
    made = shop(exchange=Exchange(1, 1), returns=policy)
    made.give("anna", "points", 2000)
    made.make_order("a", "anna", amount=5000)
    made.pay_with_points("a", "points")
    assert active(made) == 0
    made.pay("a")
    assert [-taken for taken in refunds(made, "a", *parts)] == back


def test_points_of_a_lot_that_expired_since() -> None:
    made = shop(exchange=Exchange(1, 1), expiry_days=1)
    made.give("anna", "points", 2000)
    made.make_order("a", "anna", amount=2000)
    made.pay_with_points("a", "points")
    made.pay("a")
    made.now += DAY
    assert made.request(lambda: made.refund("a", "1", whole=True)) is None
    assert made.account(("anna", "points")).figures()["expired"] == 2000
    assert active(made) == 0


@pytest.mark.parametrize(("before", "earned"), [(True, 30), (False, 50)])
def test_money_that_points_paid(before: bool, earned: int) -> None:
    made = shop(exchange=Exchange(1, 1))
    made.add_rule("p", rule(P._replace(basis="order.money")))
    made.give("anna", "points", 2000)
    made.make_order("a", "anna", amount=5000, paid=not before)
    made.pay_with_points("a", "points", max_amount=2000)
    made.pay("a")
    assert active(made) == earned


@pytest.mark.parametrize(
    ("exchange", "balance", "total", "paid"),
    [
        (Exchange(3, 1), 1000, 5000, (333, 999)),
        (Exchange(111, 1), 1000, 5000, (9, 999)),
        (Exchange(1, 2), 1000, 5, (5, 3)),
    ],
)
def test_exchange(exchange: Exchange, balance: int, total: int, paid: tuple[int, int]) -> None:
    made = shop(exchange=exchange)
    made.give("anna", "points", balance)
    made.make_order("a", "anna", amount=total)
    made.pay_with_points("a", "points")
    payment = made.state.payments[0]
    assert (payment.amount, payment.points) == paid


def test_sent_again() -> None:
    made = shop()
    made.add_rule("p", rule(P))
    made.make_order("a", "anna", amount=10000, paid=True)
    made.pay("a")
    made.change("a", 8000)
    assert active(made) == 80
    assert made.request(lambda: made.change("a", 13000)) == "order_paid"
    made.refund("a", "1", amount=1000)
    made.refund("a", "1", amount=1000)
    assert active(made) == 70
    assert made.request(lambda: made.refund("a", "1", amount=1)) == "external_id_taken"
    assert made.request(lambda: made.refund("a", "2", amount=7001)) == "exceeds_order"
    assert active(made) == 70


def test_voids() -> None:
    made = shop()
    made.add_rule("p", rule(P))
    made.make_order("a", "anna", amount=10000, paid=True)
    made.refund("a", "A", amount=3000)
    made.refund("a", "B", amount=2000)
    assert active(made) == 50
    assert made.request(lambda: made.void("A")) == "refund_not_newest"
    made.void("B")
    assert active(made) == 70
    made.void("A")
    assert active(made) == 100
    assert made.state.orders["a"].status == "paid"


def test_a_cancel_by_hand_is_not_taken_twice() -> None:
    made = shop()
    made.add_rule("p", rule(P))
    made.make_order("a", "anna", amount=10000, paid=True)
    made.cancel_award("order a", 0, 30)
    assert refunds(made, "a", 5000) == [20]


def test_thresholds_of_totals() -> None:
    made = shop(scale=2)

    def rate(percent: int) -> Per:
        return Per("points", "order.total", Fraction(100), Fraction(percent, 100), mode="rate")

    more = Earning((rate(5),), compare("totals.sold", ">=", 100_000))
    made.add_rule("p", rule(more, rate(3)))
    for name, amount in (("a", 60000), ("b", 50000), ("c", 20000)):
        made.make_order(name, "anna", amount=amount, paid=True)
    ledger = made.account(("anna", "points"))
    assert [row.amount for row in ledger.rows.values()] == [1800, 2500, 1000]
    made.cancel_order("a")
    assert [row.amount for row in list(ledger.rows.values())[3:]] == [1800, 1000, 400]


def test_split_over_lines() -> None:
    made = shop()
    lines = tuple(Line("x", Fraction(1), each, each) for each in (3333, 3333, 3334))
    made.make_order("a", "anna", amount=10000, lines=lines, paid=True)
    made.refund("a", "1", amount=1000)
    assert [line.total - line.left for line in made.state.orders["a"].lines] == [333, 333, 334]


def test_figures_of_section_6() -> None:
    made = shop()
    for how in ("steps", "rate"):
        made.add_rule(
            how, rule(Per("points", "order.total", Fraction(1000), Fraction(3), mode=how))
        )
    made.make_order("a", "anna", amount=19999, paid=True)
    assert [award.amount for award in made.state.awards] == [57, 59]

    made = shop()
    for by in ("order", "line"):
        made.add_rule(by, rule(P._replace(basis="lines.total", by=by)))
    lines = tuple(Line("x", Fraction(1), 199, 199) for _ in range(3))
    made.make_order("a", "anna", amount=597, lines=lines, paid=True)
    assert [award.amount for award in made.state.awards] == [5, 3]


def test_last_month() -> None:
    made = shop(expiry_days=40)
    made.add_rule("p", rule(P))
    made.now += 30 * DAY
    made.change_rule("p", rule(fixed(7)))
    made.make_order("a", "anna", amount=10000, paid=True, effective_at=NOON + HOUR)
    assert active(made) == 100
    assert made.account(("anna", "points")).lots[1].expires == NOON + HOUR + 40 * DAY


def test_missing_metadata_and_an_inactive_member() -> None:
    made = shop()
    made.add_rule("p", rule(Earning((fixed(1),), compare("order.metadata.source", "==", "web"))))
    made.add_rule("q", rule(Earning((fixed(2),), bought("tea", 1))))
    made.make_order("a", "anna", amount=100, paid=True)
    assert made.state.awards == []
    made.state.members["anna"].active = False
    tea = (Line("tea", Fraction(1), 100, 100),)
    made.make_order("b", "anna", amount=100, lines=tea, metadata={"source": "web"}, paid=True)
    made.state.members["anna"].active = True
    made.pay("b")
    assert made.state.awards == []
