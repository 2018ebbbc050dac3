"""What passes over with a merge besides points, and comes back with its undo."""

from __future__ import annotations

from typing import Any

from stampbook.dialects.native import ids
from stampbook.storage.store import Store
from tests.http.native.asking import fine, made, refused
from tests.http.native.merging.conftest import Pair
from tests.http.native.merging.test_merging import EMPTY
from tests.migration.checking import faults


async def rule(pair: Pair, trigger: dict[str, Any], points: str = "10", **fields: Any) -> str:
    effects = [{"type": "fixed", "currency_id": pair.currency, "points": points}]
    condition = fields.pop("condition", None)
    body = {
        "name": "ten",
        "trigger": trigger,
        "earnings": [{"effects": effects, **({"condition": condition} if condition else {})}],
        **fields,
    }
    number: str = made(await pair.api.post(f"/programs/{pair.program}/rules", body))["id"]
    fine(await pair.api.post(f"/rules/{number}/activate"))
    return number


async def enter(pair: Pair, member: str, segment: str) -> Any:
    pair.api.clock.advance(seconds=1)
    body = {"external_id": f"{member} {segment}", "member_id": member, "segment": segment}
    return fine(await pair.api.post(f"/programs/{pair.program}/segment_entries", body))


async def leave(pair: Pair, member: str, segment: str) -> int:
    path = f"/programs/{pair.program}/segments/{segment}/members/{member}"
    return (await pair.api.ask("DELETE", path)).status_code


async def event(pair: Pair, member: str, name: str, **rest: Any) -> list[str]:
    """What rules give for it."""
    body = {"external_id": f"{member} {name}", "member_id": member, "name": name, **rest}
    answer = await pair.api.post(f"/programs/{pair.program}/custom_events", body)
    return [each["amount"] for each in made(answer)["awards"]]


async def undo(pair: Pair, merge: Any) -> None:
    pair.api.clock.advance(seconds=1)
    fine(await pair.api.post(f"/merges/{merge['merge']['id']}/undo"))


async def inside(store: Store) -> set[tuple[str, str]]:
    rows = await store.fetch("SELECT member_id, segment FROM segment_members WHERE left_at IS NULL")
    return {(f"mbr_{row['member_id']:x}", row["segment"]) for row in rows}


async def test_segments_pass_over_and_come_back(pair: Pair, store: Store) -> None:
    await rule(pair, {"type": "segment_entered", "name": "vip"}, "7")
    await rule(pair, {"type": "custom_event", "name": "of vip"}, condition=VIP)
    for member, segment in ((pair.old, "vip"), (pair.old, "both"), (pair.new, "both")):
        await enter(pair, member, segment)
    await enter(pair, pair.new, "own")
    assert await event(pair, pair.new, "of vip") == []
    before = await inside(store)
    assert (
        await pair.api.post(f"/members/{pair.old}/merge?dry_run=true", {"into": pair.new})
    ).is_success
    assert await inside(store) == before
    pair.api.clock.advance(seconds=1)
    merge = await pair.merge()
    assert await inside(store) == before | {(pair.new, "vip")}
    # Nobody enters by it: the seven points are those of the first entry.
    assert (await pair.balance(pair.there))["active"] == "7.00"
    body = {"external_id": "later", "member_id": pair.new, "name": "of vip"}
    later = made(await pair.api.post(f"/programs/{pair.program}/custom_events", body))
    assert [each["amount"] for each in later["awards"]] == ["10.00"]
    assert not (await enter(pair, pair.new, "vip"))["entered"]
    await undo(pair, merge)
    assert await inside(store) == before
    assert await faults(store) == []


async def test_what_was_entered_or_left_meanwhile_stays_so(pair: Pair, store: Store) -> None:
    for segment in ("a", "b", "c"):
        await enter(pair, pair.old, segment)
    pair.api.clock.advance(seconds=1)
    merge = await pair.merge()
    assert await leave(pair, pair.new, "a") == 200
    assert await leave(pair, pair.new, "b") == 200
    assert (await enter(pair, pair.new, "b"))["entered"]
    assert (await enter(pair, pair.new, "d"))["entered"]
    await undo(pair, merge)
    old, new = pair.old, pair.new
    assert await inside(store) == {(old, "a"), (old, "b"), (old, "c"), (new, "b"), (new, "d")}


async def test_limits_hold_for_the_person(pair: Pair, store: Store) -> None:
    """What either has earned counts, until it is taken back, or the merge is undone."""
    trigger = {"type": "custom_event", "name": "welcome"}
    await rule(pair, trigger, limits={"frequency": {"max": 1, "period": "lifetime"}})
    assert await event(pair, pair.old, "welcome") == ["10.00"]
    merge = await pair.merge()
    assert await event(pair, pair.new, "welcome") == []
    await undo(pair, merge)
    assert await event(pair, pair.new, "welcome", external_id="2") == ["10.00"]
    assert await event(pair, pair.old, "welcome", external_id="3") == []
    await pair.merge()
    (first,) = await store.fetch("SELECT min(event_id) AS number FROM events")
    cancelled = f"/custom_events/{ids.write(ids.EVENT, first['number'])}"
    fine(await pair.api.post(f"{cancelled}/cancel"))
    assert await event(pair, pair.new, "welcome", external_id="4") == []
    (second,) = await store.fetch("SELECT event_id AS number FROM awards WHERE member_id = 2")
    other = f"/custom_events/{ids.write(ids.EVENT, second['number'])}"
    fine(await pair.api.post(f"{other}/cancel"))
    assert await event(pair, pair.new, "welcome", external_id="5") == ["10.00"]
    refused(await pair.api.post(f"{cancelled}/restore"), 409, "not_cancellable")
    (third,) = await store.fetch("SELECT max(event_id) AS number FROM awards")
    last = f"/custom_events/{ids.write(ids.EVENT, third['number'])}"
    fine(await pair.api.post(f"{last}/cancel"))
    fine(await pair.api.post(f"{cancelled}/restore"))
    assert (await pair.balance(pair.there))["active"] == "10.00"
    assert await faults(store) == []


async def test_limits_of_purchases_hold_for_the_person(pair: Pair) -> None:
    for account in (pair.here, pair.there):
        await pair.move(account, "accrue", "50.00")
    body = {
        "name": "Coffee",
        "type": "material",
        "status": "active",
        "costs": [{"currency_id": pair.currency, "points": "10"}],
        "limits": {"frequency": {"max": 2, "period": "lifetime"}},
    }
    reward = made(await pair.api.post(f"/programs/{pair.program}/rewards", body))["id"]
    path = f"/programs/{pair.program}/offers/{reward}"
    fine(await pair.api.ask("PUT", path, json={"stock": 9}))
    first = made(await pair.api.post(f"/members/{pair.old}/purchases", {"reward_id": reward}))
    merge = await pair.merge()
    buy = f"/members/{pair.new}/purchases"
    refused(await pair.api.post(buy, {"reward_id": reward, "quantity": 2}), 409, "limit_reached")
    made(await pair.api.post(buy, {"reward_id": reward}))
    refused(await pair.api.post(buy, {"reward_id": reward}), 409, "limit_reached")
    fine(await pair.api.post(f"/purchases/{first['id']}/refund"))
    made(await pair.api.post(buy, {"reward_id": reward}))
    assert await pair.balance(pair.there) == {**EMPTY, "active": "80.00"}
    await undo(pair, merge)
    assert [(await pair.balance(each))["active"] for each in (pair.here, pair.there)] == [
        "50.00",
        "30.00",
    ]


VIP = 'member.segments.exists(s, s == "vip")'
