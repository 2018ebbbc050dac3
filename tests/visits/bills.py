"""Visits and cards for the tests of the pure rules: no store, no server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Command
from stampbook.domain.deciding import decide
from stampbook.domain.model import Transaction
from stampbook.domain.policy import Policy
from stampbook.domain.refusals import Refusal
from stampbook.ledger.submission import Planner
from stampbook.visits.model import Line, LineKind, Record, Visit
from stampbook.visits.withdrawing import parts_in
from tests.ledgers.in_memory import empty_book

VISIT, RECORD = 9, 5


def visit_of(*costs: int, **changes: Any) -> Visit:
    """A visit with one appointment; its lines are numbered from 1 on, goods and services."""
    lines = tuple(
        Line(
            number=number,
            record=RECORD,
            kind=LineKind.GOOD if number % 2 else LineKind.SERVICE,
            item=1_000 + number,
            title=f"item {number}",
            quantity=1_000,
            first_cost=cost,
            discount=0,
            cost=cost,
            staff=7,
        )
        for number, cost in enumerate(costs, 1)
    )
    visit = Visit(
        number=VISIT,
        version=1,
        tenant=1,
        program=1,
        location=1,
        member=1,
        attendance=0,
        starts_at=0,
        comment="",
        created_at=0,
        records=(Record(RECORD, VISIT, 7, 0, 3_600, 0, "", 0, 0),),
        lines=lines,
    )
    return visit._replace(**changes)


def card_of(*lots: tuple[int, int | None], number: int = 3, scale: int = 2) -> Book:
    """A card with points: pairs of an amount and when they expire (None: never)."""
    book = empty_book(number, Policy(currency=1, program=1, tenant=1, version=1, scale=scale))
    for amount, expires_at in lots:
        done = decide(book, Accrue(amount, expires_at=expires_at), 0)
        assert isinstance(done, Transaction)
    return book


def carry_out(book: Book, planner: Planner, now: int = 1) -> list[Command]:
    """What the engine does with a planner on one book; all of its commands must succeed."""
    commands: Sequence[Command] | Refusal = planner(book, now)
    assert not isinstance(commands, Refusal)
    for command in commands:
        assert isinstance(decide(book, command, now), Transaction)
    return list(commands)


def parts(book: Book) -> dict[int, int]:
    """What the card pays, by line."""
    return {part.line: part.amount for part in parts_in(book, VISIT)}
