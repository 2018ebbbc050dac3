"""Which rewards a customer could buy now, with which card, and why not. Nothing is written."""

from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core.bodies import Closed, Metadata, read_body
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.operations import operation
from stampbook.dialects.voucherify.core.people.customers import Customer
from stampbook.dialects.voucherify.core.points.cards import print_cards
from stampbook.dialects.voucherify.core.rows import Card, Member, Program, find_cards
from stampbook.dialects.voucherify.core.shapes.schema import (
    OPEN,
    POINTS,
    TEXT,
    Schema,
    array_of,
    id_of,
    object_of,
    one_of,
)
from stampbook.dialects.voucherify.v2.kernel import references
from stampbook.dialects.voucherify.v2.kernel.identification import Identification, named
from stampbook.dialects.voucherify.v2.kernel.shapes import LIMITS
from stampbook.dialects.voucherify.v2.members.memberships import (
    identify,
    memberships_of,
    seat_of,
)
from stampbook.dialects.voucherify.v2.rewards.pricing import facts_metadata
from stampbook.dialects.voucherify.v2.rewards.terms import bought_points
from stampbook.edge.operations import Operation
from stampbook.ledger.joint import JointRefused
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.judging.periods import within_hours
from stampbook.loyalty.rewards import buying, offers, rewards
from stampbook.loyalty.rewards.buying import Wish
from stampbook.loyalty.rewards.model import Offer, Reward
from stampbook.loyalty.rewards.pricing import price_of
from stampbook.programs import members, programs

Body = dict[str, Any]
MAX_OFFERS: Final = 1_000


class Known(Closed, frozen=True):
    """Metadata that count instead of those that are stored, for this call."""

    metadata: Metadata | UnsetType | None = UNSET


class ExamineRequest(Closed, frozen=True):
    customer_identification: Identification
    customer: Known | UnsetType = UNSET
    member: Known | UnsetType = UNSET


async def examine_rewards(call: Call) -> Body:
    wanted = read_body(call.body, ExamineRequest)
    way, text = named(wanted.customer_identification)
    customer = await identify(call, way, text)
    metadata = msgspec.json.decode(customer.metadata) | _given(wanted.customer)
    found = _Found(call, customer, metadata, _given(wanted.member))
    memberships = []
    for place in await memberships_of(call, customer):
        seat = await seat_of(call, *place)
        program, member = seat.program, seat.member
        if program is None or member is None or not references.is_active(program, member, call.now):
            continue
        memberships.append(await found.examine(program, member))
    return {
        "customer": references.refer_to_customer(customer, metadata),
        "rewards": [found.rewards[number] for number in sorted(found.rewards)],
        "memberships": memberships,
        "object": "rewards_examine_result",
    }


def _given(known: Known | UnsetType) -> Body:
    if isinstance(known, UnsetType) or isinstance(known.metadata, UnsetType):
        return {}
    return known.metadata or {}


class _Found:
    """One examination; `rewards` are all that were named, by number."""

    def __init__(self, call: Call, customer: Customer, metadata: Body, of_member: Body) -> None:
        self.call = call
        self.customer = customer
        self.metadata = metadata
        self.of_member = of_member
        self.rewards: dict[int, Body] = {}

    async def examine(self, program: Program, member: Member) -> Body:
        call = self.call
        own = msgspec.json.decode(member.metadata) | self.of_member
        cards = await find_cards(call.store, member.member_id, tenant=call.tenant)
        printed = [each["card"] for each in await print_cards(call, cards)]
        offered = await self._offered(program)
        examined = []
        for card, body in zip(cards, printed, strict=True):
            estimates = [
                await self._estimate(program, member, own, card, body, cards, *each)
                for each in offered
            ]
            examined.append(
                {
                    "card": references.refer_to_card(body),
                    "rewards": [each for each in estimates if each is not None],
                    "object": "card_estimation",
                }
            )
        return {
            "member": references.refer_to_member(member, own),
            "program": references.refer_to_program(program),
            "cards": examined,
            "object": "member_rewards_opportunity",
        }

    async def _offered(self, program: Program) -> list[tuple[Offer, Reward]]:
        """What the program offers now; drafts and what has no time now are left out."""
        call, now = self.call, self.call.now
        found = []
        for offer in await offers.page(
            call.store, tenant=call.tenant, program=program.program_id, limit=MAX_OFFERS
        ):
            reward = await rewards.get(call.store, offer.reward_id, tenant=call.tenant)
            if reward is None or reward.status != "active" or reward.origin is None:
                continue
            begun = reward.starts_at is None or reward.starts_at <= now
            ended = reward.ends_at is not None and reward.ends_at <= now
            hours = reward.terms.hours
            if begun and not ended and (not hours or within_hours(hours, now, program.timezone)):
                found.append((offer, reward))
        return found

    async def _estimate(
        self,
        program: Program,
        member: Member,
        own: Body,
        card: Card,
        body: Body,
        cards: list[Card],
        offer: Offer,
        reward: Reward,
    ) -> Body | None:
        call = self.call
        stored = await programs.get(call.store, program.program_id, tenant=call.tenant)
        who = await members.get(call.store, member.member_id, tenant=call.tenant)
        if stored is None or who is None:
            return None
        metadata = facts_metadata(self.metadata, own)
        price = await price_of(
            call.context.ledger,
            stored,
            who,
            reward,
            now=call.now,
            metadata=metadata,
            currency=card.policy.currency,
        )
        if price is None:
            return None
        points, balance = price[1].points, body["balance"]["points"]
        reasons = [*_too_few(points, balance), *_no_target(reward, cards)]
        wish = Wish(
            call.tenant,
            program.program_id,
            member.member_id,
            reward.reward_id,
            member_metadata=metadata,
        )
        available = not reasons and offer.stock != 0 and await self._within_limits(wish)
        self._name(reward)
        return {
            "reward": {"id": spell(Prefix.REWARD, reward.reward_id), "object": "reward"},
            "status": "AVAILABLE" if available else "UNAVAILABLE",
            "cost": {"points": points, "object": "reward_cost"},
            "unavailability_reasons": reasons,
            "object": "reward_estimation",
        }

    async def _within_limits(self, wish: Wish) -> bool:
        try:
            await buying.build(self.call.context.ledger, wish, dry_run=True)
        except Refused as refusal:
            return refusal.code is not Code.LIMIT_REACHED
        except JointRefused:
            pass  # of another card
        return True

    def _name(self, reward: Reward) -> None:
        assert reward.origin is not None
        body = msgspec.json.decode(reward.origin)
        self.rewards[reward.reward_id] = {
            "id": spell(Prefix.REWARD, reward.reward_id),
            "name": reward.name,
            "type": body["type"],
            "metadata": msgspec.json.decode(reward.metadata),
            "purchase_limits": body["purchase_limits"],
            "object": "reward",
        }


def _too_few(points: int, balance: int) -> list[Body]:
    if balance >= points:
        return []
    details = {"required": points, "available": balance, "missing": points - balance}
    return [_reason("insufficient_balance", details)]


def _no_target(reward: Reward, cards: list[Card]) -> list[Body]:
    """The card on which a reward of points would put them must be there."""
    assert reward.origin is not None
    points = bought_points(msgspec.json.decode(reward.origin))
    if points is None:
        return []
    definition = points["card_definition_id"]
    if any(spell(Prefix.CARD_DEFINITION, each.place.definition) == definition for each in cards):
        return []
    return [_reason("no_target_card", {"card_definition_id": definition})]


def _reason(word: str, details: Body) -> Body:
    return {"reason": word, "details": details, "object": "reward_unavailability_reason"}


REFERENCE: Final = object_of(id=id_of("lrew"), object=one_of("reward"))
REASON: Final[Schema] = {
    "anyOf": [
        object_of(
            reason=one_of(word), details=details, object=one_of("reward_unavailability_reason")
        )
        for word, details in (
            (
                "insufficient_balance",
                object_of(required=POINTS, available=POINTS, missing=POINTS),
            ),
            ("no_target_card", object_of(card_definition_id=id_of("lcdef"))),
        )
    ]
}
ANSWER: Final = object_of(
    customer=references.CUSTOMER,
    rewards=array_of(
        object_of(
            id=id_of("lrew"),
            name=TEXT,
            type=one_of("MATERIAL", "DIGITAL"),
            metadata=OPEN,
            purchase_limits=LIMITS,
            object=one_of("reward"),
        )
    ),
    memberships=array_of(
        object_of(
            member=references.MEMBER,
            program=references.PROGRAM,
            cards=array_of(
                object_of(
                    card=references.CARD,
                    rewards=array_of(
                        object_of(
                            reward=REFERENCE,
                            status=one_of("AVAILABLE", "UNAVAILABLE"),
                            cost=object_of(points=POINTS, object=one_of("reward_cost")),
                            unavailability_reasons=array_of(REASON),
                            object=one_of("reward_estimation"),
                        )
                    ),
                    object=one_of("card_estimation"),
                )
            ),
            object=one_of("member_rewards_opportunity"),
        )
    ),
    object=one_of("rewards_examine_result"),
)

OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("POST", "/v2/loyalties/examine/rewards", examine_rewards, "read",
              "See which rewards a customer could buy", tag="Rewards", name="examine_rewards",
              body=ExamineRequest, answer=ANSWER),
)  # fmt: skip
