"""The orders and events of the real thing, and what is seen of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from stampbook.loyalty import model as theirs
from stampbook.loyalty.events import cancelling
from stampbook.loyalty.events import storing as events
from stampbook.loyalty.events.awarding import fire
from stampbook.loyalty.events.model import Occurrence
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.orders import model as ordering
from stampbook.loyalty.orders import paying, refunding, steps, storing, voiding
from stampbook.loyalty.orders.refunding import Ask
from stampbook.loyalty.orders.taking import Part, take_amount, take_parts, take_whole
from stampbook.loyalty.orders.voiding import Undo
from stampbook.loyalty.tiers.standing import standings
from stampbook.programs import accounts
from stampbook.storage.fingerprints import fingerprint
from tests.ledgers.in_memory import seen_balance
from tests.model.loyalty.real.program import TENANT, Program, RefusedAgain
from tests.model.loyalty.seen import NOTHING, SeenAward, SeenOrder, SeenPayment, View
from tests.model.loyalty.values import Account, Facts, Line

MONEY = "EUR"
EVERYTHING = 500
"""More than one history has of anything."""

Status = ordering.Status


class Orders(Program):
    """Takes orders and events."""

    # -- orders -----------------------------------------------------------------------------

    async def make_order(
        self,
        name: str,
        member: str,
        *,
        paid: bool = False,
        amount: int,
        discount: int = 0,
        lines: tuple[Line, ...] = (),
        channel: str | None = None,
        metadata: Facts | None = None,
        effective_at: int | None = None,
    ) -> None:
        items = tuple(
            ordering.Item(
                str(place),
                int(line.quantity * ordering.THOUSANDTHS),
                line.amount,
                line.total,
                item=line.item,
                categories=line.categories,
            )
            for place, line in enumerate(lines)
        )
        content = ordering.Content(
            MONEY, 2, amount, amount - discount, items, channel=channel, metadata=metadata or {}
        )
        order = ordering.Order(
            number=0,
            version=0,
            tenant=TENANT,
            program=self.program.program_id,
            member=self.members[member].member_id,
            customer=None,
            external_id=name,
            status=Status.PAID if paid else Status.CREATED,
            content=content,
            refunded=0,
            origin=None,
            judged=None,
            effective_at=self.now if effective_at is None else effective_at,
            paid_at=None,
            fulfilled_at=None,
            cancelled_at=None,
            created_at=self.now,
            updated_at=self.now,
        )
        if effective_at is None:
            self.timeless.add(name)
        # The clock begins anew with each history: a number may be taken, and is drawn again.
        await self._put(name, lambda _: order._replace(number=new_number(self.now)))
        self.orders[name] = (await self._order(name)).number

    async def _put(self, name: str, make: Callable[[Any], ordering.Order]) -> None:
        async def watchers(order: ordering.Order) -> list[tuple[int, int]]:
            assert order.member is not None
            return [(self.program.program_id, order.member)]

        ask = steps.Put(lambda: self._find(name), make, watchers)
        await steps.put(self.desk, self.awarding, ask)

    async def _find(self, name: str) -> ordering.Order | None:
        return await storing.by_external_id(
            self.store, name, tenant=TENANT, program=self.program.program_id
        )

    async def _order(self, name: str) -> ordering.Order:
        found = await self._find(name)
        assert found is not None
        return found

    async def pay(self, name: str) -> None:
        def make(old: ordering.Order) -> ordering.Order:
            if old.is_paid:
                return old
            at = self.now if name in self.timeless else old.effective_at
            return old._replace(status=Status.PAID, effective_at=at)

        await self._put(name, make)

    async def change(self, name: str, amount: int) -> None:
        def make(old: ordering.Order) -> ordering.Order:
            return old._replace(content=old.content._replace(amount=amount, total=amount))

        await self._put(name, make)

    async def cancel_order(self, name: str) -> None:
        await self._put(name, lambda old: old._replace(status=Status.CANCELLED))

    async def pay_with_points(
        self,
        name: str,
        currency: str,
        *,
        max_amount: int | None = None,
        max_points: int | None = None,
    ) -> None:
        rules = self.terms[currency]
        order = await self._order(name)
        member = next(k for k, each in self.members.items() if each.member_id == order.member)
        found = None
        if rules.exchange is not None:
            money = rules.exchange.money * ordering.MILLIONTHS // 100
            exchange = ordering.Exchange(rules.exchange.points, money)
            found = paying.Terms(exchange, ordering.ReturnSpent(rules.returns))
        ask = paying.Pay(await self.account((member, currency)), found, max_amount, max_points)
        await paying.pay(self.desk, lambda: self._order(name), ask)
        self.with_points.add(name)

    async def refund(
        self,
        order: str,
        name: str,
        *,
        whole: bool = False,
        amount: int | None = None,
        lines: tuple[tuple[int, int | None, Fraction | None], ...] = (),
        cascade: bool = True,
    ) -> None:
        def choose(found: ordering.Order) -> Any:
            if lines:
                return take_parts(found, [_part(*each) for each in lines])
            return take_whole(found) if amount is None else take_amount(found, amount)

        ask = Ask(
            choose,
            fingerprint=f"{order} {whole} {amount} {lines} {cascade}",
            external_id=name,
            cascade=cascade,
        )
        await self._refund_as_previewed(order, ask)

    async def _refund_as_previewed(self, order: str, ask: Ask) -> None:
        """R7: the cascade that is written is the one of a preview, which wrote nothing."""
        before = await self.view()

        async def preview() -> None:
            nonlocal ask
            found = await refunding.refund(
                self.desk, lambda: self._order(order), ask._replace(dry_run=True)
            )
            if not found.replayed:
                ask = ask._replace(token=found.effects.token)

        async def write() -> None:
            await refunding.refund(self.desk, lambda: self._order(order), ask)

        refused = await self.request(preview)
        changed = before.differences(await self.view())
        assert not changed, f"R7: a preview has changed something: {changed}"
        written = await self.request(write)
        assert written == refused, f"R7: the preview {refused}, the refund {written}"
        if written is not None:
            raise RefusedAgain(written)

    async def return_payment(self, name: str, place: int) -> None:
        order = await self._order(name)
        payment = (await storing.payments_of(self.store, order))[place]
        ask = paying.Return(payment.number)
        await paying.return_payment(self.desk, lambda: self._order(name), ask)

    async def void(self, name: str) -> None:
        found = await storing.refund_by_external_id(
            self.store, name, tenant=TENANT, program=self.program.program_id
        )
        assert found is not None
        order = next(k for k, number in self.orders.items() if number == found.order)
        await voiding.void(self.desk, lambda: self._order(order), Undo(found.number))

    # -- custom events ------------------------------------------------------------------------

    async def custom_event(
        self, name: str, member: str, called: str, metadata: Facts, effective_at: int | None
    ) -> None:
        about = json.dumps(metadata)
        what = Occurrence(
            tenant=TENANT,
            program=self.program.program_id,
            member=self.members[member].member_id,
            kind=theirs.Trigger.CUSTOM_EVENT,
            effective_at=effective_at,
            external_id=name,
            fingerprint=fingerprint({"of": [member, called, about, effective_at]}),
            name=called,
            metadata=about,
        )
        (judged,) = await fire(self.awarding, [what])
        self.events[name] = judged.event.event_id

    async def cancel_event(self, name: str) -> None:
        await cancelling.cancel(self.awarding, self.events[name], tenant=TENANT)

    # -- looking ------------------------------------------------------------------------------

    async def view(self) -> View:
        """Everything that is compared."""
        view = View()
        for member in self.members:
            for currency in self.currencies:
                view.accounts[member, currency] = await self._balance((member, currency))
        awards = await self._awards()
        for name in self.events:
            view.events[name] = sorted(awards.get(self.events[name], []))
        orders = {
            order.number: order
            for order in await storing.page(
                self.store, tenant=TENANT, program=self.program.program_id, limit=EVERYTHING
            )
        }
        for name, number in self.orders.items():
            event = await self._event_of_order(name)
            view.orders[name] = await self._seen_order(
                name, orders[number], sorted(awards.get(event or 0, []))
            )
        if self.tiers:
            for person, who in self.members.items():
                own = await accounts.of_member(self.store, who.member_id)
                await self.ledger.settle([each.account_id for each in own])
                found = await standings(self.store, self.program, who, self.now)
                view.tiers[person] = [each.name for each in found]
        return view

    async def _balance(self, name: Account) -> tuple[Any, ...]:
        member, currency = self.members[name[0]], self.currencies[name[1]]
        found = await accounts.primary(
            self.store, member=member.member_id, currency=currency.currency_id
        )
        book = None if found is None else await self.ledger.read(found.account_id, tenant=TENANT)
        return NOTHING if book is None else tuple(seen_balance(book)[: len(NOTHING)])

    async def _awards(self) -> dict[int, list[SeenAward]]:
        """All awards of the program, by event."""
        of = {each.currency_id: name for name, each in self.currencies.items()}
        found: dict[int, list[SeenAward]] = {}
        for name, rule in self.rules.items():
            for held in await events.awards_of_rule(
                self.store, rule, tenant=TENANT, limit=EVERYTHING
            ):
                award = held.award
                seen = SeenAward(
                    name,
                    award.earning,
                    award.effect,
                    of[award.currency],
                    award.calculated,
                    award.amount,
                    held.in_force,
                )
                found.setdefault(award.event_id, []).append(seen)
        return found

    async def _seen_order(
        self, name: str, order: ordering.Order, awards: list[SeenAward]
    ) -> SeenOrder:
        payments = await storing.payments_of(self.store, order) if name in self.with_points else []
        return SeenOrder(
            str(order.status),
            order.refunded,
            [item.remaining for item in order.content.lines],
            awards,
            [SeenPayment(each.amount, each.points, each.left) for each in payments],
        )


def _part(place: int, money: int | None, quantity: Fraction | None) -> Part:
    if quantity is None:
        return Part(str(place), amount=money)
    return Part(str(place), quantity=int(quantity * ordering.THOUSANDTHS))
