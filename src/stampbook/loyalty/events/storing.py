"""Events and awards as they are stored: read as values, written beside movements."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from stampbook.ledger.joint import Beside
from stampbook.ledger.journal.standing import IN_FORCE, standing_of
from stampbook.loyalty.events.model import Event, place
from stampbook.loyalty.judging.values import Held, Reason, Verdict
from stampbook.loyalty.model import Award, Facts, Trigger
from stampbook.programs.members import Member
from stampbook.storage.store import GIVEN, Row, Transacting

_facts: Final = msgspec.json.Decoder(Facts).decode
_rows: Final = msgspec.json.Decoder(tuple[tuple[int, int], ...]).decode
_encode: Final = msgspec.json.Encoder().encode

COUNTED: Final = frozenset(
    {Reason.COOLDOWN, Reason.FREQUENCY, Reason.BUDGET, Reason.NOTHING, Reason.CAPPED}
)
"""Why a rule gave nothing, where reports count it: a limit of its own was in the way, or it counted
and what it gave was nothing."""

_SELECT: Final = """
    SELECT e.event_id, e.tenant_id, e.program_id, e.kind, e.external_id, e.fingerprint, e.member_id,
           e.name, e.effective_at, e.created_at, e.position, e.order_id, e.facts, e.metadata,
           e.cancelled_at, e.cancel_rows
    FROM events e
"""

_AWARDS: Final = f"""
    SELECT w.award_id, w.event_id, w.rule_id, w.version, w.earning, w.effect, w.account_id, w.seq,
           w.currency_id, w.calculated, w.amount, {IN_FORCE.format(amount="w.amount")} AS in_force
    FROM awards w {standing_of("w.seq", row="w", beside=True)}
"""  # noqa: S608 - constants


def _event(row: Row) -> Event:
    return Event(
        event_id=row["event_id"],
        tenant_id=row["tenant_id"],
        program_id=row["program_id"],
        kind=Trigger(row["kind"]),
        external_id=row["external_id"],
        fingerprint=None if row["fingerprint"] is None else bytes(row["fingerprint"]),
        member_id=row["member_id"],
        name=row["name"],
        effective_at=row["effective_at"],
        created_at=row["created_at"],
        position=row["position"],
        order_id=row["order_id"],
        facts=None if row["facts"] is None else _facts(row["facts"]),
        metadata=row["metadata"],
        cancelled_at=row["cancelled_at"],
        cancel_rows=() if row["cancel_rows"] is None else _rows(row["cancel_rows"]),
    )


def _held(row: Row) -> Held:
    award = Award(
        award_id=row["award_id"],
        event_id=row["event_id"],
        rule=row["rule_id"],
        version=row["version"],
        earning=row["earning"],
        effect=row["effect"],
        account=row["account_id"],
        seq=row["seq"],
        currency=row["currency_id"],
        calculated=row["calculated"],
        amount=row["amount"],
    )
    return Held(award, row["in_force"])


async def get(db: Transacting, event: int, *, tenant: int) -> Event | None:
    """The tenant's event of that number."""
    row = await db.fetch_one(f"{_SELECT} WHERE e.event_id = $1 AND e.tenant_id = $2", event, tenant)
    return None if row is None else _event(row)


async def by_external_id(
    db: Transacting, program: int, kind: Trigger, external_id: str
) -> Event | None:
    """The program's event of that kind and id."""
    row = await db.fetch_one(
        f"{_SELECT} WHERE e.program_id = $1 AND e.kind = $2 AND e.external_id = $3",
        program,
        str(kind),
        external_id,
    )
    return None if row is None else _event(row)


async def of_order(db: Transacting, order: int, *, tenant: int) -> list[Event]:
    """The events of an order, one in each program that saw it, by program."""
    rows = await db.fetch(
        f"{_SELECT} WHERE e.order_id = $1 AND e.tenant_id = $2 ORDER BY e.program_id", order, tenant
    )
    return [_event(row) for row in rows]


async def later(
    db: Transacting, member: int, program: int, *, tenant: int, after: int, limit: int
) -> list[Event]:
    """The member's events in the program with positions above `after` that were judged and are
    not cancelled, in order."""
    rows = await db.fetch(
        f"""
        {_SELECT} WHERE e.member_id = $1 AND e.position > $2 AND e.tenant_id = $3
          AND e.program_id = $4 AND e.facts IS NOT NULL AND e.cancelled_at IS NULL
        ORDER BY e.position LIMIT $5
        """,
        member,
        after,
        tenant,
        program,
        limit,
    )
    return [_event(row) for row in rows]


async def awards_of(db: Transacting, event: int, *, tenant: int) -> list[Held]:
    """The event's awards in their order, and what is in force of each."""
    rows = await db.fetch(f"{_AWARDS} WHERE w.event_id = $1 AND w.tenant_id = $2", event, tenant)
    return sorted(map(_held, rows), key=lambda held: place(held.award))


async def awards_numbered(
    db: Transacting, numbers: Sequence[int], *, tenant: int
) -> dict[int, Award]:
    """The awards of these numbers, by number."""
    listed = ", ".join(str(int(each)) for each in numbers)
    rows = await db.fetch(f"{_AWARDS} WHERE w.award_id IN ({listed}) AND w.tenant_id = $1", tenant)
    return {held.award.award_id: held.award for held in map(_held, rows)}


async def awards_of_rule(
    db: Transacting,
    rule: int,
    *,
    tenant: int,
    member: int | None = None,
    in_force: bool | None = None,
    before: int | None = None,
    limit: int,
) -> list[Held]:
    """The rule's awards, newest first, those of events with numbers up to `before`'s: an award's
    place in the list is its event, and then its number."""
    rows = await db.fetch(
        f"""
        SELECT * FROM (
            {_AWARDS} WHERE w.rule_id = $1 AND w.tenant_id = $2
              AND (CAST($3 AS bigint) = 0 OR w.member_id = CAST($3 AS bigint))
        ) found
        WHERE (CAST($4 AS bigint) < 0
               OR CAST($4 AS bigint) = CASE WHEN in_force > 0 THEN 1 ELSE 0 END)
          AND (CAST($5 AS bigint) = 0
               OR event_id < (SELECT b.event_id FROM awards b
                              WHERE b.award_id = $5 AND b.tenant_id = $2)
               OR (event_id = (SELECT b.event_id FROM awards b
                               WHERE b.award_id = $5 AND b.tenant_id = $2)
                   AND award_id < CAST($5 AS bigint)))
        ORDER BY event_id DESC, award_id DESC LIMIT $6
        """,  # noqa: S608 - constants
        rule,
        tenant,
        member or 0,
        -1 if in_force is None else int(in_force),
        before or 0,
        limit,
    )
    return [_held(row) for row in rows]


_INSERT: Final = """
    INSERT INTO events (event_id, tenant_id, program_id, kind, external_id, fingerprint,
        member_id, name, effective_at, created_at, position, order_id, facts, metadata)
"""

_CREATE: Final = f"""
    {_INSERT}
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
    WHERE $3 = (SELECT program_id FROM members WHERE member_id = $7 AND tenant_id = $2{{more}})
"""  # noqa: S608 - constants
"""PostgreSQL has no keys from events to members, programs and tenants: this is what makes sure of
them, as the member's own row has keys to both others. Members are never deleted from the table.

The member is found by its number, and its program is compared then: PostgreSQL cannot turn that
into a join, for which it might read all members of the program (decision 0320)."""

_CREATE_WHILE: Final = f"""
    {_INSERT}
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 {GIVEN}
    WHERE $15 = (SELECT version FROM rule_catalogues WHERE program_id = $3)
      AND ($3, $2, $16, $17) = (SELECT program_id, tenant_id, status, metadata FROM members
                                WHERE member_id = $7)
      AND (SELECT earning_limits FROM currency_options WHERE currency_id = $18) IS NULL
"""  # noqa: S608 - constants


_EVENT_TYPES: Final = (
    *("bigint",) * 3,
    *("text",) * 2,
    "bytea",
    "bigint",
    "text",
    *("bigint",) * 4,
    *("text",) * 2,
)
_WHILE_TYPES: Final = (
    *_EVENT_TYPES,
    "bigint",
    *("text",) * 2,
    "bigint",
)

_AWARD: Final = f"""
    INSERT INTO awards (award_id, tenant_id, program_id, event_id, rule_id, version, earning,
        effect, member_id, currency_id, shard, account_id, seq, calculated, amount, effective_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16 {GIVEN}
"""

_AWARD_TYPES: Final = (
    *("bigint",) * 5,
    "integer",
    *("smallint",) * 2,
    *("bigint",) * 2,
    "integer",
    "bigint",
    "integer",
    *("bigint",) * 3,
)


class Grounds(NamedTuple):
    """What an event was judged by, as it was remembered: the version of the program's catalogue,
    the member, and a currency without limits on earning. The program is in the policy."""

    catalogue: int
    member: Member
    currency: int


def created(event: Event) -> Beside:
    """Writes a new event. One that was judged touches no row if its member was merged or deleted
    meanwhile: their accounts took nothing, and who took over would have nothing of it."""
    more = "" if event.facts is None else " AND deleted_at IS NULL"
    return Beside(_CREATE.format(more=more), (_values(event),))


def created_while(event: Event, grounds: Grounds) -> Beside:
    """Writes a new event if all that it was judged by is still so; else it touches no row."""
    catalogue, member, currency = grounds
    values = (
        *_values(event),
        catalogue,
        member.status,
        member.metadata,
        currency,
    )
    return Beside(_CREATE_WHILE, (values,), _WHILE_TYPES)


def _values(event: Event) -> tuple[object, ...]:
    return (
        event.event_id,
        event.tenant_id,
        event.program_id,
        str(event.kind),
        event.external_id,
        event.fingerprint,
        event.member_id,
        event.name,
        event.effective_at,
        event.created_at,
        event.position,
        event.order_id,
        None if event.facts is None else _encode(event.facts).decode(),
        event.metadata,
    )


def awarded(event: Event, awards: Sequence[Award], *, shards: int) -> Beside:
    """Writes the event's awards."""
    return Beside(
        _AWARD,
        tuple(
            (
                award.award_id,
                event.tenant_id,
                event.program_id,
                event.event_id,
                award.rule,
                award.version,
                award.earning,
                award.effect,
                event.member_id,
                award.currency,
                award.account % shards,
                award.account,
                award.seq,
                award.calculated,
                award.amount,
                event.effective_at,
            )
            for award in awards
        ),
        _AWARD_TYPES,
    )


def unrewarded(event: Event, found: Sequence[Verdict]) -> Beside | None:
    """Writes which rules gave nothing for the event, of those that reports count; None: none."""
    rows = [
        (
            event.event_id,
            verdict.rule,
            event.tenant_id,
            event.program_id,
            event.member_id,
            event.created_at,
            str(verdict.reason),
        )
        for verdict in found
        if verdict.reason in COUNTED
    ]
    if not rows:
        return None
    return Beside(
        """
        INSERT INTO unrewarded (event_id, rule_id, tenant_id, program_id, member_id, recorded_at,
            reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        tuple(rows),
    )


def marked_as_giving(rules: Sequence[int], tenant: int) -> Beside:
    """Remembers that the rules have given something; none of them is a draft meanwhile."""
    return Beside(
        """
        UPDATE rules SET has_given = $3
        WHERE rule_id = $1 AND tenant_id = $2 AND status <> 'draft'
        """,
        tuple((rule, tenant, True) for rule in sorted(rules)),
    )


def cancelled(event: Event, now: int, rows: Sequence[tuple[int, int]]) -> Beside:
    """Marks the event as taken back by these rows of journals."""
    return Beside(
        """
        UPDATE events SET cancelled_at = $3, cancel_rows = $4
        WHERE event_id = $1 AND tenant_id = $2 AND cancelled_at IS NULL
        """,
        ((event.event_id, event.tenant_id, now, _encode(rows).decode()),),
    )


def restored(event: Event) -> Beside:
    """Marks the event as in force again."""
    return Beside(
        """
        UPDATE events SET cancelled_at = NULL, cancel_rows = NULL
        WHERE event_id = $1 AND tenant_id = $2 AND cancelled_at IS NOT NULL
        """,
        ((event.event_id, event.tenant_id),),
    )
