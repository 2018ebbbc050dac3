"""Earning rules in programs: where they are assigned, they count."""

from collections.abc import Sequence
from typing import Final

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.definitions.rows import assigned
from stampbook.dialects.voucherify.core.faults import Fault, not_found
from stampbook.dialects.voucherify.core.lists.listing import Kind
from stampbook.dialects.voucherify.core.rows import Program
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.dialects.voucherify.v2.kernel.assignments import Named
from stampbook.dialects.voucherify.v2.kernel.resources import Body, Edit
from stampbook.dialects.voucherify.v2.programs.noting import (
    duplicate,
    note_both,
    too_many,
    whole,
)
from stampbook.dialects.voucherify.v2.rules.content import definition_ids
from stampbook.dialects.voucherify.v2.rules.resource import rebuild
from stampbook.dialects.voucherify.v2.rules.rows import (
    OF_TENANT,
    SELECT_RULES,
    EarningRule,
    engine_rule,
    hold_rule,
    print_rule,
    rule_of,
)
from stampbook.loyalty.rules import assigning, storing
from stampbook.storage.store import Row

MAX_RULES: Final = 100
"""Earning rules that a program has at most."""

KIND: Final = Kind(
    prefix="lcrserna_", orders={"created_at": "a.assigned_at"}, number="a.assignment_id"
)
SELECT: Final = """
    SELECT a.rule_id, a.assigned_at, {keys} FROM (
        SELECT p.assignment_id, p.rule_id, p.assigned_at FROM rule_programs p
        JOIN rules r ON r.rule_id = p.rule_id AND r.origin IS NOT NULL AND r.program_id IS NULL
        WHERE p.program_id = $1 AND p.ended_at IS NULL
    ) a
"""


def print_assignment(row: Row) -> Body:
    return _print(row["rule_id"], row["assigned_at"])


def _print(rule: int, assigned_at: int) -> Body:
    return {
        "earning_rule_id": spell(Prefix.EARNING_RULE, rule),
        "created_at": stamp(assigned_at),
        "object": "program_earning_rule",
    }


async def assign(edit: Edit, program: Program, named: Sequence[Named]) -> list[Body]:
    """Let these rules count in the program. Writes; raises a Fault: 403, 404, 409, 423."""
    made = []
    present = {rule.rule_id for rule in await rules_of(edit, program)}
    for each in named:
        rule = await hold_rule(edit.writing, edit.call, each.id)
        if rule.rule_id in present:
            raise duplicate(activities.EARNING_RULE, rule.rule_id)
        present.add(rule.rule_id)
        if len(present) > MAX_RULES:
            raise too_many(activities.EARNING_RULE, MAX_RULES)
        await _check_definitions(edit, program, rule)
        engine = await engine_rule(edit.writing, edit.call, rule)
        done = await storing.assign(edit.writing, engine, program.program_id, now=edit.call.now)
        await rebuild(edit, rule)
        made.append(_print(rule.rule_id, done.assigned_at))
        await _note(edit, program, rule, made[-1], "assigned")
    return made


async def _check_definitions(edit: Edit, program: Program, rule: EarningRule) -> None:
    """The program has the definitions whose points the rule gives. Raises a Fault (423)."""
    present = {number for number, _ in await assigned(edit.writing, program.program_id)}
    for text in definition_ids(rule.body):
        if parse(Prefix.CARD_DEFINITION, text) not in present:
            raise Fault(
                423,
                "missing_card_definition_assignment",
                "Missing card definition assignment",
                "Card definition of the earning rule is not assigned to the program",
                resource_id=text,
                resource_type="card_definition",
            )


async def unassign(edit: Edit, program: Program, named: Sequence[Named]) -> list[Body]:
    """Let these rules count in the program no more. Writes; raises a Fault (404)."""
    gone = []
    for each in named:
        rule = await hold_rule(edit.writing, edit.call, each.id)
        found = [
            one
            for one in await assigning.of_rule(edit.writing, rule.rule_id, tenant=edit.call.tenant)
            if one.program_id == program.program_id
        ]
        if not found:
            raise not_found("earning_rule", each.id)
        engine = await engine_rule(edit.writing, edit.call, rule)
        await storing.unassign(edit.writing, engine, program.program_id, now=edit.call.now)
        gone.append(_print(rule.rule_id, found[0].assigned_at))
        await _note(edit, program, rule, gone[-1], "unassigned")
    return gone


async def _note(
    edit: Edit, program: Program, rule: EarningRule, assignment: Body, event: str
) -> None:
    data = whole(program, activities.EARNING_RULE, print_rule(rule), assignment)
    await note_both(edit, program, activities.EARNING_RULE, rule.rule_id, event, data)


async def rules_of(edit: Edit, program: Program) -> list[EarningRule]:
    """The earning rules that count in the program."""
    rows = await edit.writing.fetch(
        f"{SELECT_RULES.replace(', {keys}', '')}"
        " JOIN rule_programs a ON a.rule_id = r.rule_id AND a.ended_at IS NULL"
        f" WHERE {OF_TENANT} AND a.program_id = $2 ORDER BY r.rule_id",
        edit.call.tenant,
        program.program_id,
    )
    return [rule_of(row) for row in rows]


async def check_active_rule(edit: Edit, program: Program) -> None:
    """An active program has an active rule, whichever API made it. Raises a Fault (423)."""
    row = await edit.writing.fetch_one(
        """
        SELECT 1 AS found FROM rule_programs a JOIN rules r ON r.rule_id = a.rule_id
        WHERE a.program_id = $1 AND a.ended_at IS NULL AND r.status = 'active'
          AND r.tenant_id = $2 LIMIT 1
        """,
        program.program_id,
        edit.call.tenant,
    )
    if row is None:
        raise Fault(
            423,
            "missing_active_earning_rule",
            "Missing active earning rule",
            "Program must have an active earning rule assigned in order to be active",
        )


async def check_left(edit: Edit, program: Program, gone: Sequence[Body]) -> None:
    """A batch does not take the last active rule of an active program. One that had none before
    stays as it is. Raises a Fault (423)."""
    if gone and program.status == "active":
        await check_active_rule(edit, program)
