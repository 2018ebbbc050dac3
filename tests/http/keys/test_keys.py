"""Until when, from where and with which secret a key works: the same in every dialect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from stampbook.domain.model import MICROSECONDS
from stampbook.edge.credentials.caller import TRUST_S, Callers
from stampbook.edge.pace.buckets import Buckets
from stampbook.edge.pace.pace import Pace
from stampbook.edge.requests import Request
from stampbook.programs import api_keys
from stampbook.storage.store import Store
from tests.http.keys.door import ABROAD, HOME, SPEECHES, Door, opened
from tests.http.native.asking import DAY_S

EVERY_DIALECT = pytest.mark.parametrize("dialect", SPEECHES)


@pytest.fixture
async def door(store: Store) -> AsyncIterator[Door]:
    async with opened(store) as one:
        yield one


async def lets_in(door: Door, dialect: str, secret: str, **rest: Any) -> bool:
    """Whether the secret is taken for right."""
    answer = await door.ask(dialect, secret, **rest)
    wrong = await door.ask(dialect, "sbk_of_nobody", **rest)
    if answer.status_code == wrong.status_code:
        assert dialect == "altcraft" or answer.status_code == 401
        return bool(words(answer) != words(wrong))
    return True


def words(answer: Any) -> Any:
    return {name: each for name, each in answer.json().items() if name != "request_id"}


async def rotate(door: Door, secret: str, key: str, **rest: Any) -> Any:
    headers = {"Authorization": f"Bearer {secret}", **rest.pop("headers", {})}
    path = f"/v1/api_keys/{key}/rotate"
    return await door.send("POST", path, headers=headers, address=HOME, json=rest.pop("body", {}))


@EVERY_DIALECT
async def test_a_key_expires(door: Door, dialect: str) -> None:
    secret, _ = await door.key(expires_at=door.clock() + 5 * MICROSECONDS)
    assert await lets_in(door, dialect, secret)
    door.clock.advance(seconds=4)
    assert await lets_in(door, dialect, secret)
    door.clock.advance(seconds=1)
    assert not await lets_in(door, dialect, secret)


@EVERY_DIALECT
async def test_a_key_of_some_networks(door: Door, dialect: str) -> None:
    secret, _ = await door.key(addresses=["198.51.100.0/24", "2001:db8::/48"])
    for address, inside in (
        (HOME, True),
        (ABROAD, False),
        ("::ffff:198.51.100.7", True),
        ("2001:db8::7", True),
        ("2001:db9::7", False),
        ("not an address", False),
    ):
        assert await lets_in(door, dialect, secret, address=address) is inside, address


@EVERY_DIALECT
async def test_both_secrets_work_until_the_overlap_ends(door: Door, dialect: str) -> None:
    admin, _ = await door.key()
    old, key = await door.key()
    assert await lets_in(door, dialect, old)
    named = f"key_{key.api_key_id}"
    rotated = (await rotate(door, admin, named, body={"overlap_s": 60})).json()
    new = rotated["secret"]
    assert rotated["prefix"] == new[:8]
    assert rotated["old_secret_until"] == door.clock.text(seconds=60)
    door.clock.advance(seconds=59)
    assert await lets_in(door, dialect, old)
    assert await lets_in(door, dialect, new)
    door.clock.advance(seconds=1)
    assert not await lets_in(door, dialect, old)
    assert await lets_in(door, dialect, new)
    again = (await rotate(door, admin, named, body={"overlap_s": 0})).json()["secret"]
    assert not await lets_in(door, dialect, new)
    assert await lets_in(door, dialect, again)


async def test_a_rotation_is_answered_again_to_the_same_caller(door: Door) -> None:
    admin, own = await door.key()
    other, _ = await door.key()
    key = f"key_{own.api_key_id}"
    once = {"Idempotency-Key": "press-once"}
    first = await rotate(door, admin, key, headers=once)
    assert first.status_code == 200
    assert first.json()["old_secret_until"] == door.clock.text(seconds=DAY_S)
    again = await rotate(door, admin, key, headers=once)  # the former secret still works
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    for secret in (other, first.json()["secret"]):
        refused = await rotate(door, secret, key, headers=once)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    row = await door.store.fetch_one("SELECT count(*) AS found FROM api_keys")
    assert row is not None
    assert row["found"] == 2


async def test_what_cannot_be_rotated(door: Door) -> None:
    admin, _ = await door.key()
    secret, key = await door.key(expires_at=door.clock() + MICROSECONDS)
    named = f"key_{key.api_key_id}"
    for overlap in (-1, 604_801, "60", 1.5, None):
        answer = await rotate(door, admin, named, body={"overlap_s": overlap})
        assert answer.status_code == 422, overlap
    assert (await rotate(door, admin, "key_77")).status_code == 404
    tried = await door.send(
        "POST",
        f"/v1/api_keys/{named}/rotate?dry_run=true",
        headers={"Authorization": f"Bearer {admin}"},
        address=HOME,
    )
    assert "secret" not in tried.json()
    assert await lets_in(door, "native", secret)
    door.clock.advance(seconds=1)
    answer = await rotate(door, admin, named)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


async def test_an_oauth_token_ends_with_its_key_and_not_with_its_secret(door: Door) -> None:
    admin, _ = await door.key()
    secret, key = await door.key(expires_at=door.clock() + 90 * MICROSECONDS)
    headers = {"X-App-Id": "shop", "X-App-Token": secret}
    answer = await door.send("POST", "/v1/oauth/token", headers=headers, address=HOME)
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def status() -> int:
        path = "/v2/loyalties/programs"
        return (await door.send("GET", path, headers=bearer, address=HOME)).status_code

    assert await status() == 200
    await rotate(door, admin, f"key_{key.api_key_id}", body={"overlap_s": 0})
    assert await status() == 200
    door.clock.advance(seconds=89)
    assert await status() == 200
    door.clock.advance(seconds=1)
    assert await status() == 401


async def test_fields_of_a_key_and_what_they_may_be(door: Door) -> None:
    admin, _ = await door.key()

    async def create(**fields: Any) -> Any:
        body = {"name": "till", "scopes": ["metrics"], **fields}
        headers = {"Authorization": f"Bearer {admin}"}
        return await door.send("POST", "/v1/api_keys", headers=headers, address=HOME, json=body)

    made = await create(
        expires_at=door.clock.text(days=1),
        rate_limit=7,
        addresses=["198.51.100.7", "::1/128", "::ffff:203.0.113.0/120"],
    )
    assert made.status_code == 201
    key = made.json()
    assert key["prefix"] == key["secret"][:8]
    assert key["addresses"] == ["198.51.100.7/32", "::1/128", "203.0.113.0/24"]
    assert (key["rate_limit"], key["last_used_at"]) == (7, None)
    for field, value in (
        ("expires_at", door.clock.text()),
        ("rate_limit", -1),
        ("rate_limit", 1_000_001),
        ("addresses", ["198.51.100.7/24"]),
        ("addresses", ["home"]),
        ("addresses", ["::1"] * 101),
        ("name", " "),
        ("name", ""),
    ):
        refused = await create(**{field: value})
        assert refused.status_code == 422, (field, value)
        assert f"/{field}" in refused.text
    metrics = (await door.ask("native", key["secret"])).json()
    assert metrics["code"] == "forbidden"


async def test_the_last_use_is_written_once_a_minute(door: Door) -> None:
    admin, _ = await door.key()
    secret, key = await door.key()

    async def last_used_at() -> Any:
        path, headers = f"/v1/api_keys/key_{key.api_key_id}", {"Authorization": f"Bearer {admin}"}
        answer = await door.send("GET", path, headers=headers, address=HOME)
        return answer.json()["last_used_at"]

    assert await last_used_at() is None
    first = door.clock.text()
    for _ in range(4):
        await door.ask("voucherify", secret)
        assert await last_used_at() == first
        door.clock.advance(seconds=15)
    await door.ask("altcraft", secret)
    assert await last_used_at() == door.clock.text()


async def test_the_last_admin_key_stays(door: Door) -> None:
    admin, own = await door.key()
    await door.key(scopes=["read"])
    await door.key(expires_at=door.clock() + MICROSECONDS)
    door.clock.advance(seconds=1)

    async def revoke(number: int) -> Any:
        path, headers = f"/v1/api_keys/key_{number}", {"Authorization": f"Bearer {admin}"}
        return await door.send("DELETE", path, headers=headers, address=HOME)

    refused = await revoke(own.api_key_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "last_admin")
    await door.key()
    assert (await revoke(own.api_key_id)).status_code == 200


async def test_a_key_revoked_elsewhere_ends_within_a_second(store: Store) -> None:
    secret = api_keys.new_secret()
    async with store.transaction() as writing:
        key = await api_keys.create(
            writing, tenant=1, name="x", scopes=["read"], secret=secret, now=0
        )
    moment = [100.0]
    request = Request("GET", b"/v1/programs", b"", {}, client="203.0.113.9")
    callers = Callers(store, Pace(Buckets(), lambda: 1), now_s=lambda: moment[0])
    found = await callers.admit(request, secret)
    assert found is not None
    assert found.api_key_id == key.api_key_id
    async with store.transaction() as writing:
        await api_keys.revoke(writing, key.api_key_id, tenant=1, now=1)
    assert await callers.admit(request, secret) is found
    moment[0] += TRUST_S + 0.001
    assert await callers.admit(request, secret) is None
