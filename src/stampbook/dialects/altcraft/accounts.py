"""What can be asked of a member's account: balance, expiring points, transactions, tiers."""

from typing import NamedTuple

from stampbook.dialects import amounts, instants
from stampbook.dialects.altcraft import addressing
from stampbook.dialects.altcraft.answers import balance_text
from stampbook.dialects.altcraft.call import Call, Success
from stampbook.dialects.altcraft.faults import not_found
from stampbook.dialects.altcraft.formats.writing import Value
from stampbook.dialects.altcraft.rows import Wording, transaction_object
from stampbook.dialects.altcraft.wire import (
    Interval,
    Scope,
    read_from_id,
    read_interval,
    read_limit,
    read_person,
    read_scope,
)
from stampbook.dialects.spelling.altcraft import write_transaction
from stampbook.domain.model import FOREVER, split_number
from stampbook.ledger.journal import lots, rows
from stampbook.loyalty.tiers import groups, standing
from stampbook.loyalty.tiers.groups import Status, TierGroup
from stampbook.programs import currencies, point_promotions
from stampbook.programs.accounts import Account
from stampbook.programs.currencies import Currency
from stampbook.programs.members import Member
from stampbook.programs.programs import Program

TIERS_TYPE = "cumulative"
"""The only type of a tiers group: points add up, nothing resets them."""


class Holding(NamedTuple):
    """Whose points are asked for. `account` is None while nothing has moved."""

    program: Program
    currency: Currency
    member: Member
    account: Account | None


async def balance(call: Call) -> Success:
    """All points of the account, and those that can be spent."""
    holding = await _holding(call, read_scope(call.fields), named=False)
    total = active = 0
    if holding.account is not None:
        book = await call.context.ledger.read(holding.account.account_id, tenant=call.caller.tenant)
        assert book is not None
        total, active = book.total, book.active
    scale = holding.currency.scale
    return Success(
        {
            "total_balance": balance_text(total, scale),
            "active_balance": balance_text(active, scale),
        }
    )


async def expiring_points(call: Call) -> Success:
    """The sum of lots that are live for the last time within the dates, held parts included."""
    scope, interval = read_scope(call.fields), read_interval(call.fields)
    holding = await _holding(call, scope)
    amount = await _expiring(call, holding.account, interval) if holding.account else 0
    return Success({"expiring_points": amounts.write(amount, holding.currency.scale)})


async def transactions(call: Call) -> Success:
    """The account's journal, ascending, a page at a time."""
    scope, limit = read_scope(call.fields), read_limit(call.fields)
    after = read_from_id(call.fields)
    holding = await _holding(call, scope)
    account = holding.account
    if account is None:
        if after is not None:
            raise not_found("transaction")
        return Success([])
    seq = _place(account, after)
    await call.context.ledger.settle([account.account_id])
    store = call.context.store
    page = await rows.page(store, account.account_id, after=seq, limit=limit + 1)
    promotions = await point_promotions.external_ids(store, account.program_id)
    wording = Wording(holding.currency.scale, promotions)
    shown = page.rows[:limit]
    beside: dict[str, Value] = {}
    if len(page.rows) > limit:
        beside["next_from_id"] = write_transaction(shown[-1].number)
    return Success([transaction_object(row, page, wording) for row in shown], beside)


async def account_tiers(call: Call) -> Success:
    """The tiers of a group that the member has reached, the lowest first."""
    number = call.fields.required_integer("loyalty_program_id")
    group_number = call.fields.required_integer("tiers_group_id")
    person = read_person(call.fields)
    program = await addressing.find_program(call, number)
    group = await groups.get(call.context.store, group_number, tenant=call.caller.tenant)
    if group is None or group.program_id != program.program_id:
        raise not_found("tiers group")
    if group.status is not Status.ACTIVE:
        raise not_found("tiers group")
    member = await addressing.find_member(call, program, person)
    reached = await _reached(call, program, group, member)
    return Success(
        [
            {
                "tiers_group_type": TIERS_TYPE,
                "tier_eid": tier.external_id,
                "tier_id": tier.tier_id,
                "tier_order": tier.position,
                "reached_at": instants.write(reached[tier.tier_id]),
            }
            for tier in group.tiers
            if tier.tier_id in reached
        ]
    )


async def _holding(call: Call, scope: Scope, *, named: bool = True) -> Holding:
    """What the request is about. `named`: the currency must be given. Raises Fault."""
    program = await addressing.find_program(call, scope.program)
    currency = await addressing.find_currency(call, program, scope.currency, required=named)
    member = await addressing.find_member(call, program, scope.person)
    return Holding(program, currency, member, await addressing.find_account(call, member, currency))


async def _expiring(call: Call, account: Account, interval: Interval) -> int:
    """What has expired already is not counted, wherever the dates begin.

    A lot's last live instant is the microsecond before its expiry, so that points that burn at
    the end of a day belong to that day.
    """
    await call.context.ledger.settle([account.account_id])
    live = await lots.live_lots(call.context.store, account.account_id)
    start, end = max(interval.start, call.now, live.clock), min(interval.end + 1, FOREVER - 1)
    return sum(
        each.lot.available + each.lot.held for each in live.lots if start < each.expires_at <= end
    )


def _place(account: Account, after: int | None) -> int:
    """The sequence number after which the page begins. Raises Fault (404)."""
    if after is None:
        return 0
    number, seq = split_number(after)
    if number != account.account_id:
        raise not_found("transaction")
    return seq


async def _reached(
    call: Call, program: Program, group: TierGroup, member: Member
) -> dict[int, int]:
    """When the member reached the tiers that they have now. Those that ask for nothing they have
    had from the day of their registration."""
    store = call.context.store
    currency = await currencies.get(store, group.currency_id, tenant=call.caller.tenant)
    assert currency is not None
    account = await addressing.find_account(call, member, currency)
    if account is not None:
        await call.context.ledger.settle([account.account_id])
    history = await standing.of_member(store, program, group, member, call.context.clock())
    return {
        group.tiers[each.tier].tier_id: each.reached_at
        for each in standing.reached(history.steps)
        if each.lost_at is None
    }
