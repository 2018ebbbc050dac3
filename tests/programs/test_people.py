"""Users, their passwords and tokens."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher, extract_parameters

from stampbook.programs import programs, tenants, users
from stampbook.programs.faults import Invalid, LastAdmin, Taken, WeakPassword
from stampbook.programs.people import passwords, proving, sessions
from stampbook.programs.people.sessions import Lifetime, Session
from stampbook.programs.roles import Role
from stampbook.storage.store import Store, Transacting
from stampbook.visits import locations
from stampbook.visits.locations import Limit

SECOND = 1_000_000


async def anna(store: Store) -> users.User:
    stored = await passwords.hash_password("correct horse", login="anna")
    async with store.transaction() as writing:
        return await users.create(
            writing,
            tenant=1,
            login=" Anna@Shop ",
            password_hash=stored,
            now=5,
            role=Role.ADMIN,
            name="Anna",
        )


async def authenticated(store: Store, login: str, password: str) -> users.User | None:
    known = await proving.authenticate(store, login=login, password=password)
    return None if known is None else known.user


async def test_a_login_and_its_password(store: Store) -> None:
    user = await anna(store)
    assert (user.login, user.role, user.status) == ("anna@shop", Role.ADMIN, "active")
    assert await authenticated(store, "ANNA@shop", "correct horse") == user
    for login, password in (("anna@shop", "Correct horse"), ("nobody", "correct horse")):
        assert await authenticated(store, login, password) is None
    wrong = {"login": "anna@shop", "password": "correct horse", "tenant": 2}
    assert await proving.authenticate(store, **wrong) is None  # type: ignore[arg-type]
    assert await users.get(store, user.user_id, tenant=1) == user
    assert await users.get(store, user.user_id, tenant=2) is None
    assert await users.by_login(store, "Anna@Shop") == user
    assert await users.page(store, tenant=1, limit=5) == [user]


async def test_a_password_is_stored_as_a_slow_hash(
    store: Store, deployed_hasher: PasswordHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_hasher", deployed_hasher)
    await anna(store)
    row = await store.fetch_one("SELECT password_hash FROM users")
    assert row is not None
    assert row["password_hash"].startswith("$argon2id$")
    used = extract_parameters(row["password_hash"])
    assert (used.memory_cost, used.time_cost) == (65_536, 3)


async def test_a_login_is_taken_once(store: Store) -> None:
    await anna(store)
    with pytest.raises(Taken, match="login"):
        await anna(store)


@pytest.mark.parametrize(
    "password", ["", "x" * 9, "x" * 1_025, " Anna@Shop.example", "\ud800" * 10]
)
async def test_what_no_password_can_be(password: str) -> None:
    with pytest.raises(WeakPassword):
        await passwords.hash_password(password, login="anna@shop.example")


@pytest.mark.parametrize("password", ["x" * 10, "x" * 1_024])
async def test_the_bounds_of_passwords(password: str) -> None:
    stored = await passwords.hash_password(password, login="anna@shop.example")
    assert await passwords.matches(stored, password)
    assert not await passwords.matches(stored, password + "x")
    assert not await passwords.matches(None, password)


async def test_what_no_login_can_be(store: Store) -> None:
    with pytest.raises(Invalid):
        async with store.transaction() as writing:
            await users.create(writing, tenant=1, login="  ", password_hash="x", now=0)


async def test_tokens_end_with_the_password(store: Store) -> None:
    user = await anna(store)
    async with store.transaction() as writing:
        token = await sessions.issue_token(writing, user.user_id, now=6)
    assert await sessions.by_token(store, token, tenant=1) == user
    assert await sessions.by_token(store, token, tenant=2) is None
    assert await sessions.by_token(store, token + "x", tenant=1) is None
    stored = await passwords.hash_password("another horse", login=user.login)
    async with store.transaction() as writing:
        _, of_session = await session_of(writing, user, now=6)
        await users.set_password(writing, user, stored, now=7)
    assert await sessions.by_token(store, token, tenant=1) is None
    assert await sessions.by_session(store, of_session, now=7, lifetime=Lifetime()) is None
    found = await authenticated(store, "anna@shop", "another horse")
    assert found == user._replace(updated_at=7)


async def session_of(writing: Transacting, user: users.User, *, now: int) -> tuple[Session, str]:
    return await sessions.start(
        writing, user.user_id, now=now, lifetime=Lifetime(), address="::1", user_agent="x" * 300
    )


async def test_tokens_end_with_the_status(store: Store) -> None:
    user, berta = await anna(store), None
    async with store.transaction() as writing:
        berta = await users.create(
            writing, tenant=1, login="berta", password_hash="x", now=0, role=Role.ADMIN
        )
        token = await sessions.issue_token(writing, user.user_id, now=6)
        _, of_session = await session_of(writing, user, now=6)
        await users.disable(writing, user, now=7)
    assert await authenticated(store, user.login, "correct horse") is None
    async with store.transaction() as writing:
        await users.enable(writing, user, now=8)
    assert await sessions.by_token(store, token, tenant=1) is None
    assert await sessions.by_session(store, of_session, now=8, lifetime=Lifetime()) is None
    found = await authenticated(store, user.login, "correct horse")
    assert found == user._replace(updated_at=8)
    assert berta.status == "active"


async def test_a_session_ends_after_its_last_use_and_after_the_sign_in(store: Store) -> None:
    user, lifetime = await anna(store), Lifetime(idle_s=100, max_s=250)
    async with store.transaction() as writing:
        session, token = await session_of(writing, user, now=0)
    assert (session.address, len(session.user_agent or "")) == ("::1", 255)

    async def lasts(now_s: int) -> bool:
        found = await sessions.by_session(store, token, now=now_s * SECOND, lifetime=lifetime)
        return found is not None

    assert [await lasts(99), await lasts(100)] == [True, False]
    for used_s in (90, 180, 240):
        assert await lasts(used_s)
        async with store.transaction() as writing:
            await sessions.touch(writing, session, now=used_s * SECOND)
    assert [await lasts(249), await lasts(250)] == [True, False]


async def test_the_last_use_is_written_once_a_minute(store: Store) -> None:
    user = await anna(store)
    async with store.transaction() as writing:
        session, _ = await session_of(writing, user, now=0)
    due = [
        sessions.is_due(session, now=second * SECOND, lifetime=Lifetime()) for second in (59, 60)
    ]
    assert due == [False, True]


async def test_there_is_always_an_administrator(store: Store) -> None:
    user = await anna(store)

    async def refused(change: str) -> None:
        with pytest.raises(LastAdmin):
            await changed(change)

    async def changed(change: str) -> users.User:
        async with store.transaction() as writing:
            if change == "role":
                return await users.change(writing, user, {"role": "manager"}, now=9)
            return await users.disable(writing, user, now=9)

    await refused("role")
    await refused("status")
    async with store.transaction() as writing:
        program = await programs.create(writing, tenant=1, name="A", now=0)
        bound = await users.create(
            writing, tenant=1, login="bound", password_hash="x", now=0, role=Role.ADMIN
        )
        limits = frozenset({Limit(program.program_id)})
        await locations.limit_user(writing, bound.user_id, limits, now=0)
    await refused("status")  # who is bound to a program cannot make other administrators
    async with store.transaction() as writing:
        await locations.limit_user(writing, bound.user_id, frozenset(), now=0)
    assert (await changed("role")).role is Role.MANAGER


async def test_two_administrators_cannot_disable_each_other_at_once(store: Store) -> None:
    async with store.transaction() as writing:
        both = [
            await users.create(
                writing, tenant=1, login=login, password_hash="x", now=0, role=Role.ADMIN
            )
            for login in ("anna", "berta")
        ]

    async def disable(user: users.User) -> bool:
        try:
            async with store.transaction() as writing:
                await users.disable(writing, user, now=9)
        except LastAdmin:
            return False
        return True

    assert sorted(await asyncio.gather(*(disable(each) for each in both))) == [False, True]


async def test_people_are_found_by_text_role_and_status(store: Store) -> None:
    user = await anna(store)
    async with store.transaction() as writing:
        for login, name in (("till_1", "Инна"), ("till%2", "100 %")):
            await users.create(writing, tenant=1, login=login, password_hash="x", now=0, name=name)

    async def found(**filters: str) -> list[str]:
        return [each.login for each in await users.page(store, tenant=1, limit=9, **filters)]  # type: ignore[arg-type]

    assert await found(text="ANNA") == [user.login]
    assert await found(text="Инна") == ["till_1"]
    assert await found(text="l_1") == ["till_1"]
    assert await found(text="%") == ["till%2"]
    assert await found(role="admin") == [user.login]
    assert await found(status="disabled") == []
    assert await users.count(store, tenant=1) == 3


async def test_the_oldest_tokens_end_when_there_are_too_many(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MAX_TOKENS", 3)
    user = await anna(store)
    tokens = []
    for moment in range(5):
        async with store.transaction() as writing:
            tokens.append(await sessions.issue_token(writing, user.user_id, now=moment))
    known = [await sessions.by_token(store, token, tenant=1) is not None for token in tokens]
    assert known == [False, False, True, True, True]


async def test_tenants(store: Store) -> None:
    async with store.transaction() as writing:
        made = await tenants.create(writing, name="another house", now=3)
    assert await tenants.get(store, made.tenant_id) == made
    assert [each.name for each in await tenants.page(store, limit=9)] == ["default", made.name]
    assert await tenants.get(store, 99) is None
