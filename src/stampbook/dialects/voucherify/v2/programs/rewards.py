"""Rewards in programs: members can buy them there, as long as there is a stock."""

from collections.abc import Sequence
from typing import Final

from msgspec import json

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.bodies import Closed, read_body
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.definitions.rows import assigned
from stampbook.dialects.voucherify.core.faults import invalid_payload, not_found
from stampbook.dialects.voucherify.core.lists.listing import Kind
from stampbook.dialects.voucherify.core.once import write_once
from stampbook.dialects.voucherify.core.rows import Program
from stampbook.dialects.voucherify.core.seats import find_program
from stampbook.dialects.voucherify.core.times import stamp, updated
from stampbook.dialects.voucherify.v2.benefits.wire import print_stock, read_stock
from stampbook.dialects.voucherify.v2.kernel.resources import Body, Edit
from stampbook.dialects.voucherify.v2.programs.noting import (
    duplicate,
    note_both,
    too_many,
    whole,
)
from stampbook.dialects.voucherify.v2.programs.wire import NamedReward, Stock, StockedReward
from stampbook.dialects.voucherify.v2.rewards.resource import (
    get_reward,
    hold_reward,
    print_reward,
    refresh,
)
from stampbook.dialects.voucherify.v2.rewards.terms import definitions_of
from stampbook.loyalty.rewards import offers
from stampbook.loyalty.rewards.model import Offer, Reward
from stampbook.storage.store import Row, Transacting

MAX_REWARDS: Final = 100
"""Rewards that a program has at most."""

KIND: Final = Kind(prefix="lcrsrewa_", orders={"created_at": "o.created_at"}, number="o.offer_id")
SELECT: Final = """
    SELECT o.reward_id, o.stock, o.redeemed, o.created_at, o.updated_at, {keys} FROM (
        SELECT f.* FROM offers f JOIN rewards r ON r.reward_id = f.reward_id
        WHERE f.program_id = $1 AND f.ended_at IS NULL AND r.program_id IS NULL
          AND r.origin IS NOT NULL
    ) o
"""


class StockUpdate(Closed, frozen=True):
    stock: Stock


def print_assignment(row: Row) -> Body:
    return {
        "reward_id": spell(Prefix.REWARD, row["reward_id"]),
        "stock": print_stock(row["stock"]),
        "redeemed": row["redeemed"],
        "created_at": stamp(row["created_at"]),
        "updated_at": updated(row["created_at"], row["updated_at"]),
        "object": "program_reward",
    }


def _print(offer: Offer) -> Body:
    return print_assignment(offer._asdict())


async def assign(edit: Edit, program: Program, named: Sequence[StockedReward]) -> list[Body]:
    """Offer these rewards in the program. Writes; raises a Fault: 400, 403, 404, 409."""
    made = []
    stocks = [read_stock(each.stock) for each in named]
    for each, stock in zip(named, stocks, strict=True):
        reward = await hold_reward(edit, each.id)
        if await _offer(edit.writing, edit.call, program, reward) is not None:
            raise duplicate(activities.REWARD, reward.reward_id)
        await _check_room(edit, program)
        await _check_definitions(edit, program, reward)
        await refresh(edit, reward)
        offer = await offers.put(
            edit.writing,
            tenant=edit.call.tenant,
            program=program.program_id,
            reward=reward.reward_id,
            stock=stock,
            now=edit.call.now,
        )
        made.append(_print(offer))
        await _note(edit, program, reward, made[-1], "assigned")
    return made


async def _offer(db: Transacting, call: Call, program: Program, reward: Reward) -> Offer | None:
    return await offers.get(
        db, tenant=call.tenant, program=program.program_id, reward=reward.reward_id
    )


async def _check_room(edit: Edit, program: Program) -> None:
    row = await edit.writing.fetch_one(
        "SELECT count(*) AS n FROM offers"
        " WHERE program_id = $1 AND tenant_id = $2 AND ended_at IS NULL",
        program.program_id,
        edit.call.tenant,
    )
    if row is not None and row["n"] >= MAX_REWARDS:
        raise too_many(activities.REWARD, MAX_REWARDS)


async def _check_definitions(edit: Edit, program: Program, reward: Reward) -> None:
    """The program has the definitions of the costs. Raises a Fault (400)."""
    present = {number for number, _ in await assigned(edit.writing, program.program_id)}
    for text in definitions_of(_body(reward)):
        if parse(Prefix.CARD_DEFINITION, text) not in present:
            raise invalid_payload(f"Card definition {text} is not assigned to the program")


def _body(reward: Reward) -> Body:
    assert reward.origin is not None
    body: Body = json.decode(reward.origin)
    return body


async def unassign(edit: Edit, program: Program, named: Sequence[NamedReward]) -> list[Body]:
    """Offer these rewards no more. Writes; raises a Fault (404)."""
    gone = []
    for each in named:
        reward = await hold_reward(edit, each.id)
        if await _offer(edit.writing, edit.call, program, reward) is None:
            raise not_found("reward", each.id)
        offer = await offers.end(
            edit.writing,
            tenant=edit.call.tenant,
            program=program.program_id,
            reward=reward.reward_id,
            now=edit.call.now,
        )
        gone.append(_print(offer))
        await _note(edit, program, reward, gone[-1], "unassigned")
    return gone


async def _note(edit: Edit, program: Program, reward: Reward, assignment: Body, event: str) -> None:
    data = whole(program, activities.REWARD, print_reward(reward), assignment)
    await note_both(edit, program, activities.REWARD, reward.reward_id, event, data)


async def update_stock(call: Call) -> Body:
    """PUT of a reward in a program: what is left of it."""
    path = call.parameters
    program = await find_program(call, path["program"])
    reward = await get_reward(call.store, call, path["reward"])
    if await _offer(call.store, call, program, reward) is None:
        raise not_found("reward", path["reward"])
    wanted = read_body(call.body, StockUpdate)
    stock = read_stock(wanted.stock)

    async def write(writing: Transacting) -> Body:
        edit = Edit(call, writing, [])
        reward = await get_reward(writing, call, path["reward"])
        if await _offer(writing, call, program, reward) is None:
            raise not_found("reward", path["reward"])
        offer = await offers.put(
            writing,
            tenant=call.tenant,
            program=program.program_id,
            reward=reward.reward_id,
            stock=stock,
            now=call.now,
        )
        both = {"program": {"id": spell(Prefix.PROGRAM, program.program_id)}, **_print(offer)}
        await activities.note(
            writing,
            edit.call,
            activities.PROGRAM,
            program.program_id,
            "program.reward.updated",
            both,
        )
        return _print(offer)

    return await write_once(call, write)
