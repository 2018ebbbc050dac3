"""In which programs rules count, and how many may."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from stampbook.loyalty.faults import Code, Refused
from stampbook.storage.store import Transacting

MAX_ACTIVE: Final = 1_000
"""Active rules of one program: an event is judged by them in milliseconds."""


class Assignment(NamedTuple):
    """A rule counts in a program from `assigned_at` until `ended_at` (None: now)."""

    assignment_id: int
    program_id: int
    rule_id: int
    assigned_at: int
    ended_at: int | None


async def of_rule(db: Transacting, rule: int, *, tenant: int) -> list[Assignment]:
    """The rule's present assignments, by program."""
    rows = await db.fetch(
        """
        SELECT a.assignment_id, a.program_id, a.rule_id, a.assigned_at, a.ended_at
        FROM rules r JOIN rule_programs a ON a.rule_id = r.rule_id
        WHERE r.rule_id = $1 AND r.tenant_id = $2 AND a.ended_at IS NULL
        ORDER BY a.program_id
        """,
        rule,
        tenant,
    )
    return [Assignment._make(row[column] for column in Assignment._fields) for row in rows]


async def add(writing: Transacting, program: int, rule: int, *, now: int) -> Assignment:
    """A new assignment; the caller has locked the rule and found none. Writes."""
    row = await writing.fetch_one(
        """
        INSERT INTO rule_programs (program_id, rule_id, assigned_at) VALUES ($1, $2, $3)
        RETURNING assignment_id, program_id, rule_id, assigned_at, ended_at
        """,
        program,
        rule,
        now,
    )
    assert row is not None
    await outdate(writing, [program])
    return Assignment._make(row[column] for column in Assignment._fields)


async def end(writing: Transacting, assignment: Assignment, *, now: int) -> None:
    """The rule counts in the program no more. Writes."""
    await writing.execute(
        "UPDATE rule_programs SET ended_at = $2 WHERE assignment_id = $1",
        assignment.assignment_id,
        now,
    )
    await outdate(writing, [assignment.program_id])


async def check_room(writing: Transacting, program: int) -> None:
    """Raises Refused (program_limit_reached). Writes: of two that would take the last place, the
    second waits and is refused."""
    await outdate(writing, [program])
    row = await writing.fetch_one(
        """
        SELECT count(*) AS active FROM rule_programs a JOIN rules r ON r.rule_id = a.rule_id
        WHERE a.program_id = $1 AND a.ended_at IS NULL AND r.status = 'active'
        """,
        program,
    )
    assert row is not None
    if row["active"] >= MAX_ACTIVE:
        raise Refused(
            Code.PROGRAM_LIMIT_REACHED, f"a program has at most {MAX_ACTIVE} active rules"
        )


async def outdate(writing: Transacting, programs: Iterable[int]) -> None:
    """Every catalogue in memory of these programs is outdated. Writes."""
    for program in sorted(programs):
        await writing.execute(
            """
            INSERT INTO rule_catalogues (program_id, version) VALUES ($1, 1)
            ON CONFLICT (program_id) DO UPDATE SET version = rule_catalogues.version + 1
            """,
            program,
        )
