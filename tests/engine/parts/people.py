"""Members with accounts of their own, whose ledger asks a store that notes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from stampbook.domain.commands import Command
from stampbook.domain.model import Transaction
from stampbook.domain.policy import Policy
from stampbook.domain.refusals import Refusal
from stampbook.ledger.engine import Ledger
from stampbook.ledger.guarding import Guardian
from stampbook.ledger.joint import Joined, Joint, LongPlan, Plan
from stampbook.ledger.outcomes import Done
from stampbook.merging import requests
from stampbook.merging.merges import Merge
from stampbook.programs import members
from stampbook.storage.store import Store
from tests.engine.parts.noting import Noting
from tests.laws.histories import PLAIN, START
from tests.ledgers import seen
from tests.ledgers.on_store import StoreLedger


class People(StoreLedger):
    """Members of one program, each with an account of the same currency."""

    def __init__(
        self, store: Store, *, asked: Noting | None = None, guardian: Guardian | None = None
    ) -> None:
        super().__init__(store)
        self.asked = asked or Noting(store)
        self.engine = Ledger(cast(Store, self.asked), clock=lambda: self.now, guardian=guardian)
        self.set_clock(START)

    async def begin(self, names: str = "ab", policy: Policy = PLAIN) -> list[int]:
        """Found the program; returns the numbers of the accounts."""
        people = {name: seen.AccountPlan(name, "points") for name in names}
        await self.found(seen.Plan({"points": policy}, people))
        return list(self.accounts.values())

    def joint(self, plan: Plan | LongPlan, *names: str, **more: Any) -> Joint:
        """A joint request for the accounts of these names, or for all."""
        numbers = tuple(self.accounts[name] for name in names or self.accounts)
        return Joint(self.tenant, numbers, plan, **more)

    async def join(self, plan: Plan | LongPlan, *names: str, **more: Any) -> Joined:
        """Carry out a joint request for the accounts of these names, or for all."""
        return await self.engine.join(self.joint(plan, *names, **more))

    async def ask(self, name: str, *commands: Command, **more: Any) -> Done | Refusal:
        """Carry commands out on the account of that name."""
        item = self.submission(name, commands[0])._replace(commands=commands, **more)
        outcome = await self.engine.submit(item)
        assert isinstance(outcome, Done | Refusal)
        return outcome

    async def done(self, name: str, *commands: Command, **more: Any) -> Sequence[Transaction]:
        """The rows of commands that are not refused."""
        outcome = await self.ask(name, *commands, **more)
        assert isinstance(outcome, Done), outcome
        return outcome.transactions

    async def rows(self, name: str) -> Sequence[Transaction]:
        """The stored rows of an account, with all that was said of them."""
        return await self.store.journal(self.accounts[name], after=0, limit=99)

    async def member(self, name: str) -> members.Member:
        row = await self.store.fetch_one(
            "SELECT member_id FROM accounts WHERE account_id = $1", self.accounts[name]
        )
        assert row is not None
        found = await members.get(self.store, row["member_id"], tenant=self.tenant)
        assert found is not None
        return found

    async def merge(self, name: str, into: str) -> Merge:
        """Merge a member into another one; the ledger forgets both."""
        joint = await requests.request_merge(
            self.store,
            await self.member(name),
            await self.member(into),
            reason=None,
            actor=None,
            now=self.now,
            dry_run=False,
        )
        merged: Merge = (await self.engine.join(joint)).result.merge
        self.engine.forget(self.accounts.values())
        return merged
