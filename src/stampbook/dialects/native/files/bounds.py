"""Whose files a caller sees: those of whole programs, since a file has all of a program."""

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.problems import Failure, invalid_parameter
from stampbook.edge.credentials.caller import Caller
from stampbook.programs import programs
from stampbook.programs.programs import Program
from stampbook.storage.store import Transacting
from stampbook.visits.locations import Limit


def whole_programs(caller: Caller) -> frozenset[int] | None:
    """The programs of which the caller sees everything; None: all of the tenant."""
    if caller.programs is None or not caller.limits:
        return caller.programs
    return frozenset(each for each in caller.programs if Limit(each) in caller.limits)


def is_seen(call: Call, program: int) -> bool:
    """Whether a file of that program is there for the caller."""
    seen = whole_programs(call.caller)
    return seen is None or program in seen


async def program_of(call: Call, db: Transacting, named: str | None) -> Program:
    """The program of that id; without one the only program that the caller sees. Raises Failure."""
    if named is not None:
        number = ids.read(ids.PROGRAM, named)
        if number is None:
            raise invalid_parameter("program_id", "is not an id (prg_…)")
        return await finding.program(call, db, number)
    seen = await programs.page(
        db,
        tenant=call.caller.tenant,
        program=call.caller.program,
        only_of=finding.bound_user(call),
        limit=2,
    )
    if len(seen) != 1:
        raise invalid_parameter("program_id", "must name one of the programs")
    return await finding.program(call, db, seen[0].program_id)


def too_many(most: int, what: str) -> Failure:
    """503: the work comes to an end by itself."""
    detail = f"{most} {what} are under way; try again when some of them have ended"
    return Failure(503, "overloaded", detail, retry_after_s=60)
