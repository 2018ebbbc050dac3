"""`/programs/{id}/rules`, `/rules/{id}`, its steps, versions and awards:
docs/reference/native-api-rules.md."""

from collections.abc import Awaitable, Callable, Iterable
from enum import StrEnum
from typing import Any, TypeVar

from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.loyalty.wire.reading_rules import Reader, currency_ids
from stampbook.dialects.native.loyalty.wire.rules import (
    VERSION_BITS,
    AwardShape,
    EarningBody,
    EarningRuleBody,
    EarningRuleShape,
    RuleChange,
    RuleLimitsBody,
    VersionShape,
)
from stampbook.dialects.native.loyalty.wire.showing_rules import (
    award_shape,
    content_of,
    rule_shape,
    version_shape,
)
from stampbook.dialects.native.loyalty.wire.times import read_hours
from stampbook.dialects.native.problems import invalid_field, invalid_parameter, not_found
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.values import given, read_end, read_instant, small_metadata
from stampbook.dialects.native.writing import write_once
from stampbook.loyalty.conditions.checking import LIBRARY
from stampbook.loyalty.events import storing as events
from stampbook.loyalty.model import Given, Trigger, Version
from stampbook.loyalty.rewards import benefits
from stampbook.loyalty.rules import storing, versions
from stampbook.loyalty.rules.checking import check
from stampbook.loyalty.rules.storing import Named, Rule, Status
from stampbook.programs import currencies
from stampbook.storage.store import Transacting

_rule_body = Decoder(EarningRuleBody)
_rule_change = Decoder(RuleChange)


async def create_rule(call: Call) -> Reply:
    body = read(_rule_body, call.body)

    async def write(writing: Transacting) -> EarningRuleShape:
        program = await finding.program(call, writing, call.id(ids.PROGRAM))
        version = await version_of(call, writing, body, program.program_id)
        rule = await storing.create(
            writing,
            tenant=call.caller.tenant,
            program=program.program_id,
            name=body.name,
            version=version,
            now=call.context.clock(),
            metadata=small_metadata(body.metadata),
        )
        return await _shape(call, writing, rule)

    return await write_once(call, write)


async def version_of(call: Call, db: Transacting, body: EarningRuleBody, program: int) -> Version:
    """What the body says of a rule of the program. Raises Failure, Invalid, InvalidExpression."""
    reader = Reader(await _scales_named(call, db, body.earnings, program))
    named = currency_ids(body.earnings)
    version = Version(
        rule=0,
        number=0,
        valid_from=0,
        trigger=body.trigger.type,
        trigger_name=body.trigger.name,
        earnings=reader.earnings(body.earnings),
        priority=body.priority,
        exclusive_group=body.exclusive_group,
        keeps_best=body.keeps == "best",
        starts_at=read_instant(body.starts_at, "/starts_at"),
        ends_at=read_end(body.ends_at, "/ends_at"),
        hours=read_hours(body.hours),
        limits=reader.limits(body.limits, named[0][0] if named else None),
        on_partial=body.on_partial,
        library=LIBRARY,
    )
    check(version)
    await _check_names(call, db, version, program)
    return version


async def _scales_named(
    call: Call, db: Transacting, earnings: Iterable[EarningBody], program: int
) -> dict[str, int]:
    """The decimals of the currencies that the earnings name. Raises Failure (422)."""
    scales: dict[str, int] = {}
    for text, pointer in currency_ids(list(earnings)):
        if text in scales:
            continue
        number = ids.read(ids.CURRENCY, text)
        found = None
        if number is not None:
            found = await currencies.get(db, number, tenant=call.caller.tenant)
        if found is None or found.program_id != program:
            raise invalid_field(pointer, "is not a currency of the program")
        scales[text] = found.scale
    return scales


async def _check_names(call: Call, db: Transacting, version: Version, program: int) -> None:
    """Whether the tiers and benefits are there. Raises Failure (422)."""
    for at, earning in enumerate(version.earnings):
        for number, need in enumerate(earning.tiers):
            rows = await db.fetch(
                """
                SELECT t.tier_id FROM tier_groups g JOIN tiers t
                    ON t.tier_group_id = g.tier_group_id
                WHERE g.tier_group_id = $1 AND g.program_id = $2
                """,
                need.group,
                program,
            )
            pointer = f"/earnings/{at}/tiers/{number}"
            if not rows:
                raise invalid_field(f"{pointer}/tier_group_id", "is not a group of the program")
            if not need.any_of.issubset(row["tier_id"] for row in rows):
                raise invalid_field(f"{pointer}/any_of", "must be tiers of the group")
        for number, effect in enumerate(earning.effects):
            if isinstance(effect, Given):
                found = await benefits.get(db, effect.benefit, tenant=call.caller.tenant)
                if found is None or found.program_id not in (None, program):
                    pointer = f"/earnings/{at}/effects/{number}/benefit_id"
                    raise invalid_field(pointer, "is not a benefit of the program")


async def list_rules(call: Call) -> Page[EarningRuleShape]:
    store = call.context.store
    limit = finding.limit(call)
    program = await finding.program(call, store, call.id(ids.PROGRAM))
    found = await storing.page(
        store,
        tenant=call.caller.tenant,
        program=program.program_id,
        status=_word(call, "status", Status),
        trigger=_word(call, "trigger", Trigger),
        after=finding.cursor(call, ids.RULE) or 0,
        limit=limit + 1,
    )
    return page_of([await _shape(call, store, each) for each in found], limit)


_Word = TypeVar("_Word", bound=StrEnum)


def _word(call: Call, parameter: str, words: type[_Word]) -> _Word | None:
    """The parameter as one of these words. Raises Failure (422)."""
    given = call.query.get(parameter)
    if given is None:
        return None
    try:
        return words(given)
    except ValueError:
        known = ", ".join(words)
        raise invalid_parameter(parameter, f"must be one of {known}") from None


async def get_rule(call: Call) -> EarningRuleShape:
    store = call.context.store
    return await _shape(call, store, await _rule(call, store))


async def _rule(call: Call, db: Transacting) -> Rule:
    """The rule of the path, also a deleted one. Raises Failure (404)."""
    found = await storing.get(db, call.id(ids.RULE), tenant=call.caller.tenant)
    if found is None or not finding.in_bounds(call, found.program_id):
        raise not_found("there is no such rule")
    return found


async def _shape(call: Call, db: Transacting, rule: Rule) -> EarningRuleShape:
    return rule_shape(rule, await _scales(call, db, [rule.newest]))


async def _scales(call: Call, db: Transacting, versions: Iterable[Version]) -> dict[int, int]:
    """The decimals of the versions' currencies."""
    scales = {}
    for number in storing.currencies_of(versions):
        found = await currencies.get(db, number, tenant=call.caller.tenant)
        scales[number] = 0 if found is None else found.scale
    return scales


async def change_rule(call: Call) -> Reply:
    change = given(read(_rule_change, call.body))

    async def write(writing: Transacting) -> EarningRuleShape:
        rule = await _rule(call, writing)
        metadata = change.get("metadata")
        named = Named(change.get("name"), None if metadata is None else small_metadata(metadata))
        content = None
        if change.keys() - {"name", "metadata"}:
            content = await _changed(call, writing, rule, change)
        changed = await storing.update(
            writing, rule, now=call.context.clock(), named=named, content=content
        )
        return await _shape(call, writing, changed)

    return await write_once(call, write)


async def _changed(call: Call, db: Transacting, rule: Rule, change: dict[str, Any]) -> Version:
    """The newest version with what the request changes."""
    if rule.program_id is None:
        raise invalid_field("", "a rule of the whole tenant is changed through its own API")
    fields = content_of(rule.newest, await _scales(call, db, [rule.newest]))
    fields |= {name: value for name, value in change.items() if name in fields}
    fields["limits"] = fields["limits"] or RuleLimitsBody()
    body = EarningRuleBody(name=rule.name, **fields)
    return await version_of(call, db, body, rule.program_id)


Step = Callable[..., Awaitable[Rule]]


async def _step(call: Call, step: Step) -> Reply:
    async def write(writing: Transacting) -> EarningRuleShape:
        rule = await _rule(call, writing)
        return await _shape(call, writing, await step(writing, rule, now=call.context.clock()))

    return await write_once(call, write)


async def activate_rule(call: Call) -> Reply:
    return await _step(call, storing.activate)


async def deactivate_rule(call: Call) -> Reply:
    return await _step(call, storing.deactivate)


async def draft_rule(call: Call) -> Reply:
    return await _step(call, storing.to_draft)


async def delete_rule(call: Call) -> Reply:
    """The rule counts no more; what it gave, and its versions, stay."""
    return await _step(call, storing.delete)


async def list_rule_versions(call: Call) -> Page[VersionShape]:
    store = call.context.store
    limit = finding.limit(call)
    rule = await _rule(call, store)
    cursor = finding.cursor(call, ids.VERSION)
    found = await versions.versions(
        store,
        rule.rule_id,
        tenant=call.caller.tenant,
        before=None if cursor is None else cursor & ((1 << VERSION_BITS) - 1),
        limit=limit + 1,
    )
    scales = await _scales(call, store, found)
    return page_of([version_shape(each, scales) for each in found], limit)


async def list_rule_awards(call: Call) -> Page[AwardShape]:
    """The rule's awards, newest first: all, a member's, those in force, or the others."""
    store = call.context.store
    limit = finding.limit(call)
    state = call.query.get("state")
    if state not in (None, "in_force", "returned"):
        raise invalid_parameter("state", "must be in_force or returned")
    rule = await _rule(call, store)
    member = call.query.get("member_id")
    number = None if member is None else ids.read(ids.MEMBER, member)
    if member is not None and number is None:
        raise invalid_parameter("member_id", "is not an id of a member")
    found = await events.awards_of_rule(
        store,
        rule.rule_id,
        tenant=call.caller.tenant,
        member=number,
        in_force=None if state is None else state == "in_force",
        before=finding.cursor(call, ids.AWARD),
        limit=limit + 1,
    )
    shapes = []
    for held in found:
        currency = await currencies.get(store, held.award.currency, tenant=call.caller.tenant)
        shapes.append(award_shape(held, 0 if currency is None else currency.scale))
    return page_of(shapes, limit)
