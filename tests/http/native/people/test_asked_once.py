"""The same act asks for one approval: by its key, or by what it is."""

from __future__ import annotations

import asyncio

import pytest

from stampbook.dialects.native.people.asked import subject_of
from stampbook.programs.approvals import LASTS, Asked
from stampbook.storage.store import Store, UniqueViolation
from tests.http.native.asking import Api, Clock, fine, made, refused
from tests.http.native.people.office import Office, asked, waiting
from tests.http.native.people.signing import signed_in


async def test_the_same_key_asks_for_one_approval(office: Office) -> None:
    api, anna, ben, account = office
    name = await asked(office, key="k-1")
    again = await anna.move(account, "accrue", "60", key="k-1")
    assert waiting(again)["id"] == name
    assert again.headers["idempotency-replayed"] == "true"
    refused(await anna.move(account, "accrue", "61", key="k-1"), 422, "idempotency_key_reused")
    done = fine(await ben.post(f"/approvals/{name}/approve"))
    answer = await anna.move(account, "accrue", "60", key="k-1")
    assert made(answer)["id"] == done["transaction_id"]
    assert answer.headers["idempotency-replayed"] == "true"
    assert await api.active(account) == "1060.00"
    assert await asked(office) != await asked(office)  # two accruals may be meant


async def test_the_same_key_at_once_asks_for_one_approval(office: Office) -> None:
    names = await asyncio.gather(*(asked(office, key="k-1") for _ in range(8)))
    assert set(names) == {"apr_1"}
    assert len(fine(await office.ben.get("/approvals"))["data"]) == 1


async def test_people_who_ask_for_one_act_at_once_ask_once(office: Office) -> None:
    """A whole cancel is done once, whoever asks, in whatever words."""
    api, anna, ben, account = office
    big = (await api.accrue(account, "60"))["id"]
    names = await asyncio.gather(*(_cancel(each, big, n) for n, each in enumerate([anna, ben] * 4)))
    assert len(set(names)) == 1
    partly = [waiting(await anna.cancel(big, {"amount": each}))["id"] for each in ("51", "52")]
    assert len({*names, *partly}) == 3  # a part may be meant twice
    assert len(fine(await ben.get("/approvals?status=pending"))["data"]) == 3
    by_ben = fine(await ben.get(f"/approvals/{names[0]}"))["requested_by"] == "usr_2"
    fine(await ben.post(f"/approvals/{names[0]}/{'withdraw' if by_ben else 'reject'}"))
    assert waiting(await anna.cancel(big))["id"] not in names


async def _cancel(who: Api, transaction: str, number: int) -> str:
    body = {"reason": f"reason {number}"} if number % 3 else None
    answer = await who.cancel(transaction, body, key=f"k-{number}")
    assert "idempotency-replayed" not in answer.headers
    return str(waiting(answer)["id"])


async def test_what_nobody_decided_on_in_time_is_asked_for_again(
    office: Office, clock: Clock
) -> None:
    big = (await office.api.accrue(office.account, "60"))["id"]
    former = waiting(await office.anna.cancel(big))["id"]
    clock.now += LASTS
    anna = await signed_in(office.api, "anna")  # sessions end sooner
    assert waiting(await anna.cancel(big))["id"] != former


@pytest.mark.parametrize("column", ["key", "subject"])
async def test_the_database_refuses_a_second_one(office: Office, store: Store, column: str) -> None:
    big = (await office.api.accrue(office.account, "60"))["id"]
    waiting(await office.anna.cancel(big, key="k-1"))
    rest = "tenant_id, program_id, status, method, path, body, requested_by, requested_at"
    with pytest.raises(UniqueViolation):
        await store.execute(
            f"INSERT INTO approvals ({rest}, expires_at, {column})"
            f" SELECT {rest}, expires_at, {column} FROM approvals"
        )


@pytest.mark.parametrize(
    ("path", "body", "anyhow", "same_as"),
    [
        ("/v1/transactions/txn_1/cancel", "", False, '{"reason": "till"}'),
        ("/v1/visits/vis_1/undo", "{}", False, '{"preview_token": "x"}'),
        ("/v1/accounts/acc_1/transactions", '{"amount": "60"}', True, '{"amount": "60.00"}'),
        ("/v1/accounts/acc_1/transactions", '{"amount": 60}', True, '{"amount": "60"}'),
        ("/v1/accounts/acc_1/transactions", '{"amount": "60"}', False, None),
        ("/v1/transactions/txn_1/cancel", '{"amount": "60"}', False, None),
        ("/v1/bulk", "{", False, None),
    ],
)
def test_what_is_the_same(path: str, body: str, anyhow: bool, same_as: str | None) -> None:
    subject = subject_of(Asked("POST", path, body, None, None), anyhow=anyhow)
    if same_as is None:
        assert subject is None
        return
    assert subject is not None
    again = Asked("POST", f"{path}?dry_run=false", same_as, "anna", "k")
    assert subject_of(again, anyhow=anyhow) == subject
    other = Asked("POST", path.replace("_1", "_2"), same_as, None, None)
    assert subject_of(other, anyhow=anyhow) != subject
