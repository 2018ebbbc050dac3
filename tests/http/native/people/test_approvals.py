"""Acts above a currency's amount wait for a second person."""

from __future__ import annotations

import asyncio

import pytest

from stampbook.domain.model import MICROSECONDS
from stampbook.edge.context import Context
from stampbook.programs import approvals
from stampbook.storage.store import Store
from tests.http.native.asking import Clock, fine, made, refused
from tests.http.native.people.office import Office, asked, waiting
from tests.http.native.people.signing import as_person, person, signed_in


async def test_nothing_is_done_until_another_person_says_so(office: Office) -> None:
    api, anna, ben, account = office
    answer = await anna.move(account, "accrue", "60", reason="sorry", actor="anna@till")
    approval = waiting(answer)
    assert await api.active(account) == "1000.00"
    assert approval["request"] == {
        "method": "POST",
        "path": f"/v1/accounts/{account}/transactions",
        "body": {"type": "accrue", "amount": "60", "reason": "sorry"},
    }
    read = fine(await ben.get(f"/approvals/{approval['id']}"))
    assert read["preview"]["balance_after"] == "1060.00"
    done = fine(await ben.post(f"/approvals/{approval['id']}/approve"))
    assert (done["status"], done["decided_by"]) == ("done", "usr_2")
    assert await api.active(account) == "1060.00"
    row = fine(await api.get(f"/transactions/{done['transaction_id']}"))
    assert (row["user_id"], row["approved_by"]) == ("usr_1", "usr_2")
    assert (row["actor"], row["request_id"]) == ("anna@till", approval["id"])
    (listed, *_) = fine(await api.get(f"/accounts/{account}/transactions"))["data"]
    assert listed["approved_by"] == "usr_2"


@pytest.mark.parametrize("kind", ["redeem", "adjust", "hold"])
async def test_at_the_amount_nobody_is_asked(office: Office, kind: str) -> None:
    made(await office.anna.move(office.account, kind, "50", reason="x"))
    waiting(await office.anna.move(office.account, kind, "50.01", reason="x"))
    made(await office.api.move(office.account, kind, "50.01", reason="x"))  # a key


async def test_cancels_transfers_and_whole_bulk_requests_wait_too(office: Office) -> None:
    api, anna, ben, account = office
    big = await api.accrue(account, "60")
    waiting(await anna.cancel(big["id"]))
    member = fine(await api.get(f"/accounts/{account}"))
    body = {"member_id": member["member_id"], "currency_id": member["currency_id"]}
    other = made(await api.post("/accounts", body))["id"]
    transfer = {"from_account_id": account, "to_account_id": other, "amount": "60"}
    moved = waiting(await anna.post("/transfers", transfer))
    done = fine(await ben.post(f"/approvals/{moved['id']}/approve"))
    assert done["transaction_id"]
    assert await api.active(other) == "60.00"
    operations = [
        {"op": "accrue", "account_id": account, "amount": amount} for amount in ("1", "60")
    ]
    waiting(await anna.post("/bulk", {"atomic": True, "operations": operations}))
    results = fine(await anna.post("/bulk", {"operations": operations}))["results"]
    assert [each["status"] for each in results] == [201, 403]
    assert results[1]["problem"]["code"] == "approval_required"
    assert len(fine(await ben.get("/approvals"))["data"]) == 3


async def test_a_dry_run_answers_as_if_it_were_allowed(office: Office) -> None:
    answer = await office.anna.move(office.account, "accrue", "60", params={"dry_run": "true"})
    tried = made(answer)
    assert (tried["balance_after"], tried["approval_required"]) == ("1060.00", True)
    small = made(await office.anna.move(office.account, "accrue", "6", params={"dry_run": "true"}))
    assert "approval_required" not in small
    assert fine(await office.ben.get("/approvals"))["data"] == []


async def test_who_may_decide(office: Office) -> None:
    api, anna, ben, account = office
    name = await asked(office)
    refused(await anna.post(f"/approvals/{name}/approve"), 403, "forbidden")  # no manager
    refused(await api.post(f"/approvals/{name}/approve"), 403, "forbidden")  # a key
    own = waiting(await ben.move(account, "accrue", "60"))["id"]
    refused(await ben.post(f"/approvals/{own}/approve"), 403, "same_person")
    refused(await ben.post(f"/approvals/{own}/reject"), 403, "same_person")
    refused(await ben.post(f"/approvals/{name}/withdraw"), 403, "forbidden")
    elsewhere = (await api.program())["id"]
    stranger = await as_person(api, "carl", role="manager", program_ids=[elsewhere])
    refused(await stranger.post(f"/approvals/{name}/approve"), 404, "not_found")
    refused(await stranger.get(f"/approvals/{name}"), 404, "not_found")
    assert fine(await stranger.get("/approvals"))["data"] == []
    assert await api.active(account) == "1000.00"


async def test_who_approves_must_be_allowed_the_amount_themselves(office: Office) -> None:
    """Or one who may not would end what another person may still approve."""
    api, anna, ben, account = office
    currency = fine(await api.get(f"/accounts/{account}"))["currency_id"]
    limits = [{"currency_id": currency, "per_transaction": "55"}]
    fine(await api.patch("/users/usr_2", {"limits": limits}))
    name = await asked(office)
    ben = await signed_in(api, "ben")
    for query in ("", "?dry_run=true"):
        problem = refused(
            await ben.post(f"/approvals/{name}/approve{query}"), 403, "limit_exceeded"
        )
        assert (problem["limit"], problem["asked"]) == ("55.00", "60.00")
    assert fine(await anna.get(f"/approvals/{name}"))["status"] == "pending"
    assert await api.active(account) == "1000.00"
    await person(api, "dora", role="admin")
    dora = await signed_in(api, "dora")
    assert fine(await dora.post(f"/approvals/{name}/approve"))["status"] == "done"
    refused(await ben.post(f"/approvals/{name}/approve"), 409, "conflict")


async def test_who_asked_must_still_be_allowed_the_amount(office: Office) -> None:
    api, _, _, account = office
    currency = fine(await api.get(f"/accounts/{account}"))["currency_id"]
    name = await asked(office)
    limits = [{"currency_id": currency, "per_transaction": "55"}]
    for user in ("usr_1", "usr_2"):
        fine(await api.patch(f"/users/{user}", {"limits": limits}))
    failed = fine(await (await signed_in(api, "ben")).post(f"/approvals/{name}/approve"))
    assert failed["status"] == "failed"
    assert (failed["problem"]["code"], failed["problem"]["limit"]) == ("limit_exceeded", "55.00")


async def test_a_preview_is_within_the_limits_of_the_one_who_may_approve(office: Office) -> None:
    api, anna, _, account = office
    currency = fine(await api.get(f"/accounts/{account}"))["currency_id"]
    for user, amount in (("usr_1", "70"), ("usr_2", "55")):
        limits = [{"currency_id": currency, "per_transaction": amount}]
        fine(await api.patch(f"/users/{user}", {"limits": limits}))
    name = await asked(office)
    anna, ben = await signed_in(api, "anna"), await signed_in(api, "ben")
    read = fine(await ben.get(f"/approvals/{name}"))
    assert (read["preview"]["code"], read["preview"]["limit"]) == ("limit_exceeded", "55.00")
    assert fine(await anna.get(f"/approvals/{name}"))["preview"]["balance_after"] == "1060.00"


async def test_an_approval_may_rest_on_what_was_seen(office: Office) -> None:
    api, _, ben, account = office
    name = await asked(office)
    seq = fine(await api.get(f"/accounts/{account}/transactions"))["data"][0]["seq"]
    await api.accrue(account, "1")
    path = f"/approvals/{name}/approve"
    old = {"Stampbook-Expected-Seq": f"{account}={seq}"}
    refused(await ben.post(path, headers=old), 409, "account_moved")
    assert fine(await ben.get(f"/approvals/{name}"))["status"] == "pending"
    new = {"Stampbook-Expected-Seq": f"{account}={seq + 1}"}
    assert fine(await ben.post(path, headers=new))["status"] == "done"
    assert await api.active(account) == "1061.00"


async def test_what_is_refused_when_it_is_approved_has_failed(office: Office) -> None:
    api, anna, ben, account = office
    name = waiting(await anna.move(account, "redeem", "800"))["id"]
    await api.redeem(account, "500")
    read = fine(await ben.get(f"/approvals/{name}"))
    assert read["preview"]["code"] == "insufficient_points"
    failed = fine(await ben.post(f"/approvals/{name}/approve"))
    assert failed["status"] == "failed"
    assert failed["problem"]["code"] == "insufficient_points"
    assert failed["transaction_id"] is None
    refused(await ben.post(f"/approvals/{name}/approve"), 409, "conflict")


async def test_a_person_who_may_no_longer_do_it(office: Office) -> None:
    name = await asked(office)
    fine(await office.api.patch("/users/usr_1", {"role": "viewer"}))
    failed = fine(await office.ben.post(f"/approvals/{name}/approve"))
    assert failed["problem"]["code"] == "forbidden"
    other = waiting(await office.ben.move(office.account, "accrue", "60"))["id"]
    fine(await office.api.post("/users/usr_2/disable"))
    dora = await as_person(office.api, "dora", role="admin")
    read = fine(await dora.get(f"/approvals/{other}"))
    assert (read["status"], read["preview"]["code"]) == ("pending", "forbidden")
    failed = fine(await dora.post(f"/approvals/{other}/approve"))
    assert (failed["status"], failed["problem"]["code"]) == ("failed", "forbidden")
    assert fine(await dora.get("/approvals", status="pending"))["data"] == []
    assert await office.api.active(office.account) == "1000.00"


async def test_a_person_who_may_no_longer_approve(office: Office, context: Context) -> None:
    """Their session is believed for a second; what they may do is not."""
    name = await asked(office)
    trusted = context.people._trusted_sessions
    found, until = dict(trusted._found), dict(trusted._until)
    fine(await office.api.post("/users/usr_2/disable"))
    trusted._found.update(found)
    trusted._until.update(until)
    refused(await office.ben.post(f"/approvals/{name}/approve"), 401, "unauthenticated")
    dora = await as_person(office.api, "dora", role="admin")
    assert fine(await dora.post(f"/approvals/{name}/approve"))["status"] == "done"


async def test_the_limits_of_who_approves_hold_without_a_threshold(office: Office) -> None:
    """Nothing binds the one who asked any more."""
    api, _, _, account = office
    currency = fine(await api.get(f"/accounts/{account}"))["currency_id"]
    limits = [{"currency_id": currency, "per_transaction": "55"}]
    fine(await api.patch("/users/usr_2", {"limits": limits}))
    name = await asked(office)
    fine(await api.patch(f"/currencies/{currency}", {"approval_above": None}))
    ben = await signed_in(api, "ben")
    refused(await ben.post(f"/approvals/{name}/approve"), 403, "limit_exceeded")
    assert await api.active(account) == "1000.00"


@pytest.mark.parametrize("query", ["?dry_run=false", "?", ""])
async def test_the_preview_keeps_what_the_path_says(office: Office, query: str) -> None:
    api, anna, ben, account = office
    path = f"/accounts/{account}/transactions{query}"
    name = waiting(await anna.post(path, {"type": "accrue", "amount": "60"}))["id"]
    assert fine(await ben.get(f"/approvals/{name}"))["preview"]["balance_after"] == "1060.00"
    assert await api.active(account) == "1000.00"
    assert fine(await ben.post(f"/approvals/{name}/approve"))["status"] == "done"


async def test_what_cannot_be_done_together_asks_nobody(office: Office) -> None:
    """The first would need a second person, the other is refused whoever agrees."""
    operations = [
        {"op": op, "account_id": office.account, "amount": amount}
        for op, amount in (("accrue", "60"), ("redeem", "9000"))
    ]
    answer = await office.anna.post("/bulk", {"atomic": True, "operations": operations})
    refused(answer, 409, "insufficient_points")
    assert fine(await office.ben.get("/approvals"))["data"] == []


async def test_an_approval_is_of_one_program(office: Office) -> None:
    """Or a manager of the first could approve what happens in another one, and see it."""
    api, anna, ben, account = office
    elsewhere = await api.account(approval_above="50")
    operations = [
        {"op": "accrue", "account_id": each, "amount": amount}
        for each, amount in ((account, "1"), (elsewhere, "60"))
    ]
    answer = await anna.post("/bulk", {"atomic": True, "operations": operations})
    problem = refused(answer, 403, "approval_required", "/operations/1")
    assert problem["index"] == 1
    assert fine(await ben.get("/approvals"))["data"] == []
    assert (await api.active(account), await api.active(elsewhere)) == ("1000.00", "0.00")
    in_one = [operations[0], {**operations[0], "amount": "60"}]
    waiting(await anna.post("/bulk", {"atomic": True, "operations": in_one}))


async def test_points_do_not_move_between_programs(office: Office) -> None:
    elsewhere = await office.api.account()
    body = {"from_account_id": office.account, "to_account_id": elsewhere, "amount": "60"}
    for by in (office.anna, office.api):
        refused(await by.post("/transfers", body), 404, "not_found")


async def test_another_person_goes_on_for_one_who_is_disabled(office: Office, store: Store) -> None:
    """Or what a server has not finished would be pending for good."""
    api, _, ben, account = office
    name = await asked(office)
    fine(await ben.post(f"/approvals/{name}/approve"))
    await store.execute("UPDATE approvals SET status = 'pending', transaction_id = NULL")
    dora = await as_person(api, "dora", role="admin")
    refused(await dora.post(f"/approvals/{name}/approve"), 409, "conflict")
    fine(await api.post("/users/usr_2/disable"))
    assert fine(await dora.post(f"/approvals/{name}/approve"))["status"] == "done"
    assert await api.active(account) == "1060.00"


async def test_what_waits_is_found_by_what_it_is_about(office: Office) -> None:
    _, anna, ben, account = office
    name = await asked(office)
    found = fine(await anna.get(f"/approvals?status=pending&about=mbr_ff,{account}"))["data"]
    assert [each["id"] for each in found] == [name]
    assert not fine(await anna.get("/approvals?status=pending&about=acc_ffff"))["data"]
    refused(await anna.get(f"/approvals?about={account}"), 422, "invalid_request")
    fine(await ben.post(f"/approvals/{name}/reject"))
    assert not fine(await anna.get(f"/approvals?status=pending&about={account}"))["data"]


async def test_of_many_who_decide_at_once_one_does(office: Office) -> None:
    api, anna, ben, account = office
    dora = await as_person(api, "dora", role="admin")
    name = await asked(office)
    answers = await asyncio.gather(
        *(each.post(f"/approvals/{name}/approve") for each in (ben, dora, ben, dora)),
        dora.post(f"/approvals/{name}/reject"),
        anna.post(f"/approvals/{name}/withdraw"),
    )
    status = fine(await ben.get(f"/approvals/{name}"))["status"]
    done = await api.active(account)
    assert (status, done) in (
        ("done", "1060.00"), ("rejected", "1000.00"), ("withdrawn", "1000.00"),
    )  # fmt: skip
    assert all(each.status_code in (200, 409) for each in answers)


async def test_who_has_begun_can_go_on_after_a_crash(office: Office, store: Store) -> None:
    """The server ended after the act and before the approval was written down as done."""
    api, anna, ben, account = office
    name = await asked(office)
    fine(await ben.post(f"/approvals/{name}/approve"))
    await store.execute("UPDATE approvals SET status = 'pending', transaction_id = NULL")
    dora = await as_person(api, "dora", role="admin")
    refused(await dora.post(f"/approvals/{name}/approve"), 409, "conflict")
    refused(await anna.post(f"/approvals/{name}/withdraw"), 409, "conflict")
    done = fine(await ben.post(f"/approvals/{name}/approve"))
    assert (done["status"], done["transaction_id"]) == ("done", "txn_800002")
    assert await api.active(account) == "1060.00"


async def test_rejected_withdrawn_expired(office: Office, clock: Clock) -> None:
    api, anna, ben, account = office
    names = [await asked(office) for _ in range(3)]
    no = fine(await ben.post(f"/approvals/{names[0]}/reject", {"reason": "no receipt"}))
    assert (no["status"], no["reason"], no["decided_by"]) == ("rejected", "no receipt", "usr_2")
    gone = fine(await anna.post(f"/approvals/{names[1]}/withdraw"))
    assert gone["status"] == "withdrawn"
    clock.now += approvals.LASTS - MICROSECONDS
    ben = await signed_in(api, "ben")
    assert fine(await ben.get(f"/approvals/{names[2]}"))["status"] == "pending"
    clock.now += MICROSECONDS
    assert fine(await ben.get(f"/approvals/{names[2]}"))["status"] == "expired"
    for name in names:
        refused(await ben.post(f"/approvals/{name}/approve"), 409, "conflict")
    for status in ("rejected", "withdrawn", "expired"):
        (only,) = fine(await ben.get("/approvals", status=status))["data"]
        assert only["status"] == status
    assert fine(await ben.get("/approvals", status="pending"))["data"] == []
    refused(await ben.get("/approvals", status="lost"), 422, "invalid_request")
    assert await api.active(account) == "1000.00"


async def test_no_caller_can_call_a_request_like_an_approval(office: Office) -> None:
    name = await asked(office)
    fine(await office.ben.post(f"/approvals/{name}/approve"))
    headers = {"X-Request-Id": name}
    small = made(await office.anna.move(office.account, "accrue", "5"))
    forged = made(
        await office.anna.post(
            f"/accounts/{office.account}/transactions",
            {"type": "accrue", "amount": "5"},
            headers=headers,
        )
    )
    assert forged["request_id"].startswith("req_")
    for each in (small, forged):
        row = fine(await office.api.get(f"/transactions/{each['id']}"))
        assert row["approved_by"] is None
