"""Earning rules."""

from typing import Any, Final

import msgspec
from msgspec import UNSET

from stampbook.dialects.spelling.voucherify import Prefix, parse_earning, spell
from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.bodies import encode_metadata
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import Fault, not_found
from stampbook.dialects.voucherify.core.lists.filters import (
    Sql,
    id_field,
    instant_field,
    text_field,
    word_field,
)
from stampbook.dialects.voucherify.core.lists.listing import Kind
from stampbook.dialects.voucherify.core.operations import Access
from stampbook.dialects.voucherify.v2 import schemas
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
from stampbook.dialects.voucherify.v2.rules.content import (
    Targets,
    check_conditions,
    find_targets,
    version_of,
)
from stampbook.dialects.voucherify.v2.rules.rows import (
    OF_TENANT,
    SELECT_RULES,
    EarningRule,
    engine_rule,
    get_rule,
    hold_rule,
    print_rule,
    rule_of,
    seen_of,
)
from stampbook.dialects.voucherify.v2.rules.shapes import RULE
from stampbook.dialects.voucherify.v2.rules.wire import (
    RuleCreate,
    RuleUpdate,
    check_dates,
    default_parts,
    given_parts,
)
from stampbook.loyalty import faults
from stampbook.loyalty.model import Version
from stampbook.loyalty.rules import assigning, storing
from stampbook.storage.store import Transacting

RULES: Final = "/v2/loyalties/earning-rules"
ITEM: Final = RULES + "/{rule}"
MAX_RULES: Final = 1_000
"""Earning rules that a tenant has at most."""

STATUSES: Final = {"ACTIVE": "active", "INACTIVE": "inactive", "DRAFT": "draft"}
KIND: Final = Kind(
    prefix="lcrsern_",
    orders={"created_at": "r.created_at", "name": "r.name"},
    number="r.rule_id",
    filters={
        "id": id_field("r.rule_id", Prefix.EARNING_RULE),
        "name": text_field("r.name"),
        "status": word_field("r.status", STATUSES),
        "created_at": instant_field("r.created_at"),
    },
)
FIXED: Final = frozenset({"trigger"})
"""What stays as it is outside of DRAFT."""


async def _of_tenant(call: Call) -> Sql:
    return Sql(OF_TENANT, (call.tenant,))


async def _find(call: Call) -> EarningRule:
    return await get_rule(call.store, call, call.parameters["rule"])


async def _hold(edit: Edit) -> EarningRule:
    return await hold_rule(edit.writing, edit.call, edit.call.parameters["rule"])


async def _create(edit: Edit, wanted: RuleCreate) -> Body:
    writing, call = edit.writing, edit.call
    body = default_parts() | given_parts(wanted)
    _number_earnings(body, 0)
    metadata = encode_metadata(None if wanted.metadata is UNSET else wanted.metadata)
    targets, version = await _checked(edit, body)
    if wanted.status == "ACTIVE":
        _check_active(targets)
    await _check_room(edit)
    made = await storing.create(
        writing,
        tenant=call.tenant,
        program=None,
        name=wanted.name,
        version=version,
        now=call.now,
        origin=_encode(body),
        metadata=metadata,
    )
    await _note_earnings(writing, made, body)
    if wanted.status == "ACTIVE":
        made = await storing.activate(writing, made, now=call.now)
    rule = seen_of(made)
    await RESOURCE.note(edit, rule, "created")
    return print_rule(rule)


def _encode(body: Body) -> str:
    return msgspec.json.encode(body).decode()


def _number_earnings(body: Body, last: int) -> None:
    """Earnings without a number get the next ones."""
    for earning in body["earnings"]:
        if earning["id"] is None:
            last += 1
            earning["id"] = last
    body["last_earning"] = last


async def _checked(edit: Edit, body: Body) -> tuple[Targets, Version]:
    """What the rule names, and what it means. Writes; raises a Fault (400, 404)."""
    check_dates(body)
    check_conditions(body)
    targets = await find_targets(edit.writing, edit.call, body)
    version = await version_of(edit.writing, edit.call, body, targets)
    if "custom_event" in body["trigger"] and version.trigger_name is not None:
        await schemas.schema_id(edit.writing, edit.call, version.trigger_name)
    return targets, version


async def _check_room(edit: Edit) -> None:
    row = await edit.writing.fetch_one(
        f"SELECT count(*) AS n FROM rules r WHERE r.tenant_id = $1 AND {OF_TENANT}",  # noqa: S608 - a constant
        edit.call.tenant,
    )
    if row is not None and row["n"] >= MAX_RULES:
        raise Fault(
            403,
            "earning_rules_limit_exceeded",
            "Earning rules limit exceeded",
            f"Project may have at most {MAX_RULES} earning rules",
        )


async def _note_earnings(writing: Transacting, rule: storing.Rule, body: Body) -> None:
    """Which earnings of the wire those of the newest version are. Writes."""
    for at, earning in enumerate(body["earnings"]):
        await writing.execute(
            "INSERT INTO voucherify_earnings (rule_id, version, earning, serial)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT (rule_id, version, earning)"
            " DO UPDATE SET serial = excluded.serial",
            rule.rule_id,
            rule.newest.number,
            at,
            earning["id"],
        )


def _read_update(wanted: RuleUpdate) -> Changes:
    changes: Changes = {"body": given_parts(wanted)}
    if wanted.name is not UNSET:
        changes["name"] = wanted.name
    if wanted.metadata is not UNSET:
        changes["metadata"] = wanted.metadata
    return changes


def _merge(found: EarningRule, changes: Changes) -> Changes:
    """A rule that is no draft keeps its trigger. Raises a Fault (400; 404 for an earning)."""
    given = changes["body"]
    body = found.body | given
    before, after = ({name: each.get(name) for name in FIXED} for each in (found.body, body))
    check_frozen(found.status.upper(), before, after, frozenset())
    if "earnings" in given:
        body["earnings"] = _named_earnings(found, given["earnings"])
        _number_earnings(body, found.body["last_earning"])
    return changes | {"body": body}


def _named_earnings(found: EarningRule, earnings: list[Body]) -> list[Body]:
    """The earnings with their numbers. Raises a Fault (404) for one that the rule does not have."""
    present = {each["id"] for each in found.body["earnings"]}
    named = []
    for each in earnings:
        serial, text = None, each["id"]
        if text is not None:
            serial = parse_earning(found.rule_id, text)
            if serial not in present:
                raise not_found("earning", text)
            present.discard(serial)
        named.append({**each, "id": serial})
    return named


async def _save(edit: Edit, found: EarningRule, changes: Changes) -> EarningRule:
    """Write a rule: as a new version if what it means has changed."""
    writing, call = edit.writing, edit.call
    rule = await engine_rule(writing, call, found)
    if "status" in changes:
        return seen_of(await _put_status(edit, rule, changes["status"]))
    body = changes["body"]
    targets, version = await _checked(edit, body)
    if found.status == "active":
        _check_active(targets)
    changed = await storing.update(
        writing,
        rule,
        now=call.now,
        named=storing.Named(changes.get("name"), changes.get("metadata"), _encode(body)),
        content=version,
        locked=False,
    )
    await _note_earnings(writing, changed, body)
    return seen_of(changed)


async def _put_status(edit: Edit, rule: storing.Rule, status: str) -> storing.Rule:
    writing, now = edit.writing, edit.call.now
    if status == "active":
        try:
            return await storing.activate(writing, rule, now=now)
        except faults.Refused as refusal:
            raise Fault(
                403,
                "earning_rule_assignments_limit_exceeded",
                "Earning rule assignments limit exceeded",
                refusal.detail,
            ) from None
    if status == "inactive":
        return await storing.deactivate(writing, rule, now=now)
    return await storing.to_draft(writing, rule, now=now, forced=True)


async def rebuild(edit: Edit, found: EarningRule) -> None:
    """Let the rule mean what its body says now: a definition has become another currency, or a
    structure other tiers. Writes."""
    targets = await find_targets(edit.writing, edit.call, found.body)
    version = await version_of(edit.writing, edit.call, found.body, targets)
    rule = await engine_rule(edit.writing, edit.call, found)
    changed = await storing.rename_currencies(edit.writing, rule, version, now=edit.call.now)
    await _note_earnings(edit.writing, changed, found.body)


async def _check_ready(edit: Edit, found: EarningRule) -> None:
    """What an active rule leans on is active. Raises a Fault (423)."""
    _check_active(await find_targets(edit.writing, edit.call, found.body))


def _check_active(targets: Targets) -> None:
    for text, definition in targets.definitions.items():
        if definition.status != "ACTIVE":
            raise _inactive("card_definition", text)
    for text, benefit in targets.benefits.items():
        if benefit.status != "active":
            raise _inactive("benefit", text)


def _inactive(kind: str, text: str) -> Fault:
    noun = kind.replace("_", " ")
    return Fault(
        423,
        f"non_active_{kind}",
        f"Invalid {noun} status",
        f"Cannot activate earning rule when {noun} status is not ACTIVE",
        resource_id=text,
        resource_type=kind,
    )


async def _remove(edit: Edit, found: EarningRule) -> EarningRule:
    """Hide the rule, unless a program has it. It is answered as it was."""
    if await assigning.of_rule(edit.writing, found.rule_id, tenant=edit.call.tenant):
        raise Fault(
            400,
            "resource_in_use",
            "Resource in use",
            "Earning rule is assigned to a program",
            resource_id=spell(Prefix.EARNING_RULE, found.rule_id),
            resource_type="earning_rule",
        )
    rule = await engine_rule(edit.writing, edit.call, found)
    await storing.delete(edit.writing, rule, now=edit.call.now)
    return found._replace(updated_at=edit.call.now)


def _activity(found: EarningRule, _changes: Changes | None) -> dict[str, Any]:
    return {"earning_rule": print_rule(found)}


RESOURCE: Final[Resource[EarningRule]] = Resource(
    noun="earning rule",
    plural="earning rules",
    name="earning_rule",
    path=RULES,
    item=ITEM,
    tag="Earning rules",
    entity=activities.EARNING_RULE,
    shape=RULE,
    number=lambda found: found.rule_id,
    listing=Listing(
        kind=KIND, select=SELECT_RULES, where=_of_tenant, print=lambda row: print_rule(rule_of(row))
    ),
    find=_find,
    hold=_hold,
    save=_save,
    remove=_remove,
    print=print_rule,
    activity=_activity,
    access=Access.TENANT,
    create=Create(shape=RuleCreate, answer=RULE, make=_create, access=Access.TENANT),
    update=Update(shape=RuleUpdate, read=_read_update, merge=_merge),
    steps=(
        activate("draft", "inactive", check=_check_ready),
        deactivate("active"),
        draft("active"),
    ),
)
