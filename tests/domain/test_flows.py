"""What journal rows add to the sums of their currency, by the amounts that can be counted by hand
(domain/flows.py). That sums agree with journals is in tests/feed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Hold, Note, Redeem
from stampbook.domain.deciding import decide
from stampbook.domain.flows import (
    BILLION,
    QUARTER,
    Cohort,
    Flow,
    Holding,
    births_of,
    cohorts_of,
    flows_of,
    holdings_of,
    quarter,
)
from stampbook.domain.model import (
    AVAILABLE,
    FOREVER,
    HELD,
    OUTSIDE,
    OWED,
    REVOKED,
    SPENT,
    Kind,
    State,
    Transaction,
)
from stampbook.domain.policy import Policy, SpentAccrual
from stampbook.domain.state import read_state, whole_state
from tests.laws.histories import DAY, PLAIN, START
from tests.ledgers.in_memory import empty_book

OWING = PLAIN._replace(overdraft=100)
MINUTE = 60_000_000


def told(policy: Policy, *commands: Command) -> Book:
    book = empty_book(1, policy)
    for command in commands:
        assert isinstance(decide(book, command, START), Transaction), command
    return book


def added(row: Transaction) -> list[tuple[State, State, int]]:
    """Without the instants and the kind, which are those of the row."""
    flows = flows_of(row)
    assert all(flow[:3] == (START, START, row.kind) for flow, _ in flows)
    return [(flow.source, flow.target, amount) for flow, amount in flows]


@pytest.mark.parametrize(
    ("policy", "commands", "expected"),
    [
        (PLAIN, [Accrue(10)], [(OUTSIDE, OUTSIDE, 10), (OUTSIDE, AVAILABLE, 10)]),
        (PLAIN, [Accrue(9), Redeem(4)], [(OUTSIDE, OUTSIDE, 4), (AVAILABLE, SPENT, 4)]),
        # What is missing is owed.
        (
            OWING,
            [Accrue(3), Redeem(5)],
            [(OUTSIDE, OUTSIDE, 5), (AVAILABLE, SPENT, 3), (OUTSIDE, OWED, 2)],
        ),
        # A debt that points pay is spent, as the points are.
        (
            OWING,
            [Redeem(5), Accrue(9)],
            [
                (OUTSIDE, OUTSIDE, 9),
                (OUTSIDE, AVAILABLE, 9),
                (OWED, SPENT, 5),
                (AVAILABLE, SPENT, 5),
            ],
        ),
        (
            OWING,
            [Redeem(2), Redeem(3), Accrue(4)],
            [
                (OUTSIDE, OUTSIDE, 4),
                (OUTSIDE, AVAILABLE, 4),
                (OWED, SPENT, 2),
                (AVAILABLE, SPENT, 2),
                (OWED, SPENT, 2),
                (AVAILABLE, SPENT, 2),
            ],
        ),
        (
            OWING,
            [Hold(5), Accrue(9)],
            [
                (OUTSIDE, OUTSIDE, 9),
                (OUTSIDE, AVAILABLE, 9),
                (OWED, SPENT, 5),
                (AVAILABLE, HELD, 5),
            ],
        ),
        # One that a cancel made void is nobody's.
        (OWING, [Redeem(5), Cancel(1)], [(OUTSIDE, OUTSIDE, 5), (OWED, OUTSIDE, 5)]),
        (
            OWING,
            [Accrue(3), Redeem(5), Cancel(2)],
            [(OUTSIDE, OUTSIDE, 5), (OWED, OUTSIDE, 2), (SPENT, AVAILABLE, 3)],
        ),
    ],
)
def test_flows_of_a_row(
    policy: Policy, commands: Sequence[Command], expected: list[tuple[State, State, int]]
) -> None:
    book = told(policy, *commands)
    assert added(book.rows[book.seq]) == expected


def test_a_cancelled_debt_beside_one_that_is_paid() -> None:
    """What the cancel gives back pays the debt of another: of its own debt nothing was paid."""
    book = told(OWING, Accrue(3), Redeem(5), Redeem(4), Cancel(2))
    flows = added(book.rows[4])
    assert flows == [
        (OUTSIDE, OUTSIDE, 5),
        (OWED, OUTSIDE, 2),
        (SPENT, AVAILABLE, 3),
        (OWED, SPENT, 3),
        (AVAILABLE, SPENT, 3),
    ]


def test_flows_belong_to_quarters_of_an_hour() -> None:
    """One by when the row was recorded, one by when it takes effect."""
    book = empty_book(1, PLAIN)
    now = START + 44 * MINUTE
    row = decide(book, Accrue(10, note=Note(effective_at=START - MINUTE)), now)
    assert isinstance(row, Transaction)
    recorded_at, effective_at = START + 30 * MINUTE, START - 15 * MINUTE
    assert flows_of(row) == [
        (Flow(recorded_at, effective_at, Kind.ACCRUE, OUTSIDE, OUTSIDE), 10),
        (Flow(recorded_at, effective_at, Kind.ACCRUE, OUTSIDE, AVAILABLE), 10),
    ]
    assert births_of(row) == {1: START - MINUTE}
    assert cohorts_of(row, births_of(row)) == [
        (Cohort(effective_at, recorded_at, OUTSIDE, AVAILABLE), 10)
    ]
    assert [quarter(START + n) for n in (-1, 0, 1, QUARTER - 1, QUARTER)] == [
        START - QUARTER,
        START,
        START,
        START,
        START + QUARTER,
    ]
    assert (15 * MINUTE, 10**9) == (QUARTER, BILLION)


def test_cohorts_know_when_lots_were_given_and_nothing_of_debts_and_claims() -> None:
    births = {1: START - DAY, 2: START - 2 * DAY}
    clamp = OWING._replace(spent_accrual=SpentAccrual.CLAMP, overdraft=0)

    def of(book: Book) -> list[tuple[int, State, State, int]]:
        return [
            (each.born_at, each.source, each.target, amount)
            for each, amount in cohorts_of(book.rows[book.seq], births)
        ]

    book = told(OWING, Accrue(3), Accrue(4), Redeem(9))
    assert of(book) == [(births[1], AVAILABLE, SPENT, 3), (births[2], AVAILABLE, SPENT, 4)]
    assert births_of(book.rows[3]) == {}
    claimed = told(clamp, Accrue(10), Redeem(9), Cancel(1))
    assert of(claimed) == [(births[1], AVAILABLE, REVOKED, 1)]
    assert births_of(claimed.rows[3]) == {}
    paid = told(OWING, Redeem(3), Accrue(4))
    assert births_of(paid.rows[2]) == {1: START}


def test_holdings_are_open_lots_and_what_is_owed() -> None:
    book = told(
        OWING,
        Accrue(10, expires_at=START + DAY),
        Accrue(5, activates_at=START + DAY, expires_at=START + 2 * DAY),
        Hold(4),
        Redeem(6),
    )
    assert holdings(book) == {
        1: Holding(1, START + DAY, pending=0, available=0, held=4, owed=0, owed_held=0),
        2: Holding(2, START + 2 * DAY, pending=5, available=0, held=0, owed=0, owed_held=0),
    }
    assert [each.total for each in holdings(book).values()] == [4, 5]
    for command in (Redeem(3), Hold(7)):
        assert isinstance(decide(book, command, START), Transaction)
    debt = holdings(book)[0]
    assert debt == Holding(0, FOREVER, pending=0, available=0, held=0, owed=10, owed_held=7)
    assert debt.total == -3
    assert sum(each.total for each in holdings(book).values()) == book.total == 6
    rich = told(PLAIN, Accrue(8))
    assert holdings(rich) == {1: Holding(1, FOREVER, 0, 8, 0, 0, 0)}
    assert holdings(rich)[1].total == 8


def holdings(book: Book) -> dict[int, Holding]:
    return holdings_of(read_state([whole_state(book)]), book.sums())
