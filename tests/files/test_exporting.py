"""What is exported can be imported again: the same balances, lots and dates."""

from __future__ import annotations

import csv
import io
import json
import random
from typing import Any

import pytest

from stampbook.dialects.native.exports.rows import Export
from stampbook.dialects.native.exports.writing import written
from stampbook.dialects.native.wire.transactions import STATE_WORDS
from stampbook.domain.commands import Accrue, Cancel, Command, Hold, Note, Redeem
from stampbook.domain.model import FOREVER, State
from stampbook.domain.policy import SpentAccrual
from stampbook.files.kinds import Exported
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.programs import accounts, members
from stampbook.programs.policies import Terms
from stampbook.storage.store import Store
from tests.files.kit import NOW, TENANT, Shop, figures, opened_shop, refused

DAY = 86_400_000_000
LONG_S = 900_000

OF_THE_JOURNAL = (
    Exported.MEMBERS,
    Exported.LOTS,
    Exported.ACCOUNTS,
    Exported.TRANSACTIONS,
    Exported.POSTINGS,
)

MEMBERS = (
    "external_id,email,phone,name,status,created_at,card_number,currency,metadata.size\n"
    "1,Anna@example.org,+49 1,محمد,active,2020-01-01,C-1,points,L\n"
    "1,,,,,,C-2,points,\n"
    '2,,,"=1+1, ""x""",,,,,\n'
    ",boris@example.org,,'=text,active,,,,\n"
    ",,+49 2,Clara,active,,C-3,points,'L\n"
    "3,,,Idle,inactive,2021-01-01,,,\n"
)


async def exported(shop: Shop, kind: Exported, form: str = "csv", **bounds: Any) -> str:
    export = Export(shop.ledger, shop.program, shop.now, **bounds)
    return "".join([piece async for piece in written(export, kind, form)])


async def lively(shop: Shop) -> None:
    """Members, and a history with all that lots can be: pending, expired, spent, held, owed."""
    await shop.take(MEMBERS, "members")
    rows = "".join(
        f"{who},points,{n}.25\n" for n, who in enumerate(["1", "2", "1", "2", "1"], 1)
    )  # fmt: skip
    await shop.take(f"external_id,currency,amount\n{rows}", "balances")
    await shop.take(
        "email,card_number,currency,amount\n"
        "boris@example.org,,stamps,3\nanna@example.org,C-2,points,9\n",
        "balances",
    )
    chance = random.Random(5)
    accounts = list((await shop.people()).values())
    indebted = accounts[0]
    for made, account in enumerate(each for each in accounts for _ in range(12)):
        shop.now += DAY
        note = Note(external_id=f"t{made}", effective_at=shop.now - chance.randrange(DAY))
        expires_at = chance.choice([FOREVER, shop.now + chance.randrange(1, 90) * DAY])
        activates_at = chance.choice([None, None, shop.now + DAY // 2, FOREVER])
        wishes: list[Command] = [
            Accrue(chance.randrange(1, 500), activates_at=activates_at, note=note),
            Accrue(chance.randrange(1, 500), expires_at=expires_at, note=note),
            Redeem(chance.randrange(1, 300), note=note),
        ]
        command = chance.choice(wishes)
        done = await shop.ledger.submit(Submission(TENANT, account, (command,)))
        if isinstance(done, Done) and chance.random() < 0.2:
            await shop.ledger.submit(Submission(TENANT, account, (Cancel(done.transaction.seq),)))
    for account in accounts[1:]:  # what is held is exported as available, and would pay a debt
        await shop.ledger.submit(Submission(TENANT, account, (Hold(5),)))
    accrued = await shop.ledger.submit(Submission(TENANT, indebted, (Accrue(50_000),)))
    assert isinstance(accrued, Done)
    for command in (Redeem(40_000), Cancel(accrued.transaction.seq)):
        await shop.ledger.submit(Submission(TENANT, indebted, (command,)))


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_export_and_import_give_the_same(store: Store, form: str) -> None:
    async with opened_shop(store) as shop, opened_shop(store) as copy:
        await lively(shop)
        copy.now = shop.now
        said = {"format": form, "allow_negative": True}
        for kind in (Exported.MEMBERS, Exported.LOTS):
            report = await copy.take(await exported(shop, kind, form), kind.value, **said)
            assert refused(report) == [], await exported(shop, kind, form)
            assert report.run.created
        was, now = await shop.balances(), await copy.balances()
        assert min(was.values()) < 0 < max(was.values())
        assert {name: each for name, each in was.items() if each or name in now} == now
        members = await exported(copy, Exported.MEMBERS, form)
        assert members == await exported(shop, Exported.MEMBERS, form)
        lots = [without(row, "lot_id") for row in rows_of(await exported(copy, Exported.LOTS))]
        assert lots == [
            without(row, "lot_id") for row in rows_of(await exported(shop, Exported.LOTS))
        ]


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def without(row: dict[str, str], column: str) -> dict[str, str]:
    return {name: value for name, value in row.items() if name != column}


async def test_transactions_can_be_imported(store: Store) -> None:
    async with opened_shop(store) as shop, opened_shop(store) as copy:
        await shop.take("external_id,currency,amount\n1,points,100\n2,points,7\n", "balances")
        account = (await shop.people())["1 points"]
        for command in (Redeem(3_000, note=Note(external_id="r")), Cancel(2, 1_000), Redeem(50)):
            await shop.ledger.submit(Submission(TENANT, account, (command,)))
        text = await exported(shop, Exported.TRANSACTIONS)
        assert [row["cancels"] for row in rows_of(text)] == ["", "", "r", "", ""]
        assert figures(await copy.take(text, "transactions")) == (5, 0, 0)
        assert await copy.balances() == await shop.balances()


async def test_an_export_is_of_one_instant(store: Store) -> None:
    """What is recorded after it is not there, and what is due by then has happened."""
    async with opened_shop(store) as shop:
        rows = "external_id,currency,amount,expires_at\n1,points,5,2026-12-01\n1,points,2,\n"
        await shop.take(rows, "balances")
        shop.now += 30 * DAY
        export = Export(shop.ledger, shop.program, shop.now)
        shop.now += DAY
        await shop.take("external_id,currency,amount\n1,points,9\n", "balances")
        for kind, count in ((Exported.LOTS, 1), (Exported.TRANSACTIONS, 3), (Exported.ACCOUNTS, 1)):
            text = "".join([piece async for piece in written(export, kind, "csv")])
            assert len(rows_of(text)) == count, text
        assert rows_of(text)[0]["total"] == "2.00"


async def test_bounds_are_of_when_rows_were_recorded(store: Store) -> None:
    async with opened_shop(store) as shop:
        for _ in range(3):
            await shop.take(f"external_id,currency,amount\n1,points,{1 + _}\n", "balances")
            shop.now += DAY
        found = await exported(shop, Exported.TRANSACTIONS, since=NOW + DAY, until=NOW + 2 * DAY)
        assert [row["amount"] for row in rows_of(found)] == ["2.00"]
        assert await exported(shop, Exported.POSTINGS, since=NOW + 3 * DAY) == (
            "account_id,transaction_id,at,currency,lot_id,from,to,amount\n"
        )


async def test_postings_have_the_words_of_the_api(store: Store) -> None:
    """What the policy `clamp` leaves attached to a dead lot is called the same in both."""
    async with opened_shop(store, Terms(spent_accrual=SpentAccrual.CLAMP)) as shop:
        await shop.take("external_id,currency,amount\n1,points,9\n", "balances")
        account = next(iter((await shop.people()).values()))
        for command in (Redeem(500), Cancel(1)):
            await shop.ledger.submit(Submission(TENANT, account, (command,)))
        found = rows_of(await exported(shop, Exported.POSTINGS))
        words = {row[name] for row in found for name in ("from", "to")}
        assert "doomed" in words
        assert words <= set(STATE_WORDS)


async def test_postings_and_audit(store: Store) -> None:
    async with opened_shop(store) as shop:
        await shop.take("external_id,currency,amount\n1,points,9\n", "balances")
        postings = [
            json.loads(line)
            for line in (await exported(shop, Exported.POSTINGS, "jsonl")).splitlines()
        ]
        assert [(row["from"], row["to"], row["amount"]) for row in postings] == [
            ("outside", "available", "9.00")
        ]
        audit = rows_of(await exported(shop, Exported.AUDIT))
        assert {"import.started", "import.finished"} <= {row["action"] for row in audit}


async def test_what_a_hold_lacks_is_no_deficit_elsewhere(store: Store) -> None:
    """Holds stay behind; so each account's lots add up to its total."""
    async with opened_shop(store, Terms(overdraft=100)) as shop, opened_shop(store) as copy:
        rows = "".join(f"{who},points,0.60\n" for who in (1, 2, 3))
        await shop.take(f"external_id,currency,amount\n{rows}", "balances")
        held, owing, both = (await shop.people()).values()
        for account, commands in (
            (held, (Hold(100),)),
            (owing, (Redeem(100),)),
            (both, (Redeem(80), Hold(50))),
        ):
            for command in commands:
                done = await shop.ledger.submit(Submission(TENANT, account, (command,)))
                assert isinstance(done, Done)
        copy.now = shop.now
        await copy.take(await exported(shop, Exported.LOTS), allow_negative=True)
        assert await copy.balances() == await shop.balances()
        assert sorted((await copy.balances()).values()) == [-40, -20, 60]


async def test_what_waits_for_an_event_or_a_commit(store: Store) -> None:
    """It is pending elsewhere, also where its expiry has passed or it has a date beside."""
    async with opened_shop(store) as shop, opened_shop(store) as copy:
        await shop.take("external_id,currency,amount\n1,points,1\n2,points,1\n", "balances")
        waiting, others = (await shop.people()).values()
        later = shop.now + 9 * DAY
        for account, command in (
            (waiting, Accrue(200, activates_at=FOREVER, expires_at=shop.now + DAY)),
            (waiting, Accrue(300, temporary=True, timeout_s=LONG_S, expires_at=shop.now + DAY)),
            (waiting, Accrue(400, temporary=True, timeout_s=LONG_S, activates_at=later)),
            (others, Accrue(500, activates_at=later)),
            (others, Accrue(600, expires_at=shop.now + DAY)),
            (others, Hold(600, timeout_s=LONG_S)),
        ):
            await shop.ledger.submit(Submission(TENANT, account, (command,)))
        shop.now += 2 * DAY - 1
        copy.now = shop.now
        rows = rows_of(await exported(shop, Exported.LOTS))
        never = {row["amount"] for row in rows if row["activates_at"] == "never"}
        assert never == {"2.00", "3.00", "4.00"}
        report = await copy.take(await exported(shop, Exported.LOTS))
        assert refused(report) == []
        assert list((await copy.balances()).values()) == [1_000, 600]
        copy.now += 30 * DAY
        active_and_pending = []
        for account in (await copy.people()).values():
            balance = await copy.ledger.balance(account, tenant=TENANT)
            assert balance is not None
            active_and_pending.append((balance[0].active, balance[0].split[State.PENDING]))
        assert active_and_pending == [(100, 900), (600, 0)]


async def test_the_journal_of_who_is_gone_is_exported(store: Store) -> None:
    """Accounts, transactions and postings are all that reports count; members and lots are those
    that can move elsewhere."""
    async with opened_shop(store) as shop:
        await shop.take("external_id,currency,amount\n1,points,9\n2,points,7\n", "balances")
        gone = next(iter((await shop.people()).values()))
        account = await accounts.get(store, gone, tenant=TENANT)
        assert account is not None
        async with store.transaction() as writing:
            await members.delete(writing, account.member_id, tenant=TENANT, now=shop.now)
        counts = {kind: len(rows_of(await exported(shop, kind))) for kind in OF_THE_JOURNAL}
        assert counts == {
            Exported.MEMBERS: 1,
            Exported.LOTS: 1,
            Exported.ACCOUNTS: 2,
            Exported.TRANSACTIONS: 2,
            Exported.POSTINGS: 2,
        }
