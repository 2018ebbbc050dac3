"""Events and what they earn: rules.md §3 and §4, in its order."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.model.loyalty.judging import Gain, Result, result
from tests.model.loyalty.periods import later, same_period
from tests.model.loyalty.values import (
    Account,
    Award,
    Event,
    Facts,
    Given,
    Order,
    Refusal,
    Rule,
    Version,
)
from tests.model.loyalty.world import World


class Match(NamedTuple):
    rule: Rule
    number: int
    version: Version
    result: Result


class Awarding(World):
    """Judges events."""

    # -- facts ------------------------------------------------------------------------------

    def facts_of(self, event: Event) -> Facts:
        """The frozen facts, with the order as it remains and the totals as they are now: never
        more than those by which it was judged."""
        facts: Facts = dict(event.facts)
        if event.order is not None:
            facts |= order_facts(self.state.orders[event.order])
        most = event.facts.get("totals")
        now = self.totals(event)
        if most is not None:
            now = {name: min(count, most[name]) for name, count in now.items()}
        return facts | {"totals": now}

    def totals(self, event: Event) -> dict[str, int]:
        """Orders in force of the member, up to and with this event."""
        orders = [
            self.state.orders[each.order]
            for each in self.state.events.values()
            if each.member == event.member
            and each.order is not None
            and each.position <= event.position
        ]
        return {
            "orders": sum(order.remaining > 0 for order in orders),
            "visits": 0,
            "sold": sum(order.remaining for order in orders),
        }

    # -- events -----------------------------------------------------------------------------

    def fire(
        self,
        name: str,
        member: str,
        kind: str,
        effective_at: int,
        *,
        order: str | None = None,
        facts: Facts | None = None,
        body: Any = None,
    ) -> None:
        """Store the event, judge it, and write what it earns."""
        who = self.state.members[member]
        tiers = self.tiers_of(member)
        frozen: Facts = {
            "member": {
                "tiers": tiers,
                "tier": tiers[0] if tiers else "",
                "segments": sorted(who.segments),
                "metadata": dict(who.metadata),
            },
            "local": self.local(effective_at),
        } | (facts or {})
        position = 1 + sum(each.member == member for each in self.state.events.values())
        event = Event(name, member, kind, effective_at, position, frozen, order, body=body)
        self.state.events[name] = event
        if not (who.active and self.active):
            return
        event.facts["totals"] = self.totals(event)
        before = {currency: self.holds((member, currency)) for currency in self.currencies}
        for match in self.judge(event):
            self.write(event, match, before)

    def holds(self, name: Account) -> int:
        """Active and pending points."""
        ledger = self.accounts.get(name)
        return 0 if ledger is None else ledger.active + ledger.sum("pending")

    def judge(self, event: Event) -> list[Match]:
        matches: list[Match] = []
        for rule, number, version in self.candidates(event):
            if not self.within_limits(rule, version, event):
                continue
            found = result(version, self.facts_of(event), self.currencies)
            if found is not None:
                matches.append(Match(rule, number, version, found))
        return self.exclusive(event, matches)

    def worth(self, event: Event, match: Match) -> int:
        """What a match gives of its first currency: its budget does not grow with its effects."""
        gains = match.result.gains
        if not gains:
            return 0
        of_first = [gain for gain in gains if gain.currency == gains[0].currency]
        total = sum(gain.points for gain in of_first)
        return self.budgeted(event, match, of_first[0]._replace(points=total))

    def exclusive(self, event: Event, matches: list[Match]) -> list[Match]:
        """Of rules with one group, the first stays, or the one with the most points."""

        def stays(match: Match) -> bool:
            if match.version.group is None:
                return True
            rivals = [each for each in matches if each.version.group == match.version.group]
            if not rivals[0].version.best:
                return rivals[0] is match
            return max(rivals, key=lambda each: self.worth(event, each)) is match

        return [match for match in matches if stays(match)]

    def candidates(self, event: Event) -> list[tuple[Rule, int, Version]]:
        found = []
        for rule in self.state.rules.values():
            version = rule.at(event.effective_at)
            if version is None or rule.deleted or not rule.active:
                continue
            terms = version[1]
            if terms.trigger != event.kind or terms.name not in (None, event.facts.get("called")):
                continue
            if terms.starts_at is not None and event.effective_at < terms.starts_at:
                continue
            if terms.ends_at is not None and event.effective_at >= terms.ends_at:
                continue
            found.append((rule, *version))
        return sorted(found, key=lambda each: (-each[2].priority, each[0].number))

    # -- limits of rules --------------------------------------------------------------------

    def counted(self, rule: str) -> list[Award]:
        """Awards in force of a rule. Those of an event to be judged have not been written."""
        return [
            award
            for award in self.state.awards
            if award.rule == rule and self.in_force(award.account, award.row) > 0
        ]

    def within_limits(self, rule: Rule, version: Version, event: Event) -> bool:
        at, limits = event.effective_at, version.limits
        own = self.triggered(rule.name, event.member)
        if limits.cooldown is not None:
            count, unit = limits.cooldown
            for _, instant in own:
                first, second = sorted((instant, at))
                if second < later(first, count, unit, self.zone):
                    return False
        if limits.frequency is not None:
            most, unit = limits.frequency
            if len({name for name, t in own if same_period(unit, t, at, self.zone)}) >= most:
                return False
        if limits.budget is not None and limits.budget[0] == "triggers":
            _, most, unit = limits.budget
            everyone = self.triggered(rule.name, None)
            if len({name for name, t in everyone if same_period(unit, t, at, self.zone)}) >= most:
                return False
        return True

    def triggered(self, rule: str, member: str | None) -> list[tuple[str, int]]:
        """Event and instant of each award and grant in force of a rule."""
        awards = [
            (award.event, award.effective_at)
            for award in self.counted(rule)
            if member in (None, award.account[0])
        ]
        return awards + self.granted(rule, member)

    def granted(self, rule: str, member: str | None) -> list[tuple[str, int]]:
        """See tests/model/loyalty/rewards.py."""
        raise NotImplementedError

    # -- writing ----------------------------------------------------------------------------

    def write(self, event: Event, match: Match, before: dict[str, int]) -> None:
        """`before`: what the member held of each currency; limits come before what is written."""
        used = 0
        for gain in match.result.gains:
            within = self.budgeted(event, match, gain, used)
            if gain.currency == budgeted(match.version):
                used += within
            amount = self.limited(event, gain, within, before[gain.currency])
            if amount <= 0:
                continue
            account = (event.member, gain.currency)
            effect = match.version.earnings[match.result.earning].effects[gain.effect]
            assert not isinstance(effect, Given)
            row = self.accrue(
                account,
                amount,
                event.effective_at,
                pending_days=effect.pending_days,
                expiry_days=effect.expiry_days,
            )
            self.state.awards.append(
                Award(
                    event.name,
                    match.rule.name,
                    match.version,
                    match.result.earning,
                    gain.effect,
                    account,
                    row,
                    gain.points,
                    amount,
                    event.effective_at,
                )
            )
        for place, benefit in match.result.benefits:
            earning = match.result.earning
            self.grant(event, match.rule, match.version, earning, place, benefit)

    def grant(
        self, event: Event, rule: Rule, version: Version, earning: int, place: int, benefit: str
    ) -> None:
        """See tests/model/loyalty/rewards.py."""
        raise NotImplementedError

    def budgeted(self, event: Event, match: Match, gain: Gain, taken: int = 0) -> int:
        """What the rule's budget of points leaves of a gain; earlier effects have `taken` theirs,
        whatever the currency's limits then left of it. An award of this event is not counted."""
        budget = match.version.limits.budget
        if budget is None or budget[0] != "points" or gain.currency != budgeted(match.version):
            return gain.points
        used = sum(
            self.in_force(award.account, award.row)
            for award in self.counted(match.rule.name)
            if award.account[1] == gain.currency
            and award.event != event.name
            and same_period(budget[2], award.effective_at, event.effective_at, self.zone)
        )
        return max(0, min(gain.points, budget[1] - used - taken))

    def limited(self, event: Event, gain: Gain, amount: int, before: int) -> int:
        """What the limits of the currency leave."""
        at = event.effective_at
        limits = self.currencies[gain.currency].limits
        if limits.per_transaction is not None and amount > limits.per_transaction:
            return 0
        account = (event.member, gain.currency)
        if limits.balance is not None:
            given = sum(
                award.amount for award in self.awards_of(event.name) if award.account == account
            )
            amount = min(amount, limits.balance - before - given)
        if limits.period is not None:
            most, unit = limits.period
            used = sum(
                self.in_force(award.account, award.row)
                for award in self.state.awards
                if award.account == account and same_period(unit, award.effective_at, at, self.zone)
            )
            amount = min(amount, most - used)
        return amount

    # -- custom events ----------------------------------------------------------------------

    def custom_event(
        self, name: str, member: str, called: str, metadata: Facts, effective_at: int | None
    ) -> None:
        body = (member, called, metadata, effective_at)
        if name in self.state.events:
            if self.state.events[name].body != body:
                raise Refusal("external_id_taken")
            return
        self.fire(
            name,
            member,
            "custom_event",
            self.now if effective_at is None else effective_at,
            facts={"called": called, "event": {"name": called, "metadata": metadata}},
            body=body,
        )

    def cancel_event(self, name: str) -> None:
        """All its awards, whole."""
        event = self.state.events[name]
        if event.cancelled:
            return
        event.cancelled = True
        for award in reversed(self.awards_of(name)):
            self.cancel(award.account, award.row, None)
        self.drop_grants(name)

    def drop_grants(self, event: str) -> None:
        """See tests/model/loyalty/rewards.py."""


def budgeted(version: Version) -> str | None:
    """The currency that a budget of points counts: that of the first effect."""
    effects = [effect for earning in version.earnings for effect in earning.effects]
    return next((effect.currency for effect in effects if not isinstance(effect, Given)), None)


def order_facts(order: Order) -> Facts:
    """What remains of an order."""
    lines: list[Facts] = [
        {
            "item": line.item,
            "categories": line.categories,
            "quantity": line.quantity,
            "amount": left_of(line.amount, line.left, line.total),
            "total": line.left,
        }
        for line in order.lines
        if line.left or not order.refunded
    ]
    amount = left_of(order.amount, order.remaining, order.total)
    if lines:
        amount = sum(line["amount"] for line in lines)
    facts: Facts = {
        "amount": amount,
        "discount": amount - order.remaining,
        "total": order.remaining,
        "money": order.remaining - left_of(order.points_paid, order.remaining, order.total),
        "metadata": order.metadata,
        "quantity": sum(line["quantity"] for line in lines),
    }
    if order.channel is not None:
        facts["channel"] = order.channel
    return {"order": facts, "lines": lines}


def left_of(amount: int, left: int, total: int) -> int:
    """The part of an amount that belongs to what is left of a total."""
    return amount - amount * (total - left) // total if total else amount
