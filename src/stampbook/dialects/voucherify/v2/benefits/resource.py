"""Benefits: what earning rules give beside points."""

from typing import Any, Final

import msgspec
from msgspec import UNSET

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.definitions.rows import get_definition
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
from stampbook.dialects.voucherify.v2.benefits.rows import (
    MINE,
    SELECT,
    Seen,
    get_seen,
    print_benefit,
    rules_with,
    seen,
    seen_of,
)
from stampbook.dialects.voucherify.v2.benefits.shapes import BENEFIT
from stampbook.dialects.voucherify.v2.benefits.wire import (
    BenefitCreate,
    BenefitUpdate,
    given_body,
    names_object,
    read_stock,
)
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
    draft,
)
from stampbook.dialects.voucherify.v2.rules.content import (
    currencies_of,
)
from stampbook.dialects.voucherify.v2.rules.proportional import per
from stampbook.loyalty.model import Fixed
from stampbook.loyalty.rewards import benefits
from stampbook.loyalty.rewards.model import BenefitTerms, BenefitType

BENEFITS: Final = "/v2/loyalties/benefits"
ITEM: Final = BENEFITS + "/{benefit}"
MAX_BENEFITS: Final = 1_000
"""Benefits that a tenant has at most."""

TYPES: Final = ("POINTS", "POINTS_PROPORTIONAL", "MATERIAL", "DIGITAL")
TYPE: Final = "CASE b.type WHEN 'code' THEN 'DIGITAL' ELSE upper(b.type) END"
KIND: Final = Kind(
    prefix="lcrsben_",
    orders={"created_at": "b.created_at", "name": "b.name", "type": TYPE},
    number="b.benefit_id",
    filters={
        "id": id_field("b.benefit_id", Prefix.BENEFIT),
        "name": text_field("b.name"),
        "status": word_field("b.status", {"ACTIVE": "active", "DRAFT": "draft"}),
        "type": word_field(TYPE, {each: each for each in TYPES}),
        "created_at": instant_field("b.created_at"),
    },
)

ALWAYS_EDITABLE: Final = frozenset({"name", "stock"})


async def _mine(call: Call) -> Sql:
    return Sql(MINE, (call.tenant,))


async def _find(call: Call) -> Seen:
    return await get_seen(call.store, call, call.parameters["benefit"])


async def _hold(edit: Edit) -> Seen:
    found = await get_seen(edit.writing, edit.call, edit.call.parameters["benefit"])
    await benefits.hold(edit.writing, found.benefit_id, tenant=edit.call.tenant)
    return await get_seen(edit.writing, edit.call, edit.call.parameters["benefit"])


async def _create(edit: Edit, wanted: BenefitCreate) -> Body:
    writing, call = edit.writing, edit.call
    body = given_body(wanted.type, wanted)
    stock = read_stock(wanted.stock)
    terms, is_active = await _terms(edit, body)
    await _check_name(edit, wanted.name)
    if wanted.status == "ACTIVE" and not is_active:
        raise _locked_by_definition()
    await _check_room(edit)
    made = await benefits.create(
        writing,
        tenant=call.tenant,
        program=None,
        name=wanted.name,
        type_=_type(body),
        terms=terms,
        now=call.now,
        status=wanted.status.lower(),
        stock=stock,
        origin=msgspec.json.encode(body).decode(),
    )
    benefit = seen_of(made)
    await RESOURCE.note(edit, benefit, "created")
    return print_benefit(benefit)


def _type(body: Body) -> BenefitType:
    return BenefitType("code" if body["type"] == "DIGITAL" else body["type"].lower())


async def _terms(edit: Edit, body: Body) -> tuple[BenefitTerms, bool]:
    """What the benefit means to the engine, and whether the definition of its points is active.

    Raises a Fault (404).
    """
    part = body.get("points") or body.get("points_proportional")
    if part is None:
        goods = body.get("material") or {}
        named = goods.get("sku") or goods.get("product") or {}
        return BenefitTerms(sku=named.get("id")), True
    definition = await get_definition(edit.writing, edit.call, part["card_definition_id"])
    currency = (await currencies_of(edit.writing, definition))[0]
    is_active = definition.status == "ACTIVE"
    if "value" in part:
        return BenefitTerms(effect=Fixed(currency, part["value"])), is_active
    return BenefitTerms(effect=per(part, currency)), is_active


async def _check_name(edit: Edit, name: str, but: int = 0) -> None:
    """No other benefit has the name. Raises a Fault (409)."""
    row = await edit.writing.fetch_one(
        f"SELECT b.benefit_id FROM benefits b WHERE b.tenant_id = $1 AND {MINE}"  # noqa: S608 - a constant
        " AND b.name = $2 AND b.benefit_id <> $3",
        edit.call.tenant,
        name,
        but,
    )
    if row is not None:
        raise Fault(
            409,
            "duplicate_found",
            "Duplicate found",
            f"Benefit with name '{name}' already exists",
            resource_id=spell(Prefix.BENEFIT, row["benefit_id"]),
            resource_type="benefit",
        )


async def _check_room(edit: Edit) -> None:
    row = await edit.writing.fetch_one(
        f"SELECT count(*) AS n FROM benefits b WHERE b.tenant_id = $1 AND {MINE}",  # noqa: S608 - a constant
        edit.call.tenant,
    )
    if row is not None and row["n"] >= MAX_BENEFITS:
        raise Fault(
            403,
            "benefits_limit_exceeded",
            "Benefits limit exceeded",
            f"Project may have at most {MAX_BENEFITS} benefits",
        )


def _locked_by_definition() -> Fault:
    return Fault(
        423,
        "resource_locked",
        "Resource locked",
        "Benefit of points needs a card definition in ACTIVE status",
    )


def _read_update(wanted: BenefitUpdate) -> Changes:
    changes: Changes = {"wanted": wanted}
    if wanted.name is not UNSET:
        changes["name"] = wanted.name
    if wanted.stock is not UNSET:
        changes["stock"] = read_stock(wanted.stock)
    return changes


def _merge(found: Seen, changes: Changes) -> Changes:
    """An active benefit goes on giving what it gives. Raises a Fault (400)."""
    wanted: BenefitUpdate = changes.pop("wanted")
    type_ = found.body["type"] if wanted.type is UNSET else wanted.type
    if type_ == found.body["type"] and not names_object(wanted):
        return changes
    body = given_body(type_, wanted)
    check_frozen(found.status.upper(), found.body, body, ALWAYS_EDITABLE)
    return changes | {"body": body}


async def _save(edit: Edit, found: Seen, changes: Changes) -> Seen:
    writing, call, number = edit.writing, edit.call, found.benefit_id
    if "status" in changes:
        stepped = await benefits.step(
            writing, number, changes["status"], tenant=call.tenant, now=call.now
        )
        return seen_of(stepped)
    columns = {name: value for name, value in changes.items() if name in ALWAYS_EDITABLE}
    if "body" in changes and changes["body"] != found.body:
        body = changes["body"]
        terms, is_active = await _terms(edit, body)
        if not is_active:
            raise _locked_by_definition()
        columns |= {
            "type": str(_type(body)),
            "terms": terms,
            "origin": msgspec.json.encode(body).decode(),
        }
    if "name" in columns:
        await _check_name(edit, columns["name"], number)
    return seen_of(
        await benefits.update(writing, number, columns, tenant=call.tenant, now=call.now)
    )


async def _check_free(edit: Edit, found: Seen) -> None:
    """No active rule gives a draft. Raises a Fault (423)."""
    if any(rule.status == "active" for rule in await rules_with(edit.writing, edit.call, found)):
        raise Fault(
            423,
            "connected_active_earning_rule",
            "Resource locked",
            "Benefit is used by an earning rule in ACTIVE status",
        )


async def _check_ready(edit: Edit, found: Seen) -> None:
    """Points of an active benefit are of an active definition. Raises a Fault (423)."""
    _, is_active = await _terms(edit, found.body)
    if not is_active:
        raise _locked_by_definition()


async def _remove(edit: Edit, found: Seen) -> Seen:
    """Hide the benefit, unless a rule gives it."""
    rules = await rules_with(edit.writing, edit.call, found)
    if rules:
        raise InUse([spell(Prefix.EARNING_RULE, rule.rule_id) for rule in rules], found)
    gone = await benefits.delete(
        edit.writing, found.benefit_id, tenant=edit.call.tenant, now=edit.call.now
    )
    return seen_of(gone)


class InUse(Fault):
    """A benefit that rules give. Its envelope names them."""

    def __init__(self, rules: list[str], found: Seen) -> None:
        super().__init__(
            400,
            "resource_in_use",
            "Resource in use",
            "Benefit is used by an earning rule",
            resource_id=spell(Prefix.BENEFIT, found.benefit_id),
            resource_type="benefit",
        )
        self._rules = rules

    def body(self, request_id: str) -> dict[str, object]:
        related = {
            "related_object_ids": self._rules,
            "related_object_type": "earning_rule",
        }
        return super().body(request_id) | related


def _activity(found: Seen, _changes: Changes | None) -> dict[str, Any]:
    return {"benefit": print_benefit(found)}


RESOURCE: Final[Resource[Seen]] = Resource(
    noun="benefit",
    plural="benefits",
    name="benefit",
    path=BENEFITS,
    item=ITEM,
    tag="Benefits",
    entity=activities.BENEFIT,
    shape=BENEFIT,
    number=lambda found: found.benefit_id,
    listing=Listing(
        kind=KIND, select=SELECT, where=_mine, print=lambda row: print_benefit(seen(row))
    ),
    find=_find,
    hold=_hold,
    save=_save,
    remove=_remove,
    print=print_benefit,
    activity=_activity,
    access=Access.TENANT,
    create=Create(shape=BenefitCreate, answer=BENEFIT, make=_create, access=Access.TENANT),
    update=Update(shape=BenefitUpdate, read=_read_update, merge=_merge),
    steps=(
        activate("draft", check=_check_ready),
        draft("active", check=_check_free),
    ),
)
