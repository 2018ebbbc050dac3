"""What the ledger answers: done, or refused. Dialects put these into their own words."""

from collections.abc import Mapping
from typing import NamedTuple

from stampbook.domain.model import Transaction
from stampbook.domain.refusals import Refusal


class AccountView(NamedTuple):
    """What a dialect needs of the account to word its answer.

    Balances are those right after the command (of a replay: now), in smallest units.
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
"""In `Done.expiries`: the lot has no expiry of its own, all such lots of an account share one."""


class Done(NamedTuple):
    """The command has had its effect, once.

    `transactions` are the rows that the command wrote, without what the clock wrote before
    it; of a transfer the leg of `account` comes first, then its peer. `replayed`: the effect
    is that of an earlier request with the same key or external id. `already`: a cancel of
    what had been cancelled before; `transactions[0]` is what cancelled it then. `dry_run`:
    nothing was written. `expiries`: when the lots that the rows touch expire, by lot number
    (`transaction_number`), as their terms say; None when the rows are an earlier request's.
    """

    account: AccountView
    transactions: tuple[Transaction, ...]
    replayed: bool = False
    already: bool = False
    dry_run: bool = False
    expiries: Mapping[int, int] | None = None

    @property
    def transaction(self) -> Transaction:
        """The first (mostly the only) row."""
        return self.transactions[0]


Outcome = Done | Refusal
