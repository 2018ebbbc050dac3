"""Withdrawals as plans on a card's book: what is taken, replaced, kept, and given back."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stampbook.domain.book import Book
from stampbook.domain.commands import Cancel, Redeem
from stampbook.domain.deciding import decide
from stampbook.domain.model import FOREVER, Transaction
from stampbook.visits import editing
from stampbook.visits.model import Discount, Part, Payment, dues, unpaid
from stampbook.visits.withdrawing import (
    NO_MOVEMENT,
    Ask,
    allowances,
    line_of,
    parts_in,
    plan_accruals,
    plan_cancel_of,
    plan_keeping,
    plan_withdrawal,
    promotion_of,
)
from tests.ledgers.in_memory import audit
from tests.visits.bills import VISIT, card_of, carry_out, parts, visit_of


def lots(book: Book) -> list[tuple[int, ...]]:
    return [(lot.seq, lot.activates_at, lot.expires_at, *lot.split) for lot in book.lots.values()]


def test_the_worked_example() -> None:
    visit, book = visit_of(2_000, 300_000), card_of((10_000, None))
    carry_out(book, partial(plan_withdrawal, visit, Ask(10_000)))
    assert parts(book) == {1: 66, 2: 9_934}
    assert book.active == 0
    carry_out(book, partial(plan_keeping, VISIT, {}, Ask(0)))
    assert parts(book) == {}
    assert book.active == 10_000
    audit(book)


def test_a_plan_only_looks() -> None:
    """What a plan looks at on a copy stays the book's own; what it looks at for the first time is
    not noted."""
    visit, book = visit_of(2_000, 300_000), card_of((10_000, None))
    carry_out(book, partial(plan_withdrawal, visit, Ask(10_000)))
    book.movements.clear()
    twin = book.copy()
    assert parts_in(twin, VISIT) == parts_in(book, VISIT) != []
    assert (twin.own_movements, twin.movements, book.movements) == (set(), {}, {})
    carry_out(book, partial(plan_keeping, VISIT, {}, Ask(0)))
    twin = book.copy()
    assert plan_accruals(f"visit:{VISIT}", {}, Ask(0), twin, 1) == []
    assert parts_in(twin, VISIT) == []
    assert twin.own_movements == set()


@pytest.mark.parametrize(
    ("wanted", "balance", "paid", "taken"),
    [
        (10_000, 5_000, 0, 5_000),
        (10_000, 20_000, 297_000, 5_000),
        (10_000, 20_000, 302_000, 0),
        (0, 20_000, 0, 0),
        (10_000, 0, 0, 0),
    ],
)
def test_it_is_capped_by_the_balance_and_by_what_is_left_to_pay(
    wanted: int, balance: int, paid: int, taken: int
) -> None:
    visit = editing.pay(visit_of(2_000, 300_000), paid, desk=1, now=0)
    book = card_of((balance, None)) if balance else card_of()
    carry_out(book, partial(plan_withdrawal, visit, Ask(wanted)))
    assert sum(parts(book).values()) == taken
    assert book.active == balance - taken


def test_a_line_without_anything_left_to_pay_gets_no_transaction() -> None:
    visit = visit_of(2_000, 300_000, payments=(Payment(1, 1, 2_000, 1, 0),))
    commands = carry_out(card_of((10_000, None)), partial(plan_withdrawal, visit, Ask(10_000)))
    assert [command.amount for command in commands if isinstance(command, Redeem)] == [10_000]


def test_a_part_of_zero_makes_no_transaction() -> None:
    book = card_of((10_000, None))
    carry_out(book, partial(plan_withdrawal, visit_of(1, 300_000), Ask(10)))
    assert parts(book) == {2: 10}


def test_a_discount_and_another_card_lower_what_is_left() -> None:
    visit = visit_of(
        10_000, discounts=(Discount(1, 1, 1, 0, 3_000, 0),), parts=(Part(99, 1, 1, 4_000),)
    )
    book = card_of((10_000, None))
    carry_out(book, partial(plan_withdrawal, visit, Ask(10_000)))
    assert parts(book) == {1: 3_000}


def test_a_second_one_replaces_the_first() -> None:
    visit, book = visit_of(2_000, 300_000), card_of((10_000, None))
    carry_out(book, partial(plan_withdrawal, visit, Ask(10_000)))
    first = {part.seq for part in parts_in(book, VISIT)}
    visit = visit._replace(parts=tuple(parts_in(book, VISIT)))
    carry_out(book, partial(plan_withdrawal, visit, Ask(5_000, may_give_back=True)))
    assert parts(book) == {1: 33, 2: 4_967}
    assert not first & {part.seq for part in parts_in(book, VISIT)}
    assert book.active == 5_000


@pytest.mark.parametrize("wanted", [10_000, 12_345, 0])
def test_the_same_resulting_amount_changes_nothing(wanted: int) -> None:
    visit, book = visit_of(2_000, 300_000), card_of((10_000, None))
    carry_out(book, partial(plan_withdrawal, visit, Ask(10_000)))
    assert carry_out(book, partial(plan_withdrawal, visit, Ask(wanted))) == []


def test_what_expired_meanwhile_is_not_lost_by_asking_for_less() -> None:
    visit, book = visit_of(2_000, 300_000), card_of((10_000, 100))
    carry_out(book, partial(plan_withdrawal, visit, Ask(10_000)))
    carry_out(book, partial(plan_withdrawal, visit, Ask(5_000, may_give_back=True)), now=200)
    assert sum(parts(book).values()) == 5_000
    carry_out(book, partial(plan_withdrawal, visit, Ask(8_000, may_give_back=True)), now=200)
    assert sum(parts(book).values()) == 5_000
    audit(book)


def test_the_plan_does_not_touch_the_book() -> None:
    visit, book = visit_of(2_000, 300_000), card_of((10_000, None))
    carry_out(book, partial(plan_withdrawal, visit, Ask(10_000)))
    before, rows = lots(book), len(book.rows)
    partial(plan_withdrawal, visit, Ask(5_000, may_give_back=True))(book, 1)
    assert (lots(book), len(book.rows)) == (before, rows)


def test_one_part_can_be_given_back_alone() -> None:
    visit, book = visit_of(2_000, 300_000), card_of((10_000, None))
    carry_out(book, partial(plan_withdrawal, visit, Ask(10_000)))
    first = parts_in(book, VISIT)[0]
    carry_out(book, partial(plan_cancel_of, f"visit:{VISIT}", first.seq, Ask(0)))
    assert parts(book) == {2: 9_934}
    assert plan_cancel_of(f"visit:{VISIT}", first.seq, Ask(0), book, 1) == NO_MOVEMENT


def test_a_lower_price_gives_back_what_would_be_too_much() -> None:
    visit, book = visit_of(2_000, 300_000), card_of((10_000, None))
    carry_out(book, partial(plan_withdrawal, visit, Ask(10_000)))
    visit = visit._replace(parts=tuple(parts_in(book, VISIT)))
    cheaper = editing.replace_lines(visit, {2: visit.lines[1]._replace(cost=9_000)})
    assert allowances(visit, cheaper) == {3: {1: 66, 2: 9_000}}
    carry_out(book, partial(plan_keeping, VISIT, {1: 66, 2: 9_000}, Ask(0)))
    assert parts(book) == {1: 66, 2: 9_000}
    assert book.active == 934
    audit(book)


def test_a_higher_price_keeps_the_withdrawal() -> None:
    visit = visit_of(2_000, parts=(Part(3, 2, 1, 1_500),))
    dearer = editing.replace_lines(visit, {1: visit.lines[0]._replace(cost=9_000)})
    assert allowances(visit, dearer) == {3: {1: 1_500}}


def test_a_line_that_is_gone_gives_everything_back() -> None:
    visit = visit_of(2_000, 5_000, parts=(Part(3, 2, 1, 1_500), Part(4, 2, 2, 100)))
    assert allowances(visit, editing.replace_lines(visit, {1: None})) == {3: {1: 0}, 4: {2: 100}}


def test_accruals_are_made_once_and_corrected() -> None:
    book = card_of()
    carry_out(book, partial(plan_accruals, "cashback:9", {4: 100, 5: 0}, Ask(0)))
    assert book.active == 100
    assert carry_out(book, partial(plan_accruals, "cashback:9", {4: 100}, Ask(0))) == []
    carry_out(book, partial(plan_accruals, "cashback:9", {4: 70}, Ask(0)))
    assert book.active == 70
    carry_out(book, partial(plan_accruals, "cashback:9", {}, Ask(0)))
    assert book.active == 0


@pytest.mark.parametrize(
    "metadata", [None, "", "[]", "1", "{", '{"line":"x"}', '{"promotion":null}']
)
def test_foreign_metadata_names_nothing(metadata: str | None) -> None:
    assert line_of(metadata) == 0
    assert promotion_of(metadata) == 0


costs = st.lists(st.integers(0, 10**9), min_size=1, max_size=8)
points = st.lists(
    st.tuples(st.integers(1, 10**8), st.sampled_from([None, 50, 1_000, FOREVER])), max_size=4
)


@given(costs, points, st.lists(st.integers(0, 10**9), min_size=1, max_size=4))
def test_withdrawing_is_exact_and_a_cancel_restores_everything(
    prices: list[int], held: list[tuple[int, int | None]], asked: list[int]
) -> None:
    visit, book = visit_of(*prices), card_of(*held)
    before, balance = lots(book), book.active
    for amount in asked:
        stood = sum(parts(book).values())
        visit = visit._replace(parts=tuple(parts_in(book, VISIT)))
        carry_out(book, partial(plan_withdrawal, visit, Ask(amount, may_give_back=True)))
        expected = min(amount, balance, sum(prices)) if amount else stood
        assert sum(parts(book).values()) == expected
        left = dues(visit, ())
        assert all(part <= left[line] for line, part in parts(book).items())
        assert book.active == balance - expected
    visit = visit._replace(parts=tuple(parts_in(book, VISIT)))
    assert unpaid(visit) == sum(prices) - sum(part.amount for part in visit.parts)
    carry_out(book, partial(plan_keeping, VISIT, {}, Ask(0)))
    assert book.active == balance
    assert lots(book) == before
    audit(book)


def test_a_redemption_cancelled_by_hand_is_not_cancelled_again() -> None:
    visit, book = visit_of(2_000, 300_000), card_of((10_000, None))
    carry_out(book, partial(plan_withdrawal, visit, Ask(10_000)))
    assert isinstance(decide(book, Cancel(parts_in(book, VISIT)[0].seq), 1), Transaction)
    carry_out(book, partial(plan_keeping, VISIT, {}, Ask(0)))
    assert book.active == 10_000
