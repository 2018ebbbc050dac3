"""A program by itself: members and their accounts, rules and their versions, time, snapshots."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from stampbook.domain.commands import Accrue, Cancel, Command, Note, Redeem
from stampbook.domain.model import AccountStatus
from stampbook.domain.policy import (
    ExpiryRule,
    ExpiryType,
    PendingRule,
    PendingType,
    Period,
    Policy,
    SpentAccrual,
    Unit,
)
from tests.model.loyalty import periods
from tests.model.loyalty.values import (
    DAY,
    Account,
    Award,
    Currency,
    Event,
    Facts,
    Order,
    Payment,
    Refund,
    Refusal,
    Rule,
    TierGroup,
    Version,
)
from tests.model.naive import Account as Ledger
from tests.model.points import GIVING, AlreadyDone, Refused


@dataclass
class Member:
    active: bool = True
    metadata: Facts = field(default_factory=dict)
    segments: set[str] = field(default_factory=set)


@dataclass
class State:
    """Everything but the accounts. A refused request goes back to a copy."""

    members: dict[str, Member] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    payments: list[Payment] = field(default_factory=list)
    awards: list[Award] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    """What rewards and benefits keep (tests/model/loyalty/rewards.py)."""


class World:
    """One program. Requests are methods; each raises `Refusal` and then has had no effect."""

    def __init__(
        self,
        currencies: dict[str, Currency],
        *,
        zone: str = "UTC",
        tiers: TierGroup | None = None,
    ) -> None:
        self.currencies = dict(currencies)
        self.zone = zone
        self.tiers = tiers
        self.active = True
        self.now = 0
        self.state = State()
        self.accounts: dict[Account, Ledger] = {}

    # -- requests -----------------------------------------------------------------------

    def request(self, work: Callable[[], Any]) -> str | None:
        """The code of the refusal, or None. Time passes in either case."""
        try:
            with self.whole():
                work()
        except Refusal as refusal:
            return refusal.code
        return None

    @contextmanager
    def whole(self) -> Iterator[None]:
        """All or nothing over all accounts and everything else (R9)."""
        self.settle()
        accounts = {name: account.keep() for name, account in self.accounts.items()}
        state = copy.deepcopy(self.state)
        try:
            yield
        except Refusal:
            for name, account in self.accounts.items():
                if name in accounts:
                    account.go_back(accounts[name])
            for name in set(self.accounts) - set(accounts):
                del self.accounts[name]
            self.state = state
            raise

    def settle(self) -> None:
        for account in self.accounts.values():
            account.pass_time(max(self.now, account.clock))

    # -- accounts -----------------------------------------------------------------------

    def account(self, name: Account) -> Ledger:
        if name not in self.accounts:
            self.accounts[name] = Ledger(self.policy(name[1]))
            self.accounts[name].clock = self.now
        account = self.accounts[name]
        member = self.state.members[name[0]]
        account.status = AccountStatus.OPEN if member.active else AccountStatus.MEMBER_INACTIVE
        account.policy = self.policy(name[1])
        return account

    def policy(self, currency: str) -> Policy:
        rules = self.currencies[currency]
        return Policy(
            currency=1,
            program=1,
            tenant=1,
            version=1,
            scale=rules.scale,
            timezone=self.zone,
            accepts=self.active,
            pending=PendingRule(PendingType.PERIOD, Period(rules.pending_days, Unit.DAY))
            if rules.pending_days
            else PendingRule(),
            expiry=ExpiryRule(ExpiryType.ROLLING, Period(rules.expiry_days, Unit.DAY))
            if rules.expiry_days
            else ExpiryRule(),
            spent_accrual=SpentAccrual(rules.spent),
        )

    def submit(self, name: Account, command: Command) -> int:
        """The row that the command wrote, or 0 if it was done already."""
        try:
            row = self.account(name).submit(command, self.now)
        except Refused as refused:
            raise Refusal(refused.code.value) from None
        except AlreadyDone:
            return 0
        assert row is not None
        return row.n

    def accrue(
        self,
        name: Account,
        points: int,
        effective_at: int,
        *,
        pending_days: int | None = None,
        expiry_days: int | None = None,
    ) -> int:
        """An accrual by the currency's dates, or by those of the effect."""
        activates = expires = None
        if pending_days is not None:
            activates = effective_at + pending_days * DAY
        if expiry_days is not None:
            starts = activates
            if starts is None:
                days = self.currencies[name[1]].pending_days or 0
                starts = effective_at + days * DAY
            expires = starts + expiry_days * DAY
        note = Note(effective_at=effective_at)
        return self.submit(
            name, Accrue(points, activates_at=activates, expires_at=expires, note=note)
        )

    def cancel(self, name: Account, row: int, amount: int | None) -> int:
        return self.submit(name, Cancel(row, amount))

    def in_force(self, name: Account, row: int) -> int:
        return self.accounts[name].in_force(row)

    # -- by hand --------------------------------------------------------------------------

    def give(self, member: str, currency: str, points: int) -> None:
        """An accrual by hand: no award."""
        self.submit((member, currency), Accrue(points))

    def spend(self, member: str, currency: str, points: int) -> None:
        self.submit((member, currency), Redeem(points))

    def cancel_award(self, event: str, place: int, amount: int | None) -> None:
        """Cancel the accrual of one award of the event by hand: that award only (10.8)."""
        awards = sorted(
            self.awards_of(event), key=lambda each: (each.rule, each.earning, each.effect)
        )
        award = awards[place]
        row = self.cancel(award.account, award.row, amount)
        if row:
            self.state.more.setdefault("by hand", []).append((event, award.account, row))

    def undo_cancel(self, place: int) -> None:
        """Cancel such a cancel: what it took comes back, if nothing of the order is refunded."""
        event, account, row = self.state.more["by hand"][place]
        order = self.state.events[event].order
        ledger = self.account(account)
        done = ledger.rows[row].cancelled >= ledger.rows[row].base
        if order is not None and self.state.orders[order].refunded and not done:
            raise Refusal("not_cancellable")
        self.cancel(account, row, None)

    def awards_of(self, event: str) -> list[Award]:
        return [award for award in self.state.awards if award.event == event]

    # -- members and rules ------------------------------------------------------------------

    def add_member(self, name: str, metadata: Facts, segments: tuple[str, ...]) -> None:
        self.state.members[name] = Member(metadata=metadata, segments=set(segments))

    def add_rule(self, name: str, version: Version) -> None:
        number = len(self.state.rules) + 1
        self.state.rules[name] = Rule(name, number, [(self.now, version)])

    def change_rule(self, name: str, version: Version) -> None:
        self.state.rules[name].versions.append((self.now, version))

    # -- tiers ------------------------------------------------------------------------------

    def tiers_of(self, member: str) -> list[str]:
        """The member's tier now, if they have one."""
        if self.tiers is None:
            return []
        count = self.counted_for_tiers(self.tiers, member)
        return [tier for tier, least in self.tiers.tiers if count >= least][-1:]

    def counted_for_tiers(self, group: TierGroup, member: str) -> int:
        """`earned`: accruals in force, pending and spent ones too. `spend`: orders in force."""
        account = self.accounts.get((member, group.currency))
        if group.basis == "spend":
            orders = [
                self.state.orders[event.order]
                for event in self.state.events.values()
                if event.member == member and event.order is not None
            ]
            return sum(order.remaining for order in orders)
        if account is None:
            return 0
        if group.basis == "balance":
            return account.active
        # What a cancel could not take (`clamp`) stays in force.
        return sum(
            account.in_force(n) + sum(lot.claimed for lot in account.lots_of(n))
            for n, row in account.rows.items()
            if row.kind in GIVING
        )

    def local(self, instant: int) -> dict[str, int | str]:
        return periods.facts(instant, self.zone)
