"""Tier structures in programs: members of the program have standings in them."""

from collections.abc import Sequence
from typing import Final

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.faults import Fault
from stampbook.dialects.voucherify.core.lists.listing import Kind
from stampbook.dialects.voucherify.core.rows import Program
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.dialects.voucherify.v2.kernel.assignments import Named
from stampbook.dialects.voucherify.v2.kernel.resources import Body, Edit
from stampbook.dialects.voucherify.v2.programs.noting import (
    duplicate,
    missing,
    note_both,
    too_many,
    whole,
)
from stampbook.dialects.voucherify.v2.programs.rules import rules_of
from stampbook.dialects.voucherify.v2.rules.resource import rebuild
from stampbook.dialects.voucherify.v2.tier_structures.groups import (
    close_group,
    currency_of,
    open_group,
)
from stampbook.dialects.voucherify.v2.tier_structures.rows import (
    Structure,
    hold_structure,
    print_structure,
)
from stampbook.programs.programs import hold
from stampbook.storage.store import Row

KIND: Final = Kind(
    prefix="lcrstsa_", orders={"created_at": "g.created_at"}, number="g.tier_group_id"
)
SELECT: Final = """
    SELECT g.structure_id, g.created_at, {keys} FROM (
        SELECT tier_group_id, structure_id, created_at FROM voucherify_tier_groups
        WHERE program_id = $1 AND ended_at IS NULL
    ) g
"""


def print_assignment(row: Row) -> Body:
    return _print(row["structure_id"], row["created_at"])


def _print(structure: int, created_at: int) -> Body:
    return {
        "tier_structure_id": spell(Prefix.TIER_STRUCTURE, structure),
        "created_at": stamp(created_at),
        "object": "program_tier_structure",
    }


async def assign(edit: Edit, program: Program, named: Sequence[Named]) -> list[Body]:
    """Give the program the structure, of which it may have one. Writes; raises a Fault: 403, 404,
    409, 423."""
    made = []
    stored = await hold(edit.writing, program.program_id, tenant=edit.call.tenant)
    assert stored is not None, "the program is held"
    present = await _present(edit, program)
    for each in named:
        structure = await hold_structure(edit.writing, edit.call, each.id)
        if structure.number in present:
            raise duplicate(activities.TIER_STRUCTURE, structure.number)
        present.add(structure.number)
        if len(present) > 1:
            raise too_many(activities.TIER_STRUCTURE, 1)
        if structure.status != "ACTIVE":
            raise _not_active(structure)
        currency = await currency_of(edit.writing, stored, structure)
        if currency is None:
            raise Fault(
                423,
                "missing_card_definition_assignment",
                "Missing card definition assignment",
                "Card definition of the tier structure is not assigned to the program",
                resource_id=structure.definition,
                resource_type="card_definition",
            )
        await open_group(edit, stored, structure, currency)
        made.append(_print(structure.number, edit.call.now))
        await _note(edit, program, structure, made[-1], "assigned")
    if made:
        await _rebuild_rules(edit, program)
    return made


def _not_active(structure: Structure) -> Fault:
    return Fault(
        423,
        "non_active_tier_structure",
        "Invalid tier structure status",
        "Cannot assign tier structure when its status is not ACTIVE",
        resource_id=spell(Prefix.TIER_STRUCTURE, structure.number),
        resource_type="tier_structure",
    )


async def unassign(edit: Edit, program: Program, named: Sequence[Named]) -> list[Body]:
    """Take the structure from the program. Writes; raises a Fault: 404, 423."""
    gone = []
    for each in named:
        structure = await hold_structure(edit.writing, edit.call, each.id)
        since = await close_group(edit, program.program_id, structure)
        if since is None:
            raise missing(activities.TIER_STRUCTURE, structure.number)
        gone.append(_print(structure.number, since))
        await _note(edit, program, structure, gone[-1], "unassigned")
    if gone:
        await _rebuild_rules(edit, program)
    return gone


async def _note(
    edit: Edit, program: Program, structure: Structure, assignment: Body, event: str
) -> None:
    entity = activities.TIER_STRUCTURE
    data = whole(program, entity, print_structure(structure), assignment)
    await note_both(edit, program, entity, structure.number, event, data)


async def _rebuild_rules(edit: Edit, program: Program) -> None:
    """Rules need tiers of the program's structure: its tiers are others now. Writes."""
    for rule in await rules_of(edit, program):
        if any(earning["tier_rules"] for earning in rule.body["earnings"]):
            await rebuild(edit, rule)


async def _present(edit: Edit, program: Program) -> set[int]:
    rows = await edit.writing.fetch(
        "SELECT structure_id FROM voucherify_tier_groups"
        " WHERE program_id = $1 AND ended_at IS NULL",
        program.program_id,
    )
    return {row["structure_id"] for row in rows}


async def check_active_structures(edit: Edit, program: Program) -> None:
    """The structure of an active program is active. Raises a Fault (423)."""
    rows = await edit.writing.fetch(
        """
        SELECT s.structure_id, s.status FROM voucherify_tier_groups g
        JOIN voucherify_tier_structures s ON s.structure_id = g.structure_id
        WHERE g.program_id = $1 AND g.ended_at IS NULL AND s.tenant_id = $2
          AND s.status <> 'ACTIVE'
        """,
        program.program_id,
        edit.call.tenant,
    )
    for row in rows:
        word = "draft" if row["status"] == "DRAFT" else "non_active"
        raise Fault(
            423,
            f"connected_{word}_tier_structure",
            "Invalid tier structure status",
            "Cannot activate program when status of its tier structure is not ACTIVE",
            resource_id=spell(Prefix.TIER_STRUCTURE, row["structure_id"]),
            resource_type="tier_structure",
        )
