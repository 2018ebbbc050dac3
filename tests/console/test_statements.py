"""What a page asks the database for: with many rows no more statements than with few."""

from __future__ import annotations

from typing import Any

from stampbook.programs.roles import Role
from stampbook.storage.store import Row, Store
from tests.console.desk import ONE_STORE, Desk
from tests.emptying import States


class Counting:
    """A store that counts the statements that read it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.statements = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        self.statements += 1
        return await self._store.fetch(sql, *args)

    async def fetch_one(self, sql: str, *args: object) -> Row | None:
        self.statements += 1
        return await self._store.fetch_one(sql, *args)


async def _move(desk: Desk, many: int) -> str:
    """Points given and taken this many times, half of them cancelled: the id of the last row."""
    row: dict[str, Any] = {}
    for at in range(many):
        desk.now += 1_000_000
        path = "/v1/accounts/acc_1/transactions"
        await desk.api("POST", path, {"type": "accrue", "amount": "2", "reason": f"Cup {at}"})
        row = await desk.api("POST", path, {"type": "redeem", "amount": "1", "reason": f"Tea {at}"})
        if at % 2:
            await desk.api("POST", f"/v1/transactions/{row['id']}/cancel", {"reason": "Error"})
    return str(row["id"])


MOST = {
    "members/mbr_1": 32,
    "accounts/acc_1": 28,
    "transactions/{row}": 40,
    "transactions/{row}/cancel": 36,
    "members?program=prg_1": 8,
    "visits/vis_1": 19,
    "search?q=kim": 10,
    "accounts/acc_1/statement": 14,
    "events": 26,
    "audit": 8,
    "": 12,
}
"""Statements that a page may take, whatever is on it."""


@ONE_STORE
async def test_pages_ask_for_as_much_with_many_rows_as_with_few(
    store: Store, states: States
) -> None:
    counting: Any = Counting(store)
    desk = Desk(counting)
    await desk.open(states)
    clerk = await desk.clerk(Role.ADMIN)
    row, over = await _move(desk, 30), {}
    for path, most in MOST.items():
        counting.statements = 0
        page = await clerk.get(f"/console/{path.format(row=row)}".rstrip("/"))
        assert page.status == 200, path
        if counting.statements > most:
            over[path] = counting.statements
    await desk.close()
    assert over == {}
