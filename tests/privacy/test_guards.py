"""The databases let texts of the journal and of the audit log go, and nothing else change."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import stampbook
from stampbook.domain.commands import Accrue, Note
from stampbook.programs import auditing
from stampbook.storage.store import Store
from stampbook.verifying.audit_log import verify_audit
from tests.laws.histories import PLAIN, plan_of
from tests.ledgers.on_store import StoreLedger
from tests.migration.checking import faults

ERASED = {
    "transactions": {"reason": "NULL", "actor": "NULL", "metadata": "NULL", "salt": "NULL"},
    "audit": {"changes": "'{}'", "reason": "NULL"},
}

ONE = {"transactions": "seq = 1", "audit": "entity = 'mbr_1'"}
"""The condition on the one row that is changed."""


async def written(store: Store) -> None:
    ledger = StoreLedger(store)
    await ledger.found(plan_of(PLAIN))
    await ledger.submit("a", Accrue(10, note=Note("x", "a reason", "an actor", '{"a":1}')))
    await ledger.finish()
    async with store.transaction() as writing:
        await auditing.record(
            writing,
            tenant=1,
            action="member.updated",
            now=1,
            entity="mbr_1",
            changes={"name": {"before": None, "after": "Ada"}},
            reason="a reason",
        )


async def only_row(store: Store, table: str) -> dict[str, Any]:
    (row,) = await store.fetch(f"SELECT * FROM {table} WHERE {ONE[table]}")
    return {name: row[name] for name in row.keys()}  # noqa: SIM118 - rows of SQLite


async def change(store: Store, table: str, sets: dict[str, str], *values: object) -> None:
    assigned = ", ".join(f"{column} = {text}" for column, text in sets.items())
    async with store.transaction() as writing:
        await writing.execute(f"UPDATE {table} SET {assigned} WHERE {ONE[table]}", *values)


def other(value: Any) -> object:
    """A value of the same type that differs."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1, *value[1:]]) if value else b"1"
    return f"{value} changed"


@pytest.mark.parametrize("table", ["transactions", "audit"])
async def test_no_column_changes_with_the_texts(store: Store, table: str) -> None:
    await written(store)
    row = await only_row(store, table)
    whole = {**ERASED[table], **({"salt": "$1"} if table == "audit" else {})}
    first = (b"",) if table == "audit" else ()
    tried = 0
    for column, value in row.items():
        if column in whole or value is None:
            continue
        place = f"${len(first) + 1}"
        with pytest.raises(Exception, match=r"never edited|append_only"):
            await change(store, table, {**whole, column: place}, *first, other(value))
        if column not in ("position", "tenant_id"):
            with pytest.raises(Exception, match=r"never edited|append_only"):
                await change(store, table, {column: "$1"}, other(value))
        tried += 1
    assert tried > 5
    assert await only_row(store, table) == row


@pytest.mark.parametrize(
    ("table", "sets"),
    [
        ("transactions", {"reason": "NULL"}),
        ("transactions", {"salt": "NULL"}),
        ("transactions", {**ERASED["transactions"], "reason": "'better'"}),
        ("audit", {"reason": "NULL"}),
        ("audit", ERASED["audit"]),
        ("audit", {**ERASED["audit"], "changes": "'{\"a\":1}'"}),
    ],
)
async def test_texts_go_only_as_a_whole_and_with_their_salt(
    store: Store, table: str, sets: dict[str, str]
) -> None:
    await written(store)
    row = await only_row(store, table)
    with pytest.raises(Exception, match=r"never edited|append_only"):
        await change(store, table, sets)
    assert await only_row(store, table) == row


async def test_erased_rows_are_sound_and_stay_erased(store: Store) -> None:
    await written(store)
    await change(store, "transactions", ERASED["transactions"])
    await change(store, "audit", {**ERASED["audit"], "salt": "$1"}, b"")
    assert await faults(store) == []
    assert [fault async for fault in verify_audit(store)] == []
    with pytest.raises(Exception, match=r"never edited|append_only"):
        await change(store, "transactions", {"reason": "'made up'"})
    with pytest.raises(Exception, match=r"never edited|append_only"):
        await change(store, "audit", {"changes": "'{\"a\":1}'"})


@pytest.mark.parametrize(("table", "beside"), [("transactions", "salt"), ("audit", "salt")])
def test_the_trigger_of_sqlite_names_every_column(table: str, beside: str) -> None:
    """Also those that may be null, and those that are added later."""
    schema = (Path(stampbook.__file__).parent / "storage" / "schema" / "sqlite.sql").read_text()
    columns = re.search(rf"CREATE TABLE {table} \((.*?)\n\) STRICT", schema, re.DOTALL)
    trigger = re.search(rf"CREATE TRIGGER {table}_not_edited (.*?)END;", schema, re.DOTALL)
    assert columns is not None
    assert trigger is not None
    named = set(re.findall(r"(?:^|,) *(\w+) (?:INTEGER|TEXT|BLOB)", columns[1], re.MULTILINE))
    kept = set(re.findall(r"NEW\.(\w+) IS OLD\.\1", trigger[1]))
    assert named - kept == ERASED[table].keys() | {beside}
    assert kept <= named
