"""Copies of books: neither sees what becomes of the other, and what they share is not copied."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Commit, Hold, Redeem
from stampbook.domain.deciding import decide
from stampbook.domain.model import Transaction
from stampbook.domain.policy import Policy, SpentAccrual
from tests.conftest import CAMPAIGN_EXAMPLES
from tests.laws.histories import START, Act, Teller, histories, plan_of, policies
from tests.ledgers.in_memory import InMemoryLedger, contents, empty_book

HOT = 300
"""Accruals of the account in much use, and as many redemptions."""

POLICY = Policy(tenant=1, program=1, currency=1, version=1, spent_accrual=SpentAccrual.DEBT)


@pytest.mark.hypothesis
@settings(max_examples=CAMPAIGN_EXAMPLES or 25)
@given(policy=policies(), history=histories(accounts="ab"))
def test_a_book_and_its_copy_are_independent(policy: Policy, history: Sequence[Act]) -> None:
    """The history goes on with the book and with its copy in turn: the other one stays as it is,
    whichever of both was copied before."""
    asyncio.run(_play(policy, history))


async def _play(policy: Policy, history: Sequence[Act]) -> None:
    ledger = InMemoryLedger()
    teller = Teller(ledger)
    await teller.begin(plan_of(policy, policy))
    left: list[tuple[Book, dict[str, Any]]] = []
    for at, act in enumerate(history):
        for name, book in ledger.books.items():
            twin = book.copy()
            assert contents(twin) == contents(book)
            stays, ledger.books[name] = (twin, book) if at % 3 else (book, twin)
            left.append((stays, contents(stays)))
        await teller.act(act)
    for book, before in left:
        assert contents(book) == before


def hot() -> Book:
    """An account that remembers hundreds of lots, redemptions and movements."""
    book = empty_book(1, POLICY)
    for _ in range(HOT):
        do(book, Accrue(100), Redeem(60))
    for seq in range(2, 2 * HOT, 4):
        do(book, Cancel(seq))
    return book


def do(book: Book, *commands: Command) -> None:
    for command in commands:
        assert isinstance(decide(book, command, START), Transaction), command


def test_only_what_a_decision_concerns_is_copied() -> None:
    book = hot()
    before = contents(book)
    twin = book.copy()
    do(twin, Accrue(5), Redeem(7), Hold(3), Commit(twin.seq + 3), Cancel(2 * HOT))
    assert contents(book) == before
    shared = [
        sum(twins[seq] is each for seq, each in books.items())
        for books, twins in (
            (book.lots, twin.lots),
            (book.redemptions, twin.redemptions),
            (book.movements, twin.movements),
        )
    ]
    known = [len(book.lots), len(book.redemptions), len(book.movements)]
    assert min(known) >= HOT // 2
    assert all(each >= many - 3 for each, many in zip(shared, known, strict=True)), (shared, known)
