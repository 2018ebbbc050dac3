"""Keys that an earlier release has kept still repeat after an upgrade, in every API."""

from __future__ import annotations

import pytest

from stampbook.storage.store import Key
from tests.http.once.former_keys import FORMER
from tests.http.once.test_once import KEY, count, is_reused, told
from tests.http.once.writes import WRITES, account
from tests.http.town import Town
from tests.tampering import edit_journal

RENAMED = {"press-once/0": KEY}
"""Keys that earlier releases gave another name, and their present one."""


async def keep_as_before(town: Town, name: str) -> None:
    """Give the keys of the write the names and fingerprints that the earlier release had."""
    kept = await town.store.fetch("SELECT key, fingerprint FROM idempotency_keys")
    elsewhere = {row["key"]: row["fingerprint"] for row in kept}
    assert elsewhere.keys() <= FORMER[name].keys()
    for key, text in FORMER[name].items():
        former = bytes.fromhex(text)
        if key in elsewhere:
            assert bytes(elsewhere[key]) != former
            await town.store.execute(
                "UPDATE idempotency_keys SET fingerprint = $1 WHERE key = $2", former, key
            )
            continue
        changed = (
            "UPDATE {} SET fingerprint = $1, key_digest = $3"
            " WHERE key_digest = $2 AND fingerprint <> $1"
        )
        named = former, Key(1, RENAMED.get(key, key)).digest, Key(1, key).digest
        touched = await edit_journal(town.store, changed.format("transactions"), *named)
        touched += await town.store.execute(changed.format("repeated_keys"), *named)
        assert touched == 1, key


def test_every_write_of_before_is_a_write_now() -> None:
    assert FORMER.keys() <= WRITES.keys()


@pytest.mark.parametrize("name", FORMER)
async def test_a_key_of_before(town: Town, name: str) -> None:
    write = await WRITES[name](town)
    first = await town.ask(write.method, write.path, write.body, key=KEY, server=0)
    assert first.is_success, first.text
    await keep_as_before(town, name)
    rows = await count(town, write.table)
    again = await town.ask(write.method, write.path, write.body, key=KEY, server=1)
    assert told(again) == told(first)
    if write.other is not None and "step" not in name:
        other = await town.ask(write.method, write.path, write.other, key=KEY, server=1)
        assert is_reused(other), other.text
    assert await count(town, write.table) == rows


FORMER_EXTERNAL_ID = bytes.fromhex("169e1c3fae45282975a0f285dbf23585")
"""Of an accrual of 5 with the external id `sale-1` to the town's first account."""


async def test_an_external_id_of_before(town: Town) -> None:
    path = f"/v1/accounts/{await account(town)}/transactions"
    body = {"type": "accrue", "amount": "5", "external_id": "sale-1"}
    first = await town.ask("POST", path, body, server=0)
    assert first.is_success, first.text
    kept = await town.store.fetch_one("SELECT fingerprint FROM external_ids")
    assert kept is not None
    assert bytes(kept["fingerprint"]) != FORMER_EXTERNAL_ID
    await town.store.execute("UPDATE external_ids SET fingerprint = $1", FORMER_EXTERNAL_ID)
    again = await town.ask("POST", path, body, server=1)
    assert again.json()["id"] == first.json()["id"]
    other = await town.ask("POST", path, {**body, "amount": "6"}, server=1)
    assert (other.status_code, other.json()["code"]) == (409, "external_id_taken")
