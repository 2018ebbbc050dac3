"""A decision on a book that knows only what is open asks for what it lacks, before it changes
anything; with that, it decides as a book does that knows everything."""

from __future__ import annotations

import pytest

from stampbook.domain.book import Book
from stampbook.domain.deciding import Decision, decide
from stampbook.domain.facts import Unloaded
from stampbook.domain.model import Transaction
from tests.exploration.longwalks import Walk
from tests.exploration.steps import Step
from tests.ledgers.in_memory import contents, open_contents, reopened

LIVES = 30
STEPS = 30


def give(opened: Book, known: Book, lack: Unloaded) -> None:
    """What a store finds for the demand, and nothing else (storage.store.Demand)."""
    wanted = {known.rows[seq] for seq in lack.rows}
    rows = wanted | {known.rows[row.root] for row in wanted}
    redemptions = {
        *lack.redemptions,
        *(row.root for row in rows),
        *(posting.redemption for row in wanted for posting in row.postings),
        *(seq for seq, each in known.redemptions.items() if lack.paid_by & each.parts.keys()),
    } & known.redemptions.keys()
    lots = {
        *lack.lots,
        *(terms.lot for row in rows for terms in row.terms),
        *(posting.lot for row in wanted for posting in row.postings),
        *(lot for seq in redemptions for lot in known.redemptions[seq].parts),
    } - {0}
    # A transaction that nothing has happened to has no movement but what its row says.
    concerned = {row.seq for row in rows} | redemptions
    moved = concerned & known.movements.keys()
    opened.take_found(
        [known.lots[seq].copy() for seq in sorted(lots)],
        [known.redemptions[seq].copy() for seq in redemptions],
        [known.movements[seq].copy() for seq in moved],
        rows | {known.rows[seq] for seq in redemptions - moved},
    )
    opened.known_paid_by |= lack.paid_by


def decided(opened: Book, known: Book, walk: Walk, step: Step) -> tuple[Decision, int]:
    """The decision, and how often it had to ask."""
    command, asked = walk.played.command(step), 0
    assert command is not None
    while True:
        before = opened.seq, contents(opened)
        try:
            return decide(opened, command, walk.played.now), asked
        except Unloaded as lack:
            if opened.seq == before[0]:  # nothing was settled before
                assert contents(opened) == before[1]
            give(opened, known, lack)
            asked += 1
            assert asked < 20


def without_salt(made: Decision) -> object:
    """The free texts of a row are hashed with a random salt."""
    return made._replace(seal=None, hash=b"") if isinstance(made, Transaction) else made


@pytest.mark.parametrize("block", range(2))
def test_what_a_decision_lacks_is_asked_for_before_anything_changes(block: int) -> None:
    asked = 0
    for seed in range(block * LIVES, (block + 1) * LIVES):
        walk = Walk(seed)
        for _ in range(STEPS):
            step = walk.draw()
            known = walk.played.book.copy()
            opened = reopened(known)
            plain = step.verb not in ("wait", "rules") and walk.played.command(step) is not None
            if plain:
                made, times = decided(opened, known, walk, step)
                asked += times
            expected = walk.played.perform(step)
            walk.steps.append(step)
            if plain:
                assert without_salt(made) == without_salt(expected), step
                assert open_contents(opened)["lots"] == open_contents(walk.played.book)["lots"]
    assert asked > 300
