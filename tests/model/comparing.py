"""One history on two ledgers: the naive one and a real one, which are compared."""

from __future__ import annotations

from typing import NamedTuple

from stampbook.domain.commands import Command, Note
from stampbook.domain.model import FOREVER, AccountStatus
from stampbook.domain.policy import Policy
from tests.ledgers.seen import Answer, Balance, Ledger, Lot, Plan, View
from tests.model.naive import Account
from tests.model.world import World, seen


class Asked(NamedTuple):
    """A request, and what it must be answered."""

    account: str
    command: Command
    expected: Answer
    key: str | None = None
    dry_run: bool = False

    def check(self, found: Answer) -> None:
        """The answer must be the model's."""
        assert found == self.expected, f"{self}\nledger: {found}\nmodel:  {self.expected}"


class Comparison:
    """Every request goes to both; afterwards everything visible must agree."""

    def __init__(self, ledger: Ledger, plan: Plan) -> None:
        self.ledger = ledger
        self.plan = plan
        self.world = World(plan)
        self.now = 0

    async def found(self) -> None:
        await self.ledger.found(self.plan)

    def set_clock(self, now: int) -> None:
        self.now = now
        self.ledger.set_clock(now)

    async def submit(self, account: str, command: Command, *, key: str | None = None) -> Answer:
        """Carry a command out on both."""
        expected = self.world.submit(account, command, self.now)
        await self.ask(Asked(account, command, expected, key))
        return expected

    async def ask(self, asked: Asked) -> None:
        """Ask the ledger, whose answer must be the expected one."""
        found = await self.ledger.submit(
            asked.account, asked.command, key=asked.key, dry_run=asked.dry_run
        )
        asked.check(found)

    async def answers(self) -> None:
        """Have the answers to all that was asked: here each is compared at once."""

    async def rehearse(self, account: str, command: Command, *, key: str) -> Answer:
        """A dry run answers what would happen, and changes nothing. Then let it happen."""
        dry = await self.ledger.submit(account, command, dry_run=True)
        await self.compare()
        found = await self.submit(account, command, key=key)
        assert found == dry, f"{command}\ndry run: {dry}\nthen:    {found}"
        return found

    async def transfer(self, source: str, receiver: str, amount: int) -> Answer:
        note = Note()
        expected = self.world.transfer(source, receiver, amount, note, self.now)
        found = await self.ledger.transfer(source, receiver, amount, note=note)
        assert found == expected, f"transfer {amount}\nledger: {found}\nmodel:  {expected}"
        return found

    async def set_account(self, account: str, status: AccountStatus) -> None:
        await self.ledger.set_account(account, status)
        self.world.accounts[account].status = status

    async def set_policy(self, currency: str, policy: Policy) -> None:
        await self.ledger.set_policy(currency, policy)
        for name, each in self.plan.accounts.items():
            if each.currency == currency:
                self.world.accounts[name].policy = policy

    async def settle(self, account: str) -> None:
        """A pass of the worker, which changes nothing that can be seen."""
        await self.ledger.settle(account)
        naive = self.world.accounts[account]
        naive.pass_time(max(self.now, naive.clock))

    async def forget(self, account: str) -> None:
        """The ledger's memory is cleared, which changes nothing either."""
        await self.ledger.forget(account)

    async def compare(self) -> None:
        """All figures, lots, allocations and rows of all accounts, at the present instant."""
        for name, account in self.world.accounts.items():
            account.pass_time(max(self.now, account.clock))
            found = undated(await self.ledger.everything(name), self.now)
            expected = undated(view_of(name, account), self.now)
            for part, theirs, ours in zip(View._fields, found, expected, strict=True):
                assert theirs == ours, f"{part} of {name}\nledger: {theirs}\nmodel:  {ours}"


def undated(view: View, now: int) -> View:
    """The view. Lots that the clock will not expire show only whether they are past expiry.

    The common expiry of sliding lots is not updated on lots that are used up, nor on those that
    were past it before it was postponed.
    """
    lots = [
        lot._replace(
            expires_at=now
            if lot.expires_at <= now
            else lot.expires_at
            if lot.pending or lot.available
            else FOREVER
        )
        for lot in view.lots
    ]
    return view._replace(lots=lots)


def view_of(name: str, account: Account) -> View:
    """What the naive account shows."""
    return View(
        Balance(
            **account.figures(),
            expiring=account.upcoming("available"),
            activating=account.upcoming("pending"),
        ),
        [
            Lot(
                lot.n,
                lot.row,
                account.sum("pending", lot.n),
                account.sum("available", lot.n),
                account.sum("held", lot.n),
                account.sum("spent", lot.n),
                account.sum("expired", lot.n),
                account.sum("revoked", lot.n),
                lot.activates,
                account.expiry(lot),
            )
            for lot in account.lots.values()
        ],
        [seen(name, row) for row in account.rows.values()],
        account.allocations(),
    )
