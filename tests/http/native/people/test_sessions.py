"""`/sessions`: signing in, what a session is, and how it ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pyotp
import pytest

from stampbook.domain.model import MICROSECONDS
from stampbook.edge.context import Context
from stampbook.edge.credentials import signing_in
from stampbook.programs.people import attempts
from stampbook.programs.people.attempts import FREE, FREE_OF_ADDRESS
from stampbook.storage.store import Store
from tests.http.native.asking import Api, fine, made, refused
from tests.http.native.people.signing import PASSWORD, as_person, person, sign_in, signed_in, who


async def test_a_session_as_it_is_answered(api: Api) -> None:
    await person(api, "anna", role="viewer")
    answer = made(await sign_in(api, "Anna", headers={"User-Agent": "a browser"}))
    assert answer["token"].startswith("sbs_")
    assert answer["expires_at"] == api.clock.text(seconds=43_200)
    assert answer["user"]["last_login_at"] == api.clock.text()
    anna = Api(api.client, answer["token"], api.clock)
    mine = fine(await anna.get("/session"))
    assert mine == {
        "id": "ses_1",
        "created_at": api.clock.text(),
        "last_used_at": api.clock.text(),
        "expires_at": answer["expires_at"],
        "address": mine["address"],
        "user_agent": "a browser",
        "user": answer["user"],
    }


async def test_only_a_hash_of_the_token_is_stored(api: Api, store: Store) -> None:
    anna = await as_person(api, "anna")
    [row] = await store.fetch("SELECT * FROM sessions")
    assert anna.secret.removeprefix("sbs_") not in str(dict(row))


async def test_a_session_ends_if_it_is_not_used(api: Api, context: Context) -> None:
    anna = await as_person(api, "anna")
    api.clock.advance(seconds=43_199)
    context.people.forget_all()
    assert (await who(anna))["login"] == "anna"
    api.clock.advance(seconds=43_199)
    context.people.forget_all()
    assert (await who(anna))["login"] == "anna"
    api.clock.advance(seconds=43_200)
    context.people.forget_all()
    refused(await anna.get("/session"), 401, "unauthenticated")


async def test_a_session_ends_after_seven_days(api: Api, context: Context) -> None:
    anna = await as_person(api, "anna")
    for _ in range(14):
        api.clock.advance(seconds=43_000)
        context.people.forget_all()
        await who(anna)
    api.clock.advance(seconds=604_800 - 14 * 43_000 - 1)
    context.people.forget_all()
    assert fine(await anna.get("/session"))["expires_at"] == api.clock.text(seconds=1)
    api.clock.advance(seconds=1)
    context.people.forget_all()
    refused(await anna.get("/session"), 401, "unauthenticated")


async def test_signing_out(api: Api) -> None:
    anna = await as_person(api, "anna")
    elsewhere = await signed_in(api, "anna")
    assert fine(await anna.delete("/session"))["id"] == "ses_1"
    refused(await anna.get("/session"), 401, "unauthenticated")
    assert (await who(elsewhere))["login"] == "anna"


async def test_sessions_are_listed_and_ended(api: Api) -> None:
    anna = await as_person(api, "anna")
    elsewhere = await signed_in(api, "anna")
    berta = await as_person(api, "berta")

    async def listed(by: Api) -> list[str]:
        return [each["id"] for each in fine(await by.get("/users/usr_1/sessions"))["data"]]

    assert await listed(api) == ["ses_2", "ses_1"]
    assert await listed(anna) == ["ses_2", "ses_1"]
    refused(await berta.get("/users/usr_1/sessions"), 403, "forbidden")
    refused(await berta.delete("/sessions/ses_1"), 403, "forbidden")
    refused(await berta.delete("/sessions/ses_77"), 403, "forbidden")
    fine(await anna.delete("/sessions/ses_2"))
    refused(await elsewhere.get("/session"), 401, "unauthenticated")
    fine(await api.delete("/sessions/ses_1"))
    refused(await anna.get("/session"), 401, "unauthenticated")
    assert await listed(api) == []
    first = fine(await api.get("/users/usr_2/sessions", limit=1))
    assert (len(first["data"]), first["next_cursor"]) == (1, None)


async def test_a_key_shows_nobody_the_session_that_another_has_ended(api: Api) -> None:
    boss, berta = [await as_person(api, login, role="admin") for login in ("boss", "berta")]
    curious = await as_person(api, "curious", role="viewer")
    fine(await boss.delete("/sessions/ses_2", key="k"))
    again = await boss.delete("/sessions/ses_2", key="k")
    assert again.headers["idempotency-replayed"] == "true"
    answer = await curious.delete("/sessions/ses_2", key="k")
    assert answer.status_code in (403, 422), answer.text
    assert "address" not in answer.text
    refused(await berta.get("/session"), 401, "unauthenticated")


async def test_failures_are_answered_alike(api: Api) -> None:
    await person(api, "anna")
    await person(api, "berta")
    fine(await api.post("/users/usr_2/disable"))
    answers = [
        await sign_in(api, "anna", "wrong password"),
        await sign_in(api, "nobody", PASSWORD),
        await sign_in(api, "berta", PASSWORD),
        await sign_in(api, "anna", ""),
    ]
    bodies = [refused(each, 401, "invalid_credentials") for each in answers]
    assert len({str({**each, "request_id": ""}) for each in bodies}) == 1


async def test_a_login_is_locked_in_all_doors(api: Api) -> None:
    await person(api, "anna")
    partner = {"Authorization": f"Bearer {api.secret}"}
    wrong = {"login": "anna", "password": "wrong password"}
    for at in range(FREE):
        if at % 2:
            refused(await sign_in(api, **wrong), 401, "invalid_credentials")
        else:
            answer = await api.client.post("/api/v1/auth", json=wrong, headers=partner)
            assert answer.status_code == 401
    for _ in range(3):
        answer = await sign_in(api, "Anna")
        refused(answer, 429, "login_locked")
        assert answer.headers["retry-after"] == "1"
        vendors = await api.client.post(
            "/api/v1/auth", json={"login": "anna", "password": PASSWORD}, headers=partner
        )
        assert (vendors.status_code, vendors.headers["retry-after"]) == (429, "1")
        assert vendors.json()["success"] is False
    user = fine(await api.get("/users/usr_1"))
    assert user["locked_until"] == api.clock.text(seconds=1)
    api.clock.advance(seconds=1)
    assert fine(await api.get("/users/usr_1"))["locked_until"] is None
    made(await sign_in(api, "anna"))


async def test_a_refused_attempt_costs_no_hash(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the password would be looked at, the answer would be another one."""
    await person(api, "anna")
    for _ in range(FREE):
        await sign_in(api, "anna", "wrong password")
    from stampbook.programs.people import passwords

    async def looked_at(stored: str | None, password: str) -> bool:
        raise AssertionError

    monkeypatch.setattr(passwords, "matches", looked_at)
    refused(await sign_in(api, "anna"), 429, "login_locked")


async def test_unlocking_a_login(api: Api) -> None:
    await person(api, "anna")
    for _ in range(FREE):
        await sign_in(api, "anna", "wrong password")
    refused(await sign_in(api, "anna"), 429, "login_locked")
    fine(await api.post("/users/usr_1/unlock"))
    made(await sign_in(api, "anna"))


async def test_an_address_with_too_many_failures(api: Api) -> None:
    await person(api, "anna")
    for number in range(FREE_OF_ADDRESS):
        await sign_in(api, f"guess {number}")
    answer = await sign_in(api, "anna")
    refused(answer, 429, "rate_limited")
    assert answer.headers["retry-after"] == "900"
    api.clock.advance(seconds=900)
    made(await sign_in(api, "anna"))


async def test_ipv4_on_a_socket_of_ipv6_is_ipv4(context: Context) -> None:
    """Or one address would lock out all others of IPv4; and IPv6 counts by network."""
    places = ("::ffff:192.0.2.7", "192.0.2.7", "::ffff:192.0.2.8", "2001:db8::1", "2001:db8::2")
    counted = []
    for place in places:
        async with context.store.transaction() as writing:
            attempt = await attempts.begin(writing, login=place, address=place, now=context.clock())
            counted.append(attempt.address)
    rows = await context.store.fetch("SELECT address, failures FROM address_failures")
    found = {row["address"]: row["failures"] for row in rows}
    assert found == {"192.0.2.7": 2, "192.0.2.8": 1, "2001:db8::/64": 2}
    assert set(counted) == found.keys()


async def test_few_passwords_are_compared_at_once(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await person(api, "anna")
    monkeypatch.setattr(signing_in, "MAX_AT_ONCE", 2)
    answers = await asyncio.gather(*(sign_in(api, "anna") for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [201, 201, 429, 429]
    made(await sign_in(api, "anna"))


async def test_a_second_server_goes_on_counting(api: Api, context: Context) -> None:
    await person(api, "anna")
    for _ in range(FREE - 1):
        await sign_in(api, "anna", "wrong password")
    restarted = Context(context.store, context.ledger, context.clock)
    context.signing_in = restarted.signing_in
    refused(await sign_in(api, "anna", "wrong password"), 401, "invalid_credentials")
    refused(await sign_in(api, "anna"), 429, "login_locked")


# -- the second factor ---------------------------------------------------------------


def code_of(api: Api, secret: str, *, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(api.clock.now // MICROSECONDS + 30 * steps)


async def test_a_second_factor(api: Api) -> None:
    await person(api, "anna@example.com")
    answer = fine(await api.post("/users/usr_1/totp"))
    secret = answer["secret"]
    assert answer["uri"] == pyotp.TOTP(secret).provisioning_uri(
        name="anna@example.com", issuer_name="Stampbook"
    )
    assert fine(await api.get("/users/usr_1"))["totp"] is True
    login = "anna@example.com"
    refused(await sign_in(api, login), 401, "totp_required")
    refused(await sign_in(api, login, totp="000000"), 401, "totp_required")
    refused(await sign_in(api, login, totp="nonsense"), 401, "totp_required")
    refused(
        await sign_in(api, login, "wrong password", totp=code_of(api, secret)),
        401,
        "invalid_credentials",
    )
    made(await sign_in(api, login, totp=code_of(api, secret)))
    refused(await sign_in(api, login, totp=code_of(api, secret)), 401, "totp_required")
    api.clock.advance(seconds=30)
    made(await sign_in(api, login, totp=code_of(api, secret)))
    refused(await sign_in(api, login, totp=code_of(api, secret, steps=2)), 401, "totp_required")
    fine(await api.delete("/users/usr_1/totp"))
    made(await sign_in(api, login))


async def test_the_second_factor_cannot_be_passed_by_another_door(api: Api) -> None:
    await person(api, "anna")
    secret = fine(await api.post("/users/usr_1/totp"))["secret"]
    partner = {"Authorization": f"Bearer {api.secret}"}

    async def vendors(**more: Any) -> int:
        body = {"login": "anna", "password": PASSWORD, **more}
        return (await api.client.post("/api/v1/auth", json=body, headers=partner)).status_code

    assert await vendors() == 401
    assert await vendors(totp="000000") == 401
    assert await vendors(totp=code_of(api, secret)) == 201


async def test_codes_cannot_be_guessed(api: Api) -> None:
    """A wrong code is a failure; a missing one neither counts nor resets the count."""
    await person(api, "anna")
    fine(await api.post("/users/usr_1/totp"))
    for _ in range(FREE):
        refused(await sign_in(api, "anna"), 401, "totp_required")
        refused(await sign_in(api, "anna", totp="000000"), 401, "totp_required")
    refused(await sign_in(api, "anna"), 429, "login_locked")


async def test_malformed_sign_ins(api: Api) -> None:
    for body, pointer in (
        ({}, "/login"),
        ({"login": "anna"}, "/password"),
        ({"login": "anna", "password": "x" * 1_025}, "/password"),
        ({"login": "anna", "password": PASSWORD, "code": "1"}, "/code"),
    ):
        answer = await api.client.post("/v1/sessions", json=body)
        refused(answer, 422, "invalid_request", pointer)
