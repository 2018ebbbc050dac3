"""Programs, and the card definitions assigned to them."""

from typing import Any, Final

from msgspec import UNSET

from stampbook.dialects.voucherify.core.bodies import (
    encode_metadata,
    merged_metadata,
    read_body,
    read_no_body,
    read_raw,
)
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import (
    Fault,
    invalid_payload,
    invalid_step,
    not_found,
)
from stampbook.dialects.voucherify.core.filters import (
    Sql,
    id_field,
    instant_field,
    text_field,
    word_field,
)
from stampbook.dialects.voucherify.core.ids import Prefix, spell
from stampbook.dialects.voucherify.core.listing import Kind, fetch_page, list_body, read_page
from stampbook.dialects.voucherify.core.once import write_once
from stampbook.dialects.voucherify.core.rows import Program, find_seat, program_of
from stampbook.dialects.voucherify.core.seats import find_program
from stampbook.dialects.voucherify.v2 import activities
from stampbook.dialects.voucherify.v2.assigning import (
    assign,
    assigned_definitions,
    print_assignment,
    unassign,
)
from stampbook.dialects.voucherify.v2.program_wire import (
    Batch,
    ProgramCreate,
    ProgramUpdate,
    check_hours,
    print_program,
    read_end,
    read_moment,
)
from stampbook.programs import programs
from stampbook.programs.faults import Invalid
from stampbook.storage.store import Transacting

PROGRAMS: Final = "/v2/loyalties/programs"
ONE: Final = PROGRAMS + "/{program:str}"

LIST: Final = Kind(
    prefix="lcrsprg_",
    orders={"created_at": "p.created_at", "name": "p.name"},
    number="p.program_id",
    filters={
        "id": id_field("p.program_id", Prefix.PROGRAM),
        "name": text_field("p.name"),
        "status": word_field(
            "p.status", {"ACTIVE": "active", "INACTIVE": "inactive", "DRAFT": "draft"}
        ),
        "created_at": instant_field("p.created_at"),
    },
)

SELECT: Final = """
    SELECT p.program_id, p.name, p.status AS program_status, p.timezone, p.starts_at, p.ends_at,
           p.metadata AS program_metadata, p.created_at AS program_created_at,
           p.updated_at AS program_updated_at, x.validity_hours, {keys}
    FROM programs p LEFT JOIN voucherify_programs x ON x.program_id = p.program_id
"""

ALWAYS_EDITABLE: Final = frozenset({"name", "end_date", "metadata"})
"""What may be changed of a program that is no draft."""


async def list_programs(call: Call) -> dict[str, Any]:
    rows, cursor = await fetch_page(
        call.store,
        read_page(call, LIST),
        await call.cursors(),
        select=SELECT,
        where=Sql(
            "p.tenant_id = $1 AND p.deleted_at IS NULL"
            " AND (CAST($2 AS bigint) = 0 OR p.program_id = CAST($2 AS bigint))",
            (call.tenant, call.caller.program or 0),
        ),
    )
    data = [print_program(program_of(row)) for row in rows]
    return list_body(data, cursor)


async def create_program(call: Call) -> dict[str, Any]:
    """A program, with its card definitions. Without an earning rule it may be active too
    (docs/decisions/0032-voucherify-programs-without-earning-rules.md)."""
    wanted = read_body(call.body, ProgramCreate)
    hours = check_hours(wanted.validity_hours)
    starts_at = read_moment(wanted.start_date, "start_date")
    ends_at = read_end(wanted.end_date, "end_date")
    _check_served(wanted)

    async def write(writing: Transacting) -> Any:
        try:
            made = await programs.create(
                writing,
                tenant=call.tenant,
                name=wanted.name,
                now=call.now,
                status=(wanted.status or "DRAFT").lower(),
                starts_at=starts_at,
                ends_at=ends_at,
                metadata=encode_metadata(None if wanted.metadata is UNSET else wanted.metadata),
            )
        except Invalid:
            raise end_before_start() from None
        await _save_hours(writing, made.program_id, hours)
        await _note(writing, call, made.program_id, "created", {"name": wanted.name})
        ids = [each.id for each in wanted.card_definitions or ()]
        await assign(writing, call, made, ids)
        if made.status == "active":
            await _check_active(writing, call, made.program_id)
        return {
            **print_program(await _read(writing, call, made.program_id)),
            "card_definitions": [{"id": text} for text in ids] or None,
            "earning_rules": None,
            "rewards": None,
            "tier_structures": None,
        }

    return await write_once(call, write)


def end_before_start() -> Fault:
    return invalid_payload("end_date must lie after start_date")


def _check_served(wanted: ProgramCreate) -> None:
    """Rules, rewards and tiers are not served yet: none of them exists. Raises a Fault (404)."""
    for kind, named in (
        ("earning_rule", wanted.earning_rules),
        ("reward", wanted.rewards),
        ("tier_structure", wanted.tier_structures),
    ):
        if named:
            raise not_found(kind, named[0].id)


async def _check_active(writing: Transacting, call: Call, program: int) -> None:
    """An active program needs an active card definition. Raises a Fault (423)."""
    found = await assigned_definitions(writing, call, program)
    if not any(each.status == "ACTIVE" for each in found):
        raise Fault(
            423,
            "missing_active_card_definition",
            "Missing active card definition",
            "Program must have an active card definition assigned in order to be active",
        )


async def read_program(call: Call) -> dict[str, Any]:
    program = call.parameters["program"]
    found = await find_program(call, program)
    return print_program(found)


async def update_program(call: Call) -> dict[str, Any]:
    """What is given replaces what was; a program that is no draft keeps its begin and hours."""
    program = call.parameters["program"]
    wanted = read_body(call.body, ProgramUpdate)
    given = frozenset(read_raw(call.body))
    hours = check_hours(wanted.validity_hours)
    changes: dict[str, object] = {}
    if wanted.name is not UNSET:
        changes["name"] = wanted.name
    if wanted.start_date is not UNSET:
        changes["starts_at"] = read_moment(wanted.start_date, "start_date")
    if wanted.end_date is not UNSET:
        changes["ends_at"] = read_end(wanted.end_date, "end_date")

    async def write(writing: Transacting) -> Any:
        found, stored = await _held(writing, call, program)
        fixed = sorted(given - ALWAYS_EDITABLE)
        if fixed and stored.status != "draft":
            raise invalid_payload(f"{', '.join(fixed)} can be changed in a DRAFT only")
        starts_at = changes.get("starts_at", stored.starts_at)
        ends_at = changes.get("ends_at", stored.ends_at)
        if isinstance(starts_at, int) and isinstance(ends_at, int) and ends_at <= starts_at:
            raise end_before_start()
        if wanted.metadata is not UNSET:
            changes["metadata"] = merged_metadata(stored.metadata, wanted.metadata)
        await _change(writing, call, found, changes, "updated")
        if wanted.validity_hours is not UNSET:
            await _save_hours(writing, found.program_id, hours)
        return print_program(await _read(writing, call, found.program_id))

    return await write_once(call, write)


async def delete_program(call: Call) -> dict[str, Any]:
    """Hide the program and end its assignments; what was recorded stays."""
    program = call.parameters["program"]
    read_no_body(call.body)

    async def write(writing: Transacting) -> Any:
        found, _ = await _held(writing, call, program)
        await programs.delete(writing, found.program_id, tenant=call.tenant, now=call.now)
        await writing.execute(
            "UPDATE voucherify_assignments SET ended_at = $2"
            " WHERE program_id = $1 AND ended_at IS NULL",
            found.program_id,
            call.now,
        )
        await _note(writing, call, found.program_id, "deleted", {"name": found.name})
        return print_program(found._replace(updated_at=call.now), status="DELETED")

    return await write_once(call, write)


async def activate_program(call: Call) -> dict[str, Any]:
    program = call.parameters["program"]
    return await _step(call, program, ("draft", "inactive"), "active", "activated")


async def deactivate_program(call: Call) -> dict[str, Any]:
    program = call.parameters["program"]
    return await _step(call, program, ("active",), "inactive", "deactivated")


async def _step(
    call: Call, program: str, before: tuple[str, ...], after: str, event: str
) -> dict[str, Any]:
    read_no_body(call.body)

    async def write(writing: Transacting) -> Any:
        found, stored = await _held(writing, call, program)
        if stored.status not in before:
            raise invalid_step(f"Program cannot go from {stored.status.upper()} to {after.upper()}")
        await _change(writing, call, found, {"status": after}, event)
        if after == "active":
            await _check_active(writing, call, found.program_id)
        return print_program(await _read(writing, call, found.program_id))

    return await write_once(call, write)


ASSIGNMENTS: Final = Kind(
    prefix="lcrscdefa_", orders={"created_at": "x.created_at"}, number="x.number"
)
SELECT_ASSIGNMENTS: Final = """
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


async def list_assignments(call: Call) -> dict[str, Any]:
    program = call.parameters["program"]
    page = read_page(call, ASSIGNMENTS)
    found = await find_program(call, program)
    rows, cursor = await fetch_page(
        call.store,
        page,
        await call.cursors(),
        select=SELECT_ASSIGNMENTS,
        where=Sql("1 = 1", (found.program_id,)),
    )
    data = [print_assignment(row["number"], row["created_at"]) for row in rows]
    return list_body(data, cursor)


async def change_assignments(call: Call) -> dict[str, Any]:
    """Unassign first, then assign; all or nothing. Only while the program is a draft."""
    program = call.parameters["program"]
    wanted = read_body(call.body, Batch)

    async def write(writing: Transacting) -> Any:
        _, stored = await _held(writing, call, program)
        if stored.status != "draft":
            raise Fault(
                423,
                "non_draft_program",
                "Invalid program status",
                "Cannot change card definition assignments when program status is not DRAFT",
            )
        gone = await unassign(writing, call, stored, [each.id for each in wanted.unassign or ()])
        made = await assign(writing, call, stored, [each.id for each in wanted.assign or ()])
        return {"assigned": made, "unassigned": gone}

    return await write_once(call, write)


async def _held(writing: Transacting, call: Call, text: str) -> tuple[Program, programs.Program]:
    """The program of that id, and what is stored of it until the transaction ends.

    Writes; raises a Fault (404), also if the program was deleted at the same time.
    """
    found = await find_program(call, text, writing)
    stored = await programs.hold(writing, found.program_id, tenant=call.tenant)
    if stored is None:
        raise not_found("program", text)
    return found, stored


async def _change(
    writing: Transacting, call: Call, program: Program, changes: dict[str, object], event: str
) -> None:
    """Write changes of a program, and what was done. Writes; raises a Fault."""
    await programs.update(writing, program.program_id, changes, tenant=call.tenant, now=call.now)
    await _note(writing, call, program.program_id, event, {"changes": sorted(changes)})


async def _save_hours(writing: Transacting, program: int, hours: str | None) -> None:
    if hours is None:
        await writing.execute("DELETE FROM voucherify_programs WHERE program_id = $1", program)
        return
    await writing.execute(
        """
        INSERT INTO voucherify_programs (program_id, validity_hours) VALUES ($1, $2)
        ON CONFLICT (program_id) DO UPDATE SET validity_hours = excluded.validity_hours
        """,
        program,
        hours,
    )


async def _note(
    writing: Transacting, call: Call, program: int, event: str, data: dict[str, Any]
) -> None:
    data = {"program": {"id": spell(Prefix.PROGRAM, program), **data}}
    await activities.note(writing, call, activities.PROGRAM, program, f"program.{event}", data)


async def _read(writing: Transacting, call: Call, program: int) -> Program:
    """The program as the transaction has left it."""
    seat = await find_seat(call.store, tenant=call.tenant, program=program, db=writing)
    if seat.program is None:
        raise not_found("program", spell(Prefix.PROGRAM, program))
    return seat.program
