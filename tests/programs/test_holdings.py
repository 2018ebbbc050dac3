"""Programs, currencies, members and accounts, as the dialects use them."""

from __future__ import annotations

import asyncio

import pytest

from stampbook.domain.model import AccountStatus
from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, SpentAccrual, Unit
from stampbook.programs import accounts, currencies, members, programs
from stampbook.programs.changing import insertion
from stampbook.programs.currencies import Currency
from stampbook.programs.faults import Changed, Gone, Invalid, Taken
from stampbook.programs.members import Member
from stampbook.programs.policies import Terms
from stampbook.programs.programs import Program
from stampbook.storage.policy_rows import SELECT_POLICIES, policy_of
from stampbook.storage.store import Store
from stampbook.storage.tables import ACCOUNTS


async def shop(store: Store) -> tuple[Program, Currency, Member]:
    async with store.transaction() as writing:
        program = await programs.create(writing, tenant=1, name="Bonus", now=1)
        currency = await currencies.create(writing, program, name="Points", now=1)
        member = await members.create(writing, program, now=1)
    return program, currency, member


def test_only_columns_are_inserted() -> None:
    with pytest.raises(ValueError, match=r"no columns of accounts: \['colour'\]"):
        insertion(ACCOUNTS, {"account_id": 1, "colour": 2})


async def test_a_primary_account_opens_once(store: Store) -> None:
    _, currency, member = await shop(store)
    nothing = await accounts.primary(store, member=member.member_id, currency=1)
    assert nothing is None
    opened = await asyncio.gather(
        *(accounts.primary_or_open(store, member, currency, now=2) for _ in range(8))
    )
    assert set(opened) == {opened[0]}
    assert opened[0].is_primary
    assert opened[0].shard == opened[0].account_id % store.shards
    assert await accounts.of_member(store, member.member_id) == [opened[0]]
    assert await accounts.get(store, opened[0].account_id, tenant=1) == opened[0]
    assert await accounts.get(store, opened[0].account_id, tenant=2) is None


async def test_further_accounts_and_their_numbers(store: Store) -> None:
    program, currency, member = await shop(store)

    async def opened(number: str | None) -> accounts.Account:
        async with store.transaction() as writing:
            return await accounts.open_account(
                writing, member, currency, shards=store.shards, now=2, number=number
            )

    first, second = await opened("A"), await opened("B")
    assert (first.is_primary, second.is_primary) == (True, False)
    with pytest.raises(Taken, match="number"):
        await opened("A")
    assert await accounts.by_number(store, program.program_id, "B") == second
    assert await accounts.by_number(store, program.program_id, "C") is None


async def test_a_member_who_is_not_active_opens_no_open_account(store: Store) -> None:
    program, currency, _ = await shop(store)
    async with store.transaction() as writing:
        member = await members.create(writing, program, now=1, status="inactive")
    account = await accounts.primary_or_open(store, member, currency, now=2)
    assert account.status is AccountStatus.MEMBER_INACTIVE


async def test_a_members_status_moves_his_accounts_but_not_the_closed_ones(store: Store) -> None:
    _, currency, member = await shop(store)
    account = await accounts.primary_or_open(store, member, currency, now=2)

    async def change(status: str) -> list[int]:
        async with store.transaction() as writing:
            _, moved = await members.update(
                writing, member.member_id, {"status": status}, tenant=1, now=3
            )
        return moved

    assert await change("inactive") == [account.account_id]
    async with store.transaction() as writing:
        moved = await members.delete(writing, member.member_id, tenant=1, now=4)
    assert moved == [account.account_id]
    with pytest.raises(Gone):
        await change("active")
    found = await accounts.get(store, account.account_id, tenant=1)
    assert found is not None
    assert found.status is AccountStatus.CLOSED


async def test_members_are_found_by_their_metadata(store: Store) -> None:
    program, _, _ = await shop(store)
    values = ['{"card":"a\\"b"}', '{"card":7}', '{"card":true,"x":"7"}', '{"x":{"card":"7"}}']
    async with store.transaction() as writing:
        made = [await members.create(writing, program, now=1, metadata=text) for text in values]

    async def found(name: str, value: str) -> list[int]:
        rows = await members.find_by_metadata(store, program.program_id, name, value)
        return [made.index(each) for each in rows]

    assert await found("card", 'a"b') == [0]
    assert await found("card", "7") == [1]
    assert await found("card", "true") == [2]
    assert await found("x", "7") == [2]
    assert await found("c%d", "7") == []


async def test_what_a_program_changes_reaches_its_currencies(store: Store) -> None:
    program, currency, _ = await shop(store)
    async with store.transaction() as writing:
        await programs.update(writing, program.program_id, {"status": "inactive"}, tenant=1, now=2)
    (row,) = await store.fetch(SELECT_POLICIES)
    policy = policy_of(row)
    assert (policy.version, policy.accepts) == (currency.version + 1, False)
    with pytest.raises(Gone):
        async with store.transaction() as writing:
            await programs.update(writing, program.program_id, {"name": "x"}, tenant=2, now=2)
    with pytest.raises(ValueError, match="tenant_id"):
        async with store.transaction() as writing:
            await programs.update(writing, program.program_id, {"tenant_id": 2}, tenant=1, now=2)
    async with store.transaction() as writing:
        await programs.delete(writing, program.program_id, tenant=1, now=3)
    assert await programs.get(store, program.program_id, tenant=1) is None
    assert await currencies.get(store, currency.currency_id, tenant=1) is None
    (row,) = await store.fetch(SELECT_POLICIES)
    assert policy_of(row).accepts is False


async def test_a_currency_changes_for_one_at_a_time(store: Store) -> None:
    _, currency, _ = await shop(store)
    rule = ExpiryRule(ExpiryType.ROLLING, period=Period(3, Unit.MONTH))
    terms = Terms(expiry=rule, spent_accrual=SpentAccrual.CLAMP, overdraft=7)
    async with store.transaction() as writing:
        changed = await currencies.update(writing, currency, now=2, terms=terms)
    assert changed.terms == terms
    (row,) = await store.fetch(SELECT_POLICIES)
    assert policy_of(row).expiry == rule
    with pytest.raises(Changed):
        async with store.transaction() as writing:
            await currencies.update(writing, currency, now=2, terms=Terms())
    assert await currencies.by_code(store, currency.program_id, "points") == changed


@pytest.mark.parametrize("timezone", ["", "Mars/Olympus", "/etc/passwd", "..", "a\0b", "x" * 9_999])
def test_what_no_time_zone_can_be(timezone: str) -> None:
    with pytest.raises(Invalid, match="timezone"):
        programs.check_timezone(timezone)
