"""Orders and events as files: what the native API says of them, as of one instant."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from stampbook.dialects.native.exports.rows import Export
from stampbook.dialects.native.exports.writing import written
from stampbook.domain.model import FOREVER
from stampbook.files.kinds import Exported
from tests.http.town import Town

PROGRAM = "/v1/programs/prg_1"
MINUTE = 60_000_000


async def exported(
    town: Town, kind: Exported, form: str, *, since: int = 0, until: int = FOREVER
) -> list[dict[str, Any]]:
    export = Export(town.ledgers[0], town.program, town.now, since, until)
    text = "".join([piece async for piece in written(export, kind, form)])
    if form == "csv":
        return list(csv.DictReader(io.StringIO(text)))
    return [json.loads(line) for line in text.splitlines()]


async def answered(town: Town, method: str, path: str, body: Any = None) -> Any:
    answer = await town.ask(method, path, body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in value.items() if each is not None}


async def test_orders_and_events(town: Town) -> None:
    begun = town.now
    await answered(town, "POST", f"{PROGRAM}/members", {"external_id": "anna", "name": "=1+1"})
    for number in range(3):
        body = {
            "external_id": f"o-{number}", "member_id": "mbr_1", "amount": "12.50",
            "metadata": {"till": number}, "money": "EUR",
        }  # fmt: skip
        await answered(town, "POST", f"{PROGRAM}/orders", body)
        await answered(town, "POST", f"{PROGRAM}/orders/external:o-{number}/pay")
        town.now += MINUTE
    other, *_ = await town.new_program("Other")
    await answered(town, "POST", f"/v1/programs/prg_{other.program_id:x}/members", {"name": "X"})
    listed = (await answered(town, "GET", f"{PROGRAM}/orders"))["data"]
    assert await exported(town, Exported.ORDERS, "jsonl") == [
        without_nulls(each) for each in listed
    ]
    rows = await exported(town, Exported.ORDERS, "csv")
    assert [each["external_id"] for each in rows] == ["o-2", "o-1", "o-0"]
    assert [json.loads(rows[0][name]) for name in ("metadata", "lines")] == [{"till": 2}, []]
    middle = {"since": begun + MINUTE, "until": begun + 2 * MINUTE}
    bounded = await exported(town, Exported.ORDERS, "csv", **middle)
    assert [each["external_id"] for each in bounded] == ["o-1"]

    pulled = (await answered(town, "GET", "/v1/events?program_id=prg_1&limit=1000"))["data"]
    assert {each["type"] for each in pulled} >= {"member.created", "order.paid"}
    events = await exported(town, Exported.EVENTS, "jsonl")
    assert events == [without_nulls(each) for each in pulled]
    rows = await exported(town, Exported.EVENTS, "csv")
    assert [each["id"] for each in rows] == [each["id"] for each in pulled]
    assert [json.loads(each["data"]) for each in rows] == [each["data"] for each in pulled]
    bounded = await exported(town, Exported.EVENTS, "csv", **middle)
    assert [each["type"] for each in bounded] == ["order.paid"]
    assert json.loads(bounded[0]["data"])["order"]["external_id"] == "o-1"
