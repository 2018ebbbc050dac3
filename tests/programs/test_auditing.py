"""The audit log: a chain for each tenant, written with the act, without secrets."""

from __future__ import annotations

import asyncio
import json
from enum import StrEnum
from typing import Any, NamedTuple

import pytest

from stampbook.edge.requests import Request
from stampbook.ledger.origin import Origin, begin
from stampbook.programs import api_keys, auditing, programs
from stampbook.programs.audit_pages import Entry, page
from stampbook.programs.auditing import diff
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from stampbook.verifying.audit_log import verify_audit
from tests.tampering import edit_audit

MANY = 20
PATIENCE_S = 20.0


async def entries(store: Store) -> list[Entry]:
    """The rows of the tenant 1, the oldest first."""
    return (await page(store, tenant=1, limit=1_000))[::-1]


async def faults(store: Store) -> list[str]:
    return [fault.what async for fault in verify_audit(store)]


async def make_program(store: Store, name: str) -> int:
    async with store.transaction() as writing:
        made = await programs.create(writing, tenant=1, name=name, now=7)
    return made.program_id


async def test_a_row_says_who_did_what(store: Store) -> None:
    source = Request("GET", b"/", b"", {}, client="192.0.2.1")
    begin(Origin("native", "req_1", source=source, api_key_id=4, user_id=5, login="olga"))
    number = await make_program(store, "Coffee")
    (entry,) = await entries(store)
    changes: dict[str, Any] = json.loads(entry.changes)
    assert changes["name"] == {"before": None, "after": "Coffee"}
    assert entry._replace(changes="") == Entry(
        number=1,
        at=7,
        action="program.created",
        entity=f"prg_{number:x}",
        program_id=number,
        user_id=5,
        api_key_id=4,
        address="192.0.2.1",
        request_id="req_1",
        dialect="native",
        actor="olga",
        changes="",
        reason=None,
    )


async def test_what_one_transaction_does_to_a_thing_is_one_row(store: Store) -> None:
    number = await make_program(store, "Coffee")
    async with store.transaction() as writing:
        for name in ("Tea", "Cocoa"):
            await programs.update(writing, number, {"name": name}, tenant=1, now=8)
        await programs.update(writing, number, {"status": "inactive"}, tenant=1, now=8)
    _, entry = await entries(store)
    assert entry.action == "program.deactivated"
    assert json.loads(entry.changes) == {
        "name": {"before": "Coffee", "after": "Cocoa"},
        "status": {"before": "active", "after": "inactive"},
    }


async def test_what_changes_nothing_leaves_none(store: Store) -> None:
    number = await make_program(store, "Coffee")
    async with store.transaction() as writing:
        await programs.update(writing, number, {"name": "Tea"}, tenant=1, now=8)
        await programs.update(writing, number, {"name": "Coffee"}, tenant=1, now=9)
    assert len(await entries(store)) == 1


async def test_what_is_rolled_back_leaves_none(store: Store) -> None:
    async def fail() -> None:
        async with store.transaction() as writing:
            await programs.create(writing, tenant=1, name="Coffee", now=7)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await entries(store) == []
    assert await faults(store) == []


async def test_secrets_are_not_written(store: Store) -> None:
    secret = api_keys.new_secret()
    async with store.transaction() as writing:
        await api_keys.create(writing, tenant=1, name="x", scopes=["read"], secret=secret, now=1)
        await auditing.record(
            writing,
            tenant=1,
            action="user.updated",
            now=1,
            changes=diff(
                {"name": "Olga", "password": "correct horse", "door": {"token": "sbs_1"}},
                {"name": "Olja", "password": "battery staple", "door": {"token": None}},
            ),
        )
    rows = await store.fetch("SELECT changes FROM audit ORDER BY number")
    assert secret not in rows[0]["changes"]
    assert json.loads(rows[1]["changes"]) == {
        "name": {"before": "Olga", "after": "Olja"},
        "password": {"before": "***", "after": "***"},
        "door": {"before": {"token": "***"}, "after": {"token": None}},
    }


class Colour(StrEnum):
    RED = "red"


class Cup(NamedTuple):
    colour: Colour
    metadata: str
    sizes: frozenset[int]
    updated_at: int
    tenant_id: int = 1


def test_a_difference_has_the_fields_that_differ() -> None:
    cup = Cup(Colour.RED, '{"a": 1}', frozenset({2, 1}), 5)
    assert diff(cup, cup._replace(updated_at=6)) == {}
    assert diff(cup, cup._replace(metadata='{"a": 2}', sizes=frozenset())) == {
        "metadata": {"before": {"a": 1}, "after": {"a": 2}},
        "sizes": {"before": [1, 2], "after": []},
    }
    assert diff(None, cup)["colour"] == {"before": None, "after": "red"}
    assert diff(cup, None)["colour"] == {"before": "red", "after": None}


async def test_an_action_is_one_of_a_list(store: Store) -> None:
    async with store.transaction() as writing:
        with pytest.raises(ValueError, match="no such action"):
            await auditing.record(writing, tenant=1, action="program.painted", now=1)


async def test_nothing_is_administered_outside_of_a_transaction(store: Store) -> None:
    with pytest.raises(RuntimeError, match="no transaction is open"):
        await programs.delete(store, await make_program(store, "Coffee"), tenant=1, now=8)
    assert len(await entries(store)) == 1


async def test_many_at_once_are_one_chain(store: Store, store_address: str) -> None:
    """Those of another process, too."""
    other = await open_store(store_address)
    await asyncio.gather(
        *(make_program((store, other)[at % 2], f"Program {at}") for at in range(MANY))
    )
    await other.close()
    assert [entry.number for entry in await entries(store)] == list(range(1, MANY + 1))
    assert await faults(store) == []


@pytest.mark.postgres
async def test_the_chain_is_locked_last(postgres_store: Store) -> None:
    """Otherwise acts on different things would wait for each other."""
    store = postgres_store
    first, second = await make_program(store, "One"), await make_program(store, "Two")
    async with asyncio.timeout(PATIENCE_S), store.transaction() as writing:
        await programs.update(writing, first, {"name": "A"}, tenant=1, now=8)
        async with store.transaction() as other:
            await programs.update(other, second, {"name": "B"}, tenant=1, now=9)
        await programs.update(writing, second, {"name": "C"}, tenant=1, now=9)
    changed = [json.loads(entry.changes)["name"]["after"] for entry in await entries(store)]
    assert changed == ["One", "Two", "B", "A", "C"]
    assert await faults(store) == []


async def test_rows_stay_as_they_are(store: Store) -> None:
    await make_program(store, "Coffee")
    for statement in ("UPDATE audit SET reason = 'x'", "DELETE FROM audit"):
        with pytest.raises(Exception, match="audit log"):
            await store.execute(statement)
    assert await faults(store) == []


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE audit SET action = 'program.deleted' WHERE number = 2",
         "row 2: the hash does not cover the row and its predecessor"),
        ("UPDATE audit SET changes = '{}' WHERE number = 1",
         "row 1: its digest does not cover its changes and its reason"),
        ("DELETE FROM audit WHERE number = 2", "row 2 is missing"),
        ("DELETE FROM audit WHERE number = 3", "it ends with row 2, but its head is row 3"),
        ("UPDATE audit_heads SET number = 2", "it goes on to row 3, but its head is row 2"),
        ("UPDATE audit_heads SET hash = a.hash FROM audit a WHERE a.number = 2",
         "the hash of its head is not that of row 3"),
        ("DELETE FROM audit_heads", "it goes on to row 3, but it has no head"),
    ],
)  # fmt: skip
async def test_a_hand_in_the_log_is_found(own_store: Store, statement: str, what: str) -> None:
    for name in ("One", "Two", "Three"):
        await make_program(own_store, name)
    await edit_audit(own_store, statement)
    assert await faults(own_store) == [f"the audit log of tenant 1: {what}"]
