"""Whether awards that were taken back may come back in force: not beyond a limit.

Meanwhile others may have used what an award had left of a limit. The limits of rules are those of
the award's version, the limits of currencies those of today. What an account holds limits only new
awards.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.joint import Guard, JointRefused
from stampbook.loyalty.events import storing
from stampbook.loyalty.events.model import Event, budget_guard, member_guard
from stampbook.loyalty.judging.candidates import Candidate
from stampbook.loyalty.judging.judging import unavailable
from stampbook.loyalty.judging.periods import bounds
from stampbook.loyalty.judging.values import Held, Used
from stampbook.loyalty.model import Award, Facts, Version
from stampbook.loyalty.rewards import grants
from stampbook.loyalty.rules import currency_limits, using
from stampbook.loyalty.rules import versions as rules
from stampbook.loyalty.rules.currency_limits import PeriodLimit
from stampbook.programs.searching.merged import one_person
from stampbook.storage.store import Store

Place = tuple[int, int]
"""An account, and the number of an accrual's row in its journal."""


class Coming(NamedTuple):
    """What is to come back in force: points by accrual, and grants by number."""

    points: Mapping[Place, int]
    grants: frozenset[int] = frozenset()


class RuleUse(NamedTuple):
    """What is used of a rule's limits; `is_counted`: also by the event itself."""

    candidate: Candidate
    used: Used
    is_counted: bool


class AccountUse(NamedTuple):
    """What awards in force gave to an account in the limit's period."""

    limit: PeriodLimit
    earned: int


class Limited(NamedTuple):
    """An event whose awards and grants have limits, by rule and by account. `grants` has the rules
    of its grants by number."""

    facts: Facts
    awards: Mapping[Place, Award]
    grants: Mapping[int, int]
    rules: Mapping[int, RuleUse]
    accounts: Mapping[int, AccountUse]

    def comes(self, back: Coming, rule: int) -> bool:
        """Whether something of the rule comes back."""
        return any(self.grants.get(each) == rule for each in back.grants) or bool(
            self.points(back, rule=rule)
        )

    def points(
        self,
        back: Coming,
        *,
        rule: int | None = None,
        account: int | None = None,
        currency: int | None = None,
    ) -> int:
        """What comes back of its awards, or of those of a rule, an account, a currency."""
        return sum(
            amount
            for place, amount in back.points.items()
            if (award := self.awards.get(place)) is not None
            and rule in (None, award.rule)
            and account in (None, award.account)
            and currency in (None, award.currency)
        )


class Reviving(NamedTuple):
    """What was read of the limits of events, and the guards on which it rests."""

    events: tuple[Limited, ...] = ()
    guards: tuple[Guard, ...] = ()

    def objection(self, back: Coming) -> str | None:
        """Why all of this cannot come back in force, as an English sentence; None: it can."""
        for event in self.events:
            if any(self._exceeds_rule(event, rule, back) for rule in event.rules):
                return "others have used what the rule's limits had left for the award"
            if any(self._exceeds_account(event, account, back) for account in event.accounts):
                return "others have used what the currency's limit had left for the award"
        return None

    def _exceeds_rule(self, event: Limited, rule: int, back: Coming) -> bool:
        use = event.rules[rule]
        version, currency = use.candidate.version, use.candidate.budget_currency
        if not event.comes(back, rule):
            return False
        used = self._used(event, rule, back)
        if not use.is_counted and unavailable(version, event.facts, used) is not None:
            return True
        budget = version.limits.budget
        own = event.points(back, rule=rule, currency=currency)
        return bool(
            own
            and budget is not None
            and budget.points is not None
            and used.budget + own > budget.points
        )

    def _used(self, event: Limited, rule: int, back: Coming) -> Used:
        """What is used of the rule's limits when the other events have come back, too."""
        use = event.rules[rule]
        used, limits = use.used, use.candidate.version.limits
        for other in self.events:
            if other is event or not other.comes(back, rule):
                continue
            at = other.facts.at
            is_new = rule not in other.rules or not other.rules[rule].is_counted
            budget = limits.budget
            if budget is not None and _is_within(budget.period, at, event):
                currency = use.candidate.budget_currency
                points = other.points(back, rule=rule, currency=currency)
                more = is_new if budget.points is None else points
                used = used._replace(budget=used.budget + more)
            if not is_new:
                continue
            frequency = limits.frequency
            if frequency is None or _is_within(frequency.period, at, event):
                used = used._replace(times=used.times + 1)
            if at <= event.facts.at:
                used = used._replace(last_at=max(at, used.last_at or at))
            else:
                used = used._replace(next_at=min(at, used.next_at or at))
        return used

    def _exceeds_account(self, event: Limited, account: int, back: Coming) -> bool:
        own = event.points(back, account=account)
        limit, earned = event.accounts[account]
        others = sum(
            other.points(back, account=account)
            for other in self.events
            if other is not event and _is_within(limit.period, other.facts.at, event)
        )
        return bool(own) and earned + own + others > limit.max


def check(limits: Reviving, back: Coming) -> None:
    """Raises JointRefused (NOT_CANCELLABLE), in a plan, if all of this cannot come back."""
    why = limits.objection(back)
    if why is not None:
        account = min((account for account, _ in back.points), default=0)
        raise JointRefused(account, Refusal(Code.NOT_CANCELLABLE, why))


def _is_within(period: str, at: int, event: Limited) -> bool:
    """Whether the instant is in the event's period."""
    within = bounds(period, event.facts.at, event.facts.timezone)
    return within.begin <= at < within.end


async def read(
    store: Store, events: Sequence[Event], *, tenant: int, writes_guards: bool = False
) -> Reviving:
    """Read what is used of the limits of these events' awards.

    `writes_guards`: guards that were never written are written now, so that none has version 0.
    """
    limited: list[_Bounds] = []
    subjects: set[str] = set()
    given = await grants.of_events(store, [each.event_id for each in events], tenant=tenant)
    for event in events:
        if event.facts is None:
            continue
        held = await storing.awards_of(store, event.event_id, tenant=tenant)
        granted = [each.grant for each in given.get(event.event_id, ())]
        named = {(each.award.rule, each.award.version) for each in held}
        named |= {(each.rule_id, each.version) for each in granted}
        versions = [
            each
            for each in (await rules.named_versions(store, named, tenant=tenant)).values()
            if any(each.limits)
        ]
        periods = await _periods(store, held)
        if not versions and not periods:
            continue
        limited.append(_Bounds(event, event.facts, versions, periods))
        # Others who are one person with the member use the same limits of rules.
        person = await one_person(store, event.member_id, tenant=tenant)
        subjects.update(map(member_guard, person))
        budgets = [each.rule for each in versions if each.limits.budget is not None]
        subjects.update(map(budget_guard, budgets))
    if writes_guards:
        for subject in sorted(subjects):
            await store.execute(
                "INSERT INTO guards (subject) VALUES ($1) ON CONFLICT (subject) DO NOTHING", subject
            )
    # Awards and their versions never change; all that does is read after the guards.
    known = await store.find_guards(sorted(subjects)) if subjects else {}
    guards = tuple(Guard(subject, known.get(subject, 0)) for subject in sorted(subjects))
    found = [await _limited(store, each, tenant=tenant) for each in limited]
    return Reviving(tuple(found), guards)


class _Bounds(NamedTuple):
    """What limits an event: versions of rules, and limits of accounts."""

    event: Event
    facts: Facts
    versions: Sequence[Version]
    periods: Mapping[int, PeriodLimit]


async def _periods(store: Store, held: Sequence[Held]) -> dict[int, PeriodLimit]:
    """The limits of the accounts to which something was given."""
    limits = await currency_limits.of_currencies(store, sorted({h.award.currency for h in held}))
    found = {}
    for each in held:
        of_currency = limits.get(each.award.currency)
        if of_currency is not None and of_currency.earning.period is not None:
            found[each.award.account] = of_currency.earning.period
    return found


async def _limited(store: Store, bounded: _Bounds, *, tenant: int) -> Limited:
    event, facts, versions, periods = bounded
    at, timezone = facts.at, facts.timezone
    held = await storing.awards_of(store, event.event_id, tenant=tenant)
    found = await grants.of_events(store, [event.event_id], tenant=tenant)
    given = [each.grant for each in found.get(event.event_id, ())]
    counted = {each.award.rule for each in held if each.in_force}
    counted |= {grant.rule_id for grant in given if grant.state == "approved"}
    of_rules = {}
    for version in versions:
        candidate = Candidate(version)
        used = await using.used(
            store,
            candidate,
            member=event.member_id,
            tenant=event.tenant_id,
            at=at,
            timezone=timezone,
        )
        of_rules[version.rule] = RuleUse(candidate, used, version.rule in counted)
    of_accounts = {}
    for account, limit in periods.items():
        earned = await using.earned(store, account, limit, tenant=tenant, at=at, timezone=timezone)
        of_accounts[account] = AccountUse(limit, earned)
    awards = {(each.award.account, each.award.seq): each.award for each in held}
    by_rule = {grant.grant_id: grant.rule_id for grant in given}
    return Limited(facts, awards, by_rule, of_rules, of_accounts)
