"""All short histories: every command of a small alphabet in every reachable state.

The search is breadth first, so the first failure is a shortest one. Two states count as one if no
later command could notice a difference: see `canonical`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

from stampbook.domain.model import (
    CREDITS,
    DEBITS,
    FOREVER,
    Kind,
    Status,
    Transaction,
)
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
from tests.exploration.checking import check_all, check_emptying, check_inverse, check_rows
from tests.exploration.steps import (
    DAY,
    Played,
    Step,
    as_scenario,
    due_instants,
)

SMALL, LARGE = 2, 5
"""Two amounts, neither of which divides the other."""

ACCRUALS = 2
"""The maximum number of accruals in a history."""

OVERDRAFT = 4
TARGETS = (Kind.COMMIT, Kind.CANCEL, *CREDITS, *DEBITS)

PENDINGS = (PendingRule(), PendingRule(PendingType.PERIOD, Period(1, Unit.DAY)))
EXPIRIES = (
    ExpiryRule(),
    ExpiryRule(ExpiryType.ROLLING, Period(1, Unit.DAY)),
    ExpiryRule(ExpiryType.SLIDING, Period(1, Unit.DAY)),
)


def policies() -> Iterator[Policy]:
    """Every combination of the rules that cancels depend on."""
    for spent, expiry, pending, restore, overdraft in product(
        SpentAccrual, EXPIRIES, PENDINGS, ExpiredRestore, (0, OVERDRAFT)
    ):
        if expiry.type is ExpiryType.NONE and restore is ExpiredRestore.GRACE:
            continue  # nothing expires
        yield Policy(
            currency=1,
            program=1,
            tenant=1,
            version=1,
            pending=pending,
            expiry=expiry,
            spent_accrual=spent,
            expired_restore=restore,
            grace_s=DAY // 1_000_000 if restore is ExpiredRestore.GRACE else 0,
            overdraft=overdraft,
            temporary_timeout_s=DAY // 1_000_000,
        )


class Broken(NamedTuple):
    """One of the shortest histories that break a law."""

    scenario: str
    error: Exception


@dataclass
class Tally:
    """The result of an exploration."""

    states: int = 0
    transitions: int = 0
    cancels: int = 0
    inverses: int = 0
    seconds: float = 0.0
    broken: list[Broken] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.states += other.states
        self.transitions += other.transitions
        self.cancels += other.cancels
        self.inverses += other.inverses
        self.seconds += other.seconds
        self.broken += other.broken


class Node(NamedTuple):
    played: Played
    steps: tuple[Step, ...]
    accruals: int


def explore(policy: Policy, depth: int, *, stop_at: int = 1) -> Tally:
    """Explore every history of at most `depth` steps (commands and waits) under the policy."""
    begun, tally = time.perf_counter(), Tally()
    root = Node(Played(policy), (), 0)
    seen, queue = {canonical(root.played)}, deque([root])
    while queue and len(tally.broken) < stop_at:
        node = queue.popleft()
        for step in alphabet(node, depth):
            found = _follow(node, step, tally)
            if found is None:
                continue
            form = canonical(found.played)
            if form in seen:
                continue
            seen.add(form)
            tally.states += 1
            _check(found, tally, step)
            queue.append(found)
    tally.seconds = time.perf_counter() - begun
    return tally


def alphabet(node: Node, depth: int) -> Iterator[Step]:
    """The possible steps in a state: commands, and waits to just before, at and after an event."""
    played = node.played
    if len(node.steps) == depth:
        return
    instants = {at + near for at in due_instants(played.book) for near in (-1, 0, 1)}
    for at in sorted(instants):
        if at > played.now:
            yield Step("wait", at - played.now)
    if node.accruals < ACCRUALS:
        for amount in (LARGE, SMALL):
            yield Step("accrue", amount)
        yield Step("temporary", LARGE)
    for amount in (LARGE, SMALL):
        yield Step("redeem", amount)
    yield Step("hold", LARGE)
    rows, book = played.book.rows, played.book
    for place, seq in enumerate(played.made):
        if not seq or rows[seq].kind not in TARGETS:
            continue
        row = rows[seq]
        yield Step("cancel", of=place)
        if row.amount > SMALL:
            yield Step("cancel", SMALL, of=place)
        if row.deadline_at != FOREVER and row.root == seq:
            yield Step("commit", of=place)
            yield Step("release", of=place)
            if row.kind in DEBITS:
                yield Step("commit", SMALL, of=place)
        lots = [book.lots[terms.lot] for terms in row.terms] if row.kind in CREDITS else []
        if any(lot.pending for lot in lots):
            yield Step("activate", of=place)
        if any(lot.available for lot in lots):
            yield Step("expire", of=place)
        if any(lot.expired for lot in lots):
            yield Step("reinstate", SMALL, of=place)


def _follow(node: Node, step: Step, tally: Tally) -> Node | None:
    """The state after the step; None if it was refused or repeats what has been done."""
    twin = node.played.copy()
    before = twin.book.seq
    steps = (*node.steps, step)
    tally.transitions += 1
    tally.cancels += step.verb == "cancel"
    try:
        decided = twin.perform(step)
        check_rows(twin.book, before)
    except Exception as error:
        tally.broken.append(_broken(node, steps, error))
        return None
    if step.verb == "wait":
        return Node(twin, steps, node.accruals)
    if not isinstance(decided, Transaction):
        return None
    return Node(twin, steps, node.accruals + (step.verb in ("accrue", "temporary")))


def _check(node: Node, tally: Tally, step: Step) -> None:
    """Check everything that must hold in a new state."""
    try:
        check_all(node.played.book)
        _check_inverses(node, tally)
        check_emptying(node.played)
    except Exception as error:
        tally.broken.append(_broken(node, node.steps, error))


def _check_inverses(node: Node, tally: Tally) -> None:
    """Check law 7 for each cancel that is possible here."""
    book = node.played.book
    for seq in node.played.made:
        if seq and book.rows[seq].kind in TARGETS:
            tally.inverses += check_inverse(book, book.rows[seq], node.played.now)


def _broken(node: Node, steps: tuple[Step, ...], error: Exception) -> Broken:
    policy = node.played.book.policy
    return Broken(as_scenario("found by exploration", policy, list(steps)), error)


# -- what makes two states the same ---------------------------------------------------------


def canonical(played: Played) -> int:
    """A number for all that later commands could notice: instants from now, rows by rank."""
    book, now = played.book, played.now
    sliding = book.policy.expiry.type is ExpiryType.SLIDING
    rows = [row for row in book.rows.values() if row.kind in TARGETS]
    rank = {row.seq: n for n, row in enumerate(rows, 1)}
    rank[0] = 0

    def ahead(at: int) -> int:
        return FOREVER if at == FOREVER else at - now

    def future(at: int) -> int:
        return FOREVER if at == FOREVER else max(at - now, 0)

    lots = tuple(
        (
            *lot.split,
            lot.claimed,
            lot.reinstated,
            rank.get(lot.accrued_by, -1),
            ahead(lot.activates_at) if sliding else future(lot.activates_at),
            ahead(book.expires_at(lot)),
            ahead(lot.created_at) if lot.sliding else 0,
            lot.grace,
            lot.locked,
        )
        for lot in book.lots.values()
    )
    paid = tuple(
        (rank[redemption.seq], redemption.held, *sorted(redemption.parts.items()))
        for redemption in book.redemptions.values()
        if redemption.parts
    )
    standings = []
    for row in rows:
        movement = book.movement(row.seq)
        cancel = row.kind is Kind.CANCEL
        live = cancel and movement.remaining == row.amount and movement.status is Status.IN_FORCE
        standings.append(
            (
                row.kind,
                row.link,
                rank[row.target],
                rank[row.root],
                row.amount,
                movement.base,
                movement.status,
                movement.cancelled,
                future(movement.deadline_at),
                future(row.deadline_at),
                row.effect if live else 0,
                tuple((p[0], p[1], p[2], p[3], rank[p[4]]) for p in row.postings) if live else (),
            )
        )
    slides = (ahead(book.slides_at), ahead(book.slid_at)) if sliding else ()
    return hash((lots, paid, tuple(standings), slides))


def run(
    chosen: list[Policy], depth: int, report: Callable[[Policy, Tally], None] | None = None
) -> Tally:
    """Explore each policy in turn and add up the results."""
    total = Tally()
    for policy in chosen:
        tally = explore(policy, depth)
        total.add(tally)
        if report is not None:
            report(policy, tally)
    return total
