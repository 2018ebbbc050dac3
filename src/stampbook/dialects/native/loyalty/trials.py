"""`/programs/{id}/rules/evaluate`: what rules would give, and why not:
docs/reference/native-api-rules.md."""

from functools import partial
from typing import Final

from msgspec.json import Decoder
from msgspec.structs import replace

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, read
from stampbook.dialects.native.loyalty.events import instant_of, scales_of
from stampbook.dialects.native.loyalty.naming import named
from stampbook.dialects.native.loyalty.rules import version_of
from stampbook.dialects.native.loyalty.wire.events import (
    UNSAVED,
    EvaluateBody,
    EvaluationShape,
    verdict_shape,
)
from stampbook.dialects.native.loyalty.wire.order_changes import new_order
from stampbook.dialects.native.loyalty.wire.orders import TriedOrder, content_of
from stampbook.dialects.native.loyalty.wire.rules import EarningRuleBody
from stampbook.dialects.native.problems import Failure, invalid_field
from stampbook.dialects.native.wire.values import small_metadata
from stampbook.dialects.native.writing import failure_of
from stampbook.ledger.joint import JointRefused
from stampbook.loyalty.events.awarding import joint_of, prepare
from stampbook.loyalty.events.model import Judged, Occurrence, Prepared
from stampbook.loyalty.model import OrderFacts, Trigger, Version
from stampbook.loyalty.orders import model as order_model
from stampbook.loyalty.orders.taking import whole_facts
from stampbook.loyalty.rules import storing
from stampbook.loyalty.rules.checking import NAMED, InvalidExpression
from stampbook.programs.faults import Invalid
from stampbook.programs.programs import Program

OF_ORDERS: Final = frozenset({Trigger.ORDER_PAID, Trigger.VISIT_COMPLETED})
"""The triggers whose events are judged as orders."""

_evaluate_body = Decoder(EvaluateBody)


async def evaluate_rules(call: Call) -> EvaluationShape:
    """What the rules would give, and for each of them why it counts or not. Writes nothing."""
    body = read(_evaluate_body, call.body)
    context = call.context
    if body.order is not None and body.event is not None:
        raise invalid_field("/event", "cannot be given with an order")
    program = await finding.program(call, context.store, call.id(ids.PROGRAM))
    version = await _tried_rule(call, body, program)
    tried = body.order or body.event
    named_at, pointer, instant = body.member_id, "/member_id", body.effective_at
    if tried is not None and named_at is None:
        named_at, pointer = tried.member_id, f"{_under(body)}/member_id"
    if named_at is None:
        raise invalid_field("/member_id", "is missing")
    if tried is not None and instant is None:
        instant = tried.effective_at
    find = partial(finding.member, call, context.store)
    member = await named(find, ids.MEMBER, named_at, pointer, program=program.program_id)
    kind, name = _event_of(body, version)
    what = Occurrence(
        tenant=call.caller.tenant,
        program=program.program_id,
        member=member.member_id,
        kind=kind,
        effective_at=instant_of(call, instant),
        name=name,
        metadata="{}"
        if body.event is None
        else small_metadata(body.event.metadata, "/event/metadata"),
        order=None if body.order is None else _facts(call, program, body.order),
    )
    is_alone = tried is None and version is None
    prepared = await prepare(
        context.awarding, what, dry_run=True, all_kinds=is_alone, tried=version
    )
    assert isinstance(prepared, Prepared), "it has no external id"
    joint = joint_of(call.caller.tenant, [prepared], dry_run=True)
    try:
        joined = await context.ledger.join(joint)
    except JointRefused as refusal:
        raise await failure_of(call, refusal) from None
    judged: Judged = joined.result[0]
    scales = await scales_of(call, program.program_id)
    return EvaluationShape(
        program_id=ids.write(ids.PROGRAM, program.program_id),
        member_id=ids.write(ids.MEMBER, member.member_id),
        judged=judged.event.facts is not None,
        rules=[verdict_shape(each, scales) for each in judged.verdicts],
    )


async def _tried_rule(call: Call, body: EvaluateBody, program: Program) -> Version | None:
    """The rule of the body, as if it were active. Raises Failure, Invalid, InvalidExpression."""
    if body.rule is None:
        if body.rule_id is not None:
            raise invalid_field("/rule", "is missing")
        return None
    store = call.context.store
    number = UNSAVED
    if body.rule_id is not None:
        found = None
        known = ids.read(ids.RULE, body.rule_id)
        if known is not None:
            found = await storing.get(store, known, tenant=call.caller.tenant)
        if found is None or found.program_id != program.program_id:
            raise invalid_field("/rule_id", "is not a rule of the program")
        number = found.rule_id
    version = await _version(call, body.rule, program)
    is_order = version.trigger in OF_ORDERS
    if body.order is not None and not is_order:
        raise invalid_field("/order", "is not what the rule is for")
    if body.event is not None and version.trigger is not Trigger.CUSTOM_EVENT:
        raise invalid_field("/event", "is not what the rule is for")
    return version._replace(rule=number)


async def _version(call: Call, rule: EarningRuleBody, program: Program) -> Version:
    """What the rule says. Raises Failure, Invalid, InvalidExpression, with places in the body."""
    try:
        return await version_of(call, call.context.store, rule, program.program_id)
    except InvalidExpression as error:
        raise InvalidExpression(f"rule/{error.field}", error.code, error.detail) from None
    except Invalid as error:
        raise Invalid(f"rule/{error.field}", error.detail) from None
    except Failure as error:
        faults = [
            replace(each, pointer=each.pointer and f"/rule{each.pointer}") for each in error.faults
        ]
        raise Failure(error.status, error.code, error.detail, faults=faults) from None


def _event_of(body: EvaluateBody, version: Version | None) -> tuple[Trigger, str | None]:
    """What kind of event is tried, and its name: what the rule of the body is for, if there is
    one."""
    name = None if body.event is None else body.event.name
    if version is None:
        return Trigger.CUSTOM_EVENT if body.order is None else Trigger.ORDER_PAID, name
    if name is None and version.trigger in NAMED:
        name = version.trigger_name
    return version.trigger, name


def _facts(call: Call, program: Program, body: TriedOrder) -> OrderFacts:
    """The order as rules would read it. Raises Failure (422)."""
    content = content_of(body, "/order")
    judged = order_model.Judged(0, content.channel, content.location, content.metadata)
    order = new_order(program, "", content, now=call.context.clock())
    return whole_facts(order._replace(judged=judged))


def _under(body: EvaluateBody) -> str:
    return "/event" if body.order is None else "/order"
