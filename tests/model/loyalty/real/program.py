"""A program of the real thing on a store: the requests of the naive model, by the same names.

It goes through the core (loyalty/orders, loyalty/events, loyalty/rules), not through HTTP, so that
a hundred thousand histories can be played.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from stampbook.domain.commands import Accrue, Cancel, Command, Redeem
from stampbook.domain.policy import (
    ExpiryRule,
    ExpiryType,
    PendingRule,
    PendingType,
    SpentAccrual,
    Unit,
)
from stampbook.domain.policy import Period as Length
from stampbook.ledger.engine import Ledger
from stampbook.ledger.guarding import Guardians
from stampbook.ledger.joint import JointRefused
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.loyalty import faults
from stampbook.loyalty import model as theirs
from stampbook.loyalty.events import storing as events
from stampbook.loyalty.events.acquaintances import Acquaintances
from stampbook.loyalty.events.awarding import Awarding
from stampbook.loyalty.orders.guarding import OrderGuardian
from stampbook.loyalty.orders.refunding import Desk
from stampbook.loyalty.rewards.guarding import PurchaseGuardian
from stampbook.loyalty.rules import storing as rules
from stampbook.loyalty.rules.catalogue import Catalogues
from stampbook.loyalty.tiers import groups as tiers
from stampbook.loyalty.tiers.terms import Terms as Levels
from stampbook.loyalty.turns import Turns
from stampbook.programs import accounts, currencies, members, programs
from stampbook.programs.faults import Gone
from stampbook.programs.policies import Terms
from stampbook.storage.store import Store
from tests.model.loyalty.histories import Setup
from tests.model.loyalty.real.translating import translate
from tests.model.loyalty.values import Account, Currency, Exchange, TierGroup, Version

TENANT = 1


class RefusedAgain(Exception):
    """A refusal by its code alone."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Program:
    """One program on a store. Each history has a program of its own."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = 0
        self.ledger = Ledger(
            store,
            clock=lambda: self.now,
            guardian=Guardians(OrderGuardian(store), PurchaseGuardian(store)),
        )
        self.desk = Desk(store, self.ledger)
        self.awarding = Awarding(
            store, self.ledger, lambda: self.now, Catalogues(), Turns(), Acquaintances()
        )

    async def begin(self, setup: Setup, now: int) -> None:
        """A new program as a history begins."""
        self.now = now
        self.terms = dict(setup.currencies)
        self.currencies: dict[str, currencies.Currency] = {}
        self.members: dict[str, members.Member] = {}
        self.rules: dict[str, int] = {}
        self.accounts: dict[Account, int] = {}
        self.events: dict[str, int] = {}
        self.orders: dict[str, int] = {}
        self.timeless: set[str] = set()
        self.with_points: set[str] = set()
        self.event_of: dict[str, int] = {}
        self.by_hand: list[tuple[int, int]] = []
        self.tiers: dict[str, int] = {}
        self.forget()
        async with self.store.transaction() as writing:
            self.program = await programs.create(
                writing, tenant=TENANT, name="shop", now=now, timezone=setup.zone
            )
            for name, each in setup.currencies.items():
                self.currencies[name] = await currencies.create(
                    writing, self.program, name=name, scale=each.scale, terms=terms(each), now=now
                )
                await self._limit(writing, self.currencies[name].currency_id, each)
            await self._group(writing, setup.tiers)
            for name, (metadata, segments) in setup.members.items():
                member = await members.create(
                    writing, self.program, now=now, metadata=json.dumps(metadata)
                )
                self.members[name] = member
                for segment in segments:
                    await writing.execute(
                        "INSERT INTO segment_members (program_id, segment, member_id, entered_at)"
                        " VALUES ($1, $2, $3, $4)",
                        self.program.program_id,
                        segment,
                        member.member_id,
                        now,
                    )

    def forget(self) -> None:
        """What else is remembered of a history; see real_rewards.py."""

    async def _group(self, writing: Any, group: TierGroup | None) -> None:
        if group is None:
            return
        made = await tiers.create(
            writing,
            self.program,
            currency=self.currencies[group.currency].currency_id,
            name="levels",
            tiers=[tiers.NewTier(name, least) for name, least in group.tiers],
            now=self.now,
            terms=Levels(basis=group.basis),  # type: ignore[arg-type]
        )
        self.tiers = {"tiers": made.tier_group_id}
        self.tiers |= {f"tier {each.name}": each.tier_id for each in made.tiers}

    async def _limit(self, writing: Any, currency: int, rules: Currency) -> None:
        limits = {
            "per_transaction": rules.limits.per_transaction,
            "balance": rules.limits.balance,
            "period": rules.limits.period
            and {"max": rules.limits.period[0], "period": rules.limits.period[1]},
        }
        text = json.dumps({key: value for key, value in limits.items() if value is not None})
        await writing.execute(
            "INSERT INTO currency_options (currency_id, earning_limits) VALUES ($1, $2)"
            " ON CONFLICT (currency_id) DO UPDATE SET earning_limits = $2",
            currency,
            text,
        )

    async def request(self, work: Callable[[], Awaitable[Any]]) -> str | None:
        """The code of the refusal, or None."""
        try:
            await work()
        except faults.Refused as refused:
            return str(refused.code)
        except JointRefused as refused:
            return str(refused.refusal.code)
        except RefusedAgain as refused:
            return refused.code
        except Gone:
            return "not_found"
        return None

    async def set_exchange(self, currency: str, exchange: Exchange | None, returns: str) -> None:
        """Of later payments: each names its own (native API: options of the currency)."""
        self.terms[currency] = self.terms[currency]._replace(exchange=exchange, returns=returns)

    # -- rules ------------------------------------------------------------------------------

    async def add_rule(self, name: str, version: Version) -> None:
        async with self.store.transaction() as writing:
            made = await rules.create(
                writing,
                tenant=TENANT,
                program=self.program.program_id,
                name=name,
                version=self._version(version),
                now=self.now,
            )
            await rules.activate(writing, made, now=self.now)
        self.rules[name] = made.rule_id

    def _version(self, version: Version) -> theirs.Version:
        numbers = {name: each.currency_id for name, each in self.currencies.items()}
        return translate(version, self.terms, numbers | self.benefit_numbers() | self.tiers)

    def benefit_numbers(self) -> dict[str, int]:
        return {}

    async def _rule(self, name: str) -> rules.Rule:
        found = await rules.get(self.store, self.rules[name], tenant=TENANT)
        assert found is not None
        return found

    async def change_rule(self, name: str, version: Version) -> None:
        rule = await self._rule(name)
        async with self.store.transaction() as writing:
            await rules.update(writing, rule, content=self._version(version), now=self.now)

    async def switch_rule(self, name: str, on: bool) -> None:
        rule = await self._rule(name)
        async with self.store.transaction() as writing:
            await (rules.activate if on else rules.deactivate)(writing, rule, now=self.now)

    async def delete_rule(self, name: str) -> None:
        rule = await self._rule(name)
        async with self.store.transaction() as writing:
            await rules.delete(writing, rule, now=self.now)

    # -- members and their points -------------------------------------------------------------

    async def switch_program(self, on: bool) -> None:
        async with self.store.transaction() as writing:
            self.program = await programs.update(
                writing,
                self.program.program_id,
                {"status": "active" if on else "inactive"},
                tenant=TENANT,
                now=self.now,
            )

    async def switch_member(self, member: str, on: bool) -> None:
        async with self.store.transaction() as writing:
            changed, touched = await members.update(
                writing,
                self.members[member].member_id,
                {"status": "active" if on else "inactive"},
                tenant=TENANT,
                now=self.now,
            )
        self.members[member] = changed
        self.ledger.forget(touched)

    async def account(self, name: Account) -> accounts.Account:
        member, currency = self.members[name[0]], self.currencies[name[1]]
        return await accounts.primary_or_open(self.store, member, currency, now=self.now)

    async def _do(self, name: Account, command: Command) -> None:
        account = await self.account(name)
        done = await self.ledger.submit(Submission(TENANT, account.account_id, (command,)))
        if not isinstance(done, Done):
            raise JointRefused(account.account_id, done)

    async def give(self, member: str, currency: str, points: int) -> None:
        await self._do((member, currency), Accrue(points))

    async def spend(self, member: str, currency: str, points: int) -> None:
        await self._do((member, currency), Redeem(points))

    async def cancel_award(self, event: str, place: int, amount: int | None) -> None:
        found = await self._event(event)
        names = {number: name for name, number in self.rules.items()}
        held = await events.awards_of(self.store, found, tenant=TENANT)
        awards = sorted(
            (each.award for each in held),
            key=lambda each: (names[each.rule], each.earning, each.effect),
        )
        award = awards[place]
        done = await self.ledger.submit(
            Submission(TENANT, award.account, (Cancel(award.seq, amount),))
        )
        if not isinstance(done, Done):
            raise JointRefused(award.account, done)
        if not done.already:  # else it names the cancel of a refund, perhaps
            self.by_hand.append((award.account, done.transaction.seq))

    async def undo_cancel(self, place: int) -> None:
        account, seq = self.by_hand[place]
        done = await self.ledger.submit(Submission(TENANT, account, (Cancel(seq),)))
        if not isinstance(done, Done):
            raise JointRefused(account, done)

    async def _event(self, name: str) -> int:
        if not name.startswith("order "):
            return self.events[name]
        found = await self._event_of_order(name.removeprefix("order "))
        assert found is not None
        return found

    async def _event_of_order(self, name: str) -> int | None:
        """None: it has not been paid."""
        if name not in self.event_of:
            found = await events.of_order(self.store, self.orders[name], tenant=TENANT)
            if not found:
                return None
            self.event_of[name] = found[0].event_id
        return self.event_of[name]


def terms(rules: Currency) -> Terms:
    pending, expiry = PendingRule(), ExpiryRule()
    if rules.pending_days:
        pending = PendingRule(PendingType.PERIOD, Length(rules.pending_days, Unit.DAY))
    if rules.expiry_days:
        expiry = ExpiryRule(ExpiryType.ROLLING, Length(rules.expiry_days, Unit.DAY))
    return Terms(pending=pending, expiry=expiry, spent_accrual=SpentAccrual(rules.spent))
