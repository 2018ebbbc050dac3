"""Card definitions: what a card is like, made once and assigned to programs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET

from stampbook.dialects.voucherify.core.bodies import (
    encode_metadata,
    merged_metadata,
    read_body,
    read_no_body,
    read_raw,
)
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.definitions import terms_of
from stampbook.dialects.voucherify.core.faults import (
    Fault,
    invalid_payload,
    invalid_step,
    not_found,
)
from stampbook.dialects.voucherify.core.filters import (
    ALL,
    Sql,
    id_field,
    instant_field,
    text_field,
    word_field,
)
from stampbook.dialects.voucherify.core.ids import DEFINED_HERE, Prefix, parse, spell
from stampbook.dialects.voucherify.core.listing import Kind, fetch_page, list_body, read_page
from stampbook.dialects.voucherify.core.once import write_once
from stampbook.dialects.voucherify.core.rows import (
    NOBODY,
    SELECT_DEFINITIONS,
    Definition,
    definition_of,
    find_definition,
)
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.dialects.voucherify.v2 import activities
from stampbook.dialects.voucherify.v2.definition_wire import (
    DefinitionCreate,
    DefinitionUpdate,
    check_together,
    default_parts,
    given_parts,
)
from stampbook.dialects.voucherify.v2.program_wire import updated
from stampbook.programs import currencies
from stampbook.programs.programs import STATUSES
from stampbook.storage.store import Transacting

DEFINITIONS: Final = "/v2/loyalties/card-definitions"
ONE: Final = DEFINITIONS + "/{definition:str}"
INDIVIDUAL: Final = "CAST('INDIVIDUAL' AS text)"
"""The only type there is."""

LIST: Final = Kind(
    prefix="lcrscdef_",
    orders={
        "name": "x.name",
        "type": INDIVIDUAL,
        "status": "x.status",
        "created_at": "x.created_at",
    },
    number="x.number",
    filters={
        "id": id_field("x.number", Prefix.CARD_DEFINITION),
        "name": text_field("x.name"),
        "type": word_field(INDIVIDUAL, {"INDIVIDUAL": "INDIVIDUAL"}),
        "status": word_field("x.status", {"ACTIVE": "ACTIVE", "DRAFT": "DRAFT"}),
        "created_at": instant_field("x.created_at"),
        "updated_at": instant_field("NULLIF(x.updated_at, x.created_at)"),
    },
)

ALWAYS_EDITABLE: Final = frozenset({"name", "metadata", "pay_with_points"})
"""What may be changed of a definition that is no draft, or that an active program uses."""


def print_definition(definition: Definition, *, status: str | None = None) -> dict[str, Any]:
    """A definition; `status` where it is no longer the stored one."""
    return {
        "id": spell(Prefix.CARD_DEFINITION, definition.number),
        "name": definition.name,
        "type": "INDIVIDUAL",
        "status": status or definition.status,
        **definition.body,
        "metadata": msgspec.json.decode(definition.metadata),
        "created_at": stamp(definition.created_at),
        "updated_at": updated(definition.created_at, definition.updated_at),
        "object": "card_definition",
    }


async def get_definition(db: Transacting, call: Call, text: str) -> Definition:
    """The tenant's definition of that id. Raises a Fault (404)."""
    number = parse(Prefix.CARD_DEFINITION, text)
    found = await find_definition(db, NOBODY if number is None else number, tenant=call.tenant)
    if found is None:
        raise not_found("card_definition", text)
    return found


async def hold_definition(writing: Transacting, call: Call, text: str) -> Definition:
    """The definition as it is, and stays until the transaction ends. Writes; raises a Fault (404).

    A currency of another API is guarded by its version instead.
    """
    number = parse(Prefix.CARD_DEFINITION, text)
    await writing.execute(
        "UPDATE voucherify_card_definitions SET updated_at = updated_at"
        " WHERE definition_id = $1 AND tenant_id = $2",
        (NOBODY if number is None else number) - DEFINED_HERE,
        call.tenant,
    )
    return await get_definition(writing, call, text)


async def list_definitions(call: Call) -> dict[str, Any]:
    rows, cursor = await fetch_page(
        call.store,
        read_page(call, LIST),
        await call.cursors(),
        select=SELECT_DEFINITIONS,
        where=Sql(ALL.text, (call.tenant,)),
    )
    data = [print_definition(definition_of(row)) for row in rows]
    return list_body(data, cursor)


async def create_definition(call: Call) -> dict[str, Any]:
    wanted = read_body(call.body, DefinitionCreate)
    body = default_parts() | given_parts(wanted)
    check_together(body)
    metadata = None if wanted.metadata is UNSET else wanted.metadata

    async def write(writing: Transacting) -> Any:
        row = await writing.fetch_one(
            """
            INSERT INTO voucherify_card_definitions
                (tenant_id, name, status, body, metadata, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING definition_id
            """,
            call.tenant,
            wanted.name,
            wanted.status or "DRAFT",
            msgspec.json.encode(body).decode(),
            encode_metadata(metadata),
            call.now,
        )
        assert row is not None
        number = DEFINED_HERE + row["definition_id"]
        made = await get_definition(writing, call, spell(Prefix.CARD_DEFINITION, number))
        await _note(writing, call, made, "created")
        return print_definition(made)

    return await write_once(call, write)


async def read_definition(call: Call) -> dict[str, Any]:
    definition = call.parameters["definition"]
    found = await get_definition(call.store, call, definition)
    return print_definition(found)


async def update_definition(call: Call) -> dict[str, Any]:
    """What is given replaces what was. A definition that is no draft keeps its rules, and so does
    one of an active program: they are the rules of points that people have."""
    definition = call.parameters["definition"]
    wanted = read_body(call.body, DefinitionUpdate)
    given = frozenset(read_raw(call.body))
    parts = given_parts(wanted)

    async def write(writing: Transacting) -> Any:
        found = await hold_definition(writing, call, definition)
        await _check_editable(writing, found, given)
        body = found.body | parts
        check_together(body)
        changed = found._replace(
            name=found.name if wanted.name is UNSET else wanted.name,
            body=body,
            metadata=found.metadata
            if wanted.metadata is UNSET
            else merged_metadata(found.metadata, wanted.metadata),
            updated_at=call.now,
        )
        await _save(writing, call, changed)
        await _note(writing, call, changed, "updated")
        return print_definition(changed)

    return await write_once(call, write)


async def delete_definition(call: Call) -> dict[str, Any]:
    """Hide the definition, unless a program has it."""
    definition = call.parameters["definition"]
    read_no_body(call.body)

    async def write(writing: Transacting) -> Any:
        found = await hold_definition(writing, call, definition)
        if found.definition_id is None or await _is_used(writing, found.definition_id, STATUSES):
            raise Fault(
                400,
                "resource_in_use",
                "Resource in use",
                "Card definition is assigned to a program",
                resource_id=definition,
                resource_type="card_definition",
            )
        changed = found._replace(status="DELETED", updated_at=call.now)
        await _save(writing, call, changed)
        await _note(writing, call, changed, "deleted")
        return print_definition(changed)

    return await write_once(call, write)


async def activate_definition(call: Call) -> dict[str, Any]:
    return await _step(call, ("DRAFT", "ACTIVE"), "activated")


async def draft_definition(call: Call) -> dict[str, Any]:
    return await _step(call, ("ACTIVE", "DRAFT"), "drafted")


async def _step(call: Call, step: tuple[str, str], event: str) -> dict[str, Any]:
    definition = call.parameters["definition"]
    read_no_body(call.body)

    async def write(writing: Transacting) -> Any:
        found = await hold_definition(writing, call, definition)
        before, after = step
        if found.status != before or found.definition_id is None:
            raise invalid_step(f"Card definition cannot go from {found.status} to {after}")
        changed = found._replace(status=after, updated_at=call.now)
        await _save(writing, call, changed)
        await _note(writing, call, changed, event)
        return print_definition(changed)

    return await write_once(call, write)


async def list_definition_activities(call: Call) -> dict[str, Any]:
    definition = call.parameters["definition"]
    read_page(call, activities.DEFINITION.kind)
    found = await get_definition(call.store, call, definition)
    return await activities.list_activities(call, activities.DEFINITION, found.number)


async def _note(writing: Transacting, call: Call, definition: Definition, event: str) -> None:
    data = {"card_definition": print_definition(definition)}
    await activities.note(
        writing,
        call,
        activities.DEFINITION,
        definition.number,
        f"card_definition.{event}",
        data,
    )


async def _check_editable(db: Transacting, found: Definition, given: frozenset[str]) -> None:
    """Whether these properties may be changed now. Raises a Fault (400)."""
    if found.definition_id is None:
        fixed, why = given - {"name", "metadata"}, "the card definition is another API's currency"
    elif found.status != "DRAFT":
        fixed, why = given - ALWAYS_EDITABLE, f"status is {found.status}"
    elif await _is_used(db, found.definition_id, ("active",)):
        fixed, why = given - ALWAYS_EDITABLE, "an ACTIVE program uses the card definition"
    else:
        return
    if fixed:
        raise invalid_payload(f"Property .{min(fixed)} cannot be changed when {why}")


async def _is_used(db: Transacting, definition: int, statuses: Sequence[str]) -> bool:
    """Whether a program of one of these statuses has the definition."""
    rows = await db.fetch(
        """
        SELECT DISTINCT p.status FROM voucherify_assignments a
        JOIN programs p ON p.program_id = a.program_id
        WHERE a.definition_id = $1 AND a.ended_at IS NULL AND p.deleted_at IS NULL
        """,
        definition,
    )
    return any(row["status"] in statuses for row in rows)


async def _save(writing: Transacting, call: Call, changed: Definition) -> None:
    """Write a definition, and the policy of each currency that it is. Writes."""
    if changed.definition_id is None:
        labels = {"name": changed.name, "metadata": changed.metadata}
        await _change_currency(writing, call, changed.number, changed, labels)
        return
    await writing.execute(
        """
        UPDATE voucherify_card_definitions
        SET name = $3, status = $4, body = $5, metadata = $6, updated_at = $7
        WHERE definition_id = $1 AND tenant_id = $2
        """,
        changed.definition_id,
        call.tenant,
        changed.name,
        changed.status,
        msgspec.json.encode(changed.body).decode(),
        changed.metadata,
        changed.updated_at,
    )
    rows = await writing.fetch(
        "SELECT currency_id FROM voucherify_assignments WHERE definition_id = $1",
        changed.definition_id,
    )
    for row in rows:
        await _change_currency(writing, call, row["currency_id"], changed, {"name": changed.name})


async def _change_currency(
    writing: Transacting,
    call: Call,
    number: int,
    definition: Definition,
    labels: Mapping[str, object],
) -> None:
    """What this dialect has no word for, such as a cancel window, stays as it is."""
    currency = await currencies.get(writing, number, tenant=call.tenant)
    if currency is None:
        return
    terms = currency.terms
    if definition.definition_id is not None:
        wanted = terms_of(definition.body)
        terms = terms._replace(
            pending=wanted.pending,
            expiry=wanted.expiry,
            spent_accrual=wanted.spent_accrual,
            overdraft=wanted.overdraft,
        )
    await currencies.update(
        writing,
        currency,
        now=call.now,
        terms=None if terms == currency.terms else terms,
        labels=labels,
    )
