"""Points without decimals, or with one, that pay for bills of hundredths."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stampbook.loyalty.judging.splitting import percentage
from stampbook.visits import editing
from stampbook.visits.model import UNITS, balances, unpaid
from stampbook.visits.promotion import Applies, Promotion, Rule, Totals, cashback
from stampbook.visits.withdrawing import (
    Ask,
    allowances,
    cut_parts,
    parts_in,
    plan_accruals,
    plan_keeping,
    plan_withdrawal,
)
from tests.ledgers.in_memory import audit
from tests.visits.bills import VISIT, card_of, carry_out, parts, visit_of

SCALES = st.integers(0, 2)
COSTS = st.lists(st.integers(1, 5_000), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("scale", "shares"), [(0, [100, 9_900]), (1, [70, 9_930]), (2, [66, 9_934])]
)
def test_the_worked_example_in_every_scale(scale: int, shares: list[int]) -> None:
    visit = visit_of(2_000, 300_000)
    book = card_of((10_000 // UNITS[scale], None), scale=scale)
    carry_out(book, partial(plan_withdrawal, visit, Ask(10_000)))
    assert list(parts(book).values()) == shares
    assert book.active == 0
    carry_out(book, partial(plan_keeping, VISIT, {}, Ask(0)))
    assert book.active == 10_000 // UNITS[scale]
    audit(book)


def test_cents_that_no_whole_point_pays_are_left() -> None:
    book = card_of((100, None), scale=0)
    carry_out(book, partial(plan_withdrawal, visit_of(1_050, 25), Ask(100_000)))
    assert sum(parts(book).values()) == 1_000
    assert (
        carry_out(card_of((9, None), scale=0), partial(plan_withdrawal, visit_of(99), Ask(99)))
        == []
    )


def test_lines_share_a_point_that_neither_could_take_alone() -> None:
    visit, book = visit_of(50, 50), card_of((9, None), scale=0)
    carry_out(book, partial(plan_withdrawal, visit, Ask(500)))
    paid = visit._replace(parts=tuple(parts_in(book, VISIT)))
    assert (parts(book), unpaid(paid)) == ({1: 100}, 0)
    assert editing.pay(paid, 50, desk=1, now=0, capped=True) == paid


@given(COSTS, SCALES, st.integers(0, 20_000), st.integers(1, 20_000))
def test_whole_units_up_to_what_is_left_to_pay(
    costs: list[int], scale: int, balance: int, wanted: int
) -> None:
    unit = UNITS[scale]
    visit = visit_of(*costs)
    book = card_of((balance, None), scale=scale) if balance else card_of(scale=scale)
    carry_out(book, partial(plan_withdrawal, visit, Ask(wanted)))
    most = min(wanted, balance * unit, sum(costs))
    paid = visit._replace(parts=tuple(parts_in(book, VISIT)))
    assert sum(part.amount for part in paid.parts) == most - most % unit
    assert all(part.amount % unit == 0 for part in paid.parts)
    assert all(left > -unit for left in balances(paid).values())
    audit(book)


@given(st.data(), COSTS, SCALES, SCALES)
def test_two_cards_of_any_scales_and_an_edit(
    data: st.DataObject, costs: list[int], first: int, second: int
) -> None:
    """What no line needs any more goes back in whole units; nothing goes back without need."""
    visit = visit_of(*costs)
    cards = [
        card_of((10**6, None), scale=scale, number=number)
        for number, scale in ((3, first), (4, second))
    ]
    for book in (*cards, cards[0]):
        asked = Ask(data.draw(st.integers(1, 10_000)), may_give_back=True)
        carry_out(book, partial(plan_withdrawal, visit, asked))
        everything = [part for each in cards for part in parts_in(each, VISIT)]
        visit = visit._replace(parts=tuple(everything))
    pays = {
        account: {line: amount for line, amount in lines.items() if amount}
        for account, lines in allowances(visit, visit._replace(comment="edited")).items()
    }
    assert pays == {book.number: parts(book) for book in cards if parts(book)}, (
        "an edit of something else gives nothing back"
    )
    prices = data.draw(st.lists(st.integers(0, 5_000), min_size=len(costs), max_size=len(costs)))
    lines = tuple(
        line._replace(cost=price) for line, price in zip(visit.lines, prices, strict=True)
    )
    after = visit._replace(lines=lines)
    allowed = allowances(visit, after)
    for book in cards:
        if book.number in allowed:
            carry_out(book, partial(plan_keeping, VISIT, allowed[book.number], Ask(0)))
    kept = after._replace(parts=cut_parts(visit, allowed))
    assert list(kept.parts) == [part for book in cards for part in parts_in(book, VISIT)]
    assert sum(part.amount for part in kept.parts) <= sum(prices)
    assert all(part.amount % part.unit == 0 for part in kept.parts)
    for book in cards:
        audit(book)


@given(COSTS, SCALES, st.integers(0, 10_000))
def test_cashback_is_rounded_once(costs: list[int], scale: int, value: int) -> None:
    offer = Promotion(
        1, 1, 1, "", "cashback_static_sold", Applies.ANY, Applies.ANY, True,
        (Rule(1, 0, value),), frozenset(), frozenset(), frozenset(), frozenset(), 0, 0,
    )  # fmt: skip
    unit, exact = UNITS[scale], sum(costs) * value  # in millionths
    earned = cashback(offer, visit_of(*costs), 3, unit).amount(Totals())
    assert earned % unit == 0
    assert -unit * 5_000 < earned * 10_000 - exact <= unit * 5_000


@pytest.mark.parametrize(("scale", "credited"), [(0, 3), (1, 25), (2, 250)])
def test_an_accrual_is_rounded_half_up(scale: int, credited: int) -> None:
    book = card_of(scale=scale)
    carry_out(book, partial(plan_accruals, "referral:1", {1: 250}, Ask(0)))
    assert book.active == credited
    assert carry_out(book, partial(plan_accruals, "referral:1", {1: 250}, Ask(0))) == []


def test_a_percentage_in_units() -> None:
    assert [percentage(2_495, 1_000, unit=unit) for unit in (1, 10, 100)] == [250, 250, 200]
