"""What rules gave, and how often they counted.

What is taken back counts negatively when it is taken, so that a sum from the beginning is what is
in force now.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from stampbook.ledger.journal.history import history_of
from stampbook.loyalty.reports.spans import Spans
from stampbook.storage.store import Transacting


class Source(NamedTuple):
    """What gave points: an earning of a version of a rule, in a currency."""

    rule: int
    version: int
    earning: int
    currency: int


class Earned(NamedTuple):
    """Awards, and their points by how they were given: available at once, or pending."""

    times: int = 0
    points: int = 0
    pending: int = 0

    def plus(self, other: "Earned") -> "Earned":
        return Earned(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Counted(NamedTuple):
    """How often a rule counted, and how often its limits were in the way, by limit."""

    success: int = 0
    failures: Mapping[str, int] = {}


_RULES: Final = "SELECT a.rule_id FROM rule_programs a WHERE a.program_id = $1"

_AWARDS: Final = f"""
    SELECT w.rule_id, w.version, w.earning, w.currency_id, w.event_id, w.shard, w.account_id, w.seq,
           w.amount
    FROM awards w
    WHERE w.rule_id IN ({_RULES}) AND w.program_id = $1
      AND (CAST($5 AS bigint) = 0 OR w.member_id = CAST($5 AS bigint))
"""  # noqa: S608 - constants


async def earned(db: Transacting, program: int, spans: Spans) -> dict[int, dict[Source, Earned]]:
    """What gave points in each period, by the period's begin. The caller knows the program."""
    rows = await db.fetch(
        f"""
        SELECT c.rule_id, c.version, c.earning, c.currency_id, c.at / $4 AS slot,
               sum(CASE WHEN c.rest > 0 AND c.was = 0 THEN 1
                        WHEN c.rest = 0 AND c.was > 0 THEN -1 ELSE 0 END) AS times,
               sum(CASE WHEN c.is_pending = 0 THEN c.rest - c.was ELSE 0 END) AS points,
               sum(CASE WHEN c.is_pending = 1 THEN c.rest - c.was ELSE 0 END) AS pending
        FROM ({history_of(_AWARDS)}) c
        WHERE c.at >= $2 AND c.at < $3
        GROUP BY c.rule_id, c.version, c.earning, c.currency_id, slot
        """,  # noqa: S608 - constants
        program,
        spans.since,
        spans.until,
        spans.slot,
        0,
    )
    found: dict[int, dict[Source, Earned]] = {}
    for row in rows:
        source = Source(row["rule_id"], row["version"], row["earning"], row["currency_id"])
        period = found.setdefault(spans.begin(row["slot"]), {})
        gained = Earned(int(row["times"]), int(row["points"]), int(row["pending"]))
        period[source] = period.get(source, Earned()).plus(gained)
    return found


_CHANGES: Final = f"""
    SELECT h.event_id, h.rule_id, h.at,
           CASE WHEN h.rest > 0 AND h.was = 0 THEN 1
                WHEN h.rest = 0 AND h.was > 0 THEN -1 ELSE 0 END AS change
    FROM ({history_of(_AWARDS)}) h
    UNION ALL
    SELECT g.event_id, g.rule_id, g.created_at, 1 FROM grants g
    WHERE g.program_id = $1 AND g.state <> 'rejected'
      AND (CAST($5 AS bigint) = 0 OR g.member_id = CAST($5 AS bigint))
    UNION ALL
    SELECT g.event_id, g.rule_id, g.refunded_at, -1 FROM grants g
    WHERE g.program_id = $1 AND g.refunded_at IS NOT NULL
      AND (CAST($5 AS bigint) = 0 OR g.member_id = CAST($5 AS bigint))
    UNION ALL
    SELECT u.event_id, u.rule_id, u.recorded_at, 1 FROM unrewarded u
    WHERE u.program_id = $1 AND u.reason IN ('nothing', 'capped')
      AND (CAST($5 AS bigint) = 0 OR u.member_id = CAST($5 AS bigint))
    UNION ALL
    SELECT v.event_id, v.rule_id, v.gone_at, -1 FROM (
        SELECT u.event_id, u.rule_id, coalesce(e.cancelled_at, o.cancelled_at,
            CASE WHEN o.status = 'refunded' THEN (
                SELECT max(r.created_at) FROM refunds r
                WHERE r.order_id = o.order_id AND r.voided_at IS NULL
            ) END) AS gone_at
        FROM unrewarded u JOIN events e ON e.event_id = u.event_id
        LEFT JOIN orders o ON o.order_id = e.order_id
        WHERE u.program_id = $1 AND u.reason IN ('nothing', 'capped')
          AND (CAST($5 AS bigint) = 0 OR u.member_id = CAST($5 AS bigint))
    ) v WHERE v.gone_at IS NOT NULL
"""  # noqa: S608 - constants


async def counted(
    db: Transacting, program: int, spans: Spans, *, member: int | None = None
) -> dict[int, dict[int, Counted]]:
    """How often rules counted for events in each period: by the period's begin, then by rule. The
    caller knows the program.

    A rule counts once for an event, as long as anything of what it gave is in force.
    """
    given = (program, spans.since, spans.until, spans.slot, member or 0)
    rows = await db.fetch(
        f"""
        SELECT x.rule_id, x.at / $4 AS slot,
               sum(CASE WHEN x.holds > 0 AND x.holds - x.change = 0 THEN 1
                        WHEN x.holds = 0 AND x.change < 0 THEN -1 ELSE 0 END) AS times
        FROM (
            SELECT c.*, sum(c.change) OVER (
                PARTITION BY c.event_id, c.rule_id ORDER BY c.at
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS holds
            FROM ({_CHANGES}) c WHERE c.change <> 0
        ) x
        WHERE x.at >= $2 AND x.at < $3
        GROUP BY x.rule_id, slot
        """,  # noqa: S608 - constants
        *given,
    )
    found: dict[int, dict[int, Counted]] = {}
    for row in rows:
        period = found.setdefault(spans.begin(row["slot"]), {})
        before = period.get(row["rule_id"], Counted())
        period[row["rule_id"]] = before._replace(success=before.success + int(row["times"]))
    rows = await db.fetch(
        """
        SELECT u.rule_id, u.reason, u.recorded_at / $4 AS slot, count(*) AS times
        FROM unrewarded u
        WHERE u.program_id = $1 AND u.recorded_at >= $2 AND u.recorded_at < $3
          AND u.reason NOT IN ('nothing', 'capped')
          AND (CAST($5 AS bigint) = 0 OR u.member_id = CAST($5 AS bigint))
        GROUP BY u.rule_id, u.reason, slot
        """,
        *given,
    )
    for row in rows:
        period = found.setdefault(spans.begin(row["slot"]), {})
        before = period.get(row["rule_id"], Counted())
        times = before.failures.get(row["reason"], 0) + row["times"]
        failures = {**before.failures, row["reason"]: times}
        period[row["rule_id"]] = before._replace(failures=failures)
    return found


async def rules_of(db: Transacting, program: int) -> list[int]:
    """The rules that count in the program now, by number. The caller knows the program."""
    rows = await db.fetch(f"{_RULES} AND a.ended_at IS NULL ORDER BY a.rule_id", program)
    return [row["rule_id"] for row in rows]
