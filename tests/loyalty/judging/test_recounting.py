"""What a refund takes back: the hard cases, each with the numbers that are promised."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

from stampbook.loyalty.judging.candidates import Candidates
from stampbook.loyalty.judging.judging import judge, within
from stampbook.loyalty.judging.recounting import recount
from stampbook.loyalty.judging.splitting import split
from stampbook.loyalty.judging.values import Happening, Held, Recounted, Room
from stampbook.loyalty.model import (
    AppliesTo,
    Award,
    Facts,
    Given,
    Grant,
    Mode,
    OnPartial,
    OrderFacts,
    TierNeed,
    Totals,
    Version,
)
from tests.loyalty.kit import FACTS, earning, fixed, line, order, per, plain, version

P = version(earning(per("order.total", 100, 1)))


class Story:
    """An order, the awards that it brought, and what refunds make of them."""

    def __init__(
        self,
        *versions: Version,
        judged: OrderFacts,
        facts: Facts = FACTS,
        room: Room | None = None,
    ) -> None:
        self.versions = {(each.rule, each.number): each for each in versions}
        self.was = Happening(facts, judged)
        found = judge(Candidates(versions), self.was, {})
        if room is not None:
            found = within(found, {4: room})
        gains = [gain for each in found for gain in each.gains]
        self.held = [
            Held(Award(at, 1, *gain[:4], 40 + gain.currency, at, *gain[4:]), gain.amount)
            for at, gain in enumerate(gains)
        ]
        self.grants = [grant for each in found for grant in each.grants]

    @property
    def in_force(self) -> int:
        return sum(each.in_force for each in self.held)

    def to(self, left: OrderFacts | None, facts: Facts | None = None) -> int:
        """What is taken when this is left of the order."""
        now = None if left is None else Happening(facts or self.was.facts, left)
        self.found: Recounted = recount(
            self.held, self.grants, self.versions, was=self.was, now=now
        )
        taken = {take.award.award_id: take.amount for take in self.found.takes}
        assert all(target.target <= target.was for target in self.found.targets)
        self.held = [
            Held(each.award, each.in_force - taken.get(each.award.award_id, 0))
            for each in self.held
        ]
        self.grants = [each for each in self.grants if each not in self.found.fallen]
        return sum(taken.values())

    def refunds(self, *amounts: int) -> list[int]:
        """What is taken by refunds of an order of one line, one after the other."""
        assert self.was.order is not None
        left, taken = self.was.order.total, []
        for amount in amounts:
            left -= amount
            taken.append(self.to(plain(left)))
        return taken


def test_case_1_in_full_and_in_thirds() -> None:
    story = Story(P, judged=plain(12_050))
    assert story.in_force == 120
    assert story.to(None) == 120
    story = Story(P, judged=plain(12_050))
    assert story.refunds(4_017, 4_017, 4_016) == [40, 40, 40]


def test_case_2_a_rate_with_cents() -> None:
    rate = version(earning(per("order.total", 10_000, 150, mode=Mode.RATE)))
    story = Story(rate, judged=plain(3_335))
    assert story.in_force == 50
    assert story.refunds(1_112, 1_112, 1_111) == [17, 17, 16]


def test_case_3_points_of_one_line_only() -> None:
    tea = AppliesTo(items=frozenset({"tea"}))
    rule = version(earning(per("lines.total", 1_000, 2, applies_to=tea)))
    both = order(line("tea", 3_000), line("cake", 7_000))
    story = Story(rule, judged=both)
    assert story.in_force == 6
    assert story.to(order(line("tea", 3_000), line("cake", 0))) == 0
    assert story.to(order(line("tea", 0), line("cake", 0))) == 6


@pytest.mark.parametrize(
    ("policy", "taken"), [("recount", 500), ("proportional", 125), ("keep", 0)]
)
def test_case_4_below_a_threshold(policy: str, taken: int) -> None:
    rule = version(
        earning(fixed(500), condition="order.total >= 10000"), on_partial=OnPartial(policy)
    )
    story = Story(rule, judged=plain(12_000))
    assert story.refunds(3_000) == [taken]
    # Of nothing, nothing is kept.
    assert story.to(None) == 500 - taken


def test_case_5_the_next_earning_takes_over() -> None:
    rule = version(
        earning(fixed(500), condition="order.total >= 10000"),
        earning(fixed(200), condition="order.total >= 5000"),
    )
    assert Story(rule, judged=plain(12_000)).refunds(3_000, 5_000) == [300, 200]


def test_case_6_a_refund_gives_nothing() -> None:
    rule = version(earning(fixed(10), condition="order.total < 5000"))
    story = Story(rule, judged=plain(6_000))
    assert story.refunds(2_000) == [0]
    assert story.in_force == 0


def test_case_7_tiers_are_those_of_the_event() -> None:
    gold = earning(per("order.total", 100, 2), tiers=(TierNeed(7, frozenset({3})),))
    story = Story(version(gold, earning(per("order.total", 100, 1))), judged=plain(10_000))
    assert story.in_force == 200
    assert story.refunds(5_000) == [100]


def test_case_11_the_excluded_rule_is_not_started() -> None:
    first = version(
        earning(fixed(300), condition="order.total >= 5000"), rule=1, exclusive_group="one"
    )
    second = version(earning(fixed(200)), rule=2, exclusive_group="one")
    story = Story(first, second, judged=plain(8_000))
    assert story.in_force == 300
    assert story.refunds(4_000) == [300]
    assert story.in_force == 0


def test_case_13_below_what_a_limit_left() -> None:
    story = Story(P, judged=plain(6_000), room=Room(period=40))
    assert story.in_force == 40
    assert story.refunds(3_000) == [10]


def test_case_14_a_dropped_award_is_not_revived() -> None:
    story = Story(P, judged=plain(15_000), room=Room(per_transaction=100))
    assert story.in_force == 0
    assert story.refunds(7_000) == [0]
    assert story.in_force == 0


def test_case_24_what_was_cancelled_by_hand_is_not_taken_twice() -> None:
    story = Story(P, judged=plain(10_000))
    story.held = [Held(story.held[0].award, 70)]
    assert story.refunds(5_000) == [20]


def test_case_27_a_threshold_of_totals_is_no_longer_reached() -> None:
    rate = {"mode": Mode.RATE}
    cashback = version(
        earning(per("visit.sold", 100, 5, **rate), condition="totals.sold >= 100000"),
        earning(per("visit.sold", 100, 3, **rate)),
    )

    def visit(amount: int, sold: int) -> Story:
        facts = FACTS._replace(totals=Totals(sold=sold))
        return Story(cashback, judged=plain(amount), facts=facts)

    stories = [visit(60_000, 60_000), visit(50_000, 110_000), visit(20_000, 130_000)]
    assert [story.in_force for story in stories] == [1_800, 2_500, 1_000]
    taken = [stories[0].to(None)]
    for story, sold in zip(stories[1:], (50_000, 70_000), strict=True):
        taken.append(story.to(story.was.order, FACTS._replace(totals=Totals(sold=sold))))
    assert taken == [1_800, 1_000, 400]


def test_case_38_missing_metadata_is_no_match_in_a_recount_either() -> None:
    rule = version(
        earning(fixed(900), condition="order.metadata.vip == true"),
        earning(per("order.total", 100, 1)),
    )
    story = Story(rule, judged=plain(10_000))
    assert story.in_force == 100
    assert story.refunds(5_000) == [50]
    assert story.found.targets[0].error is None


def test_case_41_an_amount_over_lines() -> None:
    assert split(1_000, [3_333, 3_333, 3_334]) == [333, 333, 334]


def test_an_evaluation_that_fails_only_now_is_recounted_in_proportion() -> None:
    rule = version(earning(fixed(300), condition="10000 / (order.total - 5000) >= 1"))
    story = Story(rule, judged=plain(15_000))
    assert story.in_force == 300
    assert story.refunds(10_000) == [200]
    error = story.found.targets[0].error
    assert error is not None
    assert "zero" in error


@pytest.mark.parametrize(
    "condition",
    [
        'by_item["tea"].total > 0',
        "by_category.hot.quantity > 0",
        'lines.exists(l, l.item == "tea")',
    ],
)
def test_a_condition_on_what_is_gone_is_false(condition: str) -> None:
    rule = version(earning(fixed(300), condition=condition), earning(fixed(20)))
    tea = line("tea", 3_000, categories=("hot",))
    cake = line("cake", 7_000)
    story = Story(rule, judged=order(tea, cake))
    assert story.to(order(tea._replace(total=0), cake)) == 280
    assert story.found.targets[0].error is None
    # The same if the refund was of a quantity, or the line is missing.
    for left in (order(tea._replace(quantity=Fraction(0)), cake), order(cake)):
        assert Story(rule, judged=order(tea, cake)).to(left) == 280


def test_a_gift_counts_while_it_is_there() -> None:
    rule = version(earning(per("lines.quantity", 1, 5)))
    gift, cake = line("gift", 0), line("cake", 7_000)
    story = Story(rule, judged=order(gift, cake))
    assert story.to(order(gift, line("cake", 3_000))) == 0
    assert story.to(order(gift._replace(quantity=Fraction(0)), line("cake", 3_000))) == 5


def test_awards_are_taken_newest_first() -> None:
    rule = version(earning(fixed(30), fixed(20), per("order.total", 100, 1)))
    story = Story(rule, judged=plain(10_000))
    assert story.refunds(9_000) == [90]
    assert [(take.award.effect, take.was, take.amount) for take in story.found.takes] == [
        (2, 100, 90)
    ]
    story.to(None)
    assert [(take.award.effect, take.amount) for take in story.found.takes] == [
        (2, 10),
        (1, 20),
        (0, 30),
    ]


def test_accounts_and_rules_are_recounted_apart() -> None:
    first = version(earning(per("order.total", 100, 1), fixed(7, currency=5)), rule=1)
    second = version(earning(per("order.total", 100, 2)), rule=2)
    story = Story(first, second, judged=plain(10_000))
    assert story.refunds(5_000) == [150]
    found = {(each.rule, each.account): (each.was, each.target) for each in story.found.targets}
    assert found == {(1, 44): (100, 50), (1, 45): (7, 7), (2, 44): (200, 100)}


def test_grants_fall_with_the_earning_that_gave_them() -> None:
    rule = version(
        earning(Given(1), Given(2), condition="order.total >= 10000"),
        earning(Given(2), fixed(5), condition="order.total >= 5000"),
    )
    story = Story(rule, judged=plain(12_000))
    assert story.refunds(3_000) == [0]
    assert fallen(story.found) == [1]
    # The next earning's benefit stays given, and its points are not started.
    assert story.held == []
    assert story.refunds(9_000) == [0]
    assert fallen(story.found) == [2]


def test_of_two_equal_grants_one_falls() -> None:
    rule = version(earning(Given(2), Given(2), condition="order.total >= 10000"), earning(Given(2)))
    story = Story(rule, judged=plain(12_000))
    story.refunds(3_000)
    assert [(each.benefit, each.effect) for each in story.found.fallen] == [(2, 1)]


def test_a_share_is_one_of_the_award_as_it_was_given() -> None:
    rule = version(earning(fixed(100)), on_partial=OnPartial.PROPORTIONAL)
    story = Story(rule, judged=plain(10_000))
    story.held = [Held(story.held[0].award, 70)]
    assert story.refunds(5_000) == [20]
    assert story.refunds(2_000) == [0]


def test_of_an_order_that_cost_nothing_nothing_remains_without_its_lines() -> None:
    rule = version(earning(fixed(100)))
    gifts = (line("mug", 0), line("pen", 0))
    story = Story(rule, judged=order(*gifts))
    assert story.to(order(gifts[0], gifts[1]._replace(quantity=Fraction(0)))) == 0
    assert story.to(order(*(each._replace(quantity=Fraction(0)) for each in gifts))) == 100


@pytest.mark.parametrize("policy", ["keep", "proportional"])
def test_grants_stay_while_something_remains(policy: str) -> None:
    rule = version(
        earning(Given(1), condition="order.total >= 10000"), on_partial=OnPartial(policy)
    )
    story = Story(rule, judged=plain(12_000))
    story.refunds(11_999)
    assert fallen(story.found) == []
    story.refunds(12_000)
    assert fallen(story.found) == [1]


def fallen(found: Recounted) -> list[int]:
    return [grant.benefit for grant in found.fallen]


def test_a_custom_event_that_is_cancelled_leaves_nothing() -> None:
    rule = version(earning(fixed(30), Given(3)))
    was = Happening(FACTS)
    held = [Held(Award(1, 1, 1, 1, 0, 0, 44, 1, 4, 30, 30), 12)]
    grants: Sequence[Grant] = [Grant(1, 1, 0, 1, 3)]
    versions: dict[tuple[int, int], Any] = {(1, 1): rule}
    found = recount(held, grants, versions, was=was, now=None)
    assert [take.amount for take in found.takes] == [12]
    assert found.fallen == tuple(grants)
    kept = recount(held, grants, versions, was=was, now=was)
    assert (kept.takes, kept.fallen) == ((), ())
