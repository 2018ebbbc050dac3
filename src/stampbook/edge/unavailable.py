"""The database cannot be used: what callers learn of it, in every dialect with status 503."""

import logging
from typing import Final

from stampbook.ledger.owners.links import OwnerLost
from stampbook.storage.store import NoRoom, OutcomeUnknown, Unavailable
from stampbook.watching.noticing import Noticed

UNKNOWN: Final = (
    "the database was lost while saving: repeat the request with its idempotency key"
    " to learn whether it has had its effect"
)
LOST: Final = (
    "the server process that was saving has ended: look whether the request has had its effect"
    " before you send it again"
)
AWAY: Final = "the database does not answer; nothing was done, try again shortly"
FULL: Final = "the database has no room left on its disk; nothing was done, try again later"
"""Each dialect has words of its own for it; see `is_full`."""


def is_full(detail: str) -> bool:
    """Whether a failure's detail is that of a full disk."""
    return detail == FULL


log = logging.getLogger(__name__)
noticed = Noticed(log)


def told(error: Unavailable | OutcomeUnknown) -> str:
    """A sentence for the caller, who may try again; the operator finds the cause in the log."""
    if isinstance(error, NoRoom):
        noticed.say("full", "the database has no room left: %s", error, level=logging.ERROR)
        return FULL
    if isinstance(error, OwnerLost):
        noticed.say("lost", "answers were lost: %s", error)
        return LOST
    noticed.say("away", "the database does not answer: %s", error)
    return UNKNOWN if isinstance(error, OutcomeUnknown) else AWAY
