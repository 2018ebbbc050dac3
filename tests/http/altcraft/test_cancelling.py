"""Commit, roll back and cancel, in both formats: §5 of the wire's contract, point by point."""

from __future__ import annotations

import asyncio

import pytest

from stampbook.dialects.spelling.altcraft import read_transaction, write_transaction
from stampbook.domain.model import split_number
from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, SpentAccrual, Unit
from stampbook.programs.policies import Terms
from tests.http.altcraft.house import DAY, SECOND, House, Json

CANCEL = "loyalty/cancel_transaction"
COMMIT = "loyalty/commit_transaction"
ROLL_BACK = "loyalty/rollback_transaction"
ALREADY_CANCELED = (409, "Transaction already canceled")
ALREADY_COMMITTED = (409, "Transaction already committed")
ALREADY_ROLLED_BACK = (409, "Transaction already rolled back")
NOT_FOUND = (404, "Not found: transaction")


@pytest.fixture(autouse=True)
async def _member(house: House) -> None:
    await house.new_member()


async def refused_with_state(
    house: House, method: str, body: Json, form: str
) -> tuple[tuple[int, str], Json]:
    """An error, and the state that comes with it."""
    envelope = await house.call(method, body, form=form)
    return (int(envelope["error"]), envelope["error_text"]), envelope["data"]


async def rows(house: House, number: str) -> int:
    """How many rows the journal of a transaction's account has."""
    account, _ = split_number(read_transaction(number) or 0)
    return len(await house.store.journal(account, after=0, limit=100))


async def test_the_documented_example(house: House, form: str) -> None:
    await house.accrue("399.50")
    spent = await house.redeem("100.50", transaction_eid="TRANS12345")
    assert spent["balance"] == "299.00"
    by_id = {"transaction_id": spent["transaction_id"]}
    assert await house.done(CANCEL, by_id, form=form) == {
        "transaction_id": spent["transaction_id"],
        "balance": "399.50",
    }


async def test_a_second_cancel_tells_the_state(house: House, form: str) -> None:
    made = await house.accrue("100.50", transaction_eid="order-1")
    by_id, by_eid = {"transaction_id": made["transaction_id"]}, {"transaction_eid": "order-1"}
    assert (await house.done(CANCEL, by_id, form=form))["balance"] == "0.00"
    state = {"transaction_id": made["transaction_id"], "balance": "0.00"}
    for body in (by_id, by_eid, by_id | by_eid):
        assert await refused_with_state(house, CANCEL, body, form) == (ALREADY_CANCELED, state)
    await house.accrue("7")
    later = {**state, "balance": "7.00"}
    assert await refused_with_state(house, CANCEL, by_eid, form) == (ALREADY_CANCELED, later)
    assert await rows(house, made["transaction_id"]) == 3


async def test_neither_id(house: House, form: str) -> None:
    text = "Incorrect request: transaction_id: or transaction_eid is required"
    for method in (CANCEL, COMMIT, ROLL_BACK):
        for body in ({}, {"transaction_id": None}, {"transaction_id": "", "transaction_eid": ""}):
            assert await house.refused(method, body, form=form) == (400, text)


async def test_both_ids_must_agree(house: House, form: str) -> None:
    one = await house.accrue("1", transaction_eid="one")
    other = await house.accrue("2", transaction_eid="other")
    crossed = {"transaction_id": one["transaction_id"], "transaction_eid": "other"}
    nobody = {"transaction_id": one["transaction_id"], "transaction_eid": "nobody's"}
    text = "Incorrect request: transaction_eid: names another transaction than transaction_id"
    for method in (CANCEL, COMMIT, ROLL_BACK):
        for body in (crossed, nobody):
            assert await house.refused(method, body, form=form) == (400, text)
    assert await house.balance() == ("3.00", "3.00")
    agreed = {"transaction_id": other["transaction_id"], "transaction_eid": "other"}
    assert (await house.done(CANCEL, agreed, form=form))["balance"] == "1.00"


async def test_unknown_ids(house: House, form: str) -> None:
    made = await house.accrue("1", transaction_eid="one")
    number = read_transaction(made["transaction_id"]) or 0
    account, _ = split_number(number)
    for named in (
        "TRANS12345",
        made["transaction_id"][:-1] + "1",
        write_transaction(number + 1),
        write_transaction(((account + 1) << 23) + 1),
    ):
        for method in (CANCEL, COMMIT, ROLL_BACK):
            assert await house.refused(method, {"transaction_id": named}, form=form) == NOT_FOUND
            both = {"transaction_id": named, "transaction_eid": "one"}
            assert await house.refused(method, both, form=form) == NOT_FOUND
    assert await house.refused(CANCEL, {"transaction_eid": "two"}, form=form) == NOT_FOUND
    assert await house.balance() == ("1.00", "1.00")


async def test_other_tenants_and_programs_see_nothing(house: House, form: str) -> None:
    made = await house.accrue("1", transaction_eid="one")
    await house.store.execute("INSERT INTO tenants (name, created_at) VALUES ('other', 0)")
    other = await house.new_program("Other")
    await house.new_key("stranger", "admin", tenant=2)
    await house.new_key("elsewhere", "admin", program=other.program_id)
    by_id, by_eid = {"transaction_id": made["transaction_id"]}, {"transaction_eid": "one"}
    for token in ("stranger", "elsewhere"):
        for method in (CANCEL, COMMIT, ROLL_BACK):
            for body in (by_id, by_eid, by_id | by_eid):
                assert await house.refused(method, body, form=form, token=token) == NOT_FOUND
    await house.new_key("here", "ledger:cancel", program=house.program.program_id)
    assert (await house.done(CANCEL, by_eid, form=form, token="here"))["balance"] == "0.00"


async def test_an_eid_that_two_programs_know(house: House, form: str) -> None:
    made = await house.accrue("1", transaction_eid="one")
    first = house.program
    house.program = await house.new_program("Second")
    await house.new_currency(house.program, "Points")
    await house.new_member()
    await house.accrue("2", transaction_eid="one")
    text = "Incorrect request: transaction_eid: is known in two programs; use transaction_id"
    assert await house.refused(CANCEL, {"transaction_eid": "one"}, form=form) == (400, text)
    house.program = first
    by_both = {"transaction_id": made["transaction_id"], "transaction_eid": "one"}
    assert (await house.done(CANCEL, by_both, form=form))["balance"] == "0.00"


async def test_a_balance_below_zero(house: House, form: str) -> None:
    made = await house.accrue("100")
    await house.redeem("30.25")
    by_id = {"transaction_id": made["transaction_id"]}
    assert (await house.done(CANCEL, by_id, form=form))["balance"] == "-30.25"
    assert await house.refused("loyalty/redeem_points", {**house.who(), "amount": "1"}) == (
        409,
        "Insufficient points",
    )


@pytest.mark.parametrize("policy", [SpentAccrual.CLAMP, SpentAccrual.REFUSE])
async def test_the_currencys_policy(house: House, form: str, policy: SpentAccrual) -> None:
    await house.set_terms(house.currency, Terms(spent_accrual=policy))
    made = await house.accrue("100")
    await house.redeem("30")
    by_id = {"transaction_id": made["transaction_id"]}
    if policy is SpentAccrual.CLAMP:
        assert (await house.done(CANCEL, by_id, form=form))["balance"] == "0.00"
    else:
        assert await house.refused(CANCEL, by_id, form=form) == (409, "Points already spent")
        assert (await house.balance())[0] == "70.00"


async def test_commit_of_an_accrual_answers_a_new_id(house: House, form: str) -> None:
    made = await house.accrue("50", is_temp=True, transaction_eid="one")
    assert made["balance"] == "0.00"
    assert await house.balance() == ("0.00", "50.00")
    done = await house.done(COMMIT, {"transaction_eid": "one"}, form=form)
    assert done["balance"] == "50.00"
    assert done["transaction_id"] > made["transaction_id"]
    names = [
        {"transaction_id": made["transaction_id"]},
        {"transaction_id": done["transaction_id"]},
        {"transaction_eid": "one"},
        {"transaction_id": made["transaction_id"], "transaction_eid": "one"},
        {"transaction_id": done["transaction_id"], "transaction_eid": "one"},
    ]
    for body in names:
        assert await refused_with_state(house, COMMIT, body, form) == (ALREADY_COMMITTED, done)
        hint = (409, "Transaction already committed; use cancel_transaction")
        assert await refused_with_state(house, ROLL_BACK, body, form) == (hint, done)
    new_id = {"transaction_id": done["transaction_id"]}
    assert await house.done(CANCEL, new_id, form=form) == {**new_id, "balance": "0.00"}
    for body in names:
        code, state = await refused_with_state(house, CANCEL, body, form)
        asked = body.get("transaction_id", made["transaction_id"])
        assert (code, state) == (ALREADY_CANCELED, {"transaction_id": asked, "balance": "0.00"})
    assert await rows(house, made["transaction_id"]) == 3


async def test_commit_of_a_redemption_answers_its_own_id(house: House, form: str) -> None:
    await house.accrue("50")
    held = await house.redeem("20", is_temp=True, transaction_eid="one")
    assert held["balance"] == "30.00"
    assert await house.balance() == ("30.00", "50.00")
    assert await house.done(COMMIT, {"transaction_eid": "one"}, form=form) == held
    assert await house.balance() == ("30.00", "30.00")
    assert await refused_with_state(house, COMMIT, {"transaction_eid": "one"}, form) == (
        ALREADY_COMMITTED,
        held,
    )
    back = await house.done(CANCEL, {"transaction_id": held["transaction_id"]}, form=form)
    assert back == {**held, "balance": "50.00"}


async def test_roll_back(house: House, form: str) -> None:
    await house.accrue("50")
    for move in (house.accrue, house.redeem):
        made = await move("20", is_temp=True)
        by_id = {"transaction_id": made["transaction_id"]}
        done = {**by_id, "balance": "50.00"}
        assert await house.done(ROLL_BACK, by_id, form=form) == done
        assert await refused_with_state(house, ROLL_BACK, by_id, form) == (
            ALREADY_ROLLED_BACK,
            done,
        )
        assert await refused_with_state(house, COMMIT, by_id, form) == (ALREADY_ROLLED_BACK, done)
        assert await refused_with_state(house, CANCEL, by_id, form) == (ALREADY_CANCELED, done)
        assert await house.balance() == ("50.00", "50.00")


async def test_a_permanent_transaction_is_not_temporary(house: House, form: str) -> None:
    made = await house.accrue("50")
    undone = await house.done(CANCEL, {"transaction_id": made["transaction_id"]}, form=form)
    assert undone["balance"] == "0.00"
    spent = await house.accrue("60")
    cancel_row = write_transaction((read_transaction(made["transaction_id"]) or 0) + 1)
    for named in (spent["transaction_id"], cancel_row):
        for method in (COMMIT, ROLL_BACK):
            assert await house.refused(method, {"transaction_id": named}, form=form) == (
                409,
                "Transaction is not temporary",
            )


async def test_cancel_of_an_uncommitted_one_disarms_its_deadline(house: House, form: str) -> None:
    await house.accrue("50")
    held = await house.redeem("20", is_temp=True, temp_timeout_sec=60)
    by_id = {"transaction_id": held["transaction_id"]}
    assert (await house.done(CANCEL, by_id, form=form))["balance"] == "50.00"
    house.now += 61 * SECOND
    assert (await refused_with_state(house, CANCEL, by_id, form))[0] == ALREADY_CANCELED
    assert await rows(house, held["transaction_id"]) == 3


@pytest.mark.parametrize("worker", [False, True])
async def test_after_the_deadline(house: House, form: str, worker: bool) -> None:
    await house.accrue("50")
    held = await house.redeem("20", is_temp=True, temp_timeout_sec=60)
    by_id = {"transaction_id": held["transaction_id"]}
    house.now += 60 * SECOND
    if worker:
        account, _ = split_number(read_transaction(held["transaction_id"]) or 0)
        await house.ledger.settle([account])
    state = {**by_id, "balance": "50.00"}
    assert await refused_with_state(house, COMMIT, by_id, form) == (ALREADY_ROLLED_BACK, state)
    assert await refused_with_state(house, ROLL_BACK, by_id, form) == (ALREADY_ROLLED_BACK, state)
    assert await refused_with_state(house, CANCEL, by_id, form) == (ALREADY_CANCELED, state)


async def test_a_cancel_can_be_cancelled(house: House, form: str) -> None:
    await house.accrue("50")
    spent = await house.redeem("20")
    number = read_transaction(spent["transaction_id"]) or 0
    await house.done(CANCEL, {"transaction_id": spent["transaction_id"]}, form=form)
    wrong_click = {"transaction_id": write_transaction(number + 1)}
    assert await house.done(CANCEL, wrong_click, form=form) == {**wrong_click, "balance": "30.00"}
    assert (await refused_with_state(house, CANCEL, wrong_click, form))[0] == ALREADY_CANCELED
    again = await house.done(CANCEL, {"transaction_id": spent["transaction_id"]}, form=form)
    assert again["balance"] == "50.00"


async def test_what_the_clock_did_cannot_be_cancelled(house: House, form: str) -> None:
    rule = ExpiryRule(type=ExpiryType.ROLLING, period=Period(10, Unit.DAY))
    await house.set_terms(house.currency, Terms(expiry=rule))
    made = await house.accrue("50")
    house.now += 11 * DAY
    await house.accrue("1")
    expiry = write_transaction((read_transaction(made["transaction_id"]) or 0) + 1)
    text = (409, "Transaction cannot be canceled")
    assert await house.refused(CANCEL, {"transaction_id": expiry}, form=form) == text


async def test_the_cancel_window(house: House, form: str) -> None:
    await house.set_terms(house.currency, Terms(cancel_window_s=60))
    made = await house.accrue("50")
    house.now += 61 * SECOND
    by_id = {"transaction_id": made["transaction_id"]}
    text = (409, "Transaction cannot be canceled")
    assert await house.refused(CANCEL, by_id, form=form) == text


async def test_a_removed_member(house: House, form: str) -> None:
    await house.accrue("50")
    spent = await house.redeem("20")
    await house.call("loyalty/delete_member", house.who())
    by_id = {"transaction_id": spent["transaction_id"]}
    assert (await house.done(CANCEL, by_id, form=form))["balance"] == "50.00"
    assert await house.refused("loyalty/account/balance", house.who()) == (
        404,
        "Not found: member",
    )


async def test_twenty_cancels_at_once(house: House, form: str) -> None:
    made = await house.accrue("50")
    by_id = {"transaction_id": made["transaction_id"]}
    answers = await asyncio.gather(*(house.call(CANCEL, by_id, form=form) for _ in range(20)))
    assert sorted(str(answer["error"]) for answer in answers) == ["0"] + ["409"] * 19
    assert await rows(house, made["transaction_id"]) == 2


async def test_an_idempotency_key_replays(house: House, form: str) -> None:
    made = await house.accrue("50")
    by_id = {"transaction_id": made["transaction_id"]}
    first = await house.call(CANCEL, by_id, form=form, idempotency_key="k1")
    await house.accrue("7")
    assert await house.call(CANCEL, by_id, form=form, idempotency_key="k1") == first
    other = await house.accrue("8")
    body = {"transaction_id": other["transaction_id"]}
    assert await house.refused(CANCEL, body, form=form, idempotency_key="k1") == (
        409,
        "Idempotency key already used",
    )
