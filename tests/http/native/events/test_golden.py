"""The bytes of events never change: golden.json has one of each type.

What is no movement is printed from the value that its row of the outbox keeps, whatever release has
written it. A movement's event is made of its row, which this history writes anew. Bytes in
golden.json are never edited; a type that is new gets a line of its own.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from msgspec.json import decode

from stampbook.dialects.native.events.printing import print_events
from stampbook.events import types
from stampbook.events.model import of_outbox
from stampbook.storage.outbox.reading import OutboxRow
from stampbook.storage.store import Store
from tests.http.native.asking import Api, fine, made

GOLDEN = Path(__file__).with_name("golden.json")
KEPT: list[Any] = json.loads(GOLDEN.read_text("utf-8"))

MONTHLY = {"type": "period", "period": {"value": 1, "unit": "day"}}
BRIEF = {"type": "rolling", "period": {"value": 3, "unit": "day"}}


def test_every_type_is_there() -> None:
    assert sorted(each["type"] for each in KEPT) == sorted(types.TYPES.keys() - {types.TEST})


async def test_what_is_no_movement(api: Api, store: Store) -> None:
    await api.account()  # amounts are in its currency
    kept = [each for each in KEPT if each["type"] not in types.OF_ROWS]
    events = [
        of_outbox(
            OutboxRow(
                number, number, 1, each["program"], each["member"], each["account"], each["type"],
                api.clock(), each["value"],
            )
        )
        for number, each in enumerate(kept, 1)
    ]  # fmt: skip
    printed = await print_events(store, events, tenant=1)
    assert {each["type"]: each["bytes"] for each in kept} == {
        event.type: one.decode() for event, one in zip(events, printed, strict=True)
    }


async def test_movements(api: Api) -> None:
    api.client.headers["x-request-id"] = "golden"
    account = await api.account(pending=MONTHLY, expiry=BRIEF)
    rule = {
        "name": "Played",
        "trigger": {"type": "custom_event", "name": "played"},
        "earnings": [{"effects": [{"type": "fixed", "currency_id": "cur_1", "points": "2.50"}]}],
    }
    made_rule = made(await api.post("/programs/prg_1/rules", rule))
    fine(await api.post(f"/rules/{made_rule['id']}/activate"))
    accrued = await api.accrue(account, "10")
    await api.post(f"/transactions/{accrued['id']}/activate")
    redeemed = await api.redeem(account, "4")
    cancel = fine(await api.cancel(redeemed["id"], {"amount": "1"}))
    await api.cancel(cancel["id"])
    hold = await api.hold(account, "2")
    await api.post(f"/transactions/{hold['id']}/release")
    api.clock.advance(days=30)
    await api.get(f"/accounts/{account}/transactions")
    body = {"external_id": "game-1", "name": "played", "member_id": "mbr_1"}
    made(await api.post("/programs/prg_1/custom_events", body))
    answer = await api.get("/events", account_id=account, limit=1_000)
    found: dict[str, str] = {}
    for raw in decode(answer.content)["data"]:
        found.setdefault(raw["type"], json.dumps(raw, ensure_ascii=False, separators=(",", ":")))
    of_rows = {name: text for name, text in found.items() if name in types.OF_ROWS}
    assert all(text in answer.text for text in of_rows.values())
    # The rule's event has a number by chance; its row names it, and the id is made of the row.
    name = "award.created"
    of_rows[name] = re.sub('"evt_[0-9a-f]+"', '"evt_"', of_rows[name])
    assert {each["type"]: each["bytes"] for each in KEPT if each["type"] in of_rows} == of_rows
    assert of_rows.keys() == types.OF_ROWS
