"""`/session/…`: what people change about themselves, and that they prove who they are first."""

from __future__ import annotations

import pyotp

from stampbook.programs.people.attempts import FREE
from tests.http.native.asking import Api, fine, made, refused
from tests.http.native.people.signing import PASSWORD, as_person, sign_in, signed_in, who

NEW = "battery staple"


async def test_a_new_password_ends_all_but_this_session(api: Api) -> None:
    anna = await as_person(api, "anna", role="viewer")
    elsewhere = await signed_in(api, "anna")
    answer = fine(await anna.post("/session/password", {"password": NEW}))
    assert answer["token"].startswith("sbs_")
    for ended in (anna, elsewhere):
        refused(await ended.get("/session"), 401, "unauthenticated")
    renewed = Api(api.client, answer["token"], api.clock)
    assert fine(await renewed.get("/session"))["id"] == answer["id"]
    refused(await sign_in(api, "anna"), 401, "invalid_credentials")
    made(await sign_in(api, "anna", NEW))


async def test_a_weak_password_changes_nothing(api: Api) -> None:
    anna = await as_person(api, "anna.till@cafe")
    for weak in ("short", "ANNA.till@cafe"):
        refused(await anna.post("/session/password", {"password": weak}), 422, "weak_password")
    assert (await who(anna))["login"] == "anna.till@cafe"


async def test_ten_minutes_after_the_sign_in_the_password_is_asked_for(api: Api) -> None:
    anna = await as_person(api, "anna")
    api.clock.advance(seconds=599)
    fine(await anna.post("/session/totp"))
    fine(await anna.delete("/session/totp"))
    api.clock.advance(seconds=1)
    for answer in (
        await anna.post("/session/password", {"password": NEW}),
        await anna.post("/session/totp"),
        await anna.delete("/session/totp"),
    ):
        refused(answer, 403, "confirmation_required")
    assert not (await who(anna))["totp"]
    until = fine(await anna.post("/session/confirmation", {"password": PASSWORD}))
    assert until == {"confirmed_until": api.clock.text(seconds=600)}
    fine(await anna.post("/session/password", {"password": NEW}))


async def test_wrong_passwords_lock_the_login_as_failed_sign_ins_do(api: Api) -> None:
    anna = await as_person(api, "anna")
    for _ in range(FREE):
        answer = await anna.post("/session/confirmation", {"password": "wrong"})
        refused(answer, 401, "invalid_credentials")
    for answer in (
        await anna.post("/session/confirmation", {"password": PASSWORD}),
        await sign_in(api, "anna"),
    ):
        refused(answer, 429, "login_locked")
        assert answer.headers["retry-after"] == "1"
    api.clock.advance(seconds=1)
    fine(await anna.post("/session/confirmation", {"password": PASSWORD}))
    for _ in range(FREE - 1):
        await anna.post("/session/confirmation", {"password": "wrong"})
    made(await sign_in(api, "anna"))


async def test_failed_confirmations_are_in_the_audit_log(api: Api) -> None:
    anna = await as_person(api, "anna")
    await anna.post("/session/confirmation", {"password": "wrong"})
    found = fine(await api.get("/audit", action="login.failed"))["data"]
    assert [each["entity"] for each in found] == ["usr_1"]


async def test_the_own_second_factor_is_asked_for_at_the_next_sign_in(api: Api) -> None:
    anna = await as_person(api, "anna", role="viewer")
    factor = fine(await anna.post("/session/totp"))
    assert factor["secret"] in factor["uri"]
    refused(await sign_in(api, "anna"), 401, "totp_required")
    code = pyotp.TOTP(factor["secret"]).at(api.clock() // 1_000_000)
    made(await sign_in(api, "anna", totp=code))
    assert not fine(await anna.delete("/session/totp"))["totp"]
    made(await sign_in(api, "anna"))


async def test_trying_it_out_changes_nothing(api: Api) -> None:
    anna = await as_person(api, "anna")
    fine(await anna.post("/session/password?dry_run=true", {"password": NEW}))
    fine(await anna.post("/session/totp?dry_run=true"))
    made(await sign_in(api, "anna"))
    assert (await who(anna))["login"] == "anna"


async def test_a_key_has_no_password_of_its_own(api: Api) -> None:
    refused(await api.post("/session/password", {"password": NEW}), 404, "not_found")
    refused(await api.post("/session/confirmation", {"password": NEW}), 404, "not_found")
    refused(await api.post("/session/totp"), 404, "not_found")


async def test_nobody_raises_their_own_limits(api: Api) -> None:
    currency = (await api.currency((await api.program())["id"]))["id"]
    limit = {"currency_id": currency, "per_transaction": "50", "per_day": None}
    anna = await as_person(api, "anna", role="admin", limits=[limit])
    for more in ([], [{**limit, "per_transaction": "51"}], [{**limit, "per_transaction": None}]):
        refused(await anna.patch("/users/usr_1", {"limits": more}), 403, "forbidden")
    less = [{**limit, "per_transaction": "49.00", "per_day": "10.00"}]
    assert fine(await anna.patch("/users/usr_1", {"limits": less}))["limits"] == less
    fine(await api.patch("/users/usr_1", {"limits": []}))
