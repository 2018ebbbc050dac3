"""A repeat with the same key after the member was merged: the answer that was given first."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from stampbook.dialects.native import ids
from tests.http.once import writes_of_people, writes_of_voucherify  # noqa: F401 - their writes join
from tests.http.once.test_once import KEY, count, told
from tests.http.once.writes import WRITES, made
from tests.http.town import Town

PRESENT = (
    "altegio client",
    "altegio change of a client",
    "altegio points by hand",
    "altegio withdrawal",
    "native bulk",
    "voucherify balance",
    "voucherify redemption",
    "voucherify rollback",
    "voucherify transfer",
)
"""These repeats have the client, card or bill as it is now (a bulk says what was repeated)."""

WITH_POINTS = tuple(name for name in PRESENT if name.startswith("voucherify"))
"""But these have the points of the first time, which the merge has taken to another card."""


async def merge_everybody(town: Town) -> None:
    """Every member of the program becomes one who has just joined."""
    path = f"/v1/programs/{ids.write(ids.PROGRAM, town.program.program_id)}/members"
    into = (await made(town, "POST", path, {}))["id"]
    for each in (await made(town, "GET", path))["data"]:
        if each["id"] != into:
            await made(town, "POST", f"/v1/members/{each['id']}/merge", {"into": into})


def points_of(answer: httpx.Response) -> Any:
    """The figures of the card in an answer of v1."""
    body = answer.json()
    voucher = body.get("voucher", body)
    return voucher.get("loyalty_card") or (voucher["total"], voucher["balance"])


@pytest.mark.parametrize("name", WRITES)
async def test_a_repeat_after_a_merge(town: Town, name: str) -> None:
    write = await WRITES[name](town)
    first = await town.ask(write.method, write.path, write.body, key=KEY)
    assert first.is_success, first.text
    await merge_everybody(town)
    before = await count(town, write.table)
    again = await town.ask(write.method, write.path, write.body, key=KEY)
    if name in PRESENT:
        assert again.status_code == first.status_code, again.text
        assert name not in WITH_POINTS or points_of(again) == points_of(first)
    else:
        assert told(again) == told(first)
    assert await count(town, write.table) == before


BY_EXTERNAL_ID = ("custom event", "segment entry", "order", "change of an order", "purchase")


@pytest.mark.parametrize("name", BY_EXTERNAL_ID)
async def test_the_same_external_id_after_a_merge(town: Town, name: str) -> None:
    """Without a key: the same answer, and no second effect. Another member's is not repeated."""
    write = await WRITES[f"native {name}"](town)
    first = await town.ask(write.method, write.path, write.body)
    assert first.is_success, first.text
    await merge_everybody(town)
    before = await count(town, write.table)
    again = await town.ask(write.method, write.path, write.body)
    assert told(again) == told(first)
    assert await count(town, write.table) == before
    if name not in ("change of an order", "segment entry"):
        other = await town.ask(write.method, write.path, write.other)
        assert other.status_code in (404, 409, 422), other.text


@pytest.mark.parametrize(
    "name",
    [
        "native custom event",
        "altegio points by hand",
        "altcraft accrual",
        "voucherify balance",
        "voucherify event",
    ],
)
async def test_repeats_beside_a_merge(town: Town, name: str) -> None:
    """Four at once while the members are merged: one effect, and later repeats find it."""
    write = await WRITES[name](town)
    before = await acts(town)
    merging = asyncio.ensure_future(merge_everybody(town))
    answers = await asyncio.gather(
        *(town.ask(write.method, write.path, write.body, key=KEY) for _ in range(4))
    )
    await merging
    assert {each.status_code for each in answers} <= {200, 201, 404, 409, 422, 503}, answers
    first = await town.ask(write.method, write.path, write.body, key=KEY)
    if not first.is_success:  # it was never carried out, and a member of this id is not there
        assert not any(each.is_success for each in answers), first.text
        assert await acts(town) == before
        return
    assert await acts(town) == before + 1
    again = await town.ask(write.method, write.path, write.body, key=KEY)
    assert again.is_success, again.text
    assert await acts(town) == before + 1


async def acts(town: Town) -> int:
    """The rows of the journal without those that let points pass over."""
    row = await town.store.fetch_one(
        "SELECT count(*) AS found FROM transactions"
        " WHERE subject IS NULL OR subject NOT LIKE 'merge:%'"
    )
    assert row is not None
    return int(row["found"])
