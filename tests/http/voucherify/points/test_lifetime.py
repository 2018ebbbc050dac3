"""The vendor's formulas hold after every row of every history, whatever happens to a card."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from stampbook.dialects.voucherify.core.points.lifetime import (
    NOTHING,
    Lifetime,
    Root,
    effect_of,
    flow_of,
    report_row,
)
from stampbook.dialects.voucherify.core.points.transactions import (
    Entry,
    Place,
    Type,
    print_recorded,
    type_of,
)
from stampbook.dialects.voucherify.v1.transactions import TRANSFERS, TYPES
from stampbook.domain.book import Book
from stampbook.domain.commands import (
    Accrue,
    Activate,
    Cancel,
    Command,
    Commit,
    Expire,
    Hold,
    Redeem,
    Release,
)
from stampbook.domain.deciding import decide
from stampbook.domain.hashing import encode_postings
from stampbook.domain.model import MICROSECONDS, Kind, State, Transaction
from stampbook.domain.policy import (
    ExpiredRestore,
    ExpiryRule,
    ExpiryType,
    PendingRule,
    PendingType,
    Period,
    Policy,
    SpentAccrual,
    Unit,
)
from stampbook.ledger.journal.pages import EVENTS
from tests.ledgers.in_memory import empty_book

HOUR = 3_600 * MICROSECONDS

PENDING = st.sampled_from(
    [
        PendingRule(),
        PendingRule(PendingType.PERIOD, period=Period(3, Unit.HOUR)),
        PendingRule(PendingType.EVENT, cancel_period=Period(4, Unit.HOUR)),
    ]
)
EXPIRY = st.sampled_from(
    [
        ExpiryRule(),
        ExpiryRule(ExpiryType.ROLLING, period=Period(6, Unit.HOUR)),
        ExpiryRule(ExpiryType.SLIDING, period=Period(5, Unit.HOUR)),
    ]
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    return Policy(
        currency=1,
        program=1,
        tenant=1,
        version=1,
        pending=draw(PENDING),
        expiry=draw(EXPIRY),
        spent_accrual=draw(st.sampled_from(SpentAccrual)),
        expired_restore=draw(st.sampled_from(ExpiredRestore)),
        grace_s=7_200,
        overdraft=draw(st.sampled_from([0, 20])),
    )


@st.composite
def commands(draw: st.DrawFn) -> Command:
    amount, target = draw(st.integers(1, 40)), draw(st.integers(1, 30))
    part = draw(st.one_of(st.none(), st.integers(1, 40)))
    choices: list[Command] = [
        Accrue(amount),
        Accrue(amount, temporary=True, timeout_s=9_000),
        Accrue(amount, kind=Kind.ADJUST_CREDIT, activates_at=0),
        Redeem(amount),
        Redeem(amount, kind=Kind.ADJUST_DEBIT),
        Hold(amount, timeout_s=9_000),
        Commit(target, amount=part),
        Release(target),
        Activate(target),
        Expire(target),
        Cancel(target, amount=part),
        Cancel(target),
    ]
    return draw(st.sampled_from(choices))


STEPS = st.lists(st.tuples(commands(), st.integers(0, 3)), max_size=25)


def _committed_by(book: Book, root: Transaction) -> int:
    return book.movement(root.seq).committed_by


def test_a_committed_hold_that_only_a_deficit_pays() -> None:
    """It comes back from what was spent, not from what is locked."""
    policy = Policy(currency=1, program=1, tenant=1, version=1, overdraft=20)
    _play(policy, [(Hold(5), 0), (Commit(1), 0), (Cancel(1), 0)])
    _play(policy, [(Hold(5), 0), (Cancel(1), 0), (Hold(5), 0), (Cancel(3, amount=2), 0)])


@given(policy=policies(), steps=STEPS)
def test_the_formulas(policy: Policy, steps: list[tuple[Command, int]]) -> None:
    _play(policy, steps)


@given(policy=policies(), steps=STEPS)
def test_what_is_printed_moves_points(policy: Policy, steps: list[tuple[Command, int]]) -> None:
    """The SQL that chooses the rows leaves out those with a total of 0, and no other."""
    book = empty_book(1, policy)
    now, seen = 100 * HOUR, 0
    with closing(sqlite3.connect(":memory:")) as database:
        for command, hours in steps:
            now += hours * HOUR
            decide(book, command, now)
            for row in book.new_rows[seen:]:
                _check_printed(database, book, row)
            seen = len(book.new_rows)


def _check_printed(database: sqlite3.Connection, book: Book, row: Transaction) -> None:
    root = book.rows[row.root]
    values = (row.kind, row.balance_before, row.balance_after, encode_postings(row.postings))
    (printed,) = database.execute(
        "WITH t (shard, account_id, root, kind, balance_before, balance_after, postings)"
        " AS (VALUES (0, 1, 1, ?, ?, ?, ?)),"
        " transactions (shard, account_id, seq, kind) AS (VALUES (0, 1, 1, ?))"
        f" SELECT {EVENTS} FROM t",
        (*values, root.kind),
    ).fetchone()
    if root.kind is Kind.HOLD and row.kind in (Kind.COMMIT, Kind.RELEASE):
        assert not printed
        return
    lots = {posting.lot: book.lots[posting.lot] for posting in row.postings if posting.lot}
    place = Place(1, 1, 1, 1, "cust_1", book.policy)
    details = print_recorded(place, Entry(row, root, None, lots))["details"]
    total = details.get("bucket", details)["points"]["total"]
    assert bool(printed) == (total != 0), (row, total)
    if printed and row.effect and row.kind not in TRANSFERS:
        assert type_of(row, root, flow_of(row)) in TYPES


def _play(policy: Policy, steps: list[tuple[Command, int]]) -> None:
    """Carry the commands out, hours apart, and hold the formulas against every row."""
    book = empty_book(1, policy)
    now, seen = 100 * HOUR, 0
    figures = NOTHING
    for command, hours in steps:
        now += hours * HOUR
        decide(book, command, now)
        for row in book.new_rows[seen:]:
            root = book.rows[row.root]
            effect = effect_of(row, Root(root.kind, _committed_by(book, root)))
            assert effect.points == row.effect, (row, effect)
            figures = figures.plus(effect)
            assert type_of(row, root, flow_of(row)) in Type
            assert figures.points == row.balance_after
        seen = len(book.new_rows)
        assert figures.points == book.active
        assert figures.pending == book.split[State.PENDING]
        assert figures.locked - figures.unlocked == book.held


def test_the_counters_on_the_wire() -> None:
    figures = Lifetime(total=3, earned=2, added=1, pending_total=9, pending_canceled=4)
    bucket = figures.bucket()
    assert bucket["points"]["total"] == 3
    assert bucket["pending_points"] == {"total": 9, "activated": 0, "canceled": 4}
    row = report_row(figures)
    assert row["points_earned"] == 2
    assert row["pending_points_canceled"] == 4
    assert len(row) == 15
