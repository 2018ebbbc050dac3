"""`/programs/{id}/reports/…` on what moved and what is owed, and `/accounts/{id}/statement`."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from stampbook.dialects import amounts, instants
from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.ledger.explaining import language_of
from stampbook.dialects.native.loyalty.reports import periods_of
from stampbook.dialects.native.problems import invalid_parameter, not_found
from stampbook.dialects.native.reports.wire import (
    ActivityReport,
    ActivityShape,
    BreakageReport,
    BreakageShape,
    ExpiringReport,
    ExpiringShape,
    LiabilityReport,
    LineShape,
    MonthShape,
    StatementShape,
)
from stampbook.domain.model import FOREVER
from stampbook.ledger.journal import cohorts, figures, owed, totals
from stampbook.programs import currencies, currency_options
from stampbook.programs.currencies import Currency
from stampbook.programs.programs import Program
from stampbook.reporting.activity import Period
from stampbook.reporting.activity import periods_of as activity_of
from stampbook.reporting.newcomers import created_between
from stampbook.reporting.rates import breakage_rate, worth
from stampbook.reporting.spans import is_quarter, month_name, month_of
from stampbook.reporting.statement import LONGEST, TooLong, statement

MOST_PERIODS: Final = 1_000

MONEY_DIGITS: Final = 2
"""Decimals of a sum of money in a report."""


class Asked(NamedTuple):
    """What a report is about, and the present instant, up to which all is settled."""

    program: Program
    currency: Currency
    now: int

    def amount(self, units: int) -> str:
        return amounts.write(units, self.currency.scale)

    @property
    def currency_id(self) -> str:
        return ids.write(ids.CURRENCY, self.currency.currency_id)


async def asked_of(call: Call) -> Asked:
    """Writes what is due by now into the journals. Raises Failure (404, 422)."""
    store, now = call.context.store, call.context.clock()
    program = await finding.program(call, store, call.id(ids.PROGRAM))
    currency = await _currency(call, program)
    return Asked(program, currency, now)


async def _currency(call: Call, program: Program) -> Currency:
    """The program's currency that the query names; its only one if it names none."""
    number = finding.asked_id(call, "currency_id", ids.CURRENCY)
    if number is None:
        found = await currencies.page(call.context.store, program.program_id, limit=2)
        if len(found) != 1:
            raise invalid_parameter("currency_id", "is required: the program has not one currency")
        return found[0]
    currency = await finding.currency(call, call.context.store, number)
    if currency.program_id != program.program_id:
        raise not_found("the program has no such currency")
    return currency


async def settle(call: Call, asked: Asked) -> None:
    due = await figures.due_in(call.context.store, asked.program.program_id, asked.now)
    await call.context.ledger.settle(due)


def as_of_asked(call: Call, now: int) -> int | None:
    """The past instant that is asked for; None for the present. Raises Failure (422)."""
    at = finding.asked_instant(call, "as_of")
    if at is not None and at > now:
        raise invalid_parameter("as_of", "must not lie in the future")
    return at


def _edges(call: Call, program: Program, *, by_quarter: bool = True) -> list[int]:
    """The bounds of the periods that are asked for. Raises Failure (422)."""
    edges = periods_of(call, program, longest=MOST_PERIODS)
    for name, at in (("from", edges[0]), ("to", edges[-1])):
        if by_quarter and not is_quarter(at):
            raise invalid_parameter(name, "must be at a full quarter of an hour")
    return edges


def _resolution(call: Call) -> str:
    return call.query.get("resolution", "day")


async def report_liability(call: Call) -> LiabilityReport:
    """What the accounts of a currency have, now or at a past instant, and when it expires."""
    asked = await asked_of(call)
    at, timezone = as_of_asked(call, asked.now), asked.program.timezone
    store, number = call.context.store, asked.currency.currency_id
    async with call.context.scans.turn():
        await settle(call, asked)
        found = await owed.liability(store, number, month_of(timezone), as_of=at)
    unit = (await currency_options.get(store, number)).unit_value
    outstanding = found.amounts.outstanding
    value = None if unit is None else worth(outstanding, *unit, digits=MONEY_DIGITS)
    return LiabilityReport(
        as_of=instants.write(asked.now if at is None else at),
        currency_id=asked.currency_id,
        available=asked.amount(found.amounts.available),
        pending=asked.amount(found.amounts.pending),
        held=asked.amount(found.amounts.held),
        outstanding=asked.amount(outstanding),
        deficit=asked.amount(found.amounts.owed),
        net=asked.amount(found.net),
        accounts=found.accounts,
        by_expiry=[
            MonthShape(
                None if span == owed.NEVER else month_name(span[0], timezone),
                asked.amount(amount),
            )
            for span, amount in found.by_expiry
        ],
        value=None if value is None else amounts.write(value, MONEY_DIGITS),
    )


async def report_expiring(call: Call) -> ExpiringReport:
    """What expires in each period, unless it is spent before."""
    asked = await asked_of(call)
    edges = _edges(call, asked.program, by_quarter=False)
    async with call.context.scans.turn():
        await settle(call, asked)
        store, number = call.context.store, asked.currency.currency_id
        found = await totals.expiring(store, number, edges)
    return ExpiringReport(
        as_of=instants.write(asked.now),
        currency_id=asked.currency_id,
        resolution=_resolution(call),
        data=[
            ExpiringShape(
                instants.write(begin),
                instants.write(end),
                asked.amount(each.available + each.pending),
                asked.amount(each.held),
                each.lots,
                each.accounts,
            )
            for (begin, end), each in zip(pairwise(edges), found.buckets, strict=True)
        ],
    )


async def report_activity(call: Call) -> ActivityReport:
    """What moved in each period, by the instants at which it was recorded, or for which it was."""
    asked = await asked_of(call)
    edges = _edges(call, asked.program)
    by = by_asked(call)
    async with call.context.scans.turn():
        await settle(call, asked)
        store, number = call.context.store, asked.currency.currency_id
        found = await totals.activity(store, number, edges, by_effective=by == "effective")
        joined = await created_between(store, asked.program.program_id, edges)
    data = activity_of(found.before, found.buckets)
    return ActivityReport(
        as_of=instants.write(asked.now),
        currency_id=asked.currency_id,
        resolution=_resolution(call),
        by=by,
        data=_activity_shapes(asked, edges, data, joined, is_recorded=by == "recorded"),
    )


def by_asked(call: Call) -> Literal["recorded", "effective"]:
    by = call.query.get("by", "recorded")
    if by == "recorded":
        return "recorded"
    if by == "effective":
        return "effective"
    raise invalid_parameter("by", "must be recorded or effective")


def _activity_shapes(
    asked: Asked,
    edges: Sequence[int],
    periods: Sequence[Period],
    joined: Sequence[int],
    *,
    is_recorded: bool,
) -> list[ActivityShape]:
    def balance(units: int) -> str | None:
        return asked.amount(units) if is_recorded else None

    return [
        ActivityShape(
            begins_at=instants.write(begin),
            ends_at=instants.write(end),
            opening=balance(period.opening),
            issued=asked.amount(period.figures.issued),
            returned=asked.amount(period.figures.returned),
            reinstated=asked.amount(period.figures.reinstated),
            redeemed=asked.amount(period.figures.redeemed),
            expired=asked.amount(period.figures.expired),
            revoked=asked.amount(period.figures.revoked),
            closing=balance(period.closing),
            activated=asked.amount(period.figures.activated),
            held=asked.amount(period.figures.held),
            released=asked.amount(period.figures.released),
            transferred=asked.amount(period.figures.transferred),
            opening_deficit=balance(period.opening_deficit),
            deficit_created=asked.amount(period.figures.deficit_created),
            deficit_paid=asked.amount(period.figures.deficit_paid),
            deficit_cancelled=asked.amount(period.figures.deficit_cancelled),
            closing_deficit=balance(period.closing_deficit),
            transactions=period.figures.transactions,
            cancels=period.figures.cancels,
            accounts=period.accounts,
            new_members=new,
        )
        for (begin, end), period, new in zip(pairwise(edges), periods, joined, strict=True)
    ]


async def report_breakage(call: Call) -> BreakageReport:
    """What became of the points that were given for each period."""
    asked = await asked_of(call)
    edges, at = _edges(call, asked.program), as_of_asked(call, asked.now)
    async with call.context.scans.turn():
        await settle(call, asked)
        store, number = call.context.store, asked.currency.currency_id
        found = await cohorts.cohorts(store, number, edges, as_of=at)
    return BreakageReport(
        as_of=instants.write(asked.now if at is None else at),
        currency_id=asked.currency_id,
        resolution=_resolution(call),
        data=[
            BreakageShape(
                instants.write(begin),
                instants.write(end),
                asked.amount(each.issued),
                asked.amount(each.revoked),
                asked.amount(each.spent),
                asked.amount(each.expired),
                asked.amount(each.open),
                breakage_rate(each),
                not each.open,
            )
            for (begin, end), each in zip(pairwise(edges), found.buckets, strict=True)
        ],
    )


async def get_statement(call: Call) -> StatementShape:
    """What changed an account, with its balance before and after each transaction."""
    account = call.id(ids.ACCOUNT)
    language = language_of(call)
    owner = await call.denomination(account)
    since, until = finding.asked_instant(call, "from"), finding.asked_instant(call, "to")
    since = 0 if since is None else since
    until = FOREVER if until is None else until
    if until <= since:
        raise invalid_parameter("to", "must lie after from")
    now = call.context.clock()
    try:
        found = await statement(
            call.context.ledger,
            account,
            tenant=call.caller.tenant,
            since=since,
            until=until,
            language=language,
        )
    except TooLong:
        raise invalid_parameter("to", f"gives more than {LONGEST} transactions") from None
    return StatementShape(
        account_id=ids.write(ids.ACCOUNT, account),
        currency_id=ids.write(ids.CURRENCY, owner.currency),
        as_of=instants.write(now),
        opening=amounts.write(found.opening, owner.scale),
        rows=[
            LineShape(
                instants.write(line.at),
                ids.write(ids.TRANSACTION, line.transaction),
                line.kind.wire,
                line.text,
                amounts.write(line.effect, owner.scale),
                amounts.write(line.balance_after, owner.scale),
            )
            for line in found.lines
        ],
        closing=amounts.write(found.closing, owner.scale),
    )
