"""Users, their passwords and tokens."""

from __future__ import annotations

import pytest

from stampbook.programs import tenants, users
from stampbook.programs.faults import Gone, Invalid, Taken
from stampbook.storage.store import Store


async def anna(store: Store) -> users.User:
    stored = await users.hash_password("correct horse")
    async with store.transaction() as writing:
        return await users.create(
            writing, tenant=1, login=" Anna@Shop ", password_hash=stored, now=5, name="Anna"
        )


async def test_a_login_and_its_password(store: Store) -> None:
    user = await anna(store)
    assert (user.login, user.scopes) == ("anna@shop", frozenset({"admin"}))
    assert await users.authenticate(store, login="ANNA@shop", password="correct horse") == user
    for login, password in (("anna@shop", "Correct horse"), ("nobody", "correct horse")):
        assert await users.authenticate(store, login=login, password=password) is None
    wrong = {"login": "anna@shop", "password": "correct horse", "tenant": 2}
    assert await users.authenticate(store, **wrong) is None  # type: ignore[arg-type]
    assert await users.get(store, user.user_id, tenant=1) == user
    assert await users.get(store, user.user_id, tenant=2) is None
    assert await users.by_login(store, "Anna@Shop") == user
    assert await users.page(store, tenant=1, limit=5) == [user]


async def test_a_password_is_stored_as_a_slow_hash(store: Store) -> None:
    await anna(store)
    row = await store.fetch_one("SELECT password_hash FROM users")
    assert row is not None
    assert row["password_hash"].startswith("$argon2id$")


async def test_a_login_is_taken_once(store: Store) -> None:
    await anna(store)
    with pytest.raises(Taken, match="login"):
        await anna(store)


@pytest.mark.parametrize("password", ["", "x" * 1_025])
async def test_what_no_password_can_be(password: str) -> None:
    with pytest.raises(Invalid):
        await users.hash_password(password)


async def test_what_no_user_can_be(store: Store) -> None:
    stored = await users.hash_password("x")
    for login, scopes in (("  ", ["read"]), ("bert", []), ("bert", ["root"])):
        with pytest.raises(Invalid):
            async with store.transaction() as writing:
                await users.create(
                    writing, tenant=1, login=login, password_hash=stored, now=0, scopes=scopes
                )


async def test_tokens_end_with_the_password(store: Store) -> None:
    user = await anna(store)
    async with store.transaction() as writing:
        token = await users.issue_token(writing, user.user_id, now=6)
    assert await users.by_token(store, token, tenant=1) == user
    assert await users.by_token(store, token, tenant=2) is None
    assert await users.by_token(store, token + "x", tenant=1) is None
    stored = await users.hash_password("another horse")
    async with store.transaction() as writing:
        await users.change_password(writing, user.user_id, stored, now=7)
    assert await users.by_token(store, token, tenant=1) is None
    found = await users.authenticate(store, login="anna@shop", password="another horse")
    assert found == user._replace(updated_at=7)
    with pytest.raises(Gone):
        async with store.transaction() as writing:
            await users.change_password(writing, 77, stored, now=7)


async def test_the_oldest_tokens_end_when_there_are_too_many(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "MAX_TOKENS", 3)
    user = await anna(store)
    tokens = []
    for moment in range(5):
        async with store.transaction() as writing:
            tokens.append(await users.issue_token(writing, user.user_id, now=moment))
    known = [await users.by_token(store, token, tenant=1) is not None for token in tokens]
    assert known == [False, False, True, True, True]


async def test_tenants(store: Store) -> None:
    async with store.transaction() as writing:
        made = await tenants.create(writing, name="another house", now=3)
    assert await tenants.get(store, made.tenant_id) == made
    assert [each.name for each in await tenants.page(store, limit=9)] == ["default", made.name]
    assert await tenants.get(store, 99) is None
