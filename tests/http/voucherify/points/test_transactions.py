"""The list of a card's transactions: rows of its journal and what was rejected, as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stampbook.dialects.spelling.voucherify import NEVER_JOURNALLED, Prefix, parse
from tests.http.voucherify.house import IMMEDIATE, Card, House, made

ORDERS = (
    ("created_at",),
    ("-created_at",),
    ("id",),
    ("-id",),
    ("created_at", "-id"),
    ("-created_at", "id"),
    ("-created_at", "-id"),
)
Kept = Callable[[Any, int, str], bool]


def number(transaction: Any) -> int:
    found = parse(Prefix.TRANSACTION, transaction["id"])
    assert found is not None
    return found


async def busy_card(house: House) -> Card:
    """Several transactions and rejections at each of three instants; the last is a rejection."""
    card = await house.card(pending_points=IMMEDIATE)
    for points in (5, -9, 6, 3, -99, 0, -98, 7, -1, 0, 8, 9, -97):
        if points:
            made(await house.post(card.path + "/points", {"points": points}))
        else:
            house.clock.advance(seconds=1)
    return card


@pytest.mark.parametrize("order", ORDERS)
async def test_every_order_in_pages(house: House, order: tuple[str, ...]) -> None:
    card = await busy_card(house)
    path = card.path + "/transactions"
    expected = await house.all(path, [("limit", "100")])
    assert {each["status"] for each in expected} == {"APPROVED", "REJECTED"}
    assert len(expected) == 11
    by_id = [*order, *(["-id" if order[0].startswith("-") else "id"] if len(order) == 1 else [])]
    for name in reversed(by_id):
        by = number if name.endswith("id") else lambda each: each["created_at"]
        expected.sort(key=by, reverse=name.startswith("-"))
    for limit in ("1", "2", "3", "100"):
        found = await house.all(path, [*(("order", name) for name in order), ("limit", limit)])
        assert found == expected, limit


FILTERS: tuple[tuple[list[tuple[str, str]], Kept], ...] = (
    ([("id", "$in")], lambda each, at, _: number(each) in (at, NEVER_JOURNALLED + 1)),
    ([("id", "$not_in")], lambda each, at, _: number(each) not in (at, NEVER_JOURNALLED + 1)),
    ([("created_at", "$before")], lambda each, _, time: each["created_at"] < time),
    ([("created_at", "$after")], lambda each, _, time: each["created_at"] > time),
    ([("created_at", "$is")], lambda each, _, time: each["created_at"] == time),
    ([("created_at", "$has_value")], lambda *_: True),
    ([("created_at", "$is_unknown")], lambda *_: False),
    ([("created_at", "$more_than")], lambda each, _, time: each["created_at"] < time),
    ([("created_at", "$less_than")], lambda each, _, time: each["created_at"] > time),
    ([("card_definition_id", "$is")], lambda *_: True),
    ([("card_definition_id", "$is_not")], lambda *_: False),
    (
        [("created_at", "$after"), ("id", "$in")],
        lambda each, at, time: (
            each["created_at"] > time and number(each) in (at, NEVER_JOURNALLED + 1)
        ),
    ),
    (
        [("junction", "OR"), ("created_at", "$after"), ("id", "$in")],
        lambda each, at, time: (
            each["created_at"] > time or number(each) in (at, NEVER_JOURNALLED + 1)
        ),
    ),
    (
        [("junction", "OR"), ("card_definition_id", "$is_not"), ("created_at", "$is")],
        lambda each, _, time: each["created_at"] == time,
    ),
)


async def test_every_filter_of_transactions(house: House) -> None:
    """Of both, and in pages."""
    card = await busy_card(house)
    path = card.path + "/transactions"
    whole = await house.all(path, [("limit", "100")])
    first, time = whole[-1], whole[5]["created_at"]
    assert first["created_at"] < time < whole[0]["created_at"]
    (rejected,) = [each for each in whole if number(each) == NEVER_JOURNALLED + 1]
    house.clock.advance(days=1, seconds=-1)
    values = {
        "id": [first["id"], rejected["id"], "lctx_1"],
        "created_at": [time],
        "card_definition_id": [first["card_definition_id"]],
    }
    for filters, kept in FILTERS:
        pairs = []
        for field, condition in filters:
            if field == "junction":
                pairs.append(("filters[junction]", condition))
                continue
            given = ["1"] if condition in ("$more_than", "$less_than") else values[field]
            pairs += [(f"filters[{field}][conditions][{condition}]", value) for value in given]
        expected = [each for each in whole if kept(each, number(first), time)]
        for limit in ("2", "100"):
            assert await house.all(path, [*pairs, ("limit", limit)]) == expected, filters
