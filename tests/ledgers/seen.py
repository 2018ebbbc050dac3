"""What can be seen of a ledger from outside, in one form for every door.

Amounts are integers of the currency's smallest unit, instants microseconds UTC. Accounts go
by the names that a test gave them, transactions by their account and sequence number.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from stampbook.domain.commands import Command, Note
from stampbook.domain.model import AccountStatus, Kind
from stampbook.domain.policy import Policy
from stampbook.domain.refusals import Code


class Row(NamedTuple):
    """A transaction of the journal; `target` is the one it acts upon, 0 if none."""

    account: str
    seq: int
    kind: Kind
    amount: int
    before: int
    after: int
    recorded_at: int
    shortfall: int
    target: int


class Answer(NamedTuple):
    """What came of a request: a refusal, or the rows that it made (or had made before)."""

    refused: Code | None
    rows: tuple[Row, ...] = ()
    already: bool = False
    replayed: bool = False


class Lot(NamedTuple):
    """A lot; `made_by` is the sequence number of the row that issued it."""

    seq: int
    made_by: int
    pending: int
    available: int
    held: int
    spent: int
    expired: int
    revoked: int
    activates_at: int
    expires_at: int


class Balance(NamedTuple):
    """The figures of an account; the upcoming ones are (instant, amount) or None."""

    active: int
    pending: int
    held: int
    total: int
    deficit: int
    issued: int
    spent: int
    expired: int
    revoked: int
    restored: int
    expiring: tuple[int, int] | None
    activating: tuple[int, int] | None


class AccountPlan(NamedTuple):
    """An account that a test wants: whose it is, and its currency's name."""

    member: str
    currency: str


class Plan(NamedTuple):
    """What exists before the first step. The policies' numbers are for the ledger to fill in."""

    currencies: dict[str, Policy]
    accounts: dict[str, AccountPlan]


class View(NamedTuple):
    """Everything that can be seen of an account; allocations by the redemption's number."""

    balance: Balance
    lots: list[Lot]
    rows: list[Row]
    allocations: dict[int, dict[int, int]]


class Ledger(Protocol):
    """A door to a ledger. The clock is set from outside."""

    async def found(self, plan: Plan) -> None:
        """Make one program, its currencies, members and accounts."""
        ...

    async def finish(self) -> None:
        """The test is over: stop, and check what only this door can check."""
        ...

    def set_clock(self, now: int) -> None:
        """From here on it is `now`."""
        ...

    async def submit(
        self, account: str, command: Command, *, key: str | None = None, dry_run: bool = False
    ) -> Answer:
        """Carry out one command; of a transfer's cancel, the row of this account comes first."""
        ...

    async def transfer(
        self,
        source: str,
        receiver: str,
        amount: int,
        *,
        note: Note,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Answer:
        """Move points between two accounts; the rows are the source's, then the receiver's."""
        ...

    async def find(self, external_id: str) -> tuple[str, int] | None:
        """Which transaction has the external id."""
        ...

    async def forget(self, account: str) -> None:
        """Drop what is kept in memory of an account; nothing that can be seen changes."""
        ...

    async def settle(self, account: str) -> None:
        """What the worker does with an account."""
        ...

    async def balance(self, account: str, at: int | None = None) -> Balance:
        """The figures now, or what the ledger said at a past instant."""
        ...

    async def lots(self, account: str) -> list[Lot]:
        """All lots, in their order."""
        ...

    async def allocation(self, account: str, seq: int) -> dict[int, int]:
        """What pays for a redemption or hold: lot to amount, 0 for the deficit."""
        ...

    async def journal(self, account: str) -> list[Row]:
        """All rows, in their order."""
        ...

    async def everything(self, account: str) -> View:
        """All of the above at once, allocations too."""
        ...

    async def set_account(self, account: str, status: AccountStatus) -> None:
        """Close the account, or let its member be removed or come back."""
        ...

    async def set_policy(self, currency: str, policy: Policy) -> None:
        """Change a currency's policy or its program."""
        ...
