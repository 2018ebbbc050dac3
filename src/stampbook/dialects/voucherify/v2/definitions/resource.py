"""Card definitions: what a card is like, made once and assigned to programs."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import UNSET

from stampbook.dialects.spelling.voucherify import DEFINED_HERE, Prefix, spell
from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.bodies import encode_metadata
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.definitions.options import put_options
from stampbook.dialects.voucherify.core.definitions.rows import (
    SELECT_DEFINITIONS,
    Definition,
    definition_of,
    find_definition,
    get_definition,
    hold_definition,
)
from stampbook.dialects.voucherify.core.definitions.terms import terms_of
from stampbook.dialects.voucherify.core.definitions.wire import (
    DefinitionCreate,
    DefinitionUpdate,
    check_together,
    default_parts,
    given_parts,
)
from stampbook.dialects.voucherify.core.faults import Fault, invalid_payload
from stampbook.dialects.voucherify.core.lists.filters import (
    ALL,
    Sql,
    id_field,
    instant_field,
    text_field,
    word_field,
)
from stampbook.dialects.voucherify.core.lists.listing import Kind
from stampbook.dialects.voucherify.core.operations import Access
from stampbook.dialects.voucherify.core.shapes.setup import DEFINITION
from stampbook.dialects.voucherify.core.times import stamp, updated
from stampbook.dialects.voucherify.v2.kernel.resources import (
    Body,
    Changes,
    Create,
    Edit,
    Listing,
    Resource,
    Update,
    activate,
    draft,
    no_such_step,
)
from stampbook.programs import auditing, currencies
from stampbook.programs.programs import STATUSES
from stampbook.storage.store import Transacting

DEFINITIONS: Final = "/v2/loyalties/card-definitions"
NOUN: Final = "card definition"
INDIVIDUAL: Final = "CAST('INDIVIDUAL' AS text)"
"""The only type there is."""

KIND: Final = Kind(
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


def print_definition(definition: Definition) -> Body:
    return {
        "id": spell(Prefix.CARD_DEFINITION, definition.number),
        "name": definition.name,
        "type": "INDIVIDUAL",
        "status": definition.status,
        **definition.body,
        "metadata": msgspec.json.decode(definition.metadata),
        "created_at": stamp(definition.created_at),
        "updated_at": updated(definition.created_at, definition.updated_at),
        "object": "card_definition",
    }


async def _of_tenant(call: Call) -> Sql:
    return Sql(ALL.text, (call.tenant,))


async def _find(call: Call) -> Definition:
    return await get_definition(call.store, call, call.parameters["definition"])


async def _hold(edit: Edit) -> Definition:
    return await hold_definition(edit.writing, edit.call, edit.call.parameters["definition"])


async def _create(edit: Edit, wanted: DefinitionCreate) -> Body:
    body = default_parts() | given_parts(wanted)
    check_together(body)
    call, metadata = edit.call, None if wanted.metadata is UNSET else wanted.metadata
    row = await edit.writing.fetch_one(
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
    number = spell(Prefix.CARD_DEFINITION, DEFINED_HERE + row["definition_id"])
    made = await get_definition(edit.writing, call, number)
    auditing.made(
        edit.writing,
        auditing.CARD_DEFINITION,
        row["definition_id"],
        partial(find_definition, number=made.number, tenant=call.tenant),
        tenant=call.tenant,
        now=call.now,
    )
    await RESOURCE.note(edit, made, "created")
    return print_definition(made)


def _read_update(wanted: DefinitionUpdate) -> Changes:
    changes: Changes = {"body": given_parts(wanted)}
    if wanted.name is not UNSET and wanted.name is not None:
        changes["name"] = wanted.name
    if wanted.metadata is not UNSET:
        changes["metadata"] = wanted.metadata
    return changes


def _merge(found: Definition, changes: Changes) -> Changes:
    body = found.body | changes["body"]
    check_together(body)
    return changes | {"body": body}


async def _check_editable(edit: Edit, found: Definition, given: frozenset[str]) -> None:
    """A definition that is no draft keeps its rules, and so does one of an active program: they
    are the rules of points that people have. Raises a Fault (400)."""
    if found.definition_id is None:
        fixed, why = given - {"name", "metadata"}, "the card definition is another API's currency"
    elif found.status != "DRAFT":
        fixed, why = given - ALWAYS_EDITABLE, f"status is {found.status}"
    elif await _is_used(edit.writing, found.definition_id, ("active",)):
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


async def _remove(edit: Edit, found: Definition) -> Definition:
    """Hide the definition, unless a program has it."""
    number = found.definition_id
    if number is None or await _is_used(edit.writing, number, STATUSES):
        raise Fault(
            400,
            "resource_in_use",
            "Resource in use",
            "Card definition is assigned to a program",
            resource_id=spell(Prefix.CARD_DEFINITION, found.number),
            resource_type="card_definition",
        )
    return await _save(edit, found, {"status": "DELETED"})


async def _save(edit: Edit, found: Definition, changes: Changes) -> Definition:
    """Write a definition, and the policy of each currency that it is."""
    changed = found._replace(**changes, updated_at=edit.call.now)
    if changed.definition_id is None:
        labels = {"name": changed.name, "metadata": changed.metadata}
        await _change_currency(edit, changed.number, changed, labels)
        return changed
    await edit.writing.execute(
        """
        UPDATE voucherify_card_definitions
        SET name = $3, status = $4, body = $5, metadata = $6, updated_at = $7
        WHERE definition_id = $1 AND tenant_id = $2
        """,
        changed.definition_id,
        edit.call.tenant,
        changed.name,
        changed.status,
        msgspec.json.encode(changed.body).decode(),
        changed.metadata,
        changed.updated_at,
    )
    rows = await edit.writing.fetch(
        "SELECT currency_id FROM voucherify_assignments WHERE definition_id = $1",
        changed.definition_id,
    )
    for row in rows:
        await _change_currency(edit, row["currency_id"], changed, {"name": changed.name})
        await put_options(edit.writing, row["currency_id"], changed.body, now=edit.call.now)
    return changed


async def _change_currency(
    edit: Edit, number: int, definition: Definition, labels: Mapping[str, object]
) -> None:
    """What this dialect has no word for, such as a cancel window, stays as it is."""
    currency = await currencies.get(edit.writing, number, tenant=edit.call.tenant)
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
        edit.writing,
        currency,
        now=edit.call.now,
        terms=None if terms == currency.terms else terms,
        labels=labels,
    )


async def _check_free(edit: Edit, found: Definition) -> None:
    """A currency of another API takes no steps (400), and one that a program uses goes on. Raises a
    Fault (400, 423)."""
    if found.definition_id is None:
        raise no_such_step(NOUN, found.status, "DRAFT")
    if await _is_used(edit.writing, found.definition_id, STATUSES):
        raise Fault(
            423,
            "resource_locked",
            "Resource locked",
            "Card definition is assigned to a program",
            resource_id=spell(Prefix.CARD_DEFINITION, found.number),
            resource_type="card_definition",
        )


def _activity(found: Definition, _changes: Changes | None) -> dict[str, Any]:
    return {"card_definition": print_definition(found)}


RESOURCE: Final[Resource[Definition]] = Resource(
    noun=NOUN,
    plural="card definitions",
    name="card_definition",
    path=DEFINITIONS,
    item=DEFINITIONS + "/{definition}",
    tag="Card definitions",
    entity=activities.DEFINITION,
    shape=DEFINITION,
    number=lambda found: found.number,
    listing=Listing(
        kind=KIND,
        select=SELECT_DEFINITIONS,
        where=_of_tenant,
        print=lambda row: print_definition(definition_of(row)),
    ),
    find=_find,
    hold=_hold,
    save=_save,
    remove=_remove,
    print=print_definition,
    activity=_activity,
    access=Access.TENANT,
    create=Create(shape=DefinitionCreate, answer=DEFINITION, make=_create, access=Access.TENANT),
    update=Update(shape=DefinitionUpdate, read=_read_update, check=_check_editable, merge=_merge),
    steps=(
        activate("DRAFT"),
        draft("ACTIVE", check=_check_free),
    ),
)
