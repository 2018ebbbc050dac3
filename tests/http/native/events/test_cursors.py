"""Cursors that name what is not there."""

from __future__ import annotations

from stampbook.events.pruning import prune
from stampbook.storage.store import Store
from tests.http.native.asking import Api, Clock, fine, refused
from tests.http.native.events.test_pulling import named, pulled


async def test_a_cursor_from_beyond_the_feed_is_refused(api: Api) -> None:
    """It is of a database that had more: an older copy was restored, and it would skip events."""
    account = await api.account()
    await api.accrue(account, "1")
    end = fine(await api.get("/events", **{"from": "now"}))["next_cursor"]
    position, rest = end[1:].split("_", 1)
    later = f"c{int(position, 16) + 5:x}_{rest}"
    queries: list[dict[str, str]] = [{}, {"wait_s": "1"}, {"account_id": account}]
    for query in queries:
        refused(await api.get("/events", cursor=later, **query), 410, "cursor_expired")
    assert fine(await api.get("/events", cursor=end))["data"] == []


async def test_a_cursor_of_a_deleted_end_is_known(api: Api, store: Store, clock: Clock) -> None:
    """Of anybody's rows: nothing has come after it."""
    await api.program()
    end = fine(await api.get("/events", **{"from": "now"}))["next_cursor"]
    clock.advance(days=1)
    assert await prune(store, before=clock(), limit=100) > 0
    assert fine(await api.get("/events", cursor=end))["data"] == []
    await api.program(name="Later")
    assert named(await pulled(api, cursor=end)) == ["program.updated"]
