"""`/programs/{id}/rewards`, their offers and the codes of their pools:
docs/reference/native-api-rewards.md."""

from collections.abc import Sequence
from functools import partial
from typing import Any, get_args

from msgspec import UNSET
from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.loyalty.naming import named
from stampbook.dialects.native.loyalty.wire.rewards import (
    CodeCounts,
    CodesBody,
    CodeShape,
    CodeState,
    CostBody,
    OfferBody,
    OfferShape,
    PointsBody,
    RewardBody,
    RewardChange,
    RewardShape,
    code_shape,
    currencies_in,
    offer_shape,
    reward_shape,
)
from stampbook.dialects.native.loyalty.wire.times import (
    read_cooldown,
    read_frequency,
    read_hours,
)
from stampbook.dialects.native.problems import (
    Failure,
    Fault,
    invalid_field,
    invalid_parameter,
    not_found,
)
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.values import (
    given,
    read_amount,
    read_end,
    read_instant,
    small_metadata,
)
from stampbook.dialects.native.writing import write_once
from stampbook.loyalty.conditions.checking import check
from stampbook.loyalty.conditions.faults import InvalidCondition
from stampbook.loyalty.conditions.grammar import COST_NAMES
from stampbook.loyalty.rewards import codes, offers, rewards
from stampbook.loyalty.rewards.model import Bought, Cost, Reward, RewardTerms, RewardType
from stampbook.programs import currencies
from stampbook.programs.currencies import Currency
from stampbook.storage.store import Transacting

_reward_body = Decoder(RewardBody)
_reward_change = Decoder(RewardChange)
_offer_body = Decoder(OfferBody)
_codes_body = Decoder(CodesBody)


async def create_reward(call: Call) -> Reply:
    body = read(_reward_body, call.body)

    async def write(writing: Transacting) -> RewardShape:
        program = await finding.program(call, writing, call.id(ids.PROGRAM))
        number = program.program_id
        terms = RewardTerms(
            costs=await _costs(call, writing, body.costs, number),
            sku=body.sku,
            is_pooled=body.code == "pool",
            bought=await _bought(call, writing, body.points, number),
            hours=read_hours(body.hours),
            cooldown=read_cooldown(body.limits.cooldown),
            frequency=read_frequency(body.limits.frequency),
        )
        reward = await rewards.create(
            writing,
            tenant=call.caller.tenant,
            program=number,
            name=body.name,
            type_=RewardType(body.type),
            terms=terms,
            now=call.context.clock(),
            status=body.status,
            starts_at=read_instant(body.starts_at, "/starts_at"),
            ends_at=read_end(body.ends_at, "/ends_at"),
            is_refundable=body.refundable,
            metadata=small_metadata(body.metadata),
        )
        return await _shape(call, writing, reward)

    return await write_once(call, write)


async def _costs(
    call: Call, db: Transacting, bodies: Sequence[CostBody], program: int
) -> tuple[Cost, ...]:
    """The costs of the body. Raises Failure (422)."""
    costs = []
    for at, body in enumerate(bodies):
        pointer = f"/costs/{at}"
        currency = await currency_in(call, db, body.currency_id, f"{pointer}/currency_id", program)
        points = read_amount(body.points, currency.scale, f"{pointer}/points")
        if body.condition is not None:
            _check_condition(body.condition, f"{pointer}/condition")
        costs.append(Cost(currency.currency_id, points, body.condition, body.name))
    return tuple(costs)


def _check_condition(text: str, pointer: str) -> None:
    try:
        check(text, COST_NAMES)
    except InvalidCondition as error:
        fault = Fault(error.message, pointer=pointer)
        detail = f"{pointer}: {error.message}"
        raise Failure(422, str(error.code), detail, faults=[fault]) from None


async def currency_in(
    call: Call, db: Transacting, text: str, pointer: str, program: int
) -> Currency:
    """The program's currency that the body names. Raises Failure (422)."""
    find = partial(finding.currency, call, db)
    return await named(find, ids.CURRENCY, text, pointer, program=program)


async def _bought(
    call: Call, db: Transacting, body: PointsBody | None, program: int
) -> tuple[Bought, ...]:
    if body is None:
        return ()
    currency = await currency_in(call, db, body.currency_id, "/points/currency_id", program)
    amount = read_amount(body.amount, currency.scale, "/points/amount")
    return (Bought(currency.currency_id, amount),)


async def _shape(call: Call, db: Transacting, reward: Reward) -> RewardShape:
    tenant = call.caller.tenant
    scales = await currencies.scales(db, currencies_in(reward.terms), tenant=tenant)
    offer = None
    if reward.program_id is not None:
        offer = await offers.get(
            db, tenant=tenant, program=reward.program_id, reward=reward.reward_id
        )
    return reward_shape(reward, offer, scales)


async def list_rewards(call: Call) -> Page[RewardShape]:
    store = call.context.store
    limit = finding.limit(call)
    program = await finding.program(call, store, call.id(ids.PROGRAM))
    found = await rewards.page(
        store,
        tenant=call.caller.tenant,
        program=program.program_id,
        limit=limit + 1,
        after=finding.cursor(call, ids.REWARD) or 0,
        status=_word(call, "status", ("draft", "active", "inactive")),
        type_=_word(call, "type", tuple(RewardType)),
    )
    return page_of([await _shape(call, store, each) for each in found], limit)


def _word(call: Call, name: str, words: Sequence[str]) -> str | None:
    """An optional parameter that is one of these words. Raises Failure (422)."""
    text = call.query.get(name)
    if text is not None and text not in words:
        raise invalid_parameter(name, f"must be one of {', '.join(words)}")
    return text


async def get_reward(call: Call) -> RewardShape:
    store = call.context.store
    return await _shape(call, store, await _reward(call, store))


async def _reward(call: Call, db: Transacting, name: str = "id") -> Reward:
    return (await reward_of(call, db, name))[0]


async def reward_of(call: Call, db: Transacting, name: str = "id") -> tuple[Reward, int]:
    """The reward of the path, and the program that has it. Raises Failure (404)."""
    found = await rewards.get(db, call.id(ids.REWARD, name), tenant=call.caller.tenant)
    if found is None or found.program_id is None or not finding.in_bounds(call, found.program_id):
        raise not_found("there is no such reward")
    return found, found.program_id


async def change_reward(call: Call) -> Reply:
    body = read(_reward_change, call.body)

    async def write(writing: Transacting) -> RewardShape:
        reward = await _reward(call, writing)
        changes = await _changes(call, writing, reward, body)
        if changes:
            reward = await rewards.update(
                writing,
                reward.reward_id,
                changes,
                tenant=call.caller.tenant,
                now=call.context.clock(),
            )
        return await _shape(call, writing, reward)

    return await write_once(call, write)


async def _changes(
    call: Call, db: Transacting, reward: Reward, body: RewardChange
) -> dict[str, object]:
    """The columns that the body changes. Raises Failure (422)."""
    fields: dict[str, Any] = given(body)
    program, terms = reward.program_id, reward.terms
    assert program is not None
    if body.costs is not UNSET:
        terms = terms._replace(costs=await _costs(call, db, body.costs, program))
    if body.points is not UNSET:
        terms = terms._replace(bought=await _bought(call, db, body.points, program))
    if body.sku is not UNSET:
        terms = terms._replace(sku=body.sku)
    if body.code is not UNSET:
        if reward.type is not RewardType.CODE:
            raise invalid_field("/code", "belongs to a reward of codes")
        terms = terms._replace(is_pooled=body.code == "pool")
    if body.hours is not UNSET:
        terms = terms._replace(hours=read_hours(body.hours))
    if body.limits is not UNSET:
        terms = terms._replace(
            cooldown=read_cooldown(body.limits.cooldown),
            frequency=read_frequency(body.limits.frequency),
        )
    changes: dict[str, object] = {} if terms == reward.terms else {"terms": terms}
    if "name" in fields:
        changes["name"] = fields["name"]
    if "refundable" in fields:
        changes["is_refundable"] = fields["refundable"]
    if "metadata" in fields:
        changes["metadata"] = small_metadata(fields["metadata"])
    for name, read_one in (("starts_at", read_instant), ("ends_at", read_end)):
        if name in fields:
            changes[name] = read_one(fields[name], f"/{name}")
    return changes


async def delete_reward(call: Call) -> Reply:
    async def write(writing: Transacting) -> RewardShape:
        reward = await _reward(call, writing)
        tenant, now = call.caller.tenant, call.context.clock()
        deleted = await rewards.delete(writing, reward.reward_id, tenant=tenant, now=now)
        return await _shape(call, writing, deleted)

    return await write_once(call, write)


async def activate_reward(call: Call) -> Reply:
    return await _step(call, "active")


async def deactivate_reward(call: Call) -> Reply:
    return await _step(call, "inactive")


async def draft_reward(call: Call) -> Reply:
    return await _step(call, "draft")


async def _step(call: Call, status: str) -> Reply:
    async def write(writing: Transacting) -> RewardShape:
        reward = await _reward(call, writing)
        tenant, now = call.caller.tenant, call.context.clock()
        stepped = await rewards.step(writing, reward.reward_id, status, tenant=tenant, now=now)
        return await _shape(call, writing, stepped)

    return await write_once(call, write)


async def put_offer(call: Call) -> Reply:
    body = read(_offer_body, call.body)

    async def write(writing: Transacting) -> OfferShape:
        program, reward = await _offered(call, writing)
        offer = await offers.put(
            writing,
            tenant=call.caller.tenant,
            program=program,
            reward=reward,
            stock=body.stock,
            now=call.context.clock(),
        )
        return offer_shape(offer)

    return await write_once(call, write)


async def _offered(call: Call, db: Transacting) -> tuple[int, int]:
    """The program of the path and its reward. Raises Failure (404)."""
    program = await finding.program(call, db, call.id(ids.PROGRAM))
    reward = await _reward(call, db, "reward")
    if reward.program_id != program.program_id:
        raise not_found("the program has no such reward")
    return program.program_id, reward.reward_id


async def delete_offer(call: Call) -> Reply:
    async def write(writing: Transacting) -> OfferShape:
        program, reward = await _offered(call, writing)
        tenant, now = call.caller.tenant, call.context.clock()
        ended = await offers.end(writing, tenant=tenant, program=program, reward=reward, now=now)
        return offer_shape(ended)

    return await write_once(call, write)


async def add_codes(call: Call) -> Reply:
    body = read(_codes_body, call.body)

    async def write(writing: Transacting) -> Page[CodeShape]:
        reward = await _reward(call, writing)
        if not reward.terms.is_pooled:
            raise invalid_field("/codes", "belong to a reward whose code is from a pool")
        added = await codes.add_to_pool(
            writing,
            body.codes,
            tenant=call.caller.tenant,
            reward=reward.reward_id,
            now=call.context.clock(),
            program=reward.program_id,
        )
        return Page([code_shape(each) for each in added], None)

    return await write_once(call, write)


async def list_codes(call: Call) -> Page[CodeShape]:
    """Those of the pool, and those that purchases handed out."""
    store = call.context.store
    limit = finding.limit(call)
    reward = await _reward(call, store)
    found = await codes.page(
        store,
        reward.reward_id,
        tenant=call.caller.tenant,
        limit=limit + 1,
        after=finding.cursor(call, ids.CODE) or 0,
        state=_word(call, "state", get_args(CodeState)),
    )
    return page_of([code_shape(each) for each in found], limit)


async def count_codes(call: Call) -> CodeCounts:
    store = call.context.store
    reward = await _reward(call, store)
    found = await codes.count(store, reward.reward_id, tenant=call.caller.tenant)
    return CodeCounts(**{state: found.get(state, 0) for state in get_args(CodeState)})
