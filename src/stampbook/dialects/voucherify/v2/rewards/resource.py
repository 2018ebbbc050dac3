"""Rewards: what points buy. They belong to the tenant; programs offer them."""

from typing import Any, Final

import msgspec
from msgspec import UNSET

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.bodies import encode_metadata
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import Fault, invalid_payload, not_found
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
from stampbook.dialects.voucherify.core.times import stamp, stamp_or_none, updated
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
from stampbook.dialects.voucherify.v2.programs.wire import read_end, read_moment
from stampbook.dialects.voucherify.v2.rewards.shapes import REWARD
from stampbook.dialects.voucherify.v2.rewards.terms import (
    definitions_of,
    named_definition,
    terms_of,
    type_of,
)
from stampbook.dialects.voucherify.v2.rewards.wire import (
    RewardCreate,
    RewardUpdate,
    given_parts,
    merged_parts,
)
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.rewards import offers, rewards
from stampbook.loyalty.rewards.model import Reward
from stampbook.programs.faults import Gone
from stampbook.storage.store import Row, Transacting

REWARDS: Final = "/v2/loyalties/rewards"
ITEM: Final = REWARDS + "/{reward}"

TYPE: Final = "CASE r.type WHEN 'material' THEN 'MATERIAL' ELSE 'DIGITAL' END"
KIND: Final = Kind(
    prefix="lcrsrew_",
    orders={"created_at": "r.created_at", "name": "r.name"},
    number="r.reward_id",
    filters={
        "id": id_field("r.reward_id", Prefix.REWARD),
        "name": text_field("r.name"),
        "type": word_field(TYPE, {each: each for each in ("MATERIAL", "DIGITAL")}),
        "created_at": instant_field("r.created_at"),
    },
)
SELECT: Final = """
    SELECT r.reward_id, r.name, r.status, r.starts_at, r.ends_at, r.origin, r.metadata,
           r.created_at, r.updated_at, {keys}
    FROM rewards r
"""
EDITABLE: Final = frozenset({"refunds", "validity_hours", "costs"})
"""What may change outside of DRAFT, beside the name, the dates and the metadata."""


def print_reward(reward: Reward | Row) -> Body:
    """A reward as it is answered: of the engine's, or of a row of `SELECT`."""
    if not isinstance(reward, Reward):
        row = reward
        return _print({name: row[name] for name in PRINTED})
    return _print(reward._asdict())


PRINTED: Final = (
    "reward_id",
    "name",
    "status",
    "starts_at",
    "ends_at",
    "origin",
    "metadata",
    "created_at",
    "updated_at",
)


def _print(reward: dict[str, Any]) -> Body:
    body = msgspec.json.decode(reward["origin"])
    costs = [
        {name: value for name, value in cost.items() if name != "condition"}
        for cost in body.pop("costs")
    ]
    return {
        "id": spell(Prefix.REWARD, reward["reward_id"]),
        "name": reward["name"],
        "status": reward["status"].upper(),
        "start_date": stamp_or_none(reward["starts_at"]),
        "end_date": stamp_or_none(reward["ends_at"]),
        **body,
        "costs": costs,
        "metadata": msgspec.json.decode(reward["metadata"]),
        "created_at": stamp(reward["created_at"]),
        "updated_at": updated(reward["created_at"], reward["updated_at"]),
        "object": "reward",
    }


async def _of_tenant(call: Call) -> Sql:
    return Sql(
        "r.tenant_id = $1 AND r.program_id IS NULL AND r.status <> 'deleted'"
        " AND r.origin IS NOT NULL",
        (call.tenant,),
    )


async def get_reward(db: Transacting, call: Call, text: str) -> Reward:
    """The tenant's reward of that id. Raises a Fault (404)."""
    number = parse(Prefix.REWARD, text)
    found = await rewards.get(db, NOBODY if number is None else number, tenant=call.tenant)
    if found is None or found.origin is None or found.program_id is not None:
        raise not_found("reward", text)
    return found


async def _find(call: Call) -> Reward:
    return await get_reward(call.store, call, call.parameters["reward"])


async def _hold(edit: Edit) -> Reward:
    return await hold_reward(edit, edit.call.parameters["reward"])


async def hold_reward(edit: Edit, text: str) -> Reward:
    """The reward as it is, and stays until the transaction ends. Writes; raises a Fault (404)."""
    found = await get_reward(edit.writing, edit.call, text)
    try:
        return await rewards.hold(edit.writing, found.reward_id, tenant=edit.call.tenant)
    except Gone:
        raise not_found("reward", text) from None


async def _create(edit: Edit, wanted: RewardCreate) -> Body:
    writing, call = edit.writing, edit.call
    body = merged_parts({}, given_parts(wanted))
    dates = _read_dates(wanted)
    _check_dates(dates.get("starts_at"), dates.get("ends_at"))
    body = _with_ids(body, [], now=call.now)
    await _check_definitions(edit, body, active=wanted.status == "ACTIVE")
    try:
        made = await rewards.create(
            writing,
            tenant=call.tenant,
            program=None,
            name=wanted.name,
            type_=type_of(body),
            terms=await terms_of(writing, body, tenant=call.tenant),
            now=call.now,
            status="draft" if wanted.status is UNSET else wanted.status.lower(),
            is_refundable=body["refunds"]["type"] == "REFUNDABLE",
            metadata=encode_metadata(None if wanted.metadata is UNSET else wanted.metadata),
            origin=msgspec.json.encode(body).decode(),
            **dates,
        )
    except Refused as refusal:
        raise _fault_of(refusal) from None
    await RESOURCE.note(edit, made, "created")
    return print_reward(made)


def _read_dates(wanted: RewardCreate | RewardUpdate) -> dict[str, int | None]:
    dates = {}
    if wanted.start_date is not UNSET:
        dates["starts_at"] = read_moment(wanted.start_date, "start_date")
    if wanted.end_date is not UNSET:
        dates["ends_at"] = read_end(wanted.end_date, "end_date")
    return dates


def _check_dates(starts_at: int | None, ends_at: int | None) -> None:
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise invalid_payload("end_date must lie after start_date")


def _with_ids(body: Body, before: list[Body], *, now: int) -> Body:
    """Costs keep the ids by which the request names them, and new ones get some.

    Raises a Fault (404).
    """
    former = {each["id"]: each for each in before}
    costs = []
    for cost in body["costs"]:
        (spending,) = cost["spending"]
        kept = former.pop(cost["id"], None) if "id" in cost else None
        if "id" in cost and kept is None:
            raise not_found("reward_cost", cost["id"])
        own = kept["spending"][0]["id"] if kept else spell(Prefix.REWARD_SPENDING, new_number(now))
        if kept and spending.get("id", own) != own:
            raise not_found("reward_cost_spending", spending["id"])
        number = cost["id"] if kept else spell(Prefix.REWARD_COST, new_number(now))
        costs.append({**cost, "id": number, "spending": [{**spending, "id": own}]})
    return {**body, "costs": costs}


async def _check_definitions(edit: Edit, body: Body, *, active: bool) -> None:
    """Raises a Fault: 404, and 409 where an active reward needs active definitions."""
    for text in definitions_of(body):
        found = await named_definition(edit.writing, text, tenant=edit.call.tenant)
        if found is None:
            raise not_found("card_definition", text)
        if active and found.status != "ACTIVE":
            raise Fault(
                409,
                "non_active_card_definition",
                "Invalid card definition status",
                "Cannot activate reward when card definition status is not ACTIVE",
                resource_id=text,
                resource_type="card_definition",
            )


def _read_update(wanted: RewardUpdate) -> Changes:
    changes: Changes = {"body": given_parts(wanted), **_read_dates(wanted)}
    if wanted.name is not UNSET:
        changes["name"] = wanted.name
    if wanted.metadata is not UNSET:
        changes["metadata"] = wanted.metadata
    return changes


def _merge(found: Reward, changes: Changes) -> Changes:
    """A reward that is no draft keeps what it gives. Raises a Fault (400)."""
    assert found.origin is not None
    before = msgspec.json.decode(found.origin)
    body = merged_parts(before, changes["body"])
    _check_dates(changes.get("starts_at", found.starts_at), changes.get("ends_at", found.ends_at))
    check_frozen(found.status.upper(), before, body, EDITABLE)
    return changes | {"body": body}


async def _save(edit: Edit, found: Reward, changes: Changes) -> Reward:
    writing, call, number = edit.writing, edit.call, found.reward_id
    if "status" in changes:
        status = changes["status"]
        try:
            return await rewards.step(writing, number, status, tenant=call.tenant, now=call.now)
        except Refused as refusal:
            raise _fault_of(refusal) from None
    assert found.origin is not None
    stored = {name: value for name, value in changes.items() if name != "body"}
    body, before = changes["body"], msgspec.json.decode(found.origin)
    if body["costs"] != before["costs"]:
        body = _with_ids(body, before["costs"], now=call.now)
    if body != before:
        await _check_definitions(edit, body, active=False)
        stored |= {
            "type": type_of(body),
            "terms": await terms_of(writing, body, tenant=call.tenant),
            "is_refundable": body["refunds"]["type"] == "REFUNDABLE",
            "origin": msgspec.json.encode(body).decode(),
        }
    return await rewards.update(writing, number, stored, tenant=call.tenant, now=call.now)


async def refresh(edit: Edit, reward: Reward) -> None:
    """Make the costs of a reward those of the currencies that there are now. Writes."""
    assert reward.origin is not None
    body = msgspec.json.decode(reward.origin)
    terms = await terms_of(edit.writing, body, tenant=edit.call.tenant)
    if terms != reward.terms:
        changes = {"terms": terms}
        number, tenant = reward.reward_id, edit.call.tenant
        await rewards.update(edit.writing, number, changes, tenant=tenant, now=edit.call.now)


def _fault_of(refusal: Refused) -> Fault:
    """What the engine refuses, in the dialect's words."""
    if refusal.code is Code.PROGRAM_LIMIT_REACHED:
        details = f"Project may have at most {rewards.MAX_ACTIVE} active rewards"
        return Fault(403, "rewards_limit_exceeded", "Rewards limit exceeded", details)
    details = refusal.detail[:1].upper() + refusal.detail[1:]
    return Fault(409, "resource_locked", "Resource locked", details)


async def _remove(edit: Edit, found: Reward) -> Reward:
    """Hide the reward, unless a program has it."""
    writing, call, number = edit.writing, edit.call, found.reward_id
    try:
        return await rewards.delete(writing, number, tenant=call.tenant, now=call.now)
    except Refused:
        raise Fault(
            400,
            "resource_in_use",
            "Resource in use",
            "Reward is assigned to a program",
            resource_id=spell(Prefix.REWARD, number),
            resource_type="reward",
        ) from None


async def _check_ready(edit: Edit, found: Reward) -> None:
    assert found.origin is not None
    await _check_definitions(edit, msgspec.json.decode(found.origin), active=True)


async def _check_free(edit: Edit, found: Reward) -> None:
    """A reward of a program that is no draft stays as it is. Raises a Fault (423)."""
    for offer in await offers.of_reward(edit.writing, found.reward_id, tenant=edit.call.tenant):
        row = await edit.writing.fetch_one(
            "SELECT status FROM programs"
            " WHERE program_id = $1 AND tenant_id = $2 AND deleted_at IS NULL",
            offer.program_id,
            edit.call.tenant,
        )
        if row is not None and row["status"] != "draft":
            raise Fault(
                423,
                "connected_non_draft_program",
                "Connected program is not a draft",
                "Reward is assigned to a program whose status is not DRAFT",
                resource_id=spell(Prefix.PROGRAM, offer.program_id),
                resource_type="program",
            )


def _activity(found: Reward, _changes: Changes | None) -> Body:
    return {"reward": print_reward(found)}


RESOURCE: Final[Resource[Reward]] = Resource(
    noun="reward",
    plural="rewards",
    name="reward",
    path=REWARDS,
    item=ITEM,
    tag="Rewards",
    entity=activities.REWARD,
    shape=REWARD,
    number=lambda found: found.reward_id,
    listing=Listing(kind=KIND, select=SELECT, where=_of_tenant, print=print_reward),
    find=_find,
    hold=_hold,
    save=_save,
    remove=_remove,
    print=print_reward,
    activity=_activity,
    access=Access.TENANT,
    create=Create(shape=RewardCreate, answer=REWARD, make=_create, access=Access.TENANT),
    update=Update(shape=RewardUpdate, read=_read_update, merge=_merge),
    steps=(
        activate("draft", "inactive", check=_check_ready),
        deactivate("active"),
        draft("active", check=_check_free),
    ),
)
