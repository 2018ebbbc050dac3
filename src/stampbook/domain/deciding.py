"""Every command takes these two steps: settle what is due, then decide."""

from collections.abc import Callable, Mapping
from typing import Any, Final

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
    Settle,
)
from stampbook.domain.decisions.accruing import decide_accrue, decide_activate, decide_expire
from stampbook.domain.decisions.cancelling import AlreadyCancelled
from stampbook.domain.decisions.holding import decide_commit, decide_release
from stampbook.domain.decisions.recancelling import Elsewhere, decide_cancel
from stampbook.domain.decisions.redeeming import decide_hold, decide_redeem
from stampbook.domain.decisions.settling import settle
from stampbook.domain.model import MAX_SEQUENCE, Transaction
from stampbook.domain.refusals import Code, Refusal

Decision = Transaction | AlreadyCancelled | Elsewhere | Refusal | None
"""The outcome of a command. None is the answer to `Settle`."""

RESERVED_ROWS = 1_000
"""Row numbers of a nearly full journal that are kept for what the clock must still write."""


def decide(book: Book, command: Command, now: int) -> Decision:
    """Settle what is due at `now`, then decide the command.

    Time never runs back in an account: `now` is at least the instant of its last row.
    Raises Unloaded when facts are missing. What was settled until then remains settled; the
    command itself has had no effect and may be decided again.
    """
    now = max(now, book.clock)
    settle(book, now)
    if isinstance(command, Settle):
        return None
    if book.seq >= MAX_SEQUENCE - RESERVED_ROWS:
        return Refusal(Code.ACCOUNT_FULL, "the account's journal is full", book.active)
    return _DECISIONS[type(command)](book, command, now)


_DECISIONS: Final[Mapping[type, Callable[[Book, Any, int], Decision]]] = {
    Accrue: decide_accrue,
    Redeem: decide_redeem,
    Hold: decide_hold,
    Commit: decide_commit,
    Release: decide_release,
    Cancel: decide_cancel,
    Activate: decide_activate,
    Expire: decide_expire,
}
"""Call the decision of the command's type."""
