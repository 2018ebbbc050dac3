"""The tiers of a tier structure. They change while it is a draft; their names always may."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import msgspec
from msgspec import UNSET

from stampbook.dialects.voucherify.core.bodies import (
    encode_metadata,
    merged_metadata,
    read_body,
    read_no_body,
)
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import Fault
from stampbook.dialects.voucherify.core.lists.filters import Sql
from stampbook.dialects.voucherify.core.lists.listing import Kind, list_page, read_page
from stampbook.dialects.voucherify.core.once import write_once
from stampbook.dialects.voucherify.core.operations import Access, operation
from stampbook.dialects.voucherify.core.shapes.schema import list_of
from stampbook.dialects.voucherify.v2.kernel.frozen import check_frozen
from stampbook.dialects.voucherify.v2.kernel.resources import Body, Edit, ids_first
from stampbook.dialects.voucherify.v2.tier_structures.groups import follow
from stampbook.dialects.voucherify.v2.tier_structures.resource import ITEM, RESOURCE, locked
from stampbook.dialects.voucherify.v2.tier_structures.rows import (
    SELECT_TIERS,
    Structure,
    Tier,
    find_tiers,
    print_structure,
    print_tier,
    tier_among,
    tier_of,
)
from stampbook.dialects.voucherify.v2.tier_structures.shapes import TIER
from stampbook.dialects.voucherify.v2.tier_structures.wire import (
    TierCreate,
    TierUpdate,
    check_apart,
    tier_parts,
)
from stampbook.edge.operations import Operation
from stampbook.storage.store import Transacting

MAX_TIERS: Final = 100
"""Tiers that a structure has at most."""

KIND: Final = Kind(
    prefix="lcrst_",
    orders={"created_at": "t.created_at", "name": "t.name"},
    number="t.tier_id",
)


async def _list(call: Call) -> Body:
    page = read_page(call, KIND)
    found = await RESOURCE.find(call)
    where = Sql("t.structure_id = $1 AND t.deleted_at IS NULL", (found.number,))
    return await list_page(
        call, page, select=SELECT_TIERS, where=where, print_=lambda row: print_tier(tier_of(row))
    )


async def _write(call: Call, change: Callable[[Edit, Structure], Awaitable[Tier]]) -> Body:
    """Change a tier while its structure is held; answers the tier."""

    async def write(writing: Transacting) -> Body:
        edit = Edit(call, writing, [])
        return print_tier(await change(edit, await RESOURCE.hold(edit)))

    return await write_once(call, write)


async def _note(edit: Edit, structure: Structure, tier: Tier, event: str) -> None:
    data = {"tier_structure": print_structure(structure), "tier": print_tier(tier)}
    await RESOURCE.note_data(edit, structure, f"tier.{event}", data)


async def _create(call: Call) -> Body:
    wanted = read_body(call.body, TierCreate)
    body = {"downgrade": {"type": "INHERIT"}, **tier_parts(wanted)}
    metadata = encode_metadata(None if wanted.metadata is UNSET else wanted.metadata)

    async def make(edit: Edit, structure: Structure) -> Tier:
        tiers = await find_tiers(edit.writing, structure.number)
        check_apart(body, [each.body for each in tiers])
        _check_draft(structure)
        if len(tiers) >= MAX_TIERS:
            raise Fault(
                403,
                "tiers_per_tier_structure_limit_exceeded",
                "Tiers per tier structure limit exceeded",
                f"Tier structure may have at most {MAX_TIERS} tiers",
            )
        row = await edit.writing.fetch_one(
            """
            INSERT INTO voucherify_tiers
                (structure_id, name, body, metadata, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $5) RETURNING tier_id
            """,
            structure.number,
            wanted.name,
            msgspec.json.encode(body).decode(),
            metadata,
            call.now,
        )
        assert row is not None
        tier = Tier(
            row["tier_id"], structure.number, wanted.name, body, metadata, call.now, call.now
        )
        await _note(edit, structure, tier, "created")
        return tier

    return await _write(call, make)


def _check_draft(structure: Structure) -> None:
    if structure.status != "DRAFT":
        raise locked(f"Tiers cannot be added or removed when status is {structure.status}")


async def _update(call: Call) -> Body:
    wanted = read_body(call.body, TierUpdate)
    parts = tier_parts(wanted)

    async def change(edit: Edit, structure: Structure) -> Tier:
        tiers = await find_tiers(edit.writing, structure.number)
        found = tier_among(tiers, call.parameters["tier"])
        body = found.body | parts
        check_frozen(structure.status, found.body, body, frozenset())
        check_apart(body, [each.body for each in tiers if each.number != found.number])
        metadata = found.metadata
        if wanted.metadata is not UNSET:
            metadata = merged_metadata(metadata, wanted.metadata)
        name = found.name if wanted.name is UNSET else wanted.name
        tier = found._replace(name=name, body=body, metadata=metadata, updated_at=call.now)
        await edit.writing.execute(
            "UPDATE voucherify_tiers SET name = $2, body = $3, metadata = $4, updated_at = $5"
            " WHERE tier_id = $1",
            tier.number,
            tier.name,
            msgspec.json.encode(tier.body).decode(),
            tier.metadata,
            tier.updated_at,
        )
        await follow(edit, structure)
        await _note(edit, structure, tier, "updated")
        return tier

    return await _write(call, change)


async def _remove(call: Call) -> Body:
    read_no_body(call.body)

    async def remove(edit: Edit, structure: Structure) -> Tier:
        tiers = await find_tiers(edit.writing, structure.number)
        tier = tier_among(tiers, call.parameters["tier"])
        _check_draft(structure)
        await edit.writing.execute(
            "UPDATE voucherify_tiers SET deleted_at = $2 WHERE tier_id = $1", tier.number, call.now
        )
        await _note(edit, structure, tier, "deleted")
        return tier

    return await _write(call, remove)


async def _find(call: Call) -> Tier:
    structure = await RESOURCE.find(call)
    return tier_among(await find_tiers(call.store, structure.number), call.parameters["tier"])


PATH: Final = f"{ITEM}/tiers"
_row = partial(operation, tag="Tier structures", access=Access.TENANT)

OPERATIONS: Final[tuple[Operation, ...]] = (
    _row("GET", PATH, _list, "read", "List the tiers of a tier structure", name="list_tiers",
         answer=list_of(TIER, KIND.prefix), query=KIND.query),
    _row("POST", PATH, ids_first(RESOURCE.find, _create), "admin", "Create a tier",
         name="create_tier", body=TierCreate, answer=TIER),
    _row("PUT", f"{PATH}/{{tier}}", ids_first(_find, _update), "admin", "Update a tier",
         name="update_tier", body=TierUpdate, answer=TIER),
    _row("DELETE", f"{PATH}/{{tier}}", ids_first(_find, _remove), "admin", "Delete a tier",
         name="delete_tier", answer=TIER),
)  # fmt: skip
