"""Refusals of the ledger itself, besides those of the domain's decisions."""

from stampbook.domain.decisions.cancelling import AlreadyCancelled
from stampbook.domain.decisions.recancelling import Elsewhere
from stampbook.domain.refusals import Code, Refusal

NOT_FOUND = Refusal(Code.NOT_FOUND, "no such account")
REUSED = Refusal(Code.IDEMPOTENCY_KEY_REUSED, "the idempotency key was used for another request")
TAKEN = Refusal(Code.EXTERNAL_ID_TAKEN, "the external id was used for another request")


class Reused(Exception):
    """A key or an external id was used for a different request before."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def spoilt(decision: AlreadyCancelled | Elsewhere) -> Refusal:
    """A command that cannot be part of a group."""
    if isinstance(decision, Elsewhere):
        return Refusal(Code.NOT_CANCELLABLE, "a transfer's leg is cancelled by itself")
    return Refusal(
        Code.ALREADY_CANCELLED, "wholly cancelled already", None, decision.transaction.seq
    )
