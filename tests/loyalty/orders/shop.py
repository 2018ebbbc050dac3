"""A shop with one program: its orders, and what its customer has of each currency."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from stampbook.domain.commands import Accrue, Cancel, Command, Redeem
from stampbook.domain.model import MICROSECONDS
from stampbook.domain.policy import SpentAccrual
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.loyalty.events import cancelling
from stampbook.loyalty.events.acquaintances import Acquaintances
from stampbook.loyalty.events.awarding import Awarding, fire
from stampbook.loyalty.events.model import Judged as Happened
from stampbook.loyalty.events.model import Occurrence
from stampbook.loyalty.model import Earning, Effect, Fixed, Per, Trigger, Version
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.orders import paying, refunding, steps, storing, voiding
from stampbook.loyalty.orders.effects import Effects
from stampbook.loyalty.orders.guarding import OrderGuardian
from stampbook.loyalty.orders.judged import judged_by
from stampbook.loyalty.orders.model import (
    MILLIONTHS,
    THOUSANDTHS,
    Content,
    Exchange,
    Item,
    Order,
    ReturnSpent,
    Status,
)
from stampbook.loyalty.orders.paying import Paid, Pay, Terms
from stampbook.loyalty.orders.refunding import Ask, Desk, Refunded
from stampbook.loyalty.orders.steps import Put, Saved
from stampbook.loyalty.orders.taking import Part, take_amount, take_parts, take_whole
from stampbook.loyalty.orders.voiding import Undo
from stampbook.loyalty.rules import storing as rules
from stampbook.loyalty.rules.catalogue import Catalogues
from stampbook.loyalty.rules.storing import Rule
from stampbook.loyalty.turns import Turns
from stampbook.programs import accounts, currencies, members, programs
from stampbook.programs.accounts import Account
from stampbook.programs.currencies import Currency
from stampbook.programs.members import Member
from stampbook.programs.policies import Terms as Policies
from stampbook.programs.programs import Program
from stampbook.storage.store import Store

TENANT = 1
DAY = 86_400 * MICROSECONDS
START = 1_772_366_400 * MICROSECONDS
MONEY = "EUR"

Lines = Sequence[tuple[str, int]]


def line(name: str, total: int, *, quantity: int = 1, amount: int | None = None) -> Item:
    """A line of an order; its name is also its item's."""
    before = total if amount is None else amount
    return Item(name, quantity * THOUSANDTHS, before, total, item=name)


def per(currency: Currency, *, points: str = "1", every: int = 100, **more: Any) -> Per:
    """Points for each `every` cents of the order's total."""
    basis = more.pop("basis", "order.total")
    return Per(currency.currency_id, basis, Fraction(every), Fraction(points), **more)


def fixed(currency: Currency, points: int) -> Fixed:
    return Fixed(currency.currency_id, points)


def earning(*effects: Effect, condition: str | None = None) -> Earning:
    return Earning(effects, condition)


class Standing(NamedTuple):
    """What an account has."""

    active: int
    pending: int


class Shop:
    """One program with a member, and the clock."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = START
        self.ledger = Ledger(store, clock=lambda: self.now, guardian=OrderGuardian(store))
        self.desk = Desk(store, self.ledger)
        self.awarding = Awarding(
            store, self.ledger, lambda: self.now, Catalogues(), Turns(), Acquaintances()
        )
        self.program: Program
        self.member: Member
        self.points: Currency
        self.beside: tuple[Shop, ...] = ()
        """Other programs of the same customer. Orders then belong to none, and all see them."""

    @property
    def home(self) -> int | None:
        """The program of orders."""
        return None if self.beside else self.program.program_id

    async def open(self) -> Shop:
        await self.ledger.start()
        async with self.store.transaction() as writing:
            self.program = await programs.create(writing, tenant=TENANT, name="shop", now=self.now)
        self.member = await self.new_member()
        self.points = await self.currency("points")
        return self

    async def new_member(self) -> Member:
        async with self.store.transaction() as writing:
            return await members.create(writing, self.program, now=self.now)

    async def currency(
        self, name: str, *, scale: int = 0, policy: SpentAccrual = SpentAccrual.DEBT, **terms: Any
    ) -> Currency:
        async with self.store.transaction() as writing:
            return await currencies.create(
                writing,
                self.program,
                name=name,
                scale=scale,
                terms=Policies(spent_accrual=policy, **terms),
                now=self.now,
            )

    async def rule(
        self,
        *earnings: Earning,
        trigger: Trigger = Trigger.ORDER_PAID,
        name: str | None = None,
        **more: Any,
    ) -> Rule:
        """An active rule, for paid orders unless another trigger is given."""
        version = Version(0, 0, 0, trigger, name, earnings, **more)
        async with self.store.transaction() as writing:
            made = await rules.create(
                writing,
                tenant=TENANT,
                program=self.program.program_id,
                name="a rule",
                version=version,
                now=self.now,
            )
            return await rules.activate(writing, made, now=self.now)

    async def p(self, currency: Currency | None = None) -> Rule:
        """Rule P: 1 point per full 1.00 of the total."""
        return await self.rule(earning(per(currency or self.points)))

    async def play(self, name: str = "played", *, at: int | None = None) -> Happened:
        """A custom event of the member."""
        what = Occurrence(
            tenant=TENANT,
            program=self.program.program_id,
            member=self.member.member_id,
            kind=Trigger.CUSTOM_EVENT,
            effective_at=at,
            name=name,
        )
        (judged,) = await fire(self.awarding, [what])
        return judged

    async def cancel_event(self, judged: Happened) -> None:
        """Take back what a custom event gave."""
        await cancelling.cancel(self.awarding, judged.event.event_id, tenant=TENANT)

    # -- orders ------------------------------------------------------------------------

    async def put(
        self,
        external_id: str = "A",
        total: int | None = None,
        *lines: Item,
        status: Status = Status.PAID,
        at: int | None = None,
        metadata: dict[str, Any] | None = None,
        dry_run: bool = False,
        member: Member | None = None,
    ) -> Saved:
        """The order comes in: as it is to be from now on."""
        amount = sum(each.amount for each in lines) if lines else total or 0
        after = sum(each.total for each in lines) if lines else total or 0
        content = Content(MONEY, 2, amount, after, lines, metadata=metadata or {})

        def make(old: Order | None) -> Order:
            if old is not None:
                return old._replace(content=content, status=status)
            return Order(
                number=new_number(self.now),
                version=0,
                tenant=TENANT,
                program=self.home,
                member=None if self.beside else (member or self.member).member_id,
                customer=None,
                external_id=external_id,
                status=status,
                content=content,
                refunded=0,
                origin=None,
                judged=None,
                effective_at=self.now if at is None else at,
                paid_at=None,
                fulfilled_at=None,
                cancelled_at=None,
                created_at=self.now,
                updated_at=self.now,
            )

        async def watchers(order: Order) -> list[tuple[int, int]]:
            if order.member is not None:
                return [(self.program.program_id, order.member)]
            shops = (self, *self.beside)
            return [(each.program.program_id, each.member.member_id) for each in shops]

        ask = Put(lambda: self.find(external_id), make, watchers, dry_run=dry_run)
        return await steps.put(self.desk, self.awarding, ask)

    async def find(self, external_id: str = "A") -> Order | None:
        return await storing.by_external_id(
            self.store, external_id, tenant=TENANT, program=self.home
        )

    async def order(self, external_id: str = "A") -> Order:
        found = await self.find(external_id)
        assert found is not None
        return found

    async def cancel(self, external_id: str = "A") -> Saved:
        """The whole order is cancelled."""
        old = await self.order(external_id)

        def make(order: Order | None) -> Order:
            assert order is not None
            return order._replace(status=Status.CANCELLED)

        async def watchers(order: Order) -> list[tuple[int, int]]:
            return []

        del old
        ask = Put(lambda: self.find(external_id), make, watchers)
        return await steps.put(self.desk, self.awarding, ask)

    async def refund(
        self,
        amount: int | None = None,
        *parts: Part,
        order: str = "A",
        **more: Any,
    ) -> Refunded:
        """Take part of an order back: an amount, parts of lines, or all that remains."""

        def choose(found: Order) -> Any:
            if parts:
                return take_parts(found, parts)
            return take_whole(found) if amount is None else take_amount(found, amount)

        more.setdefault("fingerprint", f"{order} {amount} {parts}")
        return await refunding.refund(self.desk, lambda: self.order(order), Ask(choose, **more))

    async def void(self, refund: Refunded, order: str = "A", **more: Any) -> Refunded | None:
        undo = Undo(refund.refund.number, **more)
        return await voiding.void(self.desk, lambda: self.order(order), undo)

    async def pay(
        self,
        currency: Currency | None = None,
        *,
        order: str = "A",
        points: int = 1,
        money: str = "0.01",
        returns: ReturnSpent = ReturnSpent.PROPORTIONAL,
        **more: Any,
    ) -> Paid:
        """Points pay for an order: `points` for `money`."""
        account = await self.account(currency)
        exchange = Exchange(points, int(Fraction(money) * MILLIONTHS))
        ask = Pay(account, Terms(exchange, returns), **more)
        return await paying.pay(self.desk, lambda: self.order(order), ask)

    # -- accounts ----------------------------------------------------------------------

    async def account(
        self, currency: Currency | None = None, member: Member | None = None
    ) -> Account:
        return await accounts.primary_or_open(
            self.store, member or self.member, currency or self.points, now=self.now
        )

    async def do(self, command: Command, currency: Currency | None = None) -> int:
        """Carry a command out on the member's account; its row's number."""
        from stampbook.ledger.submission import Submission

        account = await self.account(currency)
        outcome = await self.ledger.submit(Submission(TENANT, account.account_id, (command,)))
        assert isinstance(outcome, Done), outcome
        return outcome.transaction.seq

    async def give(self, points: int, currency: Currency | None = None, **more: Any) -> int:
        return await self.do(Accrue(points, **more), currency)

    async def spend(self, points: int, currency: Currency | None = None) -> int:
        return await self.do(Redeem(points), currency)

    async def take(self, seq: int, amount: int | None = None) -> int:
        """A cancel by hand."""
        return await self.do(Cancel(seq, amount))

    async def standing(
        self, currency: Currency | None = None, member: Member | None = None
    ) -> Standing:
        account = await self.account(currency, member)
        book = await self.ledger.read(account.account_id, tenant=TENANT)
        assert book is not None
        return Standing(book.active, book.sums().pending)

    async def active(self, currency: Currency | None = None) -> int:
        return (await self.standing(currency)).active

    async def awards(self, order: str = "A") -> list[tuple[int, int]]:
        """Of each award of the order, its row's number and what of it is in force."""
        from stampbook.loyalty.events import storing as events

        result = []
        for event in await judged_by(self.store, await self.order(order)):
            for held in await events.awards_of(self.store, event.event, tenant=TENANT):
                result.append((held.award.seq, held.in_force))
        return result

    async def in_force(self, order: str = "A") -> int:
        """What is in force of all awards of the order."""
        return sum(amount for _, amount in await self.awards(order))


def taken(effects: Effects | None) -> list[int]:
    """What each award lost."""
    assert effects is not None
    return [step.amount for step in effects.cascade if step.step in ("take_back", "threshold")]


def returned(effects: Effects | None) -> list[int]:
    """What each payment gave back."""
    assert effects is not None
    return [step.amount for step in effects.cascade if step.step == "return"]
