"""The map of the ledger's refusals is complete, and every row of it is what the vendor's clients
are told."""

from __future__ import annotations

import pytest

from stampbook.dialects.altcraft.answers import REFUSALS, refused
from stampbook.dialects.spelling.altcraft import read_transaction
from stampbook.domain.model import split_number
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.engine import Ledger
from tests.http.altcraft.house import House, as_xml_reads
from tests.tampering import fill_journal

EXPECTED = {
    Code.NOT_FOUND: (404, "Not found: transaction"),
    Code.IDEMPOTENCY_KEY_REUSED: (409, "Idempotency key already used"),
    Code.EXTERNAL_ID_TAKEN: (409, "External transaction ID already used"),
    Code.ACCOUNT_MOVED: (409, "Account has changed"),
    Code.INVALID_REQUEST: (400, "Incorrect request: body: why"),
    Code.FORBIDDEN: (403, "No access"),
    Code.PROGRAM_INACTIVE: (409, "Program is inactive"),
    Code.MEMBER_INACTIVE: (409, "Member is inactive"),
    Code.ACCOUNT_CLOSED: (409, "Account is closed"),
    Code.NOT_TEMPORARY: (409, "Transaction is not temporary"),
    Code.ALREADY_CANCELLED: (409, "Transaction already canceled"),
    Code.ALREADY_RELEASED: (409, "Transaction already rolled back"),
    Code.ALREADY_COMMITTED: (409, "Transaction already committed"),
    Code.NOT_CANCELLABLE: (409, "Transaction cannot be canceled"),
    Code.CANCEL_WINDOW_PASSED: (409, "Transaction cannot be canceled"),
    Code.EXCEEDS_ORIGINAL: (409, "Transaction cannot be canceled"),
    Code.POINTS_ALREADY_SPENT: (409, "Points already spent"),
    Code.DEFICIT_OUTSTANDING: (409, "Insufficient points"),
    Code.INSUFFICIENT_POINTS: (409, "Insufficient points"),
    Code.ACCOUNT_FULL: (409, "Account is full"),
    Code.LIMIT_EXCEEDED: (403, "User limit exceeded"),
    Code.APPROVAL_REQUIRED: (403, "Approval required"),
    Code.OVERLOADED: (503, "Overloaded"),
}


def test_the_map_is_complete() -> None:
    assert set(REFUSALS) == set(Code) == set(EXPECTED)


@pytest.mark.parametrize("code", Code)
def test_a_refusal_is_worded(code: Code) -> None:
    fault = refused(Refusal(code, "why"))
    assert (fault.error, fault.text) == EXPECTED[code]
    assert fault.status == (503 if code is Code.OVERLOADED else 200)


METHODS = (
    ("loyalty/accrue_points", {"amount": "1"}),
    ("loyalty/redeeme_points", {"amount": "1"}),
    ("loyalty/cancel_transaction", {"transaction_eid": "e"}),
    ("loyalty/commit_transaction", {"transaction_eid": "e"}),
    ("loyalty/rollback_transaction", {"transaction_eid": "e"}),
)


async def test_overloaded(house: House, form: str) -> None:
    await house.new_member()
    await house.accrue("1", transaction_eid="e")
    busy = Ledger(house.store, clock=lambda: house.now, max_queue=0)
    house.context.ledger = busy
    for method, fields in METHODS:
        answer = await house.post(
            method,
            house.encoded({**house.who(), **fields}, form),
            content_type=f"application/{form}",
        )
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        overloaded = {"error": 503, "error_text": "Overloaded", "data": None}
        wanted = overloaded if form == "json" else as_xml_reads(overloaded)
        assert house.decoded(answer.content, form) == wanted


async def test_a_full_account(house: House, form: str) -> None:
    await house.new_member()
    made = await house.accrue("1", transaction_eid="e")
    account, _ = split_number(read_transaction(made["transaction_id"]) or 0)
    await fill_journal(house.store, account)
    house.ledger.forget([account])
    for method, fields in METHODS[:3]:
        body = {**house.who(), **fields}
        assert await house.refused(method, body, form=form) == (409, "Account is full")


async def test_a_closed_account(house: House, form: str) -> None:
    await house.new_member()
    await house.accrue("1", transaction_eid="e", is_temp=True)
    await house.call("loyalty/delete_member", house.who())
    body = {"transaction_eid": "e"}
    assert await house.refused("loyalty/commit_transaction", body, form=form) == (
        409,
        "Account is closed",
    )
    assert (await house.done("loyalty/rollback_transaction", body, form=form))["balance"] == "0.00"
