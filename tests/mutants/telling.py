"""What a survivor's missing test may look like: a history that tells it from the original.

Short random histories, rich in cancels of cancels, are played on the domain as it is and with the
mutant. The first on which a balance, a lot, an allocation or an answer differs is cut down, and
printed as a scenario. If there is none, the mutant is probably no other program.

For a process that may import the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import CodeType
from typing import Any, NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.deciding import Decision
from stampbook.domain.decisions.cancelling import AlreadyCancelled
from stampbook.domain.policy import PendingRule, Policy
from stampbook.domain.refusals import Refusal
from tests.exploration.longwalks import Walk, cut_down
from tests.exploration.steps import Played, Step, as_scenario
from tests.mutants.patching import Original

LENGTH = 32
"""How many steps a history has: most differences need fewer than ten."""


class History(NamedTuple):
    """Steps under a policy, and what comes of them as the program is."""

    policy: Policy
    steps: list[Step]
    outcome: list[object]


class Chained(Walk):
    """A life with small amounts, in which cancels are cancelled again and again."""

    def live(self) -> History:
        for _ in range(LENGTH):
            step = self.draw()
            if step.verb not in ("wait", "rules") and step.amount:
                step = step._replace(amount=1 + (step.amount - 1) % 5)
            self.steps.append(step)
            self.played.perform(step)
        return History(self.policy, self.steps, outcome(self.policy, self.steps))

    shares = (
        (0.18, Walk.spend),
        (0.20, Walk.cancel),
        (0.22, Walk.chain),
        (0.06, Walk.end),
        (0.08, Walk.by_hand),
        (0.13, Walk.wait),
        (0.02, Walk.change),
    )


def outcome(policy: Policy, steps: Sequence[Step]) -> list[object]:
    """All answers, and all that can be seen in the end."""
    played, found = Played(policy), list[object]()
    for step in steps:
        try:
            found.append(_answer(played.perform(step), played.book))
        except Exception as error:
            return [*found, type(error)]
    return [*found, *_seen(played.book)]


def _answer(decided: Decision, book: Book) -> object:
    if isinstance(decided, Refusal):
        return decided.code, decided.active, decided.related
    if isinstance(decided, AlreadyCancelled):
        return decided.transaction.seq
    row = book.rows.get(book.seq)
    if row is None:
        return None
    return row.kind, row.amount, row.effect, row.shortfall, row.deadline_at, book.sums()


def _seen(book: Book) -> Iterable[object]:
    for seq, lot in sorted(book.lots.items()):
        yield seq, lot.split, lot.activates_at, book.expires_at(lot), lot.claimed, lot.reinstated
    for seq, redemption in sorted(book.redemptions.items()):
        yield seq, redemption.held, redemption.parts
    for seq, row in sorted(book.rows.items()):
        if row.root == seq:
            yield seq, book.movement(seq).remaining, book.movement(seq).deadline_at


def told(original: Original, mutant: CodeType, histories: Iterable[History]) -> str | None:
    """The shortest scenario found on which the mutant differs. For a forked process."""

    def differs(policy: Policy, steps: list[Step], known: list[object] | None = None) -> bool:
        expected = outcome(policy, steps) if known is None else known
        original.put(mutant)
        found = outcome(policy, steps)
        original.put(original.code)
        return found != expected

    first = next((each for each in histories if differs(*each)), None)
    if first is None:
        return None
    policy, steps, _ = first
    steps = cut_down(steps, lambda fewer: differs(policy, fewer))
    plainer = policy
    for change in PLAINER:
        if differs(plainer._replace(**change), steps):
            plainer = plainer._replace(**change)
    return as_scenario("a history that tells the two apart", plainer, steps)


PLAINER: Sequence[dict[str, Any]] = (
    {"pending": PendingRule()},
    {"overdraft": 0},
    {"cancel_window_s": None},
    {"temporary_timeout_s": 86_400},
)
"""Rules that a history may not need."""
