"""Programs, the promotions of a chain."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from stampbook.dialects.altegio.call import Call, Page
from stampbook.dialects.altegio.faults import not_found, unknown_card_type
from stampbook.dialects.altegio.finding import chain_of, location_of
from stampbook.dialects.altegio.once import write_once
from stampbook.dialects.altegio.visits.objects import (
    iso_time,
    item_type_of,
    loyalty_type_id,
    rule_of,
)
from stampbook.dialects.altegio.wire.fields import Fields, plain
from stampbook.programs.programs import Program
from stampbook.storage.store import Store, Transacting
from stampbook.visits import cards, locations, promotions, reading
from stampbook.visits.model import Location
from stampbook.visits.promotion import KINDS, Applies, Effect, Measure, Promotion, Rule

TYPES: Final = tuple(name for name, kind in KINDS.items() if kind.effect is not Effect.REFERRAL)
ITEM_TYPES: Final[Mapping[str, Applies]] = {
    "any_allowed": Applies.ANY,
    "not_allowed": Applies.NONE,
    "custom_allowed": Applies.CUSTOM,
}
ITEM_TYPE_NAMES: Final = {applies: name for name, applies in ITEM_TYPES.items()}
UNITS: Final = ("percent", "amount")
TIMEOUT_UNITS: Final = ("day", "week", "month", "year")
SOURCES: Final = ("loyalty_card", "active_companies", "chain")
COUNTERS: Final = (
    "usage_limit",
    "visit_multiplicity",
    "sold_items_multiplicity",
    "expiration_timeout",
    "expiration_notification_timeout",
)
"""Numbers that are stored and given back, without effect."""

TEMPLATES: Final = ("on_changed_notification_template", "on_expiration_notification_template")
INCLUDES: Final = (
    "applicable_items",
    "rules",
    "companies",
    "loyalty_card_types",
    *TEMPLATES,
)
WHOLE: Final = 10_000
"""A hundred percent, in hundredths."""

MAX_TITLE: Final = 255
MAX_LOCATIONS: Final = 200
BLANK_COMPANY: Final = {
    "country": "",
    "country_id": 0,
    "city": "",
    "city_id": 0,
    "phone": "",
    "address": "",
    "coordinate_lat": 0,
    "coordinate_lng": 0,
}
"""What a location does not have here."""


async def search(call: Call) -> Any:
    """The location's programs, of one type if asked for."""
    location = await location_of(call)
    store = call.context.store
    types = call.query().all("type")
    found = [
        each
        for each in await promotions.of_program(store, location.program)
        if location.number in each.locations
        and each.kind in TYPES
        and (not types or types[0] in ("", each.kind))
    ]
    rows = [_searched(each) for each in found]
    if "first_transaction_date" in _includes(call):
        for row in rows:
            first = await reading.first_use(store, row["id"])
            row["first_transaction_date"] = (
                None if first is None else iso_time(first, location.timezone)
            )
    return Page(rows, len(rows))


async def create(call: Call) -> Any:
    chain = await chain_of(call)
    fields = call.fields()
    wanted = _new(fields, chain)
    fields.check()
    context = call.context
    await _check_links(context.store, wanted)

    async def write(writing: Transacting) -> int:
        return (await promotions.create(writing, wanted, now=call.now)).number

    number = await write_once(call, write)
    return await _object(call, chain, number)


async def read(call: Call) -> Any:
    chain = await chain_of(call)
    return await _object(call, chain, call.id("program_id"))


async def change(call: Call) -> Any:
    """Change what is given; type and units stay."""
    chain = await chain_of(call)
    found = await _find(call, chain, call.id("program_id"))
    fields = call.fields()
    wanted = _changed(fields, found)
    fields.check()
    context = call.context
    await _check_links(context.store, wanted)

    async def write(writing: Transacting) -> None:
        if await promotions.replace(writing, wanted, now=call.now) is None:
            raise not_found()

    await write_once(call, write)
    return await _object(call, chain, found.number)


async def remove(call: Call) -> None:
    """Take the program out of all lists; what it gave stays."""
    chain = await chain_of(call)
    number = call.id("program_id") or 0

    async def write(writing: Transacting) -> None:
        if not await promotions.delete(writing, number, program=chain.program_id, now=call.now):
            raise not_found()

    await write_once(call, write)


async def templates(call: Call) -> Any:
    """Messages that tell clients of their points: none are sent from here."""
    await chain_of(call)
    return []


async def _find(call: Call, chain: Program, number: int | None) -> Promotion:
    found = None
    if number is not None:
        found = await promotions.get(call.context.store, number, program=chain.program_id)
    if found is None or found.kind not in TYPES:
        raise not_found()
    return found


async def _check_links(store: Store, wanted: Promotion) -> None:
    """Raises Fault (400, 404) unless the card types and locations are the chain's."""
    if wanted.currencies - (await cards.card_types(store, wanted.program)).keys():
        raise unknown_card_type()
    own = await _locations(store, wanted)
    if wanted.locations - {each.number for each in own}:
        raise not_found()


async def _locations(store: Store, promotion: Promotion) -> Sequence[Location]:
    """The locations of the promotion's chain."""
    return await locations.page(
        store, tenant=promotion.tenant, program=promotion.program, limit=MAX_LOCATIONS
    )


# -- what callers send ---------------------------------------------------------------


def _new(fields: Fields, chain: Program) -> Promotion:
    kind = fields.choice("type", TYPES)
    is_percent = fields.choice("value_unit", UNITS) == UNITS[0]
    for name in ("rules", "company_ids"):
        if not fields.has(name):
            fields.wrong(name, "required")
    return Promotion(
        number=0,
        tenant=chain.tenant_id,
        program=chain.program_id,
        title=fields.text("title", longest=MAX_TITLE),
        kind=kind,
        services=ITEM_TYPES[fields.choice("service_item_type", tuple(ITEM_TYPES))],
        goods=ITEM_TYPES[fields.choice("good_item_type", tuple(ITEM_TYPES))],
        is_percent=is_percent,
        rules=_rules(fields, kind, is_percent=is_percent),
        currencies=frozenset(fields.ids("loyalty_card_type_ids")),
        locations=frozenset(fields.ids("company_ids")),
        service_items=frozenset(fields.ids("allowed_service_ids")),
        good_items=frozenset(fields.ids("allowed_good_ids")),
        created_at=0,
        updated_at=0,
        extra=_extra(fields, {}),
    )


def _changed(fields: Fields, found: Promotion) -> Promotion:
    def ids(name: str, known: frozenset[int]) -> frozenset[int]:
        return frozenset(fields.ids(name)) if fields.has(name) else known

    rules = found.rules
    if fields.has("rules"):
        rules = _rules(fields, found.kind, is_percent=found.is_percent)
    return found._replace(
        title=fields.text("title", found.title, longest=MAX_TITLE),
        rules=rules,
        currencies=ids("loyalty_card_type_ids", found.currencies),
        locations=ids("company_ids", found.locations),
        service_items=ids("allowed_service_ids", found.service_items),
        good_items=ids("allowed_good_ids", found.good_items),
        extra=_extra(fields, found.extra),
    )


def _rules(fields: Fields, kind: str, *, is_percent: bool) -> tuple[Rule, ...]:
    """One rule of a static program, thresholds of an accumulative one."""
    by = KINDS[kind].by
    rules = []
    for each in fields.objects("rules"):
        value = each.amount("value")
        if is_percent and value > WHOLE:
            each.wrong("value", "choice")
        if by is Measure.VISITS:
            threshold = each.integer("parameter", 0, least=0)
        else:
            threshold = each.amount("parameter", 0)
        if by is Measure.STATIC:
            threshold = 0
        rules.append(Rule(0, threshold, value, each.id_or_zero("service_id")))
    is_single = by is Measure.STATIC and KINDS[kind].effect is not Effect.PACKAGE
    if fields.has("rules") and (not rules or (is_single and len(rules) > 1)):
        fields.wrong("rules", "choice")
    if len(rules) > promotions.MAX_RULES:
        fields.wrong("rules", "too_many_items")
    return tuple(rules)


def _extra(fields: Fields, known: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored without effect."""
    extra = dict(known)
    for name in COUNTERS:
        if fields.has(name):
            extra[name] = fields.integer(name, least=0)
    if fields.has("expiration_timeout_unit"):
        extra["expiration_timeout_unit"] = fields.choice("expiration_timeout_unit", TIMEOUT_UNITS)
    if fields.has("params_source_type"):
        extra["params_source_type"] = fields.choice("params_source_type", SOURCES)
    if fields.has("history_start_date"):
        extra["history_start_date"] = fields.text("history_start_date", longest=40)
    for name in TEMPLATES:
        if fields.has(name):
            fields.object(name)
            extra[name] = plain(fields.values[name])
    if fields.has("allowed_good_category_ids"):
        extra["allowed_good_category_ids"] = fields.ids("allowed_good_category_ids")
    return extra


# -- the objects ---------------------------------------------------------------------


def _includes(call: Call) -> set[str]:
    """`include=a,b` or `include=a&include=b`, with or without brackets."""
    query = call.query()
    given = [*query.all("include"), *query.all("include[]")]
    return {name.strip() for value in given for name in value.split(",")}


def _searched(promotion: Promotion) -> dict[str, Any]:
    return {
        **_own(promotion),
        "loyalty_type_id": loyalty_type_id(promotion),
        "item_type_id": item_type_of(promotion),
        "value_unit_id": 1 if promotion.is_percent else 2,
        "group_id": promotion.program,
        "current_package_progress": 0,
        "allowed_usages_amount": 0,
    }


def _own(promotion: Promotion) -> dict[str, Any]:
    extra = promotion.extra
    return {
        "id": promotion.number,
        "title": promotion.title,
        "type": promotion.kind,
        "service_item_type": ITEM_TYPE_NAMES[promotion.services],
        "good_item_type": ITEM_TYPE_NAMES[promotion.goods],
        "value_unit": UNITS[0] if promotion.is_percent else UNITS[1],
        **{name: extra.get(name, 0) for name in COUNTERS},
        "expiration_timeout_unit": extra.get("expiration_timeout_unit", TIMEOUT_UNITS[0]),
        "params_source_type": extra.get("params_source_type", SOURCES[0]),
        "history_start_date": extra.get("history_start_date", ""),
        **{f"{name}_id": 0 for name in TEMPLATES},
    }


async def _object(call: Call, chain: Program, number: int | None) -> dict[str, Any]:
    """The program as it is now, with what `include` asks for."""
    promotion = await _find(call, chain, number)
    store = call.context.store
    wanted = _includes(call)
    shown = _own(promotion)
    if "rules" in wanted:
        shown["rules"] = [
            {**rule_of(promotion, rule), "service_id": rule.service} for rule in promotion.rules
        ]
    if "companies" in wanted:
        shown["companies"] = [
            {"id": each.number, "title": each.title, "timezone": each.timezone, **BLANK_COMPANY}
            for each in await _locations(store, promotion)
            if each.number in promotion.locations
        ]
    if "loyalty_card_types" in wanted:
        types = await cards.card_types(store, promotion.program)
        shown["loyalty_card_types"] = [
            {"id": each, "title": types[each].title} for each in sorted(promotion.currencies)
        ]
    if "applicable_items" in wanted:
        shown["applicable_items"] = _items(promotion)
    for name in wanted.intersection(TEMPLATES):
        shown[name] = promotion.extra.get(name, {})
    return shown


def _items(promotion: Promotion) -> list[dict[str, Any]]:
    """There is no catalogue here: items have ids and no titles."""
    return [
        {"id": each, "title": "", "is_service": is_service, "is_category": False}
        for items, is_service in ((promotion.service_items, True), (promotion.good_items, False))
        for each in sorted(items)
    ]
