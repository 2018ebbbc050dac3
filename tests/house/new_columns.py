"""Checks that a column added to a copy of the sources is written and read everywhere.

test_columns.py runs it with the copy on the path: `python -m tests.house.new_columns KIND ADDRESS`.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from stampbook.domain.model import FOREVER, Lot
from stampbook.domain.state import lot_of_text, lot_text
from stampbook.programs import accounts, currencies, members, programs
from stampbook.programs.policies import Terms
from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store

COLUMN = "novelty"
DEFAULT = 7
"""The value of the field. It differs from the database's default, so omissions show."""

GIVEN: dict[str, Any] = {COLUMN: 8}
CHANGED: dict[str, Any] = {COLUMN: 9}


def new_in(value: object) -> int:
    found: int = getattr(value, COLUMN)
    return found


async def currency(store: Store) -> None:
    """Create a currency, read it in every way, decide by it, and change it."""
    async with store.transaction() as writing:
        program = await programs.create(writing, tenant=1, name="Bonus", now=1)
        plain = await currencies.create(writing, program, name="Plain", now=1)
        made = await currencies.create(writing, program, name="Points", now=1, terms=Terms(**GIVEN))
    assert (new_in(plain.terms), new_in(made.terms)) == (DEFAULT, 8)
    number = made.currency_id
    assert await currencies.get(store, number, tenant=1) == made
    assert await currencies.by_code(store, program.program_id, "points") == made
    assert await currencies.page(store, program.program_id, limit=9) == [plain, made]
    policies = await store.policies([plain.currency_id, number])
    assert {each.currency: new_in(each) for each in policies} == {
        plain.currency_id: DEFAULT,
        number: 8,
    }
    async with store.transaction() as writing:
        terms = made.terms._replace(**CHANGED)
        changed = await currencies.update(writing, made, now=2, terms=terms)
    assert new_in(changed.terms) == 9
    assert await currencies.get(store, number, tenant=1) == changed


async def account(store: Store) -> None:
    """Open an account, and read it in every way."""
    async with store.transaction() as writing:
        program = await programs.create(writing, tenant=1, name="Bonus", now=1)
        points = await currencies.create(writing, program, name="Points", now=1)
        member = await members.create(writing, program, now=1)
        opened = await accounts.open_account(
            writing, member, points, shards=store.shards, now=2, number="A"
        )
    assert new_in(opened) == DEFAULT
    await store.execute(f"UPDATE accounts SET {COLUMN} = {COLUMN} + 1")
    opened = opened._replace(**GIVEN)
    assert await accounts.get(store, opened.account_id, tenant=1) == opened
    assert await accounts.by_number(store, program.program_id, "A") == opened
    assert await accounts.of_member(store, member.member_id) == [opened]
    found = await accounts.primary(store, member=member.member_id, currency=points.currency_id)
    assert found == opened


def lot() -> None:
    """Copy a lot, write it in an account's state, and read it from there."""
    dates = {"activates_at": 1, "expires_at": FOREVER, "created_at": 1}
    given: dict[str, Any] = {"seq": 1, "accrued_by": 1, **dates}
    for made, new in ((Lot(**given), DEFAULT), (Lot(**given, **GIVEN), 8)):
        assert new_in(made) == new
        assert new_in(made.copy()) == new
        assert new_in(lot_of_text(lot_text(made))) == new


async def on_store(kind: str, address: str) -> None:
    store = await open_store(address)
    try:
        await (account if kind == "accounts" else currency)(store)
    finally:
        await store.close()


def main(kind: str, address: str) -> None:
    if kind == "lots":
        lot()
        return
    migrate(address)
    asyncio.run(on_store(kind, address))


if __name__ == "__main__":
    main(*sys.argv[1:])
