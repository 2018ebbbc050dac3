"""Programs, currencies, members, accounts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.native.asking import START, Api, Clock, fine, made, refused


async def test_a_program_needs_a_name_only(api: Api) -> None:
    program = made(await api.post("/programs", {"name": "Bonus"}))
    assert program.pop("id").startswith("prg_")
    assert program == {
        "name": "Bonus",
        "timezone": "UTC",
        "status": "active",
        "starts_at": None,
        "ends_at": None,
        "metadata": {},
        "created_at": START,
        "updated_at": START,
        "phone_region": None,
    }


async def test_a_program_is_read_changed_and_listed(api: Api, clock: Clock) -> None:
    program = await api.program(metadata={"shop": [1, {"a": None}]}, timezone="Europe/Berlin")
    clock.advance(days=1)
    change = {"status": "inactive", "ends_at": "2027-01-01T00:00:00+01:00"}
    changed = fine(await api.patch(f"/programs/{program['id']}", change))
    assert changed == {
        **program,
        "status": "inactive",
        "ends_at": "2026-12-31T23:00:00Z",
        "updated_at": clock.text(),
    }
    assert fine(await api.get(f"/programs/{program['id']}")) == changed
    assert fine(await api.get("/programs")) == {"data": [changed], "next_cursor": None}
    never = fine(await api.patch(f"/programs/{program['id']}", {"ends_at": "9999-12-31T23:59:59Z"}))
    assert never["ends_at"] is None
    back = fine(await api.patch(f"/programs/{program['id']}", {"ends_at": None}))
    assert back["ends_at"] is None
    assert fine(await api.patch(f"/programs/{program['id']}", {})) == back


async def test_lists_come_in_pages(api: Api) -> None:
    names = [(await api.program(name=f"Program {number}"))["name"] for number in range(5)]
    first = fine(await api.get("/programs", limit=2))
    second = fine(await api.get("/programs", limit=2, cursor=first["next_cursor"]))
    third = fine(await api.get("/programs", limit=2, cursor=second["next_cursor"]))
    pages = [each["name"] for page in (first, second, third) for each in page["data"]]
    assert pages == names
    assert third["next_cursor"] is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": 7}, "/name"),
        ({"name": "x" * 256}, "/name"),
        ({"name": "x", "timezone": "Mars/Olympus"}, "/timezone"),
        ({"name": "x", "timezone": "../../etc/passwd"}, "/timezone"),
        ({"name": "x", "status": "asleep"}, "/status"),
        ({"name": "x", "starts_at": "tomorrow"}, "/starts_at"),
        ({"name": "x", "starts_at": 1}, "/starts_at"),
        (
            {"name": "x", "starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"},
            "/ends_at",
        ),
        ({"name": "x", "metadata": []}, "/metadata"),
        ({"name": "x", "metadata": {"a": "x" * 70_000}}, "/metadata"),
        ({"name": "x", "colour": "red"}, "/colour"),
        ({"name": "x", "a/b~c": 1}, "/a~1b~0c"),
    ],
)
async def test_what_a_program_cannot_be(api: Api, body: Any, pointer: str) -> None:
    refused(await api.post("/programs", body), 422, "invalid_request", pointer)


async def test_dates_of_a_program_are_checked_against_each_other_in_a_change(api: Api) -> None:
    program = await api.program(ends_at="2027-01-01T00:00:00Z")
    change = {"starts_at": "2028-01-01T00:00:00Z"}
    refused(await api.patch(f"/programs/{program['id']}", change), 422, "invalid_request")
    assert fine(await api.get(f"/programs/{program['id']}")) == program


async def test_a_currency_needs_a_name_only(api: Api) -> None:
    program = await api.program()
    path = f"/programs/{program['id']}/currencies"
    currency = made(await api.post(path, {"name": "Gold Stars!"}))
    assert currency.pop("id").startswith("cur_")
    assert currency == {
        "program_id": program["id"],
        "name": "Gold Stars!",
        "code": "gold_stars",
        "scale": 0,
        "pending": {"type": "immediate"},
        "expiry": {"type": "none"},
        "spent_accrual": "debt",
        "expired_restore": "expire",
        "grace": None,
        "cancel_window": None,
        "overdraft": "0",
        "temporary_timeout_s": 86_400,
        "exchange": None,
        "return_spent": "proportional",
        "approval_above": None,
        "unit_value": None,
        "initial_balance": "0",
        "backdating": False,
        "earning_limits": {"per_transaction": None, "balance": None, "period": None},
        "spending_limits": {"per_transaction": None, "lifetime": None, "period": None},
        "metadata": {},
        "created_at": START,
        "updated_at": START,
    }
    again = made(await api.post(path, {"name": "Gold Stars?"}))
    assert again["code"] == "gold_stars_2"


DAYS = {"value": 10, "unit": "day"}


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ({"pending": "immediate"}, {"pending": {"type": "immediate"}}),
        ({"expiry": "none"}, {"expiry": {"type": "none"}}),
        (
            {"pending": {"type": "period", "period": DAYS}},
            {"pending": {"type": "period", "period": DAYS, "whole_days": False}},
        ),
        (
            {"pending": {"type": "fixed_dates", "dates": [{"month": 7, "day": 1}]}},
            {"pending": {"type": "fixed_dates", "dates": [{"month": 7, "day": 1}]}},
        ),
        (
            {"pending": {"type": "event", "event_types": ["stay"], "cancel_period": DAYS}},
            {"pending": {"type": "event", "event_types": ["stay"], "cancel_period": DAYS}},
        ),
        (
            {"expiry": {"type": "rolling", "period": DAYS, "rounding": "end_of_month"}},
            {
                "expiry": {
                    "type": "rolling",
                    "period": DAYS,
                    "counts_from": "activation",
                    "rounding": "end_of_month",
                    "rounding_month": 12,
                }
            },
        ),
        (
            {"expiry": {"type": "calendar", "dates": [{"month": 12, "day": 31}]}},
            {
                "expiry": {
                    "type": "calendar",
                    "dates": [{"month": 12, "day": 31}],
                    "counts_from": "activation",
                }
            },
        ),
        ({"grace": 3_600, "expired_restore": "grace"}, {"grace": 3_600}),
        ({"grace": {"value": 2, "unit": "hour"}}, {"grace": 7_200}),
        ({"cancel_window": DAYS}, {"cancel_window": 864_000}),
        ({"overdraft": "12.5", "scale": 2}, {"overdraft": "12.50"}),
        ({"spent_accrual": "clamp"}, {"spent_accrual": "clamp"}),
        ({"temporary_timeout_s": 60}, {"temporary_timeout_s": 60}),
    ],
)
async def test_policies_of_a_currency(api: Api, sent: Any, answered: Any) -> None:
    program = await api.program()
    currency = await api.currency(program["id"], **sent)
    assert {name: currency[name] for name in answered} == answered
    assert fine(await api.get(f"/currencies/{currency['id']}")) == currency


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"scale": 7}, "/scale"),
        ({"scale": "2"}, "/scale"),
        ({"code": "no blanks"}, "/code"),
        ({"pending": "someday"}, "/pending"),
        ({"pending": {"type": "period"}}, "/pending/period"),
        ({"pending": {"type": "period", "period": {"value": 0, "unit": "day"}}},
         "/pending/period/value"),
        ({"pending": {"type": "period", "period": {"value": 1, "unit": "blink"}}},
         "/pending/period/unit"),
        ({"pending": {"type": "period", "period": {"value": 101, "unit": "year"}}},
         "/pending/period"),
        ({"pending": {"type": "fixed_dates", "dates": []}}, "/pending/dates"),
        ({"pending": {"type": "fixed_dates", "dates": [{"month": 13, "day": 1}]}},
         "/pending/dates/0/month"),
        ({"expiry": {"type": "rolling", "period": DAYS, "speed": 1}}, "/expiry/speed"),
        ({"spent_accrual": "forgive"}, "/spent_accrual"),
        ({"expired_restore": "grace"}, "/grace"),
        ({"grace": -1}, "/grace"),
        ({"grace": {"value": 1, "unit": "month"}}, "/grace"),
        ({"cancel_window": 10**30}, "/cancel_window"),
        ({"overdraft": "-1"}, "/overdraft"),
        ({"overdraft": "0.001"}, "/overdraft"),
        ({"temporary_timeout_s": 0}, "/temporary_timeout_s"),
    ],
)  # fmt: skip
async def test_what_a_currency_cannot_be(api: Api, fields: Any, pointer: str) -> None:
    program = await api.program()
    body = {"name": "Points", **fields}
    answer = await api.post(f"/programs/{program['id']}/currencies", body)
    refused(answer, 422, "invalid_request", pointer)


async def test_a_currency_changes_but_for_its_scale(api: Api) -> None:
    program = await api.program()
    currency = await api.currency(program["id"], code="pts")
    path = f"/currencies/{currency['id']}"
    changed = fine(await api.patch(path, {"name": "Coins", "overdraft": 5, "metadata": {"a": 1}}))
    assert changed == {**currency, "name": "Coins", "overdraft": "5.00", "metadata": {"a": 1}}
    refused(await api.patch(path, {"scale": 3}), 422, "invalid_request", "/scale")
    assert fine(await api.patch(path, {"scale": 2}))["scale"] == 2
    await api.currency(program["id"], code="other")
    refused(await api.patch(path, {"code": "other"}), 409, "conflict", "/code")
    twice = {"name": "x", "code": "pts"}
    answer = await api.post(f"/programs/{program['id']}/currencies", twice)
    refused(answer, 409, "conflict", "/code")
    listed = fine(await api.get(f"/programs/{program['id']}/currencies"))["data"]
    assert [each["code"] for each in listed] == ["pts", "other"]


async def test_a_change_of_policy_holds_for_what_happens_then(api: Api, clock: Clock) -> None:
    account = await api.account()
    before = await api.accrue(account, "1")
    currency = (await api.balance(account))["currency_id"]
    expiry = {"type": "rolling", "period": DAYS}
    fine(await api.patch(f"/currencies/{currency}", {"expiry": expiry}))
    after = await api.accrue(account, "1")
    assert before["allocations"][0]["expires_at"] is None
    assert after["allocations"][0]["expires_at"] == clock.text(days=10)


async def test_a_member_needs_nothing(api: Api) -> None:
    program = await api.program()
    member = made(await api.post(f"/programs/{program['id']}/members"))
    assert member.pop("id").startswith("mbr_")
    assert member == {
        "program_id": program["id"],
        "external_id": None,
        "email": None,
        "phone": None,
        "name": None,
        "metadata": {},
        "status": "active",
        "created_at": START,
        "updated_at": START,
    }


async def test_members_are_found(api: Api) -> None:
    program = (await api.program())["id"]
    anna = await api.member(program, external_id="A-1", email="Anna@Shop.example", name="Anna_%")
    bert = await api.member(program, phone="+49 (30) 123-45", name="Bert", email="b@shop.example")
    path = f"/programs/{program}/members"

    async def found(**params: str) -> list[Any]:
        return [each["id"] for each in fine(await api.get(path, **params))["data"]]

    assert await found() == [anna["id"], bert["id"]]
    assert await found(external_id="A-1") == [anna["id"]]
    assert await found(external_id="a-1") == []
    assert await found(email="anna@SHOP.example") == [anna["id"]]
    assert await found(phone="493012345") == [bert["id"]]
    assert await found(phone="493012345", email="anna@shop.example") == []
    assert await found(email="") == []
    assert await found(q="shop.EXAMPLE") == [anna["id"], bert["id"]]
    assert await found(q="12345") == [bert["id"]]
    assert await found(q="_%") == [anna["id"]]
    assert await found(q="bert") == [bert["id"]]
    assert await found(q="nobody") == []
    refused(await api.get(path, q="x", email="y"), 422, "invalid_request", "q")


async def test_an_external_id_belongs_to_one_member(api: Api) -> None:
    program = (await api.program())["id"]
    first = await api.member(program, external_id="A")
    path = f"/programs/{program}/members"
    refused(await api.post(path, {"external_id": "A"}), 409, "member_exists", "/external_id")
    other = await api.member(program, external_id="B")
    taken = await api.patch(f"/members/{other['id']}", {"external_id": "A"})
    refused(taken, 409, "member_exists", "/external_id")
    elsewhere = await api.program()
    await api.member(elsewhere["id"], external_id="A")
    fine(await api.delete(f"/members/{first['id']}"))
    await api.member(program, external_id="A")


async def test_a_member_changes(api: Api, clock: Clock) -> None:
    program = (await api.program())["id"]
    member = await api.member(program, email="old@shop.example", name="Anna")
    clock.advance(seconds=1)
    change = {"email": "new@shop.example", "name": None, "metadata": {"vip": True}}
    changed = fine(await api.patch(f"/members/{member['id']}", change))
    assert changed == {**member, **change, "updated_at": clock.text()}
    assert fine(await api.get(f"/members/{member['id']}")) == changed
    path = f"/programs/{program}/members"
    assert fine(await api.get(path, email="old@shop.example"))["data"] == []
    refused(
        await api.patch(f"/members/{member['id']}", {"status": "deleted"}),
        422,
        "invalid_request",
        "/status",
    )


async def test_an_inactive_member_moves_nothing_until_active_again(api: Api) -> None:
    account = await api.account()
    await api.accrue(account, "5")
    member = fine(await api.get(f"/accounts/{account}"))["member_id"]
    fine(await api.patch(f"/members/{member}", {"status": "inactive"}))
    assert fine(await api.get(f"/accounts/{account}"))["status"] == "member_inactive"
    refused(await api.move(account, "redeem", "1"), 409, "member_inactive")
    fine(await api.patch(f"/members/{member}", {"status": "active"}))
    await api.redeem(account, "1")


async def test_a_member_leaves_and_everything_stays(api: Api) -> None:
    account = await api.account()
    accrual = await api.accrue(account, "5")
    member = fine(await api.get(f"/accounts/{account}"))["member_id"]
    gone = fine(await api.delete(f"/members/{member}"))
    assert gone["status"] == "deleted"
    refused(await api.get(f"/members/{member}"), 404, "not_found")
    refused(await api.delete(f"/members/{member}"), 404, "not_found")
    refused(await api.patch(f"/members/{member}", {"name": "x"}), 404, "not_found")
    accounts = fine(await api.get(f"/members/{member}/accounts"))["data"]
    assert [each["status"] for each in accounts] == ["closed"]
    refused(await api.move(account, "accrue", "1"), 409, "account_closed")
    fine(await api.cancel(accrual["id"]))
    assert (await api.balance(account))["active"] == "0.00"
    assert fine(await api.get(f"/accounts/{account}"))["status"] == "closed"


async def test_an_inactive_program_moves_nothing(api: Api) -> None:
    account = await api.account()
    accrual = await api.accrue(account, "5")
    program = fine(await api.get(f"/accounts/{account}"))["program_id"]
    fine(await api.patch(f"/programs/{program}", {"status": "inactive"}))
    refused(await api.move(account, "accrue", "1"), 409, "program_inactive")
    fine(await api.cancel(accrual["id"]))


async def test_accounts(api: Api) -> None:
    program = (await api.program())["id"]
    currency, member = await api.currency(program), await api.member(program)
    body = {"member_id": member["id"], "currency_id": currency["id"], "number": "4711"}
    account = made(await api.post("/accounts", body))
    assert account.pop("id").startswith("acc_")
    assert account == {
        "program_id": program,
        "member_id": member["id"],
        "currency_id": currency["id"],
        "number": "4711",
        "primary": True,
        "status": "open",
        "created_at": START,
    }
    refused(await api.post("/accounts", body), 409, "conflict", "/number")
    second = made(await api.post("/accounts", {**body, "number": None}))
    assert second["primary"] is False
    listed = fine(await api.get(f"/members/{member['id']}/accounts"))["data"]
    assert [each["primary"] for each in listed] == [True, False]
    assert fine(await api.get(f"/accounts/{second['id']}")) == second


async def test_an_account_joins_a_member_and_a_currency_of_one_program(api: Api) -> None:
    here, there = await api.program(), await api.program()
    member, currency = await api.member(here["id"]), await api.currency(there["id"])
    body = {"member_id": member["id"], "currency_id": currency["id"]}
    refused(await api.post("/accounts", body), 404, "not_found")
    refused(await api.post("/accounts", {**body, "member_id": "mbr_zz"}), 404, "not_found")
    refused(await api.post("/accounts", {"member_id": member["id"]}), 422, "invalid_request",
            "/currency_id")  # fmt: skip
