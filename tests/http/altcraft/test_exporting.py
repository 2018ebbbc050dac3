"""Exports: the task, its progress, the file, and what happens when the job is interrupted."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from ipaddress import ip_network
from typing import Any

import pytest

from stampbook.dialects import instants
from stampbook.dialects.altcraft.exports import job, table
from stampbook.dialects.altcraft.exports.table import KEPT_US
from stampbook.dialects.altcraft.rows import COLUMNS
from stampbook.domain.policy import SpentAccrual
from stampbook.edge.bounds.reached import DIRECTLY, Reached
from stampbook.programs.policies import Terms
from tests.files.kit import figures, opened_shop, refused
from tests.http.altcraft.house import DAY, SECOND, START, House, Json

EXPORT = "loyalty/transactions_export"
STATUS = "loyalty/transactions_export_status"


async def ask(house: House, form: str = "json", **more: Any) -> str:
    body = {
        "loyalty_program_id": house.program.program_id,
        "points_currency_iid": house.currency.currency_id,
        "date_from": instants.write(START - 9 * DAY),
        "date_to": instants.write(START + 9 * DAY),
        **more,
    }
    return str((await house.done(EXPORT, body, form=form))["task_id"])


async def status(house: House, task: str, **more: Any) -> Json:
    return await house.done(STATUS, {"task_id": task}, **more)


async def fetched(house: House, task: str) -> list[dict[str, str]]:
    """The lines of a task that is run to its end."""
    await house.context.jobs.finish()
    done = await status(house, task)
    assert done["status"] == "done"
    answer = await house.client.get(done["url"])
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    assert len(lines) == done["lines"]
    return lines


async def test_a_file_has_no_formulas(house: House) -> None:
    await house.set_terms(house.currency, Terms(spent_accrual=SpentAccrual.DEBT))
    await house.new_member()
    evil = '=HYPERLINK("http://example.org","click")'
    earned = await house.accrue("10", transaction_eid=evil)
    await house.redeem("10", transaction_eid="+1|cmd")
    await house.done("loyalty/cancel_transaction", {"transaction_id": earned["transaction_id"]})
    rows = await fetched(house, await ask(house))
    assert [row["transaction_eid"] for row in rows] == [f"'{evil}", "'+1|cmd", ""]
    assert rows[-1]["balance_after"] == "-10.00"


async def test_an_export_can_be_imported(house: House) -> None:
    """What Altcraft's file of a lively account says comes to the same balance elsewhere."""
    await house.new_member()
    who = house.who()

    async def act(method: str, **fields: Any) -> str:
        answer = await house.done(f"loyalty/{method}", {**who, **fields})
        return str(answer["transaction_id"])

    async def end(method: str, number: str) -> str:
        answer = await house.done(f"loyalty/{method}_transaction", {"transaction_id": number})
        return str(answer["transaction_id"])

    await act("accrue_points", amount="100", expiration_date=instants.write(START + DAY))
    await act("accrue_points", amount="50.5")
    await end("cancel", await act("redeem_points", amount="30"))
    await act("redeem_points", amount="60")
    house.now += 2 * DAY
    await end("commit", await act("accrue_points", amount="9", is_temp=True))
    await end("rollback", await act("accrue_points", amount="7", is_temp=True))
    await end("rollback", await act("redeem_points", amount="5", is_temp=True))
    await end("commit", await act("redeem_points", amount="2", is_temp=True))
    await end("cancel", await end("commit", await act("accrue_points", amount="3", is_temp=True)))
    twice = await act("accrue_points", amount="6", is_temp=True)
    await end("commit", twice)
    await end("cancel", twice)
    await act("accrue_points", amount="4", activation_date=instants.write(START + 9 * DAY))
    balance = await house.done("loyalty/account/balance", who)
    task = await ask(house)
    await house.context.jobs.finish()
    content = (await house.client.get((await status(house, task))["url"])).content
    async with opened_shop(house.store) as shop:
        shop.now = house.now
        async with house.store.transaction() as writing:
            stamps = shop.currencies["stamps"]
            await writing.execute("DELETE FROM currencies WHERE currency_id = $1", stamps)
        report = await shop.take(content, "transactions", format="altcraft")
        assert refused(report) == [], content.decode()
        assert report.run.unchanged == 8, content.decode()
        (total,) = (await shop.balances()).values()
        assert total == 100 * Decimal(balance["total_balance"])
        assert figures(await shop.take(content, "transactions", format="altcraft"))[0] == 0


async def people(house: House, *emails: str) -> None:
    for email in emails:
        member = await house.new_member(email)
        who = house.who(email)
        await house.done("loyalty/accrue_points", {**who, "amount": "10"})
        await house.done(
            "loyalty/redeem_points",
            {**who, "amount": "4", "transaction_eid": f'{email} "quoted", r\nn', "is_temp": True},
        )
        assert member.member_id


async def test_an_export(house: House, form: str) -> None:
    await people(house, "a@example.com", "b@example.com")
    task = await ask(house, form)
    assert re.fullmatch("task_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", task)
    pending = await status(house, task, form=form)
    assert (pending["task_id"], pending["status"] in ("pending", "done")) == (task, True)
    lines = await fetched(house, task)
    assert tuple(lines[0]) == ("profile_id", "points_currency_iid", *COLUMNS)
    assert [line["transaction_id"] for line in lines] == sorted(
        line["transaction_id"] for line in lines
    )
    listed = (
        await house.call(
            "loyalty/account/transactions",
            {**house.who("b@example.com"), "points_currency_eid": "points"},
        )
    )["data"]
    for line, row in zip(lines[2:], listed, strict=True):
        flags = {True: "true", False: "false", None: ""}
        assert {name: line[name] for name in COLUMNS} == {
            name: flags.get(value, str(value)) for name, value in row.items()
        }
    assert lines[2]["profile_id"] == f"{2:024x}"


async def test_the_file_is_as_rfc_4180_says(house: House) -> None:
    await people(house, "a@example.com")
    task = await ask(house)
    await house.context.jobs.finish()
    content = (await house.client.get((await status(house, task))["url"])).content
    head, _, rest = content.partition(b"\r\n")
    assert head == ",".join(("profile_id", "points_currency_iid", *COLUMNS)).encode()
    assert b'"a@example.com ""quoted"", r\nn"' in rest
    assert rest.endswith(b"\r\n")


async def test_an_empty_export_is_a_header(house: House) -> None:
    assert await fetched(house, await ask(house)) == []


async def test_dates_and_place(house: House) -> None:
    await house.new_member()
    first = await house.accrue("1", created_at=instants.write(START - DAY))
    house.now += SECOND // 2
    second = await house.accrue("2")
    house.now += DAY
    third = await house.accrue("3")
    ids = [each["transaction_id"] for each in (first, second, third)]

    async def found(**more: Any) -> list[str]:
        return [line["transaction_id"] for line in await fetched(house, await ask(house, **more))]

    start = instants.write(START)
    assert await found() == ids
    assert await found(date_from=start) == ids[1:]
    assert await found(date_from=start, date_to=start) == ids[1:2]
    assert await found(date_to=instants.write(START - DAY)) == ids[:1]
    assert await found(from_id=ids[0]) == ids[1:]
    assert await found(from_id=ids[2]) == []


async def test_what_is_due_is_in_it(house: House) -> None:
    await house.new_member()
    await house.accrue("1", expiration_date=instants.write(START + DAY))
    house.now += 2 * DAY
    lines = await fetched(house, await ask(house))
    assert [line["transaction_type"] for line in lines] == ["accrual", "expiration"]


async def test_only_that_currency(house: House) -> None:
    await people(house, "a@example.com")
    other = await house.new_currency(house.program, "Stars")
    await house.accrue("7", points_currency_eid="stars")
    lines = await fetched(house, await ask(house, points_currency_iid=other.currency_id))
    assert [line["points_currency_iid"] for line in lines] == [str(other.currency_id)]


async def test_many_parts(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "PART_LINES", 3)
    monkeypatch.setattr(job, "PART_ACCOUNTS", 2)
    monkeypatch.setattr(job, "JOURNAL_PAGE", 2)
    await people(house, *(f"{name}@example.com" for name in "abcde"))
    for _ in range(5):
        await house.accrue("1")
    task = await ask(house)
    lines = await fetched(house, task)
    assert len(lines) == 15
    ids = [line["transaction_id"] for line in lines]
    assert ids == sorted(set(ids))
    (row,) = await house.store.fetch("SELECT parts FROM altcraft_exports")
    assert row["parts"] > 3


async def test_an_interrupted_job_goes_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "PART_LINES", 2)
    monkeypatch.setattr(job, "PART_ACCOUNTS", 1)
    monkeypatch.setattr(job, "JOURNAL_PAGE", 2)
    await people(house, *(f"{name}@example.com" for name in "abc"))
    task = await ask(house)
    await house.context.jobs.stop()
    assert (await status_row(house))["status"] == "pending"
    # Whoever died with the task in hand: another one may take it when the claim has run out.
    claimed = await table.claim(house.store, task, now=house.now)
    assert claimed is not None
    assert await table.claim(house.store, task, now=house.now) is None
    gathered = await table.add_part(house.store, claimed, "", lines=0, position=0, now=house.now)
    assert gathered is not None
    stale = await table.add_part(house.store, claimed, "twice", lines=1, position=0, now=house.now)
    assert stale is None
    await status(house, task)
    await house.context.jobs.finish()
    assert (await status_row(house))["status"] == "pending"
    house.now += 61 * SECOND
    await status(house, task)
    await house.context.jobs.finish()
    assert (await status_row(house))["status"] == "done"


async def status_row(house: House) -> Any:
    (row,) = await house.store.fetch("SELECT status FROM altcraft_exports")
    return row


async def test_a_job_that_fails_says_so(house: House, caplog: pytest.LogCaptureFixture) -> None:
    task = await ask(house)
    await house.context.jobs.stop()
    await house.store.execute("UPDATE programs SET deleted_at = $1", house.now)
    await status(house, task)
    await house.context.jobs.finish()
    failed = await status(house, task)
    assert (failed["status"], failed["url"]) == ("failed", None)
    assert f"export {task} failed" in caplog.text


async def test_who_may_see_it(house: House, form: str) -> None:
    task = await ask(house)
    await house.context.jobs.finish()
    url = (await status(house, task))["url"]
    await house.store.execute("INSERT INTO tenants (name, created_at) VALUES ('other', 0)")
    other = await house.new_program("Other")
    await house.new_key("stranger", "read", tenant=2)
    await house.new_key("elsewhere", "read", program=other.program_id)
    for token in ("stranger", "elsewhere"):
        assert await house.refused(STATUS, {"task_id": task}, form=form, token=token) == (
            404,
            "Not found: task",
        )
    assert await house.refused(STATUS, {"task_id": "task_no"}, form=form) == (
        404,
        "Not found: task",
    )
    assert (await house.client.get(url[:-1])).status_code == 404
    assert (await house.client.get(url)).status_code == 200
    await house.store.execute("UPDATE api_keys SET revoked_at = $1", house.now)
    answer = await house.client.get(url)
    assert (answer.status_code, answer.json()["error"]) == (404, 404)


async def test_files_are_kept_for_a_week(house: House) -> None:
    task = await ask(house)
    await house.context.jobs.finish()
    url = (await status(house, task))["url"]
    house.now += KEPT_US + 1
    assert (await house.client.get(url)).status_code == 404
    await ask(house)
    assert await house.refused(STATUS, {"task_id": task}) == (404, "Not found: task")


async def test_not_too_many_at_once(house: House, form: str) -> None:
    task = await ask(house)
    await house.context.jobs.finish()
    await house.store.execute("UPDATE altcraft_exports SET status = 'pending', claimed_until = $1",
                              house.now + DAY)  # fmt: skip
    for _ in range(table.MAX_PENDING - 1):
        await ask(house)
        await house.context.jobs.stop()
    await house.store.execute("UPDATE altcraft_exports SET status = 'pending'")
    body = {
        **house.who(),
        "points_currency_eid": "points",
        "date_from": instants.write(START),
        "date_to": instants.write(START),
    }
    answer = await house.post(f"{EXPORT}?format=json", json.dumps(body).encode())
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["error_text"] == "Too many requests"
    assert task


@pytest.mark.parametrize("from_id", ["TRANS12345", "00000000-0800-8009-8000-000000000000"])
async def test_from_id_must_exist(house: House, form: str, from_id: str) -> None:
    body = {
        **house.who(),
        "points_currency_eid": "points",
        "date_from": instants.write(START),
        "date_to": instants.write(START),
        "from_id": from_id,
    }
    assert await house.refused(EXPORT, body, form=form) == (404, "Not found: transaction")


async def test_an_idempotency_key(house: House, form: str) -> None:
    body = {
        **house.who(),
        "points_currency_eid": "points",
        "date_from": instants.write(START),
        "date_to": instants.write(START),
    }
    tasks = {
        (await house.done(EXPORT, body, form=each, idempotency_key="k"))["task_id"]
        for each in ("json", "xml", form)
    }
    assert len(tasks) == 1
    other = {**body, "date_to": instants.write(START + DAY)}
    assert await house.refused(EXPORT, other, form=form, idempotency_key="k") == (
        409,
        "Idempotency key already used",
    )


NEAR = Reached((ip_network("127.0.0.1"),))
PUBLIC = Reached(public_url="https://points.example/shop")


@pytest.mark.parametrize(
    ("reached", "named", "origin"),
    [
        (DIRECTLY, "https", "http://stampbook.test"),
        (NEAR, "https", "https://stampbook.test"),
        (NEAR, "http", "http://stampbook.test"),
        (NEAR, "x", "http://stampbook.test"),
        (PUBLIC, "http", "https://points.example/shop"),
    ],
)
async def test_the_link_has_the_public_address_or_what_a_trusted_proxy_names(
    house: House, reached: Reached, named: str, origin: str
) -> None:
    house.edge.reached = reached
    task = await ask(house)
    await house.context.jobs.finish()
    asked = {"task_id": task}
    found = await house.done("loyalty/transactions_export_status", asked, x_forwarded_proto=named)
    assert found["url"].startswith(f"{origin}/api/")
