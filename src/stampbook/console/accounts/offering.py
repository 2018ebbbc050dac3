"""What rows of the journal offer: their cancel where it is possible, or the place that has it.

A row is asked about by a dry run of its cancel, so that no page offers what the next one refuses.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.console.accounts.acting import Belonging, owners_of, said
from stampbook.console.api import Json, Problem
from stampbook.console.values import number_of
from stampbook.console.view import View
from stampbook.domain.commands import Cancel
from stampbook.domain.model import split_number
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.outcomes import Outcome
from stampbook.ledger.submission import Submission
from stampbook.speaking.speech import translatable

CANCELLABLE: Final = frozenset({"in_force", "partly_cancelled"})
NOT_CANCELLABLE: Final = frozenset({"release", "activate", "expire"})


class Offer(NamedTuple):
    """Where a row leads. `word` is what is done there: cancel, undo, refund; or look, where nothing
    can be done about the row itself, and `text` says what it belongs to."""

    word: str
    path: str
    text: str = ""

    @property
    def in_front(self) -> bool:
        """Whether the preview can be shown in front of the list."""
        return self.word in ("cancel", "undo")


async def offers(view: View, rows: Sequence[Json]) -> dict[str, Offer]:
    """By the row's id what it offers; nothing for those that offer nothing."""
    asked = [each for each in rows if _asks(each)] if view.can("support") else []
    if not asked:
        return {}
    refused = await _refused(view, [each["id"] for each in asked])
    owners = await owners_of(view, [each["id"] for each in asked])
    found = {}
    for row in asked:
        offer = _offer(row, owners.get(row["id"]), is_refused=row["id"] in refused)
        if offer is not None:
            found[row["id"]] = offer
    return found


def _asks(row: Json) -> bool:
    return row["status"] in CANCELLABLE and row["type"] not in NOT_CANCELLABLE


async def _refused(view: View, names: Sequence[str]) -> set[str]:
    """Those of the transactions that cannot be cancelled now, by anybody. One question for a page
    of rows, each judged as if it were the only one."""
    places = [split_number(number_of(each)) for each in names]
    outcomes = await view.context.ledger.try_each(
        [Submission(view.tenant, account, (Cancel(seq),), dry_run=True) for account, seq in places]
    )
    return {
        name for name, outcome in zip(names, outcomes, strict=True) if not _is_possible(outcome)
    }


def _is_possible(outcome: Outcome) -> bool:
    if isinstance(outcome, Refusal):
        return outcome.code is Code.OVERLOADED  # which says nothing about the row
    return not outcome.already


def _offer(row: Json, owner: Belonging | None, *, is_refused: bool) -> Offer | None:
    if is_refused:
        return Offer("look", owner.path, owner.text) if owner and owner.path else None
    if refund := refund_path(row, owner):
        return Offer("refund", refund)
    word = "undo" if row["type"] == "cancel" else "cancel"
    return Offer(word, f"/console/transactions/{row['id']}/cancel")


def refund_path(row: Json, owner: Belonging | None) -> str | None:
    """Where what was bought with the row is taken back as a whole; None: it bought nothing."""
    is_purchase = owner is not None and owner.kind == "purchase" and not row["cancels"]
    return f"{owner.path}/refund" if owner and is_purchase else None


STAYS: Final = {
    "order": translatable(
        "It stays as it is: only these points move. To take it back as a whole, refund it."
    ),
    "visit": translatable("It stays as it is: only these points move."),
    "purchase": translatable("It stays bought: only these points move."),
}
"""What a plain cancel leaves as it is, by the kind of what the points belong to."""

INSTEAD: Final = {
    "order": translatable("Less of the order remains. Undo its refund instead."),
    "purchase": translatable("The purchase was refunded. Buy the reward again instead."),
    "visit": translatable("The visit no longer has this. Change the visit instead."),
    "merge": translatable("It belongs to the merge of two members. Undo the merge instead."),
}
"""What to do where a movement cannot be cancelled by itself, by the kind of what it belongs to."""


async def why_not(view: View, row: Json, owner: Belonging | None, problem: Problem) -> str:
    """Why the row cannot be cancelled, and what can be done instead."""
    if problem.code == "not_cancellable":
        if row["type"] in NOT_CANCELLABLE:
            return view.say("What was released, became usable or has expired stays so.")
        if owner is not None and owner.kind in INSTEAD:
            return view.say(INSTEAD[owner.kind])
    return await said(view, problem)
