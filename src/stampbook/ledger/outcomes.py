"""The answers of the ledger: done, or refused. Dialects express these in their own words."""

from collections.abc import Mapping
from typing import NamedTuple

from stampbook.domain.model import Transaction
from stampbook.domain.refusals import Refusal
from stampbook.watching.asking import WORKER, Asking
from stampbook.watching.counting import count
from stampbook.watching.metrics import REFUSALS, REPLAYS


class AccountView(NamedTuple):
    """What a dialect needs to know of the account for its answer.

    Balances are those right after the command (for a replay: the present ones), in smallest units.
    """

    number: int
    tenant: int
    program: int
    currency: int
    member: int
    scale: int
    active: int
    pending: int
    held: int
    total: int
    deficit: int


SLIDES = 0
"""In `Done.expiries`: the lot has no expiry of its own, but slides with all others."""


class Done(NamedTuple):
    """The command has had its effect, once.

    `transactions` are the rows that the command wrote, without the rows that the clock wrote
    before it; for a transfer, the leg of `account` comes first, then its peer. `replayed`: the
    effect is that of an earlier request with the same key or external id. `named`: the
    first request with that key had it from its external id. `already`: the cancelled
    transaction had been cancelled before, by `transactions[0]`. `dry_run`: nothing was written.
    `expiries`: when the lots that the rows touch expire, by lot number (`transaction_number`), as
    their terms say; None when the rows are an earlier request's.
    """

    account: AccountView
    transactions: tuple[Transaction, ...]
    replayed: bool = False
    already: bool = False
    named: bool = False
    dry_run: bool = False
    expiries: Mapping[int, int] | None = None

    @property
    def transaction(self) -> Transaction:
        """The first row, usually the only one."""
        return self.transactions[0]


Outcome = Done | Refusal


def note(asking: Asking, outcome: Outcome) -> None:
    """Count the outcome of a request, and note it for the request's log line."""
    mark(asking, outcome)
    if isinstance(outcome, Refusal):
        count(REFUSALS, outcome.code.value, asking.dialect or WORKER)
    elif outcome.replayed:
        count(REPLAYS, asking.dialect or WORKER)


def mark(asking: Asking, outcome: Outcome) -> None:
    """Note the outcome of a request for its log line."""
    if isinstance(outcome, Refusal):
        asking.code = outcome.code.value
    elif outcome.replayed:
        asking.replayed = True
