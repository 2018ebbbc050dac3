"""Programs."""

from collections.abc import Sequence
from typing import Final

from msgspec import UNSET, json

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.bodies import encode_metadata
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.definitions.rows import assigned_definitions
from stampbook.dialects.voucherify.core.faults import Fault, invalid_payload
from stampbook.dialects.voucherify.core.lists.filters import (
    Sql,
    id_field,
    instant_field,
    text_field,
    word_field,
)
from stampbook.dialects.voucherify.core.lists.listing import Kind
from stampbook.dialects.voucherify.core.operations import Access
from stampbook.dialects.voucherify.core.rows import Program, program_of
from stampbook.dialects.voucherify.core.seats import find_program, program_number
from stampbook.dialects.voucherify.core.shapes.setup import NEW_PROGRAM, PROGRAM
from stampbook.dialects.voucherify.v2.benefits.wire import print_stock, read_stock
from stampbook.dialects.voucherify.v2.kernel.assignments import Named
from stampbook.dialects.voucherify.v2.kernel.resources import (
    Body,
    Changes,
    Create,
    Edit,
    Listing,
    Resource,
    Update,
    activate,
    deactivate,
)
from stampbook.dialects.voucherify.v2.programs import assigning, rewards, rules, structures
from stampbook.dialects.voucherify.v2.programs.wire import (
    ProgramCreate,
    ProgramUpdate,
    check_hours,
    print_program,
    read_end,
    read_moment,
)
from stampbook.programs import auditing, programs
from stampbook.programs.faults import Invalid
from stampbook.storage.store import Transacting

PROGRAMS: Final = "/v2/loyalties/programs"
ITEM: Final = PROGRAMS + "/{program}"

KIND: Final = Kind(
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

HOURS: Final = "validity_hours"

ENDED: Final = {
    "voucherify_assignments": "ended_at = $2",
    "rule_programs": "ended_at = $2",
    "voucherify_tier_groups": "ended_at = $2",
    "offers": "ended_at = $2, updated_at = $2",
}
"""The tables of what a program has, and how an entry of each ends."""


async def _seen(call: Call) -> Sql:
    return Sql(
        "p.tenant_id = $1 AND p.deleted_at IS NULL"
        " AND (CAST($2 AS bigint) = 0 OR p.program_id = CAST($2 AS bigint))",
        (call.tenant, call.caller.program or 0),
    )


async def _find(call: Call) -> Program:
    return await find_program(call, call.parameters["program"])


async def _hold(edit: Edit) -> Program:
    call, text = edit.call, edit.call.parameters["program"]
    await programs.hold(edit.writing, program_number(call, text), tenant=call.tenant)
    return await find_program(call, text, edit.writing)


async def _create(edit: Edit, wanted: ProgramCreate) -> Body:
    """A program with all that it is given."""
    writing, call = edit.writing, edit.call
    hours = check_hours(wanted.validity_hours)
    starts_at = read_moment(wanted.start_date, "start_date")
    ends_at = read_end(wanted.end_date, "end_date")
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
    await _save_hours(edit, made.program_id, hours)
    program = await find_program(call, spell(Prefix.PROGRAM, made.program_id), writing)
    await RESOURCE.note(edit, program, "created")
    definitions, earning = wanted.card_definitions or (), wanted.earning_rules or ()
    offered, tiers = wanted.rewards or (), wanted.tier_structures or ()
    await assigning.assign(edit, program, definitions)
    await structures.assign(edit, program, tiers)
    await rules.assign(edit, program, earning)
    await rewards.assign(edit, program, offered)
    if program.status == "active":
        await _check_active(edit, program)
    return {
        **print_program(program),
        "card_definitions": _ids(definitions),
        "earning_rules": _ids(earning),
        "rewards": [
            {"id": each.id, "stock": print_stock(read_stock(each.stock))} for each in offered
        ]
        or None,
        "tier_structures": _ids(tiers),
    }


def _ids(named: Sequence[Named]) -> list[Body] | None:
    return [{"id": each.id} for each in named] or None


def end_before_start() -> Fault:
    return invalid_payload("end_date must lie after start_date")


async def _check_active(edit: Edit, program: Program) -> None:
    """An active program needs an active card definition and an active earning rule, and its tier
    structure is active. Raises a Fault (423)."""
    found = await assigned_definitions(edit.writing, edit.call, program.program_id)
    if not any(each.status == "ACTIVE" for each in found):
        raise Fault(
            423,
            "missing_active_card_definition",
            "Missing active card definition",
            "Program must have an active card definition assigned in order to be active",
        )
    await rules.check_active_rule(edit, program)
    await structures.check_active_structures(edit, program)


def _read_update(wanted: ProgramUpdate) -> Changes:
    changes: Changes = {}
    if wanted.validity_hours is not UNSET:
        changes[HOURS] = check_hours(wanted.validity_hours)
    if wanted.name is not UNSET:
        changes["name"] = wanted.name
    if wanted.start_date is not UNSET:
        changes["starts_at"] = read_moment(wanted.start_date, "start_date")
    if wanted.end_date is not UNSET:
        changes["ends_at"] = read_end(wanted.end_date, "end_date")
    if wanted.metadata is not UNSET:
        changes["metadata"] = wanted.metadata
    return changes


async def _check_editable(_edit: Edit, found: Program, given: frozenset[str]) -> None:
    """A program that is no draft keeps its begin and its hours. Raises a Fault (400)."""
    fixed = sorted(given - ALWAYS_EDITABLE)
    if fixed and found.status != "draft":
        raise invalid_payload(f"{', '.join(fixed)} can be changed in a DRAFT only")


def _merge(found: Program, changes: Changes) -> Changes:
    starts_at = changes.get("starts_at", found.starts_at)
    ends_at = changes.get("ends_at", found.ends_at)
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise end_before_start()
    return changes


async def _save(edit: Edit, found: Program, changes: Changes) -> Program:
    call, number = edit.call, found.program_id
    columns = {name: value for name, value in changes.items() if name != HOURS}
    await programs.update(edit.writing, number, columns, tenant=call.tenant, now=call.now)
    if HOURS in changes:
        await _save_hours(edit, number, changes[HOURS])
    return await find_program(call, spell(Prefix.PROGRAM, number), edit.writing)


async def _save_hours(edit: Edit, program: int, hours: str | None) -> None:
    writing, call = edit.writing, edit.call

    async def told(db: Transacting) -> Body:
        row = await db.fetch_one(
            "SELECT validity_hours FROM voucherify_programs WHERE program_id = $1", program
        )
        return {HOURS: None if row is None else json.decode(row[HOURS])}

    await auditing.watch(
        writing, auditing.PROGRAM, program, told, tenant=call.tenant, now=call.now, part=HOURS
    )
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


async def _remove(edit: Edit, found: Program) -> Program:
    """Hide the program and end its assignments; what was recorded stays."""
    call, number = edit.call, found.program_id
    await programs.delete(edit.writing, number, tenant=call.tenant, now=call.now)
    for table, ended in ENDED.items():
        await edit.writing.execute(
            f"UPDATE {table} SET {ended} WHERE program_id = $1 AND ended_at IS NULL",  # noqa: S608
            number,
            call.now,
        )
    return found._replace(status="deleted", updated_at=call.now)


def _activity(found: Program, changes: Changes | None) -> Body:
    data: Body = {"id": spell(Prefix.PROGRAM, found.program_id)}
    if changes is None:
        data["name"] = found.name
    else:
        data["changes"] = sorted(changes.keys() - {HOURS})
    return {"program": data}


RESOURCE: Final[Resource[Program]] = Resource(
    noun="program",
    plural="programs",
    name="program",
    path=PROGRAMS,
    item=ITEM,
    tag="Programs",
    entity=activities.PROGRAM,
    shape=PROGRAM,
    number=lambda found: found.program_id,
    listing=Listing(
        kind=KIND, select=SELECT, where=_seen, print=lambda row: print_program(program_of(row))
    ),
    find=_find,
    hold=_hold,
    save=_save,
    remove=_remove,
    print=print_program,
    activity=_activity,
    create=Create(shape=ProgramCreate, answer=NEW_PROGRAM, make=_create, access=Access.TENANT),
    update=Update(shape=ProgramUpdate, read=_read_update, check=_check_editable, merge=_merge),
    steps=(
        activate("draft", "inactive", check=_check_active),
        deactivate("active"),
    ),
)
