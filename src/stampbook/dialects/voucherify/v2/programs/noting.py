"""Activities of programs and of what they have: both sides tell of an assignment."""

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.activities import Entity
from stampbook.dialects.voucherify.core.faults import Fault
from stampbook.dialects.voucherify.core.rows import Program
from stampbook.dialects.voucherify.v2.kernel.resources import Body, Edit
from stampbook.dialects.voucherify.v2.programs.wire import print_program


async def note_both(
    edit: Edit, program: Program, entity: Entity, number: int, event: str, data: Body
) -> None:
    """Record that a program was given or lost something. `data` is what the thing's own activity
    has. Writes."""
    both = {
        "program": {"id": spell(Prefix.PROGRAM, program.program_id)},
        entity.word: {"id": spell(entity.prefix, number)},
    }
    word = f"{entity.word}.{event}"
    note, writing, call = activities.note, edit.writing, edit.call
    await note(writing, call, activities.PROGRAM, program.program_id, f"program.{word}", both)
    await note(writing, call, entity, number, word, data)


def whole(program: Program, entity: Entity, thing: Body, assignment: Body) -> Body:
    """What the activity of an assigned thing has: the thing, the program, and the assignment."""
    return {
        entity.word: thing,
        "program": print_program(program),
        f"program_{entity.word}": assignment,
    }


def duplicate(entity: Entity, number: int) -> Fault:
    """The program has it already."""
    noun = entity.word.replace("_", " ").capitalize()
    return Fault(
        409,
        "duplicate_found",
        "Duplicate found",
        f"{noun} is assigned to the program already",
        resource_id=spell(entity.prefix, number),
        resource_type=entity.word,
    )


def too_many(entity: Entity, most: int) -> Fault:
    """The program has as many as it may."""
    noun = entity.word.replace("_", " ")
    few = f"{most} {noun}{'' if most == 1 else 's'}"
    return Fault(
        403,
        f"{entity.word}_assignments_limit_exceeded",
        f"{noun.capitalize()} assignments limit exceeded",
        f"Program may have at most {few}",
    )


def missing(entity: Entity, number: int) -> Fault:
    """The program does not have it."""
    noun = entity.word.replace("_", " ")
    return Fault(
        423,
        f"missing_{entity.word}_assignment",
        f"Missing {noun} assignment",
        f"{noun.capitalize()} is not assigned to the program",
        resource_id=spell(entity.prefix, number),
        resource_type=entity.word,
    )
