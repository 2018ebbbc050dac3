"""Tier structures: which points make tiers, and how tiers are kept and lost."""

from functools import partial
from typing import Final

import msgspec
from msgspec import UNSET

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.bodies import encode_metadata
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.definitions.rows import find_definition, get_definition
from stampbook.dialects.voucherify.core.faults import Fault
from stampbook.dialects.voucherify.core.lists.filters import (
    Sql,
    id_field,
    instant_field,
    text_field,
    word_field,
)
from stampbook.dialects.voucherify.core.lists.listing import Kind
from stampbook.dialects.voucherify.core.operations import Access
from stampbook.dialects.voucherify.core.rows import NOBODY
from stampbook.dialects.voucherify.v2.kernel.frozen import check_frozen
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
    draft,
)
from stampbook.dialects.voucherify.v2.tier_structures.groups import follow
from stampbook.dialects.voucherify.v2.tier_structures.rows import (
    SELECT_STRUCTURES,
    Structure,
    find_tiers,
    get_structure,
    hold_structure,
    is_assigned,
    print_structure,
    structure_of,
    told,
)
from stampbook.dialects.voucherify.v2.tier_structures.shapes import STRUCTURE
from stampbook.dialects.voucherify.v2.tier_structures.wire import (
    StructureCreate,
    StructureUpdate,
    given_parts,
    merged_parts,
)
from stampbook.programs import auditing

STRUCTURES: Final = "/v2/loyalties/tier-structures"
ITEM: Final = STRUCTURES + "/{structure}"
MAX_STRUCTURES: Final = 1_000
"""Structures that a tenant has at most."""

STATUSES: Final = ("DRAFT", "ACTIVE", "INACTIVE")
KIND: Final = Kind(
    prefix="lcrsts_",
    orders={
        "created_at": "s.created_at",
        "name": "s.name",
        "type": "s.type",
        "status": "s.status",
    },
    number="s.structure_id",
    filters={
        "id": id_field("s.structure_id", Prefix.TIER_STRUCTURE),
        "name": text_field("s.name"),
        "type": word_field("s.type", {each: each for each in ("POINT_BALANCE", "POINT_EARNED")}),
        "status": word_field("s.status", {each: each for each in (*STATUSES, "DELETED")}),
        "created_at": instant_field("s.created_at"),
    },
)


async def _of_tenant(call: Call) -> Sql:
    return Sql("s.tenant_id = $1 AND s.status <> 'DELETED'", (call.tenant,))


async def _find(call: Call) -> Structure:
    return await get_structure(call.store, call, call.parameters["structure"])


async def _hold(edit: Edit) -> Structure:
    return await hold_structure(edit.writing, edit.call, edit.call.parameters["structure"])


async def _create(edit: Edit, wanted: StructureCreate) -> Body:
    writing, call = edit.writing, edit.call
    body = merged_parts({}, given_parts(wanted))
    metadata = encode_metadata(None if wanted.metadata is UNSET else wanted.metadata)
    made = Structure(
        number=NOBODY,
        name=wanted.name,
        status="DRAFT" if wanted.status is UNSET else wanted.status,
        body=body,
        metadata=metadata,
        created_at=call.now,
        updated_at=call.now,
    )
    await get_definition(writing, call, made.definition)
    if made.status == "ACTIVE":
        await _check_definition(edit, made)
    await _check_room(edit)
    row = await writing.fetch_one(
        """
        INSERT INTO voucherify_tier_structures
            (tenant_id, name, status, type, body, metadata, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING structure_id
        """,
        call.tenant,
        made.name,
        made.status,
        body["type"],
        msgspec.json.encode(body).decode(),
        metadata,
        call.now,
    )
    assert row is not None
    made = made._replace(number=row["structure_id"])
    load, tenant = partial(told, number=made.number, tenant=call.tenant), call.tenant
    auditing.made(writing, auditing.TIER_STRUCTURE, made.number, load, tenant=tenant, now=call.now)
    await RESOURCE.note(edit, made, "created")
    return print_structure(made)


async def _check_room(edit: Edit) -> None:
    row = await edit.writing.fetch_one(
        "SELECT count(*) AS n FROM voucherify_tier_structures"
        " WHERE tenant_id = $1 AND status <> 'DELETED'",
        edit.call.tenant,
    )
    if row is not None and row["n"] >= MAX_STRUCTURES:
        raise Fault(
            403,
            "tier_structures_limit_exceeded",
            "Tier structures limit exceeded",
            f"Project may have at most {MAX_STRUCTURES} tier structures",
        )


def _read_update(wanted: StructureUpdate) -> Changes:
    changes: Changes = {"body": given_parts(wanted)}
    if wanted.name is not UNSET:
        changes["name"] = wanted.name
    if wanted.metadata is not UNSET:
        changes["metadata"] = wanted.metadata
    return changes


def _merge(found: Structure, changes: Changes) -> Changes:
    """A structure that is no draft keeps what tiers are made of. Raises a Fault (400)."""
    body = merged_parts(found.body, changes["body"])
    check_frozen(found.status, found.body, body, frozenset())
    return changes | {"body": body}


async def _save(edit: Edit, found: Structure, changes: Changes) -> Structure:
    writing, call = edit.writing, edit.call
    changed = found._replace(**changes, updated_at=call.now)
    if changed.definition != found.definition:
        await get_definition(writing, call, changed.definition)
    await writing.execute(
        """
        UPDATE voucherify_tier_structures
        SET name = $3, status = $4, type = $5, body = $6, metadata = $7, updated_at = $8
        WHERE structure_id = $1 AND tenant_id = $2
        """,
        changed.number,
        call.tenant,
        changed.name,
        changed.status,
        changed.body["type"],
        msgspec.json.encode(changed.body).decode(),
        changed.metadata,
        changed.updated_at,
    )
    if changed.status != "DELETED":
        await follow(edit, changed)
    return changed


async def _remove(edit: Edit, found: Structure) -> Structure:
    """Hide the structure, unless a program has it."""
    if await is_assigned(edit.writing, found.number):
        raise Fault(
            400,
            "resource_in_use",
            "Resource in use",
            "Tier structure is assigned to a program",
            resource_id=spell(Prefix.TIER_STRUCTURE, found.number),
            resource_type="tier_structure",
        )
    return await _save(edit, found, {"status": "DELETED"})


async def _check_ready(edit: Edit, found: Structure) -> None:
    """An active structure has tiers, and counts points of an active definition.

    Raises a Fault (409).
    """
    if not await find_tiers(edit.writing, found.number):
        raise locked("Tier structure must have a tier in order to be active")
    await _check_definition(edit, found)


async def _check_definition(edit: Edit, found: Structure) -> None:
    number = parse(Prefix.CARD_DEFINITION, found.definition)
    definition = await find_definition(
        edit.writing, NOBODY if number is None else number, tenant=edit.call.tenant
    )
    if definition is None or definition.status != "ACTIVE":
        raise Fault(
            409,
            "non_active_card_definition",
            "Invalid card definition status",
            "Cannot activate tier structure when card definition status is not ACTIVE",
            resource_id=found.definition,
            resource_type="card_definition",
        )


async def _check_free(edit: Edit, found: Structure) -> None:
    """Only what no program has becomes a draft again. Raises a Fault (409)."""
    if await is_assigned(edit.writing, found.number):
        raise locked("Tier structure is assigned to a program")


def locked(details: str) -> Fault:
    return Fault(409, "resource_locked", "Resource locked", details)


def _activity(found: Structure, _changes: Changes | None) -> Body:
    return {"tier_structure": print_structure(found)}


RESOURCE: Final[Resource[Structure]] = Resource(
    noun="tier structure",
    plural="tier structures",
    name="tier_structure",
    path=STRUCTURES,
    item=ITEM,
    tag="Tier structures",
    entity=activities.TIER_STRUCTURE,
    shape=STRUCTURE,
    number=lambda found: found.number,
    listing=Listing(
        kind=KIND,
        select=SELECT_STRUCTURES,
        where=_of_tenant,
        print=lambda row: print_structure(structure_of(row)),
    ),
    find=_find,
    hold=_hold,
    save=_save,
    remove=_remove,
    print=print_structure,
    activity=_activity,
    access=Access.TENANT,
    create=Create(shape=StructureCreate, answer=STRUCTURE, make=_create, access=Access.TENANT),
    update=Update(shape=StructureUpdate, read=_read_update, merge=_merge),
    steps=(
        activate("DRAFT", "INACTIVE", check=_check_ready),
        deactivate("ACTIVE"),
        draft("ACTIVE", check=_check_free),
    ),
)
