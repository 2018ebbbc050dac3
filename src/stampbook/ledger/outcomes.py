"""The answers of the ledger: done, or refused. Dialects express these in their own words."""

import asyncio
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


class Together:
    """Submissions that are waited for together: a future for each would cost its caller a callback
    for each."""

    __slots__ = ("_error", "_missing", "_whole")

    def __init__(self) -> None:
        self._missing = 0
        self._error: BaseException | None = None
        self._whole: asyncio.Future[None] | None = None

    def seat(self) -> "Seat":
        """The place of one more submission."""
        self._missing += 1
        return Seat(self)

    async def whole(self) -> None:
        """Wait until every seat is taken. Raises the first exception that one was given, at once:
        the others go on."""
        if self._missing and self._error is None:
            self._whole = asyncio.get_running_loop().create_future()
            await self._whole
        if self._error is not None:
            raise self._error

    @property
    def is_left(self) -> bool:
        """Whether who waited was cancelled."""
        return self._whole is not None and self._whole.cancelled()

    def take(self, error: BaseException | None) -> None:
        """One of the seats is taken."""
        self._missing -= 1
        if error is not None and self._error is None:
            self._error = error
        if not self._missing or error is not None:
            whole = self._whole
            if whole is not None and not whole.done():
                whole.set_result(None)


class Seat:
    """Takes the outcome of one submission, as a future does."""

    __slots__ = ("_outcome", "_taken", "_together")

    def __init__(self, together: Together) -> None:
        self._together = together
        self._outcome: Outcome | None = None
        self._taken = False

    def done(self) -> bool:
        """Whether it is taken, or nobody waits any more."""
        return self._taken or self._together.is_left

    def result(self) -> Outcome:
        """The outcome that it was given."""
        assert self._outcome is not None, "it is waited for first"
        return self._outcome

    def set_result(self, outcome: Outcome) -> None:
        """Give it the outcome, once."""
        self._outcome = outcome
        self._taken = True
        self._together.take(None)

    def set_exception(self, error: BaseException) -> None:
        """Give it an exception instead, once."""
        self._taken = True
        self._together.take(error)


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
