"""Card definitions in programs: each is a currency of the program."""

from collections.abc import Sequence
from typing import Final

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.definitions.options import put_options
from stampbook.dialects.voucherify.core.definitions.rows import (
    Definition,
    assigned,
    get_definition,
    hold_definition,
)
from stampbook.dialects.voucherify.core.definitions.terms import terms_of
from stampbook.dialects.voucherify.core.faults import invalid_payload
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
)
from stampbook.programs import currencies, programs
from stampbook.programs.programs import hold
from stampbook.storage.store import Row, Transacting

MAX_DEFINITIONS: Final = 10
"""Card definitions that a program has at most."""


KIND: Final = Kind(prefix="lcrscdefa_", orders={"created_at": "x.created_at"}, number="x.number")

SELECT: Final = """
    SELECT x.number, x.created_at, {keys} FROM (
        SELECT 1099511627776 + a.definition_id AS number, a.created_at
        FROM voucherify_assignments a WHERE a.program_id = $1 AND a.ended_at IS NULL
        UNION ALL
        SELECT c.currency_id, c.created_at FROM currencies c
        WHERE c.program_id = $1 AND c.scale = 0
          AND NOT EXISTS (SELECT 1 FROM voucherify_assignments a
                          WHERE a.currency_id = c.currency_id)
    ) x
"""
"""A program's card definitions: those assigned, and its currencies of another API."""


def print_assignment(row: Row) -> Body:
    return _print(row["number"], row["created_at"])


def _print(definition: int, created_at: int) -> Body:
    return {
        "card_type": "INDIVIDUAL",
        "card_definition_id": spell(Prefix.CARD_DEFINITION, definition),
        "created_at": stamp(created_at),
        "object": "program_card_definition",
    }


async def assign(edit: Edit, program: Program, named: Sequence[Named]) -> list[Body]:
    """Give the program these definitions. Writes; raises a Fault: 400, 403, 404, 409."""
    writing, call = edit.writing, edit.call
    ids = [each.id for each in named]
    held = {text: await hold_definition(writing, call, text) for text in sorted(ids)}
    definitions = [held[text] for text in ids]
    # So that the limit holds for requests at once.
    stored = await hold(writing, program.program_id, tenant=call.tenant)
    assert stored is not None, "the program is held"
    present = {number for number, _ in await assigned(writing, program.program_id)}
    for definition in definitions:
        if definition.number in present:
            raise duplicate(activities.DEFINITION, definition.number)
        present.add(definition.number)
        if definition.definition_id is None:
            raise invalid_payload("Card definition belongs to another program")
    if len(present) > MAX_DEFINITIONS:
        raise too_many(activities.DEFINITION, MAX_DEFINITIONS)
    for definition in definitions:
        await _give(edit, stored, definition)
        await _note(edit, program, definition, "assigned")
    return [_print(definition.number, call.now) for definition in definitions]


async def _give(edit: Edit, program: programs.Program, definition: Definition) -> None:
    """A definition that the program had before gets its currency back."""
    writing, call = edit.writing, edit.call
    terms = terms_of(definition.body)
    row = await writing.fetch_one(
        "SELECT currency_id FROM voucherify_assignments"
        " WHERE program_id = $1 AND definition_id = $2",
        program.program_id,
        definition.definition_id,
    )
    before = None
    if row is not None:
        await _watch(edit, program.program_id, definition.definition_id)
        before = await currencies.get(writing, row["currency_id"], tenant=call.tenant)
    if before is not None:
        touched = await writing.execute(
            "UPDATE voucherify_assignments SET ended_at = NULL, created_at = $2"
            " WHERE currency_id = $1 AND ended_at IS NOT NULL",
            before.currency_id,
            call.now,
        )
        if not touched:  # another request was first, after we had looked
            raise duplicate(activities.DEFINITION, definition.number)
        await currencies.update(writing, before, now=call.now, terms=terms)
        await put_options(writing, before.currency_id, definition.body, now=call.now)
        return
    currency = await currencies.create(
        writing, program, name=definition.name, now=call.now, terms=terms
    )
    await put_options(writing, currency.currency_id, definition.body, now=call.now)
    await writing.execute(
        """
        INSERT INTO voucherify_assignments (currency_id, program_id, definition_id, created_at)
        VALUES ($1, $2, $3, $4)
        """,
        currency.currency_id,
        program.program_id,
        definition.definition_id,
        call.now,
    )


async def _watch(edit: Edit, program: int, definition: int | None) -> None:
    """Let the audit log tell whether the program's currency is that definition. Writes."""

    async def present(db: Transacting) -> Row | None:
        return await db.fetch_one(
            "SELECT currency_id, ended_at FROM voucherify_assignments"
            " WHERE program_id = $1 AND definition_id = $2",
            program,
            definition,
        )

    async def told(db: Transacting) -> Body:
        row = await present(db)
        return {"is_assigned": row is not None and row["ended_at"] is None}

    found = await present(edit.writing)
    if found is not None:
        number, now = found["currency_id"], edit.call.now
        await currencies.watch(edit.writing, number, now=now, part="assignment", load=told)


async def unassign(edit: Edit, program: Program, named: Sequence[Named]) -> list[Body]:
    """Take these definitions from the program. Writes; raises a Fault: 404, 423."""
    writing, call = edit.writing, edit.call
    gone = []
    for text in (each.id for each in named):
        definition = await get_definition(writing, call, text)
        number = -1 if definition.definition_id is None else definition.definition_id
        await _watch(edit, program.program_id, number)
        row = await writing.fetch_one(
            """
            UPDATE voucherify_assignments SET ended_at = $3
            WHERE program_id = $1 AND definition_id = $2 AND ended_at IS NULL
            RETURNING created_at
            """,
            program.program_id,
            number,
            call.now,
        )
        if row is None:
            raise missing(activities.DEFINITION, definition.number)
        await _note(edit, program, definition, "unassigned")
        gone.append(_print(definition.number, row["created_at"]))
    return gone


async def _note(edit: Edit, program: Program, definition: Definition, event: str) -> None:
    number = definition.number
    await note_both(edit, program, activities.DEFINITION, number, event, {"card_definition": None})
