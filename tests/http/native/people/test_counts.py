"""Sign-ins and waiting approvals are in the metrics."""

from __future__ import annotations

from stampbook.programs.people.attempts import FREE
from tests.http.native.asking import Api
from tests.http.native.people.signing import as_person, person, sign_in
from tests.watching.reading import Metrics

SIGN_INS = "stampbook_login_attempts_total"


async def metrics_of(api: Api) -> Metrics:
    return Metrics((await api.client.get("/metrics")).text)


async def test_sign_ins_are_counted_by_what_came_of_them(api: Api) -> None:
    await person(api, "anna")
    before = await metrics_of(api)
    assert (await sign_in(api, "anna")).status_code == 201
    for _ in range(FREE):
        assert (await sign_in(api, "anna", "something else")).status_code == 401
    assert (await sign_in(api, "anna")).status_code == 429
    after = await metrics_of(api)
    counted = {
        outcome: after.value(SIGN_INS, outcome=outcome) - before.value(SIGN_INS, outcome=outcome)
        for outcome in ("succeeded", "failed", "locked", "limited")
    }
    assert counted == {"succeeded": 1, "failed": FREE, "locked": 1, "limited": 0}


async def test_what_waits_for_a_second_person_is_shown(api: Api) -> None:
    account = await api.account(approval_above="50")
    anna = await as_person(api, "anna", role="support")
    assert (await anna.move(account, "accrue", "60")).status_code == 202
    assert (await metrics_of(api)).value("stampbook_approvals_pending") == 1
