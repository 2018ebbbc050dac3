"""A shop with a running ledger: buying, refunding, and what is seen afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from stampbook.domain.audit import rebuild
from stampbook.domain.commands import Accrue, Command
from stampbook.domain.model import FOREVER, Transaction
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.loyalty.rewards import buying, offers, refunding
from stampbook.loyalty.rewards.buying import Sale, Wish
from stampbook.loyalty.rewards.guarding import PurchaseGuardian
from stampbook.loyalty.rewards.model import Offer, Reward
from stampbook.loyalty.rewards.refunding import Refunded, Return
from stampbook.programs import accounts, members
from stampbook.programs.currencies import Currency
from stampbook.programs.members import Member
from stampbook.programs.policies import Terms
from stampbook.storage.store import Store
from tests.loyalty.rewards.shops import Shop, shop

START = 1_780_000_000_000_000
DAY = 86_400_000_000


class Lot(NamedTuple):
    accrued: int
    available: int
    spent: int
    expires_at: int | None


class Counter:
    """`now` is the time; `ledger` one server's, of which there may be several on a store."""

    def __init__(self, store: Store, place: Shop, ledger: Ledger | None = None) -> None:
        self.store = store
        self.place = place
        self.now = START
        self.ledger = ledger or Ledger(
            store, clock=lambda: self.now, guardian=PurchaseGuardian(store)
        )

    async def account(self, currency: Currency, member: Member | None = None) -> int:
        opened = await accounts.primary_or_open(
            self.store, member or self.place.member, currency, now=self.now
        )
        return opened.account_id

    async def do(
        self, command: Command, currency: Currency | None = None, member: Member | None = None
    ) -> tuple[Transaction, ...]:
        account = await self.account(currency or self.place.points, member)
        outcome = await self.ledger.submit(Submission(1, account, (command,)))
        assert isinstance(outcome, Done), outcome
        return outcome.transactions

    async def give(self, points: int, member: Member | None = None, **more: Any) -> None:
        await self.do(Accrue(points, **more), member=member)

    async def new_member(self, points: int = 0) -> Member:
        async with self.store.transaction() as writing:
            member = await members.create(writing, self.place.program, now=self.now)
        if points:
            await self.give(points, member)
        return member

    async def buy(
        self,
        reward: Reward,
        quantity: int = 1,
        *,
        member: Member | None = None,
        dry_run: bool = False,
        **more: Any,
    ) -> Sale:
        wish = Wish(
            1,
            self.place.program.program_id,
            (member or self.place.member).member_id,
            reward.reward_id,
            quantity,
            **more,
        )
        return await buying.buy(self.ledger, wish, dry_run=dry_run)

    async def refund(
        self, sale: Sale, quantity: int | None = None, *, dry_run: bool = False, **more: Any
    ) -> Refunded:
        wanted = Return(1, sale.purchase.purchase_id, quantity, **more)
        return await refunding.refund(self.ledger, wanted, dry_run=dry_run)

    async def offer(self, reward: Reward) -> Offer:
        found = await offers.get(
            self.store,
            tenant=1,
            program=self.place.program.program_id,
            reward=reward.reward_id,
            ended=True,
        )
        assert found is not None
        return found

    async def active(self, currency: Currency | None = None, member: Member | None = None) -> int:
        account = await self.account(currency or self.place.points, member)
        found = await self.ledger.balance(account, tenant=1)
        assert found is not None
        return found[1].active

    async def lots(self) -> list[Lot]:
        """The lots of points of the shop's member, as the journal has made them."""
        account = await self.account(self.place.points)
        known = await self.ledger.read(account, tenant=1)
        assert known is not None
        rows = await self.store.journal(account, after=0, limit=500)
        book = rebuild(known.identity(), known.policy, rows)
        return [
            Lot(
                lot.issued,
                lot.available,
                lot.spent,
                None if lot.expires_at == FOREVER else lot.expires_at,
            )
            for _, lot in sorted(book.lots.items())
        ]


@asynccontextmanager
async def counter(
    store: Store, *, points: Terms | None = None, stars: Terms | None = None
) -> AsyncIterator[Counter]:
    opened = Counter(store, await shop(store, points=points, stars=stars))
    await opened.ledger.start()
    try:
        yield opened
    finally:
        await opened.ledger.stop()
