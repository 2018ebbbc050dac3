"""The rewards and benefits of the real thing, by the names of the naive model's requests."""

from __future__ import annotations

from typing import Any

from stampbook.loyalty.model import Cooldown, Frequency
from stampbook.loyalty.rewards import (
    benefits,
    buying,
    codes,
    grants,
    offers,
    purchases,
    refunding,
    rewards,
)
from stampbook.loyalty.rewards.model import (
    BenefitTerms,
    BenefitType,
    Bought,
    Code,
    Cost,
    RewardTerms,
    RewardType,
)
from stampbook.programs.currencies import Currency
from tests.model.loyalty.real.orders import Orders
from tests.model.loyalty.real.program import TENANT
from tests.model.loyalty.seen import SeenGrant, SeenPurchase, View


class RealShop(Orders):
    """One program on a store, with its rewards."""

    def forget(self) -> None:
        self.rewards: dict[str, int] = {}
        self.benefits: dict[str, int] = {}
        self.purchases: dict[str, int] = {}

    def benefit_numbers(self) -> dict[str, int]:
        return self.benefits

    async def add_reward(self, name: str, reward: dict[str, Any]) -> None:
        bought = reward.get("bought")
        terms = RewardTerms(
            costs=tuple(
                Cost(self._currency(of).currency_id, points, condition and condition.cel)
                for of, points, condition in reward["costs"]
            ),
            sku="mug" if reward["kind"] == "material" else None,
            is_pooled=reward.get("pool") is not None,
            bought=(Bought(self._currency(bought[0]).currency_id, bought[1]),) if bought else (),
            cooldown=Cooldown(*reward["cooldown"]) if reward.get("cooldown") else None,
            frequency=Frequency(*reward["frequency"]) if reward.get("frequency") else None,
        )
        async with self.store.transaction() as writing:
            made = await rewards.create(
                writing,
                tenant=TENANT,
                program=self.program.program_id,
                name=name,
                type_=RewardType(reward["kind"]),
                terms=terms,
                now=self.now,
                status="active",
            )
            if reward.get("pool"):
                pool = [f"{each}-{made.reward_id}" for each in reward["pool"]]
                await codes.add_to_pool(
                    writing, pool, tenant=TENANT, reward=made.reward_id, now=self.now
                )
            await offers.put(
                writing,
                tenant=TENANT,
                program=self.program.program_id,
                reward=made.reward_id,
                stock=reward.get("stock"),
                now=self.now,
            )
        self.rewards[name] = made.reward_id

    def _currency(self, name: str) -> Currency:
        return self.currencies[name]

    async def switch_reward(self, name: str, on: bool) -> None:
        async with self.store.transaction() as writing:
            status = "active" if on else "inactive"
            await rewards.step(writing, self.rewards[name], status, tenant=TENANT, now=self.now)

    async def buy(self, name: str, member: str, reward: str, quantity: int) -> None:
        wish = buying.Wish(
            TENANT,
            self.program.program_id,
            self.members[member].member_id,
            self.rewards[reward],
            quantity,
            external_id=name,
        )
        sale = await buying.buy(self.ledger, wish)
        self.purchases[name] = sale.purchase.purchase_id

    async def use_code(self, purchase: str, place: int) -> None:
        code = (await codes.of_purchase(self.store, self.purchases[purchase]))[place]
        await self._use(code)

    async def use_grant(self, event: str) -> None:
        held = await self._held(await self._event(event))
        await self._use(next(code for each in held for code in each.codes))

    async def _use(self, code: Code) -> None:
        async with self.store.transaction() as writing:
            await codes.use(writing, code.code, tenant=TENANT, now=self.now)

    async def refund_purchase(
        self,
        purchase: str,
        *,
        quantity: int | None = None,
        write_off: bool = False,
        keep: bool = False,
    ) -> None:
        wanted = refunding.Return(
            TENANT,
            self.purchases[purchase],
            quantity,
            writes_off=write_off,
            keeps_codes=keep,
        )
        await refunding.refund(self.ledger, wanted)

    async def add_benefit(self, name: str, kind: str, stock: int | None) -> None:
        async with self.store.transaction() as writing:
            made = await benefits.create(
                writing,
                tenant=TENANT,
                program=self.program.program_id,
                name=name,
                type_=BenefitType(kind),
                terms=BenefitTerms(sku="cake" if kind == "material" else None),
                now=self.now,
                status="active",
                stock=stock,
            )
        self.benefits[name] = made.benefit_id

    # -- looking ------------------------------------------------------------------------------

    async def view(self) -> View:
        view = await super().view()
        for name, reward in self.rewards.items():
            offer = await offers.get(
                self.store, tenant=TENANT, program=self.program.program_id, reward=reward
            )
            assert offer is not None
            view.stocks[name] = offer.stock
        for name, number in self.benefits.items():
            benefit = await benefits.get(self.store, number, tenant=TENANT)
            assert benefit is not None
            view.stocks[name] = benefit.stock
        for name, number in self.purchases.items():
            found = await purchases.get(self.store, number, tenant=TENANT)
            assert found is not None
            held = await codes.of_purchase(self.store, number)
            view.purchases[name] = SeenPurchase(
                found.points, found.refunded, sorted(str(code.state) for code in held)
            )
        if not self.benefits:
            return view
        names = {number: name for name, number in self.events.items()}
        names |= {number: f"order {name}" for name, number in self.event_of.items()}
        for event, given in (
            await grants.of_events(self.store, list(names), tenant=TENANT)
        ).items():
            view.grants[names[event]] = sorted(
                SeenGrant(
                    self._rule_name(each.grant.rule_id),
                    each.grant.effect,
                    each.grant.state,
                    [str(code.state) for code in each.codes],
                )
                for each in given
            )
        return view

    def _rule_name(self, number: int) -> str:
        return next(name for name, each in self.rules.items() if each == number)

    async def _held(self, event: int) -> list[grants.HeldGrant]:
        return (await grants.of_events(self.store, [event], tenant=TENANT)).get(event, [])
