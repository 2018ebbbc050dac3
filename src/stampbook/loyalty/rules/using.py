"""What awards in force have used of the limits of rules and currencies.

The caller guards what it reads: one member's events go one after the other, and so do the events
that a rule with a budget matches.
"""

from typing import Final

from stampbook.ledger.journal.standing import IN_FORCE, standing_of
from stampbook.loyalty.judging.candidates import Candidate
from stampbook.loyalty.judging.periods import bounds
from stampbook.loyalty.judging.values import Used
from stampbook.loyalty.model import Budget
from stampbook.loyalty.rules.currency_limits import PeriodLimit
from stampbook.programs.searching.merged import one_person
from stampbook.storage.store import Transacting

_IN_FORCE: Final = IN_FORCE.format(amount="w.amount")
_STANDING: Final = standing_of("w.seq", row="w", beside=True)

_TIMES: Final = f"""
    SELECT w.event_id, w.effective_at FROM awards w {_STANDING}
    WHERE w.rule_id = $1 AND w.member_id IN ({{person}}) AND {_IN_FORCE} > 0
    UNION
    SELECT g.event_id, e.effective_at FROM grants g JOIN events e ON e.event_id = g.event_id
    WHERE g.rule_id = $1 AND g.member_id IN ({{person}}) AND g.state = 'approved'
"""  # noqa: S608 - constants

_TRIGGERS: Final = f"""
    SELECT count(*) AS used FROM (
        SELECT w.event_id FROM awards w {_STANDING}
        WHERE w.rule_id = $1 AND w.effective_at >= $2 AND w.effective_at < $3 AND {_IN_FORCE} > 0
        UNION
        SELECT g.event_id FROM grants g JOIN events e ON e.event_id = g.event_id
        WHERE g.rule_id = $1 AND e.effective_at >= $2 AND e.effective_at < $3
          AND g.state = 'approved'
    ) AS counted
"""  # noqa: S608 - constants

_POINTS: Final = f"""
    SELECT coalesce(sum({_IN_FORCE}), 0) AS used FROM awards w {_STANDING}
    WHERE w.rule_id = $1 AND w.effective_at >= $2 AND w.effective_at < $3 AND w.currency_id = $4
"""  # noqa: S608 - constants


async def used(
    db: Transacting, candidate: Candidate, *, member: int, tenant: int, at: int, timezone: str
) -> Used:
    """What is used of the rule's limits in the periods of `at`, by the member and by those who are
    one person with them."""
    version = candidate.version
    limits = version.limits
    times, last_at, next_at, budget = 0, None, None, 0
    if limits.cooldown is not None or limits.frequency is not None:
        period = "lifetime" if limits.frequency is None else limits.frequency.period
        within = bounds(period, at, timezone)
        person = ", ".join(map(str, await one_person(db, member, tenant=tenant)))
        row = await db.fetch_one(
            f"""
            SELECT count(DISTINCT CASE WHEN w.effective_at >= $2 AND w.effective_at < $3
                                       THEN w.event_id END) AS times,
                   max(CASE WHEN w.effective_at <= $4 THEN w.effective_at END) AS last_at,
                   min(CASE WHEN w.effective_at > $4 THEN w.effective_at END) AS next_at
            FROM ({_TIMES.format(person=person)}) w
            """,  # noqa: S608 - constants, and numbers of our own
            version.rule,
            within.begin,
            within.end,
            at,
        )
        assert row is not None
        times, last_at, next_at = row["times"], row["last_at"], row["next_at"]
    if limits.budget is not None:
        budget = await _budget(db, candidate, limits.budget, at, timezone)
    return Used(last_at, next_at, times, budget)


async def _budget(
    db: Transacting, candidate: Candidate, budget: Budget, at: int, timezone: str
) -> int:
    within = bounds(budget.period, at, timezone)
    of_rule = candidate.version.rule, within.begin, within.end
    if budget.points is None:
        row = await db.fetch_one(_TRIGGERS, *of_rule)
    else:
        row = await db.fetch_one(_POINTS, *of_rule, candidate.budget_currency or 0)
    assert row is not None
    return int(row["used"])


async def earned(
    db: Transacting, account: int, limit: PeriodLimit, *, tenant: int, at: int, timezone: str
) -> int:
    """The points that awards in force have given to the account in the limit's period."""
    within = bounds(limit.period, at, timezone)
    row = await db.fetch_one(
        f"""
        SELECT coalesce(sum({_IN_FORCE}), 0) AS points
        FROM awards w {_STANDING}
        WHERE w.account_id = $1 AND w.effective_at >= $2 AND w.effective_at < $3
          AND w.tenant_id = $4
        """,  # noqa: S608 - constants
        account,
        within.begin,
        within.end,
        tenant,
    )
    assert row is not None
    return int(row["points"])
