"""Rows become members, accounts and movements: each once, and nothing else moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from stampbook.domain.flows import FOLLOWER
from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, Unit
from stampbook.files.importing import running
from stampbook.files.importing.progress import Import
from stampbook.files.importing.running import Report
from stampbook.files.importing.unit import Overtaken
from stampbook.programs import members
from stampbook.programs.policies import Terms
from stampbook.storage.positions import position_of
from stampbook.storage.store import Store
from tests.files.kit import NOW, Shop, figures, opened_shop, refused

DAY = 86_400_000_000

LOTS = (
    "lot_id,external_id,name,currency,amount,issued_at,activates_at,expires_at\n"
    "L1,1,Anna,points,100.00,2026-01-10,,2027-01-31\n"
    "L2,1,Anna,points,20.50,2026-02-10,,never\n"
    "L3,2,Boris,points,5.00,2026-11-01,2026-12-24,9999-12-31\n"
    "L4,2,Boris,stamps,3,,,\n"
)


@pytest.fixture
async def shop(store: Store) -> AsyncIterator[Shop]:
    async with opened_shop(store) as opened:
        yield opened


async def test_lots_keep_their_amounts_and_dates(shop: Shop) -> None:
    report = await shop.take(LOTS)
    assert (figures(report), report.run.status) == ((4, 0, 0), "done")
    assert report.run.totals == {"points": 12_550, "stamps": 3}
    assert await shop.lots() == [
        ("1 points", 10_000, 0, NOW + 65 * DAY),
        ("1 points", 2_050, 0, None),
        ("2 points", 0, 500, None),
        ("2 stamps", 3, 0, None),
    ]


async def test_the_currencys_policy_counts_no_date_anew(store: Store) -> None:
    rolling = ExpiryRule(ExpiryType.ROLLING, Period(1, Unit.MONTH))
    async with opened_shop(store, Terms(expiry=rolling)) as shop:
        await shop.take(LOTS)
        assert ("1 points", 2_050, 0, None) in await shop.lots()


async def test_what_came_before_is_unchanged(shop: Shop) -> None:
    await shop.take(LOTS)
    before = await shop.movements()
    again = await shop.take(LOTS)
    assert figures(again) == (0, 4, 0)
    assert await shop.movements() == before
    grown = LOTS + "L5,3,Clara,points,1.00,,,\n"
    assert figures(await shop.take(grown)) == (1, 4, 0)


async def test_the_same_id_with_other_content_is_refused(shop: Shop) -> None:
    await shop.take(LOTS)
    changed = await shop.take(LOTS.replace("100.00", "100.01"))
    assert figures(changed) == (0, 3, 1)
    assert refused(changed) == [(2, "lot_id", "external_id_taken")]
    other = await shop.take(LOTS.replace("100.00", "7.00"), source="till")
    assert figures(other) == (4, 0, 0)


async def test_equal_rows_are_counted(shop: Shop) -> None:
    rows = "external_id,currency,amount\n1,points,5\n1,points,5.00\n1,points,6\n"
    assert figures(await shop.take(rows, "balances")) == (3, 0, 0)
    assert await shop.balances() == {"1 points": 1_600}
    assert figures(await shop.take(rows + "1,points,5\n", "balances")) == (1, 3, 0)
    assert await shop.balances() == {"1 points": 2_100}


async def test_refused_rows_leave_the_others(shop: Shop) -> None:
    rows = (
        "phone;currency;amount;issued_at\n"
        "+7 912 000-11-22;points;2,50;\n"
        "79120001122;points;2.50;\n"
        '"7912;points;1;\n'
        "79120001123;points;1;2027-01-01\n"
        ";points;1;\n"
    )
    report = await shop.take(rows)
    assert figures(report) == (1, 0, 4)
    assert refused(report) == [
        (2, "amount", "decimal_comma"), (4, None, "broken_quote"),
        (5, "issued_at", "invalid_request"), (6, "external_id", "required"),
    ]  # fmt: skip
    assert [each.fault.value for each in report.refused] == [
        "2,50", '"7912;points;1;', "2027-01-01", None,
    ]  # fmt: skip
    assert (await shop.balances())["79120001122 points"] == 250


async def test_a_negative_balance_is_a_deficit(shop: Shop) -> None:
    rows = "external_id,currency,amount\n1,points,-30\n2,points,10\n"
    report = await shop.take(rows, "balances")
    assert refused(report) == [(2, "amount", "negative")]
    assert figures(await shop.take(rows, "balances", allow_negative=True)) == (1, 1, 0)
    assert await shop.balances() == {"1 points": -3_000, "2 points": 1_000}


TRANSACTIONS = (
    "member_external_id,currency,external_id,type,amount,at,expires_at,cancels\n"
    "1,points,a,accrue,100,2026-01-01,,\n"
    "1,points,b,redeem,30,2026-02-01,,\n"
    "1,points,c,redeem,80,2026-02-02,,\n"
    "1,points,d,cancel,30,2026-02-03,,b\n"
    "1,points,e,redeem,80,2026-02-04,,\n"
    "1,points,f,adjust,-5,2026-02-05,,\n"
    "2,points,g,cancel,30,2026-02-06,,b\n"
    "1,points,h,cancel,1,2026-02-06,,nothing\n"
)


@pytest.mark.parametrize("dry_run", [False, True])
async def test_transactions_in_their_order(shop: Shop, dry_run: bool) -> None:
    report = await shop.take(TRANSACTIONS, "transactions", dry_run=dry_run)
    assert figures(report) == (5, 0, 3)
    assert refused(report) == [
        (4, "amount", "insufficient_points"), (8, "cancels", "not_found"),
        (9, "cancels", "not_found"),
    ]  # fmt: skip
    assert report.run.totals == {"points": 1_500}
    if not dry_run:
        assert await shop.balances() == {"1 points": 1_500, "2 points": 0}
        assert figures(await shop.take(TRANSACTIONS, "transactions")) == (0, 5, 3)


async def test_cancels_find_rows_of_earlier_files(shop: Shop) -> None:
    head, *rest = TRANSACTIONS.splitlines(keepends=True)
    for row in rest[:2]:
        assert figures(await shop.take(head + row, "transactions")) == (1, 0, 0)
    assert figures(await shop.take(head + rest[3], "transactions")) == (1, 0, 0)
    assert await shop.balances() == {"1 points": 10_000}


MEMBERS = (
    "external_id,email,phone,name,status,created_at,card_number,currency,metadata.size\n"
    "1,Anna@example.org,+7 912 1,محمد,active,2020-01-01,C-1,points,L\n"
    "2,,,=1+1,inactive,,,,\n"
    ",boris@example.org,,Boris,,,,stamps,\n"
    ",,,Nobody,,,,,\n"
    "3,,,Clara,,,C-1,points,\n"
)


@pytest.mark.parametrize("dry_run", [False, True])
async def test_members(shop: Shop, dry_run: bool) -> None:
    report = await shop.take(MEMBERS, "members", dry_run=dry_run)
    if dry_run:
        assert await shop.people() == {}
        return
    assert figures(report) == (3, 0, 2)
    assert refused(report) == [(5, "external_id", "required"), (6, "card_number", "number_taken")]
    assert set(await shop.people()) == {"1 points", "boris@example.org stamps"}
    found = await members.find(shop.store, shop.program.program_id, external_id="1")
    assert (found[0].metadata, found[0].name) == ('{"size":"L"}', "محمد")
    assert figures(await shop.take(MEMBERS, "members")) == (0, 3, 2)
    changed = await shop.take(MEMBERS.replace("Boris", "Bo"), "members")
    assert refused(changed)[0] == (4, None, "external_id_taken")


async def test_a_row_finds_its_member_by_what_it_has(shop: Shop) -> None:
    await shop.take(MEMBERS, "members")
    rows = (
        "phone,email,card_number,currency,amount\n"
        "79121,,,stamps,1\n,ANNA@EXAMPLE.ORG,,points,2\n,anna@example.org,C-1,points,3\n"
        ",boris@example.org,C-1,points,4\n"
    )
    report = await shop.take(rows, "balances")
    assert refused(report) == [(5, "card_number", "number_taken")]
    assert await shop.balances() == {
        "1 points": 500, "1 stamps": 1, "boris@example.org stamps": 0,
    }  # fmt: skip


async def test_a_member_who_is_not_active_takes_no_points(shop: Shop) -> None:
    await shop.take(MEMBERS, "members")
    report = await shop.take("external_id,currency,amount\n2,points,1\n", "balances")
    assert refused(report) == [(2, None, "member_inactive")]


@pytest.mark.parametrize("content", [LOTS, LOTS.replace("20.50", "x")])
async def test_a_dry_run_writes_nothing_and_says_the_same(shop: Shop, content: str) -> None:
    tried = await shop.take(content, dry_run=True)
    assert (await shop.movements(), await shop.people()) == (0, {})
    written = await shop.take(content)
    assert figures(tried) == figures(written)
    assert tried.refused == written.refused
    assert tried.run.totals == written.run.totals
    assert figures(await shop.take(content, dry_run=True)) == (
        0, written.run.created, written.run.refused,
    )  # fmt: skip


PEOPLE = "external_id,phone,email,name,card_number,currency\n"

ALIKE = {
    "an address in other letters": ("members", PEOPLE + ",,Ada@x.eu,A,,\n,,ada@X.eu,A,,\n"),
    "a member in other columns": ("members", PEOPLE + "1,7,a@x,A,,\n,7,,,,\n,,A@x,,,\n,7,,B,,\n"),
    "two members of one phone": ("members", PEOPLE + "1,7,,A,,\n2,7,,B,,\n,7,,,,\n"),
    "a card of two": ("members", PEOPLE + "1,,,,C,points\n2,,,,C,points\n1,,,,C,points\n"),
    "one card, two currencies": ("members", PEOPLE + "1,,,,C,points\n1,,,,C,stamps\n"),
    "accounts of one member": ("members", PEOPLE + "1,,,,,points\n1,,,,,stamps\n1,,,,,points\n"),
    "points of two members of one phone": (
        "balances",
        "external_id,phone,currency,amount\n1,7,points,1\n2,7,points,1\n,7,points,1\n",
    ),
    "points on a card of two": (
        "balances",
        "external_id,card_number,currency,amount\n1,C,points,1\n2,C,points,1\n1,C,points,1\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("unit", [1, 500])
async def test_a_dry_run_knows_whom_earlier_rows_would_have_made(
    shop: Shop, unit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "UNIT", unit)
    for at, (name, (kind, content)) in enumerate(ALIKE.items()):
        rows = content.replace("1,", f"1{at},").replace("2,", f"2{at},").replace("7", f"7{at}")
        rows = rows.replace("C", f"C{at}")
        tried = await shop.take(rows, kind, source=name, dry_run=True)
        written = await shop.take(rows, kind, source=name)
        assert (figures(tried), tried.refused) == (figures(written), written.refused), name
        assert tried.run.totals == written.run.totals


async def test_strict_is_all_or_nothing(shop: Shop) -> None:
    report = await shop.take(LOTS.replace("20.50", "x"), strict=True)
    run = report.run
    assert (run.status, run.rows_read, run.created, run.refused) == ("failed", 4, 0, 1)
    assert run.totals == {}
    assert (await shop.movements(), await shop.people()) == (0, {})
    assert figures(await shop.take(LOTS, strict=True)) == (4, 0, 0)


async def test_json_lines_may_mix_kinds(shop: Shop) -> None:
    rows = (
        '{"kind": "members", "external_id": "1", "name": "Anna"}\n'
        '{"external_id": "1", "currency": "points", "amount": "2.50"}\n'
        '{"kind": "members", "external_id": "2"}\n'
        '{"kind": "balances", "external_id": "2", "currency": "stamps", "amount": "7"}\n'
    )
    assert figures(await shop.take(rows, "lots", format="jsonl")) == (4, 0, 0)
    assert await shop.balances() == {"1 points": 250, "2 stamps": 7}
    assert figures(await shop.take(rows, "lots", format="jsonl")) == (0, 4, 0)


# -- interrupted -------------------------------------------------------------------------


class Killed(Exception):
    """Stands for the end of the process."""


def die(run: Import) -> None:
    """After a unit was written."""
    raise Killed


def many(rows: int) -> str:
    listed = (f"{n % 70},{n % 7}.25" + ("x" if n % 97 == 5 else "") for n in range(rows))
    return "external_id,amount,currency\n" + "".join(f"{each},points\n" for each in listed)


async def test_an_interrupted_import_goes_on_where_it_was(store: Store) -> None:
    """Interrupted after each of its units, it ends with the report of one that never was."""
    content = many(1_800)
    async with opened_shop(store) as whole:
        expected = await whole.take(content, "balances")
        balances = await whole.balances()
    async with opened_shop(store) as shop:
        for times in range(3):
            running = shop.running(content, "balances")
            running.on_unit = die
            await running.open()
            with pytest.raises(Killed):
                await running.run()
            assert await shop.movements() > 0, times
        report = await shop.take(content, "balances")
        assert figures(report) == figures(expected)
        assert report.refused == expected.refused
        assert report.run.totals == expected.run.totals
        assert report.run.resumed == 3
        assert await shop.balances() == balances


async def test_reports_find_little_to_add_up_after_it(shop: Shop) -> None:
    report = await shop.take(many(1_200))
    position = await shop.store.fetch_one("SELECT max(position) AS last FROM transactions")
    assert position is not None
    assert report.run.created > 1_000
    assert await position_of(shop.store, FOLLOWER) == position["last"]


async def test_two_processes_with_one_file_write_each_row_once(store: Store) -> None:
    """One of them is overtaken, at the latest when both have written the same unit."""
    content = many(1_300)
    async with opened_shop(store) as shop:
        both = [shop.running(content, "balances") for _ in range(2)]
        for each in both:
            await each.open()
        ended = await asyncio.gather(*(each.run() for each in both), return_exceptions=True)
        reports = [each for each in ended if isinstance(each, Report)]
        assert all(isinstance(each, Report | Overtaken) for each in ended), ended
        again = await shop.take(content, "balances")
        written = sum(figures(each)[0] for each in reports) or 0
        assert figures(again)[0] == 0
        assert written in (0, figures(again)[1])
        assert await shop.movements() == figures(again)[1]


async def test_the_declaration_belongs_to_the_file(shop: Shop) -> None:
    """Another import of the same bytes is no continuation of the first."""
    running = shop.running(LOTS)
    running.on_unit = die
    await running.open()
    with pytest.raises(Killed):
        await running.run()
    first = await shop.take(LOTS, strict=True)
    second = await shop.take(LOTS)
    assert (first.run.resumed, second.run.resumed) == (0, 1)
    assert first.run.import_id != second.run.import_id
    assert (figures(first), figures(second)) == ((0, 4, 0), (4, 0, 0))
