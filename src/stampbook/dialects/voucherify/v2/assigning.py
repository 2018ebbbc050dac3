"""Card definitions in programs: each is a currency of the program."""

from collections.abc import Sequence
from typing import Any, Final

from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.definitions import terms_of
from stampbook.dialects.voucherify.core.faults import Fault, invalid_payload
from stampbook.dialects.voucherify.core.ids import DEFINED_HERE, Prefix, spell
from stampbook.dialects.voucherify.core.rows import Definition, find_definition
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.dialects.voucherify.v2 import activities
from stampbook.dialects.voucherify.v2.definition_routes import get_definition, hold_definition
from stampbook.programs import currencies
from stampbook.programs.programs import Program, hold
from stampbook.storage.store import Transacting

MAX_DEFINITIONS: Final = 10
"""Card definitions that a program has at most."""


def print_assignment(definition: int, created_at: int) -> dict[str, Any]:
    return {
        "card_type": "INDIVIDUAL",
        "card_definition_id": spell(Prefix.CARD_DEFINITION, definition),
        "created_at": stamp(created_at),
        "object": "program_card_definition",
    }


async def assigned_definitions(db: Transacting, call: Call, program: int) -> list[Definition]:
    """The definitions that a program has, by currency."""
    found = [
        await find_definition(db, number, tenant=call.tenant)
        for number, _ in await assigned(db, program)
    ]
    return [each for each in found if each is not None]


async def assigned(db: Transacting, program: int) -> list[tuple[int, int]]:
    """The numbers of a program's definitions, each with the currency that it is here."""
    rows = await db.fetch(
        """
        SELECT c.currency_id, a.definition_id FROM currencies c
        LEFT JOIN voucherify_assignments a ON a.currency_id = c.currency_id
        WHERE c.program_id = $1 AND c.scale = 0 AND a.ended_at IS NULL
        ORDER BY c.currency_id
        """,
        program,
    )
    return [
        (
            row["currency_id"]
            if row["definition_id"] is None
            else DEFINED_HERE + row["definition_id"],
            row["currency_id"],
        )
        for row in rows
    ]


async def assign(
    writing: Transacting, call: Call, program: Program, ids: Sequence[str]
) -> list[dict[str, Any]]:
    """Give the program these definitions. Writes; raises a Fault: 400, 403, 404, 409."""
    held = {text: await hold_definition(writing, call, text) for text in sorted(ids)}
    definitions = [held[text] for text in ids]
    # So that the limit holds for requests at once.
    await hold(writing, program.program_id, tenant=program.tenant_id)
    present = {number for number, _ in await assigned(writing, program.program_id)}
    for definition in definitions:
        if definition.number in present:
            raise _duplicate(definition)
        present.add(definition.number)
        if definition.definition_id is None:
            raise invalid_payload("Card definition belongs to another program")
    if len(present) > MAX_DEFINITIONS:
        raise Fault(
            403,
            "card_definition_assignments_limit_exceeded",
            "Card definition assignments limit exceeded",
            f"Program may have at most {MAX_DEFINITIONS} card definitions",
        )
    for definition in definitions:
        await _give(writing, call, program, definition)
        await _note(writing, call, program, definition, "assigned")
    return [print_assignment(definition.number, call.now) for definition in definitions]


def _duplicate(definition: Definition) -> Fault:
    return Fault(
        409,
        "duplicate_found",
        "Duplicate resource found",
        "Card definition is assigned to the program already",
        resource_id=spell(Prefix.CARD_DEFINITION, definition.number),
        resource_type="card_definition",
    )


async def _give(writing: Transacting, call: Call, program: Program, definition: Definition) -> None:
    """A definition that the program had before gets its currency back."""
    terms = terms_of(definition.body)
    row = await writing.fetch_one(
        "SELECT currency_id FROM voucherify_assignments"
        " WHERE program_id = $1 AND definition_id = $2",
        program.program_id,
        definition.definition_id,
    )
    before = None
    if row is not None:
        before = await currencies.get(writing, row["currency_id"], tenant=call.tenant)
    if before is not None:
        touched = await writing.execute(
            "UPDATE voucherify_assignments SET ended_at = NULL, created_at = $2"
            " WHERE currency_id = $1 AND ended_at IS NOT NULL",
            before.currency_id,
            call.now,
        )
        if not touched:  # another request was first, after we had looked
            raise _duplicate(definition)
        await currencies.update(writing, before, now=call.now, terms=terms)
        return
    currency = await currencies.create(
        writing, program, name=definition.name, now=call.now, terms=terms
    )
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


async def unassign(
    writing: Transacting, call: Call, program: Program, ids: Sequence[str]
) -> list[dict[str, Any]]:
    """Take these definitions from the program. Writes; raises a Fault: 404, 423."""
    gone = []
    for text in ids:
        definition = await get_definition(writing, call, text)
        row = await writing.fetch_one(
            """
            UPDATE voucherify_assignments SET ended_at = $3
            WHERE program_id = $1 AND definition_id = $2 AND ended_at IS NULL
            RETURNING created_at
            """,
            program.program_id,
            -1 if definition.definition_id is None else definition.definition_id,
            call.now,
        )
        if row is None:
            raise Fault(
                423,
                "missing_card_definition_assignment",
                "Missing card definition assignment",
                "Card definition is not assigned to the program",
                resource_id=text,
                resource_type="card_definition",
            )
        await _note(writing, call, program, definition, "unassigned")
        gone.append(print_assignment(definition.number, row["created_at"]))
    return gone


async def _note(
    writing: Transacting, call: Call, program: Program, definition: Definition, event: str
) -> None:
    """Both sides tell of an assignment."""
    data = {
        "program": {"id": spell(Prefix.PROGRAM, program.program_id)},
        "card_definition": {"id": spell(Prefix.CARD_DEFINITION, definition.number)},
    }
    word = f"card_definition.{event}"
    await activities.note(
        writing, call, activities.PROGRAM, program.program_id, f"program.{word}", data
    )
    await activities.note(
        writing, call, activities.DEFINITION, definition.number, word, {"card_definition": None}
    )
