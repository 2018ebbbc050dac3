"""What a customer would earn now, by the rules of all programs. Nothing is written."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core.bodies import read_body, required
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import invalid_payload, refused
from stampbook.dialects.voucherify.core.operations import operation
from stampbook.dialects.voucherify.core.points.cards import print_cards
from stampbook.dialects.voucherify.core.rows import Member, Program, find_cards
from stampbook.dialects.voucherify.core.shapes.schema import (
    OPEN,
    TEXT,
    Schema,
    array_of,
    id_of,
    object_of,
    one_of,
    or_null,
)
from stampbook.dialects.voucherify.v2.kernel import references
from stampbook.dialects.voucherify.v2.kernel.identification import named
from stampbook.dialects.voucherify.v2.members.memberships import (
    identify,
    memberships_of,
    seat_of,
)
from stampbook.dialects.voucherify.v2.orders.examining_wire import (
    CustomEvent,
    Entered,
    ExaminedEvent,
    ExaminedOrder,
    ExamineRulesRequest,
    Noted,
    Paid,
)
from stampbook.dialects.voucherify.v2.orders.resource import tried
from stampbook.dialects.voucherify.v2.orders.wire import OrderBody
from stampbook.dialects.voucherify.v2.schemas import event_name
from stampbook.edge.operations import Operation
from stampbook.ledger.joint import Joint, JointRefused, join_anew
from stampbook.loyalty.events.awarding import joint_of, prepare
from stampbook.loyalty.events.model import Judged, Occurrence, Prepared
from stampbook.loyalty.judging.values import Reason
from stampbook.loyalty.model import OrderFacts, Per, Trigger
from stampbook.loyalty.rewards import benefits
from stampbook.loyalty.rules import storing

Body = dict[str, Any]
EventName = Literal["customer.order.paid", "customer.segment.entered", "customer.custom_event"]
KINDS: Final[Mapping[str, Trigger]] = {
    "customer.order.paid": Trigger.ORDER_PAID,
    "customer.segment.entered": Trigger.SEGMENT_ENTERED,
    "customer.custom_event": Trigger.CUSTOM_EVENT,
}


class _Trial(NamedTuple):
    """What is examined. `kind` None: all that may happen."""

    event: str | None
    kind: Trigger | None
    known: Entered
    name: str | None = None
    order: OrderFacts | None = None
    metadata: str = "{}"


async def examine_rules(call: Call) -> Body:
    wanted = read_body(call.body, ExamineRulesRequest)
    way, text = named(wanted.customer_identification)
    trial = await _trial(call, wanted)
    customer = await identify(call, way, text)
    metadata = msgspec.json.decode(customer.metadata) | _given(trial.known.customer)
    rules: dict[int, Body] = {}
    memberships = []
    for place in await memberships_of(call, customer):
        seat = await seat_of(call, *place)
        program, member = seat.program, seat.member
        if program is None or member is None:
            continue
        if references.is_active(program, member, call.now):
            memberships.append(await _membership(call, trial, program, member, metadata, rules))
    return {
        "event": trial.event,
        "customer": references.refer_to_customer(customer, metadata),
        "earning_rules": [rules[number] for number in sorted(rules)],
        "memberships": memberships,
        "object": "earnings_examine_result",
    }


def _given(noted: Noted | UnsetType) -> Body:
    if isinstance(noted, UnsetType) or isinstance(noted.metadata, UnsetType):
        return {}
    return noted.metadata or {}


async def _trial(call: Call, wanted: ExamineRulesRequest) -> _Trial:
    """What a request examines. Raises a Fault (400) for contexts of other events."""
    contexts = {name: getattr(wanted, name.replace(".", "_")) for name in KINDS}
    if wanted.trigger.type == "ALL":
        if wanted.trigger.specific is not None:
            raise invalid_payload("Payload.trigger.specific does not belong to this type")
        return _Trial(None, None, Entered())
    event = required(wanted.trigger.specific, "trigger.specific").event
    for name, context in contexts.items():
        field = name.replace(".", "_")
        if name == event and context is UNSET:
            raise invalid_payload(f"Payload must have required property '{field}'")
        if name != event and context is not UNSET:
            raise invalid_payload(f"Payload.{field} does not belong to this event")
    context, kind = contexts[event], KINDS[event]
    if isinstance(context, CustomEvent):
        return await _custom(call, context)
    if isinstance(context, Paid) and isinstance(context.order, ExaminedOrder):
        return _Trial(event, kind, context, order=tried(call, _order(context.order)))
    empty = tried(call, OrderBody()) if kind is Trigger.ORDER_PAID else None
    return _Trial(event, kind, context, order=empty)


async def _custom(call: Call, context: CustomEvent) -> _Trial:
    event = "customer.custom_event"
    is_one = context.type == "SPECIFIC"
    other = context.all if is_one else context.specific
    if other is not None:
        raise invalid_payload("Payload.customer_custom_event has the context of another type")
    if is_one:
        one = required(context.specific, "customer_custom_event.specific")
        name = await event_name(call.store, call, one.custom_event.schema_id)
        noted = msgspec.json.encode(one.custom_event.metadata or {}).decode()
        return _Trial(event, Trigger.CUSTOM_EVENT, one, name, metadata=noted)
    any_ = required(context.all, "customer_custom_event.all")
    found = any_.custom_event.metadata if isinstance(any_.custom_event, ExaminedEvent) else None
    noted = msgspec.json.encode(found or {}).decode()
    return _Trial(event, Trigger.CUSTOM_EVENT, any_, metadata=noted)


def _order(order: ExaminedOrder) -> OrderBody:
    """The same order as clients send it. Raises a Fault (400)."""
    body = {
        "amount": _whole(order.amount),
        "initial_amount": _whole(order.initial_amount),
        "discount_amount": _whole(order.discount_amount),
        "items": [_item(msgspec.to_builtins(each)) for each in order.items or ()],
        "metadata": order.metadata,
    }
    return read_body(msgspec.json.encode(body), OrderBody)


PLAIN: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")
MONEY: Final = ("amount", "discount_amount", "price", "quantity")
NAMES: Final = ("id", "source_id", "product_id", "sku_id")


def _item(item: Body) -> Body:
    body: Body = {}
    for name, value in item.items():
        if name in MONEY:
            body[name] = _whole(value)
        elif name in NAMES:
            body[name] = None if value is None else str(value)
        elif name in ("product", "sku"):
            body[name] = None if value is None else _item(value)
        else:
            body[name] = value
    return {name: value for name, value in body.items() if value is not None}


def _whole(value: object) -> int | None:
    """A number, or a text that is one. Raises a Fault (400)."""
    if value is None:
        return None
    text = str(value)
    is_plain = not isinstance(value, str) or PLAIN.fullmatch(value) is not None
    number = Decimal(text) if is_plain and len(text) <= 20 else Decimal("NaN")
    if not number.is_finite() or number.adjusted() > 15 or number != int(number):
        raise invalid_payload("Payload.customer_order_paid.order must have whole numbers")
    return int(number)


async def _membership(
    call: Call,
    trial: _Trial,
    program: Program,
    member: Member,
    metadata: Body,
    rules: dict[int, Body],
) -> Body:
    """What the member would get; the rules that give it are added to `rules`."""
    judged = await _judged(call, trial, program, member, metadata)
    cards = await find_cards(call.store, member.member_id, tenant=call.tenant)
    points: dict[int, dict[int, int]] = {card.policy.currency: {} for card in cards}
    for verdict in judged.verdicts:
        amounts = [(gain.currency, gain.amount) for gain in verdict.gains]
        if trial.kind is None and verdict.reason is Reason.NOTHING:
            amounts = await _unknown(call, verdict.rule, verdict.earning or 0)
        for currency, amount in amounts:
            of_rule = points.get(currency, {})
            of_rule[verdict.rule] = of_rule.get(verdict.rule, 0) + amount
    gifts: dict[int, set[int]] = {}
    for grant in judged.grants:
        if grant.state == "rejected":
            continue
        gifts.setdefault(grant.benefit_id, set()).add(grant.rule_id)
        if grant.points and grant.currency_id is not None:
            of_rule = points.get(grant.currency_id, {})
            of_rule[grant.rule_id] = of_rule.get(grant.rule_id, 0) + grant.points
    for number in {rule for each in points.values() for rule in each} | {
        rule for each in gifts.values() for rule in each
    }:
        rules[number] = await _rule(call, number)
    printed = [each["card"] for each in await print_cards(call, cards)]
    return {
        "member": references.refer_to_member(
            member, msgspec.json.decode(member.metadata) | _given(trial.known.member)
        ),
        "program": references.refer_to_program(program),
        "cards": [
            _card(body, points[card.policy.currency])
            for card, body in zip(cards, printed, strict=True)
        ],
        "benefits": [await _benefit(call, number, gifts[number]) for number in sorted(gifts)],
        "object": "member_earnings_opportunity",
    }


async def _judged(
    call: Call, trial: _Trial, program: Program, member: Member, metadata: Body
) -> Judged:
    context = call.context
    what = Occurrence(
        tenant=call.tenant,
        program=program.program_id,
        member=member.member_id,
        kind=trial.kind or Trigger.ORDER_PAID,
        name=trial.name,
        metadata=trial.metadata,
        order=trial.order,
        member_metadata=msgspec.json.encode(metadata).decode(),
    )

    async def build() -> Joint:
        prepared = await prepare(
            context.awarding,
            what,
            dry_run=True,
            all_kinds=trial.kind is None,
            all_names=trial.name is None,
        )
        assert isinstance(prepared, Prepared), "it has no external id"
        return joint_of(call.tenant, [prepared], dry_run=True)

    try:
        judged: Judged = (await join_anew(context.ledger.join, build)).result[0]
    except JointRefused as refusal:
        raise refused(refusal.refusal) from None
    return judged


async def _unknown(call: Call, rule: int, earning: int) -> list[tuple[int, int]]:
    """The currencies of an earning whose points depend on what is not given."""
    found = await storing.get(call.store, rule, tenant=call.tenant)
    if found is None:
        return []
    effects = found.newest.earnings[earning].effects
    return [(each.currency, 0) for each in effects if isinstance(each, Per)]


async def _rule(call: Call, number: int) -> Body:
    found = await storing.get(call.store, number, tenant=call.tenant)
    assert found is not None, "rules are never deleted for good"
    return {
        "id": spell(Prefix.EARNING_RULE, number),
        "name": found.name,
        "metadata": msgspec.json.decode(found.metadata),
        "object": "earning_rule",
    }


def _card(card: Body, by_rule: Mapping[int, int]) -> Body:
    return {
        "card": references.refer_to_card(card),
        "points_estimation": sum(by_rule.values()),
        "earning_rules": [
            {
                "earning_rule": _reference(number),
                "points_estimation": by_rule[number],
                "object": "earning_rule_estimation",
            }
            for number in sorted(by_rule)
        ],
        "object": "card_estimation",
    }


async def _benefit(call: Call, number: int, rules: set[int]) -> Body:
    found = await benefits.get(call.store, number, tenant=call.tenant)
    assert found is not None, "benefits are never deleted for good"
    type_ = "MATERIAL" if found.origin is None else msgspec.json.decode(found.origin)["type"]
    return {
        "benefit": {
            "id": spell(Prefix.BENEFIT, number),
            "name": found.name,
            "type": type_,
            "object": "benefit",
        },
        "earning_rules": [
            {"earning_rule": _reference(rule), "object": "earning_rule_estimation"}
            for rule in sorted(rules)
        ],
        "object": "benefit_estimation",
    }


def _reference(rule: int) -> Body:
    return {"id": spell(Prefix.EARNING_RULE, rule), "object": "earning_rule"}


NUMBER: Final[Schema] = {"type": "number"}
RULE: Final = object_of(id=id_of("lern"), object=one_of("earning_rule"))
ESTIMATION: Final = one_of("earning_rule_estimation")
ANSWER: Final = object_of(
    event=or_null(one_of(*KINDS)),
    customer=references.CUSTOMER,
    earning_rules=array_of(
        object_of(id=id_of("lern"), name=TEXT, metadata=OPEN, object=one_of("earning_rule"))
    ),
    memberships=array_of(
        object_of(
            member=references.MEMBER,
            program=references.PROGRAM,
            cards=array_of(
                object_of(
                    card=references.CARD,
                    points_estimation=NUMBER,
                    earning_rules=array_of(
                        object_of(earning_rule=RULE, points_estimation=NUMBER, object=ESTIMATION)
                    ),
                    object=one_of("card_estimation"),
                )
            ),
            benefits=array_of(
                object_of(
                    benefit=object_of(
                        id=id_of("lben"),
                        name=TEXT,
                        type=one_of("POINTS", "POINTS_PROPORTIONAL", "MATERIAL", "DIGITAL"),
                        object=one_of("benefit"),
                    ),
                    earning_rules=array_of(object_of(earning_rule=RULE, object=ESTIMATION)),
                    object=one_of("benefit_estimation"),
                )
            ),
            object=one_of("member_earnings_opportunity"),
        )
    ),
    object=one_of("earnings_examine_result"),
)

OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("POST", "/v2/loyalties/examine/earning-rules", examine_rules, "read",
              "See what a customer would earn", tag="Earning rules",
              name="examine_earning_rules", body=ExamineRulesRequest, answer=ANSWER),
)  # fmt: skip
