"""Files that other vendors' systems export: each row once, and what they say of points is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stampbook.files.reading.faults import Unusable
from stampbook.storage.store import Store
from tests.files.kit import NOW, Shop, figures, opened_shop, refused
from tests.files.test_importing import Killed, die

DAY = 86_400_000_000
ONLY = "points"


async def alone(shop: Shop) -> None:
    """The program has one currency, as when a vendor's program is moved."""
    async with shop.store.transaction() as writing:
        await writing.execute("DELETE FROM currencies WHERE code = 'stamps'")


async def take(shop: Shop, content: str, kind: str, form: str, **said: Any) -> list[int]:
    """Created, unchanged and refused: twice, the second time from a dry run of what is there."""
    tried = figures(await shop.take(content, kind, format=form, dry_run=True, **said))
    report = await shop.take(content, kind, format=form, **said)
    assert tried == figures(report), refused(report)
    return [*figures(report)]


ALTCRAFT = (
    "profile_id,points_currency_iid,transaction_id,transaction_eid,created_at,transaction_type,"
    "amount,balance_before,balance_after,promo_iid,promo_eid,description,activation_date,"
    "expiration_date,source_type,source_iid,source_sid,is_temp,status,related_transaction_id\n"
)


def altcraft(*rows: str) -> str:
    """Rows of profile, id, day of 2026, type, amount, expiration, is_temp, status, related."""
    lines = []
    for row in rows:
        profile, number, day, kind, amount, expires, temporary, status, related = row.split(",")
        lines.append(
            f"{profile},7,{number},'=eid,2026-{day}T10:00:00Z,{kind},{amount},0,0,,,'=why,,"
            f"{expires},order,,,{temporary},{status},{related}\n"
        )
    return ALTCRAFT + "".join(lines)


async def test_altcraft(store: Store) -> None:
    file = altcraft(
        "anna,t1,01-10,accrual,100.00,2026-03-01T00:00:00Z,false,in_force,",
        "anna,t2,01-11,accrual,50.50,2027-06-01T00:00:00Z,false,in_force,",
        "anna,t3,01-12,redemption,30.00,,false,canceled,",
        "anna,t4,01-13,cancellation,30.00,,false,in_force,t3",
        "anna,t5,01-14,redemption,60.00,,false,in_force,",
        "anna,t6,03-01,expiration,40.00,,false,in_force,",
        "anna,t7,03-02,accrual,9.00,,true,committed,",
        "anna,t8,03-03,accrual,9.00,,false,committed,t7",
        "anna,t9,03-04,redemption,5.00,,true,rolled_back,",
        "anna,t10,03-05,rollback,5.00,,false,in_force,t9",
        "anna,t11,03-06,redemption,2.00,,true,committed,",
        "anna,t12,03-07,redemption,2.00,,false,committed,t11",
        "boris,t13,03-08,accrual,7.00,9999-12-31T00:00:00Z,true,temporary,",
        "boris,t14,03-09,accrual,7,,false,in_force,",
        "boris,t15,03-10,redemption,8.00,,false,in_force,",
        "boris,t16,03-10,gift,8,,false,in_force,",
    )
    async with opened_shop(store) as shop:
        await alone(shop)
        assert await take(shop, file, "transactions", "altcraft") == [
            9,
            4,
            3,
        ]
        report = await shop.take(file, "transactions", format="altcraft")
        assert figures(report) == (0, 13, 3)
        assert refused(report) == [
            (14, "status", "temporary"), (16, "amount", "insufficient_points"),
            (17, "transaction_type", "type"),
        ]  # fmt: skip
        # 60 and the 40 that expired are of the first lot, whose points were to be spent first.
        assert await shop.lots() == [
            ("anna points", 4_850, 0, NOW + 185 * DAY), ("anna points", 900, 0, None),
            ("boris points", 700, 0, None),
        ]  # fmt: skip


async def test_altcraft_of_several_currencies(store: Store) -> None:
    file = altcraft("anna,t1,01-10,accrual,100.00,,false,in_force,")
    async with opened_shop(store) as shop:
        report = await shop.take(file, "transactions", format="altcraft")
        assert refused(report) == [(2, "points_currency_iid", "unknown_currency")]
        number = shop.currencies["points"]
        ours = file.replace(",7,t1", f",{number},t1")
        assert await take(shop, ours, "transactions", "altcraft") == [1, 0, 0]
        await alone(shop)
        both = altcraft(
            "anna,t2,01-10,accrual,1,,false,in_force,", "anna,t3,01-10,accrual,1,,false,in_force,"
        ).replace(",7,t3", ",8,t3")
        report = await shop.take(both, "transactions", format="altcraft")
        assert refused(report) == [(3, "points_currency_iid", "unknown_currency")]
        for kind in ("lots", "balances", "members"):
            with pytest.raises(Unusable, match="altcraft can be imported as transactions"):
                await shop.take(file, kind, format="altcraft")
        with pytest.raises(Unusable, match="no column 'colour'"):
            await shop.take(file.replace("promo_iid", "colour"), "transactions", format="altcraft")


VOUCHERS = (
    "id,code,loyalty_balance,customer_source_id,customer_id,campaign,metadata,voucher_type\n"
    'v_1,CARD-1,120,anna,cust_1,Club,"{""size"":""L""}",LOYALTY_CARD\n'
    "v_2,CARD-2,0,,cust_2,Club,,LOYALTY_CARD\n"
    "v_3,CARD-3,7,,,Club,,LOYALTY_CARD\n"
    "v_4,GIFT,,,,Club,,GIFT_VOUCHER\n"
    "v_5,CARD-5,-3,,,Club,,LOYALTY_CARD\n"
    "v_6,CARD-6,1,,,Other,,LOYALTY_CARD\n"
    "v_7,CARD-7,1.5e3,,,Club,nonsense,LOYALTY_CARD\n"
)


async def test_voucherify_balances(store: Store) -> None:
    async with opened_shop(store) as shop:
        await alone(shop)
        assert await take(shop, VOUCHERS, "balances", "voucherify") == [3, 1, 3]
        again = await shop.take(VOUCHERS, "balances", format="voucherify")
        assert (figures(again), refused(again)) == (
            (0, 4, 3),
            [
                (6, "loyalty_balance", "negative"), (7, "campaign", "unknown_currency"),
                (8, "metadata", "metadata"),
            ],
        )  # fmt: skip
        assert await shop.balances() == {
            "anna points": 12_000, "cust_2 points": 0, "CARD-3 points": 700,
        }  # fmt: skip
        rows = await store.fetch("SELECT number FROM accounts ORDER BY account_id")
        assert [row["number"] for row in rows] == ["CARD-1", "CARD-2", "CARD-3"]
        found = await store.fetch_one("SELECT metadata FROM members WHERE external_id = 'anna'")
        assert found is not None
        assert json.loads(found["metadata"]) == {"size": "L"}


async def test_voucherify_lots_with_their_dates(store: Store) -> None:
    """Vouchers bring the cards, and points-expiration their points."""
    expirations = (
        "id,campaign_id,voucher_id,status,expires_at,points\n"
        "lopb_1,camp_1,v_1,ACTIVE,2027-01-31,100\n"
        "lopb_2,camp_1,v_1,ACTIVE,,20\n"
        "lopb_3,camp_1,v_2,EXPIRED,2026-01-31,9\n"
        "lopb_4,camp_1,CARD-3,,9999-12-31,5\n"
        "lopb_5,camp_1,v_3,ACTIVE,45989,5\n"
    )
    async with opened_shop(store) as shop:
        await alone(shop)
        assert await take(shop, VOUCHERS, "members", "voucherify") == [4, 1, 2]
        assert await take(shop, expirations, "lots", "voucherify") == [3, 1, 1]
        report = await shop.take(expirations, "lots", format="voucherify")
        assert refused(report) == [(6, "expires_at", "spreadsheet_date")]
        assert await shop.lots() == [
            ("CARD-3 points", 500, 0, None),
            ("anna points", 10_000, 0, NOW + 65 * DAY),
            ("anna points", 2_000, 0, None),
        ]


async def test_voucherify_transactions(store: Store) -> None:
    transactions = (
        "id,voucher_id,type,amount,balance,related_transaction_id,created_at,details\n"
        'vtx_1,v_1,POINTS_ACCRUAL,100,100,,2026-01-01T10:00:00.000Z,"{""a"":1}"\n'
        "vtx_2,v_1,POINTS_REDEMPTION,-30,70,,2026-01-02T10:00:00.000Z,\n"
        "vtx_3,v_1,POINTS_REFUND,10,80,vtx_2,2026-01-03T10:00:00.000Z,\n"
        "vtx_4,v_1,POINTS_REMOVAL,-5,75,,2026-01-04T10:00:00.000Z,\n"
        "vtx_5,v_1,POINTS_EXPIRATION,15,60,,2026-01-05T10:00:00.000Z,\n"
        "vtx_6,v_9,POINTS_ADDITION,8,8,,2026-01-06T10:00:00.000Z,\n"
        "vtx_7,v_1,POINTS_ACCRUAL,-8,8,,2026-01-06T10:00:00.000Z,\n"
        "vtx_8,v_1,CREDITS_ADDITION,8,8,,2026-01-06T10:00:00.000Z,\n"
    )
    async with opened_shop(store) as shop:
        await alone(shop)
        await shop.take(VOUCHERS, "members", format="voucherify")
        assert await take(shop, transactions, "transactions", "voucherify") == [6, 0, 2]
        report = await shop.take(transactions, "transactions", format="voucherify")
        assert refused(report) == [(8, "amount", "negative"), (9, "type", "type")]
        found = await shop.balances()
        # The card that no file of vouchers has brought is a member of its own.
        assert {name: each for name, each in found.items() if each} == {
            "anna points": 6_000, "v_9 points": 800,
        }  # fmt: skip


CLIENTS = {
    "success": True,
    "data": [
        {"id": 11, "name": "Анна", "phone": "79120001122", "email": "", "surname": "Петрова"},
        {"id": 12, "name": "Boris", "phone": "", "email": "b@example.org", "visits": 3},
        {"id": None, "name": "Nobody"},
        7,
    ],
    "meta": {"count": 3},
}


def card(number: int, balance: object) -> dict[str, Any]:
    return {
        "id": number, "balance": balance, "points": 0, "number": f"00145071{number:08}",
        "type_id": 5, "salon_group_id": 145071, "type": {"id": 5, "title": "Gold"}, "programs": [],
    }  # fmt: skip


def moved(number: int, kind: int, amount: object, day: int, card_id: int = 101) -> dict[str, Any]:
    return {
        "id": number, "status_id": 1, "amount": amount, "type_id": kind, "card_id": card_id,
        "salon_group_id": 145071, "visit_id": 1, "created_date": f"2026-01-{day:02}T10:00:00+0300",
    }  # fmt: skip


async def test_altegio(store: Store) -> None:
    cards = "\n".join(
        json.dumps({"client_id": client, "success": True, "data": data, "meta": []})
        for client, data in ((11, [card(101, 66.5), card(102, 0)]), (12, [card(103, 0.125)]))
    )
    async with opened_shop(store) as shop:
        await alone(shop)
        clients = json.dumps(CLIENTS, indent=1, ensure_ascii=False)
        assert await take(shop, clients, "members", "altegio") == [2, 0, 2]
        report = await shop.take(clients, "members", format="altegio")
        assert refused(report) == [(18, "id", "required"), (22, None, "json")]
        assert await take(shop, cards, "balances", "altegio") == [2, 0, 1]
        again = await shop.take(cards, "balances", format="altegio")
        assert (figures(again), refused(again)) == ((0, 2, 1), [(2, "balance", "scale")])
        rows = await store.fetch(
            "SELECT m.external_id, a.number FROM accounts a JOIN members m"
            " ON m.member_id = a.member_id ORDER BY a.account_id"
        )
        assert [tuple(row.values()) for row in map(dict, rows)] == [
            ("11", "0014507100000101"), ("11", "0014507100000102"),
        ]  # fmt: skip


async def test_altegio_transactions(store: Store) -> None:
    """Answers come newest first; what is no movement of a card is left out."""
    answer = [
        moved(9, 6, 20, 9), moved(8, 7, 10.5, 8), moved(7, 3, 30.0, 7), moved(6, 1, 5, 6, 0),
        moved(5, 11, 5, 6), moved(4, 4, 1, 5, 999), moved(3, 2, 100, 4), moved(2, 12, 1, 3),
        moved(1, 5, "x", 2),
    ]  # fmt: skip
    async with opened_shop(store) as shop:
        await alone(shop)
        cards = json.dumps({"client_id": 11, "data": [card(101, 0)]})
        assert await take(shop, cards.replace("0,", "12,", 1), "members", "altegio") == [1, 0, 0]
        content = json.dumps({"success": True, "data": answer}, indent=None)
        assert await take(shop, content, "transactions", "altegio") == [5, 2, 2]
        report = await shop.take(content, "transactions", format="altegio")
        assert refused(report) == [(1, "amount", "number"), (1, "type_id", "type")]
        assert {name: each for name, each in (await shop.balances()).items() if each} == {
            "11 points": 3_950, "999 points": 100,
        }  # fmt: skip
        for wrong in ('{"data":[{"id":1}', "[1,", "nonsense", '{"data" 1}'):
            with pytest.raises(Unusable, match="not JSON"):
                await shop.take(wrong, "transactions", format="altegio")


async def test_interrupted_answers_go_on(store: Store) -> None:
    answer = [moved(number, 2, 1, 1 + number % 28) for number in range(1, 1_201)]
    content = json.dumps(answer)
    async with opened_shop(store) as shop:
        await alone(shop)
        for _ in range(2):
            running = shop.running(content, "transactions", format="altegio")
            running.on_unit = die
            await running.open()
            with pytest.raises(Killed):
                await running.run()
        report = await shop.take(content, "transactions", format="altegio")
        assert (figures(report), report.run.resumed) == ((1_200, 0, 0), 2)
        assert await shop.balances() == {"101 points": 120_000}
